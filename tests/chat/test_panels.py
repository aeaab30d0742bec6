"""/panel: a pinned message that always shows the doors, and whose buttons ask for the right of whoever presses."""

from itertools import pairwise

import pytest

from bot.domain.failures import StorageFailed
from tests.house import CLUB, FORUM, FRONT, GRETA, GROUP, MAX, OLGA, SAM, SHED, TOPIC, Chat, House

POLL, GAP, CHECK = 3600.0, 5.0, 600.0
HEAD = "🚪 Doors\n"


def panels(chat: Chat) -> list[str]:
    return [message["text"] for message in chat.messages if message["text"].startswith(HEAD)]


def pinned(chat: Chat) -> list[str]:
    return [message["text"] for message in chat.messages if message["pinned"]]


def runs(house: House, group: int = GROUP, **more: list[str]) -> None:
    house.telegram.set_bot(OLGA, group, "administrator", **more)


@pytest.fixture
async def group(house: House) -> Chat:
    """A group with a panel, seen by Max."""
    runs(house)
    await house.in_group(OLGA).say("/panel")
    return house.in_group(MAX)


async def turn_by_hand(house: House, bolt: str) -> None:
    house.gateway.turn_by_hand(FRONT, bolt)
    house.hands.turn(GAP)
    await house.owner.say("/status front")


async def test_a_panel_shows_every_door_and_is_pinned(house: House, group: Chat) -> None:
    [said] = [text for text in group.seen if text.startswith("📌")]
    assert said == (
        "📌 This chat has a panel: the message that always shows every door. It is pinned, and changes by itself. Tick"
        " the doors that it is to show; /panel off ends it."
    )
    [text] = pinned(group)
    assert text == (
        "🚪 Doors\nFront door: 🔒 closed · Sun 1 Mar 13:00 CET · 🔋 76 %\n"
        "Garden shed: 🔒 closed · Sun 1 Mar 13:00 CET · 🔋 76 %\n"
        "Garage: ❔ this lock cannot be asked for its state.\nThe times say since when each is seen so."
    )
    [message] = [message for message in group.messages if message["pinned"]]
    assert {e["date_time_format"] for e in message["entities"] if e["type"] == "date_time"} == {"r"}
    assert [button["text"] for row in message["buttons"] for button in row] == [
        "Open Front door",
        "Close",
        "Open Garden shed",
        "Close",
        "Open Garage",
    ]


@pytest.mark.parametrize("place", [(GROUP, None), (FORUM, TOPIC), (CLUB, None), (OLGA, None)])
async def test_it_follows_commands_at_once_wherever_it_is(house: House, place: tuple[int, int | None]) -> None:
    chat = Chat(house, OLGA, *place)
    if place[0] < 0:
        runs(house, place[0])
    await chat.say("/panel")
    await house.wait(GAP)
    await house.member.say("/open front")
    [text] = pinned(chat)
    assert "Front door: 🔓 open" in text
    assert [message["thread"] for message in chat.messages if message["pinned"]] == [place[1]]


async def test_it_follows_what_is_read(house: House, group: Chat) -> None:
    await turn_by_hand(house, "unlocked")
    assert "Front door: 🔓 open · Sun 1 Mar 13:00 CET" in pinned(group)[0]
    house.gateway.offline = True
    for _ in range(4):
        await house.wait(POLL)
    assert "Front door: 📡 cannot be reached · " in pinned(group)[0]
    assert "was 🔓 open" in pinned(group)[0]


async def test_a_door_that_may_have_moved_is_shown_as_that_until_it_is_seen(house: House, group: Chat) -> None:
    house.gateway.faults.arrange("/open", "reset_after")
    house.gateway.faults.arrange("*status*", "reset_before", times=None)
    await house.member.say("/open front")
    await house.wait(GAP)
    assert "Front door: ⚠️ there was no clear answer, please check it · was 🔒 closed" in pinned(group)[0]
    house.gateway.faults.clear()
    await house.owner.say("/status front")
    await house.wait(GAP)
    assert "Front door: 🔓 open" in pinned(group)[0]


