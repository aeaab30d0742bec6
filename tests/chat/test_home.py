"""/start is the home screen: one message that is edited as one moves about, and only what the person may use."""

from pathlib import Path

import pytest

from bot.domain.people import Role
from tests.house import API_KEY, GARAGE, GRETA, MAX, OLGA, TITLES, Chat, House, a_house

BOX = {"driver": "kas", "factory_number": GARAGE, "api_key": API_KEY, "base_url": "https://kas.test"}


async def test_a_member_is_greeted_by_name_and_sees_one_row_a_door(member: Chat) -> None:
    assert (await member.say("/start")).startswith("👋 Hello Max.\nFront door: 🔒 closed · just now")
    rows = [[button["text"] for button in row] for row in member.last["buttons"]]
    assert rows == [
        ["🔒 Front door", "Open"],
        ["Open Garage"],
        ["🆘 I can't get in"],
        ["🔑 Codes", "📜 History", "👤 My rights"],
        ["🔔 Notices", "❔ Help", "⟳ Refresh"],
    ]


async def test_a_door_that_was_just_opened_is_shown_open_before_it_is_read_again(house: House, member: Chat) -> None:
    house.hands.turn(60)
    house.gateway.faults.arrange("/locker_status", "http_500", times=None)
    await member.say("/open front")
    assert "Front door: 🔓 open · 6 s ago" in await member.say("/start")
    assert "🔓 Front door" in member.buttons


async def test_a_door_that_may_have_moved_is_not_shown_as_it_was_before(house: House, member: Chat) -> None:
    house.hands.turn(60)
    house.gateway.faults.arrange("/open", "reset_after")
    house.gateway.faults.arrange("/locker_status", "http_500", times=None)
    await member.say("/open front")
    line = "Front door: ⚠️ there was no clear answer, please check it · was 🔒 closed"
    assert line in await member.say("/start")
    assert "❔ Front door" in member.buttons
    assert line in await member.say("/status front")


async def test_an_owner_finds_everything_from_there(owner: Chat) -> None:
    await owner.say("/start")
    assert [button["text"] for button in owner.last["buttons"][-2]] == [
        "🔑 Codes",
        "📜 History",
        "👥 People",
        "✉️ Invite",
    ]
    assert sum("Open" in label for label in owner.buttons) == len(TITLES)


async def test_a_lock_that_cannot_be_read_has_no_state_to_press(owner: Chat) -> None:
    assert "Garage: ❔ this lock cannot be asked for its state." in await owner.say("/start")
    assert "Open Garage" in owner.buttons


async def test_a_guest_sees_nothing_that_is_not_theirs(guest: Chat) -> None:
    await guest.say("/start")
    assert guest.buttons == [
        "Open Garage",
        "🆘 I can't get in",
        "📜 History",
        "👤 My rights",
        "🔔 Notices",
        "❔ Help",
        "⟳ Refresh",
    ]


async def test_a_person_without_doors_is_told_so(house: House, owner: Chat, guest: Chat) -> None:
    await owner.say("/deny 44 garage")
    assert await guest.say("/start") == "👋 Hello Greta. There is no door for you at the moment."


async def test_a_person_whose_doors_open_later_reads_when(house: House, owner: Chat, guest: Chat) -> None:
    await owner.say("/grant Greta shed open,status mon-fri 8-18")
    await owner.say("/deny 44 garage")
    said = await guest.say("/start")
    nothing_yet = "👋 Hello Greta. There is no door for you at the moment."
    assert said == f"{nothing_yet}\n⏱ Garden shed opens to you from Mon 2 Mar 08:00 CET."
    assert (
        await guest.say("/open shd") == "There is no door that you may open at the moment. /whoami shows your rights."
    )


async def test_a_page_with_a_way_back_of_its_own_has_another_one_home(owner: Chat) -> None:
    await owner.say("/start")
    await owner.tap("👥 People")
    await owner.tap("Max")
    assert owner.buttons[-2:] == ["‹ Back", "🏠 Home"]
    assert "Greta" in await owner.tap("‹ Back")
    await owner.tap("Max")
    assert "Hello Olga" in await owner.tap("🏠 Home")


