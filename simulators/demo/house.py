"""The demo's house: two doors with their lock systems, and the people around them."""

import math
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from socket import gethostname
from typing import Any

from starlette.routing import Mount

from simulators.control import control_app, create_app
from simulators.demo.live import page_routes
from simulators.faults import ArrangedFault, Faults
from simulators.kas import KasLock, KasSimulator
from simulators.own_pages import is_address, is_loopback
from simulators.server import serve
from simulators.telegram import TelegramSimulator
from simulators.the_keys import GatewaySimulator, KeysCloudSimulator, Smartlock

TOKEN = "700000042:demo-only-this-opens-no-real-door"  # noqa: S105 - of a Telegram that exists only here
FRONT, SHARE_CODE = 45961123, "T7K2M9QXW4HB6RPD"
GARAGE, API_KEY = "SS000510", "demo-key-5f3a81c09e"
PHONE, PASSWORD = "+33600000000", "demo"
KAS_ACCOUNT = "camille@example.org"
# The requests that move a door or make a code for it, whose answer the page can let get lost.
COMMANDS = {
    "front": (("gateway", "/open"), ("gateway", "/close"), ("keys_cloud", "*/partage/*ate/*")),
    "garage": (("kas", "*/remoteUnlock/*"), ("kas", "*/pinCode/*"), ("kas", "*/remotePassword/*")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPerson:
    """`role` and `note` say what the bot allows; `quick` are commands that make sense for that."""

    id: int
    name: str
    role: str = "a stranger"
    note: str = "stranger, not let in"
    quick: tuple[str, ...] = ("/start", "/open front", "/whoami")


OLGA, MAX, GRETA, SAM = PEOPLE = (
    DemoPerson(id=42, name="Olga"),
    DemoPerson(id=7, name="Max"),
    DemoPerson(id=11, name="Greta"),
    DemoPerson(id=99, name="Sam"),
)
GROUP, GROUP_TITLE = -1001, "House"


@dataclass(frozen=True, slots=True)
class DemoAddresses:
    page: str
    gateway: str
    keys_cloud: str
    kas: str


Ports = tuple[int, ...]
"""The first of them that is free."""


@dataclass(frozen=True, slots=True)
class DemoPorts:
    page: Ports = (0,)
    gateway: Ports = (0,)
    kas: Ports = (0,)
    keys_cloud: Ports = (0,)


def hosts_of(host: str) -> Callable[[str], bool]:
    """Under which names the page is opened; a site that turns its name to this machine is not among them."""
    if is_loopback(host):
        return is_loopback
    own = {host.lower(), gethostname().lower(), f"{gethostname().lower()}.local"}
    return lambda name: name in own or name == "localhost" or is_address(name)


class DemoHouse:
    """`people` says at any time who may what; the house itself knows nothing of rights."""

    def __init__(self) -> None:
        self.run_id = f"{time.time():.3f}"
        # A kept database remembers the updates of earlier runs, so every run numbers its own ones higher.
        self.telegram = TelegramSimulator(TOKEN, first_update_id=int(time.time()))
        for person in PEOPLE:
            self.telegram.add_person(person.id, person.name, started=person is not SAM)
        self.telegram.add_group(GROUP, GROUP_TITLE, [person.id for person in PEOPLE], bot="administrator")
        self.gateway = GatewaySimulator(Smartlock(FRONT, SHARE_CODE), latency=1.2, travel_seconds=2.5)
        self.keys_cloud = KeysCloudSimulator(self.gateway, phone=PHONE, password=PASSWORD)
        self.kas = KasSimulator(
            KasLock(GARAGE, autolock_seconds=20.0),
            key=API_KEY,
            account=(KAS_ACCOUNT, PASSWORD),
            latency=0.4,
            unlock_delay=1.5,
        )
        self.addresses = DemoAddresses("", "", "", "")
        self.people: Callable[[], Awaitable[Sequence[DemoPerson]]] = strangers
        self._losses: dict[str, list[tuple[Faults, ArrangedFault]]] = {}
        for system in (self.gateway, self.keys_cloud, self.kas):
            system.faults.when_met = self._use_up

    async def serve(self, stack: AsyncExitStack, ports: DemoPorts, *, host: str = "127.0.0.1") -> None:
        """Serve everything until the stack ends."""
        locks = [
            Mount("/gateway/control", app=control_app(self.gateway)),
            Mount("/cloud/control", app=control_app(self.kas)),
        ]
        page = create_app(self.telegram, [*page_routes(self), *locks], knows_host=hosts_of(host))

        async def at(app: Any, ports: Ports, reachable: Callable[[], bool] | None = None) -> str:
            url = await stack.enter_async_context(serve(app, *ports, host=host, reachable=reachable))
            # 0.0.0.0 is where servers listen, and no address that every browser can open.
            return url.replace("//0.0.0.0:", "//127.0.0.1:")

        self.addresses = DemoAddresses(
            page=await at(page, ports.page),
            gateway=await at(create_app(self.gateway), ports.gateway, self.gateway.reachable),
            kas=await at(create_app(self.kas), ports.kas, self.kas.reachable),
            keys_cloud=await at(create_app(self.keys_cloud), ports.keys_cloud, self.keys_cloud.reachable),
        )
        self.keys_cloud.gateway_is_at(self.addresses.gateway)

    def connections(self) -> list[tuple[str, str]]:
        """What another client needs to be told."""
        return [
            ("The Keys gateway", self.addresses.gateway),
            ("Lock identifier", str(FRONT)),
            ("Share code", SHARE_CODE),
            ("KAS Cloud", self.addresses.kas),
            ("Lock factory number", GARAGE),
            ("API key", API_KEY),
            ("KAS account", f"{KAS_ACCOUNT}, password {PASSWORD}"),
            ("The Keys cloud", self.addresses.keys_cloud),
            ("The Keys account", f"{PHONE}, password {PASSWORD}"),
            ("Telegram Bot API", self.addresses.page),
            ("Bot token", TOKEN),
        ]

    async def plan(self) -> dict[str, Any]:
        """What the page is built from."""
        front = {"make": "The Keys", "identifier": str(FRONT), "control": "/gateway/control"}
        garage = {"make": "KAS", "identifier": GARAGE, "control": "/cloud/control"}
        return {
            "run": self.run_id,
            "since": len(self.telegram.log.events),
            "people": [asdict(person) for person in await self.people()],
            "group": {"id": GROUP, "title": GROUP_TITLE, "members": list(self.telegram.chat(GROUP).members)},
            "doors": [
                {"name": "front", "title": "Front door", **front},
                {"name": "garage", "title": "Garage", **garage},
            ],
            "addresses": self.connections(),
        }

    def door_states(self) -> dict[str, dict[str, Any]]:
        """Each door as the page shows it."""
        return {"front": self._front_state(), "garage": self._garage_state()}

    def _front_state(self) -> dict[str, Any]:
        gateway, lock = self.gateway, self.gateway.lock(FRONT)
        return {
            "bolt": lock.bolt,
            "moving": lock.motion is not None,
            "jammed": lock.jammed,
            "in_range": lock.in_range,
            "battery_mv": lock.battery_mv,
            "offline": not gateway.reachable(),
            "busy": math.ceil(gateway.busy_seconds),
            "synchronising": math.ceil(gateway.synchronising_seconds),
            "loses_answer": "front" in self._losses,
        }

    def _garage_state(self) -> dict[str, Any]:
        kas, lock = self.kas, self.kas.lock(GARAGE)
        return {
            "bolt": lock.bolt,
            "gateway_online": lock.gateway_online,
            "offline": not kas.reachable(),
            "queued": len(kas.queue),
            "loses_answer": "garage" in self._losses,
        }

    def lose_next_answer(self, door: str, *, on: bool) -> None:
        """The next command to this door, and nothing else, is carried out and not answered."""
        for faults, fault in self._losses.pop(door, []):
            if fault in faults:
                faults.remove(fault)
        if on:
            found = [(getattr(self, system).faults, path) for system, path in COMMANDS[door]]
            self._losses[door] = [(faults, ArrangedFault(fault="reset_after", path=path)) for faults, path in found]
            for faults, fault in self._losses[door]:
                faults.append(fault)

    def _use_up(self, met: ArrangedFault) -> None:
        # Whichever command came first used it up for all.
        for door, losses in list(self._losses.items()):
            if any(fault is met for _, fault in losses):
                self.lose_next_answer(door, on=False)


async def strangers() -> Sequence[DemoPerson]:
    return PEOPLE
