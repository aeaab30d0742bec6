"""Breaking a glass against a model: never with fewer than it needs, never twice, never before the silence is one."""

import asyncio
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.access.ballots import Ballots
from bot.access.breaking import Breaking
from bot.access.glasses import Glasses
from bot.access.lockdowns import Lockdowns
from bot.access.owner_silence import OwnerSilence
from bot.access.signs import OwnerSigns
from bot.domain.approvals import CHOICES, ApprovalAnswer
from bot.domain.commands import Result
from bot.domain.policy import Denied
from tests.bench import ANNA, OWNER, STRANGER, Hands, Rooms, build, person, request
from tests.fresh import open_fresh

T = TypeVar("T")
BEN, CLEO, DORA = 8, 9, 10
HOLDERS = (ANNA, BEN, CLEO, DORA)
NEEDED = 3
SEVERAL, ALONE = 1, 2
"""3 of Anna, Ben, Cleo and Dora; Anna after two hours."""
SILENCE = 7200.0
EVERYBODY = (*HOLDERS, *HOLDERS, OWNER, STRANGER)


@dataclass
class Attempt:
    """What the model knows of one breaking."""

    id: int
    glass: int
    by: int
    begun_at: float
    agreed: set[int] = field(default_factory=set)
    is_allowed_by_owner: bool = False
    is_spoilt: bool = False
    is_owner_awake: bool = False
    """Silence cannot break it any more; the owner who was seen still can."""
    """An owner refused, the glass was changed, or the time is over."""


