"""Less noise: a chat is muted or paused for a while, and alarms come all the same."""

import pytest

from tests.chat.test_notices import notices
from tests.house import FRONT, GROUP, MAX, OLGA, Chat, House

POLL = 3600.0


@pytest.fixture
async def group(house: House) -> Chat:
    chat = house.in_group(OLGA)
    await chat.say("/notify on")
    await house.poll_once()
    return chat


async def gateway_goes(house: House) -> None:
    house.gateway.offline = True
    for _ in range(4):
        await house.wait(POLL)
    await house.poll_once()


def sounds(house: House, words: str) -> list[bool]:
    """Whether what was sent to the group with these words made one."""
    sent = [call for call in house.calls("sendMessage") if str(call["chat_id"]) == str(GROUP)]
    return [not call.get("disable_notification") for call in sent if words in call["text"]]


async def test_a_chat_is_muted_from_a_notice(house: House, group: Chat) -> None:
    await gateway_goes(house)
    asked = await group.tap("🔕 Mute")
    assert asked.startswith("🔕 For how long is this chat to be told without a sound?")
    assert group.buttons == ["1 h", "Until morning", "1 day"]
    await house.poll_once()
    said = await group.tap("Until morning")
    assert said == "🔕 This chat is told without a sound until Mon 2 Mar 07:00 CET.\n👤 Olga"
    house.gateway.offline = False
    await house.wait(POLL)
    await gateway_goes(house)
    assert sounds(house, "cannot be reached,") == [True, False]


async def test_muted_chats_hear_alarms_with_a_sound(house: House, group: Chat) -> None:
    await group.tap("🔕 Mute")
    await house.poll_once()
    await group.tap("1 day")
    house.gateway.lock(FRONT).rebooted = True
    await house.wait(POLL)
    assert sounds(house, "position of the bolt is unknown") == [True]


async def test_a_mute_ends_by_a_button_or_by_itself(house: House, group: Chat) -> None:
    await group.tap("🔕 Mute")
    await house.poll_once()
    await group.tap("1 h")
    assert "🔕 Muted until Sun 1 Mar 14:00 CET." in await group.say("/notify")
    await house.poll_once()
    assert await group.tap("🔔 With sound again") == "🔔 This chat is told with a sound again.\n👤 Olga"
    assert "Muted" not in await group.say("/notify")


async def test_a_paused_chat_is_told_afterwards_what_happened(house: House, group: Chat) -> None:
    said = await group.say("/pause 2h")
    assert said.startswith("⏸ This chat is told nothing until Sun 1 Mar 15:00 CET, and then what happened meanwhile.")
    for words in ("/open front", "/close front", "/open front"):
        await house.member.say(words)
    assert notices(group) == []
    await house.wait(2 * POLL + 60)
    [notice] = notices(group)
    assert [line.split(" by ")[0] for line in notice.splitlines()] == [
        "🔓 Front door opened", "🔒 Front door closed", "🔓 Front door opened",
    ]  # fmt: skip


async def test_a_pause_ends_by_a_button_and_survives_a_restart(house: House, group: Chat) -> None:
    await group.say("/pause until 18:00")
    await house.restart()
    await house.member.say("/open front")
    assert notices(group) == []
    await group.say("/pause")
    await house.poll_once()
    await group.tap("▶ Go on")
    assert [text for text in group.seen if text.startswith("▶ This chat is told at once.")]
    await house.wait(5)
    assert len(notices(group)) == 1


async def test_from_the_pause_one_goes_back_to_the_notices(group: Chat) -> None:
    notices_of_chat = group.last["text"]
    await group.tap("⏸ Pause")
    assert await group.tap("‹ Back") in (notices_of_chat, f"{notices_of_chat}\n👤 Olga")
    await group.tap("⏸ Pause")
    await group.tap("1 h")
    assert "⏸ Paused until Sun 1 Mar 14:00 CET" in await group.tap("‹ Back")


async def test_alarms_and_answers_come_through_a_pause(house: House, group: Chat) -> None:
    await group.say("/pause 1 day")
    house.gateway.faults.arrange("/open", "reset_before")
    await house.member.say("/open front")
    [notice] = notices(group)
    assert "The door MAY be open" in notice
    assert "Garden shed" in await group.say("/status shed")


async def test_pause_is_off_with_the_word(house: House, group: Chat) -> None:
    await group.say("/pause 2h")
    assert (await group.say("/pause off")).startswith("▶ This chat is told at once.")
    assert [entry.detail["until"] is None for entry in await house.journal("notices paused")] == [False, True]


async def test_a_member_silences_their_own_chat_alone(house: House, group: Chat) -> None:
    assert await house.in_group(MAX).say("/pause 2h") == "Only an owner can do that."
    await house.in_group(MAX).forge("mute:1h", message_id=group.last["message_id"])
    [told] = await house.storage.groups.all()
    assert (told.muted_until, told.paused_until) == (None, None)
    await house.member.say("/notify on")
    assert (await house.member.say("/pause 2h")).startswith("⏸ This chat")


async def test_a_length_that_is_none_is_explained(group: Chat) -> None:
    assert "2h" in await group.say("/pause for ever and ever")


async def test_nothing_that_waited_is_told_once_the_chat_wants_nothing_more(house: House, group: Chat) -> None:
    await group.say("/pause 2h")
    await house.member.say("/open front")
    await group.say("/notify off")
    await house.wait(3 * POLL)
    assert notices(group) == []
