"""Every call to Telegram: bounded in time, its answer read strictly, its `Date` offered to the clock."""

import asyncio
import json
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from telegram.error import TimedOut
from telegram.request import HTTPXRequest, RequestData

from bot.chat.telegram.answers import Json, read_answer
from bot.clock import Clock

# The library's own timeouts start again with every byte, so an answer that trickles would never end.
CALL_SECONDS = 30.0
# For a call that uploads a file, which may go over a slow line of a house.
FILE_SECONDS = 120.0
# 2023 to 2100: a `Date` outside comes from no Telegram, and the clock would have to doubt everything because of it.
EARLIEST_DATE, LATEST_DATE = 1_700_000_000, 4_102_444_800


class TelegramRequest(HTTPXRequest):
    def __init__(self, clock: Clock, **options: Any) -> None:
        self._clock = clock
        self.date: float | None = None
        """The `Date` of the last answer, in UTC seconds."""
        kwargs = dict(options.pop("httpx_kwargs", None) or {})
        hooks = {"request": [self._before], "response": [self._after]}
        super().__init__(httpx_kwargs=kwargs | {"event_hooks": hooks}, **options)

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *args: Any, **kwargs: Any
    ) -> tuple[int, bytes]:
        seconds = FILE_SECONDS if request_data and request_data.contains_files else CALL_SECONDS
        try:
            async with asyncio.timeout(seconds):
                status, body = await super().do_request(url, method, request_data, *args, **kwargs)
        except TimeoutError:
            raise TimedOut from None
        status, answer = self.read(url.rpartition("/")[2], status, body)
        # The library reads bytes, so what was read strictly is written down again.
        return status, json.dumps(answer).encode()

    def read(self, method: str, status: int, body: bytes) -> tuple[int, Json]:
        return status, read_answer(method, status, body)

    async def _before(self, request: httpx.Request) -> None:
        # Boot time, which goes on while the machine sleeps; monotonic time would make a held up answer look young.
        request.extensions["sent"] = self._clock.boot()

    async def _after(self, response: httpx.Response) -> None:
        self.date = _date(response)
        if self.date is not None:
            self._clock.stamp(self.date, sent=response.request.extensions["sent"], received=self._clock.boot())


def _date(response: httpx.Response) -> float | None:
    try:
        date = parsedate_to_datetime(response.headers["date"]).timestamp()
    except (KeyError, ValueError, OverflowError):
        return None
    return date if EARLIEST_DATE <= date <= LATEST_DATE else None
