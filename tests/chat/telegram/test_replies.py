"""A reply is one message that is edited as things go on, and its last word arrives: here, later, or privately."""

import asyncio

import pytest

from bot.chat.telegram import replies
from bot.chat.telegram.sender import Content, Destination
from bot.domain.events import DelayedReply, ReplyLost
from tests.chat.telegram.wire import CLUB, GROUP, MAX, OLGA, Wire, refuse, until

SENT, OPENED = Content("⏳ sent"), Content("opened")
NO_RIGHTS = "Bad Request: not enough rights to send text messages to the chat"


async def test_it_is_one_message_that_is_edited(wire: Wire) -> None:
    reply = wire.reply()
    reply.show(SENT)
    await reply.delivered()
    assert wire.said(MAX) == ["⏳ sent"]
    await reply.finish(OPENED)
    assert (wire.said(MAX), reply.is_delivered) == (["opened"], True)


async def test_showing_never_waits_and_only_the_newest_is_sent(wire: Wire) -> None:
    wire.world.faults.arrange("sendMessage", "silent")
    reply = wire.reply()
    reply.show(SENT)
    await until(lambda: bool(wire.world.log.requests))
    reply.show(Content("half way"))
    reply.show(OPENED)
    wire.world.faults.clear()
    await wire.activity.idle()
    assert wire.said(MAX) == ["opened"]


async def test_it_can_take_the_place_of_a_message(wire: Wire) -> None:
    number = await wire.sender.send(Destination(MAX), Content("Which door?"))
    await wire.reply(message_id=number).finish(OPENED)
    assert wire.said(MAX) == ["opened"]


async def test_a_last_word_that_telegram_does_not_take_comes_later(wire: Wire) -> None:
    wire.world.faults.arrange("*", "http_502", times=None)
    reply = wire.reply()
    await reply.finish(OPENED)
    assert not reply.is_delivered
    wire.world.faults.clear()
    await wire.deliver(6)
    assert wire.said(MAX) == ["opened"]


async def test_a_late_last_word_replaces_what_was_shown(wire: Wire) -> None:
    reply = wire.reply()
    reply.show(SENT)
    await reply.delivered()
    wire.world.faults.arrange("editMessageText", "http_502", times=None)
    await reply.finish(OPENED)
    wire.world.faults.clear()
    await wire.deliver(6)
    assert wire.said(MAX) == ["opened"]


async def test_what_is_only_on_the_way_is_not_kept_for_later(wire: Wire) -> None:
    wire.world.faults.arrange("*", "http_502", times=None)
    reply = wire.reply()
    reply.show(SENT)
    await reply.delivered()
    assert await wire.waiting() == []


async def test_what_was_kept_is_withdrawn_when_something_newer_is_said(wire: Wire) -> None:
    wire.world.faults.arrange("*", "http_502", times=None)
    reply = wire.reply()
    await reply.finish(OPENED)
    await reply.finish(Content("opened, bolt seen open"))
    assert [event.text for event in await wire.waiting() if isinstance(event, DelayedReply)] == [
        "opened, bolt seen open"
    ]
    wire.world.faults.clear()
    await reply.finish(Content("newest"))
    assert await wire.waiting() == []


async def test_a_protected_text_is_kept_only_as_its_fallback(wire: Wire) -> None:
    wire.world.faults.arrange("*", "http_502", times=None)
    await wire.reply().finish(Content("code 4711", protect=True, fallback="Ask again for the code."))
    await wire.reply().finish(Content("code 4712", protect=True))
    [event] = await wire.waiting()
    assert isinstance(event, DelayedReply)
    assert event.text == "Ask again for the code."


async def test_a_group_that_moves_meanwhile_gets_its_answer(wire: Wire) -> None:
    reply = wire.reply(CLUB)
    reply.show(SENT)
    await reply.delivered()
    moved = wire.world.migrate(CLUB)["chat"]
    await reply.finish(OPENED)
    await reply.finish(Content("opened, bolt seen open"))
    assert wire.said(moved) == ["opened, bolt seen open"]


