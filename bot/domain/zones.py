"""Time zones as people name them: by their city, "Tokyo", or in full, "Asia/Tokyo"."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from bot.domain.doors import key_of


def zone_called(text: str) -> ZoneInfo | None:
    """None if no city's zone is called so."""
    name = _cities().get(key_of(text.replace("/", " ")))
    return ZoneInfo(name) if name else None


@cache
def _cities() -> dict[str, str]:
    # Once only: available_timezones() may open hundreds of files, as Python's documentation says.
    found = dict[str, str]()
    for name in sorted(available_timezones()):
        area, _, city = name.rpartition("/")
        # "Etc/GMT+5" is five hours west, which nobody means.
        if area and not area.startswith(("Etc", "posix", "right", "SystemV")):
            found[key_of(name.replace("/", " "))] = name
            found.setdefault(key_of(city), name)
    return found
