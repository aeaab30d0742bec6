"""What completed polls prove about the age of the updates that come after them."""

import asyncio
import json
from email.utils import formatdate
from typing import Any

import httpx
import pytest
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.chat.polling import POLL_LIMIT, PollingRequest, Polls
from bot.chat.turns import InHand
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


async def poll_twice(in_hand: InHand) -> asyncio.Task[None]:
    """Receive update 1, and begin to ask for more."""
    clock = Clock(boot=lambda: 1000.0, wall=lambda: SECONDS)
    telegram = Telegram(updates(1), [], headers={"Date": DATE})
    request = PollingRequest(clock, Polls(clock), in_hand, httpx_kwargs={"transport": telegram})

    async def again() -> None:
        await request.post("http://telegram.test/bot1:x/getUpdates", RequestData())
        await request.shutdown()

    await request.initialize()
    await request.post("http://telegram.test/bot1:x/getUpdates", RequestData())
    asking = asyncio.ensure_future(again())
    await asyncio.sleep(0.01)
    return asking


async def polls_after(*batches: list[dict[str, Any]], headers: dict[str, str] | None = None) -> Polls:
    clock = Clock(boot=lambda: 1000.0, wall=lambda: SECONDS)
    polls = Polls(clock)
    telegram = Telegram(*batches, headers={"Date": DATE} if headers is None else headers)
    request = PollingRequest(clock, polls, InHand(), httpx_kwargs={"transport": telegram})
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


@pytest.mark.parametrize(
    ("offsets", "seconds", "proved"), [((7, 7), 0.4, False), ((7, 8), 0.4, True), ((7, 7), 10.0, True)]
)
async def test_a_hasty_repetition_may_leave_something_behind(
    offsets: tuple[int, int], seconds: float, proved: bool
) -> None:
    """Telegram answers the same question, asked again within half a second, with one update, however many wait."""
    now = [1000.0]
    clock = Clock(boot=lambda: now[0], wall=lambda: SECONDS)
    polls = Polls(clock)
    telegram = Telegram([], updates(8), updates(9), headers={"Date": DATE})
    async with PollingRequest(clock, polls, in_hand := InHand(), httpx_kwargs={"transport": telegram}) as request:
        for offset, date in zip((*offsets, 9), (0, 30, 60), strict=True):
            telegram._headers = {"Date": formatdate(SECONDS + date, usegmt=True)}
            asked = RequestData([RequestParameter("offset", offset, None)])
            await request.post("http://telegram.test/bot1:x/getUpdates", asked)
            in_hand.done(8)
            now[0] += seconds
    assert polls.made_after(9) == (SECONDS + 30 if proved else SECONDS)


async def test_without_a_date_nothing_is_proved() -> None:
    polls = await polls_after([], updates(1), headers={})
    assert polls.made_after(1) is None


async def test_an_update_that_comes_again_is_no_younger_than_the_first_time() -> None:
    polls = await polls_after(updates(1), updates(1, 2))
    assert polls.made_after(1) is None
    assert polls.made_after(2) == SECONDS


async def test_what_is_no_update_is_left_out() -> None:
    clock = Clock(boot=lambda: 1000.0, wall=lambda: SECONDS)
    batch: list[Any] = [5, None, *updates(1), {"update_id": "2"}]
    telegram = Telegram(batch, headers={"Date": DATE})
    async with PollingRequest(clock, Polls(clock), InHand(), httpx_kwargs={"transport": telegram}) as request:
        assert await request.post("http://telegram.test/bot1:x/getUpdates", RequestData()) == updates(1)


async def test_no_more_is_asked_for_until_what_came_is_dealt_with() -> None:
    in_hand = InHand()
    asking = await poll_twice(in_hand)
    assert not asking.done()
    in_hand.done(1)
    await asking


async def test_polling_goes_on_without_what_is_never_dealt_with(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bot.chat.polling.HOLD_SECONDS", 0.02)
    in_hand = InHand()
    asking = await poll_twice(in_hand)
    await asking
    assert caplog.messages == ["updates are still being dealt with; polling goes on without waiting for them"]
    assert await in_hand.emptied(0)
