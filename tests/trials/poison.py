"""R14: broken updates, forged buttons, garbled answers of locks and of Telegram; the bot must go on answering.

Updates are true ones with parts torn out, swapped for other types, or blown up; answers are bytes of every kind.
Telegram's answers are spoiled for every call the bot makes: sends, edits, presses, polls.
After each batch an owner asks `/whoami` and must be answered. An error nobody caught counts as a violation, and so
does a yes that no clear answer stands behind (R7).
"""

import asyncio
import dataclasses
import json
import logging
import random
import string
import time
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

import httpx

from bot.chat.telegram import sender
from bot.domain.actions import Action
from bot.domain.commands import CommandRequest, Finished
from bot.domain.commands import Result as Said
from bot.domain.people import Grant, Person
from storage import Storage
from tests.trials import strangers
from tests.trials.apart import apart
from tests.trials.inside import Answer, Inside, Telegram, inside, vendor_says
from tests.trials.patching import replace
from tests.trials.results import Result
from tests.trials.strangers import Crowd, Locks, furnish
from tests.trials.world import OWNER

BATCH = 100
CROWD = range(2000, 2300)
JUNK: tuple[Any, ...] = (
    None, True, -1, 0, 2**63, 2**70, 1e308, "", "x", "\u202e\u2066evil\u2069", "a\nb\rc\0", "\ud800", "𝔘" * 70, [], {},
    [[[[]]]], {"id": None}, {"id": "1"}, [1, "2", None], "/open front", "9" * 5000,
)  # fmt: skip
HUGE = "A" * 10_000_000


class Poisoner:
    """Takes true updates and spoils them."""

    def __init__(self, generator: random.Random) -> None:
        self._generator = generator
        self._crowd = Crowd(generator)
        self.kinds: Counter[str] = Counter()

    def update(self) -> bytes:
        update = json.loads(self._crowd.update([]))
        self._crowd.made.clear()
        how = self._generator.choice(
            (self._tear, self._swap, self._swap, self._add, self._names, self._data, self._whole)
        )
        self.kinds[how.__name__.strip("_")] += 1
        for _ in range(self._generator.randrange(1, 4)):
            how(update)
        return json.dumps(update).encode()

    def next_number(self) -> int:
        return int(json.loads(self._crowd.update([]))["update_id"])

    def huge(self) -> bytes:
        update = json.loads(self._crowd.update([]))
        update["message"] = {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "text": HUGE}
        return json.dumps(update).encode()

    def _junk(self) -> Any:
        return deepcopy(self._generator.choice(JUNK))

    def _somewhere(self, value: Any) -> tuple[Any, Any] | None:
        """A random place inside: its container and key."""
        places = []
        stack = [value]
        while stack:
            container = stack.pop()
            keys = list(container) if isinstance(container, dict) else range(len(container))
            for key in keys:
                if key != "update_id":
                    places.append((container, key))
                    if isinstance(container[key], (dict, list)):
                        stack.append(container[key])
        return self._generator.choice(places) if places else None

    def _tear(self, update: dict[str, Any]) -> None:
        if place := self._somewhere(update):
            del place[0][place[1]]

    def _swap(self, update: dict[str, Any]) -> None:
        if place := self._somewhere(update):
            place[0][place[1]] = self._junk()

    def _add(self, update: dict[str, Any]) -> None:
        key = self._generator.choice(
            ("message", "callback_query", "my_chat_member", "poll", "unheard_of", "edited_message")
        )
        update[key] = self._junk()

    def _names(self, update: dict[str, Any]) -> None:
        for part in update.values():
            if isinstance(part, dict) and isinstance(part.get("from"), dict):
                part["from"]["first_name"] = self._junk()
                part["from"]["last_name"] = "\u202e\u0000\n<b>&" * 3

    def _data(self, update: dict[str, Any]) -> None:
        if isinstance(update.get("callback_query"), dict):
            signs = string.printable + "\u202e💥"
            text = "".join(self._generator.choice(signs) for _ in range(self._generator.randrange(80)))
            update["callback_query"]["data"] = self._generator.choice(("do:", "ok:", "do:open:", "")) + text

    def _whole(self, update: dict[str, Any]) -> None:
        for key in [key for key in update if key != "update_id"]:
            update[key] = self._junk()


