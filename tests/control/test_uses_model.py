"""A right with a number of uses, against a model: presses that come together, locks that fail, extensions, restarts.

After every step: no more openings than uses, each opening took one, and what moved nothing took none.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from bot.domain.actions import Action
from bot.domain.commands import DenialReason, Finished, Result
from bot.domain.people import EVERY_DOOR, Grant
from bot.drivers.errors import LockError, NotSent, OutcomeUnknown, Refused
from storage import Storage
from tests.bench import ANNA, OWNER, Hands, Rooms, answers, build, let_everybody_try, request
from tests.fresh import open_fresh

FREE = (Result.NOT_SENT, Result.REFUSED, Result.DENIED)
"""Nothing moved, so no use was taken."""


class Uses(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.place = Path(tempfile.mkdtemp())
        self.hands = Hands()
        self.updates = 0
        self.left = 0
        self.storage: Storage
        self.rooms: Rooms
        self.grant: Grant

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(work, 20))

    @initialize(uses=st.integers(1, 4))
    def begin(self, uses: int) -> None:
        self.left = uses
        self.do(self._open())
        wanted = Grant(
            id=0, person_id=ANNA, door=EVERY_DOOR, actions=frozenset({Action.OPEN}), ends_at=None, uses_left=uses,
            granted_by=OWNER, granted_at=self.now,
        )  # fmt: skip
        self.grant = self.do(self.rooms.people.give(caller=OWNER, grant=wanted, name="Anna")).grant

    async def _open(self) -> None:
        self.storage = await open_fresh(self.place / "latchkey.db")
        self.rooms = build(self.storage, self.hands, self.hands.clock())
        let_everybody_try(self.rooms)
        await self.rooms.people.begin()

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.hands.wall, UTC)

    @rule(
        doors=st.lists(st.sampled_from(("front", "garage")), min_size=1, max_size=4),
        faults=st.tuples(*[st.sampled_from((None, NotSent, Refused, OutcomeUnknown))] * 2),
    )
    def press_together(self, doors: list[str], faults: tuple[type[LockError] | None, ...]) -> None:
        for lock, fault in zip((self.rooms.front, self.rooms.garage), faults, strict=True):
            lock.fault = answers(fault) if fault else None
        before = self.left
        finished = self.do(self._press(doors))
        taken = [one for one in finished if one.result not in FREE]
        assert len(taken) <= before
        self.left -= len(taken)
        for one in finished:
            assert one.reason in (None, DenialReason.USED_UP, DenialReason.IN_FLIGHT)
            if one.reason is DenialReason.USED_UP:
                # What was free again only afterwards may have been taken at the time.
                assert len([each for each in finished if each.result is not Result.DENIED]) >= before

    async def _press(self, doors: list[str]) -> list[Finished]:
        requests = []
        for door in doors:
            self.updates += 1
            requests.append(request(self.updates, door=door, at=self.now))
        return list(await asyncio.gather(*map(self.rooms.operate, requests)))

    @rule(uses=st.integers(1, 4))
    def refill(self, uses: int) -> None:
        self.do(self.rooms.people.change(caller=OWNER, grant_id=self.grant.id, uses_left=uses))
        self.left = uses

    @rule()
    def undo_a_change_after_a_use(self) -> None:
        """What was used in between stays used."""
        self.do(self._shorten_and_undo())

    async def _shorten_and_undo(self) -> None:
        people = self.rooms.people
        async with people.undos.recording(OWNER, ANNA) as made:
            await people.change(caller=OWNER, grant_id=self.grant.id, ends_at=self.now + timedelta(days=1))
        self.rooms.front.fault = None
        [finished] = await self._press(["front"])
        self.left -= finished.result not in FREE
        await people.undo(caller=OWNER, token=made.token)

    @rule()
    def restart(self) -> None:
        self.do(self.storage.close())
        self.do(self._open())
        self.do(self.rooms.control.recover())

    @invariant()
    def the_count_is_right(self) -> None:
        if hasattr(self, "grant"):
            kept = self.do(self.storage.grants.get(self.grant.id))
            assert kept is not None
            assert kept.uses_left == self.left >= 0

    def teardown(self) -> None:
        if hasattr(self, "storage"):
            self.do(self.storage.close())
        self.loop.close()
        shutil.rmtree(self.place)


def test_two_presses_never_take_two_uses_and_nobody_exceeds() -> None:
    run_state_machine_as_test(Uses, settings=settings(max_examples=15, stateful_step_count=12))
