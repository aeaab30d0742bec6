"""/pins: who sees which codes, and taking them back at a keypad of The Keys and on KAS ADVANCED."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.codes import IssuedPin
from tests.house import GARAGE, GRETA, MAX, OLGA
from tests.keypads import Keypads, a_house_with_keypads, asked_later

NO_PINS = "There is no code that still works."


@pytest.fixture
async def house(path: Path) -> AsyncIterator[Keypads]:
    async with a_house_with_keypads(path) as house:
        yield house


async def test_without_codes_there_is_nothing_to_revoke(house: Keypads) -> None:
    assert await house.member.say("/pins") == NO_PINS
    assert house.member.buttons == ["New code"]


async def test_a_code_of_a_keypad_is_listed_without_its_digits_and_revoked(house: Keypads) -> None:
    said = await house.member.say("/pin front 2h")
    [code] = house.keypad_codes
    assert f"12{code}" in said
    listed = await house.member.say("/pins")
    assert "Front door: no. 1, made by Max" in listed
    assert code not in listed
    assert house.member.buttons == ["Revoke Front door · Max · no. 1", "New code"]
    assert "🗑 Front door code revoked" in await house.member.tap(house.member.buttons[0])
    assert house.keypad_codes == []
    assert await house.member.say("/pins") == NO_PINS


@pytest.mark.parametrize("end", ["until 15:00", "sun 15:00", "today 3pm", "until sunday at 3 pm"])
async def test_how_an_end_was_read_is_shown(house: Keypads, end: str) -> None:
    assert "Asked for: until Sun 1 Mar 15:00 CET, " in await house.member.say(f"/pin garage {end}")


async def test_a_code_on_kas_advanced_is_revoked(house: Keypads) -> None:
    await house.member.say("/pin garage 2h")
    assert len(house.slots) == 1
    await house.member.say("/pins")
    assert "🗑 Garage code revoked" in await house.member.tap(house.member.buttons[0])
    assert house.slots == []


async def test_everybody_sees_their_own_codes_and_owners_everybodys(house: Keypads) -> None:
    await house.allow(GRETA, "Greta", "garage", "pin")
    await house.member.say("/pin garage 2h")
    await house.guest.say("/pin garage 3h")
    await house.owner.say("/pin front 1h")
    assert "Max" in await house.member.say("/pins")
    assert "Greta" not in house.member.last["text"]
    await house.guest.say("/pins")
    assert len(house.guest.last["buttons"]) == 2
    await house.owner.say("/pins")
    assert [label.split(" · ")[1] for label in house.owner.buttons[:-1]] == ["Olga", "Greta", "Max"]


async def test_an_owner_revokes_anybodys(house: Keypads) -> None:
    await house.member.say("/pin garage 2h")
    await house.owner.say("/pins")
    assert "code revoked" in await house.owner.tap(house.owner.buttons[0])
    assert house.slots == []
    entries = [entry for entry in await house.journal() if entry.action == "revoke"]
    assert [(entry.kind, entry.person_id) for entry in entries] == [("started", OLGA), ("outcome", OLGA)]


async def test_nobody_else_does_whatever_they_forge(house: Keypads) -> None:
    await house.allow(GRETA, "Greta", "*", "open", "close", "status", "pin")
    await house.member.say("/pin garage 2h")
    await house.guest.say("/help")
    for number in (1, 2, 0, -1, "²", ""):
        await house.guest.forge(f"do:revoke:garage:m:{number}")
    assert house.guest.alerts == ["That code has ended or was revoked already."] * 6
    assert len(house.slots) == 1


async def test_somebody_who_lost_the_right_cannot_revoke_their_own_any_more(house: Keypads) -> None:
    await house.member.say("/pin garage 2h")
    await house.member.say("/pins")
    await house.allow(MAX, "Max", "garage", "open")
    await house.member.tap(house.member.buttons[0])
    assert "no code was revoked" in house.member.alerts[-1]
    assert len(house.slots) == 1
    assert await house.denials() == ["no right"]


async def test_a_button_pressed_twice_revokes_once(house: Keypads) -> None:
    await house.member.say("/pin front 2h")
    await house.member.say("/pins")
    data = house.member.last["buttons"][0][0]["data"]
    assert "code revoked" in await house.member.forge(data)
    sent = len(house.keys_cloud.requests)
    await house.member.forge(data)
    assert house.member.alerts[-1] == "That code has ended or was revoked already."
    assert len(house.keys_cloud.requests) == sent


async def test_a_code_that_has_ended_meanwhile_needs_no_revoking(house: Keypads) -> None:
    await house.member.say("/pin garage 1h")
    await house.member.say("/pins")
    await house.wait(3700)
    await house.poll_once()
    await house.poll_once()
    sent = len(house.requests())
    assert await house.member.say("/pins") == NO_PINS
    assert len(house.requests()) == sent


async def test_a_code_somebody_removed_in_the_app_counts_as_revoked(house: Keypads) -> None:
    await house.member.say("/pin garage 2h")
    house.cloud.lock(GARAGE).passwords.clear()
    await house.member.say("/pins")
    assert "code revoked" in await house.member.tap(house.member.buttons[0])
    assert await house.member.say("/pins") == NO_PINS


async def test_a_revoking_without_a_clear_answer_leaves_the_code_in_the_list(house: Keypads) -> None:
    await house.member.say("/pin garage 2h")
    await house.member.say("/pins")
    said = await _tap_with_lost_answer(house)
    assert "The code may still work: look at /pins and try again." in said
    assert (await house.outcomes())[-1] == "unknown"
    assert "made by Max" in await house.member.say("/pins")
    assert "code revoked" in await house.member.tap(house.member.buttons[0])
    assert await house.member.say("/pins") == NO_PINS


async def _tap_with_lost_answer(house: Keypads) -> str:
    """The list of slots is answered, and then the answer to the deletion is lost."""
    handle = house.cloud.handle
    count = 0

    async def lose_the_second(request: Any, *, linger: float = 0) -> Any:
        nonlocal count
        count += 1
        answer = await handle(request, linger=linger)
        if count == 2:
            house.cloud.handle = handle  # type: ignore[method-assign]
            return replace(answer, status=504)
        return answer

    house.cloud.handle = lose_the_second  # type: ignore[method-assign]
    return await house.member.tap(house.member.buttons[0])


async def test_the_list_goes_to_the_private_chat_only(house: Keypads) -> None:
    await house.member.say("/pin garage 2h")
    in_group = house.in_group(MAX)
    assert await in_group.say("/pins") == "📬 Sent to you privately."
    assert "made by Max" in house.member.last["text"]


async def test_codes_of_somebody_taken_off_the_list_are_mentioned(house: Keypads) -> None:
    await house.member.say("/pin garage 2h")
    await house.owner.say(f"/deny {MAX}")
    assert await asked_later(house) == (
        "⚠️ Max made codes that work longer than their right. Revoke them, or leave them:\n"
        "• Garage, no. 1, until about Sun 1 Mar 15:00 CET."
    )
    assert "code revoked" in await house.owner.tap("Revoke no. 1 of Garage")
    assert house.slots == []


async def test_a_stranger_learns_of_no_codes(house: Keypads) -> None:
    await house.member.say("/pin garage 2h")
    assert "You are not on the list" in await house.stranger.say("/pins")
    await house.stranger.forge("do:revoke:garage:m:1")
    assert len(house.slots) == 1


async def test_codes_can_still_be_revoked_after_a_restart(house: Keypads) -> None:
    await house.member.say("/pin front 2h")
    await house.restart()
    await house.member.say("/pins")
    assert "code revoked" in await house.member.tap(house.member.buttons[0])
    assert house.keypad_codes == []


class TestSync:
    async def test_an_owner_synchronises_every_door_that_has_something_to(self, house: Keypads) -> None:
        said = await house.owner.say("/sync")
        assert [line.split(":")[0] for line in said.splitlines()] == ["🔄 Front door", "🔄 Garden shed", "🔄 Garage"]
        assert "synchronised" in {event.what for event in house.gateway.events}

    async def test_or_one_by_name(self, house: Keypads) -> None:
        assert "Garden shed: synchronising" in await house.owner.say("/sync garden shed")
        assert not {event.what for event in house.gateway.events} & {"synchronised"}

    async def test_a_door_that_is_not_there_gets_the_near_miss(self, house: Keypads) -> None:
        assert "Did you mean Front door?" in await house.owner.say("/sync frnt")

    async def test_a_door_that_does_not_answer_stops_no_other(self, house: Keypads) -> None:
        house.gateway.faults.arrange("*", "offline", times=None)
        said = await house.owner.say("/sync")
        assert "⛔ Front door" in said
        assert "🔄 Garden shed" in said

    @pytest.mark.parametrize("who", ["member", "stranger"])
    async def test_nobody_else_may(self, house: Keypads, who: str) -> None:
        before = len(house.requests())
        await getattr(house, who).say("/sync front")
        assert len(house.requests()) == before

    async def test_it_moves_no_bolt(self, house: Keypads) -> None:
        await house.owner.say("/sync")
        assert (house.moves().count("unlocking"), house.front_bolt, house.garage_bolt) == (0, "locked", "locked")


async def test_however_many_codes_there_are_each_can_be_revoked(house: Keypads) -> None:
    now = house.inside.clock.datetime()
    for number in range(60):
        await house.storage.pins.add(
            IssuedPin(
                id=0, door="garage", handle=str(number), person_id=MAX, person_name="&" * 64, made_at=now,
                asked_until=None, ends_at=now + timedelta(days=300),
            )
        )  # fmt: skip
    await house.owner.say("/pins")
    pages = [len(house.owner.last["buttons"]) - 1]
    while sum(pages) < 60:
        await house.owner.tap("›")
        pages.append(len(house.owner.last["buttons"]) - 1)
    assert min(pages) > 0
    assert len(house.owner.messages) == 1


async def test_codes_of_the_same_minute_have_different_buttons_and_a_revoked_one_loses_its_own(house: Keypads) -> None:
    await house.member.say("/pin garage 2h")
    await house.member.say("/pin garage 3h")
    await house.member.say("/pins")
    assert house.member.buttons[:-1] == ["Revoke Garage · Max · no. 2", "Revoke Garage · Max · no. 1"]
    await house.member.tap("Revoke Garage · Max · no. 1")
    assert house.member.buttons[:-1] == ["Revoke Garage · Max · no. 2"]
    await house.member.tap("Revoke Garage · Max · no. 2")
    assert house.slots == []


async def test_owners_see_codes_that_cannot_be_revoked_too(house: Keypads) -> None:
    now = house.inside.clock.datetime()
    await house.storage.pins.add(
        IssuedPin(
            id=0, door="garage", handle=None, person_id=MAX, person_name="Max", made_at=now,
            asked_until=now + timedelta(hours=2), ends_at=None,
        )
    )  # fmt: skip
    said = await house.owner.say("/pins")
    assert "made by Max Sun 1 Mar 13:00 CET, asked until Sun 1 Mar 15:00 CET, cannot be revoked" in said
    assert house.owner.buttons == ["New code"]
    await house.owner.say(f"/deny {MAX}")
    assert "remove it in the lock's own app." in await asked_later(house)