async def test_readings_that_say_the_same_edit_nothing(house: House, group: Chat) -> None:
    for _ in range(3):
        house.hands.turn(GAP)
        await house.owner.say("/status front")
    assert [call for call in house.calls("editMessageText") if str(call["chat_id"]) == str(GROUP)] == []


async def test_of_many_changes_the_last_one_is_shown(house: House, group: Chat) -> None:
    await house.wait(GAP)
    for bolt in ["unlocked", "locked"] * 5 + ["unlocked"]:
        house.gateway.turn_by_hand(FRONT, bolt)
        await house.owner.say("/status front")
    await house.wait(GAP)
    assert "Front door: 🔓 open" in pinned(group)[0]
    edits = [
        call.at
        for call in house.telegram.calls
        if call.method == "editMessageText" and HEAD in str(call.result and call.result["text"])
    ]
    assert len(edits) > 1
    assert all(later - earlier >= GAP for earlier, later in pairwise(edits))


async def test_whoever_may_opens_with_its_buttons_and_the_panel_stays(house: House, group: Chat) -> None:
    await house.poll_once()
    await group.tap("Open Front door")
    [said] = [message["text"] for message in group.messages if "Front door opened" in message["text"]]
    assert said.endswith("\n👤 Max")
    assert house.moves() == ["unlocking", "unlocked"]
    assert len(panels(group)) == 1
    await house.wait(GAP)
    assert "Front door: 🔓 open" in pinned(group)[0]


async def test_pressing_again_within_two_minutes_is_asked_about(house: House, group: Chat) -> None:
    await house.poll_once()
    await group.tap("Open Front door")
    house.hands.turn(60)
    await house.poll_once()
    await group.tap("Open Front door")
    assert house.moves() == ["unlocking", "unlocked"]
    assert len(panels(group)) == 1


async def test_a_press_that_may_be_old_is_asked_about(house: House, group: Chat) -> None:
    house.hands.turn(120)
    await group.tap("Open Front door")
    assert house.moves() == []
    assert "Please confirm: the question is at the end of the chat." in group.alerts


@pytest.mark.parametrize(("person", "why"), [(GRETA, "You may not do that here"), (SAM, "You are not on the list")])
async def test_whoever_may_not_gets_a_pop_up_and_the_chat_nothing(
    house: House, group: Chat, person: int, why: str
) -> None:
    await house.poll_once()
    chat, before = house.in_group(person), len(house.owner.messages)
    await chat.tap("Open Front door")
    assert why in chat.alerts[0]
    assert house.commands_sent() == []
    assert len(house.owner.messages) == before


async def test_an_owner_chooses_what_it_shows_with_buttons(house: House, group: Chat) -> None:
    await house.poll_once()
    owner = house.in_group(OLGA)
    await owner.tap("☑ Garage")
    await house.wait(GAP)
    assert "Garage" not in pinned(group)[0]
    await owner.tap("☐ Garage")
    await house.wait(GAP)
    assert "Garage" in pinned(group)[0]


async def test_doors_may_be_named(house: House) -> None:
    runs(house)
    owner = house.in_group(OLGA)
    await owner.say("/panel front, shed")
    assert "Garage" not in pinned(owner)[0]
    assert "There is no" in await owner.say("/panel cellar")
    await owner.say("/panel all")
    await house.wait(GAP)
    assert "Garage" in pinned(owner)[0]


async def test_members_choose_nothing(house: House, group: Chat) -> None:
    assert await group.say("/panel off") == "Only an owner can do that."
    await group.forge("go:panel:0:off")
    await house.wait(GAP)
    assert len(pinned(group)) == 1


async def test_an_anonymous_administrator_is_told_to_write_as_themself(house: House, owner_in_group: Chat) -> None:
    assert "You write as a group" in await owner_in_group.say("/panel", anonymous=True)
    assert panels(owner_in_group) == []


async def test_a_panel_that_was_deleted_is_made_again_and_pinned(house: House, group: Chat) -> None:
    [number] = [message["message_id"] for message in group.messages if message["pinned"]]
    house.telegram.delete(OLGA, GROUP, number)
    assert pinned(group) == []
    await house.wait(CHECK)
    assert len(pinned(group)) == 1


