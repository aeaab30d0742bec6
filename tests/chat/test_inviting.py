"""A link lets one person in: by words or buttons, as text and picture, once, in its time; one touch takes it back."""

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.chat.handlers.inviting import draw
from bot.domain.actions import Action
from bot.domain.people import Grant, Role
from tests.house import FORUM, GRETA, MAX, OLGA, SAM, TITLES, TOPIC, Chat, House, a_house

LINK = re.compile(r"https://t\.me/door_bot\?start=([A-Za-z0-9_-]{22})")
DAY = 86_400
PNG = b"\x89PNG"


def token_in(chat: Chat) -> str:
    """Of the newest link that the person can see."""
    found = [LINK.search(message["text"]) for message in chat.messages]
    return [match[1] for match in found if match][-1]


async def invite(owner: Chat, words: str = "/invite front 3d") -> str:
    await owner.say(words)
    return token_in(owner)


async def manager(house: House) -> Chat:
    await house.inside.people.change_person(caller=OLGA, person_id=MAX, role=Role.MANAGER)
    return house.member


async def test_a_link_is_made_with_words_and_lets_a_stranger_in(house: House, owner: Chat, stranger: Chat) -> None:
    said = await owner.say("/invite front 3d")
    assert said.startswith(
        "✉️ Invitation no. 1, for one person:\n• Front door: close, open, status, until Wed 4 Mar 13:00 CET\n"
        "It can be accepted until Wed 4 Mar 13:00 CET"
    )
    welcome = await stranger.say(f"/start {token_in(owner)}")
    assert welcome.startswith("👋 Welcome, Sam. You can use:\n• Front door: close, open, status, until Wed")
    assert "opened" in await stranger.tap("Open")
    assert house.commands_sent() == ["/open"]


async def test_the_inviter_is_told_who_came(house: House, owner: Chat, stranger: Chat) -> None:
    await stranger.say(f"/start {await invite(owner)}")
    await house.wait(5)
    assert owner.last["text"].startswith("👋 Sam (99) has accepted your invitation to Front door · ")


async def test_a_link_that_went_to_the_wrong_person_is_repaired_in_one_touch(
    house: House, owner: Chat, stranger: Chat
) -> None:
    await stranger.say(f"/start {await invite(owner)}")
    await house.wait(5)
    said = await owner.tap("That is somebody else: take it back")
    assert said == "✅ What the invitation gave them is taken back. /invite makes another link."
    await stranger.say("/open front")
    assert house.commands_sent() == []


async def test_the_host_of_one_door_needs_two_touches_for_a_link(path: Path) -> None:
    async with a_house(path) as house:
        house.inside.doors._doors = {"front": house.inside.doors._doors["front"]}
        await house.owner.say("/start")
        await house.owner.tap("✉️ Invite")
        await house.owner.tap("1 week")
        house.telegram.open_link(SAM, f"https://t.me/door_bot?start={token_in(house.owner)}")
        await house.quiet()
        assert "opened" in await house.stranger.tap("Open")


async def test_open_links_are_found_from_the_home_screen(owner: Chat) -> None:
    await invite(owner)
    await owner.say("/start")
    await owner.tap("✉️ Invite")
    await owner.tap("☐ Front door")
    assert (await owner.tap("Open links")).startswith("✉️ Links that can still be used:")
    assert owner.buttons == ["Revoke no. 1", "‹ Back"]


def test_the_picture_is_one_that_telegram_shows() -> None:
    assert draw("https://t.me/door_bot?start=AAAAAAAAAAAAAAAAAAAAAA").startswith(PNG)


async def test_the_link_comes_as_a_picture_with_a_button_to_send_it_on(house: House, owner: Chat) -> None:
    token = await invite(owner)
    [picture] = [message for message in owner.messages if message["file"]]
    assert picture["file"]["name"] == "invitation.png"
    assert picture["file"]["size"] > 300
    send, revoke = (button for row in picture["buttons"] for button in row)
    url = urlsplit(send["url"])
    assert (url.hostname, url.path) == ("t.me", "/share/url")
    assert parse_qs(url.query)["url"] == [f"https://t.me/door_bot?start={token}"]
    assert not [title for title in TITLES if title in parse_qs(url.query)["text"][0]]
    assert revoke["text"] == "Revoke no. 1"


