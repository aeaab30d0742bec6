"""R1: every kind of update from every kind of person for every door; nobody without a right may move one.

What is allowed is said here once more, in ten lines of its own, and compared with every command the bot let through.
Dangerous is an update that asks for something its sender may not have.
"""

import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from bot.domain.actions import Action
from bot.domain.people import Grant, Person
from bot.domain.schedules import DaySpan, WeeklyHours
from storage import Storage
from tests.trials.apart import apart
from tests.trials.inside import Inside, inside, vendor_says
from tests.trials.results import Result
from tests.trials.world import OWNER

ANNA, BEN, CARL, DORA, EVE, FRED, GIL = 1001, 1002, 1003, 1004, 1005, 1006, 1007
HAL, IDA, JON, KIM, LIO, MAX = 1008, 1009, 1010, 1011, 1012, 1013
"""People with a right that lets nobody in just now, each for a reason of their own."""
STRANGERS = (666, 667, 668, 669)
NOT_PEOPLE = (1087968824, 136817688, 777000)
KNOWN = (ANNA, BEN, CARL, DORA, EVE, FRED, GIL, HAL, IDA, JON, KIM, LIO, MAX)
PEOPLE = (OWNER, *KNOWN, *STRANGERS, *NOT_PEOPLE)
DOORS = ("front", "shed", "garage")
RIGHTS: dict[int, tuple[str, frozenset[str], timedelta | None]] = {
    ANNA: ("front", frozenset({"open", "close", "status"}), None),
    BEN: ("garage", frozenset({"open"}), None),
    CARL: ("*", frozenset({"open"}), None),
    DORA: ("front", frozenset({"open", "close"}), -timedelta(hours=1)),
    FRED: ("*", frozenset({"status", "pin"}), None),
    GIL: ("shed", frozenset({"open", "close"}), timedelta(days=300)),
}
GROUP, CHANNEL = -1001, -1002
MARKS: tuple[dict[str, Any], ...] = (
    {"forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": "Anna"}},
    {"via_bot": {"id": 5, "is_bot": True, "first_name": "Inline"}},
    {"sender_chat": {"id": CHANNEL, "type": "channel", "title": "News"}},
    {"is_from_offline": True},
    {"sender_business_bot": {"id": 5, "is_bot": True, "first_name": "Business"}},
)
KINDS = ("message", "message", "message", "marked", "edited_message", "channel_post", "edited_channel_post",
         "callback_query", "callback_query", "callback_query", "business_message", "bot", "inline_query")  # fmt: skip
WORDS = ("/open", "/unlock", "/close", "/lock", "/pin", "/OPEN", "/open@latchkey_demo_bot", "open", "/status")
BATCH = 100
ACTING = {"/open", "/close"}


def allowed(update: dict[str, Any], door: str, action: str) -> bool:
    """Whether this update may move this door: the table of rights, read by nobody else's code."""
    plain, press = update.get("message") or {}, update.get("callback_query") or {}
    if not plain and not press:
        return False
    sender = (plain or press)["from"]
    if sender["is_bot"] or sender["id"] in NOT_PEOPLE or any(mark in plain for m in MARKS for mark in m):
        return False
    if sender["id"] == OWNER:
        return True
    if sender["id"] == MAX:
        return action == "close"  # his second factor is wanted for what lets somebody in
    where, actions, length = RIGHTS.get(sender["id"], ("", frozenset(), None))
    return where in ("*", door) and action in actions and (length is None or length > timedelta(0))


class Crowd:
    """Makes updates of every kind."""

    def __init__(self, generator: random.Random) -> None:
        self._generator = generator
        self._number = 700_000_000
        self.made: dict[int, dict[str, Any]] = {}
        self.kinds: Counter[str] = Counter()
        self.dangerous = 0

    def update(self, tokens: list[str]) -> bytes:
        self._number += 1
        kind = self._generator.choice(KINDS)
        self.kinds[kind] += 1
        person = self._generator.choice(PEOPLE)
        sender = {"id": person, "is_bot": kind == "bot", "first_name": f"P{person}"}
        update: dict[str, Any] = {"update_id": self._number}
        if kind == "callback_query":
            update[kind] = self._press(sender, tokens)
        elif kind == "inline_query":
            update[kind] = {"id": "1", "from": sender, "query": "/open front", "offset": ""}
        elif kind in ("channel_post", "edited_channel_post"):
            update[kind] = self._message(sender, CHANNEL, "channel")
        else:
            message = self._message(sender, self._generator.choice((person, GROUP)), None)
            if kind == "marked":
                message |= self._generator.choice(MARKS)
            if kind == "edited_message":
                message["edit_date"] = message["date"]
            update["message" if kind in ("message", "marked", "bot") else kind] = message
        self.made[self._number] = update
        self.dangerous += not any(
            allowed(update, door, action) for door in DOORS for action in ("open", "close", "pin")
        )
        return json.dumps(update).encode()

    def _message(self, sender: dict[str, Any], chat: int, kind: str | None) -> dict[str, Any]:
        word, door = self._generator.choice(WORDS), self._generator.choice((*DOORS, "cellar", "", "Front"))
        text = f"{word} {door} 2h" if word == "/pin" else f"{word} {door}".strip()
        command = text.split()[0]
        return {
            "message_id": self._generator.randrange(1, 10**6),
            "date": int(time.time()),
            "chat": {"id": chat, "type": kind or ("private" if chat > 0 else "supergroup"), "title": "T"},
            "from": sender,
            "text": text,
            "entities": [{"type": "bot_command", "offset": 0, "length": len(command)}] if command[0] == "/" else [],
        }

    def _press(self, sender: dict[str, Any], tokens: list[str]) -> dict[str, Any]:
        choose = self._generator.choice
        action, door, length = choose(("open", "close", "pin")), choose((*DOORS, "cellar")), choose(("", "2h"))
        forged = f"do:{action}:{door}:{choose(('', 'm'))}:{length}"
        stolen = choose(tokens) if tokens else "ok:none"
        chat = choose((sender["id"], GROUP))
        return {
            "id": str(self._generator.randrange(10**15)),
            "from": sender,
            "chat_instance": "1",
            "data": choose((forged, forged, stolen, stolen, f"ok:{self._generator.randrange(10**9)}", "x" * 64)),
            "message": {
                "message_id": self._generator.randrange(1, 10**6),
                "date": int(time.time()),
                "chat": {"id": chat, "type": "private" if chat > 0 else "supergroup", "title": "T"},
                "text": "?",
            },
        }


