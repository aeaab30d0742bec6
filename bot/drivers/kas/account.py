"""One KAS account: its requests, one at a time and never more than its queue takes."""

from collections import deque
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from bot.domain.readings import PeerStatus
from bot.domain.remarks import Remark
from bot.drivers.base import Deadline, DriverContext
from bot.drivers.errors import Busy, NotSent, TooLate, Withdrawn
from bot.drivers.http import HttpReply, LockHttpClient, Timeouts
from bot.drivers.kas.messages import CLOUD
from bot.drivers.pacing import RequestQueue

# KAS drops calls beyond 30 in its queue without an error. How fast the queue empties is not public: five minutes is a
# careful assumption.
QUEUE_LIMIT = 30
QUEUE_SECONDS = 300.0
# When others have filled the queue, an owner can still get in.
KEPT_FOR_OWNERS = 5
# One person who taps again and again must not use up the openings of everybody.
SHARE_OF_ONE = 10
LOOK = Timeouts.of(10)
# KAS names no rate, only a queue that drops what is too much: requests leave one at a time, with a second between.
REST_SECONDS = 1.0
# The page asks for it with every request, also with a GET that has no body.
JSON = {"Content-Type": "application/json"}


class Account:
    """What all doors of one account share. The key leaves this class only in a request."""

    def __init__(self, base_url: str, api_key: str, context: DriverContext) -> None:
        self.name = f"kas {base_url}"
        self.tells_firmware = False
        self.is_clock_wrong: bool | None = None
        self._key = api_key
        self._context = context
        self._client = LockHttpClient(
            f"{base_url.rstrip('/')}/api/lockCommand", peer=CLOUD, transport=context.transport
        )
        self._openings = RequestQueue(monotonic=context.monotonic, sleep=context.sleep)
        # Making a code takes KAS seconds, and nobody should wait at a door for that.
        self._codes = RequestQueue(monotonic=context.monotonic, sleep=context.sleep)
        self._queued: deque[tuple[float, int]] = deque()
        """When, and for whom, calls went into KAS's own queue."""

    async def remote_unlock(self, factory_number: str, deadline: Deadline, timeouts: Timeouts) -> HttpReply:
        # The vendor wants the key in the path: no error, log or repr may hold this address.
        path = f"/remoteUnlock/{factory_number}/{quote(self._key, safe='')}"
        return await self._command(self._openings, "GET", path, deadline, timeouts, fills_queue=True)

    async def pin_code(
        self, factory_number: str, request: Mapping[str, int], deadline: Deadline, timeouts: Timeouts
    ) -> HttpReply:
        # This call alone wants the key in its body.
        body = {**request, "apiKey": self._key}
        return await self._command(self._codes, "POST", f"/pinCode/{factory_number}", deadline, timeouts, body=body)

    async def advanced(
        self, method: str, call: str, body: Mapping[str, Any] | None, deadline: Deadline, timeouts: Timeouts
    ) -> HttpReply:
        """A call of the ADVANCED plan that changes something; all of them go through the lock's gateway."""
        return await self._command(
            self._codes, method, f"/{call}", deadline, timeouts, body=body, headers=self._proof, fills_queue=True
        )

    async def read_advanced(self, call: str, timeouts: Timeouts, deadline: Deadline | None = None) -> HttpReply:
        """A query; with a deadline it is one that a command waits for."""
        async with self._codes.turn(rest=REST_SECONDS, deadline=deadline):
            return await self._client.query("GET", f"/{call}", timeouts=timeouts, headers={**JSON, **self._proof})

    async def look(self) -> PeerStatus:
        # No call reads anything on the BASIC plan. A page that does nothing shows that the cloud answers at all.
        async with self._codes.turn(rest=REST_SECONDS):
            await self._client.query("GET", "", timeouts=LOOK, headers=JSON)
        return PeerStatus(says=Remark("kas.answers"))

    @property
    def _proof(self) -> Mapping[str, str]:
        return {"x-auth-token": self._key}

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _command(
        self,
        queue: RequestQueue,
        method: str,
        path: str,
        deadline: Deadline,
        timeouts: Timeouts,
        *,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        fills_queue: bool = False,
    ) -> HttpReply:
        async def send() -> HttpReply:
            async with queue.turn(rest=REST_SECONDS, deadline=deadline):
                # Counted before it leaves: a call without an answer may be in the queue as well.
                if fills_queue:
                    self._enqueue(deadline)
                return await self._client.command(
                    method, path, deadline=deadline, timeouts=timeouts, body=body, headers={**JSON, **(headers or {})}
                )

        try:
            return await send()
        except (TooLate, Withdrawn):
            raise
        # 504 says "please retry", but that could open twice: only what never left is sent again.
        except NotSent:
            if deadline.remaining() <= REST_SECONDS:
                deadline.check_right()
                raise
        # Nothing has left yet, so once more is safe.
        return await send()

    def _enqueue(self, deadline: Deadline) -> None:
        """Count a call. Raises Busy when this person, or all together, have used their part of KAS's queue."""
        now = self._context.monotonic()
        while self._queued and self._queued[0][0] <= now - QUEUE_SECONDS:
            self._queued.popleft()
        own = [at for at, caller in self._queued if caller == deadline.caller]
        if len(self._queued) >= (QUEUE_LIMIT if deadline.is_owner else QUEUE_LIMIT - KEPT_FOR_OWNERS):
            raise Busy("kas.queue_full", retry_after=self._queued[0][0] + QUEUE_SECONDS - now)
        if len(own) >= SHARE_OF_ONE and not deadline.is_owner:
            raise Busy("kas.share_full", retry_after=own[0] + QUEUE_SECONDS - now)
        self._queued.append((now, deadline.caller))
