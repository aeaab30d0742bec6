"""Control against a model: rights given and taken, commands, crashes, duplicates, late asks, and clocks that jump.

After every step: at most one request per update, none without a right at the moment of its record, one in flight per
door, every request recorded before it, and a journal that is whole. LATCHKEY_STEPS makes it larger.
"""

import asyncio
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.clock import Clock
from bot.control.decision import Decider
from bot.domain.actions import GRANTABLE, Action
from bot.domain.commands import CommandRequest, Finished, Result
from bot.domain.people import EVERY_DOOR
from bot.domain.policy import Verdict
from bot.drivers.errors import LockError, NotSent, OutcomeUnknown, Refused
from storage import Storage
from tests.bench import ANNA, CHAT, OWNER, START, STRANGER, BenchLock, Hands, Rooms, answers, build
from tests.fresh import open_fresh

BEN = 8
PEOPLE = (OWNER, ANNA, BEN, STRANGER)
DOORS = ("front", "garage", "cellar")
STALE = 30
SIZE = int(os.environ.get("LATCHKEY_STEPS", "1"))


@dataclass(frozen=True)
class Granted:
    actions: frozenset[Action]
    ends_at: datetime | None


class Doorkeeping(RuleBasedStateMachine):
    """Every rule runs on the real control over a real file; the model knows only what people may expect."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.place = Path(tempfile.mkdtemp())
        self.hands = Hands()
        self.updates = 0
        self.held: dict[tuple[int, str], set[Granted]] = {}
        self.listed: set[int] = set()
        self.used: list[str] = []
        self.sent: Counter[str] = Counter()
        self.asking: dict[str, str] = {}
        self.broken: list[str] = []
        self.waiting: dict[str, asyncio.Event] = {}
        self.rooms: Rooms
        self.storage: Storage

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(work, 20))

    @initialize()
    def begin(self) -> None:
        self.do(self._open())

    async def _open(self) -> None:
        self.storage = await open_fresh(self.place / "latchkey.db")
        self.rooms = build(self.storage, self.hands, self.hands.clock())
        for name, lock in (("front", self.rooms.front), ("garage", self.rooms.garage)):
            lock.before = self._watching(name, lock)

    def _watching(self, name: str, lock: BenchLock) -> Callable[[], Coroutine[Any, Any, None]]:
        async def arrived() -> None:
            """A request has reached the lock: was it recorded, and by whom?"""
            rows = await self.storage.database.rows(
                "SELECT update_key, person_id, action FROM commands WHERE outcome IS NULL AND door = $1", name
            )
            if len(rows) != 1:
                self.broken.append(f"{len(rows)} commands in flight at {name} while it is asked")
                return
            key, person, action = rows[0]
            self.sent[key] += 1
            if not self.may(person, name, action):
                self.broken.append(f"{person} had no right to {action} {name}")
            if gate := self.waiting.get(name):
                await gate.wait()

        return arrived

    def may(self, person: int, door: str, action: str) -> bool:
        if person == OWNER:
            return True
        now = datetime.fromtimestamp(self.hands.wall, UTC)
        rights = self.held.get((person, door), set()) | self.held.get((person, EVERY_DOOR), set())
        return person in self.listed and any(
            action in right.actions and (right.ends_at is None or now < right.ends_at) for right in rights
        )

    @rule(
        person=st.sampled_from((ANNA, BEN)),
        door=st.sampled_from((*DOORS[:2], "*")),
        actions=st.frozensets(st.sampled_from(GRANTABLE), min_size=1),
        hours=st.none() | st.integers(1, 48),
    )
    def allow(self, person: int, door: str, actions: frozenset[Action], hours: int | None) -> None:
        length = None if hours is None else timedelta(hours=hours)
        allowed = self.do(
            self.rooms.people.allow(caller=OWNER, person_id=person, name="x", door=door, actions=actions, length=length)
        )
        self.listed.add(person)
        self.held[person, door] = {Granted(actions, allowed.grant.ends_at)}

    @rule(person=st.sampled_from((ANNA, BEN)), door=st.none() | st.sampled_from(DOORS[:2]))
    def deny(self, person: int, door: str | None) -> None:
        self.do(self.rooms.people.deny(caller=OWNER, person_id=person, door=door))
        everywhere = self.held.pop((person, "*"), None) if person in self.listed else None
        if door is None:
            self.listed.discard(person)
            self.held = {key: right for key, right in self.held.items() if key[0] != person}
            return
        self.held.pop((person, door), None)
        if everywhere:
            for other in set(DOORS[:2]) - {door}:
                self.held.setdefault((person, other), set()).update(everywhere)

    def ask(self, person: int, door: str, age: float, action: str = "open", key: str | None = None) -> CommandRequest:
        if key is None:
            self.updates += 1
            key = str(self.updates)
        self.used.append(key)
        return CommandRequest(
            update_key=key, person_id=person, person_name="x", chat_id=CHAT, thread_id=None, door=door,
            action=Action(action), asked_at=self.hands.wall - age,
        )  # fmt: skip

    def judge(self, ask: CommandRequest, outcome: Finished, *, age: float, again: bool, before: int) -> None:
        """What the model would have let happen."""
        was_sent = self.sent[ask.update_key] > before
        allowed = (
            self.may(ask.person_id, ask.door, ask.action)
            and age < STALE
            and not again
            and ask.door in DOORS[:2]
            and ask.door not in self.asking
        )
        assert was_sent == allowed, (ask, outcome)
        assert allowed or outcome.result is Result.DENIED

    @rule(
        person=st.sampled_from(PEOPLE),
        door=st.sampled_from(DOORS),
        closes=st.booleans(),
        age=st.sampled_from((0, 1, 29, 30, 31, 3600)),
        fault=st.sampled_from((None, None, NotSent, OutcomeUnknown, Refused, ZeroDivisionError)),
    )
    def command(self, person: int, door: str, closes: bool, age: float, fault: type[Exception] | None) -> None:
        action = "close" if closes else "open"
        for lock in (self.rooms.front, self.rooms.garage):
            lock.fault = answers(fault) if fault and issubclass(fault, LockError) else fault() if fault else None
        ask = self.ask(person, door, age, action)
        self.judge(ask, self.do(self.rooms.operate(ask)), age=age, again=False, before=0)

    @precondition(lambda self: self.used)
    @rule(data=st.data(), person=st.sampled_from(PEOPLE), door=st.sampled_from(DOORS[:2]))
    def redeliver(self, data: st.DataObject, person: int, door: str) -> None:
        """An update that was seen, whoever is said to have sent it: recorded ones are never run again."""
        key = data.draw(st.sampled_from(self.used))
        before = self.sent[key]
        recorded = any(one.update_key == key for one in self.do(self.storage.commands.conflicts(key, "")))
        ask = self.ask(person, door, 0, key=key)
        self.judge(ask, self.do(self.rooms.operate(ask)), age=0, again=recorded, before=before)

    @rule(door=st.sampled_from(DOORS[:2]), seconds=st.integers(1, 20))
    def slow_lock_and_somebody_else(self, door: str, seconds: int) -> None:
        """A second command while the first is in flight is refused, and the first comes to its end."""
        self.do(self._overlap(door, seconds))

    async def _overlap(self, door: str, seconds: int) -> None:
        lock = self.rooms.front if door == "front" else self.rooms.garage
        lock.fault = None
        gate = self.waiting[door] = asyncio.Event()
        first = asyncio.ensure_future(self.rooms.operate(self.ask(OWNER, door, 0)))
        while not self.sent[self.used[-1]]:  # noqa: ASYNC110 - locks ring no bell
            await asyncio.sleep(0)
        self.asking[door] = self.used[-1]
        second = self.ask(OWNER, door, 0, "close")
        outcome = await self.rooms.operate(second)
        assert (outcome.result, self.sent[second.update_key]) == (Result.DENIED, 0)
        self.hands.turn(seconds)
        del self.waiting[door], self.asking[door]
        gate.set()
        assert (await first).result is Result.CONFIRMED

    @rule(door=st.sampled_from(DOORS[:2]))
    def crash_between_record_and_answer(self, door: str) -> None:
        """The process dies with a command in flight; afterwards it is unknown, and its update is never run again."""
        key = self.do(self._die(door))
        before = self.sent[key]
        ask = self.ask(OWNER, door, 0, key=key)
        outcome = self.do(self.rooms.operate(ask))
        assert (outcome.result, self.sent[key]) == (Result.DENIED, before)

    async def _die(self, door: str) -> str:
        lock = self.rooms.front if door == "front" else self.rooms.garage
        self.waiting[door] = asyncio.Event()
        ask = self.ask(OWNER, door, 0)
        asking = asyncio.ensure_future(self.rooms.operate(ask))
        while not self.sent[ask.update_key]:  # noqa: ASYNC110
            await asyncio.sleep(0)
        assert lock.sends
        asking.cancel()
        for task in list(self.rooms.control._tasks):
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(asking, *self.rooms.control._tasks, return_exceptions=True)
        self.waiting.clear()
        await self.storage.close()
        await self._open()
        assert [command.update_key for command in await self.storage.commands.unfinished()] == [ask.update_key]
        await self.rooms.control.recover()
        await self.rooms.activity.idle()
        [(outcome,)] = await self.storage.database.rows(
            "SELECT outcome FROM commands WHERE update_key = $1", ask.update_key
        )
        assert outcome == "unknown"
        return ask.update_key

    @rule()
    def restart(self) -> None:
        async def again() -> None:
            await self.rooms.control.finish()
            await self.storage.close()
            await self._open()
            await self.rooms.control.recover()

        self.do(again())

    @rule(hours=st.integers(0, 60), seconds=st.integers(1, 3599))
    def time_passes(self, hours: int, seconds: int) -> None:
        self.hands.turn(hours * 3600 + seconds)

    @rule(seconds=st.sampled_from((-86_400, -31, -1, 1, 31)))
    def somebody_sets_the_clock(self, seconds: int) -> None:
        """Before Telegram's first answer the host's clock is all there is."""
        self.hands.wall = max(START.timestamp() - 10 * 86_400, self.hands.wall + seconds)

    @invariant()
    def promises_hold(self) -> None:
        assert self.broken == []
        assert [key for key, times in self.sent.items() if times > 1] == []

    @invariant()
    def everything_sent_is_recorded_and_the_journal_is_whole(self) -> None:
        if not hasattr(self, "rooms"):
            return

        async def look() -> None:
            rows = await self.storage.database.rows(
                "SELECT detail ->> '$.update' FROM journal WHERE kind = 'started' AND action IN ('open', 'close')"
            )
            started = Counter(key for (key,) in rows)
            assert set(self.sent) - {key for key, n in self.sent.items() if not n} <= set(started)
            assert max(started.values(), default=0) <= 1
            assert (await self.storage.journal.verify()).fault is None

        self.do(look())

    def teardown(self) -> None:
        if hasattr(self, "rooms"):
            self.do(self.rooms.control.finish())
            self.do(self.storage.close())
        self.loop.close()
        shutil.rmtree(self.place)


SETTINGS = settings(
    max_examples=20 * SIZE,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def test_control_keeps_its_promises_whatever_comes() -> None:
    run_state_machine_as_test(Doorkeeping, settings=SETTINGS)


# The same examples every time: whether a broken build is caught must not be luck.
SMALL = settings(
    SETTINGS,
    max_examples=400,
    derandomize=True,
    database=None,
    phases=[phase for phase in settings().phases if "shrink" not in str(phase)],
)


async def _anybody(*_: object, **__: object) -> Verdict:
    return Verdict()


def _never_late(*_: object) -> float:
    return 0.0


@pytest.mark.parametrize(
    ("where", "broken"),
    [((Decider, "_verdict"), _anybody), ((Clock, "age"), _never_late)],
    ids=["anybody may", "never late"],
)
def test_a_broken_build_is_caught(
    where: tuple[Any, str], broken: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative controls."""
    monkeypatch.setattr(*where, broken)
    with pytest.raises(BaseException, match=r".") as caught:
        run_state_machine_as_test(Doorkeeping, settings=SMALL)
    assert isinstance(caught.value, (AssertionError, BaseExceptionGroup))
