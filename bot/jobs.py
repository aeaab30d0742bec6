"""Work that goes on beside a block."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def running(*jobs: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Jobs that go on beside the block and end with it; one that fails ends the block, with its own exception."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(job) for job in jobs]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
    # A TaskGroup wraps what failed. Whoever catches `Stalled` or `BadToken` above asks for the exception itself.
    except BaseExceptionGroup as failures:
        raise (failures.exceptions[0] if len(failures.exceptions) == 1 else failures) from None
