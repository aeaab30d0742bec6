"""A long session of the bot's holds against the published description of the Bot API."""

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from telegram import Bot

from tests.house import CLUB, FORUM, GROUP, MAX, OLGA, SAM, TOPIC, House, a_house
from tests.simulators.test_telegram.test_faithful import check_with_python_telegram_bot, checker


@pytest.fixture
async def lived_in(path: Path) -> AsyncIterator[House]:
    """A house after a long day."""
    async with a_house(path, doors={"shed": {"confirm": True}}) as house:
        for part in (settle_in, use_doors, have_trouble, let_people_in, go_on_in_groups):
            await part(house)
            house.hands.turn(61)
        yield house


async def settle_in(house: House) -> None:
    for chat in (house.owner, house.member, house.guest, house.stranger):
        for words in ("/start", "/help", "/whoami", "/nonsense", "hello"):
            await chat.say(words)


async def use_doors(house: House) -> None:
    member, owner = house.member, house.owner
    await member.say("/open front")
    await member.tap("Close")
    await member.tap("Status")
    await member.say("/open")
    await member.tap("Garage")
    await owner.say("/open shed")
    await owner.say("/status")
    await owner.tap("Garden shed")
    await owner.tap("Open")
    await owner.tap("Open Garden shed")
    await member.say("/open frnt")
    await member.say("/pin garage 2h")
    await member.say("/pin garage 30m")
    await member.forge("nonsense")
    await house.stranger.forge("do:open:front:0:")


async def have_trouble(house: House) -> None:
    house.gateway.faults.arrange("/open", "reset_after")
    await house.member.say("/open front")
    house.gateway.offline = True
    await house.member.say("/open front")
    await house.member.say("/status front")
    house.gateway.offline = False
    house.telegram.fail("sendMessage", 429, "Too Many Requests: retry after 30", retry_after=30)
    await house.owner.say("/help")
    await house.wait(31)


async def let_people_in(house: House) -> None:
    for words in ("/allow 99 front open 2h", "/allow", "/people", "/deny 99", "/deny 42", "/sync", "/pins"):
        await house.owner.say(words)


async def go_on_in_groups(house: House) -> None:
    for chat in (house.in_group(OLGA), house.in_group(OLGA, FORUM, TOPIC), house.in_group(OLGA, CLUB)):
        await chat.say("/notify on")
    await house.in_group(MAX).say("/open front")
    await house.in_group(MAX).say("/pin garage 2h")
    await house.in_group(SAM).say("/open front")
    await house.in_group(OLGA).say("/open front", anonymous=True)
    house.telegram.migrate(CLUB)
    await house.in_group(MAX, FORUM, TOPIC).say("/close front")
    house.telegram.kick(OLGA, GROUP)
    await house.quiet()


async def test_a_long_session_is_faultless(lived_in: House, tmp_path: Path) -> None:
    calls = tmp_path / "calls.jsonl"
    lived_in.telegram.write_calls(calls)
    check_with_python_telegram_bot(calls, Bot("1:a"))
    check(calls)


async def test_a_long_session_is_refused_nothing_but_what_was_arranged(lived_in: House) -> None:
    refused = {call.error["description"] for call in lived_in.telegram.calls if call.error}
    assert [
        words for words in refused if not words.startswith(("Too Many Requests", "Bad Request: group chat was"))
    ] == []


def check(calls: Path) -> None:
    """Against the description itself, where its checker is at hand."""
    if found := checker():
        checked = subprocess.run([sys.executable, str(found), str(calls)], capture_output=True, text=True)
        assert checked.returncode == 0, checked.stdout
