"""The lock systems Latchkey knows, by the name used in `DOORS__…__DRIVER`."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from bot.drivers import kas, the_keys
from bot.drivers.base import DoorSettings, LockDriver, Surroundings


class Vendor(NamedTuple):
    settings: type[DoorSettings]
    build: Callable[[Mapping[str, Any], Surroundings], dict[str, LockDriver]]
    """All doors of this vendor at once, so that those behind one gateway or account share a connection."""


DRIVERS: dict[str, Vendor] = {
    "the_keys": Vendor(settings=the_keys.TheKeysSettings, build=the_keys.build),
    "kas": Vendor(settings=kas.KasSettings, build=kas.build),
}

DOOR_SETTINGS: dict[str, type[DoorSettings]] = {name: vendor.settings for name, vendor in DRIVERS.items()}


def build_drivers(doors: Mapping[str, DoorSettings], surroundings: Surroundings) -> dict[str, LockDriver]:
    """A driver for every door, in the order of `doors`."""
    built: dict[str, LockDriver] = {}
    for kind, vendor in DRIVERS.items():
        built |= vendor.build({name: door for name, door in doors.items() if door.driver == kind}, surroundings)
    return {name: built[name] for name in doors}
