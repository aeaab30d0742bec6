"""One-time codes against a model: right, used, wrong and late ones, together and after restarts.

After every step: a time step opens once at most, and no quarter of an hour has more than five wrong tries.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from bot.access.second_factors import ShownKey
from bot.domain.actions import Action
from bot.domain.commands import DenialReason, Finished, Result
from bot.domain.people import EVERY_DOOR, Grant
from storage import Storage
from tests.authenticator import Authenticator
from tests.bench import ANNA, OWNER, Hands, Rooms, build, let_everybody_try, request
from tests.fresh import open_fresh

QUARTER, MOST = 15 * 60, 5
DOORS = ("front", "garage")


class Codes(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.place = Path(tempfile.mkdtemp())
        self.hands = Hands()
        self.updates = 0
        self.used = -1
        """The newest time step of which a code opened."""
        self.wrong: list[float] = []
        self.storage: Storage
        self.rooms: Rooms
        self.app: Authenticator

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(work, 20))

    @initialize()
    def begin(self) -> None:
        self.do(self._open())
        wanted = Grant(
            id=0, person_id=ANNA, door=EVERY_DOOR, actions=frozenset({Action.OPEN}), ends_at=None,
            needs_second_factor=True, granted_by=OWNER, granted_at=self.now,
        )  # fmt: skip
        self.do(self.rooms.people.give(caller=OWNER, grant=wanted, name="Anna"))
        shown = self.do(self.rooms.second_factors.begin(ANNA, "Anna"))
        assert isinstance(shown, ShownKey)
        self.app = Authenticator(shown.secret, lambda: self.hands.wall)
        assert self.do(self.rooms.second_factors.complete(ANNA, "Anna", self.app.code()))
        self.used = self.step

    async def _open(self) -> None:
        self.storage = await open_fresh(self.place / "latchkey.db")
        self.rooms = build(self.storage, self.hands, self.hands.clock())
        let_everybody_try(self.rooms)
        await self.rooms.people.begin()

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.hands.wall, UTC)

    @property
    def step(self) -> int:
        return int(self.hands.wall) // 30

    @rule(steps=st.integers(-2, 2), doors=st.lists(st.sampled_from(DOORS), min_size=1, max_size=3))
    def type_together(self, steps: int, doors: list[str]) -> None:
        """One code for several commands at once."""
        code, step, is_locked = self.app.code(steps=steps), self.step + steps, self.is_locked
        finished = self.do(self._type(code, doors))
        opened = [one for one in finished if one.result is Result.CONFIRMED]
        is_right = abs(steps) <= 1 and step > self.used and not is_locked
        assert len(opened) == (1 if is_right else 0)
        self.used = step if opened else self.used
        self.note(finished)

    @rule(number=st.integers(0, 20), doors=st.lists(st.sampled_from(DOORS), min_size=1, max_size=3))
    def type_wrong(self, number: int, doors: list[str]) -> None:
        finished = self.do(self._type(self.app.wrong(number), doors))
        assert all(one.result is Result.DENIED for one in finished)
        self.note(finished)

    def note(self, finished: list[Finished]) -> None:
        was_locked = self.is_locked
        for one in finished:
            last = one.reason is DenialReason.SECOND_FACTOR_LOCKED and not was_locked and len(self.recent) < MOST
            if one.reason is DenialReason.WRONG_CODE or last:
                self.wrong.append(self.hands.wall)
            assert one.result is Result.CONFIRMED or one.reason in (
                DenialReason.WRONG_CODE, DenialReason.SECOND_FACTOR_LOCKED, DenialReason.IN_FLIGHT
            )  # fmt: skip

    @property
    def recent(self) -> list[float]:
        return [at for at in self.wrong if at > self.hands.wall - QUARTER]

    @property
    def is_locked(self) -> bool:
        """The fifth within a quarter of an hour locks for another one."""
        fifths = zip(self.wrong, self.wrong[MOST - 1 :], strict=False)
        return any(last - first <= QUARTER and self.hands.wall < last + QUARTER for first, last in fifths)

    async def _type(self, code: str, doors: list[str]) -> list[Finished]:
        requests = []
        for door in doors:
            self.updates += 1
            asked = request(self.updates, door=door, at=self.now)
            requests.append(replace(asked, one_time_code=code))
        return list(await asyncio.gather(*map(self.rooms.operate, requests)))

    @rule()
    def ask_without_a_code(self) -> None:
        self.updates += 1
        finished = self.do(self.rooms.operate(request(self.updates, at=self.now)))
        wanted = DenialReason.SECOND_FACTOR_LOCKED if self.is_locked else DenialReason.NEEDS_SECOND_FACTOR
        assert finished.reason is wanted

    @rule(seconds=st.sampled_from((1, 29, 30, 61, 300, 899, 901)))
    def wait(self, seconds: int) -> None:
        self.hands.turn(seconds)

    @rule()
    def restart(self) -> None:
        self.do(self.storage.close())
        self.do(self._open())

    @invariant()
    def never_more_than_five_wrong_tries_in_a_quarter_of_an_hour(self) -> None:
        for first, sixth in zip(self.wrong, self.wrong[MOST:], strict=False):
            assert sixth - first >= QUARTER

    @invariant()
    def what_opened_was_proved(self) -> None:
        if hasattr(self, "rooms"):
            started = [entry for entry in self.do(self.storage.journal.tail(1000)) if entry.kind == "started"]
            assert len(self.rooms.front.sends + self.rooms.garage.sends) <= len(started)

    def teardown(self) -> None:
        if hasattr(self, "storage"):
            self.do(self.storage.close())
        self.loop.close()
        shutil.rmtree(self.place)


def test_a_code_opens_once_and_five_wrong_ones_lock() -> None:
    run_state_machine_as_test(Codes, settings=settings(max_examples=8, stateful_step_count=15))


async def test_two_commands_with_one_code_open_one_door(rooms: Rooms) -> None:
    wanted = Grant(
        id=0, person_id=ANNA, door=EVERY_DOOR, actions=frozenset({Action.OPEN}), ends_at=None,
        needs_second_factor=True, granted_by=OWNER, granted_at=rooms.clock.datetime() - timedelta(days=1),
    )  # fmt: skip
    await rooms.grant_only(wanted)
    shown = await rooms.second_factors.begin(ANNA, "Anna")
    assert isinstance(shown, ShownKey)
    app = Authenticator(shown.secret, rooms.clock.now)
    await rooms.second_factors.complete(ANNA, "Anna", app.code(steps=-1))
    both = [replace(request(door), door=door, one_time_code=app.code()) for door in DOORS]
    finished = await asyncio.gather(*map(rooms.operate, both))
    assert sorted(str(one.reason) for one in finished) == ["None", "wrong code"]
    assert len(rooms.front.sends + rooms.garage.sends) == 1
