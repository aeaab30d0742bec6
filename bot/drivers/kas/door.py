"""One door on KAS Cloud, on the BASIC plan or the ADVANCED one."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.calendars import Window
from bot.domain.codes import Listing, Pin, PinRequest
from bot.domain.commands import Delivery
from bot.domain.doors import Capability
from bot.domain.readings import LockCheck
from bot.domain.remarks import Remark
from bot.drivers.base import Deadline, DriverContext, LockDriver, Peer
from bot.drivers.digits import draw
from bot.drivers.errors import OutcomeUnknown, Refused, UnexpectedReply, Unsupported
from bot.drivers.http import Timeouts, Unreadable, before_command
from bot.drivers.kas.account import Account
from bot.drivers.kas.answers import check_command, check_query
from bot.drivers.kas.messages import CLOUD
from bot.drivers.kas.offline import begins_later, hour_of, length_from_hour, mode_and_duration, start_of, windows_near
from bot.drivers.kas.settings import KasSettings
from bot.drivers.kas.slots import free_slot, read_labels, read_slots
from bot.drivers.local_times import end_of_right, local_span
from bot.drivers.messages import door_parameters

# "Timestamps can only have 11 months of validity": counted short, so that the reminder comes in time.
VALIDITY = timedelta(days=11 * 30)
REMIND_BEFORE = timedelta(days=30)
# remotePassword takes 4 to 6: the more, the harder to guess.
DIGITS = 6
# Longer than a command may take: nobody stands at a door for it, and the call goes through the lock's gateway.
CLOCK_SECONDS = 60.0
# The field and its zone are not documented; KAS's own client sends local time.
WALL = "%Y%m%d%H%M"


class Kas(LockDriver):
    """BASIC: opens, and makes codes that the lock checks by itself."""

    capabilities = Capability.UNLOCK | Capability.PINS

    def __init__(self, name: str, settings: KasSettings, account: Account, context: DriverContext) -> None:
        self.identity = f"kas:{settings.factory_number.upper()}"
        self._name = name
        self._settings = settings
        self._account = account
        self._context = context
        self._timeouts = Timeouts.of(settings.timeout_seconds)

    async def unlock(self, deadline: Deadline) -> Delivery:
        answer = await self._account.remote_unlock(self._settings.factory_number, deadline, self._timeouts)
        check_command(answer, door=self._name)
        # A 200 means queued: "the device has not been unlocked yet", says the page.
        return Delivery.ACCEPTED

    async def lock(self, deadline: Deadline) -> Delivery:
        raise Unsupported("kas.cannot_close")

    async def create_pin(self, request: PinRequest, deadline: Deadline) -> Pin:
        wanted, now = Window(request.starts_at, request.starts_at + request.duration), self._now()
        if begins_later(wanted, now) and wanted.starts_at != hour_of(wanted.starts_at):
            raise Refused("kas.span.begin")
        length = length_from_hour(wanted, now, self._settings.pin_units)
        mode, duration = mode_and_duration(length or request.duration, self._settings.pin_units)
        start = start_of(request.starts_at.timestamp(), self._settings.start_time_unit)
        return await self.create_offline_code(mode, duration, start, deadline)

    def windows_near(self, wanted: Window) -> list[Window]:
        return windows_near(wanted, self._now(), self._settings.pin_units)

    def this_hour(self) -> int:
        """The `startTime` of a code that begins with this hour."""
        return start_of(self._context.now(), self._settings.start_time_unit)

    async def create_offline_code(self, mode: int, duration: int, start: int, deadline: Deadline) -> Pin:
        """The page's own three numbers: 0 or 1, 0 to 61, and the epoch. It needs no gateway and no ADVANCED plan."""
        body = {"mode": mode, "duration": duration, "startTime": start}
        answer = await self._account.pin_code(self._settings.factory_number, body, deadline, self._timeouts)
        check_command(answer, door=self._name)
        # Text rather than a number, or a code that begins with 0 would lose it.
        digits = answer.text().strip("\"' \t\r\n")
        if not re.fullmatch(r"[0-9]{8}", digits):
            raise OutcomeUnknown("kas.no_code")
        return Pin(digits=digits, note=Remark("kas.code.offline" if self._is_in_time() else "kas.code.overdue"))

    async def revoke_pin(self, handle: str, deadline: Deadline) -> None:
        raise Unsupported("kas.cannot_revoke")

    def reminder(self) -> Remark | None:
        due = self._timestamp_due()
        if due is None:
            return Remark("kas.timestamp_unknown", door_parameters(self._name))
        if self._today() < due - REMIND_BEFORE:
            return None
        return Remark("kas.timestamp_due" if self._is_in_time() else "kas.timestamp_over", {"due": due.isoformat()})

    def peers(self) -> Sequence[Peer]:
        return (self._account,)

    async def check(self) -> LockCheck:
        return LockCheck(((await self._account.look()).says,), self._doubts())

    async def aclose(self) -> None:
        await self._account.aclose()

    def _doubts(self) -> tuple[Remark, ...]:
        parameters, settings = door_parameters(self._name), self._settings
        # Only a doubt: the page's own samples show S000510, and the factory beneath KAS also makes MJ numbers.
        found = [
            None if re.match(r"(SS|UL)\d", settings.factory_number) else Remark("kas.odd_number", parameters),
            Remark("kas.no_https", parameters) if settings.base_url.startswith("http://") else None,
            self._clock_doubt(),
        ]
        return tuple(filter(None, found))

    def _clock_doubt(self) -> Remark | None:
        # By KAS's page codes need the lock's clock and a timestamp, which is good for 11 months.
        return self.reminder()

    def _timestamp_due(self) -> date | None:
        return self._settings.synced_on and self._settings.synced_on + VALIDITY

    def _is_in_time(self) -> bool:
        due = self._timestamp_due()
        return due is None or self._today() < due

    def _today(self) -> date:
        return self._now().date()

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._context.now(), UTC)


