"""Second factors: set up by each person in private, proved with one-time codes, reset by owners."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Any

from bot.access import PeopleList
from bot.access.one_time_codes import SecretSource, matching_step
from bot.clock import Clock
from bot.domain.actions import Action
from bot.domain.commands import DenialReason
from bot.domain.events import SecondFactorLocked, SecondFactorReset, SecondFactorSetUp
from bot.domain.failures import StorageFailed
from bot.domain.people import Rights
from bot.domain.policy import Denied, decide
from bot.domain.second_factor import (
    LOCKED_FOR,
    MOST_TRIES,
    TIME_TO_SET_UP,
    TRIES_WITHIN,
    Enrolment,
    Proof,
    SecondFactor,
)
from bot.notices import Notices
from storage import Storage

log = logging.getLogger("latchkey.access")

SET_UP, RESET, LOCKED = "second factor set up", "second factor reset", "second factor locked"
Erase = Callable[[int, int], Awaitable[bool]]


class Standing(Enum):
    NONE = auto()
    SET_UP = auto()
    OUTDATED = auto()
    """The bot has another token now."""


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A new secret, the one time that it is shown."""

    enrolment_id: int
    secret: str = field(repr=False)
    expires_at: datetime


class SecondFactors:
    def __init__(self, storage: Storage, people: PeopleList, notices: Notices, clock: Clock, *, token: str) -> None:
        self._storage = storage
        self._factors = storage.second_factors
        self._people = people
        self._notices = notices
        self._clock = clock
        self._source = SecretSource(token)
        self._erase: Erase | None = None
        # Messages that show a secret, by enrolment, which the disk did not take.
        self._unkept: dict[int, int] = {}
        # Whether a message may have to be deleted in its time, which the last run may have left.
        self._is_pending = True

    def erase_with(self, erase: Erase) -> None:
        """`erase` deletes a message (person, number) that shows a secret; False if that has to be tried again."""
        self._erase = erase

    async def standing(self, person_id: int) -> Standing:
        factor = await self._factors.get(person_id)
        if factor is None:
            return Standing.NONE
        return Standing.SET_UP if self._is_current(factor) else Standing.OUTDATED

    async def prove(self, person_id: int, name: str, code: str | None) -> Proof:
        """Judge a one-time code, and use it up or count it as wrong, in the caller's transaction."""
        factor = await self._factors.get(person_id)
        if factor is None:
            return Proof(DenialReason.NO_SECOND_FACTOR)
        if not self._is_current(factor):
            return Proof(DenialReason.SECOND_FACTOR_OUTDATED)
        # The earliest: while the time is in doubt it rather stays locked.
        if factor.locked_until and factor.locked_until > self._clock.moment().earliest:
            return Proof(DenialReason.SECOND_FACTOR_LOCKED, opens_at=factor.locked_until)
        # Whoever is locked out is told so before they type anything.
        if code is None:
            return Proof(DenialReason.NEEDS_SECOND_FACTOR)
        step = matching_step(self._source.secret(person_id, factor.salt), code, self._clock.now())
        if step is not None and await self._factors.use(person_id, step):
            return Proof()
        return await self._count_wrong(person_id, name)

    async def begin(self, person_id: int, name: str, code: str | None = None) -> ShownKey | Proof:
        """A new secret. Whoever has a second factor already proves it first: a Proof is what speaks against it."""
        now = self._clock.datetime()
        async with self._storage.transaction():
            # Or whoever holds an unlocked phone would set up a factor of their own. An outdated one proves nothing.
            if await self.standing(person_id) is Standing.SET_UP:
                proof = await self.prove(person_id, name, code)
                if proof.reason:
                    return proof
            # A key that was shown before is worth nothing from now on.
            await self._factors.end_enrolments(person_id, at=now)
            salt, expires_at = self._source.new_salt(), now + TIME_TO_SET_UP
            number = await self._factors.enrol(Enrolment(id=0, person_id=person_id, salt=salt, expires_at=expires_at))
        self._is_pending = True
        return ShownKey(number, self._source.secret(person_id, salt), expires_at)

    async def keep_message(self, enrolment_id: int, message_id: int) -> None:
        """This message shows the secret, until it is deleted."""
        self._unkept[enrolment_id] = message_id
        try:
            await self._keep_messages()
        except StorageFailed as error:
            log.error("it could not be kept which message shows a key: %s", error)  # noqa: TRY400

    async def _keep_messages(self) -> None:
        for enrolment_id, message_id in list(self._unkept.items()):
            await self._factors.keep_message(enrolment_id, message_id)
            del self._unkept[enrolment_id]

    async def is_being_set_up(self, person_id: int) -> bool:
        return await self._factors.enrolment(person_id, now=self._clock.datetime()) is not None

    async def complete(self, person_id: int, name: str, code: str) -> bool:
        """The first right code of the secret that was shown: from now on it counts."""
        now = self._clock.datetime()
        async with self._storage.transaction():
            enrolment = await self._factors.enrolment(person_id, now=now)
            if enrolment is None:
                return False
            # Wrong ones are not counted: whoever types here has just been shown the key.
            step = matching_step(self._source.secret(person_id, enrolment.salt), code, now.timestamp())
            if step is None:
                return False
            is_again = await self._factors.get(person_id) is not None
            await self._factors.save(self._new(enrolment, now, step))
            await self._factors.end_enrolments(person_id, at=now)
            await self._journal(SET_UP, person_id, again=is_again)
            await self._notices.tell_owners(SecondFactorSetUp(by=name, is_again=is_again, at=now), skip=person_id)
        return True

    async def reset(self, *, caller: int, caller_name: str, person_id: int) -> bool:
        """Owners reset those of others. False: there was none. Raises Denied."""
        now = self._clock.datetime()
        async with self._storage.transaction():
            self._judge(await self._people.rights(caller), person_id)
            if not await self._factors.remove(person_id):
                return False
            await self._factors.end_enrolments(person_id, at=now)
            await self._journal(RESET, person_id, by=caller)
            person = (await self._people.rights(person_id)).person
            named = person.name if person else str(person_id)
            await self._notices.tell(person_id, SecondFactorReset(of=None, by=caller_name, at=now))
            for owner in sorted(await self._people.owners() - {caller, person_id}):
                await self._notices.tell(owner, SecondFactorReset(of=named, by=caller_name, at=now))
        return True

    async def look_after(self) -> None:
        """Delete the messages of secrets that are confirmed or came too late."""
        if not self._is_pending:
            return
        await self._keep_messages()
        for enrolment in await self._factors.ended_enrolments(self._clock.datetime()):
            if enrolment.message_id is None or await self._is_erased(enrolment.person_id, enrolment.message_id):
                await self._factors.forget_enrolment(enrolment.id)
        self._is_pending = await self._factors.is_any_enrolment()

    async def _is_erased(self, person_id: int, message_id: int) -> bool:
        return self._erase is not None and await self._erase(person_id, message_id)

    async def _count_wrong(self, person_id: int, name: str) -> Proof:
        now = self._clock.datetime()
        count = await self._factors.count_wrong(person_id, at=now, since=now - TRIES_WITHIN)
        if count < MOST_TRIES:
            return Proof(DenialReason.WRONG_CODE, tries_left=MOST_TRIES - count)
        until = now + LOCKED_FOR
        await self._factors.lock(person_id, until=until)
        await self._journal(LOCKED, person_id, until=round(until.timestamp()))
        await self._notices.tell_owners(SecondFactorLocked(of=name, until=until, at=now), skip=person_id)
        return Proof(DenialReason.SECOND_FACTOR_LOCKED, opens_at=until)

    def _judge(self, caller: Rights, person_id: int) -> None:
        verdict = decide(caller, action=Action.RESET_SECOND_FACTOR, now=self._clock.moment())
        if verdict.reason:
            raise Denied(verdict.reason)
        # The factor is what stands between a stolen phone and the door, so the phone must not reset it.
        if caller.person_id == person_id:
            raise Denied(DenialReason.OWN_SECOND_FACTOR)

    def _is_current(self, factor: SecondFactor) -> bool:
        return self._source.check_value(factor.person_id, factor.salt) == factor.check_value

    def _new(self, enrolment: Enrolment, now: datetime, step: int) -> SecondFactor:
        return SecondFactor(
            person_id=enrolment.person_id,
            salt=enrolment.salt,
            check_value=self._source.check_value(enrolment.person_id, enrolment.salt),
            set_up_at=now,
            last_step=step,
        )

    async def _journal(self, kind: str, person_id: int, **detail: Any) -> None:
        await self._storage.journal.append(kind, at=self._clock.datetime(), person_id=person_id, **detail)