class BreakGlass(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.hands = Hands()
        self.attempts: dict[int, Attempt] = {}
        self.suspended: set[int] = set()
        self.opened_for: set[int] = set()
        self.updates, self.openings, self.is_locked_down = 0, 0, False
        self.run(self.open())
        self.run(self.furnish())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    async def open(self) -> None:
        self.storage = await open_fresh(Path(self.folder.name) / "latchkey.db")
        rooms: Rooms = build(self.storage, self.hands, self.hands.clock())
        self.rooms, storage, people = rooms, rooms.storage, rooms.people
        self.ballots = Ballots(storage, people, rooms.notices, rooms.clock)
        self.glasses = Glasses(storage, people, rooms.notices, rooms.clock, self.ballots)
        self.signs = OwnerSigns(storage, people, rooms.clock)
        self.breaking = Breaking(
            storage, people, rooms.doors, rooms.notices, rooms.clock,
            glasses=self.glasses, ballots=self.ballots, signs=self.signs,
        )  # fmt: skip
        self.silence = OwnerSilence(
            storage, people, rooms.clock, ballots=self.ballots, breaking=self.breaking, signs=self.signs
        )
        self.silence.hears = lambda: True
        self.lockdowns = Lockdowns(storage, people, rooms.doors, rooms.notices, rooms.clock)

    async def furnish(self) -> None:
        for number, name in ((ANNA, "Anna"), (BEN, "Ben"), (CLEO, "Cleo"), (DORA, "Dora")):
            await self.storage.people.save(person(number, name))
        await self.set_up([*HOLDERS], NEEDED, None)
        await self.set_up([ANNA], 1, timedelta(seconds=SILENCE))

    async def set_up(self, keyholders: list[int], needed: int, silence: timedelta | None) -> None:
        await self.glasses.set_up(
            caller=OWNER, caller_name="Olga", door="front", keyholders=keyholders, votes_needed=needed,
            silence=silence, update_key=f"glass {needed}",
        )  # fmt: skip

    async def close(self) -> None:
        await self.rooms.control.finish()
        await self.storage.close()

    def teardown(self) -> None:
        if hasattr(self, "storage"):
            self.run(self.close())
            self.loop.close()
            self.folder.cleanup()

    @rule(who=st.sampled_from((ANNA, ANNA, BEN, OWNER, STRANGER)), glass=st.sampled_from((SEVERAL, ALONE)))
    def break_it(self, who: int, glass: int) -> None:
        broken = self.run(
            self.breaking.begin(person_id=who, name=str(who), glass_id=glass, chat_id=who, thread_id=None)
        )
        if broken.approval:
            assert who not in self.suspended | {OWNER, STRANGER}
            assert who == ANNA or glass == SEVERAL
            assert not self.is_locked_down
            number = broken.approval.id
            self.attempts[number] = Attempt(number, glass, who, self.hands.wall, {who})

    @rule(who=st.sampled_from(EVERYBODY), which=st.sampled_from((0, 0, 1)), answer=st.sampled_from(CHOICES))
    def answer(self, who: int, which: int, answer: ApprovalAnswer) -> None:
        if not self.attempts:
            return
        attempt = list(self.attempts.values())[-1 - which % len(self.attempts)]
        is_yes = answer is not ApprovalAnswer.REFUSED
        if who == OWNER:
            attempt.is_allowed_by_owner |= is_yes and not attempt.is_spoilt
        elif is_yes and who not in self.suspended and who in HOLDERS and attempt.glass == SEVERAL:
            attempt.agreed.add(who)
        try:
            self.run(self.ballots.answer(caller=who, caller_name=str(who), approval_id=attempt.id, answer=answer))
        except Denied:
            assert who != OWNER
        self.look_for_openings()
        attempt.is_spoilt |= who == OWNER

    @rule()
    def an_owner_is_seen(self) -> None:
        self.run(self.signs.saw(OWNER, "Olga"))
        for attempt in self.attempts.values():
            attempt.is_owner_awake = True

    @rule(who=st.sampled_from(HOLDERS))
    def suspend_or_resume(self, who: int) -> None:
        self.suspended ^= {who}
        is_suspended = who in self.suspended
        self.run(self.rooms.people.change_person(caller=OWNER, person_id=who, is_suspended=is_suspended))

    @rule(who=st.sampled_from(HOLDERS))
    def agree_and_be_suspended(self, who: int) -> None:
        self.answer(who=who, which=0, answer=ApprovalAnswer.ONCE)
        self.suspend_or_resume(who=who)

    @rule(glass=st.sampled_from((SEVERAL, ALONE)))
    def renew(self, glass: int) -> None:
        self.run(self.glasses.renew(caller=OWNER, caller_name="Olga", glass_id=glass))
        for attempt in self.attempts.values():
            attempt.is_spoilt |= attempt.glass == glass

    @rule()
    def lock_down_or_not(self) -> None:
        self.updates += 1
        key = f"lockdown {self.updates}"
        if self.is_locked_down:
            self.run(self.lockdowns.end(caller=OWNER, caller_name="Olga", door=None, update_key=key))
        else:
            self.run(self.lockdowns.begin(caller=OWNER, caller_name="Olga", door="front", ends_at=None, update_key=key))
        self.is_locked_down = not self.is_locked_down

    @rule(minutes=st.sampled_from((1, 9, 60)))
    def time_goes_by(self, minutes: int) -> None:
        """The bot listens, and the owner's card has arrived."""
        for number in self.attempts:
            self.run(self.ballots.keep_card(number, OWNER, 1))
        for _ in range(minutes // 2 + 1):
            self.hands.turn(min(minutes * 60, 120))
            self.look_after()

    @rule(seconds=st.sampled_from((151, 599, 7200)))
    def nobody_listens(self, seconds: int) -> None:
        self.hands.turn(seconds)
        self.look_after()

    def look_after(self) -> None:
        self.run(self.silence.look_after())
        self.run(self.ballots.look_after())
        self.look_for_openings()

    @rule()
    def restart(self) -> None:
        self.run(self.close())
        self.run(self.open())

    @rule(who=st.sampled_from((ANNA, ANNA, BEN)), times=st.integers(1, 2))
    def open_the_door(self, who: int, times: int) -> None:
        async def one() -> bool:
            self.updates += 1
            asked = request(self.updates, person=who, at=self.rooms.clock.datetime())
            return (await self.rooms.operate(asked)).result is Result.CONFIRMED

        async def all_of_them() -> list[bool]:
            return await asyncio.gather(*(one() for _ in range(times)))

        opened = sum(self.run(all_of_them()))
        assert not (opened and (self.is_locked_down or who in self.suspended))
        self.openings += opened

    def look_for_openings(self) -> None:
        rows = self.run(self.storage.database.rows("SELECT id FROM approvals WHERE answer = 'once'"))
        for (number,) in rows:
            if number not in self.opened_for:
                self.opened_for.add(number)
                self.judge(self.attempts[number])

    def judge(self, attempt: Attempt) -> None:
        """The glass is broken now: was it right?"""
        age = self.hands.wall - attempt.begun_at
        assert not attempt.is_spoilt
        assert not self.is_locked_down
        assert attempt.by not in self.suspended
        if attempt.is_allowed_by_owner:
            return
        if attempt.glass == SEVERAL:
            assert len(attempt.agreed - self.suspended) >= NEEDED
            assert age < 600
        else:
            assert age >= SILENCE
            assert not attempt.is_owner_awake
        others = [one for one in self.attempts.values() if one.glass == attempt.glass and one is not attempt]
        assert all(
            one.is_spoilt or one.is_owner_awake or one.id in self.opened_for or one.begun_at < attempt.begun_at
            for one in others
        )

    @invariant()
    def each_breaking_opens_once(self) -> None:
        if hasattr(self, "storage"):
            assert self.openings <= len(self.opened_for)

    @invariant()
    def a_glass_is_broken_once_until_it_is_renewed(self) -> None:
        if hasattr(self, "storage"):
            rows = self.run(
                self.storage.database.rows(
                    "SELECT g.id FROM glasses g JOIN approvals a ON a.glass_id = g.id"
                    " WHERE g.broken_at IS NULL AND a.answer = 'once' AND a.answered_at > g.set_at"
                )
            )
            assert rows == []


TestBreakGlass = BreakGlass.TestCase
TestBreakGlass.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
