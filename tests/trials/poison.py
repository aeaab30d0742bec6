"""R14: broken updates, forged buttons and garbled answers of locks; the bot must go on answering.

Updates are true ones with parts torn out, swapped for other types, or blown up; answers are bytes of every kind, of
locks and of Telegram. After each batch an owner asks `/whoami` and must be answered. An error nobody caught counts as a
violation, and so does a yes that no clear answer stands behind (R7), judged by each vendor's own rules.
"""

import asyncio
import json
import logging
import random
import string
import time
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import timedelta
from functools import partial
from typing import Any

import httpx

from bot.chat.telegram import answers as telegram_answers
from bot.domain.actions import Action
from bot.domain.codes import PinRequest
from bot.domain.commands import CommandRequest, Finished
from bot.domain.commands import Result as Said
from bot.drivers.http import BODY_LIMIT
from tests.trials import patching, strangers
from tests.trials.apart import apart
from tests.trials.inside import Inside, Telegram, inside, vendor_says
from tests.trials.results import Result
from tests.trials.strangers import Crowd, Locks, furnish
from tests.trials.world import OWNER

BATCH = 100
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


def message(number: int, text: str) -> bytes:
    """What an owner writes."""
    command = text.partition(" ")[0]
    fields = {
        "message_id": number, "date": int(time.time()), "chat": {"id": OWNER, "type": "private"}, "text": text,
        "from": {"id": OWNER, "is_bot": False, "first_name": "Olga"},
        "entities": [{"type": "bot_command", "offset": 0, "length": len(command)}],
    }  # fmt: skip
    return json.dumps({"update_id": number, "message": fields}).encode()


async def answers(bot: Inside, number: int, *, seconds: float = 30) -> bool:
    """Whether an owner is still served."""
    bot.telegram.texts.clear()
    await bot.digest([message(number, "/whoami")], seconds)
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
    """A lock system that answers anything at all to what acts; keeps what it answered last."""

    def __init__(self, generator: random.Random) -> None:
        self._generator = generator
        self.kinds: Counter[str] = Counter()
        self.last: tuple[int, bytes] = (0, b"")
        self.acted = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path not in strangers.ACTING and "remoteUnlock" not in path and "pinCode" not in path:
            return vendor_says(b'{"status": "ok", "code": 49}')
        self.acted += 1
        choose = self._generator.choice
        status = choose((200, 200, 200, 200, 201, 204, 301, 302, 400, 401, 403, 404, 418, 429, 500, 502, 503, 504, 599))
        name, make = choose(list(self._bodies().items()))
        self.kinds[name] += 1
        body = make()
        self.last = status, body
        return vendor_says(body, status, {"content-type": choose(("", "\x7f" * 99)), "location": "http://evil/"})

    def _bodies(self) -> dict[str, Callable[[], bytes]]:
        return {
            "bytes": lambda: self._generator.randbytes(self._generator.randrange(200)),
            "json": lambda: json.dumps(self._generator.choice(JUNK)).encode(),
            "fields": lambda: json.dumps(self._fields()).encode(),
            "contradictions": self._contradiction,
            "nested": lambda: b"[" * 30_000,
            "huge": lambda: b"0" * 10_000_000,
            "page": lambda: b"<html>It works!</html>",
            "empty": lambda: b"",
            "yes": lambda: b'{"status": "ok", "code": 0}',
            "code": lambda: self._generator.choice((b"12345678", b'"12345678"', b"1234567", b"123456789", b"1234567x")),
        }

    def _fields(self) -> dict[str, Any]:
        choose = self._generator.choice
        values = (*JUNK, "ok", "ko", 0, "0", 33, "0x21", 37, 49, 50, 400, 500, "Door open", "busy")
        names = ("status", "code", "cause", "message", "ack", "error")
        return {choose(names): choose(values) for _ in range(self._generator.randrange(4))}

    def _contradiction(self) -> bytes:
        """A yes with something beside it that takes it back, or that two readers would read differently."""
        value = self._generator.choice(CONTRADICTIONS)
        name = self._generator.choice(("code", "status", "error", "cause", "ack"))
        return b'{"status": "ok", "' + name.encode() + b'": ' + value + self._generator.choice((b"}", b', "code": 0}'))


CONTRADICTIONS = (
    b"37.0", b"NaN", b"1e999", b"[37]", b"true", b"false", b"37", b"0.0", b"null", b'"ko"', b'"0x25"', b"-0", b'"0"',
    b"Infinity", b"{}", b'"Door open"', b"200.0", b"504", b'"ok"', b"0", b"9" * 500,
)  # fmt: skip