async def test_with_buttons_it_takes_no_words_at_all(house: House, owner: Chat, stranger: Chat) -> None:
    await owner.say("/start")
    await owner.tap("✉️ Invite")
    await owner.tap("☐ Front door")
    await owner.tap("1 day")
    assert owner.messages[-2]["text"] == ("✉️ Invitation no. 1 is below. Send it to one person. /invites takes it back.")
    await stranger.say(f"/start {token_in(owner)}")
    assert "opened" in await stranger.say("/open front")


async def test_a_door_without_a_length_asks_for_the_length(owner: Chat) -> None:
    await owner.say("/invite garage")
    assert owner.buttons[:3] == ["☐ Front door", "☐ Garden shed", "☑ Garage"]


async def test_an_end_may_be_named(owner: Chat) -> None:
    assert "until Fri 6 Mar 18:00 CET" in await owner.say("/invite front until fri 18:00")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("/invite cellar 3d", "There is no door “cellar”"),
        ("/invite front soon", "“soon” is no time that the bot understands. Write for example /invite front 3d."),
        ("/invite 3d", "There is no door “3d”"),
    ],
)
async def test_what_is_written_wrongly_makes_no_link(house: House, owner: Chat, words: str, says: str) -> None:
    assert says in await owner.say(words)
    assert await house.journal("invitation made") == []


async def test_a_link_works_once(house: House, owner: Chat, stranger: Chat) -> None:
    token = await invite(owner)
    await stranger.say(f"/start {token}")
    house.telegram.add_person(7, "Mallory", started=True)
    said = await Chat(house, 7, 7).say(f"/start {token}")
    assert said == "Somebody has used this link already, and it works once. Please ask for one of your own."
    assert not (await house.inside.people.rights(7)).known


async def test_whoever_opens_it_again_gets_the_home_screen_and_nothing_more(
    house: House, owner: Chat, stranger: Chat
) -> None:
    token = await invite(owner)
    await stranger.say(f"/start {token}")
    assert (await stranger.say(f"/start {token}")).startswith("👋 Hello Sam.")
    assert len((await house.inside.people.rights(SAM)).grants) == 1
    await owner.say("/deny 99")
    assert "ended" in await stranger.say(f"/start {token}")
    assert not (await house.inside.people.rights(SAM)).known


async def test_a_start_that_telegram_delivers_twice_is_one_claim(house: House, owner: Chat, stranger: Chat) -> None:
    update = stranger.write(f"/start {await invite(owner)}")
    await house.quiet()
    await house.restart()
    house.redeliver(update)
    await house.quiet()
    assert len((await house.inside.people.rights(SAM)).grants) == 1


async def test_a_late_claim_is_refused_kindly(house: House, owner: Chat, stranger: Chat) -> None:
    token = await invite(owner, "/invite front 1h")
    house.hands.turn(3600)
    await house.poll_once()
    assert await stranger.say(f"/start {token}") == "This link has ended. Please ask whoever sent it for a new one."


async def test_a_banned_person_cannot_use_a_link(house: House, owner: Chat, stranger: Chat) -> None:
    await stranger.say("/start")
    await stranger.tap("Ask to come in")
    await owner.tap("Ban")
    token = await invite(owner)
    assert await stranger.say(f"/start {token}") == "This link cannot let you in. Please ask whoever sent it."
    assert not (await house.inside.people.rights(SAM)).known


async def test_guesses_are_not_answered_often_and_leave_no_trace(house: House, stranger: Chat) -> None:
    said = [await stranger.say(f"/start {'A' * 20}{number:02}") for number in range(8)]
    assert said[:5] == ["This link is not one that the bot knows. Please ask whoever sent it for a new one."] * 5
    assert said[5:] == ["", "", ""]
    assert await house.journal("invitation refused") == []


async def test_the_list_takes_a_link_back(house: House, owner: Chat, stranger: Chat) -> None:
    token = await invite(owner)
    assert (await owner.say("/invites")).startswith("✉️ Links that can still be used:\nno. 1, can be accepted until")
    said = await owner.tap("Revoke no. 1")
    assert said == (
        "✅ Invitation no. 1 is taken back: its link lets nobody in.\n\n"
        "There is no link that can still be used. /invite makes one."
    )
    assert await stranger.say(f"/start {token}") == "This link was taken back. Please ask whoever sent it."


