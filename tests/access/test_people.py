"""The people list: what owners give and take, with a line in the journal for each."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.access import PeopleList
from bot.access.changes import AlreadyHandled, Given
from bot.clock import Clock
from bot.domain.actions import Action
from bot.domain.commands import DenialReason
from bot.domain.doors import Capability, Door, Doors
from bot.domain.people import EVERY_DOOR
from bot.domain.policy import Denied
from storage import Storage
from tests.bench import ANNA, OWNER, START, STRANGER, Hands, person

DOORS = Doors(Door(name, name.title(), Capability.UNLOCK) for name in ("front", "garage", "cellar"))
HOUR = timedelta(hours=1)


@pytest.fixture
def people(storage: Storage, clock: Clock) -> PeopleList:
    return PeopleList(storage, frozenset({OWNER}), DOORS, clock)


async def allow(
    people: PeopleList, door: str = "front", *actions: Action, length: timedelta | None = None, **more: Any
) -> Given:
    named: dict[str, Any] = {"caller": OWNER, "person_id": ANNA, "name": "Anna"}
    return await people.allow(**named | more, door=door, actions=actions or [Action.OPEN], length=length)


async def deny(people: PeopleList, door: str | None, **more: Any) -> bool:
    named: dict[str, Any] = {"caller": OWNER, "person_id": ANNA}
    return await people.deny(**named | more, door=door)


async def held(people: PeopleList) -> list[tuple[str, list[str], datetime | None]]:
    return [(one.door, sorted(one.actions), one.ends_at) for one in (await people.rights(ANNA)).grants]


async def doors_of(people: PeopleList) -> list[str]:
    return [right.door for right in (await people.rights(ANNA)).grants]


@pytest.mark.parametrize(("caller", "reason"), [(STRANGER, DenialReason.STRANGER), (ANNA, DenialReason.OWNERS_ONLY)])
async def test_only_owners_change_the_list_whoever_calls(
    people: PeopleList, storage: Storage, caller: int, reason: DenialReason
) -> None:
    await allow(people)
    before = await people.register.entries()
    with pytest.raises(Denied) as allowing:
        await allow(people, EVERY_DOOR, caller=caller, person_id=caller)
    with pytest.raises(Denied) as denying:
        await deny(people, None, caller=caller)
    assert (allowing.value.reason, denying.value.reason) == (reason, reason)
    assert await people.register.entries() == before


async def test_an_owner_of_the_settings_is_an_owner(people: PeopleList) -> None:
    rights = await people.rights(OWNER)
    assert (rights.is_owner, rights.known) == (True, True)


async def test_a_stranger_has_no_rights_and_is_not_known(people: PeopleList) -> None:
    rights = await people.rights(STRANGER)
    assert (rights.known, rights.grants) == (False, ())


async def test_who_is_allowed_is_known_and_has_the_right(people: PeopleList) -> None:
    allowed = await allow(people, "front", Action.OPEN, length=HOUR)
    rights = await people.rights(ANNA)
    assert rights.person == person()
    assert rights.grants == (allowed.grant,)
    assert await held(people) == [("front", ["open"], START + HOUR)]


async def test_a_right_without_a_length_is_for_good(people: PeopleList) -> None:
    assert (await allow(people)).grant.ends_at is None


async def test_a_right_of_no_length_has_ended(people: PeopleList) -> None:
    """None is for good; nothing is not."""
    assert (await allow(people, length=timedelta(0))).grant.ends_at == START


@pytest.mark.parametrize(("asked", "counts"), [(-HOUR, -HOUR), (timedelta(0), timedelta(0)), (HOUR, timedelta(0))])
async def test_a_length_counts_from_the_asking_and_never_from_later(
    people: PeopleList, asked: timedelta, counts: timedelta
) -> None:
    allowed = await allow(people, length=2 * HOUR, asked_at=START + asked)
    assert allowed.grant.ends_at == START + counts + 2 * HOUR


async def test_a_right_replaces_the_earlier_ones_for_the_door_and_says_which(people: PeopleList) -> None:
    first = await allow(people, "front", Action.OPEN)
    await allow(people, "garage")
    second = await allow(people, "front", Action.STATUS)
    assert (first.before, second.before) == ((), (first.grant,))
    assert await held(people) == [("garage", ["open"], None), ("front", ["status"], None)]


async def test_a_name_not_given_is_kept(people: PeopleList) -> None:
    await allow(people)
    await allow(people, "garage", name="")
    assert [entry.person.name for entry in await people.register.entries()] == ["Anna"]


async def test_somebody_without_any_name_is_called_by_the_id(people: PeopleList) -> None:
    await allow(people, name="")
    assert [entry.person.name for entry in await people.register.entries()] == [str(ANNA)]


async def test_the_list_has_everybody_with_their_own_rights(people: PeopleList) -> None:
    mine, theirs = await allow(people), await allow(people, "garage", person_id=8, name="Ben")
    assert [(one.person.name, one.grants) for one in await people.register.entries()] == [
        ("Anna", (mine.grant,)),
        ("Ben", (theirs.grant,)),
    ]


async def test_a_right_that_cannot_be_journalled_is_not_given(people: PeopleList, storage: Storage) -> None:
    await storage.database.rows(
        "CREATE TRIGGER full_disk BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END"
    )
    with pytest.raises(Exception, match="disk"):
        await allow(people)
    assert not (await people.rights(ANNA)).known


async def test_one_door_can_be_taken_away(people: PeopleList) -> None:
    await allow(people, "front")
    await allow(people, "garage")
    assert await deny(people, "front")
    assert await doors_of(people) == ["garage"]


async def test_who_has_no_door_left_stays_on_the_list(people: PeopleList) -> None:
    await allow(people, "front")
    await deny(people, "front")
    assert (await people.rights(ANNA)).known


async def test_the_person_can_be_taken_away_with_every_right(people: PeopleList) -> None:
    await allow(people, "front")
    assert await deny(people, None)
    assert not (await people.rights(ANNA)).known
    await allow(people, "garage")
    assert await doors_of(people) == ["garage"]


@pytest.mark.parametrize("door", [None, "front"])
async def test_taking_what_is_not_there_says_so_and_is_not_journalled(
    people: PeopleList, storage: Storage, door: str | None
) -> None:
    assert not await deny(people, door)
    assert await storage.journal.tail(9) == []
    if door:
        await allow(people, "garage")
        assert not await deny(people, door)


async def test_taking_one_door_from_every_door_leaves_the_others(people: PeopleList) -> None:
    await allow(people, EVERY_DOOR, Action.OPEN, length=HOUR)
    assert await deny(people, "front")
    assert await held(people) == [("garage", ["open"], START + HOUR), ("cellar", ["open"], START + HOUR)]


async def test_taking_one_door_takes_both_its_own_right_and_the_one_to_every_door(people: PeopleList) -> None:
    await allow(people, EVERY_DOOR)
    await allow(people, "front")
    assert await deny(people, "front")
    assert await doors_of(people) == ["garage", "cellar"]


async def test_taking_one_door_leaves_the_rights_to_the_others_as_they_were(people: PeopleList) -> None:
    await allow(people, EVERY_DOOR, Action.OPEN)
    await allow(people, "garage", Action.STATUS)
    await deny(people, "front")
    assert await held(people) == [("garage", ["status"], None), ("garage", ["open"], None), ("cellar", ["open"], None)]


async def test_every_door_can_be_taken_at_once(people: PeopleList) -> None:
    await allow(people, EVERY_DOOR)
    assert await deny(people, EVERY_DOOR)
    assert await doors_of(people) == []


async def test_every_change_is_in_the_journal_with_who_made_it(
    people: PeopleList, storage: Storage, hands: Hands
) -> None:
    allowed = await allow(people, "front", Action.OPEN, Action.CLOSE, length=HOUR)
    hands.turn(60)
    await deny(people, None)
    right = {"by": OWNER, "grant": allowed.grant.id, "actions": ["close", "open"], "until": 1772370000000}
    entries = await storage.journal.tail(9)
    assert {entry.person_id for entry in entries} == {ANNA}
    assert [(entry.kind, (entry.at - START).seconds, entry.door, entry.detail) for entry in entries] == [
        ("person added", 0, None, {"id": ANNA, "role": "member", "name": "Anna", "by": OWNER}),
        ("grant added", 0, "front", right),
        ("grant removed", 60, "front", right),
        ("person removed", 60, None, {"by": OWNER}),
    ]


async def test_somebody_who_changed_the_name_is_listed_under_the_new_one(people: PeopleList) -> None:
    await allow(people)
    await people.update_name(person(), "Anna B.")
    assert [entry.person.name for entry in await people.register.entries()] == ["Anna B."]


async def test_an_update_changes_the_list_once(people: PeopleList, storage: Storage) -> None:
    await allow(people, update_key="7")
    await deny(people, None)
    with pytest.raises(AlreadyHandled):
        await allow(people, update_key="7")
    with pytest.raises(AlreadyHandled):
        await deny(people, "front", update_key="7")
    assert await people.register.entries() == []


async def test_whoever_watches_the_rights_hears_before_the_one_who_changed_them(people: PeopleList) -> None:
    heard: list[tuple[int | None, bool]] = []

    async def listen(person_id: int | None) -> None:
        heard.append((person_id, bool(await held(people))))

    people.when_changed(listen)
    await allow(people)
    await deny(people, "front")
    assert heard == [(ANNA, True), (ANNA, False)]