async def test_a_disk_that_takes_nothing_makes_no_second_panel(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    runs(house)

    async def full(*_: object, **__: object) -> None:
        raise StorageFailed("the disk is full")

    monkeypatch.setattr(house.storage.panels, "write_down", full)
    owner = house.in_group(OLGA)
    await owner.say("/panel")
    await house.wait(60)
    assert len(panels(owner)) == 1
    monkeypatch.undo()
    await house.wait(60)
    assert len(pinned(owner)) == len(panels(owner)) == 1


async def test_off_takes_it_down(house: House, group: Chat) -> None:
    await house.wait(GAP)
    assert await house.in_group(OLGA).say("/panel off") in group.seen
    assert pinned(group) == panels(group) == []
    over = [message for message in group.messages if message["text"].startswith("🚪 This panel is over")]
    assert [message["buttons"] for message in over] == [[]]
    assert "There is no panel" in await house.in_group(OLGA).say("/panel off")


async def test_it_is_over_when_the_owner_who_made_it_is_none_any_more(house: House) -> None:
    runs(house)
    await house.owner.say("/promote Max owner")
    await house.owner.tap("Yes, do it")
    group = house.in_group(MAX)
    await group.say("/panel")
    assert len(pinned(group)) == 1
    await house.owner.say("/demote Max member")
    await house.owner.tap("Yes, do it")
    await house.wait(GAP)
    assert pinned(group) == []


async def test_where_the_bot_may_not_pin_it_says_so_once(house: House) -> None:
    runs(house, lacks=["can_pin_messages"])
    group = house.in_group(OLGA)
    await group.say("/panel")
    await house.wait(CHECK)
    await house.wait(CHECK)
    assert len([text for text in group.seen if "I may not pin the panel here" in text]) == 1
    assert pinned(group) == []
    runs(house)
    await house.wait(GAP)
    assert len(pinned(group)) == len(panels(group)) == 1


async def test_it_survives_a_restart(house: House, group: Chat) -> None:
    await house.stop()
    house.gateway.turn_by_hand(FRONT, "unlocked")
    await house.start()
    await house.wait(GAP)
    assert len(pinned(group)) == len(panels(group)) == 1
    assert "Front door: 🔓 open" in pinned(group)[0]


async def test_it_moves_with_its_group(house: House) -> None:
    runs(house, CLUB)
    await house.in_group(OLGA, CLUB).say("/panel")
    there = house.telegram.migrate(CLUB)["chat"]
    await house.quiet()
    await house.wait(GAP)
    assert len(pinned(house.in_group(OLGA, there))) == 1


async def test_it_ends_when_the_bot_is_thrown_out(house: House, group: Chat) -> None:
    house.telegram.kick(OLGA, GROUP)
    await house.quiet()
    assert await house.storage.panels.all() == ()


async def test_telegram_away_is_tried_again(house: House, group: Chat) -> None:
    house.telegram.faults.arrange("editMessageText", "http_502", times=None)
    await turn_by_hand(house, "unlocked")
    assert "🔒 closed" in pinned(group)[0]
    house.telegram.faults.clear()
    await house.wait(60)
    assert "Front door: 🔓 open" in pinned(group)[0]


async def test_a_lockdown_stands_on_it(house: House, group: Chat) -> None:
    house.hands.turn(GAP)
    await house.owner.say("/lockdown all")
    assert "🚨" in pinned(group)[0]
    house.hands.turn(GAP)
    await house.owner.say("/lockdown off")
    await house.wait(GAP)
    assert "🚨" not in pinned(group)[0]


async def test_a_deleted_topic_takes_its_panel_along(house: House) -> None:
    runs(house, FORUM)
    await house.in_group(OLGA, FORUM, TOPIC).say("/panel")
    house.telegram.delete_topic(FORUM, TOPIC)
    await house.wait(CHECK)
    assert await house.storage.panels.all() == ()


async def test_without_a_panel_nothing_is_asked_of_the_disk(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.wait(GAP)
    asked: list[str] = []
    monkeypatch.setattr(house.storage.readings, "all", lambda: asked.append("readings"))
    await house.member.say("/open front")
    house.shed.turn_by_hand(SHED, "unlocked")
    await house.wait(POLL)
    assert asked == []
