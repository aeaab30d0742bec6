"""What a failure means to the person whose update met it, and to the log."""

import logging

from telegram.error import NetworkError, RetryAfter

from bot.access.changes import AlreadyHandled
from bot.chat.render import denials
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
    # Never the error's own words: those of a library may hold anything, the token included.
    return denials.FAILED


def note(update_id: int | None, error: BaseException | None) -> None:
    """One line for a no and for Telegram being away; a traceback for the rest."""
    if isinstance(error, (AlreadyHandled, Denied)):
        log.info("update %s: %s", update_id, repr(error))
    elif isinstance(error, (NetworkError, RetryAfter)):
        log.warning("Telegram: %s", error)
    else:
        log.error("update %s failed", update_id, exc_info=error)
