"""Failures on Telegram's side: what each means for a message, and how each is logged."""

import logging
import os
from datetime import timedelta
from enum import Enum, auto

from telegram.error import BadRequest, Conflict, Forbidden, RetryAfter, TelegramError

log = logging.getLogger("latchkey.chat")

# Without this python-telegram-bot warns of its older way whenever Telegram asks it to wait.
os.environ.setdefault("PTB_TIMEDELTA", "true")


class Obstacle(Enum):
    """Why a message cannot be delivered, and trying again is no use."""

    GONE = auto()
    """The chat: blocked, deleted, never started, or the bot was removed from it."""
    NOT_ALLOWED = auto()
    """The bot is in the group, and may not write there."""
    TOPIC_CLOSED = auto()
    TOPIC_DELETED = auto()
    CONTENT = auto()
    """Telegram does not take this text or these buttons."""
    MESSAGE = auto()
    """The message that was to be edited, deleted or pinned."""
    NO_TOPICS = auto()
    """The chat has none, so none can be made."""


class TryLater(Exception):
    """Not delivered, or nobody knows: Telegram is away, or the chat's limits are reached."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"to be tried again in {seconds:.0f} s")
        self.seconds = seconds


class Undeliverable(Exception):
    """This chat does not take the message, now or later."""

    def __init__(self, obstacle: Obstacle, said: str) -> None:
        super().__init__(said)
        self.obstacle = obstacle


# The words of Telegram's Bot API server (read in its source), and MTProto's codes, which it passes on as they are.
# There is no other way to tell these apart: all of them come as 400 or 403.
WORDS: tuple[tuple[Obstacle, tuple[str, ...]], ...] = (
    (Obstacle.TOPIC_CLOSED, ("topic_closed",)),
    (Obstacle.TOPIC_DELETED, ("topic_deleted", "thread not found", "topic_id_invalid")),
    (
        Obstacle.NOT_ALLOWED,
        (
            "not enough rights",
            "have no rights",
            "admin_required",
            "need administrator rights",
            "_forbidden",
            "chat_restricted",
        ),
    ),
    (Obstacle.NO_TOPICS, ("not a forum",)),
    (Obstacle.GONE, ("chat not found", "user not found", "peer_id_invalid", "group chat was deleted")),
    (
        Obstacle.MESSAGE,
        # A picture has a caption, and no text.
        (
            "to edit not found",
            "to delete not found",
            "to pin not found",
            "to unpin not found",
            "t be edited",
            "t be deleted",
            "message_id_",
            "there is no text",
        ),
    ),
)


def obstacle_of(error: BadRequest | Forbidden) -> Obstacle:
    said = str(error).lower()
    for obstacle, words in WORDS:
        if any(word in said for word in words):
            return obstacle
    # 403 is said in many ways (blocked, kicked, deactivated), 400 mostly of what was to be written.
    return Obstacle.GONE if isinstance(error, Forbidden) else Obstacle.CONTENT


def is_unchanged(error: BadRequest) -> bool:
    return "not modified" in str(error).lower()


def seconds_to_wait(error: RetryAfter) -> float:
    # The library tells it as a timedelta or, without PTB_TIMEDELTA, as a number.
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def log_failure(error: TelegramError) -> None:
    # A line without a traceback: Telegram being away, or refusing, is no bug of ours.
    if isinstance(error, Conflict):
        log.error("Telegram: another program asks for this bot's updates")
    else:
        log.warning("Telegram: %s", error)
