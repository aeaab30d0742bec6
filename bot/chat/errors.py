"""Failures on Telegram's side and our own: each to a sentence, or to what to do about it, in one place."""

import logging
import os
from datetime import timedelta

from telegram import Update
from telegram.error import BadRequest, Conflict, NetworkError, RetryAfter, TelegramError

from bot.chat import people_texts, texts
from bot.people import ChangedBefore
from storage.records import StorageFailed

log = logging.getLogger("latchkey.chat")

# Without this python-telegram-bot warns of its older way whenever Telegram asks it to wait.
os.environ.setdefault("PTB_TIMEDELTA", "true")


def explain(error: BaseException) -> str:
    """What to tell the person whose update met this failure."""
    if isinstance(error, StorageFailed):
        return texts.NO_DISK
    if isinstance(error, ChangedBefore):
        return people_texts.CHANGED_BEFORE
    return texts.GONE_WRONG


def seconds_to_wait(error: RetryAfter) -> float:
    """Telegram's own wish, whichever way the library tells it."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def is_gone(error: TelegramError) -> bool:
    """Whether the chat or topic will never take this message, so that trying again is no use."""
    return isinstance(error, BadRequest) and any(
        words in str(error).lower() for words in ("chat not found", "thread not found", "topic_closed", "topic_deleted")
    )


def note(update: object, error: BaseException | None) -> None:
    """Log a failure at the weight it has: Telegram being away is a line, a bug of ours a traceback."""
    if isinstance(error, Conflict):
        log.error("Telegram: another bot is polling with the same token")
    elif isinstance(error, (NetworkError, RetryAfter)):
        log.warning("Telegram: %s", error)
    elif isinstance(error, ChangedBefore) and isinstance(update, Update):
        log.info("update %d came again", update.update_id)
    elif isinstance(update, Update):
        log.error("update %d failed", update.update_id, exc_info=error)
    else:
        log.error("something failed", exc_info=error)
