"""The line to one gateway: one request at a time, rests between, signed with a timestamp nobody used before."""

import base64
import hmac
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.drivers.base import Deadline, Surroundings
from bot.drivers.errors import LockError, NotSent, OutcomeUnknown, OutOfReach, TooLate, UnexpectedReply
from bot.drivers.http import Answer, Patience, Wire
from bot.drivers.pacing import Breaker, Turns

# Measured by HA-MM on six locks behind one gateway: anything quicker makes it refuse or reset connections.
REST_AFTER_LIGHT = 0.5
REST_AFTER_HEAVY = 1.0
WORTH_WAITING_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What a signed request needs: which lock, with which share code, for which door of ours."""

    door: str
    identifier: str
    share_code: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request as the gateway's page describes it. With a `key` it is signed."""

    path: str
    method: str = "POST"
    form: Mapping[str, str] | None = None
    key: Key | None = None
    is_heavy: bool = True
    """Whether the gateway uses its radio or the internet to answer."""
    patience: Patience | None = None
    """None: the gateway's own."""


PROBE = Call(method="GET", path="/status", is_heavy=False, patience=Patience.of(5))


class Line:
    def __init__(self, host: str, surroundings: Surroundings, patience: Patience) -> None:
        self._stamp_name = f"the_keys {host}"
        self._world = surroundings
        self._patience = patience
        self._wire = Wire(f"http://{host}", far_side="The gateway", transport=surroundings.transport)
        self._turns = Turns(monotonic=surroundings.monotonic, sleep=surroundings.sleep)
        self._breaker = Breaker(now=surroundings.now, monotonic=surroundings.monotonic)

    @property
    def is_dead(self) -> bool:
        return self._breaker.is_open

    async def read(self, call: Call, *, urgent: bool = False) -> Answer:
        """Ask something; raises `OutOfReach` or `UnexpectedReply`. `urgent` if a command waits for it."""
        await self._pass(command=False)
        return await self._send(call, None, urgent=urgent)

    async def command(self, call: Call, deadline: Deadline) -> Answer:
        """Send once something that acts; raises `NotSent`, `TooLate` or `OutcomeUnknown`."""
        deadline.check()
        await self._pass(command=True)
        return await self._send(call, deadline, urgent=True)

    async def next_second(self) -> None:
        now = self._world.now()
        await self._world.sleep(math.floor(now) + 1 - now)

    async def aclose(self) -> None:
        await self._wire.aclose()

    async def _send(self, call: Call, deadline: Deadline | None, *, urgent: bool) -> Answer:
        rest = REST_AFTER_HEAVY if call.is_heavy else REST_AFTER_LIGHT
        async with self._turns.turn(urgent=urgent, rest=rest, deadline=deadline):
            # Signed inside the turn: timestamps must arrive in the order in which they were drawn.
            form = call.form if call.key is None else await self._sign(call.key)
            patience = call.patience or self._patience
            with self._counted():
                if deadline is None:
                    return await self._wire.reading(call.method, call.path, form=form, patience=patience)
                return await self._wire.command(call.method, call.path, form=form, deadline=deadline, patience=patience)

    async def _sign(self, key: Key) -> Mapping[str, str]:
        now = self._world.now()
        try:
            stamp = await self._world.stamps.next(self._stamp_name, int(now))
        except Exception as error:
            # Whoever keeps the book and whatever went wrong there: without a number nothing may leave.
            raise NotSent("The bot could not write its timestamp down: nothing was sent.") from error
        ahead = stamp - now
        # A second or two are waited for; after a clock that was set back it runs ahead instead.
        if 0 < ahead <= WORTH_WAITING_SECONDS:
            await self._world.sleep(ahead)
        return {"identifier": key.identifier, "ts": str(stamp), "hash": sign(key.share_code, stamp)}

    @contextmanager
    def _counted(self) -> Iterator[None]:
        try:
            yield
        except TooLate:
            raise
        except (NotSent, OutcomeUnknown, OutOfReach):
            self._breaker.failed()
            raise
        except UnexpectedReply:
            self._breaker.worked()
            raise
        self._breaker.worked()

    async def _pass(self, *, command: bool) -> None:
        if not self._breaker.is_open:
            return
        if self._breaker.claim_probe(urgent=command):
            await self._probe(urgent=command)
        if self._breaker.is_open:
            raise self._dead(command=command)

    async def _probe(self, *, urgent: bool) -> None:
        try:
            await self._send(PROBE, None, urgent=urgent)
        except LockError:
            return

    def _dead(self, *, command: bool) -> LockError:
        since = f"The gateway has not answered since {self._clock_time(self._breaker.failing_since)}"
        if command:
            return NotSent(f"{since}: nothing was sent.", code="no connection")
        return OutOfReach(f"{since}.", code="no connection")

    def _clock_time(self, moment: float) -> str:
        zone = ZoneInfo(self._world.timezone)
        now, then = datetime.fromtimestamp(self._world.now(), zone), datetime.fromtimestamp(moment, zone)
        return then.strftime("%H:%M" if then.date() == now.date() else "%d %B, %H:%M")


def sign(share_code: str, stamp: int) -> str:
    """Base64 of the raw HMAC-SHA256 of the decimal timestamp; the identifier is not covered by it."""
    digest = hmac.digest(share_code.encode(), str(stamp).encode(), "sha256")
    return base64.b64encode(digest).decode()
