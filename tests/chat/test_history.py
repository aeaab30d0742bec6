"""/history, /receipt and /stats as conversations: in private, one's own, and all of it for owners."""

import csv
import json
from datetime import timedelta
from typing import Any

import pytest

from bot.access import approvals, ballots, breaking, glasses, invitations, lockdowns, passes, requests
from bot.access.record import KINDS
from bot.domain.commands import DenialReason
from bot.history import picture
from bot.history.receipt import Receipt
from bot.history.upkeep import JournalUpkeep
from tests.house import GRETA, MAX, OLGA, SAM, TITLES, Chat, House

DAY = 86_400


def file_of(house: House, chat: Chat, suffix: str) -> tuple[str, str]:
    """The newest file of this kind in the chat, and what stands under it."""
    messages = house.telegram.chats[chat.id].messages.values()
    found = [message for message in messages if message.file and message.file.name.endswith(suffix)]
    assert found[-1].file
    return found[-1].file.content.decode("utf-8-sig"), found[-1].text


async def visits(house: House) -> None:
    await house.member.say("/open front")
    await house.guest.say("/open garage")
    await house.guest.say("/open front")


async def test_a_member_reads_their_own_visits_and_nobody_elses(house: House, member: Chat) -> None:
    await visits(house)
    said = await member.say("/history")
    assert "you: Open Front door – opened; seen open (command, in private)" in said
    assert "Greta" not in said


async def test_an_owner_reads_everybodys_refused_ones_too(house: House, owner: Chat) -> None:
    await visits(house)
    said = await owner.say("/history")
    assert "Max: Open Front door – opened" in said
    assert "Greta: Open Garage – accepted, not confirmed" in said
    assert "Greta: Open Front door – ⛔ no right to that" in said


async def test_the_newest_stands_first(house: House, owner: Chat) -> None:
    await visits(house)
    said = await owner.say("/history moves")
    assert said.index("Greta: Open Garage") < said.index("Max: Open Front door")


async def test_a_button_is_told_from_a_command(house: House, member: Chat) -> None:
    await member.say("/open front")
    house.hands.turn(600)
    await house.poll_once()
    await member.tap("Close")
    assert "Close Front door – closed; seen closed (button, in private)" in await member.say("/history")


async def test_what_was_asked_in_a_group_is_told_in_private(house: House, member: Chat, member_in_group: Chat) -> None:
    await member_in_group.say("/open front")
    said = await member_in_group.say("/history")
    assert "Front door" not in said
    assert "Open Front door – opened; seen open (command, in a group)" in member.seen[-1]


async def test_a_door_a_person_a_time_and_a_kind_can_be_named_in_any_order(house: House, owner: Chat) -> None:
    await visits(house)
    for words in ("front max today moves", "today Max moves Front door", "moves 43 front 1d"):
        said = await owner.say(f"/history {words}")
        assert "Max: Open Front door – opened" in said, words
        assert "Greta" not in said, words


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("cellar", "“cellar” is neither a door nor a person, a time or a kind."),
        ("front garage", "names two of the same kind"),
        ("2026-13-01", "is neither a door"),
        ("<b>", "“<b>”"),
    ],
)
async def test_words_that_mean_nothing_are_told_with_what_to_write(owner: Chat, words: str, told: str) -> None:
    said = await owner.say(f"/history {words}")
    assert told in said
    assert "/history front 7d" in said


async def test_a_member_is_not_told_whether_others_or_their_doors_exist(member: Chat) -> None:
    assert "“greta” is neither" in await member.say("/history greta")
    assert "“shed” is neither" in await member.say("/history shed")
    assert await member.say(f"/history {GRETA}") == "Only an owner can do that."


OTHERS = ("lock swapped", "seal", "entries dropped", "restored", "list confirmed", "stranger")
INVITATIONS = (invitations.MADE, invitations.CLAIMED, invitations.REVOKED, invitations.REFUSED)
DOOR = (
    *(approvals.ASKED, ballots.SAID_YES, ballots.ANSWERED),
    *(*glasses.KINDS.values(), breaking.ASKED, breaking.USED),
    *(passes.MADE, passes.EXTENDED, passes.REVOKED),
    *(lockdowns.BEGAN, lockdowns.ENDED, invitations.EXTENDED),
)
REQUESTS = (requests.REQUEST_ADDED, requests.REQUEST_ANSWERED, requests.BAN_LIFTED)


