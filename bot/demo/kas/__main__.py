"""Run it: python -m bot.demo.kas --port 0 --lock SS000510 --key KEY [--ledger FILE]."""

import argparse
from pathlib import Path

from bot.demo.command_line import run
from bot.demo.kas import KasCloud, KasLock, create_app


def main() -> None:
    asked = _parser().parse_args()
    locks = [KasLock(factory_number, autolock_seconds=asked.autolock) for factory_number in asked.lock]
    cloud = KasCloud(*locks, key=asked.key, ledger=asked.ledger, latency=asked.latency, unlock_delay=asked.delay)
    cloud.plan = asked.plan
    run(("kas", create_app(cloud), asked.port))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot.demo.kas", description="A simulated KAS Cloud.")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--lock", action="append", required=True, metavar="FACTORY_NUMBER")
    parser.add_argument("--key", required=True, help="the API key it accepts")
    parser.add_argument("--plan", choices=("basic", "advanced"), default="basic")
    parser.add_argument("--ledger", type=Path, help="append every request and event to this file (JSON lines)")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds every call takes")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds from acceptance to the lock")
    parser.add_argument("--autolock", type=float, default=5.0, help="seconds a lock stays unlocked")
    return parser


if __name__ == "__main__":
    main()
