"""The Keys smart locks: a gateway in the house reached by plain HTTP, and the maker's cloud for shares and keypads."""

from collections.abc import Mapping

from bot.drivers.base import LockDriver, Surroundings
from bot.drivers.the_keys.door import TheKeys
from bot.drivers.the_keys.gateway import Gateway, GatewayStatus, Seen
from bot.drivers.the_keys.settings import TheKeysSettings

__all__ = ["Gateway", "GatewayStatus", "Seen", "TheKeys", "TheKeysSettings", "build"]


def build(doors: Mapping[str, TheKeysSettings], surroundings: Surroundings) -> dict[str, LockDriver]:
    """One driver a door; doors behind the same gateway share it."""
    gateways: dict[str, Gateway] = {}
    drivers: dict[str, LockDriver] = {}
    for name, settings in doors.items():
        if settings.host not in gateways:
            gateways[settings.host] = Gateway(settings.host, surroundings)
        drivers[name] = TheKeys(name, settings, gateways[settings.host], surroundings)
    return drivers
