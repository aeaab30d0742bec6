"""Whatever goes to Telegram goes through one sender: inside the limits, in order, replies first, never in silence."""

import asyncio

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.chat.render.limits import CUT_OFF, NO_BUTTONS
from bot.chat.telegram import pacing
from bot.chat.telegram.errors import Obstacle, TryLater, Undeliverable
from bot.chat.telegram.limits import LONGEST_CAPTION, LONGEST_TEXT, utf16_length
from bot.chat.telegram.sender import Attachment, Content, Destination
from tests.chat.telegram.wire import CLUB, FORUM, GROUP, MAX, OLGA, TOPIC, Wire, refuse, until

HELLO = Content("hello")


def keyboard(buttons: int, data: str = "x") -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(f"{number}", callback_data=data)] for number in range(buttons)])


class TestForms:
    async def test_html_and_buttons_are_shown(self, wire: Wire) -> None:
        await wire.sender.send(Destination(MAX), Content("<b>hello</b>", keyboard(1)))
        assert (wire.last(MAX)["text"], len(wire.last(MAX)["buttons"])) == ("hello", 1)

    async def test_a_text_that_is_too_long_is_cut_and_says_so(self, wire: Wire) -> None:
        await wire.sender.send(Destination(MAX), Content("🚪" * 3000))
        [said] = wire.said(MAX)
        assert utf16_length(said) <= LONGEST_TEXT
        assert said.startswith("🚪🚪")
        assert said.endswith(CUT_OFF)

    async def test_markup_does_not_count_into_the_length(self, wire: Wire) -> None:
        await wire.sender.send(Destination(MAX), Content("<b>&amp;</b>" * 4000))
        assert wire.said(MAX) == ["&" * 4000]

    async def test_a_time_that_telegram_does_not_know_is_text(self, wire: Wire) -> None:
        refuse(wire.world, "sendMessage", 400, 'Bad Request: can\'t parse entities: Unsupported start tag "tg-time"')
        await wire.sender.send(Destination(MAX), Content('<b>at</b> <tg-time unix="1" format="T">1:00</tg-time>'))
        assert wire.last(MAX)["text"] == "at 1:00"
        assert [entity["type"] for entity in wire.last(MAX)["entities"]] == ["bold"]

    @pytest.mark.parametrize("buttons", [keyboard(101), keyboard(1, data="é" * 33)], ids=["too many", "too long"])
    async def test_buttons_that_telegram_does_not_take_are_left_out_and_that_is_said(
        self, wire: Wire, buttons: InlineKeyboardMarkup
    ) -> None:
        await wire.sender.send(Destination(MAX), Content("hello", buttons))
        assert wire.said(MAX) == [f"hello\n{NO_BUTTONS}"]
        assert wire.transport.calls == ["sendMessage"]

    async def test_a_keyboard_that_only_telegram_finds_too_long_is_left_out(self, wire: Wire) -> None:
        refuse(wire.world, "sendMessage", 400, "Bad Request: reply markup is too long")
        await wire.sender.send(Destination(MAX), Content("hello", keyboard(3)))
        assert wire.said(MAX) == [f"hello\n{NO_BUTTONS}"]

    async def test_markup_that_telegram_cannot_read_is_sent_as_plain_text(self, wire: Wire) -> None:
        refuse(wire.world, "sendMessage", 400, "Bad Request: can't parse entities: unclosed start tag")
        await wire.sender.send(Destination(MAX), Content("<b>opened &amp; seen</b>"))
        assert wire.said(MAX) == ["opened & seen"]

    async def test_whatever_is_refused_is_answered_shortly(self, wire: Wire) -> None:
        refuse(wire.world, "sendMessage", 400, "Bad Request: something new", times=2)
        await wire.sender.send(Destination(MAX), HELLO)
        assert wire.said(MAX) == ["Telegram does not take this answer."]

    async def test_a_caption_that_is_too_long_is_cut_and_says_so(self, wire: Wire) -> None:
        await wire.sender.send_file(Destination(MAX), Attachment("list.csv", b"x", "<b>🚪</b>" * 600))
        [call] = [call for call in wire.world.calls if call.method == "sendDocument"]
        assert utf16_length(str(call.params["caption"])) <= LONGEST_CAPTION
        assert str(call.params["caption"]).endswith(CUT_OFF)


