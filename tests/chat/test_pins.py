"""A code is told to one person, privately, once; and its digits are nowhere else."""

import logging
import re
from pathlib import Path

import pytest

from tests.house import GARAGE, MAX, Chat, House, a_house
from tests.keypads import asked_later

SENT_PRIVATELY = "📬 Sent to you privately."
DIGITS = re.compile(r"\b\d{8}\b")


def digits(house: House) -> str:
    return house.cloud.lock(GARAGE).pins[-1].digits


async def test_a_code_is_told_with_what_its_validity_rests_on(house: House, member: Chat) -> None:
    said = await member.say("/pin garage 2h")
    assert said.startswith(f"🔑 Garage: {digits(house)}\nAsked for: 2 hours.\n")
    assert "KAS does not publish exactly how long" in said
    assert "Valid until" not in said


async def test_a_code_is_hidden_until_it_is_touched(house: House, member: Chat) -> None:
    await member.say("/pin garage 2h")
    [spoiler] = [entity for entity in member.last["entities"] if entity["type"] == "spoiler"]
    assert spoiler["length"] == len(digits(house))


async def test_a_code_can_be_copied_but_not_forwarded(house: House, member: Chat) -> None:
    await member.say("/pin garage 2h")
    assert member.last["protect"]
    assert member.last["buttons"] == [[{"text": "Copy the code", "copy_text": digits(house)}]]


@pytest.mark.parametrize(("asked", "mode", "duration"), [("1h", 0, 1), ("2h", 0, 2), ("3d", 1, 3), ("1w", 1, 7)])
async def test_the_length_is_what_the_cloud_is_asked_for(
    house: House, member: Chat, asked: str, mode: int, duration: int
) -> None:
    await member.say(f"/pin garage {asked}")
    [pin] = house.cloud.lock(GARAGE).pins
    assert (pin.mode, pin.duration) == (mode, duration)


async def test_with_one_door_that_makes_codes_no_name_is_needed(house: House, member: Chat) -> None:
    said = await member.say("/pin 2h")
    assert digits(house) in said


async def test_with_several_doors_there_are_buttons_that_remember_the_length(path: Path) -> None:
    more = {
        "driver": "kas",
        "title": "Gate",
        "factory_number": "SS000511",
        "api_key": "k",
        "base_url": "https://kas.test",
    }
    async with a_house(path, doors={"gate": more}) as house:
        assert await house.owner.say("/pin 3d") == "A code for which door?"
        assert house.owner.buttons == ["Garage", "Gate"]
        assert "Asked for: 3 days." in await house.owner.tap("Garage")


async def test_a_near_miss_is_offered_with_its_length(house: House, owner: Chat) -> None:
    assert "There is no door “garge” that you may get a code for. Did you mean Garage?" in await owner.say(
        "/pin garge 2h"
    )
    assert house.commands_sent() == []
    assert "Asked for: 2 hours." in await owner.tap("Garage")


async def test_in_a_group_the_code_is_told_privately(house: House, member: Chat, member_in_group: Chat) -> None:
    assert await member_in_group.say("/pin garage 2h") == SENT_PRIVATELY
    assert digits(house) in member.last["text"]
    assert not DIGITS.search(" ".join(member_in_group.seen))


async def test_where_nobody_can_be_told_no_code_is_made(house: House, member_in_group: Chat) -> None:
    house.telegram.block(MAX)
    said = await member_in_group.say("/pin garage 2h")
    assert "The bot cannot write to you privately, so no code was made" in said
    assert house.commands_sent() == []
    assert house.cloud.lock(GARAGE).pins == []


async def test_somebody_who_never_pressed_start_gets_no_code(house: House, member_in_group: Chat) -> None:
    house.telegram.person(MAX).started = False
    assert "press Start" in await member_in_group.say("/pin garage 2h")
    assert house.commands_sent() == []


async def test_a_refusal_is_told_privately_as_well(house: House, member: Chat, member_in_group: Chat) -> None:
    house.cloud.lock(GARAGE).admin = False
    await member_in_group.say("/pin garage 2h")
    assert "no code was made" in member.last["text"]


@pytest.mark.parametrize("length", ["soon", "2", "h", "0h", "-1h", "1.5h", "999w", "30m 2h", "9999999h"])
async def test_nonsense_for_a_length_is_told_how_to_write_it(house: House, member: Chat, length: str) -> None:
    assert "Write for example /pin garage 2h. Times are 30m, 2h" in await member.say(f"/pin garage {length}")
    assert house.commands_sent() == []


