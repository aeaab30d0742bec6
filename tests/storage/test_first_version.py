"""A database of the first version opens with everything in it."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.access.record import differences
from bot.domain.actions import Action
from bot.domain.codes import IssuedPin
from bot.domain.commands import DenialReason, Result
from bot.domain.events import (
    AnotherBot,
    BatteryChanged,
    BoltChanged,
    CommandFinished,
    CommandInterrupted,
    DelayedReply,
    Event,
    LockReachable,
    LockUnreachable,
    RightGiven,
)
from bot.domain.notices import Group
from bot.domain.people import Grant, Person
from bot.domain.readings import Announced, Bolt, Reading
from storage import Storage
from storage.backup import check
from tests.bench import ANNA, CHAT, OWNER, START, Hands, build

DUMP = Path(__file__).parent / "databases" / "first_version.sql"
BEN, GROUP = 8, -100900
HEAD = "af208d2649dc8ed66a793450f3b77f893a09f746869faff58b5bf374fec1cc8c"


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


NOW = at(246)


@pytest.fixture
async def old(path: Path) -> AsyncIterator[Storage]:
    with closing(sqlite3.connect(path)) as database:
        database.executescript(DUMP.read_text("utf-8"))
    storage, loss = await Storage.open_to_run(path)
    assert loss is None
    yield storage
    await storage.close()


async def test_people_and_their_rights_are_there(old: Storage) -> None:
    assert await old.people.all() == [
        Person(id=ANNA, name="Anna", added_by=OWNER, added_at=START),
        Person(id=BEN, name="Ben", added_by=OWNER, added_at=at(1)),
    ]
    rights = [
        (one.person_id, one.door, set(one.actions), one.ends_at, one.granted_at) for one in await old.grants.all()
    ]
    assert rights == [
        (ANNA, "front", {Action.OPEN, Action.PIN}, None, START),
        (BEN, "*", {Action.STATUS}, at(3601), at(1)),
        (BEN, "garage", {Action.OPEN, Action.CLOSE}, at(1 + 7 * 86_400), at(1)),
        (ANNA, "*", {Action.STATUS}, None, NOW),
    ]
    assert {one.granted_by for one in await old.grants.all()} == {OWNER}


async def test_a_person_may_have_a_second_right_for_a_door_now(old: Storage) -> None:
    grant = (await old.grants.all())[0]
    added = await old.grants.add(grant)
    assert isinstance(added, Grant)
    assert added.id not in (0, grant.id)


async def test_the_journal_is_whole_and_goes_on(old: Storage) -> None:
    verification = await old.journal.verify(kept_head=HEAD)
    assert (verification.entries, verification.head, verification.fault) == (13, HEAD, None)
    await old.journal.append("started", at=NOW)
    assert (await old.journal.verify(kept_head=HEAD)).fault is None
    assert len([entry async for entry in old.journal.entries()]) == 14


async def test_the_list_is_taken_as_it_is(old: Storage) -> None:
    assert await differences(old) == []
    rooms = build(old, hands := Hands(), hands.clock())
    await rooms.people.begin()
    assert await differences(old) == []


async def test_every_message_waits_in_its_order(old: Storage) -> None:
    waiting: dict[tuple[int, int | None], list[Event]] = {}
    while messages := await old.outbox.next_per_chat():
        for message in messages:
            waiting.setdefault((message.chat_id, message.thread_id), []).append(message.event)
            await old.outbox.remove(message.id)
    interrupted = CommandInterrupted(door="Front door", action=Action.OPEN, by="Anna", at=NOW)
    assert waiting == {
        (BEN, None): [RightGiven(door="Garage", actions=(Action.CLOSE, Action.OPEN), ends_at=at(1 + 7 * 86_400))],
        (ANNA, None): [RightGiven(door=None, actions=(Action.STATUS,), ends_at=None)],
        (OWNER, None): [AnotherBot(is_over=False, at=NOW), AnotherBot(is_over=True, at=NOW), interrupted],
        (CHAT, 9): [DelayedReply(text="🔓 <b>Front door</b> opened", edits=7, at=NOW)],
        (CHAT, None): [DelayedReply(text="No.", edits=None, at=NOW), interrupted],
        (GROUP, 5): [
            BoltChanged(door="front", bolt=Bolt.UNLOCKED, at=at(61)),
            BoltChanged(door="front", bolt=Bolt.JAMMED, at=at(91)),
            BatteryChanged(door="front", is_low=True, percent=10, at=at(91)),
            BoltChanged(door="front", bolt=Bolt.UNKNOWN, at=at(121)),
            BatteryChanged(door="front", is_low=False, percent=80, at=at(121)),
            BoltChanged(door="front", bolt=Bolt.LOCKED, at=at(151)),
            LockUnreachable(door="front", at=at(181)),
            LockReachable(door="front", at=at(211)),
            LockUnreachable(door="garage", at=at(241)),
            CommandFinished(door="front", action=Action.OPEN, result=Result.CONFIRMED, by="Anna", at=at(241)),
            CommandFinished(door="front", action=Action.CLOSE, result=Result.UNKNOWN, by="Olga", at=NOW),
            interrupted,
        ],
    }


async def test_codes_are_there_and_the_revoked_one_is_gone(old: Storage) -> None:
    def pin(number: int, handle: str, ends_at: datetime | None) -> IssuedPin:
        return IssuedPin(
            id=number,
            door="front",
            handle=handle,
            person_id=ANNA,
            person_name="Anna",
            made_at=NOW,
            asked_until=None,
            ends_at=ends_at,
        )

    assert await old.pins.live(NOW) == [pin(1, "120", NOW + timedelta(hours=2)), pin(2, "121", None)]


async def test_lockouts_counters_groups_and_claimed_updates_are_there(old: Storage) -> None:
    assert await old.lockouts.all() == {DenialReason.LIST_UNCONFIRMED: NOW}
    counters = await old.counters.all()
    assert counters == {"the_keys:gateway": 1772366500}, "owners are reminded anew, since the old one is gone"
    assert await old.groups.all() == [
        Group(chat_id=GROUP, thread_id=5, title="Home", added_by=OWNER, added_at=datetime(2026, 3, 1, 12, tzinfo=UTC))
    ]
    assert not await old.people.claim("77")


async def test_readings_are_there_with_what_was_announced(old: Storage) -> None:
    assert await old.readings.get("front") == Reading(
        door="front",
        bolt=Bolt.UNLOCKED,
        read_at=NOW,
        battery_percent=80,
        announced=Announced(bolt=Bolt.UNLOCKED, is_reachable=True, is_battery_low=False),
    )
    assert await old.readings.get("garage") == Reading(
        door="garage",
        bolt=Bolt.UNKNOWN,
        failures=1,
        failing_since=at(241),
        announced=Announced(is_reachable=False),
    )


async def test_commands_are_there_and_the_one_in_flight_is_told_of(old: Storage) -> None:
    hands = Hands()
    rooms = build(old, hands, hands.clock())
    assert [command.update_key for command in await old.commands.unfinished()] == ["lost"]
    await rooms.control.recover()
    await rooms.activity.idle()
    assert await rooms.outcomes() == ["confirmed", "unknown", "denied", "unknown"]
    assert rooms.control.lockouts == {DenialReason.LIST_UNCONFIRMED}
    assert rooms.front.sends == []
    await rooms.control.finish()


def test_a_backup_of_the_first_version_is_known_as_one(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.executescript(DUMP.read_text("utf-8"))
    check(path)