class KasAdvanced(Kas):
    """ADVANCED: codes to the minute in the lock's own slots, which can be revoked, and the lock's clock."""

    capabilities = Kas.capabilities | Capability.REVOKE_PINS | Capability.SYNC

    def __init__(self, name: str, settings: KasSettings, account: Account, context: DriverContext) -> None:
        super().__init__(name, settings, account, context)
        self._zone = ZoneInfo(settings.timezone or context.timezone)
        # Slots that we have used and that the cloud may not list yet.
        self._reserved: set[int] = set()

    def windows_near(self, wanted: Window) -> list[Window]:
        return [wanted]

    async def pins(self) -> Listing:
        labels = await self._read(read_labels)
        return Listing({str(slot): label for slot, label in labels.items()})

    async def create_pin(self, request: PinRequest, deadline: Deadline) -> Pin:
        async with before_command(deadline):
            used = await self._slots(deadline)
        slot = free_slot({*used, *self._reserved})
        ends = end_of_right(deadline, self._context.now())
        span = local_span(request.starts_at, request.duration, self._zone, not_after=ends)
        digits = draw(DIGITS, taken=set(used.values()))
        body = {
            "password_id": slot,
            "password": digits,
            "password_start_time": span.start.strftime(WALL),
            "password_end_time": span.end.strftime(WALL),
            "password_name": request.label,
            "email_checked": False,
        }
        self._reserved.add(slot)
        await self._advanced("POST", "remotePassword", body, deadline)
        # KAS promises nothing, since the lock may never get it: there is no `ends_at`, only what was asked for.
        note = Remark("kas.code.queued", {"until": f"{span.end:%Y-%m-%d %H:%M} ({self._zone.key})"})
        return Pin(digits=digits, handle=str(slot), note=note)

    async def revoke_pin(self, handle: str, deadline: Deadline) -> None:
        """A slot that is empty already counts as revoked."""
        slot = int(handle)
        async with before_command(deadline):
            used = await self._slots(deadline)
        if slot in used:
            # The vendor's page deletes by password, the client its developer wrote by password_id: send both.
            known = {"password": used[slot]} if used[slot] else {}
            await self._advanced("DELETE", "remotePassword", {"password_id": slot, **known}, deadline)
        self._reserved.discard(slot)

    def reminder(self) -> Remark | None:
        # Codes of this plan need the lock's clock, not its timestamp.
        return super().reminder() if self._settings.synced_on else None

    async def synchronise(self) -> None:
        """Set the lock's clock."""
        now = self._context.monotonic
        deadline = Deadline(now() + CLOCK_SECONDS, now, is_owner=True)
        await self._advanced("PUT", "setClock", None, deadline)

    async def check(self) -> LockCheck:
        used = await self._slots()
        return LockCheck((Remark("kas.takes_key", {"used": len(used)}),), self._doubts())

    def _clock_doubt(self) -> Remark | None:
        if self._settings.synced_on is None:
            return Remark("kas.clock_unset", door_parameters(self._name))
        return super()._clock_doubt()

    async def _advanced(self, method: str, call: str, body: Mapping[str, object] | None, deadline: Deadline) -> None:
        path = f"{call}/{self._settings.factory_number}"
        answer = await self._account.advanced(method, path, body, deadline, self._timeouts)
        check_command(answer, door=self._name)

    async def _slots(self, deadline: Deadline | None = None) -> Mapping[int, str]:
        return await self._read(read_slots, deadline)

    async def _read(
        self, read: Callable[[object], Mapping[int, str]], deadline: Deadline | None = None
    ) -> Mapping[int, str]:
        path = f"remotePassword/{self._settings.factory_number}"
        answer = await self._account.read_advanced(path, self._timeouts, deadline)
        check_query(answer, door=self._name)
        try:
            return read(answer.json())
        except Unreadable:
            pass
        raise UnexpectedReply(f"{CLOUD}.unreadable")
