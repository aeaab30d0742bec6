"""A monitor over one door, and what it tells."""

from dataclasses import dataclass

import pytest

from bot.clock import Clock
from bot.domain.doors import Door, Doors
from bot.domain.events import BatteryChanged, BoltChanged, Event
from bot.domain.notices import Group
from bot.domain.readings import Bolt, PeerStatus
from bot.domain.remarks import Remark
from bot.drivers.base import Peer
from bot.monitor import Monitor
from bot.notices import Notices
from storage import Storage
from tests.bench import OWNER, START, BenchLock, Hands

GROUP = -100900
FAULT = Remark("bench.fault")


class Watch:
    """A monitor over one door, and the news that its group was told."""

    def __init__(
        self,
        storage: Storage,
        hands: Hands,
        clock: Clock,
        *,
        others: dict[str, BenchLock] | None = None,
        connection: str = "",
    ):
        self.storage, self.hands = storage, hands
        self.lock = BenchLock(hands)
        self.drivers = {"front": self.lock, **(others or {})}
        for driver in self.drivers.values():
            driver.connection = connection
        self.doors = Doors(Door(name, name.title(), lock.capabilities) for name, lock in self.drivers.items())
        notices = Notices(storage, frozenset({OWNER}))
        self.monitor = Monitor(storage, self.doors, self.drivers, notices, clock, sleep=hands.sleep)

    @property
    def door(self) -> Door:
        return next(iter(self.doors))

    async def look(self, *, times: int = 1) -> None:
        for _ in range(times):
            for door in self.doors:
                await self.monitor.poll(door)
            self.hands.turn(30)

    async def sees(self, bolt: Bolt) -> None:
        self.lock.bolt = bolt
        await self.look()

    async def events(self) -> list[Event]:
        """What was told since the last time this was asked."""
        events = []
        while messages := await self.storage.outbox.next_per_chat():
            for message in messages:
                events.append(message.event)
                await self.storage.outbox.remove(message.id)
        return events

    async def news(self) -> list[str]:
        return [news_of(event) for event in await self.events()]


def news_of(event: Event) -> str:
    if isinstance(event, BoltChanged):
        return event.bolt
    if isinstance(event, BatteryChanged):
        return "battery low" if event.is_low else "battery good"
    return event.name


@dataclass(eq=False)
class BenchPeer:
    """A gateway that says what it is told to say."""

    name: str = "gateway"
    tells_firmware: bool = True
    is_clock_wrong: bool | None = None
    firmware: str | None = "65"

    async def look(self) -> PeerStatus:
        return PeerStatus(firmware=self.firmware, says=Remark("bench.gateway"))


class Behind(BenchLock):
    """A lock behind a gateway."""

    peer: Peer = BenchPeer()

    def peers(self) -> tuple[Peer, ...]:
        return (self.peer,)


def behind(peer: Peer, hands: Hands) -> dict[str, BenchLock]:
    locks = {"front": Behind(hands), "shed": Behind(hands)}
    for lock in locks.values():
        lock.peer = peer
    return dict(locks)


@pytest.fixture
async def watch(storage: Storage, hands: Hands, clock: Clock) -> Watch:
    await storage.groups.save(Group(chat_id=GROUP, thread_id=None, title="Home", added_by=OWNER, added_at=START))
    return Watch(storage, hands, clock)
