"""The allowlist: what owners give and take, with a line in the journal for each."""

from datetime import timedelta

import pytest

from bot.access import Action
from bot.clock import Clock
from bot.people import Allowlist, ChangedBefore, NotAnOwner
from storage import Storage
from storage.records import EVERY_DOOR, Grant
from tests.bench import ANNA, OWNER, START, STRANGER, Hands, grant, person

DOORS = ["front", "garage", "cellar"]
HOUR = timedelta(hours=1)


@pytest.fixture
def people(storage: Storage, clock: Clock) -> Allowlist:
    return Allowlist(storage, frozenset({OWNER}), clock)


async def allow(
    people: Allowlist, door: str = "front", *actions: Action, length: timedelta | None = None, name: str = "Anna"
) -> Grant:
    return await people.allow(
        owner=OWNER, person_id=ANNA, name=name, door=door, actions=actions or [Action.OPEN], length=length
    )


async def deny(people: Allowlist, door: str | None) -> bool:
    return await people.deny(owner=OWNER, person_id=ANNA, door=door, doors=DOORS)


async def doors_of(people: Allowlist) -> list[str]:
    return [right.door for right in (await people.rights(ANNA)).grants]


async def test_only_owners_change_the_list_whoever_calls(people: Allowlist, storage: Storage) -> None:
    with pytest.raises(NotAnOwner):
        await people.allow(owner=ANNA, person_id=ANNA, name="", door="*", actions=[Action.OPEN], length=None)
    with pytest.raises(NotAnOwner):
        await people.deny(owner=ANNA, person_id=STRANGER, door=None, doors=DOORS)
    assert await storage.people.everyone() == []


async def test_an_owner_of_the_settings_is_an_owner(people: Allowlist) -> None:
    rights = await people.rights(OWNER)
    assert (rights.is_owner, rights.known) == (True, True)


async def test_a_stranger_has_no_rights_and_is_not_known(people: Allowlist) -> None:
    rights = await people.rights(STRANGER)
    assert (rights.known, rights.grants) == (False, ())


async def test_who_is_allowed_is_known_and_has_the_right(people: Allowlist) -> None:
    await allow(people, "front", Action.OPEN, length=HOUR)
    rights = await people.rights(ANNA)
    assert rights.person == person()
    assert rights.grants == (grant("open", length=HOUR),)


async def test_a_right_without_a_length_is_for_good(people: Allowlist) -> None:
    assert (await allow(people)).ends_at is None


async def test_a_right_of_no_length_has_ended(people: Allowlist) -> None:
    """None is for good; nothing is not."""
    assert (await allow(people, length=timedelta(0))).ends_at == START


async def test_a_right_replaces_the_earlier_one_for_the_door(people: Allowlist) -> None:
    await allow(people, "front", Action.OPEN)
    await allow(people, "front", Action.STATUS)
    assert [right.actions for right in (await people.rights(ANNA)).grants] == [frozenset({"status"})]


async def test_a_name_not_given_is_kept(people: Allowlist) -> None:
    await allow(people, name="Anna")
    await allow(people, "garage", name="")
    assert [entry.person.name for entry in await people.entries()] == ["Anna"]


async def test_somebody_without_any_name_is_called_by_the_id(people: Allowlist) -> None:
    await allow(people, name="")
    assert [entry.person.name for entry in await people.entries()] == [str(ANNA)]


async def test_giving_a_right_is_journalled(people: Allowlist, storage: Storage) -> None:
    await allow(people, "front", Action.OPEN, Action.CLOSE, length=HOUR)
    [entry] = await storage.journal.tail(9)
    assert (entry.kind, entry.person_id, entry.door) == ("allowed", ANNA, "front")
    assert entry.detail == {
        "by": OWNER,
        "name": "Anna",
        "actions": ["close", "open"],
        "until": (START + HOUR).isoformat(),
    }


