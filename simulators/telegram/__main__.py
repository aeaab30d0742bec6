"""python -m simulators.telegram --token TOKEN --person 42:Anna [--group=-1001:House:42,43] [--log FILE]."""

import argparse
from pathlib import Path

from simulators.control import create_app
from simulators.server import run
from simulators.telegram import TelegramSimulator


def main() -> None:
    asked = _parser().parse_args()
    telegram = TelegramSimulator(asked.token, asked.username, log=asked.log)
    for person, names in asked.person:
        telegram.add_person(person, *names)
    for chat, title, members in asked.group:
        telegram.add_group(chat, title, members)
    run(("telegram", create_app(telegram), asked.port))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulators.telegram", description="A simulated Telegram.")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--token", required=True)
    parser.add_argument("--username", default="latchkey_demo_bot")
    parser.add_argument("--person", type=person, action="append", default=[], metavar="42:Anna[:username]")
    # argparse takes "-1001:House:42" for an option unless it is glued to its own.
    parser.add_argument("--group", type=group, action="append", default=[], metavar="-1001:House:42,43")
    parser.add_argument("--log", type=Path, help="append every call and event to this file (JSON lines)")
    return parser


def person(text: str) -> tuple[int, list[str]]:
    number, *names = text.split(":", 2)
    if not names:
        raise ValueError(text)
    return int(number), names


def group(text: str) -> tuple[int, str, list[int]]:
    chat, title, members = text.split(":")
    return int(chat), title, [int(member) for member in members.split(",")]


if __name__ == "__main__":
    main()