@pytest.mark.parametrize("kind", [*KINDS, *INVITATIONS, *REQUESTS, *DOOR, *OTHERS])
async def test_whatever_is_written_has_words(house: House, owner: Chat, kind: str) -> None:
    """Except for kinds of another version, which are shown as they are."""
    await house.storage.journal.append(kind, at=house.inside.clock.datetime(), person_id=MAX, door="front", by=GRETA)
    said = (await owner.say("/history")).splitlines()[3]
    assert "•" not in said
    await house.storage.journal.append("<b>{oops}</b>", at=house.inside.clock.datetime())
    assert "• <b>oops</b>" in (await owner.say("/history")).splitlines()[3]


@pytest.mark.parametrize("reason", [*DenialReason, "the right has ended"])
async def test_whyever_something_was_refused_it_says_so(house: House, owner: Chat, reason: str) -> None:
    """Versions before this one wrote the reason out."""
    now = house.inside.clock.datetime()
    command = {"command_id": 999, "person_id": MAX, "chat_id": MAX, "door": "front", "action": "open"}
    await house.storage.journal.append("denied", at=now, why=reason, name="Max", **command)  # type: ignore[arg-type]
    assert "Max: Open Front door – ⛔ " in await owner.say("/history refused")
    assert "went wrong" not in owner.last["text"]


async def test_pages_lead_to_the_first_entry_and_back(house: House, owner: Chat) -> None:
    for _ in range(13):
        await house.member.say("/open front")
        house.hands.turn(300)
        await house.poll_once()
    first = await owner.say("/history max moves")
    assert first.count("Max: Open Front door") == 10
    older = await owner.tap("Older ›")
    assert older.count("Max: Open Front door") == 3
    assert await owner.tap("« Newest") == first


async def test_kinds_are_chosen_with_buttons(house: House, owner: Chat) -> None:
    await visits(house)
    await owner.say("/history")
    assert "Greta" in await owner.tap("Refused")
    assert "Max" not in owner.last["text"]
    assert "Max got a right at Front door, by you" in await owner.tap("Other")
    assert "Max: Open Front door" in await owner.tap("All")


async def test_a_forged_button_shows_nothing_of_others(house: House, owner: Chat, member: Chat) -> None:
    await visits(house)
    await member.say("/history")
    for data in ("go:h:0:.18....", "go:hc:0:.18....", "go:h:0:garage.18...zz.m"):
        assert "Greta" not in await member.forge(data)
    assert "Only an owner can do that." in member.alerts
    assert not [message for message in house.telegram.chats[MAX].messages.values() if message.file]


@pytest.mark.parametrize(
    "signs", ["", ".....", "x", "a.b.c.d.e.f.g", "front.zzzzzzzzzzzzzzzzzz....", ".-1.-1.zzzzzzzzzzz..q"]
)
async def test_a_button_that_was_tampered_with_is_no_fault(house: House, owner: Chat, signs: str) -> None:
    await owner.say("/history")
    await owner.forge(f"go:h:0:{signs}")
    assert "History" in owner.last["text"]
    assert not any("went wrong" in text for text in [*owner.alerts, *owner.seen])


async def test_the_list_comes_as_a_spreadsheet(house: House, owner: Chat) -> None:
    await visits(house)
    await owner.say("/history moves")
    await owner.tap("As CSV")
    text, caption = file_of(house, owner, ".csv")
    rows = list(csv.DictReader(text.splitlines()))
    assert [(row["person"], row["door"], row["result"]) for row in rows] == [
        ("Greta", "garage", "accepted"),
        ("Max", "front", "confirmed"),
    ]
    assert "keep it safe" in caption


