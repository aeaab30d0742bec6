"""Codes against a model: no code outlives the right it was made by, every code is on the list, and owners know of it.

Rights are given, taken and shortened while codes are made, revoked, refused and lost, also while they wait for a busy
gateway. LATCHKEY_STEPS makes it larger.
"""

import asyncio
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from bot.domain.actions import Action
from bot.domain.codes import IssuedPin, Pin, PinRequest
from bot.domain.commands import DenialReason, Finished, Result
from bot.drivers.base import Deadline
from bot.drivers.errors import NotSent, OutcomeUnknown, Refused
from bot.notices import Notices
from storage import Storage
from storage.pins import StoredPins
from tests.bench import ANNA, OWNER, BenchLock, Hands, answers, build, pin_request, revoke_request
from tests.fresh import open_fresh
from tests.test_clock_doubts import SIZE

BEN = 8
DOORS = ("front", "garage")
FAULTS = (None, None, None, NotSent, Refused, OutcomeUnknown)
Rights = dict[tuple[int, str], datetime | None]


@dataclass(eq=False)
class Made:
    """A code that the lock knows of."""

    door: str
    person: int
    ends_at: datetime
    handle: str | None
    right_ended: datetime | None
    """When the right ended by which it was made, as things stood when the lock made it."""
    is_known: bool
    """Whether the lock's answer came back."""
    is_revoked: bool = False


class CodeLock(BenchLock):
    """Keeps its own list of codes; one whose answer is lost works all the same."""

    def made(self, request: PinRequest, *, is_known: bool) -> Pin:
        raise NotImplementedError

    async def create_pin(self, request: PinRequest, deadline: Deadline) -> Pin:
        fault, self.fault = self.fault, None
        await self._act("pin", self.bolt, deadline)
        if fault and not isinstance(fault, OutcomeUnknown):
            raise fault
        pin = self.made(request, is_known=fault is None)
        if fault:
            raise fault
        return pin


