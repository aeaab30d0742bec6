"""/doctor: what is right and wrong with the house, for owners, in private, and soon, whatever hangs."""

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import doctor
from bot.chat.render.doctor import SENTENCES
from bot.domain.actions import Action
from bot.domain.diagnoses import Switch
from bot.domain.people import Grant
from tests.chat.test_second_factor import set_up
from tests.house import GROUP, MAX, OLGA, Chat, House, a_house

FIX = "      🔧 "


@pytest.fixture
async def house(path: Path) -> AsyncIterator[House]:
    async with a_house(path, doors={"garage": {"synced_on": "2026-02-01"}}) as house:
        yield house


@pytest.fixture
def owner(house: House) -> Chat:
    return house.owner


def lines(said: str, sign: str) -> list[str]:
    return [line.removeprefix(sign + " ") for line in said.splitlines() if line.startswith(sign)]


async def test_a_house_that_is_well(house: House, owner: Chat) -> None:
    said = await owner.say("/doctor")
    assert said.splitlines()[0] == "🩺 All is well"
    assert (lines(said, "⚠️"), lines(said, "❌"), FIX in said) == ([], [], False)
    number, hash_ = await house.storage.journal.head()
    shown = re.sub(r"\d+ (ms|MB|s ago)", r"N \1", said)
    assert shown.splitlines()[1:] == [
        "✅ Telegram: this is @door_bot.",
        "✅ The bot runs; Telegram last completed a poll N s ago.",
        "✅ The clock of this machine is right.",
        "✅ Front door: The gateway has firmware 65 and says “Scanning”.",
        "✅ Garden shed: The gateway has firmware 65 and says “Scanning”.",
        "✅ Garage: KAS Cloud answers. The key cannot be tried without opening a door.",
        "✅ Front door: Last read N s ago, now every 60 min, battery 76 %.",
        "✅ Garden shed: Last read N s ago, now every 60 min, battery 76 %.",
        "✅ The database is whole.",
        "✅ The people list is what the journal says.",
        "✅ A record is on disk after N ms.",
        "✅ N MB are free.",
        "✅ Only the bot's user can read database and settings.",
        f"✅ Head of the journal: no. {number}, {hash_[:16]}. Compare it with one that you kept.",
    ]


async def test_every_fault_is_a_line_with_what_to_do(house: House, owner: Chat, path: Path) -> None:
    await house.in_group(OLGA).say("/notify on")
    house.telegram.set_bot(OLGA, GROUP, "restricted")
    house.telegram.privacy = False
    house.telegram.turned_on |= {"supports_inline_queries", "supports_guest_queries"}
    house.telegram.turned_on |= {"can_connect_to_business", "can_manage_bots"}
    house.gateway.offline = True
    house.hands.host_is_off_by = -7200
    os.chmod(path, 0o644)  # noqa: PTH101
    await house.storage.database.rows("UPDATE people SET role = 'owner' WHERE id = $1", MAX)
    said = await owner.say("/doctor")
    assert said.splitlines()[0] == "🩺 3 things do not work"
    assert lines(said, "❌") == [
        "Group “House”: the bot may not write there, so its notices wait.",
        "Front door: The gateway cannot be reached.",
        "The people list is not what the journal says, in 1 place(s).",
    ]
    assert [line.split(":")[0] for line in lines(said, "⚠️")] == [
        "Inline mode is on",
        "Guest mode is on",
        "Business mode is on",
        "The bot may manage other bots, which it never does.",
        "Privacy mode is off",
        "The clock of this machine is 2 h behind Telegram's time.",
        f"Others on this machine can read {path}.",
    ]
    assert said.count(FIX) == 10


async def test_whoever_is_no_owner_learns_nothing(house: House) -> None:
    before = len(house.requests())
    assert await house.member.say("/doctor") == "Only an owner can do that."
    assert "Your id is 99" in await house.stranger.say("/doctor")
    assert len(house.requests()) == before


async def test_in_a_group_the_owner_is_told_in_private(house: House, owner: Chat) -> None:
    assert "private" in await house.in_group(OLGA).say("/doctor")
    assert owner.last["text"].startswith("🩺 All is well")


async def test_the_button_looks_again_in_the_same_message(house: House, owner: Chat) -> None:
    await owner.say("/doctor")
    count = len(owner.messages)
    house.gateway.offline = True
    assert "Front door: The gateway cannot be reached." in await owner.tap("⟳ Refresh")
    assert len(owner.messages) == count


async def test_a_gateway_that_hangs_is_named_and_holds_up_nothing(
    house: House, owner: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "GATEWAY_SECONDS", 0.02)
    house.gateway.faults.arrange("/status", "slow", seconds=300)
    said = await owner.say("/doctor")
    # Others may be slow, too, on a machine that is busy.
    assert "Front door: Its gateway or cloud gave no answer within 0 s." in lines(said, "❌")
    assert "Head of the journal" in said


async def test_members_of_a_group_need_the_bot_to_run_it(house: House, owner: Chat) -> None:
    grant = Grant(
        id=0, person_id=None, chat_id=GROUP, door="front", actions=frozenset({Action.OPEN}), ends_at=None,
        granted_by=OLGA, granted_at=house.inside.clock.datetime(),
    )  # fmt: skip
    await house.storage.grants.add(grant)
    said = await owner.say("/doctor")
    assert any(line.startswith("Group “House”: its members have rights here") for line in lines(said, "❌"))
    house.telegram.set_bot(OLGA, GROUP, "administrator")
    assert "✅ Group “House”: the bot is an administrator" in await owner.tap("⟳ Refresh")
    house.telegram.kick(OLGA, GROUP)
    assert f"❌ Group “{GROUP}”: the bot is not in it." in await owner.say("/doctor")


async def test_a_lock_that_is_away_and_a_battery_that_is_low_are_named(house: House, owner: Chat) -> None:
    house.shed.lock(45961124).battery_mv = 6500
    await house.wait(3600)
    house.gateway.lock(45961123).in_range = False
    for _ in range(2):
        await house.wait(3600)
    said = await owner.say("/doctor")
    assert any("Front door: Not reached for" in line for line in lines(said, "❌"))
    assert "Garden shed: The battery is low: 5 %." in lines(said, "⚠️")


async def test_a_door_that_wants_what_nobody_has_is_named(path: Path) -> None:
    async with a_house(path, doors={"shed": {"second_factor": "22:00-07:00"}}) as house:
        said = await house.owner.say("/doctor")
        assert "⚠️ Garden shed: A second factor is wanted, and nobody has set one up" in said
        await set_up(house.owner)
        assert "✅ Garden shed: A second factor is wanted. People who have set one up: 1." in await house.owner.say(
            "/doctor"
        )


def test_whatever_is_found_has_a_sentence_and_what_is_wrong_has_advice() -> None:
    codes = {f"switch.{switch}" for switch in Switch} | {"telegram.away", "telegram.token"}
    for file in Path(doctor.__file__).parent.glob("*.py"):
        codes |= set(re.findall(r'"([a-z]+\.[a-z_]+)"', file.read_text("utf-8")))
    assert codes <= SENTENCES.keys() | {"latchkey.doctor"}
    good = {"settings", "settings.door", "telegram.reached", "bot.polls", "bot.starts", "clock.right", "group.runs"}
    good |= {"group.member", "door.read", "database.none", "database.whole", "list.same", "disk.commit", "disk.free"}
    good |= {"files.private", "head", "factor.some"}
    assert {code for code, sentence in SENTENCES.items() if not sentence.fix} == good
