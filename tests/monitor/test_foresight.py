"""What will be needed is told in good time, once: batteries that run low. So is new firmware."""

from datetime import timedelta

from bot.activity import Activity
from bot.clock import Clock
from bot.domain.doors import Capability, Door, Doors
from bot.domain.events import BatteryRunsLow, FirmwareChanged
from bot.domain.notices import Group
from bot.domain.readings import Announced, Bolt, Reading
from bot.monitor.reminders import LockReminders
from bot.notices import Notices
from storage import Storage
from tests.bench import OWNER, START, BenchLock, Hands
from tests.monitor.conftest import GROUP, BenchPeer, Watch, behind


class Batteries:
    """A front door whose battery is low below 30 %, a group that hears of it, and fourteen days' notice."""

    def __init__(self, storage: Storage, hands: Hands, clock: Clock) -> None:
        self.storage, self.hands = storage, hands
        self.clock = clock
        door = Door("front", "Front door", Capability.STATUS, battery_low_percent=30)
        notices = Notices(storage, frozenset({OWNER}))
        self.reminders = LockReminders(
            storage, Doors([door]), {"front": BenchLock(hands)}, notices, clock, activity=Activity()
        )

    async def read(self, *percents: int, is_low: bool = False) -> None:
        """One reading a day, the last one now."""
        for number, percent in enumerate(percents):
            at = self.clock.datetime() - timedelta(days=len(percents) - 1 - number)
            await self.storage.batteries.keep("front", at=at, percent=percent)
        old = await self.storage.readings.get("front")
        announced = Announced(is_battery_low=is_low, runs_low=bool(old and old.announced.runs_low))
        reading = Reading(door="front", bolt=Bolt.LOCKED, battery_percent=percents[-1], announced=announced)
        await self.storage.readings.save(reading)

    async def news(self) -> list[BatteryRunsLow]:
        await self.reminders.round()
        messages = await self.storage.outbox.next_per_chat()
        await self.storage.outbox.remove(*(message.id for message in messages))
        return [message.event for message in messages if isinstance(message.event, BatteryRunsLow)]


async def batteries_of(storage: Storage, hands: Hands, clock: Clock) -> Batteries:
    await storage.groups.save(Group(chat_id=GROUP, thread_id=None, title="Home", added_by=OWNER, added_at=START))
    return Batteries(storage, hands, clock)


async def test_a_battery_that_will_be_low_in_less_than_two_weeks_is_told_once(
    storage: Storage, hands: Hands, clock: Clock
) -> None:
    front = await batteries_of(storage, hands, clock)
    await front.read(*range(60, 45, -1))  # 16 days left until 30 %
    assert await front.news() == []
    await front.read(*range(60, 41, -1))
    [event] = await front.news()
    assert (event.percent, event.low_percent, round(event.percent_a_day, 3)) == (42, 30, 1)
    assert event.low_at - event.at < timedelta(days=13)
    assert await front.news() == []
    assert await Batteries(storage, hands, clock).news() == []


async def test_a_new_battery_may_be_told_of_again(storage: Storage, hands: Hands, clock: Clock) -> None:
    front = await batteries_of(storage, hands, clock)
    await front.read(*range(60, 41, -1))
    assert len(await front.news()) == 1
    await front.read(100)
    assert await front.news() == []
    hands.turn(40 * 86_400)
    await front.read(*range(100, 35, -2))
    assert len(await front.news()) == 1


async def test_one_that_is_low_already_was_told_as_low(storage: Storage, hands: Hands, clock: Clock) -> None:
    front = await batteries_of(storage, hands, clock)
    await front.read(*range(45, 25, -1), is_low=True)
    assert await front.news() == []


async def test_new_firmware_of_a_lock_is_told_to_owners_once(watch: Watch) -> None:
    for firmware in (None, "81", "81", None, "83", None, "83"):
        watch.lock.firmware = firmware
        await watch.look()
    told = [event for event in await watch.events() if isinstance(event, FirmwareChanged)]
    assert [(event.was, event.now, event.is_gateway) for event in told] == [("81", "83", False)]


async def test_new_firmware_of_a_gateway_is_told_once_for_all_its_doors(
    storage: Storage, hands: Hands, clock: Clock
) -> None:
    peer = BenchPeer()
    locks = behind(peer, hands)
    doors = Doors(Door(name, name.title(), Capability.STATUS) for name in locks)
    notices = Notices(storage, frozenset({OWNER}))
    for firmware in ("65", "65", None, "66", "66"):
        peer.firmware = firmware
        await LockReminders(storage, doors, locks, notices, clock, activity=Activity()).round()
    [message] = await storage.outbox.next_per_chat()
    assert isinstance(message.event, FirmwareChanged)
    assert (message.event.door, message.event.others, message.event.was, message.event.now) == (
        "front", ("shed",), "65", "66"
    )  # fmt: skip