class TestWhereTheBotMayNotWrite:
    @pytest.mark.parametrize(
        ("code", "trouble"),
        [
            (400, NO_RIGHTS),
            (400, "Bad Request: TOPIC_CLOSED"),
            (403, "Forbidden: bot was kicked from the supergroup chat"),
        ],
    )
    async def test_the_last_word_goes_to_the_private_chat(self, wire: Wire, code: int, trouble: str) -> None:
        refuse(wire.world, "sendMessage", code, trouble, chat=GROUP, times=None)
        reply = wire.reply(GROUP)
        reply.show(SENT)
        await reply.finish(OPENED)
        assert wire.said(MAX) == ["opened"]

    async def test_what_comes_after_it_is_said_there_too(self, wire: Wire) -> None:
        refuse(wire.world, "sendMessage", 400, NO_RIGHTS, chat=GROUP, times=None)
        reply = wire.reply(GROUP)
        await reply.finish(OPENED)
        await reply.finish(Content("opened, bolt seen open"))
        assert wire.said(MAX) == ["opened, bolt seen open"]

    async def test_it_comes_later_if_telegram_is_away(self, wire: Wire) -> None:
        refuse(wire.world, "sendMessage", 400, NO_RIGHTS, chat=GROUP)
        wire.world.faults.arrange("sendMessage", "http_502", chat=MAX, times=None)
        await wire.reply(GROUP).finish(OPENED)
        wire.world.faults.clear()
        await wire.deliver(6)
        assert wire.said(MAX) == ["opened"]

    async def test_if_that_fails_too_the_owners_hear_of_a_door_that_may_have_moved(self, wire: Wire) -> None:
        refuse(wire.world, "sendMessage", 400, NO_RIGHTS, chat=GROUP, times=None)
        refuse(wire.world, "sendMessage", 403, "Forbidden: bot can't initiate conversation with a user", chat=MAX)
        await wire.reply(GROUP, person_name="Max").finish(OPENED, must_arrive=True)
        [event] = await wire.waiting()
        assert event == ReplyLost(by="Max", text="opened", at=wire.clock.datetime())

    async def test_they_hear_of_no_other_answer_and_of_no_code(self, wire: Wire) -> None:
        wire.world.block(MAX)
        await wire.reply().finish(Content("help"))
        await wire.reply().finish(Content("code 4711", protect=True), must_arrive=True)
        assert await wire.waiting() == []

    async def test_somebody_who_blocked_the_bot_stops_nobody(self, wire: Wire) -> None:
        wire.world.block(MAX)
        reply = wire.reply()
        await reply.finish(OPENED)
        assert not reply.is_delivered
        assert await wire.waiting() == []


class TestWaiting:
    async def test_others_do_not_wait_with_a_reply_that_telegram_keeps_waiting(
        self, wire: Wire, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(replies, "LONG_SECONDS", 0.01)
        wire.world.faults.arrange("sendMessage", "silent")
        released = asyncio.Event()
        finishing = asyncio.ensure_future(wire.reply(release=released.set).finish(OPENED))
        async with asyncio.timeout(1):
            await released.wait()
        assert not finishing.done()
        wire.world.faults.clear()
        await finishing

    async def test_a_quick_reply_holds_the_turn_until_it_is_delivered(self, wire: Wire) -> None:
        released = asyncio.Event()
        await wire.reply(release=released.set).finish(OPENED)
        assert not released.is_set()

    async def test_who_stops_waiting_does_not_stop_the_reply(self, wire: Wire) -> None:
        wire.world.faults.arrange("sendMessage", "late", seconds=0.02)
        finishing = asyncio.ensure_future(wire.reply().finish(OPENED))
        await until(lambda: bool(wire.world.log.requests))
        finishing.cancel()
        await wire.activity.idle()
        assert wire.said(MAX) == ["opened"]


async def test_a_disk_that_takes_nothing_either_costs_the_answer_and_no_more(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    wire.world.faults.arrange("*", "http_502", times=None)
    await wire.storage.database.rows("ALTER TABLE outbox RENAME TO hidden")
    await wire.reply().finish(OPENED)
    assert "an answer is lost" in caplog.text
    wire.world.faults.clear()
    await wire.reply(OLGA, OLGA).finish(OPENED)
    assert wire.said(OLGA) == ["opened"]
