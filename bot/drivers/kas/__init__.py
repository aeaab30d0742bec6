"""KAS Cloud: locks that are opened through the vendor's server, and codes that locks check by themselves."""

from collections.abc import Mapping

from bot.drivers.base import DriverContext, LockDriver
from bot.drivers.kas.account import Account
from bot.drivers.kas.door import Kas, KasAdvanced
from bot.drivers.kas.messages import TEMPLATES
from bot.drivers.kas.settings import KasSettings

__all__ = ["TEMPLATES", "Kas", "KasAdvanced", "KasSettings", "build"]


def build(doors: Mapping[str, KasSettings], context: DriverContext) -> dict[str, LockDriver]:
    """One driver a door; doors of the same account share its connection and its pace."""
    accounts: dict[tuple[str, str], Account] = {}
    drivers: dict[str, LockDriver] = {}
    for name, settings in doors.items():
        key = settings.api_key.get_secret_value()
        login = (settings.base_url, key)
        if login not in accounts:
            accounts[login] = Account(settings.base_url, key, context)
        kind = KasAdvanced if settings.advanced else Kas
        drivers[name] = kind(name, settings, accounts[login], context)
        # Neither the key nor anything made of it: the connection's name may be shown.
        drivers[name].connection = f"kas account {list(accounts).index(login) + 1}"
    return drivers
