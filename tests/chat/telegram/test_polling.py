"""What completed polls prove about the age of the updates that come after them, and what goes on to the handlers."""

import asyncio
import json
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from telegram.error import NetworkError
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.activity import Activity
from bot.chat.telegram import polling
from bot.chat.telegram.ordering import PendingUpdates
from bot.chat.telegram.polling import POLL_LIMIT, PollHistory, PollingRequest
from tests.chat.telegram.wire import START, Hands

PERSON = {"id": 7, "is_bot": False, "first_name": "Anna"}
MESSAGE = {
    "message_id": 1,
    "date": int(START),
    "chat": {"id": -100, "type": "supergroup", "title": "House"},
    "from": PERSON,
    "text": "/open front",
    "entities": [{"type": "bot_command", "offset": 0, "length": 5}],
}
PRESS = {"id": "1", "from": PERSON, "chat_instance": "1", "data": "x", "message": MESSAGE}


def updates(*ids: int, weight: int = 0) -> list[dict[str, Any]]:
    return [{"update_id": number, "unknown": "x" * weight} for number in ids]


class Telegram(httpx.AsyncBaseTransport):
    """Answers each poll with the next batch, or with a refusal."""

    def __init__(self, *answers: list[Any] | tuple[int, dict[str, Any]]) -> None:
        self.answers = list(answers)
        self.headers = {"Date": formatdate(START, usegmt=True)}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = self.answers.pop(0)
        status, body = answer if isinstance(answer, tuple) else (200, {"ok": True, "result": answer})
        return httpx.Response(status, headers=self.headers, text=json.dumps(body))


class Poller:
    def __init__(self, *answers: Any) -> None:
        self.hands = Hands()
        self.clock = self.hands.clock()
        self.telegram = Telegram(*answers)
        self.activity = Activity()
        self.pending = PendingUpdates(self.activity)
        self.polls = PollHistory(self.clock)
        self.request = PollingRequest(self.clock, self.polls, self.pending, httpx_kwargs={"transport": self.telegram})

    async def poll(self, offset: int = 0, *, date: float | None = None) -> Any:
        if date is not None:
            self.telegram.headers = {"Date": formatdate(START + date, usegmt=True)}
        asked = RequestData([RequestParameter("offset", offset, None)])
        await self.request.initialize()
        try:
            return await self.request.post("http://telegram.test/bot1:x/getUpdates", asked)
        finally:
            await self.request.shutdown()

    async def poll_all(self) -> "Poller":
        """Ask for everything, a little later each time, and deal with it at once."""
        while self.telegram.answers:
            for update in await self.poll(offset=len(self.telegram.answers)):
                self.pending.finish(update["update_id"])
        return self


class TestAges:
    async def test_nothing_is_proved_about_the_first_poll(self) -> None:
        poller = await Poller(updates(1)).poll_all()
        assert poller.polls.earliest_time(1) is None

    async def test_an_update_is_younger_than_the_poll_that_left_nothing_behind(self) -> None:
        poller = await Poller([], updates(1)).poll_all()
        assert poller.polls.earliest_time(1) == START
        assert poller.polls.earliest_boot(1) == poller.hands.boot

    @pytest.mark.parametrize(
        "full", [updates(*range(POLL_LIMIT)), updates(1, weight=1 << 20)], ids=["by number", "by size"]
    )
    async def test_a_full_poll_proves_nothing_about_the_next(self, full: list[dict[str, Any]]) -> None:
        poller = await Poller(full, updates(500)).poll_all()
        assert poller.polls.earliest_time(500) is None

    @pytest.mark.parametrize(
        ("offsets", "seconds", "proved"), [((7, 7), 0.4, False), ((7, 8), 0.4, True), ((7, 7), 10.0, True)]
    )
    async def test_a_hasty_repetition_may_leave_something_behind(
        self, offsets: tuple[int, int], seconds: float, *, proved: bool
    ) -> None:
        """Telegram answers the same question, asked again within half a second, with one update, however many wait."""
        poller = Poller([], updates(8), updates(9))
        for offset, date in zip((*offsets, 9), (0, 30, 60), strict=True):
            await poller.poll(offset, date=date)
            poller.pending.finish(8)
            poller.hands.turn(seconds)
        assert poller.polls.earliest_time(9) == (START + 30 if proved else START)

    async def test_without_a_date_nothing_is_proved(self) -> None:
        poller = Poller([], updates(1))
        poller.telegram.headers = {}
        await poller.poll_all()
        assert poller.polls.earliest_time(1) is None

    async def test_an_update_that_comes_again_is_no_younger_than_the_first_time(self) -> None:
        poller = await Poller(updates(1), updates(1, 2)).poll_all()
        assert (poller.polls.earliest_time(1), poller.polls.earliest_time(2)) == (None, START)

    async def test_the_dates_of_messages_are_held_against_the_clock(self) -> None:
        """A Date that is an hour slow makes half an hour old messages look young, and the messages contradict it."""
        late = MESSAGE | {"date": int(START) + 3600}
        poller = Poller([], [{"update_id": 1, "message": late}])
        await poller.poll_all()
        assert poller.clock.is_doubted


