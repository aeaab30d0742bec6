"""What is decided about a request and written down: on disk before anything leaves, and once more with the outcome."""

import hashlib
from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime

from bot.access import PeopleList
from bot.clock import Clock
from bot.domain.actions import MOVES, Action
from bot.domain.codes import IssuedPin, Pin
from bot.domain.commands import Command, CommandRequest, DenialReason, Finished, Result
from bot.domain.doors import Door, Doors
from bot.domain.events import PinMade
from bot.domain.journal import Json
from bot.domain.policy import Verdict, decide
from bot.domain.readings import Bolt, LockStatus
from bot.domain.times import to_ms
from bot.drivers.base import Deadline
from bot.drivers.errors import LockError
from bot.notices import Notices
from bot.throttle import Throttle
from storage import Storage

STRANGER_AGAIN_SECONDS = 600
STRANGERS_PER_HOUR = 100
SHOWN_BY = {Action.OPEN: Bolt.UNLOCKED, Action.CLOSE: Bolt.LOCKED}


class Refusal(Exception):
    """Latchkey says no: nothing is sent. `finished` is the answer."""

    def __init__(self, finished: Finished) -> None:
        super().__init__(finished.reason)
        self.finished = finished


@dataclass(frozen=True, slots=True)
class Started:
    """A command that is recorded and may be sent until its deadline. `pin`: the code it takes back."""

    request: CommandRequest
    command: Command
    door: Door
    deadline: Deadline
    pin: IssuedPin | None


