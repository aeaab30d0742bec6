"""Undo against a model: whatever a change was, its undoing leaves the list exactly as it was. So says the journal."""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from bot.access import PeopleList
from bot.access.changes import Heritage
from bot.access.undo import CannotUndo
from bot.domain.actions import Action
from bot.domain.doors import Doors
from bot.domain.people import EVERY_DOOR, Grant, Person, Role
from tests.bench import ANNA, FRONT, GARAGE, OWNER, START, Hands
from tests.fresh import open_fresh

BEN, CLUB = 8, -5
SUBJECTS = (ANNA, BEN, CLUB)
PEOPLE = (ANNA, BEN)
List = tuple[list[Person], list[Grant]]
subjects, people = st.sampled_from(SUBJECTS), st.sampled_from(PEOPLE)


class Undoing(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.place = Path(tempfile.mkdtemp())
        self.hands = Hands()
        self.changes: list[tuple[str, List, List, float]] = []
        """The token of each change that can be undone, with the list before and after it, and when it was made."""

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(work, 20))

    @initialize()
    def begin(self) -> None:
        self.do(self._open())

    async def _open(self) -> None:
        self.storage = await open_fresh(self.place / "latchkey.db")
        self.list = PeopleList(self.storage, frozenset({OWNER}), Doors([FRONT, GARAGE]), self.hands.clock())
        await self.list.begin()

    async def _now(self) -> List:
        return await self.storage.people.all(), await self.storage.grants.all()

    def change(self, work: Any) -> None:
        before = self.do(self._now())
        token = self.do(self._recorded(work))
        self.changes.append((token, before, self.do(self._now()), self.hands.boot))

    async def _recorded(self, work: Any) -> str:
        async with self.list.undos.recording(OWNER, *SUBJECTS) as made:
            await work()
        return made.token

    @rule(
        subject=subjects,
        door=st.sampled_from(("front", "garage", EVERY_DOOR)),
        hours=st.none() | st.integers(1, 48),
        uses=st.none() | st.integers(1, 3),
        by_anna=st.booleans(),
    )
    def give(self, subject: int, door: str, hours: int | None, uses: int | None, *, by_anna: bool) -> None:
        grant = Grant(
            id=0,
            person_id=subject if subject > 0 else None,
            chat_id=subject if subject < 0 else None,
            door=door,
            actions=frozenset({Action.OPEN}),
            ends_at=None if hours is None else START + timedelta(hours=hours),
            uses_left=uses,
            granted_by=OWNER,
            granted_at=START,
        )
        caller = ANNA if by_anna and self.may_give(ANNA) else OWNER
        self.change(lambda: self.list.give(caller=caller, grant=grant, name=f"Person {subject}"))

    def may_give(self, person: int) -> bool:
        found = self.do(self.storage.people.get(person))
        return bool(found and found.role is Role.OWNER and not found.is_suspended)

    @rule(pick=st.integers(0, 20), suspended=st.booleans(), hours=st.integers(1, 9))
    def alter(self, pick: int, hours: int, *, suspended: bool) -> None:
        if grants := self.do(self.storage.grants.all()):
            number = grants[pick % len(grants)].id
            end = START + timedelta(hours=hours)
            self.change(lambda: self.list.change(caller=OWNER, grant_id=number, is_suspended=suspended, ends_at=end))

    @rule(pick=st.integers(0, 20))
    def take(self, pick: int) -> None:
        if grants := self.do(self.storage.grants.all()):
            self.change(lambda: self.list.take(caller=OWNER, grant_ids=[grants[pick % len(grants)].id]))

    @rule(person=people, heritage=st.sampled_from(Heritage))
    def remove(self, person: int, heritage: Heritage) -> None:
        self.change(lambda: self.list.deny(caller=OWNER, person_id=person, door=None, heritage=heritage))

    @rule(person=people, role=st.sampled_from(Role), suspended=st.booleans(), heritage=st.sampled_from(Heritage))
    def stand(self, person: int, role: Role, heritage: Heritage, *, suspended: bool) -> None:
        if self.do(self.storage.people.get(person)):
            self.change(
                lambda: self.list.change_person(
                    caller=OWNER, person_id=person, role=role, is_suspended=suspended, heritage=heritage
                )
            )

    @rule(minutes=st.integers(1, 4))
    def time_passes(self, minutes: int) -> None:
        self.hands.turn(minutes * 60)

    @rule()
    def undo_the_newest(self) -> None:
        self.undo(0)

    @rule(pick=st.integers(1, 20))
    def undo_another(self, pick: int) -> None:
        self.undo(pick)

    def undo(self, pick: int) -> None:
        """The newest change comes back exactly; an older one only if nobody changed the same since."""
        if not self.changes:
            return
        token, before, after, at = self.changes.pop(-1 - pick % len(self.changes))
        now = self.do(self._now())
        if self.hands.boot - at > 600 or _plain(now) != _plain(after):
            with pytest.raises(CannotUndo):
                self.do(self.list.undo(caller=OWNER, token=token))
            assert self.do(self._now()) == now
        else:
            self.do(self.list.undo(caller=OWNER, token=token))
            assert _plain(self.do(self._now())) == _plain(before)

    @invariant()
    def the_journal_says_the_same(self) -> None:
        if hasattr(self, "list"):
            assert self.do(self.list.record.differences()) == []

    def teardown(self) -> None:
        if hasattr(self, "storage"):
            self.do(self.storage.close())
        self.loop.close()
        shutil.rmtree(self.place)


def _plain(found: List) -> object:
    persons, grants = found
    return sorted(persons, key=lambda one: one.id), sorted(grants, key=lambda one: one.id)


def test_undo_restores_exactly() -> None:
    run_state_machine_as_test(Undoing, settings=settings(max_examples=50, stateful_step_count=20))
