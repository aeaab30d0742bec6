"""What waits for a one-time code: one thing for each person, for two minutes, gone after a restart."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.domain.second_factor import TIME_TO_TYPE

if TYPE_CHECKING:
    from bot.chat.context import ChatContext

MOST = 500


@dataclass(frozen=True, slots=True)
class AwaitedCode:
    """`work` is done with the code, whose rightness is judged where it is done. `until`: boot time."""

    work: "Callable[[ChatContext], Awaitable[None]]"
    until: float


@dataclass(frozen=True, slots=True)
class TypedCode:
    """Six digits that a person typed, and what they were asked for."""

    digits: str = field(repr=False)
    awaited: AwaitedCode


class AwaitedCodes:
    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._awaited: OrderedDict[int, AwaitedCode] = OrderedDict()

    def add(
        self,
        person_id: int,
        work: "Callable[[ChatContext], Awaitable[None]]",
        *,
        instead_of: AwaitedCode | None = None,
    ) -> None:
        """In place of what the person was asked a code for before. `instead_of`: it was wrong; the time runs on."""
        until = instead_of.until if instead_of else self._clock() + TIME_TO_TYPE.total_seconds()
        self._awaited.pop(person_id, None)
        self._awaited[person_id] = AwaitedCode(work, until)
        if len(self._awaited) > MOST:
            self._awaited.popitem(last=False)

    def take(self, person_id: int) -> AwaitedCode | None:
        """What the person's next code is for: once."""
        awaited = self._awaited.pop(person_id, None)
        return awaited if awaited and self._clock() <= awaited.until else None
