"""A Telegram for tests and for trying things out: the Bot API, and the people who talk to the bot."""

from simulators.telegram.parameters import Impossible
from simulators.telegram.simulator import ApiCall, TelegramSimulator

__all__ = ["ApiCall", "Impossible", "TelegramSimulator"]