class TestEdits:
    async def test_an_unchanged_message_is_no_trouble(self, wire: Wire) -> None:
        number = await wire.sender.send(Destination(MAX), HELLO)
        assert await wire.sender.edit(Destination(MAX), number, HELLO) == number
        assert wire.said(MAX) == ["hello"]

    @pytest.mark.parametrize("trouble", ["message to edit not found", "message can't be edited", "MESSAGE_ID_INVALID"])
    async def test_what_cannot_be_edited_is_sent_anew(self, wire: Wire, trouble: str) -> None:
        number = await wire.sender.send(Destination(MAX), HELLO)
        refuse(wire.world, "editMessageText", 400, f"Bad Request: {trouble}")
        assert await wire.sender.edit(Destination(MAX), number, Content("again")) > number
        assert wire.said(MAX) == ["hello", "again"]

    async def test_deleting_what_is_not_there_is_no_trouble(self, wire: Wire) -> None:
        number = await wire.sender.send(Destination(MAX), HELLO)
        await wire.sender.delete(Destination(MAX), number)
        await wire.sender.delete(Destination(MAX), number)
        assert wire.said(MAX) == []


class TestObstacles:
    @pytest.mark.parametrize(
        ("code", "said", "obstacle"),
        [
            (403, "Forbidden: bot was blocked by the user", Obstacle.GONE),
            (403, "Forbidden: bot is not a member of the supergroup chat", Obstacle.GONE),
            (403, "Forbidden: bot can't initiate conversation with a user", Obstacle.GONE),
            (400, "Bad Request: chat not found", Obstacle.GONE),
            (400, "Bad Request: not enough rights to send text messages to the chat", Obstacle.NOT_ALLOWED),
            (403, "Forbidden: CHAT_WRITE_FORBIDDEN", Obstacle.NOT_ALLOWED),
            (400, "Bad Request: TOPIC_CLOSED", Obstacle.TOPIC_CLOSED),
            (400, "Bad Request: TOPIC_DELETED", Obstacle.TOPIC_DELETED),
            (400, "Bad Request: message thread not found", Obstacle.TOPIC_DELETED),
        ],
    )
    async def test_a_chat_that_cannot_be_written_to_is_told_apart(
        self, wire: Wire, code: int, said: str, obstacle: Obstacle
    ) -> None:
        refuse(wire.world, "sendMessage", code, said)
        with pytest.raises(Undeliverable) as refused:
            await wire.sender.send(Destination(GROUP), HELLO)
        assert refused.value.obstacle is obstacle
        assert wire.transport.calls == ["sendMessage"]


class TestMoving:
    async def test_a_group_that_became_a_supergroup_is_followed(self, wire: Wire) -> None:
        moved = wire.world.migrate(CLUB)["chat"]
        await wire.sender.send(Destination(CLUB), HELLO)
        assert wire.said(moved) == ["hello"]
        assert wire.sender.follow(Destination(CLUB)) == Destination(moved)

    async def test_a_message_of_the_old_group_is_sent_anew_in_the_new_one(self, wire: Wire) -> None:
        number = await wire.sender.send(Destination(CLUB), HELLO)
        moved = wire.world.migrate(CLUB)["chat"]
        await wire.sender.edit(Destination(CLUB), number, Content("opened"))
        assert wire.said(moved) == ["opened"]

    async def test_a_private_chat_never_moves_whatever_an_answer_says(self, wire: Wire) -> None:
        for _ in range(2):
            wire.transport.answer({"ok": False, "parameters": {"migrate_to_chat_id": -7}}, 400)
        with pytest.raises(TryLater):
            await wire.sender.send(Destination(MAX), HELLO)
        with pytest.raises(TryLater):
            await wire.sender.send_file(Destination(MAX), Attachment("list.csv", b"x", "hello"))
        await wire.sender.send(Destination(MAX), HELLO)
        assert wire.said(MAX) == ["hello"]

    async def test_a_group_that_moves_for_ever_is_given_up(self, wire: Wire) -> None:
        for new in (-6, -5, -6):
            error = {"description": "upgraded", "parameters": {"migrate_to_chat_id": new}}
            wire.transport.answer({"ok": False, "error_code": 400} | error, 400)
        with pytest.raises(TryLater):
            await wire.sender.send(Destination(CLUB), HELLO)
        assert len(wire.transport.calls) == 2


