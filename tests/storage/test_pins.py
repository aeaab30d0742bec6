"""Codes that were made: revocable or not, gone when revoked or over, never by their digits."""

from dataclasses import fields, replace
from datetime import timedelta

from bot.domain.codes import IssuedPin
from storage import Storage
from tests.bench import ANNA, START

HOUR = timedelta(hours=1)
MOMENT = timedelta(milliseconds=1)


def made(
    handle: str | None = "120", *, ends_at: timedelta | None = 2 * HOUR, asked_until: timedelta | None = None
) -> IssuedPin:
    return IssuedPin(
        id=0,
        door="front",
        handle=handle,
        person_id=ANNA,
        person_name="Anna",
        made_at=START,
        asked_until=None if asked_until is None else START + asked_until,
        ends_at=None if ends_at is None else START + ends_at,
    )


async def handles(storage: Storage, after: timedelta = timedelta(0)) -> list[str | None]:
    return [pin.handle for pin in await storage.pins.live(START + after)]


async def test_a_code_comes_back_as_saved_but_for_its_number(storage: Storage) -> None:
    await storage.pins.add(made(asked_until=HOUR))
    [pin] = await storage.pins.live(START)
    assert pin == replace(made(asked_until=HOUR), id=pin.id)
    assert await storage.pins.get(pin.id, START) == pin


async def test_the_oldest_comes_first(storage: Storage) -> None:
    for handle in ("3", "1", "2"):
        await storage.pins.add(made(handle))
    assert await handles(storage) == ["3", "1", "2"]


async def test_a_code_that_cannot_be_revoked_is_kept_as_well(storage: Storage) -> None:
    await storage.pins.add(made(None, ends_at=None, asked_until=HOUR))
    assert await handles(storage, HOUR - MOMENT) == [None]
    assert await handles(storage, HOUR) == []


async def test_a_code_that_has_ended_is_gone_at_its_last_moment(storage: Storage) -> None:
    await storage.pins.add(made(asked_until=HOUR))
    assert await handles(storage, 2 * HOUR - MOMENT) == ["120"], "what the lock promises counts, not what was asked"
    assert await handles(storage, 2 * HOUR) == []


async def test_a_code_whose_end_nobody_promises_stays(storage: Storage) -> None:
    await storage.pins.add(made(ends_at=None))
    assert await handles(storage, timedelta(days=400)) == ["120"]


async def test_a_revoked_code_is_gone_and_the_others_stay(storage: Storage) -> None:
    await storage.pins.add(made("1"))
    await storage.pins.add(made("2"))
    first, _ = await storage.pins.live(START)
    await storage.pins.mark_revoked(first.id, START)
    assert await handles(storage) == ["2"]
    assert await storage.pins.get(first.id, START) is None


async def test_what_never_was_is_nothing(storage: Storage) -> None:
    assert await storage.pins.get(7, START) is None
    await storage.pins.mark_revoked(7, START)


async def test_the_same_slot_may_hold_another_code_later(storage: Storage) -> None:
    await storage.pins.add(made())
    [first] = await storage.pins.live(START)
    await storage.pins.mark_revoked(first.id, START)
    await storage.pins.add(made())
    [second] = await storage.pins.live(START)
    assert second.id != first.id


async def test_there_is_no_column_for_digits(storage: Storage) -> None:
    columns = {row[1] for row in await storage.database.rows("PRAGMA table_info(pins)")}
    kept = {field.name for field in fields(IssuedPin)} - {"is_revoke_asked"}
    assert columns == kept | {"revoked_at", "revoke_asked_at", "end_told_at", "message_id"}
