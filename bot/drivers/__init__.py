"""The lock systems Latchkey knows, by the name used in `DOORS__…__DRIVER`, and what can be said of them."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from bot.domain.remarks import Remark, Template
from bot.drivers import kas, the_keys
from bot.drivers.base import DoorSettings, DriverContext, LockDriver
from bot.drivers.errors import LockError
from bot.drivers.messages import COMMON, fill


class Vendor(NamedTuple):
    settings: type[DoorSettings]
    build: Callable[[Mapping[str, Any], DriverContext], dict[str, LockDriver]]
    """All doors of this vendor at once, so that those behind one gateway or account share a connection."""
    templates: Mapping[str, Template]


DRIVERS: dict[str, Vendor] = {
    "the_keys": Vendor(the_keys.TheKeysSettings, the_keys.build, the_keys.TEMPLATES),
    "kas": Vendor(kas.KasSettings, kas.build, kas.TEMPLATES),
}

DOOR_SETTINGS: dict[str, type[DoorSettings]] = {name: vendor.settings for name, vendor in DRIVERS.items()}
TEMPLATES: Mapping[str, Template] = {
    **COMMON,
    **{code: template for vendor in DRIVERS.values() for code, template in vendor.templates.items()},
}
"""Every sentence of the drivers by its code, in English and marked for translation."""


def build_drivers(doors: Mapping[str, DoorSettings], context: DriverContext) -> dict[str, LockDriver]:
    """A driver for every door, in the order of `doors`: people see them in the order of the settings."""
    built: dict[str, LockDriver] = {}
    for kind, vendor in DRIVERS.items():
        built |= vendor.build({name: door for name, door in doors.items() if door.driver == kind}, context)
    return {name: built[name] for name in doors}


def say(said: LockError | Remark) -> str:
    """The sentence in English, for the command line and logs."""
    return fill(_remark(said), TEMPLATES)


def fix_of(said: LockError | Remark) -> str | None:
    """What the owner can check or change, in English; None where there is nothing to advise."""
    remark = _remark(said)
    template = TEMPLATES.get(remark.code)
    return None if template is None else remark.fix(template)


def _remark(said: LockError | Remark) -> Remark:
    return said.remark if isinstance(said, LockError) else said