class TestPending:
    async def test_no_more_is_asked_for_until_what_came_is_dealt_with(self) -> None:
        poller = Poller(updates(1), [])
        await poller.poll()
        asking = asyncio.ensure_future(poller.poll(2))
        await asyncio.sleep(0.01)
        assert not asking.done()
        poller.pending.release(1)
        assert await asking == []

    async def test_polling_goes_on_without_what_is_never_dealt_with(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(polling, "HOLD_SECONDS", 0.02)
        poller = Poller(updates(1), [])
        await poller.poll()
        await poller.poll(2)
        assert caplog.messages == ["updates are still being dealt with; polling goes on without waiting for them"]
        assert await poller.pending.emptied(0)

    async def test_an_update_counts_as_work_until_nothing_more_is_done_for_it(self) -> None:
        poller = Poller(updates(1), updates(1))
        await poller.poll()
        poller.pending.release(1)
        assert not poller.activity.is_idle
        await poller.poll(1)
        poller.pending.finish(1)
        assert poller.activity.is_idle


class TestRefusals:
    @pytest.mark.parametrize("status", [401, 404])
    async def test_a_rejected_token_is_an_error_like_others_and_is_counted(self, status: int) -> None:
        refusal = (status, {"ok": False, "description": "Unauthorized"})
        poller = Poller(refusal, refusal, [])
        for _ in range(2):
            with pytest.raises(NetworkError):
                await poller.poll()
        assert len(poller.polls.rejections) == 2
        await poller.poll()
        assert poller.polls.rejections == []

    async def test_a_pause_of_a_billion_seconds_is_a_minute(self) -> None:
        poller = Poller((429, {"ok": False, "parameters": {"retry_after": 10**9}}))
        with pytest.raises(Exception, match="Flood control"):
            await poller.poll()
        assert poller.polls.answered_at == poller.hands.boot + 60

    @pytest.mark.parametrize("result", [None, {}, "x", 5])
    async def test_an_answer_without_updates_is_a_failed_poll(self, result: object) -> None:
        poller = Poller((HTTPStatus.OK, {"ok": True, "result": result}))
        with pytest.raises(NetworkError):
            await poller.poll()
        assert poller.polls.completed_at is None


class TestReading:
    async def test_what_is_no_update_is_left_out(self) -> None:
        assert await Poller([5, None, *updates(1), {"update_id": "2"}, {"update_id": True}]).poll() == updates(1)

    @pytest.mark.parametrize("update", [{"message": MESSAGE}, {"callback_query": PRESS}, {"poll_of_the_future": [{}]}])
    async def test_true_updates_go_on_as_they_are(self, update: dict[str, Any]) -> None:
        assert await Poller([{"update_id": 1, **update}]).poll() == [{"update_id": 1, **update}]

    @pytest.mark.parametrize(
        "message",
        [
            5,
            {},
            {"message_id": 1},
            MESSAGE | {"from": PERSON | {"id": [7]}},
            MESSAGE | {"from": PERSON | {"id": "7"}},
            MESSAGE | {"from": PERSON | {"id": True}},
            MESSAGE | {"from": PERSON | {"id": 2**63}},
            MESSAGE | {"chat": {"id": {"id": 1}, "type": "private"}},
            MESSAGE | {"chat": None},
            MESSAGE | {"text": 5},
            MESSAGE | {"text": "\ud800"},
            {name: value for name, value in MESSAGE.items() if name != "date"},
            MESSAGE | {"date": None},
            MESSAGE | {"date": "now"},
            MESSAGE | {"date": 10**18},
        ],
    )
    async def test_an_update_that_cannot_be_used_takes_no_other_along(self, message: object) -> None:
        batch = [{"update_id": 1, "message": message}, {"update_id": 2, "message": MESSAGE}]
        assert await Poller(batch).poll() == [{"update_id": 1}, {"update_id": 2, "message": MESSAGE}]
