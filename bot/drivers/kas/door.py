"""One door on KAS Cloud, on the BASIC plan or the ADVANCED one."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.drivers.base import Capability, Deadline, Delivery, LockDriver, Pin, PinAsk, Surroundings
from bot.drivers.digits import draw
from bot.drivers.errors import OutcomeUnknown, UnexpectedReply, Unsupported
from bot.drivers.http import Patience, Unreadable, before_command
from bot.drivers.kas.account import Account
from bot.drivers.kas.answers import check_command, check_reading
from bot.drivers.kas.offline import mode_and_duration, start_of
from bot.drivers.kas.settings import KasSettings
from bot.drivers.kas.slots import free_slot, local_minute, minute_of, read_slots, whole_minutes

# "Timestamps can only have 11 months of validity": counted short, so that the reminder comes in time.
VALIDITY = timedelta(days=11 * 30)
REMIND_BEFORE = timedelta(days=30)
DIGITS = 6
CLOCK_SECONDS = 60.0
OFFLINE_NOTE = (
    "Type the 8 digits at the lock. It should work from the beginning of this hour for about the time asked for;"
    " KAS does not say exactly how long its codes last, and this one cannot be revoked."
)
ADVANCED_NOTE = "Type the 6 digits at the lock. KAS has queued the code; the lock has not confirmed it yet."


class Kas(LockDriver):
    """BASIC: opens, and makes codes that the lock checks by itself."""

    capabilities = Capability.UNLOCK | Capability.PINS

    def __init__(self, name: str, settings: KasSettings, account: Account, surroundings: Surroundings) -> None:
        self._name = name
        self._settings = settings
        self._account = account
        self._world = surroundings
        self._patience = Patience.of(settings.timeout_seconds)

    async def unlock(self, deadline: Deadline) -> Delivery:
        answer = await self._account.remote_unlock(self._settings.factory_number, deadline, self._patience)
        check_command(answer, door=self._name)
        return Delivery.ACCEPTED

    async def lock(self, deadline: Deadline) -> Delivery:
        raise Unsupported("KAS has no command to close a lock.")

    async def create_pin(self, ask: PinAsk, deadline: Deadline) -> Pin:
        settings = self._settings
        mode, duration = mode_and_duration(ask.duration, settings.pin_units)
        start = start_of(ask.starts_at.timestamp(), settings.start_time_unit)
        body = {"mode": mode, "duration": duration, "startTime": start}
        answer = await self._account.pin_code(settings.factory_number, body, deadline, self._patience)
        check_command(answer, door=self._name)
        digits = answer.text().strip("\"' \t\r\n")
        if not re.fullmatch(r"[0-9]{8}", digits):
            raise OutcomeUnknown("KAS Cloud answered something that is no code.", code="kas no code")
        return Pin(digits=digits, note=OFFLINE_NOTE)

    async def revoke_pin(self, handle: str, deadline: Deadline) -> None:
        raise Unsupported("This lock checks its codes by itself: they end, but cannot be revoked (KAS plan BASIC).")

    def reminder(self) -> str | None:
        due = self._timestamp_due()
        if due is None or self._today() < due - REMIND_BEFORE:
            return None
        return f"Set the lock's timestamp again with the KAS app by {due:%d %B %Y}, or its new codes will not work."

    async def check(self) -> str:
        await self._account.reach(self._patience)
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
        return datetime.fromtimestamp(self._world.now(), UTC).date()


class KasAdvanced(Kas):
    """ADVANCED: codes to the minute in the lock's own slots, which can be revoked, and the lock's clock."""

    capabilities = Kas.capabilities | Capability.REVOKE_PINS | Capability.SYNC

    def __init__(self, name: str, settings: KasSettings, account: Account, surroundings: Surroundings) -> None:
        super().__init__(name, settings, account, surroundings)
        self._zone = ZoneInfo(settings.timezone or surroundings.timezone)
        # Slots we asked for and that the cloud may not list yet.
        self._reserved: set[int] = set()

    async def create_pin(self, ask: PinAsk, deadline: Deadline) -> Pin:
        deadline.check()
        with before_command():
            used = await self._slots()
        slot = free_slot({*used, *self._reserved})
        starts_at = minute_of(ask.starts_at)
        ends_at = starts_at + whole_minutes(ask.duration)
        digits = draw(DIGITS, taken=set(used.values()))
        body = {
            "password_id": slot,
            "password": digits,
            "password_start_time": local_minute(starts_at, self._zone),
            "password_end_time": local_minute(ends_at, self._zone),
            "password_name": ask.label,
            "email_checked": False,
        }
        self._reserved.add(slot)
        await self._advanced("POST", "remotePassword", body, deadline)
        return Pin(digits=digits, handle=str(slot), starts_at=starts_at, ends_at=ends_at, note=ADVANCED_NOTE)

    async def revoke_pin(self, handle: str, deadline: Deadline) -> None:
        """Raises only if the code may still be there: a slot already empty is what was wanted."""
        deadline.check()
        slot = int(handle)
        with before_command():
            used = await self._slots()
        if slot in used:
            # The vendor's page deletes by password, the client its developer wrote by password_id: send both.
            known = {"password": used[slot]} if used[slot] else {}
            await self._advanced("DELETE", "remotePassword", {"password_id": slot, **known}, deadline)
        self._reserved.discard(slot)

    async def synchronise(self) -> None:
        """Set the lock's clock."""
        deadline = Deadline(at=self._world.monotonic() + CLOCK_SECONDS, clock=self._world.monotonic)
        await self._advanced("PUT", "setClock", None, deadline)

    async def check(self) -> str:
        used = await self._slots()
        return " · ".join(["KAS Cloud takes the key", f"{len(used)} of 100 codes in use", *self._doubts()])

    async def _advanced(self, method: str, call: str, body: Mapping[str, object] | None, deadline: Deadline) -> None:
        path = f"{call}/{self._settings.factory_number}"
        answer = await self._account.advanced(method, path, body, deadline, self._patience)
        check_command(answer, door=self._name)

    async def _slots(self) -> Mapping[int, str]:
        path = f"remotePassword/{self._settings.factory_number}"
        answer = await self._account.read_advanced(path, self._patience)
        check_reading(answer, door=self._name)
        try:
            return read_slots(answer.json())
        except Unreadable:
            pass
        raise UnexpectedReply("KAS Cloud's list of codes is unreadable.")
