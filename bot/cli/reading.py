"""Commands that only look into the database, whether the bot runs or not."""

import asyncio
from collections.abc import Awaitable, Callable

from bot.cli.faults import database_path, say_faults
from bot.domain.failures import StorageFailed
from storage import Storage


def look_into(work: Callable[[Storage], Awaitable[None]]) -> None:
    async def look() -> None:
        storage = await Storage.open_to_read(database_path())
        try:
            # Not migrated here: a bot may be running on it, and whoever looks changes nothing.
            if not await storage.database.is_up_to_date():
                raise StorageFailed("the database was written by an older Latchkey: start the bot once, then ask again")
            await work(storage)
        finally:
            await storage.close()

    with say_faults():
        asyncio.run(look())
