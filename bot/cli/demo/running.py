"""Runs the bot and the simulated house in one process, until a signal or `stop`."""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.app import run
from bot.cli.demo.rights import reading_rights
from bot.cli.demo.seeding import seed
from bot.settings import Settings, load_settings
from simulators.demo.house import (
    API_KEY,
    FRONT,
    GARAGE,
    OLGA,
    PASSWORD,
    PHONE,
    SHARE_CODE,
    TOKEN,
    DemoHouse,
    DemoPorts,
)
from simulators.own_pages import is_loopback


async def run_demo(
    ports: DemoPorts,
    *,
    announce: Callable[[str], None],
    host: str = "127.0.0.1",
    data: Path | None = None,
    show_credentials: bool = False,
    stop: asyncio.Event | None = None,
) -> None:
    """Run until SIGINT, SIGTERM or `stop`; `data` None is a folder that is removed at the end."""
    stop = stop or asyncio.Event()
    async with AsyncExitStack() as stack:
        stack.enter_context(_signals(stop))
        folder = data or Path(stack.enter_context(TemporaryDirectory(prefix="latchkey-demo-")))
        house = DemoHouse()
        stack.callback(house.telegram.log.close)
        await house.serve(stack, ports, host=host)
        database = folder / "latchkey.db"
        bot = asyncio.ensure_future(run(settings(house, database), stop=stop))
        ends: set[asyncio.Future[Any]] = {bot, asyncio.ensure_future(stop.wait())}
        try:
            if await _done_before(seed(house.telegram), ends):
                house.people = await stack.enter_async_context(reading_rights(database))
                for line in greeting(house, host, show_credentials=show_credentials):
                    announce(line)
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # Whatever ended it: the bot records what is in flight, and a failure of its own is raised here.
            stop.set()
            await asyncio.gather(*ends)


def greeting(house: DemoHouse, host: str, *, show_credentials: bool) -> Iterator[str]:
    # First and alone, so that it is what people copy.
    yield house.addresses.page
    yield ""
    yield "Open this address in a browser. Ctrl-C ends the demo."
    if not is_loopback(host):
        yield f"Warning: everybody who reaches {host} can use the page and the simulated locks; there is no password."
    if show_credentials:
        yield from (f"  {name}: {value}" for name, value in house.connections())
    else:
        yield "What other clients of the locks need is on the page, or here with --show-credentials."


def settings(house: DemoHouse, database: Path) -> Settings:
    """What the bot is told; everything else is as it comes."""
    database.parent.mkdir(parents=True, exist_ok=True)
    # The environment may name the doors of a real house.
    return load_settings(
        env_file=None,
        environment={},
        telegram_token=TOKEN,
        telegram_api_url=house.addresses.page,
        owner_ids=frozenset({OLGA.id}),
        database=database,
        poll_seconds=2,  # what is done to a lock by hand should be seen at once
        timezone=local_zone(),
        doors={"front": _front(house), "garage": _garage(house)},
    )


def _front(house: DemoHouse) -> dict[str, Any]:
    cloud = house.keys_cloud
    return {
        "driver": "the_keys",
        "title": "Front door",
        "host": house.addresses.gateway.removeprefix("http://"),
        "identifier": str(FRONT),
        "share_code": SHARE_CODE,
        "cloud_url": house.addresses.keys_cloud,
        "cloud_phone": PHONE,
        "cloud_password": PASSWORD,
        "cloud_lock_id": str(next(iter(cloud.locks))),
        "keypad_id": cloud.accessories[-1].id_accessoire,
        "keypad_prefix": "24",
    }


def _garage(house: DemoHouse) -> dict[str, Any]:
    return {
        "driver": "kas",
        "title": "Garage",
        "factory_number": GARAGE,
        "api_key": API_KEY,
        "base_url": house.addresses.kas,
        # Nobody can say whether this door opened, so that every press is asked about once more.
        "confirm": True,
    }


def local_zone() -> str:
    # The bot's times are then those that its viewer sees elsewhere on the screen.
    parts = Path("/etc/localtime").resolve().parts
    if "zoneinfo" in parts:
        return "/".join(parts[parts.index("zoneinfo") + 1 :])
    return os.environ.get("TZ") or "UTC"


async def _done_before(work: Coroutine[Any, Any, None], ends: "set[asyncio.Future[Any]]") -> bool:
    # A bot that failed answers nobody: without it the people of the demo would wait until their patience ends.
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