class CommandLog:
    """Every method that writes is one transaction."""

    def __init__(
        self,
        storage: Storage,
        doors: Doors,
        people: PeopleList,
        notices: Notices,
        clock: Clock,
        *,
        stale_seconds: float,
    ) -> None:
        self._storage = storage
        self._doors = doors
        self._people = people
        self._notices = notices
        self._clock = clock
        self._stale_seconds = stale_seconds
        self._strangers = Throttle(times=1, seconds=STRANGER_AGAIN_SECONDS, clock=clock.boot)
        self._all_strangers = Throttle(times=STRANGERS_PER_HOUR, seconds=3600, clock=clock.boot)

    async def start(self, request: CommandRequest, lockouts: Set[DenialReason]) -> Started:
        """Decide, and record the command or the no: on disk before any byte leaves. Raises Refusal."""
        age = self._clock.age(request.asked_at)
        async with self._storage.transaction():
            decision = await self._decide(request, lockouts, age=age)
            if isinstance(decision, _Permitted):
                command = await self._record(request)
                deadline = self._deadline(request, decision.verdict, age=age)
                return Started(request, command, decision.door, deadline, decision.pin)
            await self._record_denial(request, decision)
        # Outside, or the record of the no would be rolled back.
        raise Refusal(decision)

    async def check(self, request: CommandRequest, lockouts: Set[DenialReason]) -> None:
        """Decide as if it were asked now, and record only a no. Raises Refusal."""
        async with self._storage.transaction():
            decision = await self._decide(request, lockouts, age=0.0, is_asked_back=True)
            if isinstance(decision, _Permitted):
                return
            await self._record_denial(request, decision)
        raise Refusal(decision)

    async def verdict(self, person_id: int, door: str, action: Action) -> Verdict:
        """Whether this person may do this now; the latest time that it can be counts."""
        rights = await self._people.rights(person_id)
        return decide(rights, door=door, action=action, now=self._clock.latest_datetime())

    async def finish(self, started: Started, result: Result, answer: object, *, seconds: float) -> None:
        """The outcome of a command, with what follows from it: the codes there are, and who is told."""
        command, now = started.command, self._clock.datetime()
        async with self._storage.transaction():
            await self._storage.commands.end(command.id, outcome=result, at=now)
            await self._journal("outcome", command, result=result, seconds=round(seconds, 2), **_spelt(answer))
            if isinstance(answer, Pin):
                await self._add_pin(started, answer, now)
            if started.pin and result is Result.CONFIRMED:
                await self._storage.pins.mark_revoked(started.pin.id, now)
            if command.action in MOVES and result in (Result.CONFIRMED, Result.ACCEPTED, Result.UNKNOWN):
                await self._notices.command_finished(command, result=result, at=now)
            elif result is Result.UNKNOWN:
                await self._notices.command_unclear(command, at=now)
            if command.action in MOVES and result is Result.CONFIRMED:
                # The groups learn of it from the command's own notice: reading it is no news.
                await self._storage.readings.announce_bolt(command.door, SHOWN_BY[command.action])

    async def unfinished(self) -> list[Command]:
        return await self._storage.commands.unfinished()

    async def mark_interrupted(self, command: Command) -> None:
        """Latchkey stopped before the command's outcome: it may have happened, and people are told."""
        now = self._clock.datetime()
        async with self._storage.transaction():
            await self._storage.commands.end(command.id, outcome=Result.UNKNOWN, at=now)
            await self._journal("outcome", command, result=Result.UNKNOWN, problem="interrupted")
            await self._notices.command_interrupted(command)

    async def record_evidence(self, command: Command, status: LockStatus, *, seconds: float) -> None:
        """What the lock looked like after a command: evidence, never an outcome."""
        await self._journal("evidence", command, bolt=status.bolt, seconds=round(seconds, 1))

    async def record_synchronise(self, request: CommandRequest, problem: LockError | None) -> None:
        await self._storage.journal.append(
            "synchronise",
            at=self._clock.datetime(),
            person_id=request.person_id,
            chat_id=request.chat_id,
            door=request.door,
            **_spelt(problem),
        )

    async def record_stranger(self, request: CommandRequest, action: str) -> None:
        """Somebody nobody knows was here: journalled now and then, so that a crowd does not fill the disk."""
        if self._strangers.allows(request.person_id) and self._all_strangers.allows("all"):
            await self._storage.journal.append(
                "stranger",
                at=self._clock.datetime(),
                person_id=request.person_id,
                chat_id=request.chat_id,
                action=action,
                name=request.person_name,
                update=request.update_key,
            )

    async def list_digest(self) -> str | None:
        """Names the list that waits for an owner's yes, and the event that made it doubtful; None: no list waits."""
        async with self._storage.transaction():
            since = (await self._storage.lockouts.all()).get(DenialReason.LIST_UNCONFIRMED)
            if since is None:
                return None
            people, grants = await self._storage.people.all(), await self._storage.people.grants()
        seen = [to_ms(since), [person.id for person in people], [(grant.id, repr(grant)) for grant in grants]]
        return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]

    async def confirm_list(self, owner: int, digest: str) -> bool:
        """False if another list waits, or none."""
        async with self._storage.transaction():
            if await self.list_digest() != digest:
                return False
            await self._storage.lockouts.remove(DenialReason.LIST_UNCONFIRMED)
            await self._storage.journal.append("list confirmed", at=self._clock.datetime(), person_id=owner)
            await self._people.take_as_right(by=owner)
        return True

    async def lock_out(self, reason: DenialReason) -> None:
        await self._storage.lockouts.put(reason, at=self._clock.datetime())

    async def stored_lockouts(self) -> set[DenialReason]:
        return {DenialReason(reason) for reason in await self._storage.lockouts.all()}

    async def last_move(self, person_id: int, door: str, *, since: datetime) -> Command | None:
        return await self._storage.commands.last_move(person_id, door, since=since)

    async def _decide(
        self, request: CommandRequest, lockouts: Set[DenialReason], *, age: float, is_asked_back: bool = False
    ) -> "_Permitted | Finished":
        """Permission comes before existence, so that nobody learns of doors by asking."""
        conflicts = await self._storage.commands.conflicts(request.update_key, request.door)
        verdict = await self.verdict(request.person_id, request.door, request.action)
        door = self._doors.get(request.door)
        no = _No(request.action, age)
        if any(command.update_key == request.update_key for command in conflicts):
            return no(DenialReason.DUPLICATE)
        if verdict.reason is DenialReason.STRANGER:
            return no(verdict.reason)
        if age >= self._stale_seconds:
            return no(DenialReason.STALE)
        if self._clock.is_doubted and not (request.is_confirmed or is_asked_back):
            return no(DenialReason.CLOCK_DOUBTED)
        if lockouts:
            return no(min(lockouts))
        if verdict.reason:
            return no(verdict.reason)
        if door is None:
            return no(DenialReason.NO_SUCH_DOOR)
        if not door.can(request.action):
            return no(DenialReason.UNSUPPORTED, door)
        if in_flight := [command for command in conflicts if command.outcome is None]:
            return no(DenialReason.IN_FLIGHT, door, other=in_flight[0])
        pin = await self._pin(request)
        if request.action is Action.REVOKE and pin is None:
            return no(DenialReason.PIN_GONE, door)
        if request.pin and verdict.ends_at and request.pin.starts_at + request.pin.duration > verdict.ends_at:
            return no(DenialReason.PIN_TOO_LONG, door, limit=verdict.ends_at)
        return _Permitted(door, verdict, pin)

    async def _pin(self, request: CommandRequest) -> IssuedPin | None:
        """The code to take back: one's own, for owners anybody's."""
        if request.issued_pin_id is None:
            return None
        pin = await self._storage.pins.get(request.issued_pin_id, self._clock.datetime())
        may = pin is not None and request.person_id in (pin.person_id, *self._people.owner_ids)
        return pin if pin and may and pin.door == request.door and pin.handle else None

    def _deadline(self, request: CommandRequest, verdict: Verdict, *, age: float) -> Deadline:
        boot, ends_at = self._clock.boot(), verdict.ends_at
        return Deadline(
            boot + self._stale_seconds - age,
            self._clock.boot,
            right_ends_at=boot + ends_at.timestamp() - self._clock.latest() if ends_at else None,
            caller=request.person_id,
            is_owner=request.person_id in self._people.owner_ids,
        )

    async def _record(self, request: CommandRequest) -> Command:
        command = await self._storage.commands.add(request, now=self._clock.datetime())
        await self._journal("started", command, **_about(request))
        return command

    async def _record_denial(self, request: CommandRequest, denial: Finished) -> None:
        if denial.reason is DenialReason.DUPLICATE:
            return
        if denial.reason is DenialReason.STRANGER:
            await self.record_stranger(request, request.action)
            return
        command = await self._storage.commands.add(request, now=self._clock.datetime(), outcome=Result.DENIED)
        await self._journal("denied", command, **_about(request), why=denial.reason)

    async def _add_pin(self, started: Started, pin: Pin, now: datetime) -> None:
        command, asked = started.command, started.request.pin
        issued = IssuedPin(
            id=0,
            door=command.door,
            handle=pin.handle,
            person_id=command.person_id,
            person_name=command.person_name,
            made_at=now,
            asked_until=asked.starts_at + asked.duration if asked else None,
            ends_at=pin.ends_at,
        )
        await self._storage.pins.add(issued)
        await self._notices.tell_owners(
            PinMade(
                door=command.door,
                by=command.person_name,
                at=now,
                asked_until=issued.asked_until,
                ends_at=issued.ends_at,
                is_revocable=pin.handle is not None,
            ),
            skip=command.person_id,
        )

    async def _journal(self, kind: str, command: Command, **detail: Json) -> None:
        await self._storage.journal.append(
            kind,
            at=self._clock.datetime(),
            command_id=command.id,
            person_id=command.person_id,
            chat_id=command.chat_id,
            door=command.door,
            action=command.action,
            **detail,
        )


@dataclass(frozen=True, slots=True)
class _Permitted:
    door: Door
    verdict: Verdict
    pin: IssuedPin | None


@dataclass(frozen=True, slots=True)
class _No:
    action: Action
    age: float

    def __call__(
        self,
        reason: DenialReason,
        door: Door | None = None,
        *,
        other: Command | None = None,
        limit: datetime | None = None,
    ) -> Finished:
        return Finished(
            action=self.action, result=Result.DENIED, door=door, reason=reason, age=self.age, other=other, limit=limit
        )


def _about(request: CommandRequest) -> dict[str, Json]:
    about: dict[str, Json] = {
        "update": request.update_key,
        "name": request.person_name,
        "asked": round(request.asked_at),
    }
    return about | ({"how": request.how} if request.how else {})


def _spelt(answer: object) -> dict[str, Json]:
    if not isinstance(answer, LockError):
        return {}
    return {"problem": answer.remark.code, "parameters": dict(answer.remark.parameters)}