@pytest.mark.parametrize("length", ["2 hours", "two hours", "120min", "for 1h60m"])
async def test_a_length_may_be_written_in_many_ways(house: House, member: Chat, length: str) -> None:
    assert "Asked for: " in await member.say(f"/pin garage {length}")
    assert [pin.duration for pin in house.cloud.lock(GARAGE).pins] == [2]


async def test_an_end_that_is_over_is_told_so(house: House, member: Chat) -> None:
    assert "until 12:00 is over already." in await member.say("/pin garage until 12:00")
    assert house.commands_sent() == []


@pytest.mark.parametrize("words", ["/pin", "/pin garage", "/pin Garage"])
async def test_without_a_length_it_is_asked_for(house: House, member: Chat, words: str) -> None:
    assert await member.say(words) == "🔑 A code for Garage. For how long?"
    assert member.buttons == ["1 h", "1 day", "Weekend", "Pick dates"]
    assert house.commands_sent() == []


async def test_a_length_that_the_lock_cannot_keep_is_refused_with_one_it_can(house: House, member: Chat) -> None:
    said = await member.say("/pin garage 30m")
    assert "ask for 1h" in said
    assert house.commands_sent() == []
    assert house.cloud.lock(GARAGE).pins == []


async def test_a_right_to_open_is_no_right_to_make_codes(house: House, guest: Chat) -> None:
    assert "There is no door that you may get a code for" in await guest.say("/pin garage 2h")
    assert house.commands_sent() == []


async def test_a_door_that_makes_no_codes_says_so(house: House, owner: Chat) -> None:
    assert "Front door cannot do that: no code was made" in await owner.say("/pin front 2h")


async def test_a_code_without_a_clear_answer_may_have_been_made(house: House, member: Chat) -> None:
    house.cloud.faults.arrange("*", "reset_after")
    said = await member.say("/pin garage 2h")
    assert "A code may have been made, but it did not reach the bot." in said
    assert await house.outcomes() == ["unknown"]


async def test_the_digits_are_in_no_database_file_and_no_log(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "latchkey")
    async with a_house(path) as house:
        await house.in_group(MAX).say("/notify on")
        await house.in_group(MAX).say("/pin garage 2h")
        await house.member.say("/pin garage 3d")
        made = [pin.digits for pin in house.cloud.lock(GARAGE).pins]
    kept = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    assert len(made) == 2
    assert not [code for code in made if code.encode() in kept or code in caplog.text]


async def test_a_code_that_telegram_does_not_take_is_not_kept_for_later(path: Path) -> None:
    async with a_house(path) as house:
        house.telegram.fail("editMessageText", 429, "Too Many Requests: retry after 60", retry_after=60, times=None)
        await house.member.say("/pin garage 2h")
        made = digits(house)
        assert [made in repr(waiting.event) for waiting in await house.storage.outbox.next_per_chat()] == [False]
    assert made.encode() not in b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


async def test_somebody_whose_code_got_lost_is_told_so(house: House, member: Chat) -> None:
    house.telegram.fail("editMessageText", 429, "Too Many Requests: retry after 60", retry_after=60, times=1)
    await member.say("/pin garage 2h")
    await house.wait(61)
    assert "ask for another one" in member.last["text"]


async def test_that_a_code_was_made_is_in_the_journal_without_the_code(house: House, member: Chat) -> None:
    await member.say("/pin garage 2h")
    entries = await house.journal()
    assert [entry.kind for entry in entries if entry.action == "pin"] == ["started", "outcome"]
    assert digits(house) not in repr(entries)


async def test_owners_hear_of_a_code_whose_right_was_taken_while_it_was_made(
    house: House, owner: Chat, member: Chat
) -> None:
    house.cloud.faults.arrange("*/pinCode/*", "slow", seconds=25)
    member.write("/pin garage 2h")
    await house.reaches_the_lock("*/pinCode/*")
    owner.write(f"/deny {MAX}")
    await owner.hears("off the list")
    house.hands.turn(26)
    await member.hears("Type the 8 digits")
    await house.wait(5)
    assert "made codes that work longer than their right" in await asked_later(house)
