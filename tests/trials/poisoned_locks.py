"""R7, R14: answers of locks of every kind; what is taken for a yes is judged here by each vendor's own rules."""

import json
import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx

from bot.domain.actions import Action
from bot.domain.codes import PinRequest
from bot.domain.commands import CommandRequest, Finished
from bot.domain.commands import Result as Said
from bot.drivers.http import BODY_LIMIT
from tests.trials import strangers
from tests.trials.inside import Inside, inside, vendor_says
from tests.trials.junk import BATCH, JUNK, Uncaught, answers
from tests.trials.results import Result
from tests.trials.strangers import furnish
from tests.trials.world import OWNER


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
