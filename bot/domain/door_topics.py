"""Topics that stand for a door."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorTopic:
    """In such a topic a command that names no door is about this one.

    `title`: the name that the bot gave the topic; None where somebody else made it. `is_remade`: it was deleted before.
    """

    chat_id: int
    thread_id: int
    door: str
    title: str | None = None
    is_remade: bool = False
