"""Run it: python -m simulators.kas --port 0 --lock SS000510 --key KEY [--log FILE]."""

import argparse
from pathlib import Path

from simulators.control import create_app
from simulators.kas import KasLock, KasSimulator
from simulators.server import run


def main() -> None:
    asked = _parser().parse_args()
    locks = [KasLock(factory_number, autolock_seconds=asked.autolock) for factory_number in asked.lock]
    run(("kas", create_app(KasSimulator(*locks, key=asked.key, log=asked.log)), asked.port))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulators.kas", description="A simulated KAS Cloud.")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--lock", action="append", required=True, metavar="FACTORY_NUMBER")
    parser.add_argument("--key", required=True, help="the API key it accepts")
    parser.add_argument("--log", type=Path, help="append every request and event to this file (JSON lines)")
    parser.add_argument("--autolock", type=float, default=5.0, help="seconds a lock stays unlocked")
    return parser


if __name__ == "__main__":
    main()
