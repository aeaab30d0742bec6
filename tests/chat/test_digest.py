"""The daily digest: once a day at its hour, only if there is something to say, through restarts and clock changes."""

import re
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.chat.render.digest import told
from bot.domain.actions import Action
from bot.domain.events import Came, Digest, Ending, EndsSoon, JournalHead, TurnedAway, Unclear
from tests.house import FRONT, OLGA, SHED, Chat, House, a_house

PARIS = ZoneInfo("Europe/Paris")
BATTERY_EMPTY_MV = 5000


@pytest.fixture
async def house(path: Path) -> AsyncIterator[House]:
    """It begins at 13:00 on the first of March."""
    async with a_house(path) as house:
        yield house


def paris(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=PARIS)


async def until(house: House, moment: str) -> None:
    """In steps, so that the bot polls Telegram and its locks on the way, and a minute longer."""
    while (left := paris(moment).timestamp() - house.now()) > 0:
        await house.wait(min(3600.0, left))
    await house.wait(61)


def digests(chat: Chat) -> list[str]:
    return [text for text in chat.seen if text.startswith("🗞 Since")]


async def test_who_came_and_who_was_refused_is_told_at_the_hour_that_was_chosen(house: House) -> None:
    assert "each day at 7:30" in await house.owner.say("/digest 7:30")
    await house.wait(31)
    await house.member.say("/open front")
    await house.member.say("/close front")
    await house.member.say("/open front")
    await house.guest.say("/open front")
    await house.stranger.say("/open front")
    await until(house, "2026-03-02T07:28")
    assert digests(house.owner) == []
    await until(house, "2026-03-02T07:31")
    [digest] = digests(house.owner)
    assert "Who came\nMax: Front door ×2\n" in digest
    assert "Refused\nGreta: Front door, no right to that\nSam, a stranger\n" in digest
    assert house.calls("sendMessage")[-1].get("disable_notification")


async def test_a_day_with_nothing_to_say_is_silent_and_the_next_tells_of_itself_alone(house: House) -> None:
    await house.owner.say("/digest 8:00")
    await house.wait(31)
    await until(house, "2026-03-02T08:01")
    assert digests(house.owner) == []
    await house.member.say("/open front")
    await until(house, "2026-03-03T08:01")
    [digest] = digests(house.owner)
    assert digest.startswith("🗞 Since Mon 2 Mar 08:0")


async def test_it_is_told_once_also_when_the_bot_is_restarted(house: House) -> None:
    await house.owner.say("/digest 8:00")
    await house.wait(31)
    await house.member.say("/open front")
    await until(house, "2026-03-02T08:01")
    await house.restart()
    await until(house, "2026-03-02T09:00")
    assert len(digests(house.owner)) == 1


async def test_what_was_due_while_the_bot_was_away_is_told_afterwards(house: House) -> None:
    await house.owner.say("/digest 8:00")
    await house.wait(31)
    await house.member.say("/open front")
    await house.stop()
    house.hands.turn(20 * 3600)
    await house.start()
    await house.wait(31)
    assert len(digests(house.owner)) == 1


@pytest.mark.parametrize("begin", ["2026-03-28T20:00", "2026-10-24T20:00"])
async def test_on_the_days_of_the_clock_change_it_comes_once(path: Path, begin: str) -> None:
    """At 2:30, which is skipped in March and comes twice in October."""
    async with a_house(path, begin=paris(begin)) as house:
        await house.owner.say("/digest 2:30")
        await house.wait(31)
        await house.member.say("/open front")
        await until(house, f"{begin[:9]}{int(begin[9]) + 1}T12:00")
        assert len(digests(house.owner)) == 1