async def test_the_button_under_the_picture_takes_it_back_too(house: House, owner: Chat) -> None:
    await invite(owner)
    assert "is taken back" in await owner.tap("Revoke no. 1")
    assert "could not be taken back" in await owner.tap("Revoke no. 1")


async def test_an_owner_who_tries_the_link_does_not_use_it_up(house: House, owner: Chat, stranger: Chat) -> None:
    token = await invite(owner)
    assert "it is still unused" in await owner.say(f"/start {token}")
    assert "Welcome" in await stranger.say(f"/start {token}")


async def test_somebody_on_the_list_gets_another_door_by_a_link(house: House, owner: Chat, guest: Chat) -> None:
    await guest.say(f"/start {await invite(owner)}")
    assert "opened" in await guest.say("/open front")
    assert "accepted" in await guest.say("/open garage")


async def test_in_a_group_the_link_is_told_privately(house: House, owner: Chat, owner_in_group: Chat) -> None:
    assert await owner_in_group.say("/invite front 3d") == "📬 Sent to you privately."
    assert not LINK.search(" ".join(owner_in_group.seen))
    assert token_in(owner)
    assert await owner_in_group.say("/invites") == "📬 Sent to you privately."


async def test_a_token_in_a_group_lets_nobody_in(house: House, owner: Chat) -> None:
    """Everybody there can read it."""
    token = await invite(owner)
    await house.in_group(SAM).say(f"/start {token}")
    assert not (await house.inside.people.rights(SAM)).known


@pytest.mark.parametrize("words", ["/invite front 3d", "/invite", "/invites", "/bans"])
async def test_an_anonymous_admin_cannot_invite(house: House, words: str) -> None:
    """Telegram does not say who it is, were it an owner."""
    said = await house.in_group(OLGA).say(words, anonymous=True)
    assert said.startswith("You write as a group")
    assert await house.journal("invitation made") == []


async def test_a_suspended_manager_cannot_invite(house: House) -> None:
    chat = await manager(house)
    token = await invite(chat)
    await house.inside.people.change_person(caller=OLGA, person_id=MAX, is_suspended=True)
    await chat.say("/invite front 1d")
    assert len(await house.journal("invitation made")) == 1
    assert "cannot let people in" in await house.stranger.say(f"/start {token}")


@pytest.mark.parametrize("words", ["/invite front 3d", "/invite", "/invites"])
async def test_members_cannot_invite(house: House, member: Chat, words: str) -> None:
    assert await member.say(words) == "Only owners and managers can do that."
    assert await member.say("/bans") == "Only an owner can do that."
    await member.forge("may:i:0:1:000000:1d")
    await member.forge("go:uninvite:0:1", message_id=member.last["message_id"])
    assert await house.journal("invitation made") == []


async def test_a_manager_invites_within_the_own_rights(house: House, stranger: Chat) -> None:
    """What a manager's own right does not cover is left out, and said."""
    chat = await manager(house)
    await house.inside.people.give(caller=OLGA, grant=_for_a_week(house))
    await chat.say("/invite")
    assert [label for label in chat.buttons if "☐" in label] == ["☐ Front door", "☐ Garden shed", "☐ Garage"]
    await chat.tap("☐ Garden shed")
    await chat.tap("For good")
    assert "• Garden shed: open, until Sun 8 Mar" in chat.last["text"]
    await stranger.say(f"/start {token_in(chat)}")
    assert "opened" in await stranger.say("/open shed")


def _for_a_week(house: House) -> Grant:
    now = house.inside.clock.datetime()
    return Grant(
        id=0, person_id=MAX, door="shed", actions=frozenset({Action.OPEN}), ends_at=now + timedelta(days=7),
        granted_by=OLGA, granted_at=now,
    )  # fmt: skip


async def test_a_manager_cannot_invite_to_other_doors(house: House) -> None:
    chat = await manager(house)
    assert "There is no door “shed”" in await chat.say("/invite shed 1d")
    assert await house.journal("invitation made") == []


async def test_a_link_of_a_manager_who_lost_the_right_lets_nobody_in(house: House, owner: Chat, stranger: Chat) -> None:
    chat = await manager(house)
    token = await invite(chat)
    await owner.say("/deny 43 front")
    said = await stranger.say(f"/start {token}")
    assert said == "Whoever sent this link cannot let people in any more. Please ask an owner."
    assert not (await house.inside.people.rights(SAM)).known


