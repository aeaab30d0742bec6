"""One KAS account: its requests, one at a time and never more than its queue takes."""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

from bot.drivers.base import Deadline, Surroundings
from bot.drivers.errors import Busy, NotSent, TooLate
from bot.drivers.http import Answer, Patience, Wire
from bot.drivers.pacing import Turns

# KAS drops what exceeds 30 queued calls without an error. How fast its queue empties is not public: five minutes
# is an assumption on the careful side.
QUEUE_LIMIT = 30
QUEUE_SECONDS = 300.0
REST_SECONDS = 1.0


class Account:
    """What all doors of one account share. The key never leaves this class but in a request."""

    def __init__(self, base_url: str, api_key: str, surroundings: Surroundings) -> None:
        self._key = api_key
        self._world = surroundings
        self._wire = Wire(
            f"{base_url.rstrip('/')}/api/lockCommand", far_side="KAS Cloud", transport=surroundings.transport
        )
        self._turns = Turns(monotonic=surroundings.monotonic, sleep=surroundings.sleep)
        self._queued: deque[float] = deque()

    async def remote_unlock(self, factory_number: str, deadline: Deadline, patience: Patience) -> Answer:
        # The vendor wants the key in the path: no error, log or repr may hold this address.
        path = f"/remoteUnlock/{factory_number}/{quote(self._key, safe='')}"
        return await self._command("GET", path, deadline, patience, queues=True)

    async def pin_code(
        self, factory_number: str, ask: Mapping[str, int], deadline: Deadline, patience: Patience
    ) -> Answer:
        body = {**ask, "apiKey": self._key}
        return await self._command("POST", f"/pinCode/{factory_number}", deadline, patience, body=body)

    async def advanced(
        self, method: str, call: str, body: Mapping[str, Any] | None, deadline: Deadline, patience: Patience
    ) -> Answer:
        """A call of the ADVANCED plan that changes something; all of them go through the lock's gateway."""
        return await self._command(
            method, f"/{call}", deadline, patience, body=body, headers={"x-auth-token": self._key}, queues=True
        )

    async def read_advanced(self, call: str, patience: Patience) -> Answer:
        async with self._turns.turn(urgent=False, rest=REST_SECONDS):
            return await self._wire.reading("GET", f"/{call}", patience=patience, headers={"x-auth-token": self._key})

    async def reach(self, patience: Patience) -> None:
        """Ask for a page that does nothing: any answer at all will do."""
        async with self._turns.turn(urgent=False, rest=REST_SECONDS):
            await self._wire.reading("GET", "", patience=patience)

    async def aclose(self) -> None:
        await self._wire.aclose()

    async def _command(
        self,
        method: str,
        path: str,
        deadline: Deadline,
        patience: Patience,
        *,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        queues: bool = False,
    ) -> Answer:
        if queues:
            self._enqueue()
        send = partial(
            self._wire.command, method, path, deadline=deadline, patience=patience, body=body, headers=headers
        )
        try:
            return await self._in_turn(send, deadline)
        except TooLate:
            raise
        except NotSent:
            if deadline.remaining() <= REST_SECONDS:
                raise
        # Nothing has left yet, so once more is safe.
        return await self._in_turn(send, deadline)

    async def _in_turn(self, send: Callable[[], Awaitable[Answer]], deadline: Deadline) -> Answer:
        async with self._turns.turn(urgent=True, rest=REST_SECONDS, deadline=deadline):
            return await send()

    def _enqueue(self) -> None:
        now = self._world.monotonic()
        while self._queued and self._queued[0] <= now - QUEUE_SECONDS:
            self._queued.popleft()
        if len(self._queued) >= QUEUE_LIMIT:
            wait = self._queued[0] + QUEUE_SECONDS - now
            raise Busy("KAS takes only 30 commands at a time: nothing was sent, try again later.", retry_after=wait)
        self._queued.append(now)
