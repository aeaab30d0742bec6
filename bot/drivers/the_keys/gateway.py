"""One The Keys gateway: every call it knows, and which answers may be answered by asking again."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from bot.drivers.base import Deadline, Surroundings
from bot.drivers.errors import Busy, LockError, NotSent, TooLate
from bot.drivers.http import Answer, Patience, Unreadable
from bot.drivers.the_keys.battery import battery_mv, rssi_dbm
from bot.drivers.the_keys.codes import (
    ANOTHER_CLIENT,
    ANOTHER_CLIENT_FIX,
    BUSY,
    BUSY_SECONDS,
    CLOCK_INVALID,
    CODES,
    NOT_DETECTED,
    STALE,
    SYNCHRONISING,
    SYNCHRONISING_SECONDS,
    UPDATE_CODES,
    Reply,
    Row,
    error_of,
    fill,
    read_number,
    read_object,
    read_reply,
    unreadable,
)
from bot.drivers.the_keys.line import REST_AFTER_HEAVY, Call, Key, Line

log = logging.getLogger("latchkey.the_keys")

LOCKERS_SHARED_SECONDS = 2.0
STALE_IN_A_ROW = 3
CLOCK_TRIES = 3
SLOW_FACTOR = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayStatus:
    version: str
    doing: str

    @property
    def is_synchronising(self) -> bool:
        return self.doing.lower().startswith("synchroni")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A lock as the gateway last heard it, without asking it by radio."""

    identifier: str
    rssi_dbm: int | None
    battery_mv: int | None
    last_log: int | None
    """Grows with every event of the lock; None on lock firmware below 57."""


class Gateway:
    """What all doors behind one gateway share; it may be silent for `timeout_seconds`, longer where it works longer."""

    def __init__(self, host: str, surroundings: Surroundings, *, timeout_seconds: float = 15.0) -> None:
        self._world = surroundings
        self._slow = Patience.of(SLOW_FACTOR * timeout_seconds)
        self._line = Line(host, surroundings, Patience.of(timeout_seconds))
        self._asking_lockers = asyncio.Lock()
        self._lockers: tuple[float, Mapping[str, Seen]] | None = None
        self._worked: set[str] = set()
        self._stale_in_a_row = 0

    @property
    def has_rival(self) -> bool:
        """Whether our timestamps keep being overtaken: another client uses this gateway."""
        return self._stale_in_a_row >= STALE_IN_A_ROW

    async def status(self, *, urgent: bool = False) -> GatewayStatus:
        """Version and what it is doing (gateway firmware 17 and later)."""
        answer = await self._line.read(Call(method="GET", path="/status", is_heavy=False), urgent=urgent)
        try:
            return read_gateway_status(answer.body)
        except Unreadable:
            pass
        raise unreadable(command=False, code=_http(answer))

    async def lockers(self) -> Mapping[str, Seen]:
        """The locks in sight by identifier; one answer serves all doors of this gateway for two seconds."""
        async with self._asking_lockers:
            if self._lockers and self._world.monotonic() - self._lockers[0] <= LOCKERS_SHARED_SECONDS:
                return self._lockers[1]
            answer = await self._line.read(Call(method="GET", path="/lockers", is_heavy=False))
            seen = _lockers(answer)
            self._lockers = (self._world.monotonic(), seen)
            return seen

    async def synchronise(self, *, urgent: bool = False) -> None:
        """Bring gateway and cloud in step; this also sets the gateway's clock."""
        answer = await self._line.read(Call(method="GET", path="/synchronize", patience=self._slow), urgent=urgent)
        _expect_done(answer, door="", command=False)

    async def synchronise_lock(self, identifier: str, *, door: str) -> None:
        form = {"identifier": identifier}
        answer = await self._line.read(Call(path="/locker/synchronize", form=form, patience=self._slow))
        _expect_done(answer, door=door, command=False)

    async def update(self, deadline: Deadline) -> None:
        """Install the gateway's firmware again, even if it is up to date."""
        answer = await self._line.command(Call(path="/update", patience=self._slow), deadline)
        _expect_done(answer, door="", command=True, codes=UPDATE_CODES)

    async def update_lock(self, identifier: str, deadline: Deadline, *, door: str) -> None:
        form = {"identifier": identifier}
        answer = await self._line.command(Call(path="/locker/update", form=form, patience=self._slow), deadline)
        _expect_done(answer, door=door, command=True)

    async def ask(self, call: Call, *, deadline: Deadline | None = None, busy_waits: int = 0) -> Reply:
        """A signed call, repeated only after answers that say nothing moved, each time with a new timestamp.

        With a deadline it is a command and waits out a busy gateway as long as the deadline allows; a reading does so
        `busy_waits` times.
        """
        repeats = _Repeats(deadline, busy_waits)
        busy: Reply | None = None
        while True:
            try:
                reply = await self._send(call, deadline)
            except TooLate:
                if busy is None:
                    raise
                return busy  # what kept it until it was too late says more
            busy = reply if reply.is_busy else None
            if reply.code == STALE and repeats.once(STALE):
                await self._line.next_second()
            elif reply.code == CLOCK_INVALID and repeats.once(CLOCK_INVALID):
                await self._set_clock(deadline)
            elif reply.is_busy and repeats.while_busy():
                await self.raise_if_synchronising()
                await self._world.sleep(BUSY_SECONDS)
            else:
                self._learn(reply, call.key, was_stale=repeats.used(STALE))
                return reply

    async def refusal(self, reply: Reply, key: Key, *, command: bool) -> LockError:
        """The error for a reply of `ask` that is no yes. Raises Busy if the gateway turns out to be synchronising."""
        if reply.code in (BUSY, NOT_DETECTED):
            await self.raise_if_synchronising()
        error = error_of(reply, door=key.door, command=command)
        if reply.code == STALE and (self.has_rival or key.share_code in self._worked):
            return type(error)(ANOTHER_CLIENT, fix=fill(ANOTHER_CLIENT_FIX, key.door), code=error.code)
        return error

    async def raise_if_synchronising(self) -> None:
        """Busy and "not detected" are routine for minutes while the gateway synchronises: say that instead."""
        try:
            status = await self.status(urgent=True)
        except LockError:
            return
        if status.is_synchronising:
            raise Busy(SYNCHRONISING, retry_after=SYNCHRONISING_SECONDS, code="the_keys synchronizing")

    async def aclose(self) -> None:
        await self._line.aclose()

    async def _send(self, call: Call, deadline: Deadline | None) -> Reply:
        if deadline is None:
            answer = await self._line.read(call)
        else:
            self._lockers = None
            answer = await self._command(call, deadline)
        return _reply(answer, command=deadline is not None)

    async def _command(self, call: Call, deadline: Deadline) -> Answer:
        try:
            return await self._line.command(call, deadline)
        except TooLate:
            raise
        except NotSent:
            if self._line.is_dead or deadline.remaining() <= REST_AFTER_HEAVY:
                raise
        # Gateways refuse connections that come back to back; nothing has left yet, so once more is safe.
        await self._world.sleep(REST_AFTER_HEAVY)
        return await self._line.command(call, deadline)

    async def _set_clock(self, deadline: Deadline | None) -> None:
        """The gateway takes the time from its cloud; whether that worked shows when the call is made again."""
        for _ in range(CLOCK_TRIES):
            try:
                return await self.synchronise(urgent=deadline is not None)
            except Busy:
                if deadline and deadline.remaining() <= BUSY_SECONDS:
                    return None
                await self._world.sleep(BUSY_SECONDS)
            except LockError:
                return None
        return None

    def _learn(self, reply: Reply, key: Key | None, *, was_stale: bool) -> None:
        if reply.ok and key:
            self._worked.add(key.share_code)
        if not was_stale:
            self._stale_in_a_row = 0
            return
        self._stale_in_a_row += 1
        if self._stale_in_a_row == STALE_IN_A_ROW and self._worked:
            log.warning("another client seems to use the gateway of %s: our timestamps are overtaken", key and key.door)


