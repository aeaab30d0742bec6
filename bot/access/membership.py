"""Who is in which Telegram group at the moment: asked live, and believed for a minute at most."""

from collections.abc import Callable, Iterable
from typing import Protocol

# So that not every word asks Telegram. To a bot that is an administrator it says at once that somebody left.
BELIEVED_SECONDS = 60.0


class GroupDirectory(Protocol):
    """Tells whether a person is a member of a group now; False where that cannot be found out."""

    async def is_member(self, chat_id: int, person_id: int) -> bool: ...


class Memberships:
    """What was found out in the last minute. Whoever was not looked up is no member."""

    def __init__(self, boot: Callable[[], float]) -> None:
        # Boot time: setting the host's clock makes nobody a member for longer.
        self._boot = boot
        self._directory: GroupDirectory | None = None
        self._known: dict[tuple[int, int], tuple[bool, float]] = {}
        self._asking: dict[tuple[int, int], object] = {}

    def ask(self, directory: GroupDirectory) -> None:
        """From now on this directory is asked."""
        self._directory = directory

    async def look_up(self, person_id: int, groups: Iterable[int]) -> None:
        """Find out what is not known of these groups. Not inside a transaction: the network may take its time."""
        now = self._boot()
        self._known = {key: found for key, found in self._known.items() if now - found[1] < BELIEVED_SECONDS}
        for chat_id in groups:
            if self._directory and (person_id, chat_id) not in self._known:
                await self._ask(self._directory, person_id, chat_id, now)

    async def _ask(self, directory: GroupDirectory, person_id: int, chat_id: int, now: float) -> None:
        question = self._asking[person_id, chat_id] = object()
        is_member = await directory.is_member(chat_id, person_id)
        # A change that came while the answer was on its way may be newer than the answer.
        if self._asking.get((person_id, chat_id)) is question:
            del self._asking[person_id, chat_id]
            # As old as the asking: the person may have left while the answer was on its way.
            self._known[person_id, chat_id] = is_member, now

    def forget(self, person_id: int, chat_id: int) -> None:
        """Telegram says that something changed."""
        self._known.pop((person_id, chat_id), None)
        self._asking.pop((person_id, chat_id), None)

    def of(self, person_id: int) -> frozenset[int]:
        """The groups of which the person is a member, as far as that was found out."""
        now = self._boot()
        return frozenset(
            chat_id
            for (person, chat_id), (is_member, at) in self._known.items()
            if person == person_id and is_member and now - at < BELIEVED_SECONDS
        )
