"""Late, twice, out of turn or too many: what comes at the wrong time opens nothing, and delays nobody else."""

import asyncio

import pytest

from tests.chat.telegram.wire import refuse
from tests.house import MAX, OLGA, Chat, House

HOUR = 3600.0


@pytest.mark.parametrize(
    ("age", "late"), [(40, "s late"), (600, "10 min late"), (3 * HOUR, "3 h late"), (20 * HOUR, "20 h late")]
)
async def test_an_old_message_opens_nothing_and_is_told_how_late_it_came(
    house: House, member: Chat, age: float, late: str
) -> None:
    said = await member.say("/open front", age_seconds=age)
    assert said.startswith("⏱ That came ")
    assert late in said
    assert "nothing was opened" in said
    assert house.commands_sent() == []
    assert await house.denials() == ["stale"]


async def test_messages_that_waited_while_the_bot_was_off_open_nothing(house: House, member: Chat) -> None:
    await house.stop()
    member.write("/open front")
    house.hands.turn(HOUR)
    await house.start()
    assert "1 h late" in member.last["text"] or "60 min late" in member.last["text"]
    assert house.commands_sent() == []


async def test_a_message_from_just_before_the_start_is_still_good(house: House, member: Chat) -> None:
    await house.stop()
    member.write("/open front")
    house.hands.turn(5)
    await house.start()
    assert "opened" in member.last["text"]


async def test_a_late_ask_for_a_code_makes_none(house: House, member: Chat) -> None:
    assert "no code was made" in await member.say("/pin garage 2h", age_seconds=600)
    assert house.commands_sent() == []


async def test_a_late_question_is_answered(member: Chat) -> None:
    assert "closed" in await member.say("/status front", age_seconds=600)


async def test_a_wrong_clock_of_the_host_does_not_make_commands_old(house: House, member: Chat) -> None:
    await house.stop()
    house.hands.host_is_off_by = -86_400.0
    await house.start()
    assert "opened" in await member.say("/open front")


async def test_a_wrong_clock_of_the_host_does_not_make_old_commands_young(house: House, member: Chat) -> None:
    await house.stop()
    member.write("/open front")
    house.hands.turn(HOUR)
    house.hands.host_is_off_by = -HOUR
    await house.start()
    assert house.commands_sent() == []


async def test_an_update_that_comes_again_opens_once(house: House, member: Chat) -> None:
    update = member.write("/open front")
    await house.quiet()
    house.redeliver(update)
    await house.quiet()
    assert house.moves() == ["unlocking", "unlocked"]


async def test_an_update_that_comes_again_after_a_restart_opens_once(house: House, member: Chat) -> None:
    update = member.write("/open front")
    await house.quiet()
    await house.stop()
    house.redeliver(update)
    await house.start()
    assert house.moves() == ["unlocking", "unlocked"]
    assert member.last["text"] == "That message came twice: nothing was opened a second time."


async def test_a_press_that_comes_again_after_a_restart_opens_once(house: House, member: Chat) -> None:
    await member.say("/open")
    update = member.press("Front door")
    await house.quiet()
    await house.stop()
    house.redeliver(update)
    await house.start()
    assert house.moves() == ["unlocking", "unlocked"]


async def test_a_code_is_not_made_twice_for_one_message(house: House, member: Chat) -> None:
    update = member.write("/pin garage 2h")
    await house.quiet()
    await house.stop()
    house.redeliver(update)
    await house.start()
    assert house.moves() == ["pin created"]


async def test_telegram_may_forget_a_command_only_once_it_is_recorded(house: House, member: Chat) -> None:
    async with house.storage.transaction():
        member.write("/open front")
        await asyncio.sleep(0.05)
        assert (house.telegram.updates.pending(), house.commands_sent()) == (1, [])
    await house.quiet()
    assert house.telegram.updates.pending() == 0


async def test_telegram_may_forget_a_command_before_a_slow_lock_answers(house: House, member: Chat) -> None:
    house.gateway.faults.arrange("/open", "slow", seconds=40)
    member.write("/open front")
    await house.reaches_the_lock("/open")
    await house.until(lambda: house.telegram.updates.pending() == 0)
    house.hands.turn(41)
    await member.hears("opened")


