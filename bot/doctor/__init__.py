"""Looks at the whole house and says what is right, what is wrong and what should be seen to."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from bot.clock import Clock
from bot.doctor import locks, records, telegram
from bot.doctor.telegram import TelegramSide
from bot.domain.actions import Action
from bot.domain.diagnoses import Diagnosis, Grade
from bot.domain.doors import Door, Doors
from bot.domain.failures import StorageFailed
from bot.domain.people import Rights
from bot.domain.policy import Denied, decide
from bot.drivers.base import LockDriver
from bot.health import Pulse
from bot.monitor.peers import doors_by_peer
from storage import Storage

# Telegram is asked first and the rest side by side: /doctor answers within QUICK_SECONDS and the longest of the others,
# which are the 40 seconds of docs/doctor.md.
QUICK_SECONDS = 10.0
GATEWAY_SECONDS = 15.0
# For each lock that is asked by radio: those behind one gateway wait for each other.
LOCK_SECONDS = 20.0
DISK_SECONDS = 30.0

Check: TypeAlias = Callable[[], Awaitable[Sequence[Diagnosis]]]
Running: TypeAlias = Coroutine[Any, Any, Sequence[Diagnosis]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doctor:
    """`pulse`: how the running bot is, if one runs. `interval`: how often a door is read, where that is known."""

    database: Path
    private_files: Sequence[Path]
    telegram: TelegramSide
    doors: Doors
    drivers: Mapping[str, LockDriver]
    clock: Clock
    pulse: Callable[[], Pulse]
    interval: Callable[[Door], float] | None = None

    async def examine(self, rights: Rights) -> list[Diagnosis]:
        """Everything, in the order in which it is told. Raises Denied for everybody but owners."""
        verdict = decide(rights, action=Action.EXAMINE, now=self.clock.moment())
        if verdict.reason:
            raise Denied(verdict.reason)
        pulse = self.pulse()
        # Telegram before the locks: gateways remember the newest timestamp, so none is signed by a host's wrong clock.
        first = await _within(QUICK_SECONDS, "telegram.late", partial(telegram.account, self.telegram))
        async with self._kept() as (storage, trouble):
            checks = [*await self._of_groups(storage), *self._of_locks(pulse, storage), *self._of_records(storage)]
            found = await asyncio.gather(*checks)
        rest = [one for part in found for one in part]
        return _without_echoes([*first, *telegram.polling(pulse), *telegram.host_clock(self.clock), *trouble, *rest])

    async def _of_groups(self, storage: Storage | None) -> list[Running]:
        if storage is None:
            return []
        try:
            groups = await telegram.groups(storage)
        except StorageFailed:
            return []  # Other checks say what is wrong with the database.
        return [_within(QUICK_SECONDS, "group.late", partial(telegram.place, self.telegram, group)) for group in groups]

    def _of_locks(self, pulse: Pulse, storage: Storage | None) -> Iterator[Running]:
        for peer, names in doors_by_peer(self.drivers).items():
            yield _within(GATEWAY_SECONDS, "peer.late", partial(locks.look_at, peer, names), names)
        for door in self.doors:
            driver = self.drivers[door.name]
            # Not beside a running bot: a gateway refuses whatever is signed earlier than the newest it saw, so two
            # programs that sign make each other's commands fail.
            if not pulse.is_running:
                beside = sum(other.connection == driver.connection for other in self.drivers.values())
                look = partial(locks.look_closely, door, driver)
                yield _within(LOCK_SECONDS * beside, "door.late", look, (door.name,))
            elif storage:
                every = self.interval(door) if self.interval else None
                read = partial(locks.last_reading, storage, door, driver, self.clock.datetime(), every)
                yield _within(QUICK_SECONDS, "door.late", read, (door.name,))

    def _of_records(self, storage: Storage | None) -> Iterator[Running]:
        if storage:
            yield _within(DISK_SECONDS, "database.late", partial(records.integrity, storage))
            yield _within(DISK_SECONDS, "list.late", partial(records.people_list, storage))
            yield _within(DISK_SECONDS, "database.late", partial(records.second_factors, storage, self.doors))
        yield _within(QUICK_SECONDS, "disk.late", partial(records.disk, self.database))
        yield _within(QUICK_SECONDS, "disk.late", partial(records.privacy, self.database, self.private_files))
        if storage:
            yield _within(DISK_SECONDS, "database.late", partial(records.head, storage))

    @asynccontextmanager
    async def _kept(self) -> AsyncIterator[tuple[Storage | None, list[Diagnosis]]]:
        # A connection of its own, so that no door waits for the checks.
        if not self.database.exists():
            yield None, [Diagnosis("database.none")]
            return
        try:
            storage = await Storage.open_to_read(self.database)
        except StorageFailed as failure:
            yield None, [records.failed(failure)]
            return
        try:
            # Only the bot itself migrates: an older file lacks tables and columns that the checks ask for.
            is_current = await records.is_current(storage)
            yield (storage, []) if is_current is None else (None, [is_current])
        finally:
            # A check whose time is over left its statement running, and closing waits for that.
            await storage.database.interrupt()
            await storage.close()


async def _within(seconds: float, late: str, check: Check, about: tuple[str, ...] = ()) -> Sequence[Diagnosis]:
    """What a check finds; if it takes longer, that, and the others are told all the same."""
    try:
        async with asyncio.timeout(seconds):
            return await check()
    except TimeoutError:
        return [Diagnosis(late, Grade.BAD, {"seconds": round(seconds)}, about)]
    except StorageFailed as failure:
        return [records.failed(failure)]


def _without_echoes(found: list[Diagnosis]) -> list[Diagnosis]:
    kept: list[Diagnosis] = []
    # What a gateway said for all its doors is not said again for each: it stands before them.
    for one in found:
        if one.remark is None or not any(
            one.remark == other.remark and one.code == other.code and set(one.about) <= set(other.about)
            for other in kept
        ):
            kept.append(one)
    return kept
