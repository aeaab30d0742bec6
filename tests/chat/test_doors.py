"""Opening, closing and looking: the everyday conversations."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.actions import Action
from tests.house import FRONT, GARAGE, GRETA, OLGA, TITLES, Chat, House, a_house


async def test_open_opens_the_door_and_says_how_long_it_took(house: House, member: Chat) -> None:
    assert (await member.say("/open front")).startswith("🔓 Front door opened · ")
    assert house.front_bolt == "unlocked"


async def test_close_closes_the_door(house: House, member: Chat) -> None:
    house.gateway.turn_by_hand(next(iter(house.gateway.locks)), "unlocked")
    assert (await member.say("/close front")).startswith("🔒 Front door closed · ")
    assert house.front_bolt == "locked"


@pytest.mark.parametrize("words", ["/unlock front", "/OPEN front", "/open@door_bot front", "/open   front"])
async def test_open_may_be_written_in_many_ways(house: House, member: Chat, words: str) -> None:
    assert "opened" in await member.say(words)
    assert house.front_bolt == "unlocked"


async def test_lock_is_another_word_for_close(house: House, member: Chat) -> None:
    assert "closed" in await member.say("/lock front")


@pytest.mark.parametrize("name", ["FRONT", "Front door", "front DOOR", "front-door", "front_door"])
async def test_a_door_is_found_by_name_and_title_whatever_the_case(house: House, member: Chat, name: str) -> None:
    assert "opened" in await member.say(f"/open {name}")
    assert house.front_bolt == "unlocked"


async def test_a_near_miss_is_offered_as_a_button_and_not_opened(house: House, member: Chat) -> None:
    assert "Did you mean Front door?" in await member.say("/open frnt")
    assert house.commands_sent() == []
    assert "opened" in await member.tap("Front door")


async def test_a_name_that_is_like_no_door_is_answered_with_the_doors_there_are(house: House, member: Chat) -> None:
    said = await member.say("/open cellar")
    assert "There is no door “cellar” that you may open." in said
    assert "Front door (front), Garage (garage)" in said


async def test_a_misspelt_name_never_suggests_a_door_of_others(house: House, guest: Chat) -> None:
    said = await guest.say("/open fron")
    assert "Did you mean" not in said
    assert "Front" not in said


async def test_with_one_door_no_name_is_needed(house: House, guest: Chat) -> None:
    assert "Garage" in await guest.say("/open")
    assert house.garage_bolt == "unlocked"


async def test_with_several_doors_there_are_buttons_for_those_one_may_use(house: House, member: Chat) -> None:
    assert await member.say("/open") == "Open which door?"
    assert member.buttons == ["Front door", "Garage"]
    assert "opened" in await member.tap("Front door")
    assert house.front_bolt == "unlocked"


async def test_the_answer_takes_the_place_of_the_menu(house: House, member: Chat) -> None:
    await member.say("/open")
    await member.tap("Front door")
    assert len(member.messages) == 1


async def test_only_doors_that_can_be_closed_are_offered_for_closing(owner: Chat) -> None:
    await owner.say("/close")
    assert owner.buttons == ["Front door", "Garden shed"]


async def test_the_answer_is_one_message_edited_as_things_go_on(house: House, member: Chat) -> None:
    await member.say("/open front")
    assert [text.partition("·")[0].strip() for text in member.seen] == [
        "⏳ Front door: opening…",
        "🔓 Front door opened",
        "🔓 Front door opened",
    ]
    assert len(member.messages) == 1


async def test_after_the_motor_has_run_the_bolt_is_read_and_told(house: House, member: Chat) -> None:
    assert "👁 Bolt seen open after " in await member.say("/open front")
    [evidence] = await house.journal("evidence")
    assert evidence.detail["bolt"] == "unlocked"


async def test_a_bolt_that_did_not_move_is_told_although_the_gateway_said_yes(house: House, member: Chat) -> None:
    house.gateway.faults.arrange("/open", "code", code=0, cause=None)
    said = await member.say("/open front")
    assert "⚠️ Bolt seen closed" in said


async def test_what_a_newer_command_did_is_not_held_against_the_older(
    house: House, member: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opened and closed again before the bolt was read: it is seen closed, as it should be."""
    monkeypatch.setattr("tests.house.SOON_SECONDS", 1.0)
    member.write("/open front")
    await member.hears("opened")
    member.write("/close front")
    await member.hears("closed ·")
    house.hands.turn(30)
    await house.quiet()
    opened, closed = (message["text"] for message in member.messages)
    assert "Bolt seen" not in opened
    assert "👁 Bolt seen closed" in closed