class Uncaught:
    """What reached the event loop because nobody took it."""

    def __init__(self) -> None:
        self.found: list[str] = []
        asyncio.get_running_loop().set_exception_handler(self._note)

    def _note(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.found.append(f"uncaught: {context.get('message')}: {context.get('exception')!r}"[:300])


async def answers(bot: Inside, number: int) -> bool:
    """Whether an owner is still served."""
    message = {
        "message_id": 1, "date": 1, "chat": {"id": OWNER, "type": "private"}, "text": "/whoami",
        "from": {"id": OWNER, "is_bot": False, "first_name": "Olga"},
        "entities": [{"type": "bot_command", "offset": 0, "length": 7}],
    }  # fmt: skip
    bot.telegram.texts.clear()
    await bot.digest([json.dumps({"update_id": number, "message": message}).encode()])
    return any(chat == OWNER and str(OWNER) in text for chat, text in bot.telegram.texts)


async def feed(bot: Inside, poisoner: Poisoner, trials: int, locks: Locks) -> list[str]:
    """What went wrong; the first thing ends it, because the rest would only wait."""
    uncaught = Uncaught()
    for begun in range(0, trials, BATCH):
        batch = [poisoner.update() for _ in range(min(BATCH, trials - begun))]
        if begun == 0:
            batch.append(poisoner.huge())
        if not await bot.digest(batch):
            return [f"batch {begun}: the bot came to no rest"]
        if not await answers(bot, poisoner.next_number()):
            return [f"batch {begun}: an owner was not answered"]
    started = bot.look("SELECT count(*) FROM commands WHERE outcome IS NOT 'denied'")[0][0]
    if locks.acted > started:
        return [f"{locks.acted} requests acted, and {started} commands were let through"]
    return uncaught.found


async def updates(trials: int, seed: int) -> Result:
    generator = random.Random(seed)
    poisoner, locks = Poisoner(generator), Locks()
    violations: list[str] = []
    try:
        async with inside(locks, furnish) as bot:
            violations += await feed(bot, poisoner, trials, locks)
    except Exception as error:  # noqa: BLE001 - whatever ended the bot
        violations.append(f"the bot ended: {error!r}")
    return Result(
        harness="poison updates", promises=("R14",), trials=trials, dangerous=trials, violations=violations, seed=seed,
        kinds=dict(poisoner.kinds),
    )  # fmt: skip


class Garbler:
    """A lock system that answers anything at all to what acts; remembers whether it was a clear yes."""

    def __init__(self, generator: random.Random) -> None:
        self._generator = generator
        self.kinds: Counter[str] = Counter()
        self.last_is_yes = False
        self.acted = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        acts = request.url.path in strangers.ACTING or "remoteUnlock" in request.url.path
        if not acts:
            return vendor_says(b'{"status": "ok", "code": 49}')
        self.acted += 1
        choose = self._generator.choice
        status = choose((200, 200, 200, 201, 204, 301, 302, 400, 401, 403, 404, 418, 429, 500, 502, 503, 504, 599))
        name, make = choose(list(self._bodies().items()))
        self.kinds[name] += 1
        body = make()
        self.last_is_yes = status == 200 and _says_yes(body)
        return vendor_says(body, status, {"content-type": choose(("", "\x7f" * 99)), "location": "http://evil/"})

    def _bodies(self) -> dict[str, Callable[[], bytes]]:
        return {
            "bytes": lambda: self._generator.randbytes(self._generator.randrange(200)),
            "json": lambda: json.dumps(self._generator.choice(JUNK)).encode(),
            "fields": lambda: json.dumps(self._fields()).encode(),
            "nested": lambda: b"[" * 30_000,
            "huge": lambda: b"0" * 10_000_000,
            "page": lambda: b"<html>It works!</html>",
            "empty": lambda: b"",
            "yes": lambda: b'{"status": "ok", "code": 0}',
        }

    def _fields(self) -> dict[str, Any]:
        choose = self._generator.choice
        values = (*JUNK, "ok", "ko", 0, "0", 33, "0x21", 37, 49, 50, 400, 500, "Door open", "busy")
        names = ("status", "code", "cause", "message", "ack", "error")
        return {choose(names): choose(values) for _ in range(self._generator.randrange(4))}


def _says_yes(body: bytes) -> bool:
    """A generous reading of yes: everything stricter than this is fine."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return False
    if not isinstance(fields, dict):
        return False
    return bool({"ok", 0, "0"} & {v.strip().lower() if isinstance(v, str) else v for v in fields.values() if _plain(v)})


def _plain(value: object) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool)


async def vendors(trials: int, seed: int) -> Result:
    generator = random.Random(seed)
    garbler = Garbler(generator)
    violations: list[str] = []
    async with inside(garbler, furnish) as bot:
        uncaught = Uncaught()
        for number in range(trials):
            door, action = generator.choice((("front", Action.OPEN), ("front", Action.CLOSE), ("shed", Action.OPEN)))
            violations += await _command(bot, garbler, 500_000_000 + number, door, action)
            if number % BATCH == 0 and not await answers(bot, 900_000_000 + number):
                violations.append(f"answer {number}: an owner was not answered")
        violations += uncaught.found
    return Result(
        harness="poison answers", promises=("R7", "R14"), trials=trials, dangerous=min(garbler.acted, trials),
        violations=violations, seed=seed, kinds=dict(garbler.kinds),
    )  # fmt: skip


async def _command(bot: Inside, garbler: Garbler, number: int, door: str, action: Action) -> list[str]:
    request = CommandRequest(
        update_key=str(number), person_id=OWNER, person_name="Olga", chat_id=OWNER, thread_id=None, action=action,
        door=door, asked_at=bot.services.clock.now(),
    )  # fmt: skip
    confirmed = False
    async for step in bot.services.control.operate(request):
        confirmed |= isinstance(step, Finished) and step.result is Said.CONFIRMED
    return [f"command {number} was confirmed by no clear yes"] if confirmed and not garbler.last_is_yes else []


class Spoiler:
    """Answers in Telegram's place with anything at all, but for polls and the owner's chat."""

    def __init__(self, telegram: Telegram, generator: random.Random) -> None:
        self._telegram = telegram
        self._generator = generator
        self.kinds: Counter[str] = Counter()
        self.spoils = False
        self.spoilt = 0

    async def answer(self, request: httpx.Request) -> httpx.Response:
        method = request.url.path.rpartition("/")[2]
        chat = dict(parse_qsl(request.content.decode())).get("chat_id")
        if not self.spoils or method == "getUpdates" or chat == str(OWNER):
            return await self._telegram.answer(request)
        self.spoilt += 1
        self.kinds[method] += 1
        choose = self._generator.choice
        status = choose((200, 200, 200, 200, 201, 204, 302, 400, 401, 403, 404, 409, 413, 429, 500, 502, 599))
        body = choose((self._raw, self._shaped, self._refusal))()
        return httpx.Response(status, content=body, headers={"Date": choose(DATES), "Content-Type": choose(TYPES)})

    def _raw(self) -> bytes:
        junk = json.dumps(self._generator.choice(JUNK)).encode()
        return self._generator.choice((b"", b"{}", b"null", b"[]", b"[" * 30_000, b"<html>", junk))

    def _shaped(self) -> bytes:
        choose = self._generator.choice
        result = choose((*JUNK, {"message_id": choose(JUNK), "date": choose(JUNK), "chat": choose(JUNK)}))
        return json.dumps({"ok": choose((True, True, "true", 1, None)), "result": result}).encode()

    def _refusal(self) -> bytes:
        choose = self._generator.choice
        pauses: tuple[Any, ...] = (1, 30, 10**9, 10**400, -5, "7", True, 1e308, [], None)
        parameters = choose(({"retry_after": choose(pauses)}, {"migrate_to_chat_id": choose(JUNK)}, choose(JUNK)))
        forged = "no\n2026-01-01 00:00:00,000 CRITICAL latchkey: forged"
        said = choose((forged, "Bad Request: TOPIC_CLOSED", "Forbidden: bot was kicked", *JUNK))
        return json.dumps({"ok": False, "description": said, "parameters": parameters}).encode()


DATES = ("Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 -1200", "?", "")
TYPES = ("application/json", "text/html", "")


class Lines(logging.Handler):
    """What was written into the log over more than one line, without a traceback to excuse it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info is None and "\n" in record.getMessage():
            self.found.append(f"the log was written into: {record.getMessage()[:200]!r}")


async def sends(trials: int, seed: int) -> Result:
    """A trial is somebody's word or press, and every answer of Telegram's about it is spoiled."""
    # Long enough for the limit of all chats together, and shorter than any pause that a spoiled answer asks for.
    replace(sender, "PATIENCE_SECONDS", 1.5)
    generator = random.Random(seed)
    locks, lines = Locks(), Lines()
    spoilers: list[Spoiler] = []

    def spoilt(telegram: Telegram) -> Answer:
        spoilers.append(Spoiler(telegram, generator))
        return spoilers[0].answer

    violations: list[str] = []
    logging.getLogger().addHandler(lines)
    try:
        async with inside(locks, furnish_crowd, spoilt) as bot:
            uncaught = Uncaught()
            spoilers[0].spoils = True
            for number in range(trials):
                if not await bot.digest([_something(generator, 600_000_000 + number)]):
                    violations.append(f"trial {number}: the bot came to no rest")
                if number % 10 == 0 and not await answers(bot, 800_000_000 + number):
                    violations.append(f"trial {number}: an owner was not answered")
                if violations:
                    break
            violations += uncaught.found
    except Exception as error:  # noqa: BLE001 - whatever ended the bot
        violations.append(f"the bot ended: {error!r}")
    finally:
        logging.getLogger().removeHandler(lines)
    return Result(
        harness="poison sends", promises=("R14",), trials=trials, dangerous=min(trials, spoilers[0].spoilt),
        violations=[*violations, *lines.found[:5]], seed=seed, kinds=dict(spoilers[0].kinds),
    )  # fmt: skip


async def furnish_crowd(storage: Storage) -> None:
    """So many that a chat which a spoiled answer paused is rarely asked for again."""
    now = datetime.now(UTC)
    for person in CROWD:
        await storage.people.save(Person(id=person, name=f"P{person}", added_by=OWNER, added_at=now))
        await storage.grants.add(
            Grant(
                id=0, person_id=person, door="*", actions=frozenset({Action.OPEN, Action.STATUS}), ends_at=None,
                granted_by=OWNER, granted_at=now,
            )
        )  # fmt: skip


def _something(generator: random.Random, number: int) -> bytes:
    person = generator.choice(CROWD)
    sender = {"id": person, "is_bot": False, "first_name": f"P{person}"}
    word = generator.choice(("/whoami", "/open front", "/status", "/open", "/help"))
    message = {
        "message_id": number, "date": int(time.time()), "chat": {"id": person, "type": "private"}, "from": sender,
        "text": word, "entities": [{"type": "bot_command", "offset": 0, "length": len(word.split()[0])}],
    }  # fmt: skip
    data = generator.choice(("do:open:front::", "do:status:front:m:", "ok:none", "x"))
    press = {"id": str(number), "from": sender, "chat_instance": "1", "data": data, "message": message}
    kind: dict[str, Any] = {"message": message} if generator.random() < 0.7 else {"callback_query": press}
    return json.dumps({"update_id": number, **kind}).encode()


def campaign(count: int, seed: int) -> Iterator[Result]:
    for begun in range(0, count, 10_000):
        yield apart(partial(updates, min(10_000, count - begun), seed + begun))
        yield apart(partial(vendors, min(10_000, count - begun), seed + begun))
        yield apart(partial(sends, min(10_000, count - begun), seed + begun))


def short(seed: int) -> Iterator[Result]:
    yield from campaign(150, seed)
    yield dataclasses.replace(apart(partial(vendors, 30, seed), control="unknown is opened"), promises=("R7", "R14"))


def controls(seed: int) -> Iterator[Result]:
    yield dataclasses.replace(apart(partial(updates, 300, seed), control="updates unread"), promises=("R14",))
    yield dataclasses.replace(apart(partial(sends, 300, seed), control="answers unread"), promises=("R14",))
    yield dataclasses.replace(apart(partial(vendors, 300, seed), control="unknown is opened"), promises=("R7", "R14"))
