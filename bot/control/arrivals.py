"""Looks before a guest comes whether they will get in, and tells the host what to mend."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

from bot.access.passes import Passes
from bot.clock import Clock
from bot.control.codes import CodeReport, Codes
from bot.domain.actions import Action
from bot.domain.arrivals import Defect, ToMend, due
from bot.domain.codes import IssuedPin, PinState
from bot.domain.commands import DenialReason
from bot.domain.doors import Capability, Door, Doors
from bot.domain.events import ArrivalChecked
from bot.domain.passes import GuestPass
from bot.domain.readings import Bolt, Reading
from bot.drivers.base import LockDriver
from bot.drivers.errors import LockError, UnexpectedReply, bugs_as_errors
from bot.monitor import Monitor
from bot.monitor.reminders import battery_forecast
from bot.notices import Notices
from storage import Storage

READING_SECONDS = 30.0
OF_CODE = {PinState.MISSING: Defect.CODE_MISSING, PinState.REVOKING: Defect.CODE_REVOKED}


class Arrivals:
    def __init__(
        self,
        storage: Storage,
        doors: Doors,
        drivers: Mapping[str, LockDriver],
        monitor: Monitor,
        codes: Codes,
        passes: Passes,
        notices: Notices,
        clock: Clock,
    ) -> None:
        self._storage = storage
        self._doors = doors
        self._drivers = drivers
        self._monitor = monitor
        self._codes = codes
        self._passes = passes
        self._notices = notices
        self._clock = clock

    async def look_after(self) -> None:
        """Check what is due: a day and two hours before each pass, or at once where that is over."""
        for one in await self._storage.passes.live(self._clock.datetime()):
            advance = due(one, await self._storage.passes.checks(one.id), self._clock.datetime())
            if advance is None:
                continue
            checked = await self.check(one)
            async with self._storage.transaction():
                # The locks took their time to answer: meanwhile the pass may have ended or been revoked.
                now, known = self._clock.datetime(), await self._storage.passes.get(one.id)
                is_live = known is not None and known.is_live(now)
                if is_live and await self._storage.passes.claim_check(one.id, advance, now):
                    await self._notices.tell(one.host_id, checked)

    async def check_again(self, caller: int, pass_id: int) -> ArrivalChecked | None:
        """None if the pass is over, revoked, or somebody else's. Raises Denied."""
        state = await self._passes.get(caller, pass_id)
        return await self.check(state.guest_pass) if state else None

    async def check(self, one: GuestPass) -> ArrivalChecked:
        """Ask the locks and what stands between, now."""
        doors = [door for name in one.doors if (door := self._doors.get(name))]
        codes = await self._storage.pins.of_pass(one.id, self._clock.datetime())
        with_code = {code.door for code in codes}
        looks = [self._of_door(door, one, has_code=door.name in with_code) for door in doors]
        found = [mend for those in await asyncio.gather(*looks) for mend in those]
        found += await self._of_codes(codes)
        if self._clock.is_doubted:
            found.append(ToMend(door="", defect=Defect.BOT_CLOCK))
        if DenialReason.LIST_UNCONFIRMED in await self._storage.lockouts.all():
            found.append(ToMend(door="", defect=Defect.SHUT))
        return ArrivalChecked(
            number=one.id,
            label=one.label,
            doors=one.doors,
            starts_at=one.starts_at,
            to_mend=tuple(found),
            unread=tuple(door.name for door in doors if not door.can(Action.STATUS)),
            without_code=tuple(door.name for door in doors if door.can(Action.PIN) and door.name not in with_code),
            at=self._clock.datetime(),
        )

    async def _of_door(self, door: Door, one: GuestPass, *, has_code: bool) -> list[ToMend]:
        driver, found = self._drivers[door.name], list[ToMend]()
        if door.can(Action.STATUS):
            found += await self._of_lock(door, driver, one.ends_at)
        # What a lock reminds of concerns its codes alone: KAS's end 11 months after its clock was set, says its maker.
        if has_code and (remark := driver.reminder()):
            found.append(ToMend(door=door.name, defect=Defect.LOCK_WANTS, problem=remark))
        if any(peer.is_clock_wrong for peer in driver.peers()):
            found.append(ToMend(door=door.name, defect=Defect.GATEWAY_CLOCK))
        return found

    async def _of_lock(self, door: Door, driver: LockDriver, until: datetime) -> list[ToMend]:
        try:
            reading = await self._read(door, driver)
        except LockError as error:
            return [ToMend(door=door.name, defect=Defect.UNREACHABLE, problem=error.remark)]
        jammed = [ToMend(door=door.name, defect=Defect.JAMMED)] if reading.bolt is Bolt.JAMMED else []
        return [*jammed, *await self._of_battery(door, reading, until)]

    async def _read(self, door: Door, driver: LockDriver) -> Reading:
        """Raises LockError."""
        asked = self._clock.boot()
        try:
            with bugs_as_errors(door.name):
                async with asyncio.timeout(READING_SECONDS):
                    # Not `poll`: a gateway answers that for a lock with a dead battery as well.
                    status = await driver.status()
        except TimeoutError:
            raise UnexpectedReply("driver.no_answer") from None
        return await self._monitor.keep(door, status, asked=asked)

    async def _of_battery(self, door: Door, reading: Reading, until: datetime) -> list[ToMend]:
        percent = reading.battery_percent
        if percent is None:
            return []
        if percent < door.battery_low_percent:
            return [ToMend(door=door.name, defect=Defect.BATTERY_LOW, percent=percent)]
        expected = await battery_forecast(self._storage, door, self._clock.datetime())
        if expected is None or expected.low_at > until:
            return []
        return [ToMend(door=door.name, defect=Defect.BATTERY_ENDS, percent=percent, at=expected.low_at)]

    async def _of_codes(self, codes: list[IssuedPin]) -> list[ToMend]:
        """What the locks' own lists say of the codes of a pass."""
        now, listing = self._clock.datetime(), []
        for code in codes:
            door = self._doors.get(code.door)
            if door and Capability.REVOKE_PINS in door.capabilities:
                listing.append(door.name)
        kept = CodeReport(tuple((code, code.state(now, None)) for code in codes), tuple(dict.fromkeys(listing)))
        report = await self._codes.report(kept, with_foreign=False)
        found = [ToMend(door=code.door, defect=OF_CODE[state]) for code, state in report.pins if state in OF_CODE]
        return [*found, *(ToMend(door=door, defect=Defect.CODE_UNSEEN) for door in report.silent)]
