"""Whom the house knows by name: people on the list and those who ask to come in, for whoever names a person."""

from collections import OrderedDict
from dataclasses import dataclass
from itertools import combinations

from bot.domain.doors import key_of
from storage import Storage

# A bound on memory: whoever is picked may never speak to the bot.
MOST_PICKED = 100


@dataclass(frozen=True, slots=True)
class Acquaintance:
    id: int
    name: str


class Acquaintances:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._picked: OrderedDict[int, str] = OrderedDict()
        self._seen: dict[int, str | None] = {}
        """What was seen last, so that a command costs no statement more."""

    def met(self, person_id: int, name: str) -> None:
        """Somebody was picked by this name. Remembered for a while, until they speak themselves."""
        self._picked[person_id] = name
        if len(self._picked) > MOST_PICKED:
            self._picked.popitem(last=False)

    def name_of(self, person_id: int) -> str:
        """By what name the person was picked; empty if that is forgotten."""
        return self._picked.get(person_id, "")

    async def saw(self, person_id: int, username: str | None) -> None:
        """Somebody on the list showed up under this username."""
        # "" for whoever was not seen yet, as None is somebody without a username.
        if self._seen.get(person_id, "") != username:
            # Telegram does not tell upper from lower case in a username.
            await self._storage.usernames.save(person_id, username and username.casefold())
            self._seen[person_id] = username

    async def forget(self, person_id: int | None) -> None:
        """The person, or with None anybody, may be off the list, or new on it."""
        if person_id is None:
            self._seen.clear()
        else:
            self._seen.pop(person_id, None)

    async def with_username(self, username: str) -> Acquaintance | None:
        wanted = username.removeprefix("@").casefold()
        if found := await self._storage.usernames.find(wanted):
            return Acquaintance(*found)
        asking = [one for one in await self._storage.requests.open() if (one.username or "").casefold() == wanted]
        # Usernames change hands: whoever asked last has it now.
        return Acquaintance(asking[-1].person_id, asking[-1].name) if asking else None

    async def called(self, text: str) -> tuple[list[Acquaintance], str]:
        """Everybody whom the longest beginning of the text names, and the text that is left.

        A part of a name will do.
        """
        people = {one.id: one.name for one in await self._storage.people.all()}
        people |= {one.person_id: one.name for one in await self._storage.requests.open()}
        words = text.split()
        # A name may have several words, and nothing in a command says where it ends.
        for count in range(len(words), 0, -1):
            wanted = key_of(" ".join(words[:count]))
            # Who has exactly that name does not come before the others: people choose their names themselves, and may
            # choose one to be taken for somebody else.
            if found := [Acquaintance(one, name) for one, name in people.items() if wanted in _parts(name)]:
                return found, " ".join(words[count:])
        return [], text


def _parts(name: str) -> set[str]:
    words = key_of(name).split()
    return {" ".join(words[a:b]) for a, b in combinations(range(len(words) + 1), 2)}
