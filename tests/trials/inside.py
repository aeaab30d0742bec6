"""The whole bot inside this process, both far sides played by functions: hundreds of updates a second, no sockets."""

import asyncio
import json
import os
import shutil
import sqlite3
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from email.utils import formatdate
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx

from bot.app import latchkey
from bot.chat.services import Services
from bot.clock import Clock
from bot.environment import Environment
from bot.settings import load_settings
from bot.throttle import Throttle
from storage import Storage
from tests.trials.world import API_KEY, FACTORY_NUMBER, LOCK, OWNER, SHARE_CODE, TOKEN, room

BOT = {"id": 987654321, "is_bot": True, "first_name": "Latchkey", "username": "latchkey_demo_bot"}
SETTINGS = {
    "TELEGRAM_TOKEN": TOKEN,
    "TELEGRAM_API_URL": "http://telegram",
    "OWNER_IDS": str(OWNER),
    "POLL_SECONDS": "3600",
    "LOG_LEVEL": "ERROR",
    "DOORS__FRONT__DRIVER": "the_keys",
    "DOORS__FRONT__HOST": "front",
    "DOORS__FRONT__IDENTIFIER": str(LOCK),
    "DOORS__FRONT__SHARE_CODE": SHARE_CODE,
    "DOORS__SHED__DRIVER": "the_keys",
    "DOORS__SHED__HOST": "shed",
    "DOORS__SHED__IDENTIFIER": str(LOCK + 1),
    "DOORS__SHED__SHARE_CODE": SHARE_CODE,
    "DOORS__GARAGE__DRIVER": "kas",
    "DOORS__GARAGE__FACTORY_NUMBER": FACTORY_NUMBER,
    "DOORS__GARAGE__API_KEY": API_KEY,
    "DOORS__GARAGE__BASE_URL": "http://garage",
}
Vendor = Callable[[httpx.Request], httpx.Response]


def vendor_says(content: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> httpx.Response:
    """An answer as it comes over a wire, to be read piece by piece."""
    return httpx.Response(status, headers=headers, stream=httpx.ByteStream(content))


class Telegram:
    """Hands out what it is given, takes every message, and keeps the texts and the tokens of buttons."""

    def __init__(self) -> None:
        self.texts: deque[tuple[int, str]] = deque(maxlen=5000)
        self.tokens: deque[str] = deque(maxlen=50)
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._news = asyncio.Event()
        self._messages = 0

    def push(self, updates: list[bytes]) -> None:
        """Updates as they stand on the wire, each a JSON text; their numbers grow."""
        self._waiting.extend((json.loads(update)["update_id"], update) for update in updates)
        self._news.set()

    @property
    def is_empty(self) -> bool:
        return not self._waiting

    async def answer(self, request: httpx.Request) -> httpx.Response:
        method = request.url.path.rpartition("/")[2]
        fields = dict(parse_qsl(request.content.decode()))
        if method == "getUpdates":
            self._forget(int(fields.get("offset", 0)))
            return self._ok(await self._updates(float(fields.get("timeout", 0))))
        return self._ok(json.dumps(self._do(method, fields)).encode())

    async def _updates(self, seconds: float) -> bytes:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self._waiting:
                    self._news.clear()
                    await self._news.wait()
        return b"[" + b",".join(update for _, update in islice(self._waiting, 100)) + b"]"

    def _forget(self, offset: int) -> None:
        while self._waiting and self._waiting[0][0] < offset:
            self._waiting.popleft()

    def _do(self, method: str, fields: Mapping[str, str]) -> Any:
        if method == "getMe":
            return BOT
        if method not in ("sendMessage", "editMessageText"):
            return True
        self._messages += 1
        chat = int(fields["chat_id"])
        self.texts.append((chat, fields["text"]))
        for row in json.loads(fields.get("reply_markup") or "{}").get("inline_keyboard", []):
            self.tokens.extend(button["callback_data"] for button in row if "callback_data" in button)
        kind = "private" if chat > 0 else "supergroup"
        return {
            "message_id": self._messages,
            "date": int(time.time()),
            "chat": {"id": chat, "type": kind},
            "from": BOT,
            "text": fields["text"],
        }

    @staticmethod
    def _ok(result: bytes) -> httpx.Response:
        headers = {"Date": formatdate(usegmt=True), "Content-Type": "application/json"}
        return httpx.Response(200, content=b'{"ok":true,"result":' + result + b"}", headers=headers)


class Inside:
    """The running bot and its two far sides."""

    def __init__(self, services: Services, telegram: Telegram, database: Path) -> None:
        self.services = services
        self.telegram = telegram
        self.database = database

    async def digest(self, updates: list[bytes], seconds: float = 30) -> bool:
        """Hand these over and wait until everything is done; False if that did not come about."""
        self.telegram.push(updates)
        try:
            async with asyncio.timeout(seconds):
                # An update that is on its way from one to the other is in nobody's hands for a moment.
                while not (self.telegram.is_empty and self.services.activity.is_idle):
                    await asyncio.sleep(0.001)
                    await self.services.activity.idle()
        except TimeoutError:
            return False
        return True

    def look(self, sql: str, *values: object) -> list[Any]:
        database = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        try:
            return database.execute(sql, values).fetchall()
        finally:
            database.close()


@asynccontextmanager
async def inside(vendor: Vendor, furnish: Callable[[Storage], Any] | None = None) -> AsyncIterator[Inside]:
    place = room()
    try:
        database = place / "latchkey.db"
        storage = await Storage.open(database)
        if furnish:
            await furnish(storage)
        await storage.close()
        os.environ.update(SETTINGS | {"DATABASE": str(database)})
        telegram = Telegram()
        environment = Environment(
            Clock(),
            telegram=httpx.MockTransport(lambda request: telegram.answer(request)),
            locks=httpx.MockTransport(vendor),
            sleep=_hurry,
        )
        async with latchkey(load_settings(None), environment) as services:
            # Patience with a thousand asks a second is not what is tried here.
            services.limits.requests = Throttle(times=1_000_000, seconds=1, clock=services.clock.boot)
            yield Inside(services, telegram, database)
    finally:
        shutil.rmtree(place)


async def _hurry(seconds: float) -> None:
    await asyncio.sleep(3600 if seconds > 600 else seconds / 1000)
