"""What a door on KAS Cloud needs to be told."""

from datetime import date
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from bot.drivers.base import DoorSettings

PIN_UNITS = ("hours", "days", "-")


def _key(value: SecretStr) -> SecretStr:
    key = value.get_secret_value().strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError("is not an API key: copy it again, without spaces")
    return SecretStr(key)


def _units(value: str) -> str:
    units = [unit.strip().lower() for unit in value.split(",")]
    if len(units) != 2 or any(unit not in PIN_UNITS for unit in units) or units == ["-", "-"]:
        raise ValueError('names the unit of mode 0 and of mode 1, like "hours,days"; "-" is a mode not to use')
    return ",".join(units)


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, OSError, ValueError):
        raise ValueError("is not a time zone: write it like Australia/Melbourne") from None
    return value


class KasSettings(DoorSettings):
    factory_number: str = Field(pattern=r"^[A-Za-z0-9]{4,24}$")
    """The lock's name from the app, SS… or UL… ."""
    api_key: Annotated[SecretStr, AfterValidator(_key)]
    base_url: str = Field(default="https://cloud.kas.com.au", pattern=r"^https?://[^\s?#]+$")
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
