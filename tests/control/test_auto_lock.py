"""Only the timer speaks for the house, and only where the lock can do it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.control.auto_lock import AutoLock
from bot.domain.actions import Action
from bot.domain.commands import How, Result
from bot.domain.doors import Capability
from bot.domain.people import HOUSE_ID
from bot.domain.times import to_ms
from bot.drivers import DOOR_SETTINGS
from bot.drivers.kas.door import Kas, KasAdvanced
from bot.drivers.the_keys.door import TheKeys
from bot.settings import SettingsWrong, load_settings
from tests.bench import FRONT, START, Rooms, operate, request

HOUSE: dict[str, Any] = {"telegram_token": "1:a", "owner_ids": [42]}
KAS = {"driver": "kas", "factory_number": "SS000510", "api_key": "x"}
THE_KEYS = {"driver": "the_keys", "host": "192.168.1.20", "identifier": "45961123", "share_code": "Zmo1sps2OVyCFtl1"}


async def ask(rooms: Rooms, action: Action, how: How) -> Result | None:
    asked = replace(request(f"{action} {how}", action), person_id=HOUSE_ID, how=how)
    return (await operate(rooms.control, asked)).finished.result


@pytest.mark.parametrize("how", [how for how in How if how is not How.TIMER])
async def test_nobody_who_writes_or_presses_is_the_house(rooms: Rooms, how: How) -> None:
    assert await ask(rooms, Action.CLOSE, how) is Result.DENIED
    assert rooms.front.sends == []


@pytest.mark.parametrize("action", [action for action in Action if action is not Action.CLOSE])
async def test_the_timer_itself_can_do_nothing_but_close(rooms: Rooms, action: Action) -> None:
    assert await ask(rooms, action, How.TIMER) is Result.DENIED
    assert rooms.front.sends == []


async def test_the_timer_closes(rooms: Rooms) -> None:
    assert await ask(rooms, Action.CLOSE, How.TIMER) is Result.CONFIRMED


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("auto_lock_minutes", "is not possible, as this lock does not say whether it is open: leave it out"),
        ("open_reminder_minutes", "is not possible, as this lock does not say whether it is open: leave it out"),
        ("close_at", "is not possible, as this lock does not say whether it is open: leave it out"),
        ("ask_if_open_at", "is not possible, as this lock does not say whether it is open: leave it out"),
        ("battery_low_percent", "is not possible, as this lock does not say how full its battery is: leave it out"),
    ],
)
def test_a_lock_that_cannot_be_read_has_no_timers_and_no_battery(name: str, sentence: str) -> None:
    with pytest.raises(SettingsWrong) as wrong:
        load_settings(env_file=None, **HOUSE, doors={"garage": {**KAS, name: "5"}})
    assert f"DOORS__GARAGE__{name.upper()}: {sentence}" in str(wrong.value)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"auto_lock_minutes": "0"}, "AUTO_LOCK_MINUTES: must be a whole number from 1 up to 1440"),
        ({"auto_lock_hours": "22-7"}, "AUTO_LOCK_HOURS: needs AUTO_LOCK_MINUTES as well"),
        ({"auto_lock_minutes": "5", "auto_lock_hours": "late"}, "AUTO_LOCK_HOURS: must be hours of the week, like"),
        ({"close_at": "24:00"}, "CLOSE_AT: must be a time of the day, like 23:00"),
        ({"ask_if_open_at": "11 pm"}, "ASK_IF_OPEN_AT: must be a time of the day, like 23:00"),
    ],
)
def test_a_timer_that_is_written_wrong_is_explained(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsWrong) as wrong:
        load_settings(env_file=None, **HOUSE, doors={"front": {**THE_KEYS, **given}})
    assert f"DOORS__FRONT__{sentence}" in str(wrong.value)


@pytest.mark.parametrize(("vendor", "driver"), [("the_keys", TheKeys), ("kas", Kas), ("kas", KasAdvanced)])
def test_the_settings_know_what_the_locks_can(vendor: str, driver: type[TheKeys | Kas]) -> None:
    settings = DOOR_SETTINGS[vendor]
    assert settings.is_readable == (Capability.STATUS in driver.capabilities)
    assert settings.is_closable == (Capability.LOCK in driver.capabilities)


@pytest.mark.parametrize(
    ("outcome", "is_sent_again"),
    [(Result.UNKNOWN, False), (Result.CONFIRMED, False), (Result.NOT_SENT, True), (Result.DENIED, True)],
)
async def test_a_timer_that_ran_before_a_restart_goes_by_its_record(
    rooms: Rooms, outcome: Result, *, is_sent_again: bool
) -> None:
    """The command was recorded, and the bot ended before it could note that the timer is over."""
    door = rooms.change(replace(FRONT, auto_lock=timedelta(minutes=5)))
    auto_lock = AutoLock(
        rooms.storage, rooms.doors, rooms.people, rooms.second_factors, rooms.control, rooms.notices, rooms.clock
    )
    await rooms.storage.open_doors.opened(door.name, START)
    due = START + timedelta(minutes=5)
    earlier = replace(request(f"auto-lock front {to_ms(due)}", Action.CLOSE), person_id=HOUSE_ID, how=How.TIMER)
    await rooms.storage.commands.add(earlier, now=due, outcome=outcome)
    rooms.hands.turn(301)
    await auto_lock.close_due()
    assert rooms.front.sends == []
    rooms.hands.turn(301)
    await auto_lock.close_due()
    assert len(rooms.front.sends) == is_sent_again