async def test_trouble_is_told_with_its_length(path: Path) -> None:
    async with a_house(path, poll_seconds=60) as house:
        await house.owner.say("/digest 14:00")
        await house.wait(31)
        house.shed.offline = True
        for _ in range(20):
            await house.wait(60)
        house.shed.offline = False
        house.gateway.faults.arrange("/open", "reset_before")
        await house.member.say("/open front")
        house.gateway.lock(FRONT).rebooted = True
        for _ in range(10):
            await house.wait(60)
        await until(house, "2026-03-01T14:00")
        [digest] = digests(house.owner)
        assert re.search(r"📡 Garden shed could not be reached for 2\d min, from Sun 1 Mar 13:0\d CET", digest)
        assert "❔ Front door: the position of the bolt was unknown, and that is still so, since" in digest
        assert "⚠️ Front door: Max asked to open it and there was no clear answer, Sun 1 Mar 13:2" in digest


async def test_batteries_and_what_ends_soon_are_told(house: House) -> None:
    await house.owner.say("/digest 8:00")
    await house.wait(31)
    await house.owner.say("/grant Max shed open until tue 7:00")
    await house.owner.say("/guest Dupont today 15:00 - mon 20:00 front")
    await house.owner.say("/pin garage 2d")
    await house.owner.say("/grant Greta shed open until sat 7:00")
    house.shed.lock(SHED).battery_mv = BATTERY_EMPTY_MV
    await until(house, "2026-03-02T08:01")
    [digest] = digests(house.owner)
    assert re.search(r"Batteries\n🪫 Garden shed: \d+ %, change it soon\n", digest)
    ends = digest.partition("Ends soon\n")[2].partition("\n\n")[0]
    assert ends.splitlines() == [
        "Mon 2 Mar 20:00 CET: the pass of Dupont, Front door",
        "Tue 3 Mar 07:00 CET: the right of Max, Garden shed",
        "Tue 3 Mar 13:00 CET: the code of Olga, Garage",
    ]


async def test_a_long_day_is_cut(house: House) -> None:
    for number in range(14):
        house.telegram.add_person(900 + number, f"Stranger {number:02}", started=True)
        await Chat(house, 900 + number, 900 + number).say("/start")
    house.hands.turn(1)
    await house.owner.say("/digest")
    digest = await house.owner.tap("Show it now")
    assert "Stranger 11, a stranger\n… and 2 more: /history" in digest


async def test_a_day_of_many_names_still_fits_and_ends_with_the_head(house: House) -> None:
    at, names = house.inside.clock.datetime(), [f"{number:02} {'long name ' * 6}" for number in range(40)]
    digest = Digest(
        since=at,
        at=at,
        came=tuple(Came(by=name, person=7, door=door, count=2) for name in names for door in ("front", "garage")),
        turned_away=tuple(TurnedAway(by=name, door="front", why="no right", count=1) for name in names),
        unclear=tuple(Unclear(by=name, door="front", action=Action.OPEN, at=at) for name in names),
        ending=tuple(EndsSoon(what=Ending.RIGHT, whose=name, doors=("front",), at=at) for name in names),
        head=JournalHead(number=1234, hash="0" * 64),
    )
    text = told(digest, house.inside.locale)
    assert len(text) <= 4096
    assert text.endswith(f"🔏 Journal up to entry 1234: <code>{'0' * 32}</code>")


async def test_a_paused_chat_hears_of_it_afterwards(house: House) -> None:
    await house.owner.say("/digest 14:00")
    await house.wait(31)
    await house.member.say("/open front")
    await house.owner.say("/pause 2h")
    await until(house, "2026-03-01T14:01")
    assert digests(house.owner) == []
    await until(house, "2026-03-01T15:30")
    assert len(digests(house.owner)) == 1


async def test_the_head_of_the_journal_is_told_and_the_journal_verifies_against_it(house: House) -> None:
    group = house.in_group(OLGA)
    await group.say("/digest 8:00")
    await house.wait(31)
    await house.member.say("/open front")
    await until(house, "2026-03-02T08:01")
    [digest] = digests(group)
    found = re.search(r"🔏 Journal up to entry \d+: ([0-9a-f]{32})$", digest)
    assert found
    await house.owner.say("/history")
    assert (await house.storage.journal.verify(kept_head=found[1])).fault is None
    assert (await house.storage.journal.verify(kept_head=found[1][::-1])).fault is not None


