"""Outbox → Telegram: at least once, in order, not again and again, and after the replies."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.chat.telegram.sender import Content, Destination
from bot.domain.events import AnotherBot, DelayedReply
from bot.domain.failures import StorageFailed
from bot.domain.notices import Group
from bot.domain.people import Rights
from tests.chat.telegram.wire import FORUM, GROUP, MAX, OLGA, TOPIC, Wire, refuse, until

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OWNER = Rights(OLGA, None, is_owner=True)
EVENT = AnotherBot(is_over=False, at=NOW)


def words(text: str, edits: int | None = None) -> DelayedReply:
    return DelayedReply(text=text, edits=edits, at=NOW)


async def subscribe(wire: Wire, chat: int, thread: int | None = None) -> None:
    group = Group(chat_id=chat, thread_id=thread, title="x", added_by=OLGA, added_at=NOW)
    await wire.notices.subscriptions.subscribe(OWNER, group)


async def test_notices_arrive_in_order(wire: Wire) -> None:
    for number in range(5):
        await wire.notices.postpone(GROUP, None, words(str(number)))
    while await wire.waiting():
        await wire.deliver(1)
    assert wire.said(GROUP) == list("01234")


async def test_telegrams_limits_are_never_reached(strict_wire: Wire) -> None:
    for number in range(40):
        await strict_wire.notices.postpone(GROUP, None, words(str(number)))
    while await strict_wire.waiting():
        await strict_wire.deliver(1)
    assert len(strict_wire.said(GROUP)) == len(strict_wire.transport.calls) == 40


async def test_one_chat_that_is_paused_does_not_keep_another_waiting(wire: Wire) -> None:
    refuse(wire.world, "sendMessage", 429, "Too Many Requests: retry after 60", retry_after=60, chat=GROUP)
    await wire.notices.postpone(GROUP, None, words("group"))
    await wire.notices.postpone(MAX, None, words("max"))
    await wire.deliver()
    assert (wire.said(GROUP), wire.said(MAX)) == ([], ["max"])
    await wire.deliver(61)
    assert wire.said(GROUP) == ["group"]


async def test_a_telegram_that_is_away_gets_it_later(wire: Wire) -> None:
    wire.world.faults.arrange("*", "http_502", times=None)
    await wire.notices.postpone(MAX, None, words("max"))
    await wire.deliver()
    assert len(wire.transport.calls) == 1
    wire.world.faults.clear()
    await wire.deliver(6)
    assert wire.said(MAX) == ["max"]


async def test_a_disk_that_takes_nothing_does_not_send_a_notice_again_and_again(wire: Wire) -> None:
    await wire.notices.postpone(MAX, None, words("max"))
    rows = wire.storage.database.rows

    async def full(statement: str, *values: Any) -> Any:
        if statement.startswith("DELETE"):
            raise StorageFailed("the disk is full")
        return await rows(statement, *values)

    wire.storage.database.rows = full  # type: ignore[method-assign, assignment]
    for _ in range(20):
        await wire.deliver(5)
    assert wire.said(MAX) == ["max"]
    wire.storage.database.rows = rows  # type: ignore[method-assign]
    await wire.deliver(6)
    assert (wire.said(MAX), await wire.waiting()) == (["max"], [])


async def test_a_group_that_is_gone_gets_no_more_and_the_owners_are_told(wire: Wire) -> None:
    await subscribe(wire, GROUP)
    wire.world.faults.arrange(
        "sendMessage",
        "code",
        code=403,
        cause="Forbidden: bot was kicked from the supergroup chat",
        chat=GROUP,
        times=None,
    )
    for _ in range(3):
        await wire.notices.postpone(GROUP, None, words("x"))
    await wire.deliver()
    assert wire.said(OLGA) == ["notices stopped"]
    assert len(wire.transport.calls) == 2
    assert await wire.notices.subscriptions.find(GROUP, None) is None


async def test_a_topic_that_was_deleted_gets_no_more_and_the_owners_are_told(wire: Wire) -> None:
    await subscribe(wire, FORUM, TOPIC)
    refuse(wire.world, "sendMessage", 400, "Bad Request: message thread not found", chat=FORUM, times=None)
    for _ in range(3):
        await wire.notices.postpone(FORUM, TOPIC, words("x"))
    await wire.deliver()
    await wire.deliver(5)
    assert wire.said(OLGA) == ["notices stopped"]
    assert await wire.waiting() == []
    assert await wire.notices.subscriptions.find(FORUM, TOPIC) is None


@pytest.mark.parametrize("why", ["TOPIC_CLOSED", "not enough rights to send text messages to the chat"])
async def test_a_place_that_is_closed_keeps_its_notices_and_the_owners_are_told_once(wire: Wire, why: str) -> None:
    await subscribe(wire, FORUM, TOPIC)
    refuse(wire.world, "sendMessage", 400, f"Bad Request: {why}", chat=FORUM, times=None)
    for number in range(3):
        await wire.notices.postpone(FORUM, TOPIC, words(str(number)))
    for _ in range(20):
        await wire.deliver(300)
    assert wire.said(OLGA) == ["notices stopped"]
    assert len(wire.transport.calls) <= 1 + 20 / 2 + 1
    wire.world.faults.clear()
    for _ in range(3):
        await wire.deliver(600)
    assert wire.said(FORUM) == list("012")
    assert await wire.notices.subscriptions.find(FORUM, TOPIC)


async def test_a_closed_topic_does_not_keep_the_others_of_its_group_waiting(wire: Wire) -> None:
    wire.world.close_topic(FORUM, TOPIC)
    await wire.notices.postpone(FORUM, TOPIC, words("doors"))
    await wire.notices.postpone(FORUM, None, words("general"))
    await wire.deliver()
    assert wire.said(FORUM) == ["general"]


async def test_a_delayed_reply_replaces_the_message_it_belongs_to(wire: Wire) -> None:
    number = await wire.sender.send(Destination(MAX), Content("⏳ sent"))
    await wire.notices.postpone(MAX, None, words("opened", edits=number))
    await wire.deliver()
    assert wire.said(MAX) == ["opened"]


async def test_delivering_goes_on_for_ever_and_counts_as_work_only_while_it_works(wire: Wire) -> None:
    running = asyncio.ensure_future(wire.outbox.run())
    await wire.notices.tell_owners(EVENT)
    async with asyncio.timeout(5):
        await until(lambda: bool(wire.said(OLGA)))
        await wire.activity.idle()
    running.cancel()
    assert wire.said(OLGA) == ["another bot"]


async def test_what_is_being_sent_when_the_bot_stops_is_noted_and_not_sent_again(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    await wire.notices.postpone(MAX, None, words("max"))
    send, is_at_telegram, may_answer = wire.sender.send, asyncio.Event(), asyncio.Event()

    async def slow(*about: Any, **more: Any) -> int:
        number = await send(*about, **more)
        is_at_telegram.set()
        await may_answer.wait()
        return number

    monkeypatch.setattr(wire.sender, "send", slow)
    running = asyncio.ensure_future(wire.outbox.run())
    await is_at_telegram.wait()
    running.cancel()
    await asyncio.sleep(0)
    may_answer.set()
    await asyncio.wait({running})
    assert (wire.said(MAX), await wire.waiting()) == (["max"], [])