class Locks:
    """Say yes to everything and count what acts."""

    def __init__(self) -> None:
        self.acted = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.acted += path in ACTING or "remoteUnlock" in path or "pinCode" in path
        if "pinCode" in path:
            return vendor_says(b"12345678")
        code = 49 if path == "/locker_status" else 0
        return vendor_says(json.dumps({"status": "ok", "code": code}).encode())


async def furnish(storage: Storage) -> None:
    now = datetime.now(UTC)
    for person in KNOWN:
        await storage.people.save(
            Person(id=person, name=f"P{person}", added_by=OWNER, added_at=now, is_suspended=person == HAL)
        )
    for person, (door, actions, length) in RIGHTS.items():
        ends = None if length is None else now + length
        can = frozenset(Action(action) for action in actions)
        await storage.grants.add(
            Grant(id=0, person_id=person, door=door, actions=can, ends_at=ends, granted_by=OWNER, granted_at=now)
        )
    useless = Grant(
        id=0, person_id=HAL, door="*", actions=frozenset({Action.OPEN, Action.CLOSE, Action.PIN}), ends_at=None,
        granted_by=OWNER, granted_at=now,
    )  # fmt: skip
    another_day = WeeklyHours((DaySpan(((now.weekday() + 3) % 7,), 600, 660),), ZoneInfo("UTC"))
    for grant in (
        useless,
        replace(useless, person_id=IDA, uses_left=0),
        replace(useless, person_id=JON, starts_at=now + timedelta(days=2)),
        replace(useless, person_id=KIM, hours=another_day),
        replace(useless, person_id=LIO, is_suspended=True),
        replace(useless, person_id=MAX, needs_second_factor=True),
    ):
        await storage.grants.add(grant)


async def run(trials: int, seed: int) -> Result:
    crowd, locks = Crowd(random.Random(seed)), Locks()
    violations: list[str] = []
    async with inside(locks, furnish) as bot:
        started = 0
        for begun in range(0, trials, BATCH):
            updates = [crowd.update(list(bot.telegram.tokens)) for _ in range(min(BATCH, trials - begun))]
            if not await bot.digest(updates):
                violations.append("the bot came to no rest")
            fresh = await_news(bot, crowd)
            started += len(fresh)
            violations += [what for update, door, action in fresh if (what := wrong(update, door, action))]
            crowd.made.clear()
        if locks.acted > started:
            violations.append(f"{locks.acted} requests acted, and {started} commands were let through")
    return Result(
        harness="strangers", promises=("R1",), trials=trials, dangerous=crowd.dangerous, violations=violations,
        seed=seed, kinds=dict(crowd.kinds) | {"let through": started},
    )  # fmt: skip


def await_news(bot: Inside, crowd: Crowd) -> list[tuple[dict[str, Any], str, str]]:
    """The commands let through in this batch, each with its update."""
    rows = bot.look(
        "SELECT update_key, door, action FROM commands WHERE outcome IS NOT 'denied' AND CAST(update_key AS INT) >= ?",
        min(crowd.made),
    )
    return [(crowd.made[int(key)], door, action) for key, door, action in rows]


def wrong(update: dict[str, Any], door: str, action: str) -> str | None:
    return None if allowed(update, door, action) else f"{action} {door} was let through for {json.dumps(update)[:300]}"


def campaign(count: int, seed: int) -> Iterator[Result]:
    for begun in range(0, count, 10_000):
        yield apart(partial(run, min(10_000, count - begun), seed + begun))


def controls(seed: int) -> Iterator[Result]:
    for name in ("everybody may", "second hand counts"):
        yield apart(partial(run, 1000, seed), control=name)


def short(seed: int) -> Iterator[Result]:
    yield from campaign(500, seed)
    yield apart(partial(run, 300, seed), control="everybody may")
