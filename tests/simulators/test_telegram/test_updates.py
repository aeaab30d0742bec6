"""getUpdates: what is delivered, again, no longer, or not at all."""

import asyncio
from typing import Any

import pytest
from telegram import Bot
from telegram.error import BadRequest, Conflict

from simulators.control import create_app
from simulators.telegram import TelegramSimulator
from tests.simulators.test_telegram.conftest import ANNA, BO, CY, HOUSE, Clock, keyboard, ptb


async def ids(bot: Bot, **how: Any) -> list[int]:
    return [update.update_id for update in await bot.get_updates(**how)]


async def waiting(simulator: TelegramSimulator) -> None:
    for _ in range(100):
        if simulator.log.condition.waiting:
            return
        await asyncio.sleep(0)
    raise AssertionError("nobody waits")


async def test_an_update_comes_again_until_it_is_confirmed(bot: Bot, simulator: TelegramSimulator) -> None:
    first, second = (simulator.say(ANNA, text)["update_id"] for text in ("a", "b"))
    assert await ids(bot) == await ids(bot) == [first, second]
    assert await ids(bot, offset=second) == [second]
    assert await ids(bot) == [second]


async def test_a_negative_offset_keeps_the_last_ones(bot: Bot, simulator: TelegramSimulator) -> None:
    said = [simulator.say(ANNA, text)["update_id"] for text in "abc"]
    assert await ids(bot, offset=-1) == said[-1:]
    assert await ids(bot) == said[-1:]


async def test_an_offset_from_the_future_confirms_nothing(bot: Bot, simulator: TelegramSimulator) -> None:
    said = simulator.say(ANNA, "a")["update_id"]
    assert await ids(bot, offset=said + 1000) == [said]


async def test_a_limit_cuts_the_answer(bot: Bot, simulator: TelegramSimulator) -> None:
    said = [simulator.say(ANNA, text)["update_id"] for text in "abc"]
    assert await ids(bot, limit=2) == said[:2]


async def test_an_answer_stays_below_four_megabytes(bot: Bot, simulator: TelegramSimulator) -> None:
    for _ in range(3):
        simulator.push_raw({"message": {"padding": "x" * (2 << 20)}})
    assert len(simulator.updates._ready(100)) == 1


async def test_a_long_poll_ends_when_something_happens(bot: Bot, simulator: TelegramSimulator) -> None:
    poll = asyncio.ensure_future(ids(bot, timeout=50))
    await waiting(simulator)
    said = simulator.say(ANNA, "a")["update_id"]
    assert await poll == [said]


async def test_a_second_poll_ends_the_first(bot: Bot, simulator: TelegramSimulator) -> None:
    first = asyncio.ensure_future(ids(bot, timeout=50))
    await waiting(simulator)
    async with ptb(create_app(simulator)) as other:
        assert await ids(other) == []
    with pytest.raises(Conflict, match="make sure that only one bot instance is running"):
        await first


async def test_the_list_of_allowed_updates_is_remembered_and_decides_at_creation(
    bot: Bot, simulator: TelegramSimulator
) -> None:
    early = simulator.say(ANNA, "before the list")["update_id"]
    assert await ids(bot, allowed_updates=["callback_query"]) == [early]
    assert simulator.say(ANNA, "after the list") == {}
    assert await ids(bot) == [early]
    await bot.get_updates(allowed_updates=[])
    assert simulator.say(ANNA, "with the usual list")["update_id"]


async def test_a_message_lives_a_day_and_a_press_150_seconds(
    bot: Bot, simulator: TelegramSimulator, clock: Clock
) -> None:
    await bot.send_message(ANNA, "x", reply_markup=keyboard("Open"))
    message, press = simulator.say(ANNA, "/open")["update_id"], simulator.tap(ANNA, "Open")["update_id"]
    clock.now += 149
    assert await ids(bot) == [message, press]
    clock.now += 1
    assert await ids(bot) == [message]
    clock.now += 86400 - 151
    assert await ids(bot) == [message]
    clock.now += 1
    assert await ids(bot) == []


def test_a_message_older_than_a_day_never_comes(simulator: TelegramSimulator) -> None:
    assert simulator.say(ANNA, "old", age_seconds=86399)["message"]["date"] == 1_900_000_000 - 86399
    assert simulator.say(ANNA, "too old", age_seconds=86400) == {}


async def test_a_press_is_answered_once_and_in_time(bot: Bot, simulator: TelegramSimulator, clock: Clock) -> None:
    await bot.send_message(ANNA, "x", reply_markup=keyboard("Open"))
    query = simulator.tap(ANNA, "Open")["callback_query"]["id"]
    await bot.answer_callback_query(query, "Opening", show_alert=True)
    answer = simulator.events[-1]
    assert answer.what == "answer"
    assert (answer.detail["person"], answer.detail["text"], answer.detail["alert"]) == (ANNA, "Opening", True)
    too_old = "Query is too old and response timeout expired or query id is invalid"
    with pytest.raises(BadRequest, match=too_old):
        await bot.answer_callback_query(query)
    late = simulator.tap(ANNA, "Open")["callback_query"]["id"]
    clock.now += 151
    for wrong in (late, "12345"):
        with pytest.raises(BadRequest, match=too_old):
            await bot.answer_callback_query(wrong)


async def test_a_press_on_a_deleted_message_is_inaccessible(bot: Bot, simulator: TelegramSimulator) -> None:
    sent = await bot.send_message(ANNA, "x", reply_markup=keyboard("Open"))
    await sent.delete()
    simulator.tap(ANNA, data="do:Open", message_id=sent.message_id)
    query = (await bot.get_updates())[0].callback_query
    assert query is not None
    assert query.message is not None
    assert (query.data, query.message.is_accessible) == ("do:Open", False)


