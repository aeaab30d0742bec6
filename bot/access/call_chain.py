"""Who is called when somebody does not get in: the host, the co-hosts, and the neighbours of that door."""

from dataclasses import dataclass

from bot.access import PeopleList
from bot.clock import Clock
from bot.domain.actions import Action
from bot.domain.commands import DenialReason
from bot.domain.door_calls import ANYBODY, CalledPerson, CallPart, DoorCall
from bot.domain.lockdowns import under_lockdown
from bot.domain.people import Rights, Role
from bot.domain.policy import Verdict, decide
from storage import Storage


@dataclass(frozen=True, slots=True)
class Chain:
    """`label`: whom the host expects by the pass; empty without one."""

    people: tuple[CalledPerson, ...]
    label: str = ""

    @property
    def host(self) -> CalledPerson | None:
        return next((one for one in self.people if one.part is CallPart.HOST), None)

    def named(self, name: str) -> str:
        return f"{self.label} ({name})" if self.label not in ("", name) else name


class CallChain:
    def __init__(self, storage: Storage, people: PeopleList, clock: Clock) -> None:
        self._storage = storage
        self._people = people
        self._clock = clock

    async def look_up(self, person_id: int, door: str) -> None:
        """Ask Telegram what a decision about these people needs. Not inside a transaction."""
        for one in [person_id, *await self._storage.neighbours.of(door)]:
            await self._people.look_up(one)

    async def look_up_caller(self, call_id: int) -> None:
        """The same for whoever calls, while the call goes on."""
        call = await self._storage.door_calls.get(call_id)
        if call and call.end is None:
            await self._people.look_up(call.person_id)

    async def has_right(self, call: DoorCall) -> bool:
        """Whether whoever calls still has a right to the door; it need not hold now."""
        rights = await self._people.rights(call.person_id)
        return rights.is_owner or (await self.verdict(rights, call.door)).grant is not None

    async def called(self, call_id: int, person_id: int) -> CalledPerson | None:
        people = await self._storage.door_calls.people(call_id)
        return next((one for one in people if one.person_id == person_id and one.since), None)

    async def awaited(self, call: DoorCall) -> list[CalledPerson]:
        return [one for one in await self._storage.door_calls.people(call.id) if one.is_awaited]

    async def verdict(self, rights: Rights, door: str) -> Verdict:
        now, lockdowns = self._clock.moment(), await self._storage.lockdowns.all()
        verdict = decide(rights, door=door, action=Action.OPEN, now=now)
        return under_lockdown(verdict, rights, lockdowns, door=door, action=Action.OPEN, now=now)

    async def of(self, person_id: int, door: str, verdict: Verdict) -> Chain:
        """In the order in which they are called; each once, and never whoever asks."""
        grant = verdict.grant
        guest_pass = await self._storage.passes.get(grant.pass_id) if grant and grant.pass_id else None
        host = guest_pass.host_id if guest_pass else grant.granted_by if grant else None
        wanted = [(host, CallPart.HOST)] if host else []
        wanted += [(one, CallPart.CO_HOST) for one in await self._co_hosts()]
        # Neighbours decide nothing about rights: they are woken for those who may come in now.
        if verdict.reason in ANYBODY:
            wanted += [(one, CallPart.NEIGHBOUR) for one in await self._storage.neighbours.of(door)]
        parts: dict[int, CallPart] = {}
        for one, part in wanted:
            # The first part counts: a host who is an owner, too, is called as the host, and before other owners.
            parts.setdefault(one, part)
        parts.pop(person_id, None)
        names = await self._people.register.names(parts)
        if guest_pass:
            names.setdefault(guest_pass.host_id, guest_pass.host_name)
        found = [await self._person(one, names.get(one, ""), part, door) for one, part in parts.items()]
        return Chain(tuple(filter(None, found)), guest_pass.label if guest_pass else "")

    async def _co_hosts(self) -> list[int]:
        """Owners, then managers."""
        managers = [one.id for one in await self._storage.people.all() if one.role is Role.MANAGER]
        return [*sorted(await self._people.owners()), *managers]

    async def _person(self, person_id: int, name: str, part: CallPart, door: str) -> CalledPerson | None:
        """None for whoever is gone or suspended, and for others than the host if they could not open themselves."""
        rights = await self._people.rights(person_id)
        if not rights.known or (rights.person and rights.person.is_suspended):
            return None
        can_open = (await self.verdict(rights, door)).reason in (None, DenialReason.NEEDS_SECOND_FACTOR)
        # A host who cannot open knows whom they expect, and what else can be done.
        if not can_open and part is not CallPart.HOST:
            return None
        return CalledPerson(person_id=person_id, name=name, part=part, can_open=can_open)
