"""One door on KAS Cloud, on the BASIC plan or the ADVANCED one."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.codes import Pin, PinRequest
from bot.domain.commands import Delivery
from bot.domain.doors import Capability
from bot.domain.remarks import Remark
from bot.drivers.base import Deadline, DriverContext, LockDriver
from bot.drivers.digits import draw
from bot.drivers.errors import OutcomeUnknown, UnexpectedReply, Unsupported
from bot.drivers.http import Timeouts, Unreadable, before_command
from bot.drivers.kas.account import Account
from bot.drivers.kas.answers import check_command, check_query
from bot.drivers.kas.messages import CLOUD
from bot.drivers.kas.offline import mode_and_duration, start_of
from bot.drivers.kas.settings import KasSettings
from bot.drivers.kas.slots import free_slot, local_minute, minute_of, read_slots, whole_minutes

# "Timestamps can only have 11 months of validity": counted short, so that the reminder comes in time.
VALIDITY = timedelta(days=11 * 30)
REMIND_BEFORE = timedelta(days=30)
DIGITS = 6
CLOCK_SECONDS = 60.0


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
        return Delivery.ACCEPTED

    async def lock(self, deadline: Deadline) -> Delivery:
        raise Unsupported("kas.cannot_close")

    async def create_pin(self, request: PinRequest, deadline: Deadline) -> Pin:
        settings = self._settings
        mode, duration = mode_and_duration(request.duration, settings.pin_units)
        start = start_of(request.starts_at.timestamp(), settings.start_time_unit)
        body = {"mode": mode, "duration": duration, "startTime": start}
        answer = await self._account.pin_code(settings.factory_number, body, deadline, self._timeouts)
        check_command(answer, door=self._name)
        digits = answer.text().strip("\"' \t\r\n")
        if not re.fullmatch(r"[0-9]{8}", digits):
            raise OutcomeUnknown("kas.no_code")
        return Pin(digits=digits, note=Remark("kas.code.offline"))

    async def revoke_pin(self, handle: str, deadline: Deadline) -> None:
        raise Unsupported("kas.cannot_revoke")

    def reminder(self) -> Remark | None:
        due = self._timestamp_due()
        if due is None or self._today() < due - REMIND_BEFORE:
            return None
        return Remark("kas.timestamp_due", {"due": due.isoformat()})

    async def check(self) -> str:
        await self._account.reach(self._timeouts)
        words = ["KAS Cloud answers", "the key cannot be tried without opening the door"]
        return " · ".join([*words, *self._doubts()])

    async def aclose(self) -> None:
        await self._account.aclose()

    def _doubts(self) -> list[str]:
        settings, doubts = self._settings, []
        if not re.match(r"(SS|UL)\d", settings.factory_number):
            doubts.append("the factory number usually begins with SS or UL")
        if settings.base_url.startswith("http://"):
            doubts.append("without https others on the way can read the key")
        due = self._timestamp_due()
        if due is not None:
            doubts.append(f"set the lock's timestamp with the app again by {due:%Y-%m-%d}")
        return doubts

    def _timestamp_due(self) -> date | None:
        return self._settings.synced_on and self._settings.synced_on + VALIDITY

    def _today(self) -> date:
        return datetime.fromtimestamp(self._context.now(), UTC).date()


class KasAdvanced(Kas):
    """ADVANCED: codes to the minute in the lock's own slots, which can be revoked, and the lock's clock."""

    capabilities = Kas.capabilities | Capability.REVOKE_PINS | Capability.SYNC

    def __init__(self, name: str, settings: KasSettings, account: Account, context: DriverContext) -> None:
        super().__init__(name, settings, account, context)
        self._zone = ZoneInfo(settings.timezone or context.timezone)
        # Slots we asked for and that the cloud may not list yet.
        self._reserved: set[int] = set()

    async def create_pin(self, request: PinRequest, deadline: Deadline) -> Pin:
        async with before_command(deadline):
            used = await self._slots(deadline)
        slot = free_slot({*used, *self._reserved})
        starts_at = minute_of(request.starts_at)
        ends_at = starts_at + whole_minutes(request.duration)
        digits = draw(DIGITS, taken=set(used.values()))
        body = {
            "password_id": slot,
            "password": digits,
            "password_start_time": local_minute(starts_at, self._zone),
            "password_end_time": local_minute(ends_at, self._zone),
            "password_name": request.label,
            "email_checked": False,
        }
        self._reserved.add(slot)
        await self._advanced("POST", "remotePassword", body, deadline)
        return Pin(
            digits=digits, handle=str(slot), starts_at=starts_at, ends_at=ends_at, note=Remark("kas.code.queued")
        )

    async def revoke_pin(self, handle: str, deadline: Deadline) -> None:
        """Raises only if the code may still be there: a slot already empty is what was wanted."""
        slot = int(handle)
        async with before_command(deadline):
            used = await self._slots(deadline)
        if slot in used:
            # The vendor's page deletes by password, the client its developer wrote by password_id: send both.
            known = {"password": used[slot]} if used[slot] else {}
            await self._advanced("DELETE", "remotePassword", {"password_id": slot, **known}, deadline)
        self._reserved.discard(slot)

    async def synchronise(self) -> None:
        """Set the lock's clock."""
        now = self._context.monotonic
        deadline = Deadline(now() + CLOCK_SECONDS, now, is_owner=True)
        await self._advanced("PUT", "setClock", None, deadline)

    async def check(self) -> str:
        used = await self._slots()
        return " · ".join(["KAS Cloud takes the key", f"{len(used)} of 100 codes in use", *self._doubts()])

    async def _advanced(self, method: str, call: str, body: Mapping[str, object] | None, deadline: Deadline) -> None:
        path = f"{call}/{self._settings.factory_number}"
        answer = await self._account.advanced(method, path, body, deadline, self._timeouts)
        check_command(answer, door=self._name)

    async def _slots(self, deadline: Deadline | None = None) -> Mapping[int, str]:
        path = f"remotePassword/{self._settings.factory_number}"
        answer = await self._account.read_advanced(path, self._timeouts, deadline)
        check_query(answer, door=self._name)
        try:
            return read_slots(answer.json())
        except Unreadable:
            pass
        raise UnexpectedReply(f"{CLOUD}.unreadable")
