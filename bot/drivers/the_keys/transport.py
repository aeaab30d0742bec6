"""Requests to one gateway: one at a time, rests between, each signed with a timestamp that no other request used."""

import base64
import hmac
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.drivers.base import Deadline, DriverContext, waiting
from bot.drivers.errors import LockError, NotSent, OutcomeUnknown, OutOfReach, TooLate, UnexpectedReply, Withdrawn
from bot.drivers.http import HttpReply, LockHttpClient, Timeouts
from bot.drivers.pacing import CircuitBreaker, RequestQueue
from bot.drivers.the_keys.messages import GATEWAY

# Measured by HA-MM on six locks behind one gateway: anything quicker makes it refuse or reset connections.
REST_AFTER_LIGHT = 0.5
REST_AFTER_HEAVY = 1.0
# Two calls in a row are ahead by a second or two. More than that means that the clock was set back.
WORTH_WAITING_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What a signed request needs. `door` is the name in our settings."""

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
    timeouts: Timeouts | None = None
    """None: the gateway's own."""


# `/status` moves nothing, needs no signature and was measured at 0.2 s: a gateway that is silent for 5 s is away.
PROBE = Call(method="GET", path="/status", is_heavy=False, timeouts=Timeouts.of(5))


class GatewayTransport:
    def __init__(self, host: str, context: DriverContext, timeouts: Timeouts) -> None:
        # One counter for the gateway, not for each lock: which of the two it holds timestamps against is not published,
        # and a client that polled several locks got 33 for the later ones.
        self._counter_name = f"the_keys {host}"
        self._context = context
        self._timeouts = timeouts
        self._client = LockHttpClient(f"http://{host}", peer=GATEWAY, transport=context.transport)
        self._queue = RequestQueue(monotonic=context.monotonic, sleep=context.sleep)
        self._breaker = CircuitBreaker(now=context.now, monotonic=context.monotonic)

    @property
    def is_dead(self) -> bool:
        return self._breaker.is_open

    async def query(self, call: Call, *, urgent: bool = False) -> HttpReply:
        """Ask something; raises `OutOfReach` or `UnexpectedReply`. `urgent` if a command waits for it."""
        await self._pass(command=False)
        return await self._send(call, None, urgent=urgent)

    async def command(self, call: Call, deadline: Deadline) -> HttpReply:
        """Send once something that acts; raises `NotSent`, `TooLate`, `Withdrawn` or `OutcomeUnknown`."""
        async with deadline.waiting():
            await self._pass(command=True)
        return await self._send(call, deadline, urgent=True)

    async def next_second(self) -> None:
        # The gateway counts whole seconds, so a fresh timestamp is one of the next second.
        now = self._context.now()
        await self._context.sleep(math.floor(now) + 1 - now)

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _send(self, call: Call, deadline: Deadline | None, *, urgent: bool) -> HttpReply:
        rest = REST_AFTER_HEAVY if call.is_heavy else REST_AFTER_LIGHT
        async with self._queue.turn(rest=rest, deadline=deadline, urgent=urgent):
            # Signed in its turn: timestamps must arrive in the order in which they were drawn.
            async with waiting(deadline):
                form = call.form if call.key is None else await self._sign(call.key)
            timeouts = call.timeouts or self._timeouts
            with self._counted():
                if deadline is None:
                    return await self._client.query(call.method, call.path, form=form, timeouts=timeouts)
                return await self._client.command(
                    call.method, call.path, form=form, deadline=deadline, timeouts=timeouts
                )

    async def _sign(self, key: Key) -> Mapping[str, str]:
        now = self._context.now()
        try:
            number = await self._context.counters.next(self._counter_name, int(now))
        except Exception as error:
            # Whatever went wrong there: without a new number nothing may be sent.
            raise NotSent("the_keys.no_counter") from error
        ahead = number - now
        # After the clock was set back, sign with a time that is ahead: waiting for it could take hours.
        if 0 < ahead <= WORTH_WAITING_SECONDS:
            await self._context.sleep(ahead)
        return {"identifier": key.identifier, "ts": str(number), "hash": sign(key.share_code, number)}

    @contextmanager
    def _counted(self) -> Iterator[None]:
        try:
            yield
        except (TooLate, Withdrawn):
            # Our own doing, which says nothing about the gateway.
            raise
        except (NotSent, OutcomeUnknown, OutOfReach):
            self._breaker.failed()
            raise
        except UnexpectedReply:
            # Nonsense, but it answers.
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
        since = self._clock_time(self._breaker.failing_since)
        return (NotSent if command else OutOfReach)(f"{GATEWAY}.dead", since=since)

    def _clock_time(self, moment: float) -> str:
        zone = ZoneInfo(self._context.timezone)
        now, then = datetime.fromtimestamp(self._context.now(), zone), datetime.fromtimestamp(moment, zone)
        return then.strftime("%H:%M" if then.date() == now.date() else "%Y-%m-%d %H:%M")


def sign(share_code: str, timestamp: int) -> str:
    """Base64 of the raw HMAC-SHA256 of the decimal timestamp."""
    # The page stops at the HMAC object; Base64 of its raw digest is what the vendor's own client sends. Nothing but the
    # timestamp is covered, so a signature that was not used yet is good for any call: see `TheKeys.settle`.
    digest = hmac.digest(share_code.encode(), str(timestamp).encode(), "sha256")
    return base64.b64encode(digest).decode()
