"""A Telegram for tests and for trying things out: the Bot API, and the people who talk to the bot."""

from simulators.telegram.parameters import Impossible
from simulators.telegram.simulator import TelegramSimulator
from simulators.telegram.values import ApiCall

__all__ = ["ApiCall", "Impossible", "TelegramSimulator"]
