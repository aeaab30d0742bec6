"""python -m bot.demo.telegram: the stand-in in a process of its own."""

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.demo.telegram.server import serve
from bot.demo.telegram.world import TelegramWorld


def _read_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bot.demo.telegram", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--token", required=True)
    parser.add_argument("--username", default="latchkey_demo_bot")
    parser.add_argument("--person", type=person, action="append", default=[], metavar="42:Anna[:username]")
    parser.add_argument("--group", type=group, action="append", default=[], metavar="-1001:House:42,43")
    parser.add_argument("--ledger", type=Path, help="append every update and call to this file")
    parser.add_argument("--realistic-polling", action="store_true", help="slow down repeated getUpdates calls")
    parser.add_argument("--flood-limits", action="store_true", help="answer 429 to too many messages")
    return parser.parse_args(arguments)


def build_world(options: argparse.Namespace) -> TelegramWorld:
    world = TelegramWorld(
        options.token,
        options.username,
        ledger=options.ledger,
        realistic_polling=options.realistic_polling,
        flood_limits=options.flood_limits,
    )
    for person, names in options.person:
        world.add_person(person, *names)
    for chat, title, members in options.group:
        world.add_group(chat, title, members)
    return world


def person(text: str) -> tuple[int, list[str]]:
    number, *names = text.split(":", 2)
    if not names:
        raise ValueError(text)
    return int(number), names


def group(text: str) -> tuple[int, str, list[int]]:
    chat, title, members = text.split(":")
    return int(chat), title, [int(member) for member in members.split(",")]


def _announce(url: str) -> None:
    sys.stdout.write(f"telegram {url}\n")
    sys.stdout.flush()


async def _run(options: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    serving = loop.create_task(serve(build_world(options), options.port, _announce))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(serving.cancel))
    with contextlib.suppress(asyncio.CancelledError):
        await serving


def main() -> None:
    # argparse takes "-1001:House:42" for an option unless it is glued to its own.
    asyncio.run(_run(_read_arguments(_glued(sys.argv[1:]))))


def _glued(arguments: Sequence[str]) -> list[str]:
    glued: list[str] = []
    for argument in arguments:
        if glued and glued[-1] == "--group":
            glued[-1] = f"--group={argument}"
        else:
            glued.append(argument)
    return glued


if __name__ == "__main__":
    main()
