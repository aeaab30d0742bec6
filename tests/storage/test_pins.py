"""Codes that were made: kept by handle, gone when revoked or over, never by their digits."""

from dataclasses import fields
from datetime import timedelta

from storage import Storage
from storage.records import MadePin
from tests.bench import ANNA, START

HOUR = timedelta(hours=1)


def made(handle: str = "120", ends_at: timedelta | None = 2 * HOUR) -> MadePin:
    return MadePin(
        id=0,
        door="front",
        handle=handle,
        person_id=ANNA,
        person_name="Anna",
        made_at=START,
        ends_at=None if ends_at is None else START + ends_at,
    )


async def handles(storage: Storage, after: timedelta = timedelta(0)) -> list[str]:
    return [pin.handle for pin in await storage.pins.live(START + after)]


async def test_a_code_comes_back_as_saved_but_for_its_number(storage: Storage) -> None:
    await storage.pins.add(made())
    [pin] = await storage.pins.live(START)
    assert pin == MadePin(**{field.name: getattr(made(), field.name) for field in fields(MadePin)} | {"id": pin.id})
    assert await storage.pins.get(pin.id, START) == pin


async def test_the_oldest_comes_first(storage: Storage) -> None:
    for handle in ("3", "1", "2"):
        await storage.pins.add(made(handle))
    assert await handles(storage) == ["3", "1", "2"]


async def test_a_code_that_has_ended_is_gone_at_its_last_moment(storage: Storage) -> None:
    await storage.pins.add(made())
    assert await handles(storage, 2 * HOUR - timedelta(milliseconds=1)) == ["120"]
    assert await handles(storage, 2 * HOUR) == []


async def test_a_code_whose_end_nobody_promises_stays(storage: Storage) -> None:
    await storage.pins.add(made(ends_at=None))
    assert await handles(storage, timedelta(days=400)) == ["120"]


async def test_a_revoked_code_is_gone_and_the_others_stay(storage: Storage) -> None:
    await storage.pins.add(made("1"))
    await storage.pins.add(made("2"))
    first, _ = await storage.pins.live(START)
    await storage.pins.revoked(first.id, START)
    assert await handles(storage) == ["2"]
    assert await storage.pins.get(first.id, START) is None


async def test_what_never_was_is_nothing(storage: Storage) -> None:
    assert await storage.pins.get(7, START) is None
    await storage.pins.revoked(7, START)


async def test_the_same_slot_may_hold_another_code_later(storage: Storage) -> None:
    await storage.pins.add(made())
    [first] = await storage.pins.live(START)
    await storage.pins.revoked(first.id, START)
    await storage.pins.add(made())
    [second] = await storage.pins.live(START)
    assert second.id != first.id


async def test_there_is_no_column_for_digits(storage: Storage) -> None:
    columns = {row[1] for row in await storage.database.rows("PRAGMA table_info(pins)")}
    assert columns == {field.name for field in fields(MadePin)} | {"revoked_at"}
