"""What a command is: its names, its sentence in the help, the right it needs and the function that answers it."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from bot.chat.context import ChatContext
from bot.domain.actions import Action
from bot.domain.doors import key_of
from bot.domain.policy import ASKED_OF_GRANTS


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatCommand:
    """`usage` is how it is written, without the slash. `action`: the right without which it is no use.

    `own_usage`: what of it remains for those who may not ask about others. `offered_to`: those who may do this find it
    in the help, where others need it rarely.
    """

    names: tuple[str, ...]
    usage: str
    what: str
    answer: Callable[[ChatContext], Awaitable[None]]
    action: Action | None = None
    own_usage: str = ""
    offered_to: Action | None = None
    is_of_space: bool = False
    """Only of use where the settings name a space."""

    @property
    def name(self) -> str:
        return self.names[0]

    @property
    def is_for_owners(self) -> bool:
        return self.action is not None and self.action not in ASKED_OF_GRANTS

    @property
    def is_offered_to_owners(self) -> bool:
        return self.is_for_owners or self.offered_to is not None


def find_command(said: str, commands: Iterable[ChatCommand]) -> ChatCommand | None:
    return next((command for command in commands if key_of(said) in command.names), None)


def nearest_name(said: str, commands: Iterable[ChatCommand]) -> str | None:
    """The name of a command that comes closest to a misspelt one."""
    names = [name for command in commands for name in command.names]
    close = get_close_matches(key_of(said), names, n=1, cutoff=0.6)
    return close[0] if close else None
