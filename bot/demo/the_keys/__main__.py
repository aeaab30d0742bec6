"""python -m bot.demo.the_keys --port 0 --lock 45961123:SHARECODE16CHARS [--lock …] [--ledger FILE]"""

import argparse
from pathlib import Path

from bot.demo.command_line import run
from bot.demo.the_keys import Gateway, Smartlock, create_app
from bot.demo.the_keys.dialect import DIALECTS


def main() -> None:
    asked = _parser().parse_args()
    gateway = Gateway(*asked.lock, ledger=asked.ledger, latency=asked.latency, travel_seconds=asked.travel)
    gateway.dialect = asked.dialect
    run(("the_keys", create_app(gateway), asked.port))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot.demo.the_keys", description="A simulated The Keys gateway.")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--lock", type=_lock, action="append", required=True, metavar="IDENTIFIER:SHARECODE")
    parser.add_argument("--ledger", type=Path, help="append every request and event to this file (JSON lines)")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds a Bluetooth call takes")
    parser.add_argument("--travel", type=float, default=0.0, help="seconds the motor runs")
    parser.add_argument("--dialect", choices=DIALECTS, default="real")
    return parser


def _lock(text: str) -> Smartlock:
    identifier, _, code = text.partition(":")
    return Smartlock(int(identifier), code)


if __name__ == "__main__":
    main()
