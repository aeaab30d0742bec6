"""The list and the journal say the same, or an owner hears where they part."""

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.access import PeopleList
from bot.access.ballots import Ballots
from bot.access.glasses import Glasses
from bot.access.record import differences
from bot.clock import Clock
from bot.domain.actions import GRANTABLE, Action
from bot.domain.doors import Capability, Door, Doors
from bot.notices import Notices
from storage import Storage
from tests.bench import ANNA, OWNER, Hands, grant, person
from tests.fresh import open_fresh

BEN = 8
DOORS = Doors(Door(name, name.title(), Capability.UNLOCK) for name in ("front", "garage", "cellar"))
WHERE = ("front", "garage", "cellar", "*")
HOUR = timedelta(hours=1)
RIGHT = "INSERT INTO grants (person_id, door, actions, granted_by, granted_at) VALUES (7, 'front', 'open', 42, 0)"


def list_of(storage: Storage, clock: Clock) -> PeopleList:
    return PeopleList(storage, frozenset({OWNER}), DOORS, clock)


@pytest.fixture
async def people(storage: Storage, clock: Clock) -> PeopleList:
    people = list_of(storage, clock)
    await people.begin()
    for name, door in ((ANNA, "front"), (ANNA, "garage"), (BEN, "*")):
        await allow(people, name, door)
    return people


async def allow(
    people: PeopleList, who: int, door: str, actions: frozenset[Action] | None = None, length: timedelta | None = HOUR
) -> None:
    await people.allow(
        caller=OWNER, person_id=who, name="x", door=door, actions=actions or [Action.OPEN], length=length
    )


async def test_what_owners_changed_is_what_the_journal_says(people: PeopleList) -> None:
    assert await people.record.differences() == []
    await people.deny(caller=OWNER, person_id=BEN, door="front")
    await people.deny(caller=OWNER, person_id=ANNA, door=None)
    assert await people.record.differences() == []


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        (RIGHT, ["right 4"]),
        ("UPDATE grants SET actions = 'close,open' WHERE id = 1", ["right 1"]),
        ("UPDATE grants SET ends_at = NULL WHERE id = 1", ["right 1"]),
        ("UPDATE grants SET door = '*' WHERE id = 1", ["right 1"]),
        ("UPDATE grants SET person_id = 8 WHERE id = 1", ["right 1"]),
        ("UPDATE grants SET asks_first = 1 WHERE id = 1", ["right 1"]),
        ("DELETE FROM grants WHERE id = 3", ["right 3"]),
        ("INSERT INTO people (id, name, added_by, added_at) VALUES (9, 'Eve', 42, 0)", ["person 9"]),
        ("UPDATE people SET role = 'owner' WHERE id = 8", ["person 8"]),
        ("DELETE FROM people WHERE id = 8", ["person 8", "right 3"]),
        ("INSERT INTO door_sets (name, door) VALUES ('ground', 'front')", ["set ground"]),
    ],
)
async def test_what_somebody_did_behind_the_bots_back_is_named(
    people: PeopleList, storage: Storage, sql: str, named: list[str]
) -> None:
    await storage.database.rows(sql)
    found = await people.record.differences()
    assert [line.partition(":")[0] for line in found] == named
    assert all("the records say" in line and "the list says" in line for line in found)


async def test_a_right_that_was_slipped_in_is_found_by_a_reader_and_after_later_changes(
    people: PeopleList, storage: Storage, path: Path
) -> None:
    await storage.database.rows(RIGHT)
    await allow(people, BEN, "front")
    reader = await Storage.open_to_read(path)
    assert len(await differences(reader)) == 1
    await reader.close()


async def test_a_list_that_an_owner_confirmed_is_right_from_then_on(people: PeopleList, storage: Storage) -> None:
    await storage.database.rows(RIGHT)
    await people.record.take_as_right(by=OWNER)
    assert await people.record.differences() == []
    await storage.database.rows("DELETE FROM grants WHERE id = 4")
    assert len(await people.record.differences()) == 1


GLASS = "INSERT INTO glasses (door, votes_needed, set_by, set_by_name, set_at) VALUES ('front', 1, 42, 'Olga', 0)"


@pytest.mark.parametrize(
    "sql",
    [
        GLASS,
        "UPDATE glasses SET broken_at = NULL",
        "UPDATE glasses SET revoked_at = NULL",
        "UPDATE glasses SET votes_needed = 1 WHERE revoked_at IS NULL",
        "INSERT INTO keyholders (glass_id, person_id, name, listed_at) VALUES (1, 9, 'Eve', 0)",
        "DELETE FROM glasses WHERE id = 1",
    ],
)
async def test_a_glass_that_was_slipped_in_or_mended_is_named(
    people: PeopleList, storage: Storage, clock: Clock, sql: str
) -> None:
    notices = Notices(storage, frozenset({OWNER}))
    glasses = Glasses(storage, people, notices, clock, Ballots(storage, people, notices, clock))
    for door in ("front", "cellar", "garage"):
        await glasses.set_up(
            caller=OWNER, caller_name="Olga", door=door, keyholders=[ANNA, BEN], votes_needed=2, silence=None,
            update_key=door,
        )  # fmt: skip
    await glasses.revoke(caller=OWNER, caller_name="Olga", glass_id=2)
    await glasses.void_all()
    await glasses.renew(caller=OWNER, caller_name="Olga", glass_id=3)
    assert await people.record.differences() == []
    await people.record.take_as_right(by=OWNER)
    assert await people.record.differences() == []
    await storage.database.rows(sql)
    assert [line for line in await people.record.differences() if line.startswith("glass ")]


async def test_a_list_from_before_the_records_told_of_every_right_is_taken_as_it_is_once(
    storage: Storage, clock: Clock
) -> None:
    await storage.people.save(person())
    await storage.grants.add(grant("open"))
    await storage.journal.append("allowed", at=clock.datetime(), person_id=ANNA, door="front")
    people = list_of(storage, clock)
    assert await people.record.differences() == []
    await people.begin()
    await storage.database.rows(RIGHT)
    await people.begin()
    assert len(await people.record.differences()) == 1


changes = st.tuples(
    st.sampled_from(("allow", "allow", "deny", "confirm", "restart")),
    st.sampled_from((ANNA, BEN)),
    st.none() | st.sampled_from(WHERE),
    st.frozensets(st.sampled_from(GRANTABLE), min_size=1),
    st.none() | st.just(HOUR),
)


@given(steps=st.lists(changes, max_size=25))
@settings(max_examples=40, deadline=None)
def test_the_journal_says_the_same_after_any_changes(
    steps: list[tuple[str, int, str | None, frozenset[Action], timedelta | None]],
) -> None:
    async def scenario(path: Path) -> None:
        storage = await open_fresh(path)
        people = list_of(storage, Hands().clock())
        await people.begin()
        for what, who, door, actions, length in steps:
            if what == "allow":
                await allow(people, who, door or "*", actions, length)
            elif what == "deny":
                await people.deny(caller=OWNER, person_id=who, door=door)
            elif what == "confirm":
                await people.record.take_as_right(by=OWNER)
            else:
                await people.begin()
            assert await people.record.differences() == []
        assert (await storage.journal.verify()).fault is None
        await storage.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(scenario(Path(folder) / "latchkey.db"))
