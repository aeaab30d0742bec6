"""The message of a chat that always shows its doors."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.domain.doors import Door
from bot.domain.readings import Reading

# A message of Telegram's holds 4,096 signs and a limited keyboard; each door is a line and a row of buttons.
MOST_DOORS = 30


@dataclass(frozen=True, slots=True)
class DoorsSeen:
    """What is known of the doors. `unclear`: those of which nobody knows whether the last command moved them."""

    readings: Mapping[str, Reading]
    unclear: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """`doors` None: every door. `message_id` None: it is not written yet.

    `is_told`: the chat knows that the bot may not pin it. `is_over`: it is to be taken down.
    """

    chat_id: int
    thread_id: int | None
    doors: frozenset[str] | None
    set_up_by: int
    message_id: int | None = None
    is_pinned: bool = False
    is_told: bool = False
    is_over: bool = False

    @property
    def place(self) -> tuple[int, int | None]:
        return self.chat_id, self.thread_id

    def shows(self, doors: Iterable[Door]) -> list[Door]:
        """Those of these that it shows, in their order."""
        return [door for door in doors if self.doors is None or door.name in self.doors]