async def test_the_list_comes_as_json_of_ones_own_for_members(house: House, member: Chat) -> None:
    await visits(house)
    await member.say("/history front moves")
    await member.tap("As JSON")
    text, _ = file_of(house, member, ".json")
    assert [(one["person"], one["asked_by"], one["seen_afterwards"]) for one in json.loads(text)] == [
        ("Max", "command", "unlocked")
    ]


async def seal(house: House) -> str:
    upkeep = JournalUpkeep(house.storage, house.inside.people.record, house.inside.clock)
    sealed = await upkeep.seal()
    assert sealed
    return sealed.hash


async def visit_number(house: House, person: int) -> int:
    return next(entry.seq for entry in await house.journal("started") if entry.person_id == person)


async def test_a_member_gets_the_proof_of_their_visit_once_it_is_sealed(house: House, member: Chat) -> None:
    await visits(house)
    number = await visit_number(house, MAX)
    assert "Ask again tomorrow" in await member.say(f"/receipt {number}")
    head = await seal(house)
    await member.say(f"/receipt #{number}")
    text, caption = file_of(house, member, ".json")
    Receipt.decode(text).check(head)
    assert head in caption


async def test_there_is_no_proof_of_anybody_elses_visit_for_a_member(house: House, member: Chat) -> None:
    await visits(house)
    await seal(house)
    for number in (await visit_number(house, GRETA), 999_999):
        assert f"There is no entry #{number} that you may see." in await member.say(f"/receipt {number}")


@pytest.mark.parametrize("words", ["", "front", "-1", "1 2", "１", "9" * 30])
async def test_a_receipt_needs_a_number(owner: Chat, words: str) -> None:
    assert "/receipt 1234" in await owner.say(f"/receipt {words}")


async def test_statistics_are_a_picture_with_the_numbers_under_it(house: House, owner: Chat) -> None:
    await visits(house)
    await owner.say("/stats")
    [message] = [message for message in house.telegram.chats[OLGA].messages.values() if message.file]
    assert message.file
    assert message.file.content.startswith(b"\x89PNG")
    assert "All doors, 30 Jan – 1 Mar: opened 2 times" in message.text
    assert "1. Max: 1" in message.text
    assert "Front door: " in message.text


async def test_without_the_extra_the_numbers_are_told_in_words(
    house: House, owner: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture, "is_available", lambda: False)
    await visits(house)
    said = await owner.say("/stats front 7d")
    assert "Front door, 22 Feb – 1 Mar: opened once" in said
    assert "Sun: 1, at 13–14 h (1)" in said
    assert "pip install latchkey[stats]" in said


async def test_a_member_sees_statistics_of_their_own_only(house: House, member: Chat, monkeypatch: Any) -> None:
    monkeypatch.setattr(picture, "is_available", lambda: False)
    await visits(house)
    said = await member.say("/stats")
    assert "opened once" in said
    assert "Greta" not in said
    assert "Garden shed" not in said


@pytest.mark.parametrize("words", ["max", "nonsense", "front garage", "codes"])
async def test_statistics_that_there_are_not_are_told_so(owner: Chat, words: str) -> None:
    assert "/stats front 30d" in await owner.say(f"/stats {words}")


async def test_a_stranger_is_turned_away_from_all_of_it(house: House, stranger: Chat) -> None:
    await visits(house)
    for words in ("/history", "/stats", "/receipt 1"):
        said = await stranger.say(words)
        assert not any(title in said for title in TITLES)
    assert "Max" not in "".join(stranger.seen)
    assert f"id is {SAM}" in "".join(stranger.seen)


async def test_old_entries_go_and_the_history_goes_on(house: House, owner: Chat) -> None:
    await visits(house)
    await seal(house)
    house.hands.turn(3 * DAY)
    await house.poll_once()
    await house.member.say("/close front")
    await JournalUpkeep(house.storage, house.inside.people.record, house.inside.clock, keep_days=1).drop_old()
    said = await owner.say("/history moves")
    assert "Close Front door – closed" in said
    assert "Open Garage" not in said
    assert house.inside.clock.datetime() - (await house.journal())[0].at < timedelta(days=4)
