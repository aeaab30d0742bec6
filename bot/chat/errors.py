"""What to tell the person whose update met a failure."""

import logging

from telegram import Update

from bot.access import AlreadyHandled
from bot.chat.render import denials
from bot.chat.telegram import errors as telegram_errors
from bot.domain.failures import StorageFailed
from bot.domain.policy import Denied

log = logging.getLogger("latchkey.chat")


def explain(error: BaseException | None) -> str:
    if isinstance(error, StorageFailed):
        return denials.NO_DISK
    if isinstance(error, AlreadyHandled):
        return denials.ALREADY_HANDLED
    if isinstance(error, Denied):
        return denials.denial(error.reason)
    return denials.FAILED


def note(update: Update, error: BaseException | None) -> None:
    """A no is a line in the log; what is nobody's wish is logged with its traceback."""
    if isinstance(error, (AlreadyHandled, Denied)):
        log.info("update %d: %s", update.update_id, error or "it came again")
    else:
        telegram_errors.note(update, error)
