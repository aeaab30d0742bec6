"""The demo's house: two doors with their lock systems, the people around them, and how the bot is led there."""

import math
import os
import time
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.demo.kas import KasCloud, KasLock
from bot.demo.kas import create_app as create_kas_app
from bot.demo.serving import serve
from bot.demo.telegram import TelegramWorld
from bot.demo.the_keys import Cloud, Gateway, Smartlock, create_app
from bot.demo.web import hands, open_telegram, page_routes

TOKEN = "700000042:demo-only-this-opens-no-real-door"  # noqa: S105 - of a Telegram that exists only here
FRONT, SHARE_CODE = 45961123, "T7K2M9QXW4HB6RPD"
GARAGE, API_KEY = "SS000510", "demo-key-5f3a81c09e"
PHONE, PASSWORD = "+33600000000", "demo"
LOSABLE = {"front": "/[oc][pl]*", "garage": "*/remoteUnlock/*"}
"""The requests that move a door, whose answer the page can let get lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inhabitant:
    id: int
    name: str
    role: str
    note: str
    quick: tuple[str, ...]
    quick_in_group: tuple[str, ...]


OLGA = Inhabitant(
    id=42,
    name="Olga",
    role="an owner",
    note="owner, everything",
    quick=("/open front", "/close front", "/status", "/open garage", "/pin garage 2h", "/people", "/help"),
    quick_in_group=("/open front", "/close front", "/status", "/notify"),
)
MAX = Inhabitant(
    id=7,
    name="Max",
    role="a member",
    note="member, both doors",
    quick=("/open front", "/close front", "/status", "/pin garage 2h", "/whoami", "/help"),
    quick_in_group=("/open front", "/close front", "/status"),
)
GRETA = Inhabitant(
    id=11,
    name="Greta",
    role="a guest",
    note="guest, garage for a day",
    quick=("/open garage", "/open front", "/status garage", "/whoami", "/help"),
    quick_in_group=("/open garage", "/open front"),
)
SAM = Inhabitant(
    id=99,
    name="Sam",
    role="a stranger",
    note="stranger, not let in",
    quick=("/start", "/open front", "/status", "/whoami"),
    quick_in_group=("/open front", "/status"),
)
PEOPLE = (OLGA, MAX, GRETA, SAM)
GROUP, GROUP_TITLE = -1001, "House"


@dataclass(frozen=True, slots=True)
class Addresses:
    page: str
    gateway: str
    keys_cloud: str
    kas: str


class DemoHouse:
    def __init__(self) -> None:
        self.run = f"{time.time():.3f}"
        # A kept database remembers the updates of earlier runs, so every run numbers its own ones higher.
        self.telegram = TelegramWorld(TOKEN, first_update_id=int(time.time()))
        for person in PEOPLE:
            self.telegram.add_person(person.id, person.name, started=person is not SAM)
        self.telegram.add_group(GROUP, GROUP_TITLE, [person.id for person in PEOPLE])
        self.gateway = Gateway(Smartlock(FRONT, SHARE_CODE), latency=1.2, travel_seconds=2.5)
        self.keys_cloud = Cloud(self.gateway, phone=PHONE, password=PASSWORD)
        self.kas = KasCloud(KasLock(GARAGE, autolock_seconds=20.0), key=API_KEY, latency=0.4, unlock_delay=1.5)
        self.addresses = Addresses("", "", "", "")

    async def open_up(self, stack: AsyncExitStack, *, port: int, gateway_port: int, cloud_port: int) -> None:
        """Serve everything until the stack ends."""
        gateway, kas = create_app(self.gateway), create_kas_app(self.kas)
        routes = [*page_routes(self), hands("/gateway", gateway), hands("/cloud", kas)]
        self.addresses = Addresses(
            page=await stack.enter_async_context(serve(open_telegram(self.telegram, routes), port)),
            gateway=await stack.enter_async_context(serve(gateway, gateway_port)),
            keys_cloud=await stack.enter_async_context(serve(create_app(self.keys_cloud))),
            kas=await stack.enter_async_context(serve(kas, cloud_port)),
        )

    def settings(self, database: Path) -> dict[str, Any]:
        """What the bot is told; everything else is as it comes."""
        return {
            "telegram_token": TOKEN,
            "telegram_api_url": self.addresses.page,
            "owner_ids": frozenset({OLGA.id}),
            "database": database,
            "poll_seconds": 2,
            "timezone": local_zone(),
            "doors": {"front": self._front(), "garage": self._garage()},
        }

    def _front(self) -> dict[str, Any]:
        lock = next(iter(self.keys_cloud.locks))
        keypad = self.keys_cloud.accessories[-1].id_accessoire
        return {
            "driver": "the_keys",
            "title": "Front door",
            "host": self.addresses.gateway.removeprefix("http://"),
            "identifier": str(FRONT),
            "share_code": SHARE_CODE,
            "cloud_url": self.addresses.keys_cloud,
            "cloud_phone": PHONE,
            "cloud_password": PASSWORD,
            "cloud_lock_id": str(lock),
            "keypad_id": keypad,
            "keypad_prefix": "24",
        }

    def _garage(self) -> dict[str, Any]:
        return {
            "driver": "kas",
            "title": "Garage",
            "factory_number": GARAGE,
            "api_key": API_KEY,
            "base_url": self.addresses.kas,
        }

    def connections(self) -> list[tuple[str, str]]:
        """What another client needs to be told."""
        return [
            ("The Keys gateway", self.addresses.gateway),
            ("Lock identifier", str(FRONT)),
            ("Share code", SHARE_CODE),
            ("KAS Cloud", self.addresses.kas),
            ("Lock factory number", GARAGE),
            ("API key", API_KEY),
            ("The Keys cloud", self.addresses.keys_cloud),
            ("Account", f"{PHONE}, password {PASSWORD}"),
            ("Telegram Bot API", self.addresses.page),
            ("Bot token", TOKEN),
        ]

    def plan(self) -> dict[str, Any]:
        """What the page is built from."""
        front = {"make": "The Keys", "identifier": str(FRONT), "hands": "/gateway/world", "system": "gateway"}
        garage = {"make": "KAS", "identifier": GARAGE, "hands": "/cloud/world", "system": "cloud"}
        return {
            "run": self.run,
            "since": len(self.telegram.events),
            "people": [asdict(person) for person in PEOPLE],
            "group": {"id": GROUP, "title": GROUP_TITLE, "members": list(self.telegram.chat(GROUP).members)},
            "doors": [
                {"name": "front", "title": "Front door", "command_path": LOSABLE["front"], **front},
                {"name": "garage", "title": "Garage", "command_path": LOSABLE["garage"], **garage},
            ],
            "addresses": self.connections(),
        }

    def pictures(self) -> dict[str, dict[str, Any]]:
        """Each door as the page shows it."""
        return {"front": self._picture_of_front(), "garage": self._picture_of_garage()}

    def _picture_of_front(self) -> dict[str, Any]:
        gateway, lock = self.gateway, self.gateway.lock(FRONT)
        return {
            "bolt": lock.bolt,
            "moving": lock.journey is not None,
            "jammed": lock.jammed,
            "in_range": lock.in_range,
            "battery_mv": lock.battery_mv,
            "offline": gateway.offline,
            "busy": math.ceil(gateway.busy_seconds),
            "synchronising": math.ceil(gateway.synchronising_seconds),
            "loses_answer": any(fault.path == LOSABLE["front"] for fault in gateway.faults),
        }

    def _picture_of_garage(self) -> dict[str, Any]:
        kas, lock = self.kas, self.kas.lock(GARAGE)
        return {
            "bolt": lock.bolt,
            "gateway_online": lock.gateway_online,
            "offline": kas.offline,
            "queued": len(kas.queue),
            "loses_answer": any(fault.path == LOSABLE["garage"] for fault in kas.faults),
        }


def local_zone() -> str:
    """The zone of the machine, so that the bot's times are those of its viewer."""
    parts = Path("/etc/localtime").resolve().parts
    if "zoneinfo" in parts:
        return "/".join(parts[parts.index("zoneinfo") + 1 :])
    return os.environ.get("TZ") or "UTC"
