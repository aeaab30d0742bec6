"""Starting up: what is not there yet delays nothing that is."""

import asyncio
from pathlib import Path

import pytest

from bot.app import latchkey
from bot.clock import Clock
from bot.domain.failures import StorageFailed
from bot.environment import Environment
from bot.settings import load_settings
from simulators import kas, the_keys
from simulators.control import create_app
from simulators.server import serve
from simulators.telegram import TelegramSimulator
from tests.house import MAX, a_house

TOKEN = "123456:" + "A" * 35
KEY = "key-of-the-account"
SHARE_CODE = "Zmo1sps2OVyCFtl1"
OWNER = 42


async def test_a_dead_gateway_delays_no_other_door_at_start(tmp_path: Path) -> None:
    telegram = TelegramSimulator(TOKEN)
    telegram.add_person(OWNER, "Olga", started=True)
    gateway = the_keys.GatewaySimulator(the_keys.Smartlock(1, SHARE_CODE))
    gateway.faults.arrange("*", "silent", None)
    cloud = kas.KasSimulator(kas.KasLock("SS000510"), key=KEY)
    async with (
        serve(create_app(telegram)) as api,
        serve(create_app(gateway)) as front,
        serve(create_app(cloud)) as garage,
    ):
        settings = load_settings(
            None,
            telegram_token=TOKEN,
            telegram_api_url=api,
            owner_ids=str(OWNER),
            database=tmp_path / "latchkey.db",
            doors={
                "front": {
                    "driver": "the_keys",
                    "host": front.removeprefix("http://"),
                    "identifier": "1",
                    "share_code": SHARE_CODE,
                    "timeout_seconds": "60",
                },
                "garage": {"driver": "kas", "factory_number": "SS000510", "api_key": KEY, "base_url": garage},
            },
        )
        async with asyncio.timeout(8), latchkey(settings, Environment(Clock())):
            telegram.say(OWNER, "/open garage")
            await telegram.wait_for_event(
                chat=OWNER, fits=lambda event: "accepted" in str(event.detail.get("message")), seconds=8
            )
        gateway.faults.clear()


async def test_a_second_process_on_the_same_database_does_not_start(path: Path) -> None:
    """It would declare what the first one is doing interrupted, and tell everybody so."""
    async with a_house(path) as house:
        await house.leave_unfinished(MAX, "Max", "front")
        with pytest.raises(StorageFailed, match="another Latchkey uses"):
            async with latchkey(house._settings(), house._environment()):
                pass
        assert await house.journal("outcome") == []


async def test_a_process_that_ended_leaves_the_database_to_the_next(path: Path) -> None:
    async with a_house(path) as house:
        await house.restart()
        assert "opened" in await house.owner.say("/open front")
