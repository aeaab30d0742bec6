"""The Keys smart locks: a gateway in the house reached by plain HTTP, and the maker's cloud for shares and keypads."""

from collections.abc import Mapping

from bot.drivers.base import DriverContext, LockDriver
from bot.drivers.the_keys.answers import GatewayStatus, LockerInfo
from bot.drivers.the_keys.battery import battery_percent
from bot.drivers.the_keys.cloud import Cloud, CloudLock, Share, international
from bot.drivers.the_keys.door import TheKeys
from bot.drivers.the_keys.gateway import Gateway
from bot.drivers.the_keys.keypad import TheKeysWithKeypad
from bot.drivers.the_keys.messages import TEMPLATES
from bot.drivers.the_keys.settings import TheKeysSettings, read_host

__all__ = [
    "TEMPLATES",
    "Cloud",
    "CloudLock",
    "Gateway",
    "GatewayStatus",
    "LockerInfo",
    "Share",
    "TheKeys",
    "TheKeysSettings",
    "TheKeysWithKeypad",
    "battery_percent",
    "build",
    "international",
    "read_host",
]


def build(doors: Mapping[str, TheKeysSettings], context: DriverContext) -> dict[str, LockDriver]:
    """One driver a door; doors behind the same gateway share it, doors of the same cloud account share that."""
    gateways: dict[str, Gateway] = {}
    clouds: dict[tuple[str, str, str], Cloud] = {}
    drivers: dict[str, LockDriver] = {}
    for name, settings in doors.items():
        if settings.host not in gateways:
            gateways[settings.host] = Gateway(settings.host, context, timeout_seconds=settings.timeout_seconds)
        gateway = gateways[settings.host]
        if settings.keypad_id is None:
            drivers[name] = TheKeys(name, settings, gateway, context)
            continue
        login = settings.cloud_login
        if login not in clouds:
            prefix = f"DOORS__{name.upper()}__"
            clouds[login] = Cloud(*login, context, prefix=prefix, timeout_seconds=settings.timeout_seconds)
        drivers[name] = TheKeysWithKeypad(name, settings, gateway, clouds[login], context)
    return drivers