async def test_a_right_that_cannot_be_journalled_is_not_given(people: Allowlist, storage: Storage) -> None:
    await storage.database.rows(
        "CREATE TRIGGER full_disk BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END"
    )
    with pytest.raises(Exception, match="disk"):
        await allow(people)
    assert not (await people.rights(ANNA)).known


async def test_one_door_can_be_taken_away(people: Allowlist) -> None:
    await allow(people, "front")
    await allow(people, "garage")
    assert await deny(people, "front")
    assert await doors_of(people) == ["garage"]


async def test_who_has_no_door_left_stays_on_the_list(people: Allowlist) -> None:
    await allow(people, "front")
    await deny(people, "front")
    assert (await people.rights(ANNA)).known


async def test_the_person_can_be_taken_away_with_every_right(people: Allowlist) -> None:
    await allow(people, "front")
    assert await deny(people, None)
    assert not (await people.rights(ANNA)).known
    await allow(people, "garage")
    assert await doors_of(people) == ["garage"]


@pytest.mark.parametrize("door", [None, "front"])
async def test_taking_what_is_not_there_says_so_and_is_not_journalled(
    people: Allowlist, storage: Storage, door: str | None
) -> None:
    assert not await deny(people, door)
    assert await storage.journal.tail(9) == []


async def test_taking_one_door_from_every_door_leaves_the_others(people: Allowlist) -> None:
    await allow(people, EVERY_DOOR, Action.OPEN, length=HOUR)
    assert await deny(people, "front")
    assert (await people.rights(ANNA)).grants == (
        grant("open", door="cellar", length=HOUR),
        grant("open", door="garage", length=HOUR),
    )


async def test_taking_one_door_takes_both_its_own_right_and_the_one_to_every_door(people: Allowlist) -> None:
    await allow(people, EVERY_DOOR)
    await allow(people, "front")
    assert await deny(people, "front")
    assert await doors_of(people) == ["cellar", "garage"]


async def test_taking_one_door_from_every_door_lets_no_other_right_grow(people: Allowlist) -> None:
    await allow(people, EVERY_DOOR, Action.OPEN)
    await allow(people, "garage", Action.STATUS)
    await deny(people, "front")
    rights = {right.door: right.actions for right in (await people.rights(ANNA)).grants}
    assert rights == {"cellar": {"open"}, "garage": {"status"}}


async def test_every_door_can_be_taken_at_once(people: Allowlist) -> None:
    await allow(people, EVERY_DOOR)
    assert await deny(people, EVERY_DOOR)
    assert await doors_of(people) == []


async def test_taking_a_right_is_journalled(people: Allowlist, storage: Storage, hands: Hands) -> None:
    await allow(people)
    hands.turn(60)
    await deny(people, "front")
    entry = (await storage.journal.tail(1))[0]
    assert (entry.kind, entry.person_id, entry.door, entry.detail) == ("revoked", ANNA, "front", {"by": OWNER})
    assert entry.at == START + timedelta(minutes=1)


async def test_somebody_who_changed_the_name_is_listed_under_the_new_one(people: Allowlist) -> None:
    await allow(people)
    await people.met(person(), "Anna B.")
    assert [entry.person.name for entry in await people.entries()] == ["Anna B."]


async def test_an_update_changes_the_list_once(people: Allowlist, storage: Storage) -> None:
    once = {"owner": OWNER, "person_id": ANNA, "door": "front", "update_key": "7"}
    await people.allow(**once, name="Anna", actions=[Action.OPEN], length=None)  # type: ignore[arg-type]
    await deny(people, None)
    with pytest.raises(ChangedBefore):
        await people.allow(**once, name="Anna", actions=[Action.OPEN], length=None)  # type: ignore[arg-type]
    with pytest.raises(ChangedBefore):
        await people.deny(**once, doors=DOORS)  # type: ignore[arg-type]
    assert await storage.people.everyone() == []
    assert [entry.kind for entry in await storage.journal.tail(9)] == ["allowed", "revoked"]
