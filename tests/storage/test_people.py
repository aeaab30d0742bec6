"""People and grants: what is given is what is kept."""

import asyncio
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.actions import GRANTABLE, Action
from bot.domain.failures import StorageFailed
from bot.domain.people import Grant, Person
from bot.domain.times import from_ms, to_ms
from storage import Storage
from tests.bench import ANNA, START, grant, person
from tests.fresh import open_fresh

moments = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


async def test_nobody_is_there_at_first(storage: Storage) -> None:
    assert await storage.people.get(ANNA) is None
    assert await storage.people.all() == []


async def test_a_person_comes_back_as_saved(storage: Storage) -> None:
    await storage.people.save(person())
    assert await storage.people.get(ANNA) == person()


async def test_saving_again_changes_the_name_only(storage: Storage) -> None:
    await storage.people.save(person())
    await storage.people.save(Person(id=ANNA, name="Anna B.", added_by=1, added_at=START + timedelta(days=1)))
    assert await storage.people.get(ANNA) == person(name="Anna B.")


async def test_people_are_listed_by_name_whatever_the_case(storage: Storage) -> None:
    for number, name in enumerate(["berta", "Anna", "carl"], 1):
        await storage.people.save(person(number, name))
    assert [somebody.name for somebody in await storage.people.all()] == ["Anna", "berta", "carl"]


async def test_a_grant_needs_a_person(storage: Storage) -> None:
    with pytest.raises(StorageFailed):
        await storage.grants.add(grant())


async def test_a_person_may_have_several_grants_for_one_door(storage: Storage) -> None:
    await storage.people.save(person())
    first = await storage.grants.add(grant("open"))
    second = await storage.grants.add(grant("status", length=timedelta(hours=1)))
    assert first == grant("open", grant_id=first.id)
    assert await storage.grants.of_person(ANNA) == (person(), (first, second))
    await storage.grants.remove(first.id)
    assert await storage.grants.of_person(ANNA) == (person(), (second,))


async def test_the_number_of_a_grant_is_never_used_again(storage: Storage) -> None:
    """The journal names grants by it."""
    await storage.people.save(person())
    first = await storage.grants.add(grant())
    await storage.grants.remove(first.id)
    assert (await storage.grants.add(grant())).id != first.id


async def test_the_grants_of_a_person_are_nobody_elses(storage: Storage) -> None:
    for number in (ANNA, 8):
        await storage.people.save(person(number))
    mine, theirs = [await storage.grants.add(grant(person_id=number)) for number in (ANNA, 8)]
    assert await storage.grants.of_person(ANNA) == (person(), (mine,))
    assert await storage.grants.all() == [mine, theirs]
    assert await storage.grants.of_person(9) == (None, ())


async def test_removing_a_person_takes_every_grant_away(storage: Storage) -> None:
    await storage.people.save(person())
    await storage.grants.add(grant())
    assert await storage.people.remove(ANNA)
    await storage.people.save(person())
    assert await storage.grants.of_person(ANNA) == (person(), ())


async def test_removing_nobody_says_so(storage: Storage) -> None:
    assert not await storage.people.remove(ANNA)


async def test_an_update_is_claimed_once(storage: Storage) -> None:
    assert await storage.people.claim("7")
    assert not await storage.people.claim("7")
    assert await storage.people.claim("8")


@given(
    actions=st.frozensets(st.sampled_from(GRANTABLE)),
    ends_at=st.none() | moments,
    number=st.integers(1, 2**52),
)
@settings(max_examples=30)
def test_any_grant_comes_back_as_given(actions: frozenset[Action], ends_at: datetime | None, number: int) -> None:
    given_one = Grant(
        id=1,
        person_id=number,
        door="front",
        actions=actions,
        ends_at=from_ms(to_ms(ends_at)) if ends_at else None,
        granted_by=1,
        granted_at=START,
    )

    async def scenario(path: Path) -> tuple[Grant, ...]:
        storage = await open_fresh(path)
        await storage.people.save(person(number))
        await storage.grants.add(given_one)
        _, grants = await storage.grants.of_person(number)
        await storage.close()
        return grants

    with tempfile.TemporaryDirectory() as folder:
        assert asyncio.run(scenario(Path(folder) / "latchkey.db")) == (given_one,)


@given(moment=moments)
def test_a_stored_time_is_never_later_than_the_real_one(moment: datetime) -> None:
    """A right must not outlive its end by rounding."""
    assert timedelta(0) <= moment - from_ms(to_ms(moment)) < timedelta(milliseconds=1)


@pytest.mark.parametrize("name", ["\x00", "a\x00b", "\u202eevil", "'; DROP TABLE people; --", "line\nfeed", "😀", ""])
async def test_an_unusual_name_survives(storage: Storage, name: str) -> None:
    await storage.people.save(person(name=name))
    assert await storage.people.get(ANNA) == person(name=name)


async def test_a_name_with_a_lone_surrogate_is_refused(storage: Storage) -> None:
    with pytest.raises(StorageFailed):
        await storage.people.save(person(name="half \ud83d a smile"))
    assert await storage.people.all() == []
