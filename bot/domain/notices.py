"""Where events are told: the chats that subscribed, and what waits for them."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A chat that wants to know; `thread_id` is its topic, if it has topics."""

    chat_id: int
    thread_id: int | None
    title: str
    added_by: int
    added_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxMessage:
    """An event waiting to be told to one chat."""

    id: int
    chat_id: int
    thread_id: int | None
    event: Event
