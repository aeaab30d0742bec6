"""A house in which codes can be listed and revoked: a keypad of The Keys, and KAS on its ADVANCED plan."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from bot.environment import Environment
from simulators import the_keys
from simulators.control import create_app
from simulators.the_keys.account import KEYPAD
from tests.house import GARAGE, MAX, House, Switchboard

PHONE, PASSWORD = "+33600000000", "canary-cloud-password"


@dataclass
class Keypads(House):
    """The front door has a keypad, and the garage's cloud keeps codes to the minute."""

    doors: Mapping[str, Mapping[str, object]] = field(
        default_factory=lambda: {
            "front": {
                "cloud_url": "https://keys.test", "cloud_phone": PHONE, "cloud_password": PASSWORD,
                "cloud_lock_id": "3001", "keypad_id": "KP3QZ81T", "keypad_prefix": "12",
            },
            "garage": {"advanced": True},
        }
    )  # fmt: skip

    def __post_init__(self) -> None:
        super().__post_init__()
        self.cloud.plan = "advanced"
        self.keys_cloud = the_keys.KeysCloudSimulator(
            self.gateway, phone=PHONE, password=PASSWORD, clock=self.now, sleep=self.hands.sleep
        )

    def _environment(self) -> Environment:
        locks: dict[str, Any] = {
            "front_test": create_app(self.gateway),
            "shed_test": create_app(self.shed),
            "kas_test": create_app(self.cloud),
            "keys_test": create_app(self.keys_cloud),
        }
        transport: httpx.AsyncBaseTransport = Switchboard(**locks)
        return replace(super()._environment(), locks=transport)

    @property
    def keypad_codes(self) -> list[str]:
        return [share.code for share in self.keys_cloud.shares.values() if share.accessory.type == KEYPAD]

    @property
    def slots(self) -> list[str]:
        return [password.password for password in self.cloud.lock(GARAGE).passwords.values()]


@asynccontextmanager
async def a_house_with_keypads(path: Path) -> AsyncIterator[Keypads]:
    """Max may make codes for both doors."""
    house = Keypads(path)
    await house.start()
    await house.let_in()
    await house.allow(MAX, "Max", "front", "open", "pin")
    try:
        yield house
    finally:
        house.telegram.faults.clear()
        await house.stop()
        house.hands.turn(1e6)
        await asyncio.sleep(0)


async def asked_later(house: House) -> str:
    """What the owner is asked in a message of its own, which Telegram takes a few seconds after the answer."""
    for _ in range(5):
        await house.wait(5)
        if "Revoke them, or leave them" in house.owner.last["text"]:
            break
    return str(house.owner.last["text"])
