"""What a door on KAS Cloud needs to be told."""

from datetime import date
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from bot.drivers.base import DoorSettings
from bot.drivers.values import matching, secret, web_address

PIN_UNITS = ("hours", "days", "-")


def _units(value: str) -> str:
    units = [unit.strip().lower() for unit in value.split(",")]
    if len(units) != 2 or any(unit not in PIN_UNITS for unit in units) or units == ["-", "-"]:
        raise ValueError("must name the units of mode 0 and mode 1, like hours,days; - is a mode not to use")
    return ",".join(units)


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, OSError, ValueError):
        raise ValueError("is not a time zone: write it like Australia/Melbourne") from None
    return value


class KasSettings(DoorSettings):
    is_readable = False
    is_closable = False

    factory_number: Annotated[
        str, matching(r"[A-Za-z0-9]{4,24}", "must be the lock's name in the app: letters and digits, like SS000510")
    ]
    """The lock's name from the app, SS… or UL… ."""
    api_key: Annotated[SecretStr, secret(r"[!-~]+", "is not an API key: copy it again, without spaces")]
    base_url: Annotated[str, web_address] = "https://cloud.kas.com.au"
    advanced: bool = False
    """Whether the account's plan has the ADVANCED API: codes that can be revoked, to the minute."""
    pin_units: Annotated[str, AfterValidator(_units)] = "hours,days"
    """What `pinCode` mode 0 and mode 1 count in. An assumption: KAS has not published it."""
    start_time_unit: Annotated[
        Literal["seconds", "milliseconds"], BeforeValidator(lambda v: str(v).strip().lower())
    ] = "seconds"
    timezone: Annotated[str, AfterValidator(_zone)] | None = None
    """The lock's own zone for ADVANCED codes; the bot's if not given."""
    synced_on: date | None = None
    """When the lock's timestamp was last set with the app; its codes work for 11 months after that."""
    timeout_seconds: float = Field(default=30, gt=0, le=120)
