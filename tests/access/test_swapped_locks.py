"""A door's name that stands for another lock than before: its rights wait until an owner has looked."""

from pathlib import Path

from bot.domain.commands import DenialReason
from tests.house import House, a_house

OTHER_LOCK = {"front": {"identifier": "45961199"}}


async def test_rights_do_not_pass_to_another_lock_under_the_same_name(path: Path) -> None:
    async with a_house(path):
        pass
    house = House(path, OTHER_LOCK)
    await house.start()
    try:
        await house.member.say("/open front")
        assert house.commands_sent() == []
        assert house.inside.control.lockouts == {DenialReason.LIST_UNCONFIRMED}
        assert any("45961199" in text for text in house.owner.seen)
        await house.owner.say("/people")
        await house.owner.tap("This list is right")
        assert house.inside.control.lockouts == set()
        await house.restart()
        assert house.inside.control.lockouts == set()
    finally:
        await house.stop()


async def test_a_door_that_is_new_is_no_reason_for_doubt(path: Path) -> None:
    async with a_house(path) as house:
        assert house.inside.control.lockouts == set()
        assert await house.storage.known_locks.all() == {
            "front": "the_keys:45961123",
            "shed": "the_keys:45961124",
            "garage": "kas:SS000510",
        }
