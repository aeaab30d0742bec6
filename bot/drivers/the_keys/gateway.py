"""One The Keys gateway: every call it knows, and after which answers a call is made again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from bot.domain.readings import PeerStatus
from bot.domain.remarks import Remark
from bot.drivers.base import Deadline, DriverContext, waiting
from bot.drivers.errors import Busy, LockError, NotAuthorised, NotSent, TooLate, UnexpectedReply, Withdrawn
from bot.drivers.http import HttpReply, Timeouts, Unreadable
from bot.drivers.messages import door_parameters
from bot.drivers.the_keys.answers import (
    GatewayStatus,
    LockerInfo,
    expect_done,
    http_status,
    lockers_in,
    read_gateway_status,
    reply_in,
    says_no,
)
from bot.drivers.the_keys.codes import (
    BUSY,
    BUSY_SECONDS,
    CLOCK_INVALID,
    NOT_DETECTED,
    STALE,
    SYNCHRONISING_SECONDS,
    GatewayReply,
    error_of,
    unreadable,
)
from bot.drivers.the_keys.transport import REST_AFTER_HEAVY, Call, GatewayTransport, Key

log = logging.getLogger("latchkey.the_keys")

# All doors of a gateway are polled in one round, and one answer of `/lockers` holds all of them.
LOCKERS_SHARED_SECONDS = 2.0
# Two clients on one gateway overtake each other's timestamps again and again; a single 33 has other causes as well.
STALE_IN_A_ROW = 3
# As field clients do: up to three times while it is busy.
CLOCK_TRIES = 3
# Synchronising and updating go out to the vendor's server: a whole cycle of 77 s was seen in the field. 6 times 15 s.
SLOW_FACTOR = 6
# HTTP's ways to say that there is no such call.
NOT_HERE = (404, 405, 501)


class NoStatus(UnexpectedReply):
    """The gateway's firmware is too old to say what it is doing."""


