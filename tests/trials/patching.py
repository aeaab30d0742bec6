"""Puts another function in place of one of the bot's, in a forked process only; the shipped code has no hooks.

Everything that trials change in the bot goes through here: failpoints, broken builds, shortened waits.
"""

import asyncio
from collections.abc import Callable
from typing import Any


def replace(owner: Any, name: str, new: Any) -> None:
    """AttributeError if there is nothing of that name any more: a trial that breaks nothing would prove nothing."""
    getattr(owner, name)
    setattr(owner, name, new)


def before(owner: type, name: str, then: Callable[[], None], *, seconds: float = 0.0) -> None:
    """Wait so long and call `then` before this method."""
    original = getattr(owner, name)

    async def method(*args: Any, **kwargs: Any) -> Any:
        if seconds:
            await asyncio.sleep(seconds)
        then()
        return await original(*args, **kwargs)

    replace(owner, name, method)


def after(owner: type, name: str, then: Callable[[], None]) -> None:
    """Call `then` after this method."""
    original = getattr(owner, name)

    async def method(*args: Any, **kwargs: Any) -> Any:
        found = await original(*args, **kwargs)
        then()
        return found

    replace(owner, name, method)


def instead(owner: type, name: str, then: Callable[[], None] = lambda: None) -> None:
    """Call `then`, and not this method."""

    async def method(*_: Any, **__: Any) -> None:
        then()

    replace(owner, name, method)
