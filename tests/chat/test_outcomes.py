"""Whatever comes of a command, the answer is true: through real drivers, from a gateway and a cloud in trouble."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.house import FRONT, GARAGE, Chat, House, a_house

MAYBE = "The door MAY be open"
SHORT = {"timeout_seconds": 0.05}
"""Real seconds: in one process nobody but the clock on the wall notices that no answer comes."""


@pytest.fixture
async def hasty(path: Path) -> AsyncIterator[House]:
    """A house that does not wait long for its locks."""
    async with a_house(path, doors={"front": SHORT, "garage": SHORT}) as house:
        yield house


async def test_what_the_gateway_confirms_is_called_opened(house: House, member: Chat) -> None:
    assert "opened" in await member.say("/open front")
    assert await house.outcomes() == ["confirmed"]


async def test_what_the_cloud_takes_is_called_accepted_and_never_opened(house: House, member: Chat) -> None:
    said = await member.say("/open garage")
    assert said.startswith("📨 Garage: accepted, not confirmed")
    assert "opened" not in " ".join(member.seen)
    assert await house.outcomes() == ["accepted"]


async def test_a_silent_gateway_is_reported_as_unknown(hasty: House) -> None:
    hasty.gateway.faults.arrange("/open", "silent")
    said = await hasty.member.say("/open front")
    assert MAYBE in said
    assert await hasty.outcomes() == ["unknown"]


async def test_a_silent_cloud_is_reported_as_unknown(hasty: House) -> None:
    hasty.cloud.faults.arrange("*", "silent")
    assert MAYBE in await hasty.member.say("/open garage")
    assert await hasty.outcomes() == ["unknown"]


@pytest.mark.parametrize("fault", ["reset_before", "reset_after", "truncated", "empty", "not_json", "http_500"])
async def test_an_answer_that_is_none_is_unknown_and_sent_once(house: House, member: Chat, fault: str) -> None:
    house.gateway.faults.arrange("/open", fault)
    said = await member.say("/open front")
    assert MAYBE in said
    assert "opened ·" not in said
    assert house.commands_sent() == ["/open"]
    assert await house.outcomes() == ["unknown"]


async def test_after_an_unknown_outcome_the_bolt_is_read_as_evidence(house: House, member: Chat) -> None:
    house.gateway.faults.arrange("/open", "reset_after")
    assert "👁 Bolt seen open after" in await member.say("/open front")
    assert await house.outcomes() == ["unknown"]
    assert [entry.detail["bolt"] for entry in await house.journal("evidence")] == ["unlocked"]


async def test_after_an_unknown_outcome_the_old_request_is_made_worthless(house: House, member: Chat) -> None:
    house.gateway.faults.arrange("/open", "reset_before")
    await member.say("/open front")
    opened, *later = [r for r in house.gateway.requests if r.path == "/open" or r.n > len(house.gateway.requests) - 2]
    assert all(int(r.ts or 0) > int(opened.ts or 0) for r in later)
    assert [r.path for r in later] == ["/locker_status", "/locker_status"]


async def test_a_jammed_bolt_is_unknown_because_the_motor_ran(house: House, member: Chat) -> None:
    house.gateway.lock(FRONT).jammed = True
    said = await member.say("/open front")
    assert MAYBE in said
    assert "⚠️ Bolt seen closed" in said


async def test_closing_without_an_answer_does_not_claim_the_door_closed(house: House, member: Chat) -> None:
    house.gateway.faults.arrange("/close", "reset_before")
    assert "may or may not be closed" in await member.say("/close front")


REFUSALS = {
    "shared": (False, "not shared with the gateway", "DOORS__FRONT__SHARE_CODE"),
    "in_range": (False, "does not see this lock", "batteries"),
    "incompatible": (True, "does not work with this gateway", "latchkey lock front update"),
    "key_refused": (True, "refused the gateway's key", "DOORS__FRONT__SHARE_CODE"),
}


@pytest.mark.parametrize("trouble", REFUSALS)
async def test_a_refusal_says_that_nothing_happened_and_why(house: House, member: Chat, trouble: str) -> None:
    value, why, _ = REFUSALS[trouble]
    setattr(house.gateway.lock(FRONT), trouble, value)
    said = await member.say("/open front")
    assert said.startswith("⛔ Front door: nothing happened.")
    assert why in said
    assert await house.outcomes() == ["refused"]


@pytest.mark.parametrize("trouble", REFUSALS)
async def test_only_owners_are_told_how_to_mend_it(house: House, member: Chat, owner: Chat, trouble: str) -> None:
    value, _, fix = REFUSALS[trouble]
    setattr(house.gateway.lock(FRONT), trouble, value)
    said = await member.say("/open front")
    assert "🔧" not in said
    assert "DOORS__" not in said
    assert fix in await owner.say("/open front")


async def test_a_lock_the_cloud_refuses_was_not_opened(house: House, member: Chat) -> None:
    house.cloud.lock(GARAGE).admin = False
    said = await member.say("/open garage")
    assert "nothing happened" in said
    assert "🔧" not in said
    assert await house.outcomes() == ["refused"]


async def test_a_busy_gateway_is_waited_for_while_it_is_worth_it(house: House, member: Chat) -> None:
    house.gateway.busy_seconds = 6
    assert "opened" in await member.say("/open front")
    assert house.moves().count("unlocking") == 1


async def test_a_gateway_that_stays_busy_is_a_refusal(house: House, member: Chat) -> None:
    house.gateway.busy_seconds = 3600
    said = await member.say("/open front")
    assert "nothing happened" in said
    assert "busy" in said
    assert house.moves() == []


async def test_a_gateway_that_cannot_be_reached_was_sent_nothing(house: House, member: Chat) -> None:
    house.gateway.offline = True
    said = await member.say("/open front")
    assert "nothing happened" in said
    assert MAYBE not in said
    assert await house.outcomes() == ["not sent"]


async def test_a_cloud_that_cannot_be_reached_was_sent_nothing(house: House, member: Chat) -> None:
    house.cloud.offline = True
    assert "nothing happened" in await member.say("/open garage")
    assert house.garage_bolt == "locked"


async def test_an_unknown_outcome_is_told_to_the_owners_too(house: House, member: Chat, owner: Chat) -> None:
    house.gateway.faults.arrange("/open", "reset_before")
    await member.say("/open front")
    assert "Front door: Max asked to open it and there was no clear answer" in owner.seen[-1]


async def test_a_full_disk_means_that_nothing_is_sent(house: House, member: Chat) -> None:
    await house.storage.database.rows("PRAGMA query_only = ON")
    said = await member.say("/open front")
    await house.storage.database.rows("PRAGMA query_only = OFF")
    assert "nothing was" in said
    assert house.commands_sent() == []


@pytest.mark.parametrize("answer", ["400 busy", "500"])
async def test_nothing_the_cloud_does_not_explain_is_called_a_refusal(house: House, member: Chat, answer: str) -> None:
    house.cloud.faults.arrange("*", "code", code=int(answer.split()[0]), cause=answer)
    said = await member.say("/open garage")
    assert ("nothing happened" in said) == answer.startswith("400")
