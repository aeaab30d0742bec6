"""Codes: made once, kept without their digits, listed, and taken back by whom they belong to or by owners."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.actions import Action
from bot.domain.codes import IssuedPin
from bot.domain.commands import DenialReason, Result
from bot.domain.events import CommandFinished, PinMade
from bot.domain.people import Grant
from bot.drivers.errors import OutcomeUnknown
from tests.bench import (
    ALL,
    ANNA,
    FRONT,
    OWNER,
    START,
    TWO_HOURS,
    TYPE_IT,
    Rooms,
    answers,
    grant,
    person,
    pin_request,
    request,
    revoke_request,
)

BEN = 8
HOUR = timedelta(hours=1)
MAY_ALL = ("open", "close", "status", "pin")


async def test_a_code_is_made_and_its_digits_are_kept_nowhere(rooms: Rooms, path: Path) -> None:
    outcome = await rooms.operate(pin_request())
    assert outcome.pin
    assert outcome.pin.digits == "4711"
    await rooms.storage.database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"4711" not in await asyncio.to_thread(path.read_bytes)
    assert "4711" not in repr(outcome)


@pytest.mark.parametrize("is_revocable", [True, False])
async def test_every_code_is_kept_and_the_owners_are_told(rooms: Rooms, is_revocable: bool) -> None:
    rooms.front.gives_handles = is_revocable
    await rooms.operate(pin_request())
    ends_at = START + TWO_HOURS
    [pin] = await rooms.live_pins(ANNA)
    assert pin == IssuedPin(
        id=1,
        door="front",
        handle="1" if is_revocable else None,
        person_id=ANNA,
        person_name="Anna",
        made_at=START,
        asked_until=ends_at,
        ends_at=ends_at if is_revocable else None,
        label="guest",
        starts_at=START,
        note=TYPE_IT,
    )
    [message] = await rooms.notices.next_per_chat()
    assert (message.chat_id, message.event) == (
        OWNER,
        PinMade(
            door="front",
            by="Anna",
            at=START,
            asked_until=ends_at,
            ends_at=pin.ends_at,
            is_revocable=is_revocable,
        ),
    )


async def test_what_belongs_to_a_code_is_kept_with_it(rooms: Rooms) -> None:
    """The pass it is for, how the lock says it is typed, and the message that shows it and is deleted in time."""
    await rooms.operate(replace(pin_request(), pass_id=5, shown_by=77))
    [pin] = await rooms.live_pins(ANNA)
    assert (pin.pass_id, pin.note) == (5, TYPE_IT)
    [(message_id,)] = await rooms.storage.database.rows("SELECT message_id FROM pins")
    assert message_id == 77


async def test_an_owner_who_made_the_code_is_not_told_of_it(rooms: Rooms) -> None:
    await rooms.operate(pin_request(person=OWNER))
    assert len(await rooms.live_pins(OWNER)) == 1
    assert await rooms.told() == []


async def test_a_code_that_may_have_been_made_is_told_to_the_owners(rooms: Rooms) -> None:
    rooms.front.fault = answers(OutcomeUnknown)
    await rooms.operate(pin_request())
    [message] = await rooms.notices.next_per_chat()
    assert (message.chat_id, message.event) == (
        OWNER,
        CommandFinished(door="front", action=Action.PIN, result=Result.UNKNOWN, by="Anna", at=START),
    )


async def test_a_code_taken_back_is_gone_from_the_list(rooms: Rooms) -> None:
    await rooms.operate(pin_request(1))
    [pin] = await rooms.live_pins(ANNA)
    assert (await rooms.operate(revoke_request(2, pin.id))).result is Result.CONFIRMED
    assert rooms.front.revoked == [pin.handle]
    assert await rooms.live_pins(ANNA) == []


async def test_a_code_that_may_still_work_stays_on_the_list(rooms: Rooms) -> None:
    await rooms.operate(pin_request(1))
    [pin] = await rooms.live_pins(ANNA)
    rooms.front.fault = answers(OutcomeUnknown)
    assert (await rooms.operate(revoke_request(2, pin.id))).result is Result.UNKNOWN
    assert await rooms.live_pins(ANNA) == [replace(pin, is_revoke_asked=True)]
    assert (OWNER, "command") in await rooms.told(), "it is told that the revoking is unclear"


async def test_a_code_that_is_still_listed_after_it_was_revoked_is_not_called_gone(rooms: Rooms) -> None:
    await rooms.operate(pin_request(1))
    [pin] = await rooms.live_pins(ANNA)
    rooms.front.blind = answers(OutcomeUnknown)
    assert (await rooms.operate(revoke_request(2, pin.id))).result is Result.ACCEPTED
    assert [one.is_revoke_asked for one in await rooms.live_pins(ANNA)] == [True]


async def test_somebody_elses_code_is_theirs_and_the_owners(rooms: Rooms) -> None:
    await rooms.storage.people.save(person(BEN, "Ben"))
    await rooms.storage.grants.add(grant(*MAY_ALL, person_id=BEN))
    await rooms.operate(pin_request(1))
    [pin] = await rooms.live_pins(OWNER)
    assert await rooms.live_pins(BEN) == []
    refused = await rooms.operate(revoke_request(2, pin.id, person=BEN))
    assert (refused.reason, rooms.front.revoked) == (DenialReason.PIN_GONE, [])
    assert (await rooms.operate(revoke_request(3, pin.id, person=OWNER))).result is Result.CONFIRMED


async def test_a_code_is_taken_back_at_its_own_door_only(rooms: Rooms) -> None:
    await rooms.operate(pin_request(1, person=OWNER))
    [pin] = await rooms.live_pins(OWNER)
    elsewhere = replace(revoke_request(2, pin.id, person=OWNER), door="garage")
    assert (await rooms.operate(elsewhere)).reason is DenialReason.PIN_GONE
    assert rooms.garage.sends == []


@pytest.mark.parametrize("number", [None, 99])
async def test_a_code_that_is_not_there_is_called_gone(rooms: Rooms, number: int | None) -> None:
    ask = replace(request(1, Action.REVOKE, person=OWNER), issued_pin_id=number)
    assert (await rooms.operate(ask)).reason is DenialReason.PIN_GONE


async def test_a_code_that_cannot_be_revoked_is_listed_and_nothing_is_sent_to_revoke_it(rooms: Rooms) -> None:
    rooms.front.gives_handles = False
    await rooms.operate(pin_request(1))
    [pin] = await rooms.live_pins(ANNA)
    assert (await rooms.operate(revoke_request(2, pin.id))).reason is DenialReason.PIN_GONE
    assert rooms.front.sends == ["pin"]


@pytest.mark.parametrize(
    ("rights", "length", "limit"),
    [
        ([grant(*MAY_ALL, length=HOUR)], HOUR, None),
        ([grant(*MAY_ALL, length=HOUR)], HOUR + timedelta(minutes=1), HOUR),
        ([grant(*MAY_ALL, length=HOUR)], timedelta(days=61), HOUR),
        ([grant("pin", length=HOUR), grant("pin", door="*", length=2 * HOUR)], 2 * HOUR, None),
        ([grant("pin", length=HOUR), grant("open")], 2 * HOUR, HOUR),
        ([grant("pin", length=HOUR), grant("pin")], timedelta(days=61), None),
    ],
)
async def test_a_code_never_outlives_the_right_it_is_made_by(
    rooms: Rooms, rights: list[Grant], length: timedelta, limit: timedelta | None
) -> None:
    await rooms.grant_only(rights[0])
    for more in rights[1:]:
        await rooms.storage.grants.add(more)
    outcome = await rooms.operate(pin_request(length=length))
    if limit is None:
        assert outcome.result is Result.CONFIRMED
    else:
        assert (outcome.reason, outcome.limit) == (DenialReason.PIN_TOO_LONG, START + limit)
        assert (rooms.front.sends, await rooms.whys()) == ([], ["pin too long"])


async def test_an_owner_may_make_a_code_of_any_length(rooms: Rooms) -> None:
    assert (await rooms.operate(pin_request(person=OWNER, length=timedelta(days=61)))).result is Result.CONFIRMED


async def test_a_lock_that_makes_no_codes_is_not_asked_for_one(rooms: Rooms) -> None:
    rooms.change(replace(FRONT, capabilities=ALL & ~FRONT.capabilities))
    assert (await rooms.operate(pin_request())).reason is DenialReason.UNSUPPORTED
    assert rooms.front.sends == []