async def test_a_person_is_picked_with_telegrams_own_list(house: House, owner: Chat) -> None:
    await owner.say("/invite")
    await owner.tap("Somebody in my contacts")
    house.telegram.pick(OLGA, "Choose a person", [SAM])
    await house.quiet()
    assert owner.last["text"] == "Sam (99): which doors, and for how long?"
    await owner.tap("☐ Front door")
    said = await owner.tap("1 day")
    assert said == "✅ Sam (99):\n• Front door: close, open, status, until Mon 2 Mar 13:00 CET"
    assert house.stranger.last["text"].startswith("👋 You have new rights:\n• Front door: close, open, status")
    assert "opened" in await house.stranger.say("/open front")


async def test_allow_without_words_shows_the_list_of_people(owner: Chat) -> None:
    assert (await owner.say("/allow")).startswith("For whom? Choose somebody below")
    assert owner.last["keyboard"]["keyboard"][0][0]["text"] == "Choose a person"


async def test_in_a_topic_everything_is_told_privately(house: House, owner: Chat) -> None:
    in_topic = house.in_group(OLGA, FORUM, TOPIC)
    for words in ("/invite", "/invite front 3d", "/invites", "/bans"):
        assert await in_topic.say(words) == "📬 Sent to you privately."
    assert in_topic.last["thread"] == TOPIC


async def test_what_was_made_and_claimed_can_be_read_in_the_history(house: House, owner: Chat, stranger: Chat) -> None:
    await stranger.say(f"/start {await invite(owner)}")
    said = await owner.say("/history other")
    assert "✉️ an invitation was made at Front door, by you" in said
    assert "✉️ Sam accepted an invitation at Front door, by you" in said


async def test_a_shared_contact_picks_a_person_too(house: House, owner: Chat) -> None:
    contact = {"phone_number": "+33600000000", "first_name": "Sam", "user_id": SAM}
    assert await owner.say("", contact=contact) == "Sam (99): which doors, and for how long?"


async def test_a_picked_person_who_never_met_the_bot_is_let_in_and_that_is_said(house: House, owner: Chat) -> None:
    contact = {"phone_number": "+33600000000", "first_name": "Nina", "user_id": 7000}
    await owner.say("", contact=contact)
    await owner.tap("☐ Front door")
    said = await owner.tap("For good")
    assert said.startswith("✅ Nina (7000):\n• Front door: close, open, status, for good\n⚠️ They could not be told")


@pytest.mark.parametrize(
    ("shared", "says"),
    [
        ({"contact": {"phone_number": "+33600000000", "first_name": "Ida"}}, "no Telegram account"),
        ({"contact": {"phone_number": "+1", "first_name": "Bot", "user_id": 77000042}}, "not a person"),
        ({"users_shared": {"request_id": 1, "users": []}}, "no Telegram account"),
        ({"users_shared": {"request_id": 999, "users": [{"user_id": SAM}]}}, "no longer valid"),
    ],
)
async def test_who_cannot_be_let_in_is_said(owner: Chat, shared: dict[str, object], says: str) -> None:
    assert says in await owner.say("", **shared)


async def test_only_those_who_may_give_rights_can_pick(house: House, member: Chat, stranger: Chat) -> None:
    shared = {"request_id": 1, "users": [{"user_id": GRETA, "first_name": "Greta"}]}
    assert await member.say("", users_shared=shared) == "Only owners and managers can do that."
    assert "You are not on the list" in await stranger.say("", users_shared=shared)


async def test_the_link_waits_nowhere_when_telegram_is_away(house: House, owner: Chat) -> None:
    for method in ("sendPhoto", "sendMessage"):
        house.telegram.faults.arrange(method, "http_502", times=20)
    await owner.say("/invite front 3d")
    waiting = await house.storage.database.rows("SELECT event FROM outbox")
    assert "start=" not in str(waiting)
    assert len(await house.journal("invitation made")) == 1


async def test_the_token_is_in_no_record(house: House, owner: Chat, stranger: Chat) -> None:
    token = await invite(owner)
    await stranger.say(f"/start {token}")
    house.telegram.add_person(7, "Mallory", started=True)
    await Chat(house, 7, 7).say(f"/start {token}")
    await house.stop()
    kept = b"".join(file.read_bytes() for file in house.database.parent.glob("*.db*"))
    assert token.encode() not in kept
    await house.start()
