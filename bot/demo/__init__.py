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
    try:
        await _unless(bot, settle_in(house.telegram))
        announce(f"Latchkey demo: {house.addresses.page}")
        for name, value in house.connections():
            announce(f"  {name}: {value}")
        announce("Ctrl-C ends it.")
        await _unless(bot, stop.wait())
    finally:
        stop.set()
        await bot


def _settings(house: "DemoHouse", database: Path) -> Any:
    from bot.settings import load_settings

    database.parent.mkdir(parents=True, exist_ok=True)
    asked = house.settings(database)
    settings = load_settings(env_file=None, **asked)
    # The environment may name the doors of a real house; the demo works none of them.
    return settings.model_copy(update={"doors": {name: settings.doors[name] for name in asked["doors"]}})


async def _unless(bot: "asyncio.Future[None]", work: Coroutine[Any, Any, Any]) -> None:
    """Wait for the work, or for the bot to end before it."""
    task = asyncio.ensure_future(work)
    await asyncio.wait({bot, task}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
    else:
        task.cancel()


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
