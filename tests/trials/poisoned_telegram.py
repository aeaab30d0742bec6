"""R14: what the bot says, and now and then its polls, are answered by Telegram with anything at all."""

import asyncio
import json
import logging
import random
from collections import Counter
from copy import deepcopy

import httpx

from bot.chat.telegram import answers as telegram_answers
from tests.trials import patching
from tests.trials.inside import Inside, Telegram, inside
from tests.trials.junk import JUNK, Uncaught, answers, message
from tests.trials.results import Result
from tests.trials.strangers import Locks, furnish


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