async def test_a_receipt_leads_to_the_head_that_a_chat_was_told(house: House) -> None:
    """A seal that nobody was told lies between the visit and that head."""
    await house.owner.say("/digest 20:00")
    await house.wait(31)
    await house.member.say("/open front")
    [visit] = [entry.seq for entry in await house.journal("started")]
    await house.storage.seals.seal(at=house.inside.clock.datetime())
    await house.guest.say("/open garage")
    await until(house, "2026-03-01T20:01")
    [told] = re.findall(r"entry \d+: ([0-9a-f]{32})", digests(house.owner)[0])
    await house.member.say(f"/receipt {visit}")
    [sent] = house.calls("sendDocument")
    assert told in str(sent["caption"])


async def test_once_a_week_whoever_hears_anything_is_told_a_head(house: House) -> None:
    group = house.in_group(OLGA)
    await group.say("/notify on")
    for days in (6, 2, 2):
        await house.member.say("/open front")
        await house.stop()
        house.hands.turn(days * 24 * 3600)
        await house.start()
    heads = [text for text in group.seen if text.startswith("🔏")]
    assert len(heads) == 1
    assert heads[0].endswith("Keep this message: receipts and the whole journal can be checked against it.")


async def test_off_ends_it_and_leaves_what_else_the_chat_hears(house: House) -> None:
    group = house.in_group(OLGA)
    await group.say("/notify on")
    await group.say("/digest 8:00")
    await house.wait(31)
    assert (await group.say("/digest off")).startswith("This chat gets no digest.")
    await house.member.say("/open front")
    await until(house, "2026-03-02T08:01")
    assert digests(group) == []
    assert "Front door opened by Max" in group.seen[-1]


async def test_whoever_asked_for_nothing_else_hears_of_nothing_else(house: House) -> None:
    await house.owner.say("/digest 8:00")
    before = len(house.owner.seen)
    await house.member.say("/open front")
    assert len(house.owner.seen) == before
    await house.owner.say("/digest off")
    assert (await house.owner.say("/notify")).startswith("🔕 This chat is not told about the doors.")


async def test_it_is_turned_on_and_off_with_buttons_and_shown_at_once(house: House) -> None:
    await house.member.say("/open front")
    await house.owner.say("/digest")
    assert house.owner.buttons == ["🗞 Each day at 8:00", "Show it now"]
    await house.poll_once()
    assert "Max: Front door" in await house.owner.tap("Show it now")
    assert "each day at 8:00" in await house.owner.tap("🗞 Each day at 8:00")
    assert (await house.owner.tap("No digest")).startswith("This chat gets no digest.")


async def test_the_choice_in_notify_is_the_same(house: House) -> None:
    await house.owner.say("/notify on")
    await house.poll_once()
    await house.owner.tap("☐ Digest")
    assert "each day at 8:00" in await house.owner.say("/digest")


@pytest.mark.parametrize("words", ["25:00", "at night", "8:61", "8 pm"])
async def test_what_is_no_hour_is_explained(house: House, words: str) -> None:
    assert "/digest 8:00" in await house.owner.say(f"/digest {words}")


async def test_only_owners_ask_for_it(house: House) -> None:
    assert "Only an owner can do that." in await house.member.say("/digest 8:00")
    await house.poll_once()
    await house.member.forge("go:digest:0:now")
    assert digests(house.member) == []


async def test_whoever_is_no_owner_any_more_gets_it_no_more(house: House) -> None:
    await house.owner.say("/promote Max owner")
    await house.member.say("/digest 8:00")
    await house.wait(31)
    await house.owner.say("/demote Max member")
    await house.guest.say("/open garage")
    await until(house, "2026-03-02T08:01")
    assert digests(house.member) == []


async def test_a_chat_with_the_digest_alone_hears_of_the_doors_when_notices_are_turned_on(house: House) -> None:
    await house.owner.say("/digest 8:00")
    assert "It is told of: doors that are opened" in await house.owner.say("/notify on")
    assert "☑ Digest" in house.owner.buttons
    await house.member.say("/open front")
    assert house.owner.last["text"].startswith("🔓 Front door opened by Max")