async def test_an_answer_that_telegram_puts_off_does_not_keep_others_waiting(
    house: House, owner: Chat, guest: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.chat.telegram.polling.HOLD_SECONDS", 60)
    refuse(house.telegram, "sendMessage", 429, "Too Many Requests: retry after 5", chat=OLGA, retry_after=5, times=None)
    owner.write("/help")
    await house.until(lambda: house.telegram.updates.pending() == 0)
    guest.write("/open")
    await guest.hears("accepted")
    house.telegram.faults.clear()


async def test_one_persons_slow_door_does_not_keep_others_waiting(house: House, owner: Chat, guest: Chat) -> None:
    house.gateway.faults.arrange("/open", "slow", seconds=40)
    owner.write("/open front")
    await house.reaches_the_lock("/open")
    guest.write("/open")
    await guest.hears("accepted")
    assert house.garage_bolt == "unlocked"
    house.hands.turn(41)
    await owner.hears("opened")


async def test_ones_own_slow_door_does_not_delay_ones_own_other_door(house: House, member: Chat) -> None:
    house.gateway.faults.arrange("/open", "slow", seconds=40)
    member.write("/open front")
    member.write("/open garage")
    await member.hears("accepted")
    assert house.garage_bolt == "unlocked"
    house.hands.turn(41)
    await member.hears("opened")


async def test_one_persons_messages_are_taken_in_order(house: House, member: Chat) -> None:
    for words in ("/open front", "/close front", "/open garage"):
        member.write(words)
    await house.quiet()
    started = [(entry.door, entry.action) for entry in await house.journal() if entry.kind in ("started", "denied")]
    assert started == [("front", "open"), ("front", "close"), ("garage", "open")]


async def test_a_person_with_a_slow_chat_does_not_keep_others_waiting(house: House, owner: Chat, guest: Chat) -> None:
    house.telegram.faults.arrange("sendMessage", "silent", chat=OLGA, times=None)
    owner.write("/help")
    guest.write("/open")
    await guest.hears("accepted")
    house.telegram.faults.clear()


async def test_a_door_opens_although_telegram_does_not_take_the_answer(house: House, member: Chat) -> None:
    house.telegram.faults.arrange("sendMessage", "silent", chat=MAX, times=None)
    member.write("/open front")
    await house.until(lambda: house.front_bolt == "unlocked")
    house.telegram.faults.clear()


async def test_too_many_messages_at_once_get_one_warning(house: House, member: Chat) -> None:
    for _ in range(40):
        member.write("/whoami")
    await house.quiet()
    assert [text.startswith("That is too much at once") for text in member.seen].count(True) == 1
    assert len(member.messages) == 21


async def test_one_persons_flood_does_not_keep_others_waiting(house: House, member: Chat, owner: Chat) -> None:
    house.telegram.faults.arrange("sendMessage", "silent", chat=MAX, times=None)
    for _ in range(60):
        member.write("/whoami")
    owner.write("/open front")
    await owner.hears("opened")
    house.telegram.faults.clear()


async def test_skipped_commands_open_nothing(house: House, member: Chat) -> None:
    for _ in range(30):
        member.write("/whoami")
    member.write("/open front")
    await house.quiet()
    assert house.commands_sent() == []
    assert "opened" in await member.say("/open front")


async def test_a_person_who_never_stops_is_skipped_for_a_moment(house: House, member: Chat) -> None:
    for _ in range(60):
        await member.say("/nonsense")
    assert "That is too much at once" in await member.say("/open front")
    assert house.commands_sent() == []
    house.hands.turn(61)
    assert "opened" in await member.say("/open front")


async def test_a_flood_of_presses_is_told_so_on_the_button(house: House, member: Chat) -> None:
    await member.say("/help")
    for _ in range(61):
        await member.forge("ok:nothing")
    assert ["too much at once" in alert for alert in member.alerts].index(True) == 59


async def test_a_command_in_hand_is_finished_when_the_bot_stops(house: House, member: Chat) -> None:
    house.gateway.faults.arrange("/open", "slow", seconds=40)
    member.write("/open front")
    await house.reaches_the_lock("/open")
    stopping = asyncio.ensure_future(house.stop())
    await asyncio.sleep(0.01)
    house.hands.turn(41)
    await stopping
    await house.start()
    assert await house.outcomes() == ["confirmed"]


async def test_a_telegram_that_takes_no_answers_does_not_hold_up_the_end(
    house: House, member: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.chat.telegram.connection.LAST_WORDS_SECONDS", 0.1)
    house.telegram.faults.arrange("sendMessage", "silent", chat=MAX, times=None)
    for _ in range(5):
        member.write("/whoami")
    member.write("/open front")
    await asyncio.sleep(0.05)
    async with asyncio.timeout(8):
        await house.stop()
    house.telegram.faults.clear()
    await house.start()


async def test_a_command_that_comes_while_the_bot_stops_is_refused_or_waits(house: House, owner: Chat) -> None:
    house.gateway.faults.arrange("/open", "slow", seconds=40)
    owner.write("/open front")
    await house.reaches_the_lock("/open")
    stopping = asyncio.ensure_future(house.stop())
    await asyncio.sleep(0.01)
    house.member.write("/open garage")
    house.hands.turn(41)
    await stopping
    assert house.garage_bolt == "locked"