async def test_a_door_is_opened_in_one_touch_and_the_way_back_stays(house: House, member: Chat) -> None:
    await member.say("/start")
    assert "opened" in await member.tap("Open")
    assert house.commands_sent() == ["/open"]
    assert member.buttons[-1] == "‹ Back"
    assert "closed" in await member.tap("Close")
    assert (await member.tap("‹ Back")).startswith("👋 Hello Max.\nFront door: 🔒 closed")
    assert len(member.messages) == 1


@pytest.mark.parametrize("room", ["🔑 Codes", "📜 History", "👥 People", "✉️ Invite"])
async def test_every_room_takes_the_place_of_the_screen_and_leads_back(owner: Chat, room: str) -> None:
    await owner.say("/start")
    number, count = owner.last["message_id"], len(owner.messages)
    assert await owner.tap(room) != ""
    assert owner.last["message_id"] == number
    assert (await owner.tap("‹ Back")).startswith("👋 Hello Olga.")
    assert len(owner.messages) == count


async def test_pages_deep_in_a_room_lead_back_too(owner: Chat) -> None:
    await owner.say("/start")
    await owner.tap("📜 History")
    await owner.tap("Other")
    assert owner.buttons[-1] == "‹ Back"


async def test_what_is_no_page_of_the_screen_has_no_way_back(owner: Chat) -> None:
    await owner.say("/people")
    assert "‹ Back" not in owner.buttons
    await owner.say("/open front")
    assert "‹ Back" not in owner.buttons


async def test_the_state_shown_has_its_age(house: House, member: Chat) -> None:
    await member.say("/start")
    house.hands.turn(600)
    await house.poll_once()
    assert "Front door: 🔒 closed · 10 min ago" in await member.tap("⟳ Refresh")


async def test_looking_at_the_screen_asks_no_lock(house: House, member: Chat) -> None:
    before = house.requests()
    await member.say("/start")
    await member.tap("⟳ Refresh")
    assert house.requests() == before


async def test_in_a_group_it_stays_short(house: House, member_in_group: Chat) -> None:
    said = await member_in_group.say("/start")
    assert "\n" not in said
    assert not [title for title in TITLES if title in said]
    assert member_in_group.buttons == ["Open the private chat"]


async def test_a_manager_may_invite_and_see_people(house: House, member: Chat) -> None:
    await house.inside.people.change_person(caller=OLGA, person_id=MAX, role=Role.MANAGER)
    await member.say("/start")
    assert {"👥 People", "✉️ Invite"} <= set(member.buttons)
    assert "/invite" in await member.say("/help")


async def test_a_suspended_person_sees_no_door(house: House, guest: Chat) -> None:
    await house.inside.people.change_person(caller=OLGA, person_id=GRETA, is_suspended=True)
    await guest.say("/start")
    assert not [label for label in guest.buttons if "Garage" in label]


async def test_the_screen_of_yesterday_works(house: House, member: Chat) -> None:
    await member.say("/start")
    house.hands.turn(86_400)
    await house.restart()
    await house.poll_once()
    assert "opened" in await member.tap("Open")


async def test_a_right_taken_meanwhile_opens_nothing(house: House, owner: Chat, member: Chat) -> None:
    await member.say("/start")
    await owner.say("/deny 43")
    await member.tap("Open")
    assert house.commands_sent() == []


async def test_many_doors_have_pages_and_the_rooms_are_on_each(path: Path) -> None:
    async with a_house(path, doors={f"box{number}": BOX | {"title": f"Box {number}"} for number in range(25)}) as house:
        await house.owner.say("/start")
        assert "1/2" in house.owner.buttons
        assert "🔑 Codes" in house.owner.buttons
        await house.owner.tap("›")
        assert "🔑 Codes" in house.owner.buttons
