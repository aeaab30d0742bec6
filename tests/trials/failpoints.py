"""Places at which the bot dies by SIGKILL: put around its functions, in the forked process only."""

import asyncio
import os
import random
import signal
import threading
from collections.abc import Callable, Mapping
from typing import Any

from bot.chat.telegram.outbox import OutboxDelivery
from bot.chat.telegram.polling import PollingRequest
from bot.control.command_log import CommandLog
from bot.drivers import http
from bot.notices import Notices
from tests.trials.patching import after, before, instead, replace

Arrangement = Callable[[], None]


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before_record(then: Callable[[], None] = die) -> None:
    # Long enough for the next poll, which lets Telegram forget the update.
    before(CommandLog, "start", then, seconds=0.1)


def after_record(then: Callable[[], None] = die) -> None:
    after(CommandLog, "start", then)


def at_trace(event: str, then: Callable[[], None] = die) -> Arrangement:
    """When httpx reports this step of a request that acts."""

    def arrange() -> None:
        original = http._Progress.__call__

        async def call(self: http._Progress, name: str, info: Mapping[str, object]) -> None:
            await original(self, name, info)
            if self._deadline is not None and name.endswith(event):
                then()

        replace(http._Progress, "__call__", call)

    return arrange


def before_outcome() -> None:
    before(CommandLog, "finish", die)


def after_outcome() -> None:
    after(CommandLog, "finish", die)


def before_notice() -> None:
    before(OutboxDelivery, "_send", die)


def after_notice() -> None:
    after(OutboxDelivery, "_send", die)


def in_recovery() -> None:
    """In the middle of the transaction that makes an unfinished command "unknown"."""
    instead(Notices, "command_interrupted", die)


def at_random(generator: random.Random, longest: float) -> Arrangement:
    """Any moment of the first `longest` seconds, from a thread, so that it can be in the middle of anything."""
    seconds = generator.uniform(0.0, longest)
    return lambda: threading.Timer(seconds, die).start()


def slow_confirmation() -> None:
    """The next poll comes late, so Telegram has not been told that the updates arrived and sends them once more."""
    original = PollingRequest.do_request
    polled = False

    async def request(self: PollingRequest, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        nonlocal polled
        if polled:
            await asyncio.sleep(1.0)
        status, payload = await original(self, *args, **kwargs)
        polled = polled or b"update_id" in payload
        return status, payload

    replace(PollingRequest, "do_request", request)


FAILPOINTS: dict[str, Arrangement] = {
    "before record": before_record,
    "after record": after_record,
    "before connect": at_trace("connect_tcp.started"),
    "after connect": at_trace("connect_tcp.complete"),
    "after headers": at_trace("send_request_headers.complete"),
    "after body": at_trace("send_request_body.complete"),
    "after answer": at_trace("receive_response_headers.complete"),
    "before outcome": before_outcome,
    "after outcome": after_outcome,
    "before notice": before_notice,
    "after notice": after_notice,
    "in recovery": in_recovery,
}
