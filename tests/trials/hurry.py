"""Shorter waits between commands and notices, so that a trial takes a tenth of a second; what is promised stays."""

import ssl

import httpx

from bot.chat.telegram import limits
from bot.drivers.the_keys import transport
from tests.trials.patching import replace

HURRY = 200.0
_plain = httpx.create_ssl_context()


def shorten_waits(hurry: float = HURRY) -> None:
    """In a forked process only."""
    replace(httpx._config, "create_ssl_context", _one_context)
    replace(httpx._transports.default, "create_ssl_context", _one_context)
    for name in ("IN_A_CHAT", "IN_A_GROUP", "AFTER_A_START", "OVERALL"):
        limit = getattr(limits, name)
        replace(limits, name, limits.Limit(limit.replies, limit.notices, limit.seconds / hurry))
    replace(transport, "WORTH_WAITING_SECONDS", 0.0)


def _one_context(*_: object, **__: object) -> ssl.SSLContext:
    """Reading the certificates takes longer than all the rest of a start, and nothing here speaks TLS."""
    return _plain