async def test_forged_data_is_passed_on_as_it_is(bot: Bot, simulator: TelegramSimulator) -> None:
    sent = await bot.send_message(HOUSE, "x", reply_markup=keyboard("Open"))
    query = simulator.tap(BO, chat=HOUSE, data="forged", message_id=sent.message_id)["callback_query"]
    assert (query["data"], query["from"]["id"]) == ("forged", BO)


async def test_an_edit_by_a_person_is_an_update(bot: Bot, simulator: TelegramSimulator) -> None:
    said = simulator.say(ANNA, "/close")["message"]["message_id"]
    simulator.edit(ANNA, ANNA, said, "/open")
    edited = (await bot.get_updates())[1].edited_message
    assert edited is not None
    assert (edited.text, edited.message_id) == ("/open", said)


@pytest.mark.parametrize(
    ("text", "seen"), [("hello", False), ("/open", True), ("/open@Door_Bot now", True), ("/open@other_bot", False)]
)
def test_in_a_group_the_bot_sees_what_is_meant_for_it(simulator: TelegramSimulator, text: str, seen: bool) -> None:
    assert bool(simulator.say(ANNA, text, HOUSE)) is seen


async def test_in_a_group_the_bot_sees_answers_to_it(bot: Bot, simulator: TelegramSimulator) -> None:
    sent = await bot.send_message(HOUSE, "x")
    assert simulator.say(ANNA, "thanks", HOUSE, reply_to_message_id=sent.message_id)


def test_an_admin_bot_sees_everything(simulator: TelegramSimulator) -> None:
    simulator.set_bot(ANNA, HOUSE, "administrator")
    assert simulator.say(ANNA, "hello", HOUSE)


def test_blocking_and_kicking_are_told(simulator: TelegramSimulator) -> None:
    for update, chat in ((simulator.block(ANNA), ANNA), (simulator.kick(ANNA, HOUSE), HOUSE)):
        change = update["my_chat_member"]
        assert (change["chat"]["id"], change["new_chat_member"]["status"]) == (chat, "kicked")


async def test_disguised_senders_look_as_telegram_shows_them(bot: Bot, simulator: TelegramSimulator) -> None:
    simulator.add_channel(-1009, "News", [ANNA])
    simulator.say(ANNA, "/open", HOUSE, anonymous=True)
    simulator.say(ANNA, "/open", HOUSE, as_channel=-1009)
    simulator.say(ANNA, "/open", HOUSE, auto_forwarded_from=-1009)
    simulator.say(ANNA, "/open", -1009)
    simulator.say(ANNA, "/open", -1009, signed=True)
    admin, channel, forwarded, post, signed = await bot.get_updates()
    senders = [u.effective_message.from_user for u in (admin, channel, forwarded, post, signed) if u.effective_message]
    assert [sender.id if sender else None for sender in senders] == [1087968824, 136817688, 777000, None, ANNA]
    assert post.channel_post is not None
    assert admin.message is not None
    assert admin.message.sender_chat is not None
    assert admin.message.sender_chat.id == HOUSE


async def test_a_message_may_carry_any_mark(bot: Bot, simulator: TelegramSimulator) -> None:
    origin = {"type": "hidden_user", "sender_user_name": "X", "date": 1}
    via = {"id": 5, "is_bot": True, "first_name": "Other"}
    simulator.say(ANNA, "/open", forward_origin=origin, via_bot=via, is_from_offline=True)
    simulator.say(ANNA, users_shared={"request_id": 1, "users": [{"user_id": BO}]})
    simulator.say(ANNA, "/open", edited=True)
    marked, shared, edited = await bot.get_updates()
    assert marked.message is not None
    assert marked.message.forward_origin is not None
    assert marked.message.via_bot is not None
    assert marked.message.is_from_offline
    assert shared.message is not None
    assert shared.message.users_shared is not None
    assert edited.edited_message is not None


async def test_any_update_at_all_can_be_pushed(bot: Bot, simulator: TelegramSimulator) -> None:
    simulator.push_raw({"from_the_future": {"a": 1}})
    assert (await bot.get_updates())[0].api_kwargs == {"from_the_future": {"a": 1}}


async def test_members_come_only_when_asked_for(bot: Bot, simulator: TelegramSimulator) -> None:
    simulator.join(CY, HOUSE)
    await bot.get_updates(allowed_updates=["chat_member"])
    simulator.leave(CY, HOUSE)
    changes = [update.chat_member for update in await bot.get_updates() if update.chat_member]
    assert [(change.old_chat_member.status, change.new_chat_member.status) for change in changes] == [
        ("member", "left")
    ]


async def test_an_update_can_be_delivered_twice(bot: Bot, simulator: TelegramSimulator, clock: Clock) -> None:
    update = simulator.say(ANNA, "a")
    assert await ids(bot, offset=update["update_id"] + 1) == []
    simulator.updates.push_again(update, clock.now + 60)
    assert await ids(bot) == [update["update_id"]]


async def test_a_contact_can_be_shared(bot: Bot, simulator: TelegramSimulator) -> None:
    simulator.say(ANNA, contact={"phone_number": "+33600000000", "first_name": "Bo", "user_id": BO})
    message = (await bot.get_updates())[0].message
    assert message is not None
    assert message.contact is not None
    assert message.contact.user_id == BO