class Gateway:
    """What all doors behind one gateway share; it may be silent for `timeout_seconds`, longer where it works longer."""

    def __init__(self, host: str, context: DriverContext, *, timeout_seconds: float = 15.0) -> None:
        self.name = f"the_keys gateway {host}"
        self.tells_firmware = True
        self.is_clock_wrong: bool | None = None
        self._context = context
        self._slow = Timeouts.of(SLOW_FACTOR * timeout_seconds)
        self._transport = GatewayTransport(host, context, Timeouts.of(timeout_seconds))
        self._asking_lockers = asyncio.Lock()
        self._lockers: tuple[float, Mapping[str, LockerInfo]] | None = None
        self._worked: set[str] = set()
        self._stale_in_a_row = 0

    @property
    def has_rival(self) -> bool:
        """Whether another client uses this gateway, as our timestamps keep being overtaken."""
        return self._stale_in_a_row >= STALE_IN_A_ROW

    async def status(self, *, urgent: bool = False) -> GatewayStatus:
        """Version and what it is doing; raises NoStatus below firmware 17."""
        answer = await self._transport.query(Call(method="GET", path="/status", is_heavy=False), urgent=urgent)
        if answer.status in NOT_HERE or says_no(answer):
            raise NoStatus("the_keys.no_status", status=answer.status)
        try:
            return read_gateway_status(answer.body)
        except Unreadable:
            pass
        raise unreadable(command=False, **http_status(answer))

    async def look(self) -> PeerStatus:
        try:
            status = await self.status()
        except NoStatus:
            return PeerStatus(says=Remark("the_keys.gateway_old"))
        doing = {"version": status.version, "doing": status.doing or "idle"}
        return PeerStatus(firmware=status.version, says=Remark("the_keys.gateway_doing", doing))

    async def is_synchronising(self) -> bool:
        """Whether it says so; False if it does not say."""
        try:
            return (await self.status(urgent=True)).is_synchronising
        except LockError:
            return False

    async def lockers(self) -> Mapping[str, LockerInfo]:
        """The locks in sight by identifier; one answer serves all doors of this gateway for two seconds."""
        async with self._asking_lockers:
            if self._lockers and self._context.monotonic() - self._lockers[0] <= LOCKERS_SHARED_SECONDS:
                return self._lockers[1]
            answer = await self._transport.query(Call(method="GET", path="/lockers", is_heavy=False))
            lockers = lockers_in(answer)
            self._lockers = (self._context.monotonic(), lockers)
            return lockers

    async def synchronise(self, *, urgent: bool = False) -> None:
        """Bring gateway and cloud in step."""
        # This also sets the gateway's clock, which is the only remedy for code 38.
        answer = await self._transport.query(
            Call(method="GET", path="/synchronize", timeouts=self._slow), urgent=urgent
        )
        expect_done(answer, door="", command=False)

    async def synchronise_lock(self, identifier: str, *, door: str) -> None:
        form = {"identifier": identifier}
        answer = await self._transport.query(Call(path="/locker/synchronize", form=form, timeouts=self._slow))
        try:
            expect_done(answer, door=door, command=False)
        except Busy:
            await self.raise_if_synchronising()
            raise

    async def update(self, deadline: Deadline) -> None:
        """Install the gateway's firmware again, even if it is up to date."""
        answer = await self._transport.command(Call(method="GET", path="/update", timeouts=self._slow), deadline)
        if answer.status in NOT_HERE:
            # The page says GET, the vendor's own client posts. A gateway without such a call has done nothing yet.
            answer = await self._transport.command(Call(path="/update", timeouts=self._slow), deadline)
        expect_done(answer, door="", command=True, is_update=True)

    async def update_lock(self, identifier: str, deadline: Deadline, *, door: str) -> None:
        form = {"identifier": identifier}
        answer = await self._transport.command(Call(path="/locker/update", form=form, timeouts=self._slow), deadline)
        expect_done(answer, door=door, command=True)

    async def ask(self, call: Call, *, deadline: Deadline | None = None, busy_waits: int = 0) -> GatewayReply:
        """A signed call, repeated only after answers that say nothing moved, each time with a new timestamp.

        With a deadline it is a command and waits out a busy gateway as long as the deadline allows; a query does so
        `busy_waits` times.
        """
        repeats = _Repeats(deadline, busy_waits)
        busy: GatewayReply | None = None
        while True:
            try:
                reply = await self._send(call, deadline)
                busy = reply if reply.is_busy else None
                remedy = self._remedy(reply, repeats, deadline)
                if remedy is None:
                    break
                async with waiting(deadline):
                    await remedy()
            except TooLate:
                # That the gateway was busy says more than "too late".
                if busy is None:
                    raise
                reply = busy
                break
        self._learn(reply, call.key, was_stale=repeats.used(STALE))
        return reply

    async def refusal(self, reply: GatewayReply, key: Key, *, command: bool) -> LockError:
        """The error for a reply of `ask` that is no yes. Raises Busy if the gateway turns out to be synchronising."""
        if reply.code in (BUSY, NOT_DETECTED):
            await self.raise_if_synchronising()
        if reply.code == STALE and not reply.refuses_signature:
            # Only a code that worked before can have been overtaken by another client's timestamp.
            if key.share_code in self._worked:
                return NotAuthorised("the_keys.33.another_client", **door_parameters(key.door))
            if reply.refuses_timestamp:
                return NotAuthorised("the_keys.33.too_old", **door_parameters(key.door))
        return error_of(reply, door=key.door, command=command)

    def _remedy(
        self, reply: GatewayReply, repeats: "_Repeats", deadline: Deadline | None
    ) -> Callable[[], Awaitable[None]] | None:
        """What to do before asking again; None if this answer counts."""
        # 33 also stands for "timestamp too old", which a fresh one cures; a second 33 means what the page says.
        if reply.code == STALE and repeats.once(STALE):
            return self._transport.next_second
        if reply.code == CLOCK_INVALID and repeats.once(CLOCK_INVALID):
            return partial(self._set_clock, deadline)
        if reply.is_busy and repeats.while_busy():
            return self._wait_while_busy
        return None

    async def _wait_while_busy(self) -> None:
        await self.raise_if_synchronising()
        await self._context.sleep(BUSY_SECONDS)

    async def raise_if_synchronising(self) -> None:
        # Busy and "not detected" are routine for minutes while the gateway synchronises: say that at once instead.
        if await self.is_synchronising():
            raise Busy("the_keys.synchronising", retry_after=SYNCHRONISING_SECONDS)

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def _send(self, call: Call, deadline: Deadline | None) -> GatewayReply:
        if deadline is None:
            answer = await self._transport.query(call)
        else:
            # The command moves `last_log`: the next poll must not read the answer of before.
            self._lockers = None
            answer = await self._command(call, deadline)
        return reply_in(answer, command=deadline is not None)

    async def _command(self, call: Call, deadline: Deadline) -> HttpReply:
        try:
            return await self._transport.command(call, deadline)
        except (TooLate, Withdrawn):
            raise
        except NotSent:
            if self._transport.is_dead or deadline.remaining() <= REST_AFTER_HEAVY:
                deadline.check_right()
                raise
        # Gateways refuse connections that come back to back; nothing has left yet, so once more is safe.
        async with deadline.waiting():
            await self._context.sleep(REST_AFTER_HEAVY)
        return await self._transport.command(call, deadline)

    async def _set_clock(self, deadline: Deadline | None) -> None:
        # Whether it worked shows when the call is made again, so a failure here is not told.
        for _ in range(CLOCK_TRIES):
            try:
                return await self.synchronise(urgent=deadline is not None)
            except Busy:
                if deadline and deadline.remaining() <= BUSY_SECONDS:
                    return None
                await self._context.sleep(BUSY_SECONDS)
            except LockError:
                return None
        return None

    def _learn(self, reply: GatewayReply, key: Key | None, *, was_stale: bool) -> None:
        if reply.ok and key:
            self._worked.add(key.share_code)
        if reply.ok or reply.code == CLOCK_INVALID:
            self.is_clock_wrong = not reply.ok
        if not was_stale:
            self._stale_in_a_row = 0
        elif key and key.share_code in self._worked:
            # A code that never worked is wrong, which says nothing about other clients.
            self._stale_in_a_row += 1
            if self._stale_in_a_row == STALE_IN_A_ROW:
                log.warning("another client seems to use the gateway of %s: our timestamps are overtaken", key.door)


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
