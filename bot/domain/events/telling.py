"""What became of messages that did not get through."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, TypeAlias


class Stopped(StrEnum):
    """Why a chat cannot be written to."""

    GONE = "gone"
    """The group was deleted, or the bot is not in it any more."""
    FORBIDDEN = "forbidden"
    """The bot may not write there. Notices wait."""
    TOPIC_CLOSED = "topic closed"
    """Notices wait."""
    TOPIC_DELETED = "topic deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticesStopped:
    """A group that subscribed gets no notices, or none for the time being."""

    name: ClassVar = "notices stopped"
    chat: str
    why: Stopped
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyLost:
    """The last word on a command, which reached neither the chat it was asked in nor the caller's own."""

    name: ClassVar = "reply lost"
    by: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayedReply:
    """A reply that did not get through, as it was written `at`; `edits` is the message it replaces."""

    name: ClassVar = "answer"
    # The one finished sentence that is stored: whoever asked may have read its beginning already.
    text: str
    edits: int | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelNotPinned:
    """The bot may not pin the message that shows the doors."""

    name: ClassVar = "panel not pinned"
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicMade:
    """A topic was made for a door: the first message in it."""

    name: ClassVar = "topic made"
    door: str
    at: datetime


TellingEvent: TypeAlias = NoticesStopped | PanelNotPinned | TopicMade | ReplyLost | DelayedReply