async def test_the_answer_offers_what_one_would_do_next(house: House, member: Chat) -> None:
    await member.say("/open front")
    assert member.buttons == ["Close", "Status"]
    await member.tap("Close")
    assert house.front_bolt == "locked"
    assert member.buttons == ["Open", "Status"]


async def test_a_next_step_is_a_new_answer_and_leaves_the_old_one_standing(member: Chat) -> None:
    opened = await member.say("/open front")
    await member.tap("Close")
    assert member.messages[0]["text"] == opened
    assert len(member.messages) == 2


async def test_no_everyday_button_is_red(member: Chat) -> None:
    await member.say("/status front")
    assert [button["style"] for button in member.last["buttons"][0][:2]] == ["success", "primary"]


async def test_what_happened_is_in_the_journal_before_and_after(house: House, member: Chat) -> None:
    await member.say("/open front")
    started, outcome, _ = [entry for entry in await house.journal() if entry.command_id]
    assert (started.kind, started.person_id, started.door, started.action) == (
        "started",
        member.person,
        "front",
        "open",
    )
    assert (outcome.kind, outcome.detail["result"]) == ("outcome", "confirmed")
    assert (await house.storage.journal.verify()).fault is None


async def test_an_opening_takes_few_statements_and_fewer_before_the_first_byte(house: House, member: Chat) -> None:
    """A Raspberry Pi's card is slow, and the person waits: rights are read once to be kind and once to decide."""
    await member.say("/close front")
    await house.wait(30)  # what is looked after twice a minute has just been looked after
    statements: list[str] = []
    connection = house.storage.database._connection
    await connection.set_trace_callback(statements.append)
    # Short of half a minute, so that no other loop of the bot has its turn meanwhile.
    house.gateway.faults.arrange("/open", "slow", seconds=21)
    member.write("/open front")
    await house.reaches_the_lock("/open")
    assert len(statements) <= 8
    assert sum("g.actions" in statement for statement in statements) == 2
    house.hands.turn(22)
    await house.quiet()
    await connection.set_trace_callback(lambda _: None)
    assert "opened" in member.last["text"]
    assert len(statements) <= 20


async def test_status_reads_the_lock_at_once(house: House, member: Chat) -> None:
    house.gateway.turn_by_hand(next(iter(house.gateway.locks)), "unlocked")
    said = await member.say("/status front")
    assert said.startswith("Front door: 🔓 open · just now")
    assert "🔋" in said


async def test_status_of_one_door_needs_no_name(member: Chat) -> None:
    assert (await member.say("/status")).startswith("Front door: 🔒 closed")


async def test_status_of_several_doors_is_a_list_with_ages_and_buttons(house: House, owner: Chat) -> None:
    house.hands.turn(65)
    lines = (await owner.say("/status")).splitlines()
    assert [line.partition(":")[0] for line in lines] == list(TITLES)
    assert "1 min ago" in lines[0] or "s ago" in lines[0]
    assert owner.buttons == ["Front door", "Garden shed"] or owner.buttons == list(TITLES)


async def test_a_lock_that_cannot_be_asked_says_so(owner: Chat) -> None:
    assert await owner.say("/status garage") == "Garage: ❔ this lock cannot be asked for its state."


