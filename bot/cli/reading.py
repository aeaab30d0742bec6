"""Commands that only look into the database, whether the bot runs or not."""

import asyncio
from collections.abc import Awaitable, Callable

from bot.cli.faults import database_path, say_faults
from storage import Storage


def look_into(work: Callable[[Storage], Awaitable[None]]) -> None:
    async def look() -> None:
        storage = await Storage.open_to_read(database_path())
        try:
            await work(storage)
        finally:
            await storage.close()

    with say_faults():
        asyncio.run(look())
