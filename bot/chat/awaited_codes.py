"""What waits for a one-time code: one thing for each person, for two minutes, gone after a restart."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.domain.second_factor import TIME_TO_TYPE

if TYPE_CHECKING:
    from bot.chat.context import ChatContext

# A bound for the memory: one entry for each person, so a real house never comes near.
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
        """In place of what the person was asked a code for before. `instead_of`: its code was wrong."""
        # A wrong code does not buy two more minutes: whoever holds a phone that is not theirs would go on for ever.
        until = instead_of.until if instead_of else self._clock() + TIME_TO_TYPE.total_seconds()
        # Out first, so that the newest stands last: popitem() below drops the oldest.
        self._awaited.pop(person_id, None)
        self._awaited[person_id] = AwaitedCode(work, until)
        if len(self._awaited) > MOST:
            self._awaited.popitem(last=False)

    def take(self, person_id: int) -> AwaitedCode | None:
        """What the person's next code is for."""
        # Out before the work is done: the same digits, sent twice, do nothing twice.
        awaited = self._awaited.pop(person_id, None)
        return awaited if awaited and self._clock() <= awaited.until else None