def is_yes_of_the_keys(status: int, body: bytes) -> bool:
    """By the vendor's page and its gateways: `ok` or 0, whichever field it is in, and nothing that says otherwise."""
    fields = strict_object(body)
    if status != 200 or fields is None or fields.get("cause") or fields.get("error"):
        return False
    said = [fields[name] for name in ("code", "status") if name in fields]
    return bool(said) and all(type(one) in (int, str) and str(one).strip().lower() in YES for one in said)


YES = ("0", "-0", "0x0", "ok")


def is_taken_by_kas(status: int, body: bytes) -> bool:
    """Only the status counts, by the vendor's page; a page of HTML, or a body that says no, is not from it."""
    text = body.decode("utf-8", "replace").strip()
    if status != 200 or text.startswith("<") or len(body) > BODY_LIMIT:
        return False
    if not text.startswith(("{", "[")):
        return True
    fields = strict_object(body)
    return (
        fields is not None
        and not fields.get("error")
        and (type(ack := fields.get("ack", 0)) is int and ack in (0, 200))
    )


def is_code(status: int, body: bytes) -> bool:
    digits = body.decode("utf-8", "replace").strip("\"' \t\r\n")
    return status == 200 and len(digits) == 8 and digits.isascii() and digits.isdigit()


def strict_object(body: bytes) -> dict[str, Any] | None:
    """None where two readers of JSON could differ: a name twice, NaN, a number without end."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            raise ValueError
        return dict(pairs)

    def refuse(text: str) -> Any:
        raise ValueError(text)

    try:
        found = json.loads(body.decode(), object_pairs_hook=unique, parse_constant=refuse)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and "inf" not in repr(found) else None


ASKS: tuple[tuple[str, Action], ...] = (
    ("front", Action.OPEN), ("front", Action.CLOSE), ("shed", Action.OPEN), ("garage", Action.OPEN),
    ("garage", Action.PIN),
)  # fmt: skip
WANTS = {
    ("garage", Action.OPEN): (Said.ACCEPTED, is_taken_by_kas),
    ("garage", Action.PIN): (Said.CONFIRMED, is_code),
}


async def vendors(trials: int, seed: int) -> Result:
    generator = random.Random(seed)
    garbler = Garbler(generator)
    violations: list[str] = []
    async with inside(garbler, furnish) as bot:
        uncaught = Uncaught()
        for number in range(trials):
            violations += await _command(bot, garbler, 500_000_000 + number, *generator.choice(ASKS))
            if number % BATCH == 0 and not await answers(bot, 900_000_000 + number):
                violations.append(f"answer {number}: an owner was not answered")
        violations += uncaught.found
    return Result(
        harness="poison answers", promises=("R7", "R14"), trials=trials, dangerous=min(garbler.acted, trials),
        violations=violations, seed=seed, kinds=dict(garbler.kinds),
    )  # fmt: skip


async def _command(bot: Inside, garbler: Garbler, number: int, door: str, action: Action) -> list[str]:
    now = bot.services.clock.datetime()
    pin = PinRequest(starts_at=now, duration=timedelta(hours=2), label="guest") if action is Action.PIN else None
    request = CommandRequest(
        update_key=str(number), person_id=OWNER, person_name="Olga", chat_id=OWNER, thread_id=None, action=action,
        door=door, asked_at=now.timestamp(), pin=pin,
    )  # fmt: skip
    garbler.last = 0, b""
    good, is_good = WANTS.get((door, action), (Said.CONFIRMED, is_yes_of_the_keys))
    async for step in bot.services.control.operate(request):
        if not isinstance(step, Finished) or step.result not in (Said.CONFIRMED, Said.ACCEPTED):
            continue
        if step.result is not good or not is_good(*garbler.last):
            return [f"{action} {door} is {step.result} after {garbler.last[0]} {garbler.last[1][:200]!r}"]
    return []


class PoisonedTelegram:
    """Answers what the bot sends with anything at all, `calm` excepted; what asks for updates is answered as ever."""

    def __init__(self, telegram: Telegram, generator: random.Random) -> None:
        self._answer = telegram.answer
        self._generator = generator
        self.kinds: Counter[str] = Counter()
        self.is_calm = False
        telegram.answer = self.answer  # type: ignore[method-assign]

    async def answer(self, request: httpx.Request) -> httpx.Response:
        true = await self._answer(request)
        method = request.url.path.rpartition("/")[2]
        if (
            self.is_calm
            or (method == "getUpdates" and self._generator.random() < 0.8)
            or self._generator.random() < 0.1
        ):
            return true
        status, body = self._generator.choice(BAD_ANSWERS)
        if self._generator.random() < 0.3:
            status, body = 200, json.dumps({"ok": True, "result": deepcopy(self._generator.choice(JUNK))}).encode()
        self.kinds[f"{method} {status}"] += 1
        date = self._generator.choice((true.headers["Date"], "Fri, 31 Dec 9999 23:59:59 GMT", "yesterday", ""))
        return httpx.Response(status, content=body, headers={"Date": date})


# After a bad poll the library sleeps up to 30 s.
TRUE_ANSWERS = {"getUpdates": 0.95}
FORGED = "\n2026-01-01 00:00:00,000 INFO latchkey: FORGED"
BAD_ANSWERS: tuple[tuple[int, bytes], ...] = (
    (200, b"{}"), (200, b"null"), (200, b"[]"), (200, b""), (200, b"<html>"), (200, b'{"ok": true}'),
    (200, b'{"ok": "true", "result": {}}'), (200, b'{"ok": true, "result": {"message_id": true}}'),
    (200, b"[" * 30_000),
    (429, b'{"ok": false, "parameters": {"retry_after": ' + b"9" * 400 + b"}}"),
    (429, b'{"ok": false, "parameters": {"retry_after": "soon"}}'), (429, b'{"ok": false, "parameters": null}'),
    (429, b'{"ok": false, "error_code": 429, "parameters": {"retry_after": -1}}'),
    (400, json.dumps({"ok": False, "description": f"Bad Request{FORGED}"}).encode()),
    (403, b'{"ok": false, "description": {"a": 1}}'), (401, b"{}"), (404, b"no"), (500, b""), (502, b"<html>"),
    (400, b'{"ok": false, "parameters": {"migrate_to_chat_id": "x"}}'), (302, b""), (204, b""),
)  # fmt: skip


class Log(logging.Handler):
    """Keeps lines that somebody forged."""

    def __init__(self) -> None:
        super().__init__()
        self.forged: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if FORGED in (said := record.getMessage()):
            self.forged.append(f"a forged line in the log: {said!r}"[:300])


async def sends(trials: int, seed: int) -> Result:
    """What the bot says is answered with poison; it must live on, and answer again when that is over."""
    generator, locks, log = random.Random(seed), Locks(), Log()
    violations: list[str] = []
    kinds: Counter[str] = Counter()
    logging.disable(logging.NOTSET)
    logging.getLogger().handlers = [log]
    # Telegram may ask for an hour, which is obeyed: here it is a moment.
    for name in ("PAUSE_SECONDS", "LONGEST_OTHER_PAUSE_SECONDS"):
        patching.replace(telegram_answers, name, 0.2)
    patching.replace(telegram_answers, "LONGEST_PAUSE_SECONDS", {})
    try:
        async with inside(locks, furnish) as bot:
            uncaught, telegram = Uncaught(), PoisonedTelegram(bot.telegram, generator)
            number = 600_000_000
            while telegram.kinds.total() < trials and not violations:
                telegram.is_calm = False
                words = ("/open front", "/status", "/whoami", "/help", "/pin garage 2h")
                bot.telegram.push([message(number := number + 1, generator.choice(words)) for _ in range(10)])
                await asyncio.sleep(0.3)
                telegram.is_calm = True
                if not await is_answered_again(bot, number := number + 1):
                    violations.append(f"an owner was not answered after {telegram.kinds.total()} bad answers")
                number += 10
            kinds = telegram.kinds
            violations += uncaught.found
    except Exception as error:  # noqa: BLE001 - whatever ended the bot
        violations.append(f"the bot ended: {error!r}")
    return Result(
        harness="poison sends", promises=("R14",), trials=kinds.total(), dangerous=kinds.total(),
        violations=violations + log.forged, seed=seed, kinds=dict(kinds),
    )  # fmt: skip


async def is_answered_again(bot: Inside, number: int) -> bool:
    """Within a minute: a pause that somebody asked for goes on for a while."""
    for again in range(10):
        if await answers(bot, number + again, seconds=6):
            return True
    return False


def campaign(count: int, seed: int) -> Iterator[Result]:
    for begun in range(0, count, 10_000):
        yield apart(partial(updates, min(10_000, count - begun), seed + begun))
        yield apart(partial(vendors, min(10_000, count - begun), seed + begun))
    yield apart(partial(sends, count // 10, seed))


def controls(seed: int, trials: int = 300) -> Iterator[Result]:
    yield apart(partial(updates, trials, seed), control="updates unread")
    for name in ("unknown is opened", "any answer is a yes"):
        yield apart(partial(vendors, trials, seed), control=name)
    yield apart(partial(sends, trials, seed), control="answers unread")


def short(seed: int) -> Iterator[Result]:
    yield apart(partial(updates, 500, seed))
    yield apart(partial(vendors, 150, seed))
    yield apart(partial(sends, 60, seed))
    yield apart(partial(vendors, 30, seed), control="unknown is opened")