class TestLimits:
    async def test_a_private_chat_gets_a_burst_and_then_one_a_second(self, strict_wire: Wire) -> None:
        for number in range(9):
            await strict_wire.sender.send(Destination(MAX), Content(str(number)))
        assert strict_wire.said(MAX) == list("012345678")
        assert len(strict_wire.transport.calls) == 9
        assert sum(strict_wire.hands.slept) == pytest.approx(6)

    async def test_a_group_gets_twenty_a_minute(self, strict_wire: Wire) -> None:
        for number in range(20):
            await strict_wire.sender.send(Destination(GROUP), Content(str(number)))
            strict_wire.hands.turn(1)
        with pytest.raises(TryLater) as later:
            await strict_wire.sender.send(Destination(GROUP), HELLO)
        strict_wire.hands.turn(later.value.seconds)
        await strict_wire.sender.send(Destination(GROUP), HELLO)
        assert len(strict_wire.said(GROUP)) == len(strict_wire.transport.calls) == 21

    async def test_thirty_a_second_go_out_to_all_chats(self, wire: Wire) -> None:
        for number in range(31):
            wire.world.add_person(number + 1000, "Somebody", started=True)
            await wire.sender.send(Destination(number + 1000), HELLO)
        assert wire.hands.slept == [pytest.approx(1)]

    async def test_right_after_a_start_a_group_gets_few_notices(self, strict_wire: Wire) -> None:
        """Nobody knows what was sent before."""
        sent = 0
        while strict_wire.hands.boot < 1050:
            try:
                await strict_wire.sender.send(Destination(GROUP), HELLO, urgent=False)
                sent += 1
            except TryLater as later:
                strict_wire.hands.turn(later.seconds)
        assert sent == 5

    async def test_notices_leave_room_for_replies_in_a_group(self, strict_wire: Wire) -> None:
        async def notices() -> int:
            for count in range(100):
                try:
                    await strict_wire.sender.send(Destination(GROUP), HELLO, urgent=False)
                except TryLater as later:
                    if later.seconds > 5:
                        return count
                    strict_wire.hands.turn(later.seconds)
            return 100

        strict_wire.hands.turn(60)  # right after a start fewer are sent
        await notices()
        before = len(strict_wire.hands.slept)
        await strict_wire.sender.send(Destination(GROUP), HELLO)
        assert sum(strict_wire.hands.slept[before:]) <= 3
        assert len(strict_wire.said(GROUP)) == 16

    async def test_edits_are_not_held_back(self, strict_wire: Wire) -> None:
        number = await strict_wire.sender.send(Destination(GROUP), HELLO)
        for count in range(10):
            await strict_wire.sender.edit(Destination(GROUP), number, Content(str(count)))
        assert strict_wire.hands.slept == []