async def test_an_unreachable_lock_shows_the_last_sighting_with_its_age(house: House, member: Chat) -> None:
    house.gateway.offline = True
    house.hands.turn(600)
    said = await member.say("/status front")
    assert "🔒 closed · 10 min ago" in said
    assert "It could not be read just now" in said


async def test_a_lock_that_cannot_do_it_says_so(house: House, owner: Chat) -> None:
    assert "cannot do that" in await owner.say("/close garage")
    assert house.commands_sent() == []


async def test_a_right_to_open_is_no_right_to_close(house: House, guest: Chat) -> None:
    await house.allow(GRETA, "Greta", "front", "open")
    said = await guest.say("/close front")
    assert "opened" not in said
    assert house.front_bolt == "locked"
    assert house.commands_sent() == []
    assert await house.denials() == ["no right"]


async def test_a_right_ends_with_its_time(house: House, guest: Chat) -> None:
    await house.inside.people.allow(
        caller=OLGA, person_id=GRETA, name="Greta", door="garage", actions=[Action.OPEN], length=timedelta(hours=1)
    )
    house.hands.turn(3601)
    assert "right" in await guest.say("/open garage")
    assert await house.denials() == ["expired"]
    assert house.cloud.lock(GARAGE).bolt == "locked"


async def test_two_people_at_one_door_move_it_once(house: House, owner: Chat, member: Chat) -> None:
    house.gateway.faults.arrange("/open", "slow", seconds=30)
    owner.write("/open front")
    await house.reaches_the_lock("/open")
    member.write("/open front")
    assert "is just being opened by Olga: nothing was opened for you" in await member.hears("Olga")
    house.hands.turn(31)
    await owner.hears("opened")
    assert house.moves() == ["unlocking", "unlocked"]


async def test_a_door_without_rights_and_no_door_at_all_sound_the_same(house: House, guest: Chat) -> None:
    hidden = await guest.say("/open shed")
    absent = await guest.say("/open moat")
    assert hidden.replace("shed", "moat") == absent


async def test_while_telegrams_time_is_doubted_a_command_is_asked_about(house: House, member: Chat) -> None:
    """An hour ahead all at once: the message may be an hour old, or Telegram's clock wrong."""
    house.hands.wall += 3600
    await house.poll_once()
    assert (
        await member.say("/open front", age_seconds=3600)
        == "That may be old. Open Front door now? You have 30 s to confirm."
    )
    assert house.commands_sent() == []
    assert "opened" in await member.tap("Open Front door")


async def test_a_careful_door_asks_once_more_before_a_button_opens_it(path: Path) -> None:
    async with a_house(path, doors={"front": {"confirm": True}}) as house:
        await house.member.say("/open")
        assert await house.member.tap("Front door") == "Open Front door now? You have 30 s to confirm."
        assert house.commands_sent() == []
        assert "opened" in await house.member.tap("Open Front door")
        assert len(house.member.messages) == 1


async def test_what_is_no_door_is_kept_cut(house: House, member: Chat) -> None:
    """Whoever is on the list may say four thousand letters, sixty times a minute."""
    await member.say("/open " + "x" * 4000)
    [denied] = await house.journal("denied")
    assert denied.door == "x" * 40


async def test_owners_see_millivolts_and_what_the_gateway_is_doing(house: House, owner: Chat, member: Chat) -> None:
    assert "mV" in await owner.say("/status front")
    assert "The gateway has firmware" in owner.last["text"]
    assert "mV" not in await member.say("/status front")
    assert "/status" in house.requests()


async def test_owners_see_how_long_the_battery_will_last(house: House, owner: Chat, member: Chat) -> None:
    now = house.inside.clock.datetime()
    for ago in range(30):
        at = now - timedelta(days=ago)
        await house.storage.batteries.keep("front", at=at, percent=46 + ago)
    house.gateway.lock(FRONT).battery_mv = 7228  # 46 %
    said = await owner.say("/status front")
    assert "🔋 About 4 weeks left until 20 % (7 % a week)" in said
    assert "week" not in await member.say("/status front")
