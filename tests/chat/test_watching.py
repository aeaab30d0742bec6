"""What owners and groups hear of clocks, firmware and batteries, in the words that they read."""

from datetime import timedelta

from tests.house import FRONT, GROUP, OLGA, Chat, House

QUARTER_DAY = 6 * 3600.0


async def test_owners_hear_that_a_gateway_s_clock_is_wrong_and_that_it_is_right_again(
    house: House, owner: Chat
) -> None:
    house.gateway.hurry()
    house.gateway.fail("/locker_status", 38, times=None)
    await owner.say("/status front")
    await house.wait(31)
    told = await owner.hears("The clock of the gateway of Front door is wrong, so it refuses commands")
    assert "see whether it is connected, then send /sync front." in told
    house.gateway.faults.clear()
    await owner.say("/status front")
    await house.wait(31)
    await owner.hears("The clock of the gateway of Front door is right again")


async def test_owners_hear_of_new_firmware(house: House, owner: Chat) -> None:
    house.gateway.version = 66
    house.gateway.lock(FRONT).version = 83
    await owner.say("/status front")
    await house.wait(QUARTER_DAY)
    await owner.hears("The lock of Front door has new firmware: 83, before 81")
    await owner.hears("The gateway of Front door has new firmware: 66, before 65")
    assert not [text for text in house.member.seen if "firmware" in text]


async def test_a_group_hears_once_that_a_battery_will_be_low(house: House) -> None:
    group = house.in_group(OLGA, GROUP)
    await group.say("/notify on")
    now = house.inside.clock.datetime()
    for ago in range(20):
        await house.storage.batteries.keep("shed", at=now - timedelta(days=ago), percent=30 + ago)
    for _ in range(2):
        await house.wait(QUARTER_DAY)
    [told] = [text for text in group.seen if "🪫" in text]
    assert told.startswith("🪫 Garden shed: battery 76 %, about ")
    assert "left until 20 % (" in told
