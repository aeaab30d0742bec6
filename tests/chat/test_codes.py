"""Codes with a beginning, an end and a name: asked for with buttons, listed with what their locks say, and ended."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.actions import Action
from bot.domain.code_wishes import parse_code
from bot.domain.durations import NotADuration
from tests.house import CLUB, GARAGE, GRETA, MAX, OLGA, Chat, House, a_house
from tests.keypads import Keypads, a_house_with_keypads, asked_later

HOUR, DAY = 3600, 86_400
BASIC_WINDOW = "Fri 6 Mar 16:00 – Sun 8 Mar 11:00"


@pytest.fixture
async def keypads(path: Path) -> AsyncIterator[Keypads]:
    async with a_house_with_keypads(path) as house:
        yield house


async def test_a_code_is_asked_for_with_buttons_alone(keypads: Keypads) -> None:
    owner = keypads.owner
    assert await owner.say("/pin") == "A code for which door?"
    assert await owner.tap("Front door") == "🔑 A code for Front door. For how long?"
    said = await owner.tap("Weekend")
    assert "Asked for: Fri 6 Mar 15:00 CET – Sun 8 Mar 11:00 CET." in said
    assert "Valid until Sun 8 Mar 11:00 CET, says the lock system." in said
    assert owner.last["protect"]
    assert keypads.keypad_codes[0] in said
    assert owner.messages[0]["text"] == "🔑 See below. /pins shows your codes."


async def test_its_beginning_and_end_are_picked_from_a_calendar(keypads: Keypads) -> None:
    owner = keypads.owner
    for label in ("/pin front for Dupont", "Pick dates", "6", "15:00", "8"):
        await (owner.say(label) if label.startswith("/") else owner.tap(label))
    assert "🔑 A code for Front door for Dupont.\nFrom Fri 6 Mar 15:00 CET.\nUntil when?" in owner.last["text"]
    assert "🔑 Front door for Dupont: 12" in await owner.tap("11:00")
    [share] = [share for share in keypads.keys_cloud.shares.values() if share.nom == "Dupont"]
    assert (share.date_debut, share.date_fin) == ("2026-03-06", "2026-03-08")


async def test_in_a_group_the_buttons_are_for_whoever_asked(keypads: Keypads) -> None:
    owner, member = keypads.in_group(OLGA), keypads.in_group(MAX)
    await owner.say("/pin front")
    await member.tap("1 h")
    assert "somebody else's" in member.alerts[-1]
    assert await owner.tap("1 h") == "📬 Sent to you privately."
    assert keypads.keypad_codes[0] in keypads.owner.last["text"]


async def test_a_typed_window_with_a_name_is_all_it_takes(keypads: Keypads) -> None:
    said = await keypads.member.say("/pin front fri 15:00 - sun 11:00 Dupont")
    assert said.startswith("🔑 Front door for Dupont: 12")
    assert "Asked for: Fri 6 Mar 15:00 CET – Sun 8 Mar 11:00 CET." in said


async def test_kas_advanced_keeps_minutes(keypads: Keypads) -> None:
    await keypads.member.say("/pin garage fri 15:10 - sun 11:05 Dupont")
    [password] = keypads.cloud.lock(GARAGE).passwords.values()
    assert (password.password_start_time, password.password_end_time) == ("202603061510", "202603081105")
    assert password.password_name == "Dupont"


@pytest.mark.parametrize("words", ["1h tomorrow", "2h sunday", "30m 2h", "soon", "2h 15:00", "Dupont"])
def test_words_of_a_time_are_nobodys_name(words: str) -> None:
    with pytest.raises(NotADuration):
        parse_code(words, now=datetime(2026, 3, 1, 12, tzinfo=UTC), zone=UTC)


async def test_what_the_lock_cannot_do_is_refused_with_what_it_can(house: House, owner: Chat) -> None:
    said = await owner.say("/pin garage fri 15:30 - sun 11:00 Dupont")
    assert "no code was made.\nThis lock's codes begin at a full hour.\nWhat this lock can do nearest to that:" in said
    assert owner.buttons == ["Fri 6 Mar 15:00 – Sun 8 Mar 11:00", BASIC_WINDOW]
    assert house.commands_sent() == []
    offered = owner.last["buttons"][1][0]["data"]
    assert "🔑 Garage for Dupont: " in await owner.tap(BASIC_WINDOW)
    [pin] = house.cloud.lock(GARAGE).pins
    assert (pin.mode, pin.duration, pin.start_time) == (0, 43, int(datetime(2026, 3, 6, 15, tzinfo=UTC).timestamp()))
    house.hands.turn(10)
    await owner.forge(offered)
    assert len(house.cloud.lock(GARAGE).pins) == 1, "the same press twice is asked about"


async def test_a_code_for_this_hour_until_an_hour_is_no_trouble(house: House, member: Chat) -> None:
    await house.wait(20 * 60)
    await house.poll_once()
    assert "Asked for: until Sun 1 Mar 18:00 CET" in await member.say("/pin garage until 18:00")
    assert [(pin.mode, pin.duration) for pin in house.cloud.lock(GARAGE).pins] == [(0, 5)]


async def test_a_code_that_would_outlive_the_right_is_offered_as_long_as_it_lasts(house: House, member: Chat) -> None:
    await house.inside.people.allow(
        caller=OLGA, person_id=MAX, name="Max", door="garage", actions=[Action.PIN], length=timedelta(hours=5)
    )
    assert "before the code would: no code was made." in await member.say("/pin garage 1d")
    assert "Asked for: Sun 1 Mar 13:00 CET – Sun 1 Mar 18:00 CET." in await member.tap("Sun 1 Mar 13:00 – 18:00")
    await member.say("/pin garage")
    await member.tap("Pick dates")
    assert member.buttons[10:17] == ["·"] * 6 + ["1"]
    assert member.buttons[17:] == ["From now on", "‹ Back"], "no day after the end of the right"


async def test_the_list_says_what_is_known_of_each_code(keypads: Keypads) -> None:
    owner, member = keypads.owner, keypads.member
    await owner.say("/pin front fri 15:00 - sun 11:00 Dupont")
    await member.say("/pin garage 2h for Anna")
    await member.say("/pin front 1d")
    await keypads.wait(6 * 60)
    said = await owner.say("/pins")
    assert "no. 2 for Anna, made by Max" in said
    lines = said.splitlines()[1:]
    assert [line.rpartition(" · ")[2] for line in lines] == ["✅ works", "⏳ ends soon", "🕓 begins later"]
    assert "from Fri 6 Mar 15:00 CET, until Sun 8 Mar 11:00 CET" in lines[2]


async def test_a_code_that_the_lock_does_not_list_and_one_it_was_not_given_here_are_orphans(keypads: Keypads) -> None:
    owner, member = keypads.owner, keypads.member
    await member.say("/pin garage 1d for Anna")
    await member.say("/pin front 1d for Ben")
    await keypads.wait(6 * 60)
    keypads.cloud.lock(GARAGE).passwords.clear()
    [share] = [share for share in keypads.keys_cloud.shares.values() if share.nom == "Ben"]
    share.nom = "Somebody else"
    said = await owner.say("/pins")
    assert said.count("❔ orphan: the lock system does not list it") == 2
    assert "❔ Listed by the lock systems, and not made by this bot:\n• Front door: “Somebody else”" in said
    assert "Somebody else" not in await member.say("/pins")


async def test_a_lock_that_says_nothing_is_named_and_the_list_stands(keypads: Keypads) -> None:
    await keypads.member.say("/pin garage 1d")
    keypads.cloud.faults.arrange("*", "reset_before", times=None)
    said = await keypads.member.say("/pins")
    assert "made by Max" in said
    assert "📡 Garage: its lock system did not say now which codes it has." in said


async def test_a_code_that_is_still_listed_is_not_gone_and_is_when_it_is_not(keypads: Keypads) -> None:
    member, lock = keypads.member, keypads.cloud.lock(GARAGE)
    await member.say("/pin garage 1d")
    keypads.cloud.unlock_delay = 120.0
    await member.say("/pins")
    said = await member.tap("Revoke Garage · Max · no. 1")
    assert "It does not say whether the code still works." in said
    assert "revoking was asked for and is not confirmed" in said
    keypads.hands.turn(6 * 60)
    keypads.cloud.settle()
    assert lock.passwords == {}
    assert await member.say("/pins") == "There is no code that still works."
    assert [entry.door for entry in await keypads.journal("code gone")] == ["garage"]


async def test_the_maker_is_told_once_before_a_code_ends_also_after_a_restart(keypads: Keypads) -> None:
    await keypads.member.say("/pin front 1d for Anna")
    await keypads.wait(20 * HOUR)
    assert "ends" not in keypads.member.last["text"].splitlines()[0]
    await keypads.wait(HOUR + 60)
    told = "⏳ Code no. 1 of Front door for Anna ends Mon 2 Mar 13:01 CET."
    assert keypads.member.last["text"] == told
    await keypads.restart()
    await keypads.wait(60)
    assert [message["text"] for message in keypads.member.messages].count(told) == 1


def with_digits(chat: Chat, code: str) -> list[str]:
    return [message["text"] for message in chat.messages if code in message["text"]]


async def test_the_message_with_the_digits_is_deleted_when_the_code_ends_also_after_a_restart(
    keypads: Keypads,
) -> None:
    await keypads.member.say("/pin front 2h")
    [code] = keypads.keypad_codes
    await keypads.restart()
    await keypads.wait(HOUR)
    assert len(with_digits(keypads.member, code)) == 1
    await keypads.wait(HOUR + 120)
    assert with_digits(keypads.member, code) == []


async def test_a_message_too_old_to_be_deleted_loses_its_digits(keypads: Keypads) -> None:
    await keypads.member.say("/pin front 3d for Anna")
    [code] = keypads.keypad_codes
    await keypads.wait(3 * DAY + 120)
    assert with_digits(keypads.member, code) == []
    over = "🔑 Code no. 1 of Front door for Anna has ended. Its digits are gone from this message."
    assert over in [message["text"] for message in keypads.member.messages]


async def test_the_message_goes_with_a_revoked_code(keypads: Keypads) -> None:
    await keypads.member.say("/pin front 2h")
    [code] = keypads.keypad_codes
    await keypads.member.say("/pins")
    await keypads.member.tap("Revoke Front door · Max · no. 1")
    await keypads.wait(31)
    assert with_digits(keypads.member, code) == []


async def test_while_telegram_is_away_the_message_waits(keypads: Keypads) -> None:
    await keypads.member.say("/pin front 1h")
    [code] = keypads.keypad_codes
    keypads.telegram.fail("deleteMessage", 500, "Internal Server Error", times=3)
    await keypads.wait(HOUR + 120)
    await keypads.wait(60)
    assert with_digits(keypads.member, code) == []


class TestCodesFollowTheRight:
    @pytest.mark.parametrize(
        "words", ["/allow 43 garage pin 1h", "/allow 43 garage open", "/deny 43 garage", "/deny 43"]
    )
    async def test_owners_are_asked_by_whatever_way_it_goes(self, keypads: Keypads, words: str) -> None:
        await keypads.member.say("/pin garage 3h for Anna")
        await keypads.owner.say(words)
        assert "• Garage, no. 1 for Anna, until about" in await asked_later(keypads)
        assert "code revoked" in await keypads.owner.tap("Revoke no. 1 of Garage")
        assert keypads.slots == []

    async def test_a_right_that_covers_the_code_still_asks_nothing(self, keypads: Keypads) -> None:
        await keypads.member.say("/pin garage 1h")
        assert await keypads.owner.say("/allow 43 garage pin 2h") == (
            "✅ Max (43): Garage: pin, until Sun 1 Mar 15:00 CET.\nBefore: Garage: open, pin."
        )

    async def test_the_change_of_a_manager_is_asked_of_the_owners(self, keypads: Keypads) -> None:
        people = keypads.inside.people
        may = [Action.OPEN, Action.PIN]
        await people.allow(caller=OLGA, person_id=GRETA, name="Greta", door="*", actions=may, length=None)
        await keypads.owner.say("/promote Greta manager")
        await keypads.owner.tap("Yes, do it")
        await keypads.guest.say("/allow 99 garage pin")
        await keypads.stranger.say("/pin garage 2h")
        await keypads.guest.say("/deny 99")
        assert "Sam made codes" not in keypads.guest.last["text"]
        assert "Sam made codes" in await asked_later(keypads)

    async def test_leaving_the_group_that_gave_the_right_is_such_a_way(self, keypads: Keypads) -> None:
        club = keypads.in_group(OLGA, CLUB)
        await club.say("/grant members garage open,pin")
        await club.tap("Let the members in")
        await keypads.stranger.say("/pin garage 2h")
        keypads.telegram.leave(99, CLUB)
        assert "Sam made codes that work longer than their right" in await asked_later(keypads)

    async def test_it_is_asked_again_only_if_the_right_came_back_meanwhile(self, keypads: Keypads) -> None:
        await keypads.member.say("/pin garage 3h")
        await keypads.owner.say("/deny 43 garage")
        await asked_later(keypads)
        await keypads.owner.say("/deny 43 front")
        await keypads.restart()
        asked = [text for text in keypads.owner.seen if "Max made codes" in text]
        assert len(asked) == 1
        await keypads.owner.say("/allow 43 garage pin")
        await keypads.owner.say("/deny 43 garage")
        assert "Max made codes" in await asked_later(keypads)


async def test_every_code_of_a_basic_lock_that_cannot_be_revoked_is_named_so(path: Path) -> None:
    async with a_house(path) as house:
        await house.member.say("/pin garage 2h")
        await house.owner.say("/deny 43")
        said = await asked_later(house)
        assert "It cannot be revoked from here: remove it in the lock's own app." in said
        assert house.owner.last["buttons"] == []
