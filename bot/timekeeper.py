"""What happens by itself when its time has come: looked after twice a minute."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.activity import Activity
from bot.domain.failures import StorageFailed

log = logging.getLogger("latchkey.timekeeper")

EVERY_SECONDS = 30.0


class Timekeeper:
    # Twice a minute is enough: decisions look at the time themselves, so only the telling is late.

    def __init__(
        self,
        *duties: Callable[[], Awaitable[None]],
        activity: Activity,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._duties = duties
        self._activity = activity
        self._sleep = sleep

    async def run(self) -> None:
        while True:
            with self._activity.item():
                for duty in self._duties:
                    await self._guarded(duty)
            await self._sleep(EVERY_SECONDS)

    @staticmethod
    async def _guarded(duty: Callable[[], Awaitable[None]]) -> None:
        # One that fails has its next turn with the others, and keeps none of them from theirs.
        try:
            await duty()
        except StorageFailed as error:
            log.error("what is due could not be done: %s", error)  # noqa: TRY400
        except Exception:
            # A bug in one must not end the bot, which would open no door then.
            log.exception("what is due could not be done")
