"""An owner confirms the list they looked at, and no other: bound to the restore, to the list itself, and young."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.access.record import SNAPSHOT
from bot.domain.actions import Action
from bot.domain.commands import DenialReason, Result
from bot.domain.people import Role
from tests.bench import ANNA, OWNER, START, STRANGER, Rooms, grant, person, request

CONFIRM = request(1, Action.CONFIRM_LIST, person=OWNER, door="")
IN_ANOTHER_PROCESS = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from bot.access import record
from storage import Storage

async def main():
    storage = await Storage.open_to_read(Path(sys.argv[1]))
    since = (await storage.lockouts.all())["list unconfirmed"]
    print(record.digest(since, await record.snapshot_of(storage)))
    await storage.close()

asyncio.run(main())
"""


@pytest.fixture
async def restored(rooms: Rooms) -> Rooms:
    """Rooms after a restore."""
    await restore(rooms)
    return rooms


async def restore(rooms: Rooms) -> str:
    await rooms.storage.lockouts.put(DenialReason.LIST_UNCONFIRMED, at=rooms.clock.datetime())
    await rooms.control.recover()
    digest = await rooms.control.list_to_confirm()
    assert digest
    return digest


async def test_until_the_list_is_confirmed_no_door_moves(restored: Rooms) -> None:
    assert (await restored.operate(request(person=OWNER))).reason is DenialReason.LIST_UNCONFIRMED
    digest = await restored.control.list_to_confirm()
    assert digest
    assert await restored.control.confirm_list(CONFIRM, digest) is None
    assert await restored.control.list_to_confirm() is None
    assert (await restored.operate(request(2, person=OWNER))).result is Result.CONFIRMED
    assert "list confirmed" in await restored.kinds()
    assert await restored.people.record.differences() == []


async def test_the_journal_names_who_confirmed_it(restored: Rooms) -> None:
    await restored.storage.database.rows("UPDATE grants SET door = '*'")
    digest = await restored.control.list_to_confirm()
    assert digest
    assert await restored.control.confirm_list(CONFIRM, digest) is None
    entries = await restored.storage.journal.tail(9)
    assert {(entry.kind, entry.person_id) for entry in entries} == {("list confirmed", OWNER), (SNAPSHOT, OWNER)}


async def test_without_a_restore_there_is_nothing_to_confirm(rooms: Rooms) -> None:
    assert await rooms.control.list_to_confirm() is None
    refused = await rooms.control.confirm_list(CONFIRM, "")
    assert refused
    assert refused.reason is DenialReason.LIST_CHANGED


async def test_the_button_of_an_older_restore_confirms_no_newer_one(restored: Rooms) -> None:
    older = await restored.control.list_to_confirm()
    restored.hands.turn(1)
    newer = await restore(restored)
    assert older not in (None, newer)
    refused = await restored.control.confirm_list(CONFIRM, older or "")
    assert refused
    assert refused.reason is DenialReason.LIST_CHANGED
    assert restored.control.lockouts == {DenialReason.LIST_UNCONFIRMED}


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO people (id, name, added_by, added_at) VALUES (9, 'Thief', 42, 0)",
        "INSERT INTO grants (person_id, door, actions, granted_by, granted_at) VALUES (7, '*', 'open', 42, 0)",
        "UPDATE grants SET actions = 'open'",
        "UPDATE grants SET door = '*'",
        "UPDATE grants SET ends_at = 1",
        "DELETE FROM grants",
        "DELETE FROM people",
    ],
)
async def test_a_list_that_changed_since_it_was_shown_is_not_confirmed(restored: Rooms, sql: str) -> None:
    shown = await restored.control.list_to_confirm()
    assert shown
    await restored.storage.database.rows(sql)
    refused = await restored.control.confirm_list(CONFIRM, shown)
    assert refused
    assert refused.reason is DenialReason.LIST_CHANGED


async def test_a_new_name_is_no_other_list(restored: Rooms) -> None:
    """People change their names whenever they like, and rights are of numbers."""
    await restored.storage.people.save(person(9, "Ben"))
    shown = await restored.control.list_to_confirm()
    await restored.people.update_name(person(), "Zoe")
    assert await restored.control.list_to_confirm() == shown


@pytest.mark.parametrize(
    ("who", "reason"), [(ANNA, DenialReason.OWNERS_ONLY), (STRANGER, DenialReason.STRANGER)], ids=["member", "stranger"]
)
async def test_only_owners_confirm(restored: Rooms, who: int, reason: DenialReason) -> None:
    digest = await restored.control.list_to_confirm()
    assert digest
    refused = await restored.control.confirm_list(request(1, Action.CONFIRM_LIST, person=who), digest)
    assert refused
    assert refused.reason is reason
    assert await restored.control.list_to_confirm() == digest


async def test_an_owner_who_is_made_by_the_list_does_not_confirm_it(restored: Rooms) -> None:
    await restored.storage.people.save(replace(person(), role=Role.OWNER))
    digest = await restored.control.list_to_confirm()
    assert digest
    refused = await restored.control.confirm_list(request(1, Action.CONFIRM_LIST, person=ANNA), digest)
    assert refused
    assert refused.reason is DenialReason.NOT_IN_OWNER_IDS
    assert await restored.control.list_to_confirm() == digest


async def test_an_old_press_confirms_nothing(restored: Rooms) -> None:
    digest = await restored.control.list_to_confirm()
    assert digest
    old = request(1, Action.CONFIRM_LIST, person=OWNER, at=START - timedelta(seconds=30))
    refused = await restored.control.confirm_list(old, digest)
    assert refused
    assert refused.reason is DenialReason.STALE


async def test_a_confirmation_that_is_not_on_disk_opens_nothing(
    restored: Rooms, caplog: pytest.LogCaptureFixture
) -> None:
    digest = await restored.control.list_to_confirm()
    assert digest
    for sql in (
        "CREATE TABLE late (id BIGINT REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED)",
        "CREATE TRIGGER late AFTER INSERT ON journal BEGIN INSERT INTO late VALUES (-1); END",
    ):
        await restored.storage.database.rows(sql)
    refused = await restored.control.confirm_list(CONFIRM, digest)
    assert refused
    assert refused.reason is DenialReason.NOT_RECORDED
    assert caplog.messages == ["a confirmation of the people list could not be recorded"]
    assert restored.control.lockouts == {DenialReason.LIST_UNCONFIRMED}
    assert await restored.control.list_to_confirm() == digest


@pytest.mark.parametrize("seed", ["1", "2"])
async def test_the_list_keeps_its_name_when_the_bot_starts_again(restored: Rooms, path: Path, seed: str) -> None:
    """The button was made by the process before."""
    await restored.storage.grants.add(grant("open", "close", "status", "pin", door="garage"))
    digest = await restored.control.list_to_confirm()
    again = subprocess.run(  # noqa: ASYNC221 - nothing else runs
        [sys.executable, "-c", IN_ANOTHER_PROCESS, str(path)],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert again.stdout.strip() == digest
