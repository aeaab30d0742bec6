"""What a command is: its names, its sentence in the help, who may see it, and the function that answers it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto

from bot.access import Action
from bot.chat.context import ChatContext


class Audience(Enum):
    PEOPLE = auto()
    OWNERS = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """`usage` is how it is written, without the slash. `action`: the right without which it is no use."""

    names: tuple[str, ...]
    usage: str
    what: str
    answer: Callable[[ChatContext], Awaitable[None]]
    audience: Audience = Audience.PEOPLE
    action: Action | None = None

    @property
    def name(self) -> str:
        return self.names[0]