class _Repeats:
    def __init__(self, deadline: Deadline | None, busy_waits: int) -> None:
        self._deadline = deadline
        self._busy_waits = busy_waits
        self._used: set[int] = set()

    def once(self, code: int) -> bool:
        """True the first time it is asked for this code."""
        first = code not in self._used
        self._used.add(code)
        return first

    def used(self, code: int) -> bool:
        return code in self._used

    def while_busy(self) -> bool:
        if self._deadline is not None:
            return self._deadline.remaining() > BUSY_SECONDS
        self._busy_waits -= 1
        return self._busy_waits >= 0


def read_gateway_status(body: bytes) -> GatewayStatus:
    """Raises `Unreadable` if the body is no `/status` answer."""
    fields = read_object(body)
    if "version" not in fields and "current_status" not in fields:
        raise Unreadable("no status of a gateway")
    return GatewayStatus(version=_word(fields.get("version")), doing=_word(fields.get("current_status")))


def read_lockers(body: bytes) -> Mapping[str, Seen]:
    """Raises `Unreadable` if the body is no `/lockers` answer."""
    devices = read_object(body).get("devices")
    if not isinstance(devices, list):
        raise Unreadable("no list of locks")
    seen = {}
    for device in devices:
        identifier = read_number(device.get("identifier")) if isinstance(device, dict) else None
        if identifier is not None:
            seen[str(identifier)] = Seen(
                identifier=str(identifier),
                rssi_dbm=rssi_dbm(device.get("rssi")),
                battery_mv=battery_mv(device.get("battery")),
                last_log=read_number(device.get("last_log")),
            )
    return seen


def _lockers(answer: Answer) -> Mapping[str, Seen]:
    try:
        return read_lockers(answer.body)
    except Unreadable:
        pass
    reply = _reply(answer, command=False)
    raise error_of(reply, door="", command=False)


def _reply(answer: Answer, *, command: bool) -> Reply:
    try:
        reply = read_reply(answer.body)
    except Unreadable:
        pass
    else:
        # No client knows what a status other than 200 means here; a no in the body is still a no.
        if answer.status == 200 or not reply.ok:
            return reply
    raise unreadable(command=command, code=_http(answer))


def _expect_done(answer: Answer, *, door: str, command: bool, codes: Mapping[int, Row] = CODES) -> None:
    # Gateways in the field answer these calls with nothing at all; what acts on a bolt is never read so kindly.
    if answer.status == 200 and not answer.body.strip():
        return
    reply = _reply(answer, command=command)
    if not reply.done:
        raise error_of(reply, door=door, command=command, codes=codes)


def _http(answer: Answer) -> str | None:
    return None if answer.status == 200 else f"http {answer.status}"


def _word(value: object) -> str:
    """A short word of the gateway, safe to print."""
    text = str(value) if isinstance(value, str | int) else "unknown"
    return "".join(letter for letter in text[:40] if letter.isascii() and letter.isprintable())