class Codes(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.hands = Hands()
        self.storage: Storage = self.do(open_fresh(Path(self.folder.name) / "latchkey.db"))
        self.rooms = build(self.storage, self.hands, self.hands.clock())
        self.locks = {door: self.lock(door) for door in DOORS}
        self.rooms.control._drivers = self.rooms.control._executor._drivers = self.locks
        self.rights: Rights = {}
        self.codes: list[Made] = []
        self.caller = 0
        self.updates = 0

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(work, 20))

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.hands.wall, UTC)

    def lock(self, door: str) -> CodeLock:
        lock = CodeLock(self.hands)

        def made(request: PinRequest, *, is_known: bool) -> Pin:
            assert self.caller == OWNER or (self.caller, door) in self.rights, "a code without a right"
            ends_at = request.starts_at + request.duration
            handle = str(len(self.codes)) if lock.gives_handles else None
            right = None if self.caller == OWNER else self.rights[self.caller, door]
            self.codes.append(Made(door, self.caller, ends_at, handle, right, is_known))
            return Pin(digits="4711", handle=handle, ends_at=ends_at if handle else None)

        lock.made = made  # type: ignore[method-assign]
        return lock

    def ask(self, person: int, door: str, minutes: int) -> Any:
        self.updates += 1
        self.caller = person
        length = timedelta(minutes=minutes)
        return pin_request(self.updates, person=person, at=self.now, length=length, door=door)

    @rule(person=st.sampled_from((ANNA, BEN)), door=st.sampled_from(DOORS), minutes=st.none() | st.integers(0, 200))
    def allow(self, person: int, door: str, minutes: int | None) -> None:
        self.do(self._allow(person, door, minutes))

    async def _allow(self, person: int, door: str, minutes: int | None) -> None:
        length = None if minutes is None else timedelta(minutes=minutes)
        allowed = await self.rooms.people.allow(
            caller=OWNER, person_id=person, name="x", door=door, actions=[Action.PIN], length=length
        )
        self.rights[person, door] = allowed.grant.ends_at

    @rule(person=st.sampled_from((ANNA, BEN)), door=st.none() | st.sampled_from(DOORS))
    def deny(self, person: int, door: str | None) -> None:
        self.do(self._deny(person, door))

    async def _deny(self, person: int, door: str | None) -> None:
        await self.rooms.people.deny(caller=OWNER, person_id=person, door=door)
        self.rights = {key: end for key, end in self.rights.items() if key[0] != person or door not in (None, key[1])}

    @rule(minutes=st.integers(1, 120))
    def time_passes(self, minutes: int) -> None:
        self.hands.turn(minutes * 60)

    @rule(
        person=st.sampled_from((OWNER, ANNA, BEN)),
        door=st.sampled_from(DOORS),
        minutes=st.integers(1, 200),
        fault=st.sampled_from(FAULTS),
        gives_handles=st.booleans(),
    )
    def make(self, person: int, door: str, minutes: int, fault: type[Exception] | None, gives_handles: bool) -> None:
        lock = self.locks[door]
        lock.fault, lock.gives_handles = answers(fault) if fault else None, gives_handles  # type: ignore[arg-type]
        before = self.codes_told()
        outcome: Finished = self.do(self.rooms.operate(self.ask(person, door, minutes)))
        may_have_made = outcome.result in (Result.CONFIRMED, Result.UNKNOWN)
        assert self.codes_told() - before == (may_have_made and person != OWNER)

    def codes_told(self) -> int:
        """To an owner, who hears of somebody that is refused again and again, too."""
        told = "SELECT count(*) FROM outbox WHERE chat_id = $1 AND event ->> '$.event' <> 'refused too often'"
        return int(self.do(self.storage.database.rows(told, OWNER))[0][0])

    @rule(
        person=st.sampled_from((ANNA, BEN)),
        door=st.sampled_from(DOORS),
        minutes=st.integers(1, 200),
        then=st.sampled_from(("deny", "deny all", "allow", "wait")),
        new_minutes=st.none() | st.integers(0, 200),
    )
    def make_in_a_queue(self, person: int, door: str, minutes: int, then: str, new_minutes: int | None) -> None:
        """The right changes while the code waits for the gateway."""

        async def scenario() -> None:
            lock = self.locks[door]
            lock.fault, lock.gives_handles = None, True
            gate = lock.queue = asyncio.Event()
            steps = self.rooms.control.operate(self.ask(person, door, minutes))
            first = await anext(steps)
            if not isinstance(first, Finished):
                await asyncio.sleep(0)
                if then == "wait":
                    self.hands.turn(29)
                elif then == "allow":
                    await self._allow(person, door, new_minutes)
                else:
                    await self._deny(person, door if then == "deny" else None)
            gate.set()
            async for _ in steps:
                pass
            lock.queue = None

        self.do(scenario())

    @precondition(lambda self: self.codes)
    @rule(data=st.data(), as_owner=st.booleans())
    def revoke(self, data: st.DataObject, as_owner: bool) -> None:
        pins: list[IssuedPin] = self.do(self.rooms.live_pins(OWNER))
        if not pins:
            return
        pin = data.draw(st.sampled_from(pins))
        person = OWNER if as_owner else pin.person_id
        self.locks[pin.door].fault = None
        self.updates += 1
        asked = revoke_request(self.updates, pin.id, person=person, at=self.now, door=pin.door)
        outcome: Finished = self.do(self.rooms.operate(asked))
        if outcome.result is Result.CONFIRMED:
            [code] = [one for one in self.codes if one.door == pin.door and one.handle == pin.handle]
            code.is_revoked = True
        else:
            assert pin.handle is None or person != OWNER or outcome.reason is DenialReason.IN_FLIGHT

    @invariant()
    def no_code_outlives_its_right(self) -> None:
        for code in self.codes:
            assert code.right_ended is None or code.ends_at <= code.right_ended

    @invariant()
    def every_code_that_works_is_on_the_list(self) -> None:
        kept = sorted((pin.door, pin.person_id, pin.until) for pin in self.do(self.rooms.live_pins(OWNER)))
        works = [one for one in self.codes if one.is_known and not one.is_revoked and one.ends_at > self.now]
        assert kept == sorted((code.door, code.person, code.ends_at) for code in works)

    def teardown(self) -> None:
        self.do(self.rooms.control.finish())
        self.do(self.storage.close())
        self.loop.close()
        self.folder.cleanup()


SETTINGS = settings(
    max_examples=20 * SIZE, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
# The same examples every time: whether a broken build is caught must not be luck.
SMALL = settings(
    SETTINGS,
    max_examples=1000,
    derandomize=True,
    database=None,
    phases=[one for one in settings().phases if "shrink" not in str(one)],
)


def test_codes_stay_within_their_rights() -> None:
    run_state_machine_as_test(Codes, settings=SETTINGS)


async def _forget(*_: object) -> None:
    return None


async def _tell_nobody(*_: object, **__: object) -> None:
    return None


@pytest.mark.parametrize(
    ("where", "broken"),
    [((StoredPins, "add"), _forget), ((Notices, "pin_made"), _tell_nobody)],
    ids=["a code not kept", "owners not told"],
)
def test_a_broken_build_is_caught(where: tuple[Any, str], broken: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative controls. A right shortened while its code waits is too rare here: test_withdrawal.py has it."""
    monkeypatch.setattr(*where, broken)
    with pytest.raises(BaseException, match=r".") as caught:
        run_state_machine_as_test(Codes, settings=SMALL)
    assert isinstance(caught.value, (AssertionError, BaseExceptionGroup))
