"""What completed polls prove about the age of the updates that come after them."""

import json
from typing import Any

import httpx
import pytest
from telegram.request import RequestData

from bot.chat.polling import POLL_LIMIT, PollingRequest, Polls
from bot.clock import Clock

DATE = "Sun, 01 Mar 2026 12:00:00 GMT"
SECONDS = 1772366400.0


def updates(*ids: int, weight: int = 0) -> list[dict[str, Any]]:
    return [{"update_id": number, "unknown": "x" * weight} for number in ids]


class Telegram(httpx.AsyncBaseTransport):
    """Answers each poll with the next batch."""

    def __init__(self, *batches: list[dict[str, Any]], headers: dict[str, str]) -> None:
        self._batches = list(batches)
        self._headers = headers

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = json.dumps({"ok": True, "result": self._batches.pop(0)})
        return httpx.Response(200, headers=self._headers, text=body)


async def polls_after(*batches: list[dict[str, Any]], headers: dict[str, str] | None = None) -> Polls:
    clock = Clock(boot=lambda: 1000.0, wall=lambda: SECONDS)
    polls = Polls(clock)
    telegram = Telegram(*batches, headers={"Date": DATE} if headers is None else headers)
    request = PollingRequest(clock, polls, httpx_kwargs={"transport": telegram})
    async with request:
        for _ in batches:
            await request.post("http://telegram.test/bot1:x/getUpdates", RequestData())
    return polls


async def test_nothing_is_proved_about_the_first_poll() -> None:
    polls = await polls_after(updates(1))
    assert polls.made_after(1) is None


async def test_an_update_is_younger_than_the_poll_that_left_nothing_behind() -> None:
    polls = await polls_after([], updates(1))
    assert polls.made_after(1) == SECONDS


@pytest.mark.parametrize(
    "full", [updates(*range(POLL_LIMIT)), updates(1, weight=1 << 20)], ids=["by number", "by size"]
)
async def test_a_full_poll_proves_nothing_about_the_next(full: list[dict[str, Any]]) -> None:
    polls = await polls_after(full, updates(500))
    assert polls.made_after(500) is None


async def test_without_a_date_nothing_is_proved() -> None:
    polls = await polls_after([], updates(1), headers={})
    assert polls.made_after(1) is None


async def test_an_update_that_comes_again_is_no_younger_than_the_first_time() -> None:
    polls = await polls_after(updates(1), updates(1, 2))
    assert polls.made_after(1) is None
    assert polls.made_after(2) == SECONDS
