"""/sync: what owners do for their locks from the chat."""

from tests.house import Chat, House


async def test_an_owner_brings_a_lock_in_step(house: House, owner: Chat) -> None:
    assert "Front door: synchronising" in await owner.say("/sync front")
    assert house.moves() == ["synchronised", "synchronised"]


async def test_without_a_name_every_lock_that_can_is_brought_in_step(owner: Chat) -> None:
    said = await owner.say("/sync")
    assert [line.partition(":")[0] for line in said.splitlines()] == ["🔄 Front door", "🔄 Garden shed"]


async def test_a_gateway_that_is_away_is_told_and_keeps_nobody_else_waiting(house: House, owner: Chat) -> None:
    house.gateway.offline = True
    front, shed = _two(await owner.say("/sync"))
    assert "Front door" in front
    assert "synchronising" not in front
    assert "Garden shed: synchronising" in shed


async def test_a_lock_that_has_nothing_to_bring_in_step_is_told_so(house: House, owner: Chat) -> None:
    assert "There is no door “garage”" in await owner.say("/sync garage")
    assert house.commands_sent() == []


async def test_a_member_synchronises_nothing(house: House, member: Chat) -> None:
    assert await member.say("/sync front") == "Only an owner can do that."
    assert house.moves() == []


def _two(said: str) -> tuple[str, str]:
    front, _, shed = said.partition("\n🔄 Garden")
    return front, "🔄 Garden" + shed
