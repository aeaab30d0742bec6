"""Hours of doors: when they close by themselves, and when it is asked whether they may stay open."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.house import MAX, OLGA, SHED, Chat, House, a_house

PARIS = ZoneInfo("Europe/Paris")
DOORS: dict[str, dict[str, object]] = {
    "front": {"auto_lock_minutes": 10, "auto_lock_hours": "22:00-7:00"},
    "shed": {"close_at": "23:00", "ask_if_open_at": "22:30"},
}
LEAVE, CLOSE = "Leave it", "Close now"


@pytest.fixture
async def house(path: Path) -> AsyncIterator[House]:
    """It begins at 13:00 on the first of March. Max may open and close the shed, too."""
    async with a_house(path, doors=DOORS, poll_seconds=600) as house:
        await house.in_group(OLGA).say("/notify on")
        await house.allow(MAX, "Max", "shed", "open", "close", "status")
        yield house


@pytest.fixture
def group(house: House) -> Chat:
    return house.in_group(MAX)


def paris(moment: str) -> datetime:
    return datetime.fromisoformat(moment if "T" in moment else f"2026-03-01T{moment}").replace(tzinfo=PARIS)


async def until(house: House, moment: str) -> None:
    """In steps, so that the locks are read on the way, and a minute longer."""
    end = paris(moment).timestamp()
    while house.now() < end:
        await house.wait(min(1800.0, end - house.now()))
    await house.wait(61)


def told(chat: Chat, words: str) -> list[str]:
    return [text for text in chat.seen if words in text]


async def test_outside_its_hours_the_auto_lock_waits_for_them(house: House) -> None:
    said = await house.member.say("/open front")
    assert said.endswith("It closes by itself after 10 minutes (22:00-07:00).")
    await until(house, "21:57")
    assert house.front_bolt == "unlocked"
    await until(house, "22:01")
    assert house.front_bolt == "locked"


async def test_a_door_closes_at_its_hour_and_it_is_told(house: House, group: Chat) -> None:
    assert "It closes by itself at 23:00." in await house.member.say("/open shed")
    await until(house, "22:57")
    assert house.shed.lock(SHED).bolt == "unlocked"
    await until(house, "23:01")
    assert house.shed.lock(SHED).bolt == "locked"
    assert group.last["text"].startswith("🔒 Garden shed closed by the schedule · 23:0")


async def test_it_closes_once_a_day_and_again_the_next_day(house: House) -> None:
    await house.member.say("/open shed")
    await until(house, "23:10")
    await house.member.say("/open shed")
    await until(house, "2026-03-02T22:55")
    assert house.shed.lock(SHED).bolt == "unlocked"
    await until(house, "2026-03-02T23:05")
    assert house.commands_sent() == ["/open", "/close", "/open", "/close"]


async def test_a_closed_door_is_left_alone(house: House, group: Chat) -> None:
    await house.member.say("/open shed")
    await house.member.say("/close shed")
    await until(house, "23:30")
    assert house.commands_sent() == ["/open", "/close"]
    assert told(group, "Shall it stay open") == []


async def test_what_was_due_while_the_bot_was_away_is_done_soon_after_and_not_the_next_morning(house: House) -> None:
    await house.member.say("/open shed")
    await until(house, "22:50")
    await house.stop()
    house.hands.turn(8 * 3600)
    await house.start()
    await house.wait(61)
    assert house.shed.lock(SHED).bolt == "unlocked"
    await until(house, "2026-03-02T22:50")
    await house.stop()
    house.hands.turn(3600)
    await house.start()
    await house.wait(61)
    assert house.shed.lock(SHED).bolt == "locked"


@pytest.mark.parametrize(
    ("begin", "day", "hour", "utc"),
    [("2026-03-28T20:00", "2026-03-29", "02:30", "01:30"), ("2026-10-24T20:00", "2026-10-25", "02:30", "00:30")],
)
async def test_on_the_days_of_the_clock_change_it_closes_once(
    path: Path, begin: str, day: str, hour: str, utc: str
) -> None:
    """In March 2:30 is skipped: it is 3:30 then. In October it comes twice, and counts the first time."""
    async with a_house(path, doors={"shed": {"close_at": hour}}, poll_seconds=600, begin=paris(begin)) as house:
        await house.owner.say("/open shed")
        await until(house, f"{day}T12:00")
        [entry] = [entry for entry in await house.journal("started") if entry.action == "close"]
        assert f"{entry.at:%Y-%m-%d %H:%M}" == f"{day} {utc}"


async def test_a_door_that_is_open_late_asks_its_owner_and_whoever_subscribed(house: House, group: Chat) -> None:
    await house.member.say("/open shed")
    await until(house, "22:28")
    assert told(group, "Shall it stay open") == []
    await until(house, "22:31")
    for chat in (group, house.owner):
        assert chat.last["text"].startswith("🌙 Garden shed has been open for 9 h 31 min. Shall it stay open?")
        assert chat.buttons == [CLOSE, LEAVE]
    await house.restart()
    await until(house, "22:40")
    assert len(told(group, "Shall it stay open")) == 1


async def test_whoever_says_again_that_it_may_stay_open_tells_nobody(house: House, group: Chat) -> None:
    await house.member.say("/open shed")
    await until(house, "22:31")
    await house.poll_once()
    question, data = group.last["message_id"], group.last["buttons"][0][1]["data"]
    await group.tap(LEAVE)
    await house.wait(5)
    await house.in_group(OLGA).forge(data, message_id=question)
    await house.wait(5)
    assert group.last["text"].startswith("🚪 Garden shed stays open, says Max")
    assert [entry.person_id for entry in await house.journal("left open")] == [MAX]


async def test_leave_it_is_shown_to_everybody_and_changes_no_timer(house: House, group: Chat) -> None:
    await house.member.say("/open shed")
    await until(house, "22:31")
    await house.poll_once()
    await group.tap(LEAVE)
    await house.wait(5)
    for chat in (group, house.owner):
        assert chat.last["text"].startswith("🚪 Garden shed stays open, says Max · 22:3")
        assert chat.last["buttons"] == []
    assert [entry.person_id for entry in await house.journal("left open")] == [MAX]
    await until(house, "23:01")
    assert house.shed.lock(SHED).bolt == "locked"
    assert "Garden shed was open for" in house.owner.last["text"]


async def test_leave_it_is_for_those_who_may_open(house: House, group: Chat) -> None:
    await house.member.say("/open shed")
    await until(house, "22:31")
    await house.poll_once()
    await house.in_group(house.guest.person).tap(LEAVE, message_id=group.last["message_id"])
    assert await house.journal("left open") == []
    assert "Shall it stay open" in group.last["text"]


async def test_leave_it_after_it_was_closed_says_so(house: House, group: Chat) -> None:
    await house.poll_once()
    await house.owner.say("/help")
    await house.owner.forge("leave:shed")
    assert house.owner.alerts == ["Garden shed is not open any more, as far as the bot knows."]