class TestPauses:
    async def test_a_short_pause_that_telegram_asks_for_is_kept(self, wire: Wire) -> None:
        refuse(wire.world, "sendMessage", 429, "Too Many Requests: retry after 4", retry_after=4)
        await wire.sender.send(Destination(MAX), HELLO)
        assert wire.hands.slept == [pytest.approx(4)]

    async def test_a_long_one_makes_the_message_come_later_and_holds_the_next(self, wire: Wire) -> None:
        refuse(wire.world, "sendMessage", 429, "Too Many Requests: retry after 60", retry_after=60)
        for _ in range(2):
            with pytest.raises(TryLater) as later:
                await wire.sender.send(Destination(MAX), HELLO)
            assert later.value.seconds == pytest.approx(60)
        assert wire.transport.calls == ["sendMessage"]

    async def test_the_pause_of_one_chat_is_no_other_chats(self, wire: Wire) -> None:
        refuse(wire.world, "sendMessage", 429, "Too Many Requests: retry after 60", retry_after=60)
        with pytest.raises(TryLater):
            await wire.sender.send(Destination(GROUP), HELLO, urgent=False)
        await wire.sender.send(Destination(MAX), HELLO)
        assert wire.said(MAX) == ["hello"]

    async def test_one_bad_gateway_is_tried_again(self, wire: Wire) -> None:
        wire.world.faults.arrange("sendMessage", "http_502")
        await wire.sender.send(Destination(MAX), HELLO)
        assert wire.said(MAX) == ["hello"]

    async def test_a_telegram_that_is_away_makes_the_message_come_later(self, wire: Wire) -> None:
        wire.world.faults.arrange("sendMessage", "http_502", times=None)
        with pytest.raises(TryLater):
            await wire.sender.send(Destination(MAX), HELLO)
        assert len(wire.transport.calls) == 3

    async def test_a_message_that_may_have_arrived_is_not_sent_twice(
        self, wire: Wire, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bot.chat.telegram.requests.CALL_SECONDS", 0.02)
        wire.world.faults.arrange("sendMessage", "silent")
        with pytest.raises(TryLater):
            await wire.sender.send(Destination(MAX), HELLO)
        assert len(wire.transport.calls) == 1


class TestOrder:
    async def test_replies_to_one_chat_arrive_in_the_order_they_were_given(self, wire: Wire) -> None:
        wire.world.faults.arrange("sendMessage", "late", seconds=0.05)
        sends = [wire.sender.send(Destination(MAX), Content(str(number))) for number in range(5)]
        await asyncio.gather(*sends)
        assert wire.said(MAX) == list("01234")

    async def test_a_chat_that_hangs_does_not_keep_another_waiting(self, wire: Wire) -> None:
        wire.world.faults.arrange("sendMessage", "silent", chat=OLGA)
        hanging = asyncio.ensure_future(wire.sender.send(Destination(OLGA), HELLO))
        await until(lambda: bool(wire.world.log.requests))
        await wire.sender.send(Destination(MAX), HELLO)
        assert not hanging.done()
        wire.world.faults.clear()
        await asyncio.gather(hanging, return_exceptions=True)

    async def test_a_reply_does_not_wait_for_a_notice_that_hangs(self, wire: Wire) -> None:
        wire.world.faults.arrange("sendMessage", "silent", chat=GROUP)
        notice = asyncio.ensure_future(wire.sender.send(Destination(GROUP), HELLO, urgent=False))
        await until(lambda: bool(wire.world.log.requests))
        await wire.sender.send(Destination(GROUP), Content("opened"))
        assert wire.said(GROUP) == ["opened"]
        wire.world.faults.clear()
        await asyncio.gather(notice, return_exceptions=True)

    async def test_a_notice_gives_way_to_replies_that_wait(self, wire: Wire) -> None:
        wire.world.faults.arrange("sendMessage", "silent", chat=GROUP)
        reply = asyncio.ensure_future(wire.sender.send(Destination(GROUP), HELLO))
        await until(lambda: bool(wire.world.log.requests))
        with pytest.raises(TryLater):
            await wire.sender.send(Destination(GROUP), HELLO, urgent=False)
        wire.world.faults.clear()
        await asyncio.gather(reply, return_exceptions=True)

    async def test_who_waits_too_long_behind_a_message_that_hangs_comes_later(
        self, wire: Wire, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pacing, "PATIENCE_SECONDS", 0.02)
        wire.world.faults.arrange("sendMessage", "silent", chat=MAX)
        first = asyncio.ensure_future(wire.sender.send(Destination(MAX), HELLO))
        await until(lambda: bool(wire.world.log.requests))
        with pytest.raises(TryLater):
            await wire.sender.send(Destination(MAX), HELLO)
        wire.world.faults.clear()
        await asyncio.gather(first, return_exceptions=True)


class TestPresses:
    async def test_a_press_is_answered_without_waiting_and_counts_as_work(self, wire: Wire) -> None:
        wire.world.faults.arrange("answerCallbackQuery", "silent")
        wire.sender.toast("77")
        assert not wire.activity.is_idle
        wire.world.faults.clear()
        await wire.activity.idle()

    async def test_a_query_that_is_too_old_is_no_trouble(self, wire: Wire) -> None:
        wire.sender.toast("no such query", "x" * 500)
        await wire.activity.idle()
        assert wire.transport.calls == ["answerCallbackQuery"]


async def test_a_topic_is_written_to(wire: Wire) -> None:
    await wire.sender.send(Destination(FORUM, TOPIC), HELLO)
    assert wire.said(FORUM) == ["hello"]


async def test_sending_counts_as_work(wire: Wire) -> None:
    wire.world.faults.arrange("sendMessage", "silent")
    sending = asyncio.ensure_future(wire.sender.send(Destination(MAX), HELLO))
    await until(lambda: bool(wire.world.log.requests))
    assert not wire.activity.is_idle
    wire.world.faults.clear()
    await asyncio.gather(sending, return_exceptions=True)
    assert wire.activity.is_idle
