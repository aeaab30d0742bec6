"""A door that stands open is told once, and closes by itself where its owner wants that; it never opens by itself."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.people import HOUSE_ID
from tests.house import FRONT, MAX, OLGA, SHED, Chat, House, a_house

MINUTE = 60.0


@pytest.fixture
async def house(path: Path) -> AsyncIterator[House]:
    """The front door reminds after 20 minutes and closes after 5, the shed only reminds."""
    doors = {"front": {"auto_lock_minutes": 5}, "shed": {"open_reminder_minutes": 20}}
    async with a_house(path, doors=doors, poll_seconds=MINUTE) as house:
        await house.in_group(OLGA).say("/notify on")
        yield house


@pytest.fixture
def group(house: House) -> Chat:
    return house.in_group(MAX)


async def pass_minutes(house: House, minutes: int) -> None:
    for _ in range(minutes):
        await house.wait(MINUTE)


def told(chat: Chat, words: str) -> list[str]:
    return [text for text in chat.seen if words in text]


async def test_a_door_left_open_is_told_once(house: House, group: Chat) -> None:
    await house.owner.say("/open shed")
    await pass_minutes(house, 19)
    assert told(group, "has been open") == []
    await pass_minutes(house, 40)
    [notice] = told(group, "has been open")
    assert notice.startswith("🚪 Garden shed has been open for 20 min · ")


async def test_close_now_closes_it(house: House, group: Chat) -> None:
    await house.owner.say("/open shed")
    await pass_minutes(house, 21)
    assert group.buttons == ["Close now", "🙋 I'm on it", "🔕 Mute"]
    await house.poll_once()
    await house.in_group(OLGA).tap("Close now")
    assert house.shed.lock(SHED).bolt == "locked"


async def test_close_now_is_for_those_who_may(house: House, group: Chat) -> None:
    await house.owner.say("/open shed")
    await pass_minutes(house, 21)
    await house.poll_once()
    await group.tap("Close now")
    assert house.shed.lock(SHED).bolt == "unlocked"


async def test_a_door_that_was_closed_meanwhile_is_not_told(house: House, group: Chat) -> None:
    await house.owner.say("/open shed")
    await pass_minutes(house, 10)
    house.shed.turn_by_hand(SHED, "locked")
    await pass_minutes(house, 30)
    assert told(group, "has been open") == []


async def test_once_it_is_closed_the_notice_says_so(house: House, group: Chat) -> None:
    await house.owner.say("/open shed")
    await pass_minutes(house, 25)
    house.shed.turn_by_hand(SHED, "locked")
    await pass_minutes(house, 2)
    [message] = [message for message in group.messages if message["text"].startswith("🚪")]
    assert message["text"].startswith("🚪 Garden shed was open for 2")
    assert message["buttons"] == []


async def test_a_door_opened_again_is_told_again(house: House, group: Chat) -> None:
    for _ in range(2):
        await house.owner.say("/open shed")
        await pass_minutes(house, 22)
        await house.owner.say("/close shed")
        await pass_minutes(house, 1)
    assert len(told(group, "has been open")) == 2


async def test_a_door_opened_by_key_counts_too(house: House, group: Chat) -> None:
    house.shed.turn_by_hand(SHED, "unlocked")
    await pass_minutes(house, 23)
    assert len(told(group, "has been open")) == 1


async def test_the_timer_of_a_reminder_survives_a_restart(house: House, group: Chat) -> None:
    await house.owner.say("/open shed")
    await pass_minutes(house, 15)
    await house.restart()
    await pass_minutes(house, 6)
    assert len(told(group, "has been open")) == 1


async def test_the_house_closes_the_door_after_its_minutes_and_no_sooner(house: House, group: Chat) -> None:
    assert "It closes by itself after 5 minutes." in await house.member.say("/open front")
    await pass_minutes(house, 4)
    assert house.front_bolt == "unlocked"
    await pass_minutes(house, 2)
    assert house.front_bolt == "locked"
    assert group.last["text"].startswith("🔒 Front door closed by auto-lock · ")


async def test_a_door_opened_by_key_is_closed_too(house: House) -> None:
    house.gateway.turn_by_hand(FRONT, "unlocked")
    await pass_minutes(house, 7)
    assert house.front_bolt == "locked"


async def test_it_is_sent_once_and_recorded_as_what_it_is(house: House) -> None:
    await house.member.say("/open front")
    await pass_minutes(house, 30)
    assert house.commands_sent() == ["/open", "/close"]
    [entry] = [entry for entry in await house.journal("started") if entry.action == "close"]
    assert (entry.person_id, entry.detail["name"], entry.detail["how"]) == (HOUSE_ID, "auto-lock", "timer")


async def test_the_timer_survives_a_restart(house: House) -> None:
    await house.member.say("/open front")
    await pass_minutes(house, 3)
    await house.restart()
    assert house.front_bolt == "unlocked"
    await pass_minutes(house, 3)
    assert house.front_bolt == "locked"


async def test_a_door_closed_by_hand_is_left_alone(house: House) -> None:
    await house.member.say("/open front")
    house.gateway.turn_by_hand(FRONT, "locked")
    await pass_minutes(house, 20)
    assert house.commands_sent() == ["/open"]


async def test_keep_open_gives_it_half_an_hour(house: House, member: Chat) -> None:
    await member.say("/open front")
    await house.poll_once()
    assert "Keep open 30 min" in member.buttons
    assert "Front door does not close by itself before" in await member.tap("Keep open 30 min")
    await pass_minutes(house, 29)
    assert house.front_bolt == "unlocked"
    await pass_minutes(house, 2)
    assert house.front_bolt == "locked"
    assert [entry.person_id for entry in await house.journal("kept open")] == [MAX]


async def test_keep_open_is_for_those_who_may_open(house: House) -> None:
    house.gateway.turn_by_hand(FRONT, "unlocked")
    await pass_minutes(house, 2)
    await house.guest.say("/whoami")
    await house.poll_once()
    await house.guest.forge("keep:front")
    assert await house.journal("kept open") == []
    assert house.guest.alerts == ["⛔ You may not do that here: nothing was done. /whoami shows your rights."]


async def test_in_a_lockdown_only_owners_keep_a_door_open(house: House, owner: Chat, member: Chat) -> None:
    await member.say("/open front")
    await owner.say("/lockdown")
    await house.poll_once()
    await member.tap("Keep open 30 min")
    assert "locked down" in member.alerts[-1]
    await pass_minutes(house, 6)
    assert house.front_bolt == "locked"
    await owner.say("/open front")
    await house.poll_once()
    assert "does not close by itself before" in await owner.tap("Keep open 30 min")


async def test_a_late_press_keeps_nothing_open(house: House, member: Chat) -> None:
    await member.say("/open front")
    house.hands.turn(100)
    await member.forge("keep:front")
    assert await house.journal("kept open") == []
    assert "came late" in member.alerts[-1]


async def test_a_closed_door_is_not_kept_open(house: House, member: Chat) -> None:
    await member.say("/whoami")
    await house.poll_once()
    await member.forge("keep:front")
    assert "is not open" in member.alerts[-1]


async def test_what_certainly_did_not_close_is_told_once_and_tried_again(house: House, group: Chat) -> None:
    await house.member.say("/open front")
    house.gateway.offline = True
    await pass_minutes(house, 14)
    assert house.front_bolt == "unlocked"
    [notice] = told(group, "It could not be closed by itself")
    assert notice.startswith("🚪 Front door has been open for 5 min")
    house.gateway.offline = False
    await pass_minutes(house, 7)
    assert house.front_bolt == "locked"


async def test_what_may_have_closed_is_not_sent_again(house: House) -> None:
    await house.member.say("/open front")
    house.gateway.faults.arrange("/close", "reset_before")
    await pass_minutes(house, 30)
    assert house.commands_sent().count("/close") == 1


async def test_a_stranger_who_calls_themselves_the_house_closes_nothing(house: House) -> None:
    house.telegram.add_person(HOUSE_ID, "auto-lock", started=True)
    await house.owner.say("/open front")
    await Chat(house, HOUSE_ID, HOUSE_ID).say("/close front")
    assert house.front_bolt == "unlocked"


async def test_status_says_how_often_a_door_is_read(house: House, member: Chat) -> None:
    assert (await member.say("/status front")).endswith("⏱ Read every 60 s")
    house.gateway.offline = True
    await pass_minutes(house, 20)
    assert (await member.say("/status front")).endswith("⏱ Read every 8 min")


async def test_an_outage_says_how_long_it_was_and_what_changed(house: House, group: Chat) -> None:
    house.shed.offline = True
    await pass_minutes(house, 10)
    house.shed.offline = False
    house.shed.turn_by_hand(SHED, "unlocked")
    await pass_minutes(house, 10)
    [notice] = told(group, "can be reached again")
    assert "Away for 1" in notice
    assert notice.endswith("🔓 Meanwhile Garden shed changed: open")
    assert told(group, "Garden shed is open") == []
