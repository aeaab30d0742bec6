"""Run it: python -m simulators.the_keys --port 0 --lock 45961123:SHARECODE16CHARS [--log FILE] [--cloud-port 0]."""

import argparse
from pathlib import Path

from simulators.control import create_app
from simulators.server import run
from simulators.the_keys import GatewaySimulator, KeysCloudSimulator, Smartlock
from simulators.the_keys.dialect import DIALECTS


def main() -> None:
    asked = _parser().parse_args()
    gateway = GatewaySimulator(*asked.lock, log=asked.log, latency=asked.latency, travel_seconds=asked.travel)
    gateway.dialect = asked.dialect
    if asked.hurry:
        gateway.hurry()
    apps = [("the_keys", create_app(gateway), asked.port)]
    if asked.cloud_port is not None:
        # One process is one log file: the gateway's. The cloud keeps its own in memory.
        cloud = KeysCloudSimulator(gateway, phone=asked.phone, password=asked.password)
        apps.append(("the_keys_cloud", create_app(cloud), asked.cloud_port))
        run(*apps, ready=lambda addresses: cloud.gateway_is_at(addresses["the_keys"]))
    else:
        run(*apps)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulators.the_keys", description="A simulated The Keys gateway.")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--lock", type=_lock, action="append", required=True, metavar="IDENTIFIER:SHARECODE")
    parser.add_argument("--log", type=Path, help="append every request and event to this file (JSON lines)")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds a Bluetooth call takes")
    parser.add_argument("--travel", type=float, default=0.0, help="seconds the motor runs")
    parser.add_argument("--hurry", action="store_true", help="synchronise and reboot in no time, not in minutes")
    parser.add_argument("--dialect", choices=DIALECTS, default="real")
    parser.add_argument("--cloud-port", type=int, help="serve the vendor's cloud as well")
    parser.add_argument("--phone", default="+33600000000", help="the cloud account")
    parser.add_argument("--password", default="demo", help="the cloud account's password")
    return parser


def _lock(text: str) -> Smartlock:
    identifier, _, code = text.partition(":")
    return Smartlock(int(identifier), code)


if __name__ == "__main__":
    main()
