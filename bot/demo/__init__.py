"""The house without hardware or token: a Telegram, two lock systems and the real bot, in one process."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.demo.house import DemoHouse
    from bot.settings import Settings


async def run_demo(
    *,
    port: int,
    gateway_port: int,
    cloud_port: int,
    data: Path | None,
    announce: Callable[[str], None],
    stop: asyncio.Event | None = None,
) -> None:
    """Run until SIGINT, SIGTERM or `stop`; port 0 is any free one, `data` None a folder that is removed at the end."""
    # Imported here, so that a simulator in a process of its own carries no bot.
    from bot.demo.house import DemoHouse

    stop = stop or asyncio.Event()
    async with AsyncExitStack() as stack:
        stack.enter_context(_signals(stop))
        folder = data or Path(stack.enter_context(TemporaryDirectory(prefix="latchkey-demo-")))
        house = DemoHouse()
        stack.callback(house.telegram.bell.close)
        await house.open_up(stack, port=port, gateway_port=gateway_port, cloud_port=cloud_port)
        await _live_in(house, folder / "latchkey.db", announce, stop)


async def _live_in(house: "DemoHouse", database: Path, announce: Callable[[str], None], stop: asyncio.Event) -> None:
    from bot.app import run
    from bot.demo.seeding import settle_in

    bot = asyncio.ensure_future(run(_settings(house, database), stop=stop))
    ends: set[asyncio.Future[Any]] = {bot, asyncio.ensure_future(stop.wait())}
    try:
        if await _done_before(settle_in(house.telegram), ends):
            announce(f"Latchkey demo: {house.addresses.page}")
            for name, value in house.connections():
                announce(f"  {name}: {value}")
            announce("Ctrl-C ends it.")
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.set()
        await asyncio.gather(*ends)


def _settings(house: "DemoHouse", database: Path) -> "Settings":
    from bot.settings import load_settings

    database.parent.mkdir(parents=True, exist_ok=True)
    # The environment may name the doors of a real house: the demo looks for its own names only.
    return load_settings(env_file=None, _env_prefix="LATCHKEY_DEMO_", **house.settings(database))


async def _done_before(work: Coroutine[Any, Any, None], ends: "set[asyncio.Future[Any]]") -> bool:
    task = asyncio.ensure_future(work)
    await asyncio.wait({task, *ends}, return_when=asyncio.FIRST_COMPLETED)
    if not task.done():
        task.cancel()
        return False
    task.result()
    return True


@contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    # Windows has no signal handlers here; Ctrl-C then interrupts the whole.
    with suppress(NotImplementedError):
        for number in numbers:
            loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        with suppress(NotImplementedError):
            for number in numbers:
                loop.remove_signal_handler(number)
