"""Control with everything it stands on, over any drivers: no Telegram, no processes."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.access import PeopleList
from bot.access.lockdowns import Lockdowns
from bot.access.second_factors import SecondFactors
from bot.activity import Activity
from bot.clock import Clock
from bot.control import DoorControl, Lookout
from bot.control.command_log import CommandLog
from bot.control.evidence import EvidenceReader
from bot.control.status_reader import StatusReader
from bot.domain.actions import Action
from bot.domain.commands import CommandRequest, Finished
from bot.domain.doors import Door, Doors
from bot.drivers.base import LockDriver
from bot.monitor import Monitor
from bot.notices import Notices
from storage import Storage
from tests.trials.world import OWNER


@dataclass
class Rooms:
    storage: Storage
    people: PeopleList
    lockdowns: Lockdowns
    control: DoorControl
    activity: Activity

    async def operate(self, request: CommandRequest) -> Finished:
        [finished] = [step async for step in self.control.operate(request) if isinstance(step, Finished)]
        return finished


def build(
    storage: Storage,
    drivers: Mapping[str, LockDriver],
    clock: Clock,
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    stale_seconds: float = 30,
) -> Rooms:
    """As `bot.app` does."""
    owners, activity = frozenset({OWNER}), Activity()
    doors = Doors([Door(name, name, driver.capabilities) for name, driver in drivers.items()])
    people, notices = PeopleList(storage, owners, doors, clock), Notices(storage, owners)
    monitor = Monitor(storage, doors, drivers, notices, clock, sleep=sleep)
    factors = SecondFactors(storage, people, notices, clock, token="1:trial")
    log = CommandLog(storage, doors, people, factors, notices, clock, stale_seconds=stale_seconds)
    status = StatusReader(storage, doors, drivers, people, monitor, clock)
    evidence = EvidenceReader(storage, log, drivers, monitor, clock, sleep=sleep)
    control = DoorControl(log, doors, drivers, Lookout(monitor, status, evidence), clock, activity, sleep=sleep)
    lockdowns = Lockdowns(storage, people, doors, notices, clock)
    people.when_changed(control.recheck)
    lockdowns.when_begun(control.recheck)
    return Rooms(storage, people, lockdowns, control, activity)


def request(update_key: str, person: int, door: str, *, asked_at: float) -> CommandRequest:
    return CommandRequest(
        update_key=update_key, person_id=person, person_name=f"P{person}", chat_id=person, thread_id=None,
        action=Action.OPEN, door=door, asked_at=asked_at,
    )  # fmt: skip
