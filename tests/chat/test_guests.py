"""A guest pass: one object with link, rights and codes; made in a few taps, extended in one, revoked as one."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest

from bot.domain.people import Role
from tests.chat.test_inviting import token_in
from tests.house import GARAGE, GRETA, MAX, OLGA, SAM, TITLES, Chat, House
from tests.keypads import Keypads, asked_later

HOUR, DAY = 3600, 86_400
WORDS = "/guest Dupont fri 15:00 - sun 11:00 front x2"
TO_FRIDAY = 5 * DAY + 2 * HOUR + 60
"""The tests begin on a Sunday at 13:00."""


async def wait(house: House, seconds: float) -> None:
    await house.wait(seconds)
    await house.poll_once()


async def arrived(house: House, words: str = WORDS) -> None:
    """Sam has opened the link that Olga made."""
    await house.owner.say(words)
    await house.stranger.say(f"/start {token_in(house.owner)}")


async def test_a_pass_opens_in_its_time_and_as_often_as_was_said(house: House, owner: Chat, stranger: Chat) -> None:
    said = await owner.say(WORDS)
    assert "Pass no. 1: Dupont" in said
    assert "Front door: Fri 6 Mar 15:00 CET – Sun 8 Mar 11:00 CET, 2 openings" in said
    assert "Welcome, Sam" in await stranger.say(f"/start {token_in(owner)}")
    await stranger.say("/open front")
    assert house.commands_sent() == []
    await wait(house, TO_FRIDAY)
    for _ in range(2):
        assert "opened" in await stranger.say("/open front")
    await stranger.say("/open front")
    assert house.commands_sent() == ["/open", "/open"]


async def test_a_guest_who_comes_early_reads_when_the_door_opens(owner: Chat, stranger: Chat) -> None:
    await owner.say(WORDS)
    welcome = await stranger.say(f"/start {token_in(owner)}")
    assert "Front door: close, open, status, from Fri 6 Mar 15:00 CET, until Sun 8 Mar 11:00 CET, 2 uses" in welcome
    assert "Front door opens to you from Fri 6 Mar 15:00 CET." in await stranger.say("/start")


async def test_it_ends(house: House, stranger: Chat) -> None:
    await arrived(house)
    await wait(house, 7 * DAY)
    await stranger.say("/open front")
    assert house.commands_sent() == []


async def test_a_label_has_no_marks_that_turn_or_hide_what_others_read(owner: Chat) -> None:
    said = await owner.say("/guest Du\u202epont\u2066 fri 15:00 - sun 11:00 front")
    assert "Pass no. 1: Dupont\n" in said


async def test_from_the_home_screen_a_weekend_takes_four_taps(house: House, owner: Chat, stranger: Chat) -> None:
    await owner.say("/start")
    await owner.tap("🧳 Guests")
    assert "Which door?" in await owner.tap("New pass")
    assert "From when until when?" in await owner.tap("Front door")
    await owner.tap("This weekend")
    assert "The pass is below" in owner.messages[-2]["text"]
    assert "Pass no. 1: Guest" in owner.last["text"]
    assert "Fri 6 Mar 15:00 CET – Sun 8 Mar 11:00 CET" in owner.last["text"]
    assert "Send it to somebody" in owner.buttons
    await stranger.say(f"/start {token_in(owner)}")
    await wait(house, TO_FRIDAY)
    assert "opened" in await stranger.say("/open front")


async def test_a_name_alone_is_kept_through_the_buttons(owner: Chat) -> None:
    await owner.say("/guest Marie Dupont-Lefèvre 👨‍👩‍👧")
    await owner.tap("Garage")
    await owner.tap("1 day")
    assert "Marie Dupont-Lefèvre" in owner.last["text"]


async def test_a_delivery_opens_once_within_an_hour(house: House, owner: Chat, stranger: Chat) -> None:
    await owner.say("/guest Parcel front")
    await owner.tap("A delivery: once within 1 h")
    await stranger.say(f"/start {token_in(owner)}")
    assert "opened" in await stranger.say("/open front")
    await stranger.say("/open front")
    assert house.commands_sent() == ["/open"]
    await owner.say("/guest Parcel front")
    await owner.tap("A delivery: once within 1 h")
    await house.in_group(GRETA).say("/whoami")
    await wait(house, HOUR + 1)
    assert "ended" in await house.guest.say(f"/start {token_in(owner)}")


async def test_the_host_is_told_at_first_use_and_before_the_end(house: House, owner: Chat, stranger: Chat) -> None:
    await arrived(house)
    await wait(house, TO_FRIDAY)
    await stranger.say("/open front")
    await house.wait(5)
    assert "Dupont (Sam) has come: Front door opened for the first time" in owner.seen[-1]
    await stranger.say("/open front")
    await house.wait(5)
    assert len([text for text in owner.seen if "has come" in text]) == 1
    await wait(house, 2 * DAY - 8 * HOUR)
    assert "ends" not in owner.seen[-1]
    await wait(house, 2 * HOUR)
    assert "Pass no. 1 of Dupont at Front door ends Sun 8 Mar 11:00 CET" in owner.seen[-1]


async def test_it_is_extended_in_one_tap_and_the_guest_hears_of_it(house: House, owner: Chat, stranger: Chat) -> None:
    await arrived(house)
    await wait(house, TO_FRIDAY + 2 * DAY - 6 * HOUR)
    assert "lasts until Mon 9 Mar 11:00 CET" in await owner.tap("1 day longer")
    assert "longer: until Mon 9 Mar 11:00 CET" in stranger.seen[-1]
    await wait(house, DAY)
    assert "opened" in await stranger.say("/open front")


async def test_the_question_about_a_pass_and_its_new_end_lead_back_to_the_list(owner: Chat) -> None:
    await owner.say(WORDS)
    await owner.say("/guests")
    await owner.tap("Revoke no. 1")
    assert "🧳 Guests:" in await owner.tap("‹ Back")
    await owner.tap("no. 1: 1 day longer")
    assert "Mon 9 Mar 11:00 CET" in await owner.tap("‹ Back")


async def test_the_same_press_twice_extends_once(house: House, owner: Chat) -> None:
    await owner.say("/guest Dupont fri 15:00 - sun 11:00 front")
    await owner.say("/guests")
    again = owner.last["buttons"][0][1]["data"]
    await house.poll_once()
    assert "lasts until Mon 9 Mar 11:00 CET" in await owner.tap("no. 1: 1 day longer")
    assert "this press changed nothing" in await owner.forge(again, message_id=owner.last["message_id"])
    [state] = await house.inside.passes.live(OLGA)
    assert state.guest_pass.ends_at.isoformat() == "2026-03-09T10:00:00+00:00"


async def test_a_link_that_nobody_opened_yet_is_extended_too(house: House, owner: Chat, stranger: Chat) -> None:
    await owner.say("/guest Dupont 1d front")
    token = token_in(owner)
    await owner.say("/guests")
    await owner.tap("no. 1: 1 day longer")
    await wait(house, DAY + HOUR)
    await stranger.say(f"/start {token}")
    assert "opened" in await stranger.say("/open front")


async def test_one_revoke_takes_link_and_rights(house: House, owner: Chat, stranger: Chat) -> None:
    await arrived(house, "/guest Dupont 1d front, garage")
    assert "opened" in await stranger.say("/open front")
    await owner.say("/guests")
    assert "Revoke pass no. 1 of Dupont?" in await owner.tap("Revoke no. 1")
    assert "Pass no. 1 of Dupont is revoked: link, rights." in await owner.tap("Revoke all of it")
    assert "was taken back" in stranger.seen[-1]
    for door in ("front", "garage"):
        await stranger.say(f"/open {door}")
    assert house.commands_sent() == ["/open"]
    assert (await house.inside.people.rights(SAM)).grants == ()
    assert await house.inside.people.record.differences() == []


async def test_a_revoked_link_lets_nobody_in(house: House, owner: Chat, stranger: Chat) -> None:
    await owner.say(WORDS)
    token = token_in(owner)
    await owner.tap("Revoke all of it")
    await owner.tap("Revoke all of it")
    assert "taken back" in await stranger.say(f"/start {token}")
    assert not (await house.inside.people.rights(SAM)).known
    assert "no guest pass" in await owner.say("/guests")


async def test_a_lost_link_is_made_anew_and_the_old_one_ends(house: House, owner: Chat, stranger: Chat) -> None:
    await owner.say("/guest Dupont 1d front x3")
    old = token_in(owner)
    await owner.say("/guests")
    await owner.tap("New link for no. 1")
    new = token_in(owner)
    assert "taken back" in await house.guest.say(f"/start {old}")
    assert "Welcome, Sam" in await stranger.say(f"/start {new}")
    [right] = (await house.inside.people.rights(SAM)).grants
    assert (right.pass_id, right.uses_left) == (1, 3)
    await owner.say("/guests")
    assert owner.buttons[0] == "no. 1: 1 day longer"
    await owner.forge("go:glink:0:1")
    assert "was opened already" in owner.seen[-1]


async def test_what_was_allowed_for_an_hour_goes_with_the_pass_and_is_not_extended_with_it(
    house: House, owner: Chat, stranger: Chat
) -> None:
    await arrived(house, "/guest Dupont 1d front")
    [right] = (await house.inside.people.rights(SAM)).grants
    await house.inside.people.change(caller=OLGA, grant_id=right.id, asks_first=True)
    await stranger.say("/open front")
    await stranger.tap("Ask to open")
    for _ in range(4):  # as fast as Telegram lets a bot write into one chat
        await house.wait(2)
    await owner.tap("For 1 h")
    await owner.say("/guests")
    await owner.tap("no. 1: 1 day longer")
    grants = (await house.inside.people.rights(SAM)).grants
    ends = {one.asks_first: one.ends_at for one in grants if one.ends_at}
    assert ends[True] - ends[False] > timedelta(hours=46)
    assert "opened" in await stranger.say("/open front")
    await house.inside.passes.revoke(caller=OLGA, pass_id=1)
    await stranger.say("/open front")
    assert house.commands_sent() == ["/open"]


async def test_two_guests_at_one_door_are_shown(owner: Chat) -> None:
    assert "At the same time" not in await owner.say(WORDS)
    said = await owner.say("/guest Martin sat 12:00 - mon 11:00 front")
    assert "At the same time: Dupont, Front door, Fri 6 Mar 15:00 CET – Sun 8 Mar 11:00 CET" in said
    assert "At the same time" not in await owner.say("/guest Durand sat 12:00 - mon 11:00 garage")
    assert "At the same time: Martin" in await owner.say("/guests")


async def test_it_goes_on_after_a_restart(house: House, owner: Chat, stranger: Chat) -> None:
    await owner.say("/guest Dupont 1d front")
    token = token_in(owner)
    await house.restart()
    await stranger.say(f"/start {token}")
    assert "opened" in await stranger.say("/open front")
    await house.wait(5)
    assert "has come" in owner.seen[-1]


async def test_a_message_that_comes_twice_makes_one_pass(house: House, owner: Chat) -> None:
    update = owner.write("/guest Dupont 1d front")
    await house.quiet()
    house.redeliver(update)
    await house.quiet()
    assert len(await house.inside.passes.live(OLGA)) == 1


async def test_in_a_group_the_link_goes_to_the_private_chat(owner: Chat, owner_in_group: Chat) -> None:
    assert "privately" in await owner_in_group.say(WORDS)
    assert "Pass no. 1" in owner.last["text"]
    assert "privately" in await owner_in_group.say("/guests")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("/guest fri 15:00 - sun 11:00 front", "Who comes?"),
        ("/guest Dupont fri 15:00 - soon front", "“soon” is no time"),
        ("/guest Dupont 31.2. - sun 11:00 front", "“31.2.” is no time"),
        ("/guest Dupont 31.2. 15:00 - sun 11:00 front", "“31.2.” is no time"),
        ("/guest Dupont 25:00 - sun 11:00 front", "“25:00” is no time"),
        ("/guest Dupont 31.2. 2d front", "“31.2.” is no time"),
        ("/guest Dupont fri 15:00 - sun 11:00 cellar", "names no door"),
        ("/guest Dupont fri 15:00 - sun 11:00 front x0", "no number of openings"),
        ("/guest Dupont fri 15:00 - sun 11:00", "Which door?"),
    ],
)
async def test_what_is_written_wrongly_makes_no_pass(house: House, owner: Chat, words: str, says: str) -> None:
    said = await owner.say(words)
    assert says in said
    assert "/guest Dupont" in said
    assert await house.inside.passes.live(OLGA) == []


@pytest.mark.parametrize("person", [MAX, GRETA, SAM])
async def test_others_neither_make_nor_see_nor_change_passes(house: House, owner: Chat, person: int) -> None:
    await owner.say("/guest Dupont 1d front")
    [state] = await house.inside.passes.live(OLGA)
    end = int(state.guest_pass.ends_at.timestamp()) // 60
    chat = Chat(house, person, person)
    for words in ("/guest Dupont 1d front", "/guests", "/guest"):
        assert "Dupont" not in await chat.say(words)
    for data in (
        "go:guests:0:",
        f"go:gext:0:1~1d~{end}",
        "go:grev:0:1",
        "go:glink:0:1",
        "go:gcode:0:1~garage",
        "guest:front:d:X",
    ):
        await chat.forge(data)
    [state] = await house.inside.passes.live(OLGA)
    assert (state.guest_pass.label, state.guests) == ("Dupont", ())
    assert int(state.guest_pass.ends_at.timestamp()) // 60 == end
    assert house.commands_sent() == []


async def test_a_manager_makes_passes_inside_their_own_rights_and_sees_their_own(
    house: House, owner: Chat, member: Chat, stranger: Chat
) -> None:
    await house.inside.people.change_person(caller=OLGA, person_id=MAX, role=Role.MANAGER)
    await owner.say("/guest Dupont 1d front")
    assert "names no door" in await member.say("/guest Martin 1d shed")
    said = await member.say("/guest Martin 1d front")
    assert "Pass no. 2: Martin" in said
    assert "Dupont" not in said
    assert "Dupont" not in await member.say("/guests")
    await member.forge("go:grev:0:1")
    assert "is over, revoked, or not yours" in member.seen[-1]
    assert "Martin" in await owner.say("/guests")
    await stranger.say(f"/start {token_in(member)}")
    assert "opened" in await stranger.say("/open front")


async def test_the_text_to_pass_on_names_no_door(owner: Chat) -> None:
    await owner.say(WORDS)
    [link] = [button["url"] for row in owner.last["buttons"] for button in row if button.get("url")]
    assert not [title for title in TITLES if title.replace(" ", "%20") in link]


async def test_every_step_is_in_the_journal(house: House, owner: Chat, stranger: Chat) -> None:
    await arrived(house, "/guest Dupont 1d front")
    await owner.say("/guests")
    await owner.tap("no. 1: 1 day longer")
    await owner.say("/guests")
    await owner.tap("Revoke no. 1")
    await owner.tap("Revoke all of it")
    kinds = [entry.kind for entry in await house.journal()]
    for kind in ("pass made", "invitation made", "invitation claimed", "grant added", "pass extended", "grant changed",
                 "pass revoked", "grant removed"):  # fmt: skip
        assert kind in kinds


class TestCodes:
    """At locks that make codes."""

    async def test_what_cannot_be_revoked_is_said_before_it_is_made(self, house: House, owner: Chat) -> None:
        await owner.say("/guest Dupont 1d garage")
        assert "cannot be revoked" in await owner.tap("A code for Garage")
        assert house.commands_sent() == []
        await owner.tap("Make a code for Garage")
        assert owner.last["text"] == "Shall it be a code for one of these times? They are inside the pass."
        await owner.tap("Sun 1 Mar 13:00 – Mon 2 Mar 13:00")
        assert "Garage for Dupont" in owner.last["text"]
        assert owner.buttons == ["Copy the text for your guest"]
        await owner.say("/guests")
        said = await owner.tap("Revoke no. 1")
        assert "cannot be revoked" in said
        said = await owner.tap("Revoke all of it")
        assert "is revoked: link, rights." in said
        assert "Code no. 1 of Garage cannot be revoked" in said

    async def test_what_the_lock_can_do_inside_the_pass_is_offered_for_later_passes_too(
        self, house: House, owner: Chat
    ) -> None:
        await owner.say("/guest Dupont fri 15:30 - sun 11:00 garage")
        await owner.tap("A code for Garage")
        await owner.tap("Make a code for Garage")
        assert owner.buttons == ["Fri 6 Mar 16:00 – Sun 8 Mar 11:00"]
        await owner.tap(owner.buttons[0])
        assert owner.last["protect"]
        [pin] = house.cloud.lock(GARAGE).pins
        assert pin.duration == 43

    async def test_a_code_that_can_be_revoked_goes_with_the_pass(self, keypads: Keypads) -> None:
        owner = keypads.owner
        await owner.say("/guest Dupont 1d front")
        assert "goes with the pass" in await owner.tap("A code for Front door")
        await owner.tap("Make a code for Front door")
        assert len(keypads.keypad_codes) == 1
        assert "code no. 1 of Front door" in await owner.say("/guests")
        assert "code no. 1" in await owner.tap("Revoke no. 1")
        assert "link, rights, code no. 1 of Front door" in await owner.tap("Revoke all of it")
        assert keypads.keypad_codes == []

    async def test_a_code_that_could_not_be_revoked_is_named(self, keypads: Keypads) -> None:
        owner = keypads.owner
        await owner.say("/guest Dupont 1d front")
        await owner.tap("A code for Front door")
        await owner.tap("Make a code for Front door")
        await owner.say("/guests")
        await owner.tap("Revoke no. 1")
        await keypads.storage.database.rows("UPDATE pins SET handle = 'nothing like it'")
        said = await owner.tap("Revoke all of it")
        assert "is revoked: link, rights." in said
        assert "Code no. 1 of Front door may still work: revoke it in /pins." in said

    async def test_the_digits_are_in_no_table(self, house: House, owner: Chat) -> None:
        await owner.say("/guest Dupont fri 15:00 - sun 11:00 garage")
        await owner.tap("A code for Garage")
        await owner.tap("Make a code for Garage")
        digits = owner.last["text"].split("Dupont: ")[1].split()[0]
        assert digits.isdecimal()
        tables = ("passes", "pins", "outbox", "journal")
        for table in tables:
            rows = await house.storage.database.rows(f"SELECT * FROM {table}")
            assert digits not in repr(rows)

    async def test_for_a_pass_that_was_revoked_meanwhile_no_code_is_made(self, house: House, owner: Chat) -> None:
        await owner.say("/guest Dupont 1d garage")
        await owner.tap("A code for Garage")
        await house.inside.passes.revoke(caller=OLGA, pass_id=1)
        assert "is over, revoked" in await owner.tap("Make a code for Garage")
        assert house.commands_sent() == []


@pytest.fixture
async def keypads(path: Path) -> AsyncIterator[Keypads]:
    keypads = Keypads(path)
    try:
        await keypads.start()
        await keypads.let_in()
        yield keypads
    finally:
        await keypads.stop()


@pytest.mark.parametrize(
    ("words", "label"), [("Parcel delivery front", "Parcel"), ("delivery front", "Delivery"), ("delivery", "Delivery")]
)
async def test_a_delivery_is_typed_too(house: House, owner: Chat, stranger: Chat, words: str, label: str) -> None:
    said = await owner.say(f"/guest {words}")
    if words == "delivery":
        assert "Which door?" in said
        await owner.tap("Front door")
        said = owner.last["text"]
    assert f"Pass no. 1: {label}" in said
    assert "1 opening" in said
    await stranger.say(f"/start {token_in(owner)}")
    assert "opened" in await stranger.say("/open front")
    await stranger.say("/open front")
    assert house.commands_sent() == ["/open"]


async def test_the_text_for_the_guest_has_the_times_of_their_own_zone_too(owner: Chat) -> None:
    said = await owner.say("/guest Dupont fri 15:00 - sun 11:00 front in Tokyo")
    assert "Front door: Fri 6 Mar 15:00 CET – Sun 8 Mar 11:00 CET" in said
    [link] = [button["url"] for row in owner.last["buttons"] for button in row if button.get("url")]
    assert "from Fri 6 Mar 15:00 CET (Fri 6 Mar 23:00 JST) until" in unquote(link)


@pytest.mark.parametrize("words", [f"/deny {SAM}", f"/deny {SAM} front"])
async def test_owners_are_asked_about_the_code_of_a_guest_who_is_sent_away(keypads: Keypads, words: str) -> None:
    owner = keypads.owner
    await owner.say("/guest Dupont 1d front")
    token = token_in(owner)
    await owner.tap("A code for Front door")
    await owner.tap("Make a code for Front door")
    await keypads.stranger.say(f"/start {token}")
    await owner.say(words)
    assert await asked_later(keypads) == (
        "⚠️ A guest's right is gone, and codes of their pass still work. Revoke them, or leave them:\n"
        "• Front door, no. 1 for Dupont, until about Mon 2 Mar 13:01 CET."
    )
    await owner.tap("Revoke no. 1 of Front door")
    assert keypads.keypad_codes == []
