"""Locks that are asked wrongly, or whose answers are read wrongly."""

import asyncio
from typing import Any

from bot.drivers import http
from bot.drivers.errors import OutcomeUnknown
from bot.drivers.http import HttpReply, LockHttpClient
from bot.drivers.the_keys.codes import GatewayReply
from tests.trials.patching import replace


def retry_unanswered() -> None:
    """Asks again after silence, as any HTTP library with retries would."""
    original = LockHttpClient.command

    async def command(self: LockHttpClient, *args: Any, **kwargs: Any) -> HttpReply:
        try:
            return await original(self, *args, **kwargs)
        except OutcomeUnknown:
            return await original(self, *args, **kwargs)

    replace(LockHttpClient, "command", command)


def closed_and_not_reset() -> None:
    """Leaves what is unsent of a connection that is given up to the kernel, which sends it on."""
    replace(http, "RESET", http.NO_RESET)


def any_answer_is_a_yes() -> None:
    """Takes a 200 for a yes, whatever stands in it."""
    replace(GatewayReply, "done", property(lambda self: True))


def one_line_for_all() -> None:
    """Every request to any lock waits for every other."""
    line = asyncio.Lock()
    original = LockHttpClient._exchange

    async def exchange(self: LockHttpClient, *args: Any) -> HttpReply:
        async with line:
            return await original(self, *args)

    replace(LockHttpClient, "_exchange", exchange)
