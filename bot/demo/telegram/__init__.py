"""A Telegram for tests and for trying things out: the Bot API, and the people who talk to the bot."""

from bot.demo.telegram.app import create_app
from bot.demo.telegram.server import serve
from bot.demo.telegram.state import Call
from bot.demo.telegram.wire import Impossible
from bot.demo.telegram.world import TelegramWorld

__all__ = ["Call", "Impossible", "TelegramWorld", "create_app", "serve"]
