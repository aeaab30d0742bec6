"""Asking to open against a model: an approval gives at most what the right that asks first has, and once."""

import asyncio
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.access.approvals import Approvals
from bot.access.ballots import Ballots, Vote
from bot.domain.actions import Action
from bot.domain.approvals import CHOICES, ApprovalAnswer
from bot.domain.commands import Result
from bot.domain.people import Role
from bot.domain.policy import Denied
from tests.bench import ANNA, OWNER, START, Hands, Rooms, build, grant, person, request
from tests.fresh import open_fresh

SECOND, STRANGER = 8, 666
USES = 3
ENDS_AFTER = timedelta(hours=3)


@dataclass
class Question:
    id: int
    asked_at: float
    needed: int
    yes: dict[int, ApprovalAnswer]
    is_closed: bool = False


class Asking(RuleBasedStateMachine):
    """Anna may open the front door three times within three hours, and asks each time."""

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.hands = Hands()
        self.questions: list[Question] = []
        self.allowed, self.opened, self.updates = 0, 0, 0
        self.run(self.open())
        self.run(self.furnish())

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    async def open(self) -> None:
        self.storage = await open_fresh(Path(self.folder.name) / "latchkey.db")
        self.rooms: Rooms = build(self.storage, self.hands, self.hands.clock())
        rooms = self.rooms
        self.ballots = Ballots(rooms.storage, rooms.people, rooms.notices, rooms.clock)
        self.approvals = Approvals(rooms.storage, rooms.people, rooms.doors, rooms.notices, rooms.clock, self.ballots)

    async def furnish(self) -> None:
        await self.storage.people.save(person())
        await self.storage.people.save(person(SECOND, "Ben"))
        await self.rooms.people.change_person(caller=OWNER, person_id=SECOND, role=Role.OWNER)
        given = await self.rooms.people.give(caller=OWNER, grant=grant("open", length=ENDS_AFTER))
        await self.rooms.people.change(caller=OWNER, grant_id=given.grant.id, asks_first=True, uses_left=USES)

    async def close(self) -> None:
        await self.rooms.control.finish()
        await self.storage.close()

    def teardown(self) -> None:
        if hasattr(self, "storage"):
            self.run(self.close())
            self.loop.close()
            self.folder.cleanup()

    @rule(needed=st.sampled_from((1, 2)))
    def ask(self, needed: int) -> None:
        self.run(
            self.approvals.ask(
                person_id=ANNA, name="Anna", door="front", chat_id=ANNA, thread_id=None, votes_needed=needed
            )
        )
        rows = self.run(self.storage.database.rows("SELECT id, asked_at, votes_needed FROM approvals ORDER BY id"))
        known = {question.id for question in self.questions}
        self.questions += [Question(one, at / 1000, votes, {}) for one, at, votes in rows if one not in known]

    @rule(
        index=st.integers(0, 4),
        answer=st.sampled_from(CHOICES),
        callers=st.lists(st.sampled_from((OWNER, SECOND, ANNA, STRANGER)), min_size=1, max_size=3),
    )
    def answer_at_once(self, index: int, answer: ApprovalAnswer, callers: list[int]) -> None:
        if not self.questions:
            return
        question = self.questions[index % len(self.questions)]

        async def one(caller: int) -> object:
            try:
                return await self.ballots.answer(
                    caller=caller, caller_name=str(caller), approval_id=question.id, answer=answer
                )
            except Denied:
                return None

        async def everybody() -> list[Any]:
            return await asyncio.gather(*map(one, callers))

        for caller, voted in zip(callers, self.run(everybody()), strict=True):
            assert (voted is None) == (caller in (ANNA, STRANGER))
            if voted is None or voted.vote is Vote.LATE:
                continue
            assert self.hands.wall < question.asked_at + 120
            assert not question.is_closed
            if voted.vote is Vote.COUNTS:
                question.is_closed = True
            if voted.grant or voted.vote is Vote.NEEDS_MORE:
                question.yes[caller] = answer
            if voted.grant:
                self.allowed += 1
                assert len(question.yes) >= question.needed
                assert voted.grant.uses_left == 1
                assert voted.grant.actions == {Action.OPEN}
                assert voted.grant.ends_at <= START + ENDS_AFTER

    @rule(times=st.integers(1, 3))
    def open_at_once(self, times: int) -> None:
        async def one() -> bool:
            self.updates += 1
            asked = request(self.updates, at=self.rooms.clock.datetime())
            return (await self.rooms.operate(asked)).result is Result.CONFIRMED

        async def all_of_them() -> list[bool]:
            return await asyncio.gather(*(one() for _ in range(times)))

        self.opened += sum(self.run(all_of_them()))

    @rule(seconds=st.sampled_from((1, 60, 119, 120, 3600)))
    def wait(self, seconds: int) -> None:
        self.hands.turn(seconds)

    @rule()
    def look_after(self) -> None:
        self.run(self.ballots.look_after())

    @rule()
    def restart(self) -> None:
        self.run(self.close())
        self.run(self.open())

    @invariant()
    def no_more_is_opened_than_was_allowed(self) -> None:
        if hasattr(self, "questions"):
            assert self.opened <= self.allowed <= USES

    @invariant()
    def the_right_and_what_was_allowed_add_up(self) -> None:
        if hasattr(self, "questions"):
            [(left,)] = self.run(self.storage.database.rows("SELECT uses_left FROM grants WHERE asks_first = 1"))
            assert left == USES - self.allowed


TestAsking = Asking.TestCase
TestAsking.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
