"""The settings of the house and of Telegram; those of a door are its driver's."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, cast
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.drivers.base import DoorSettings
from bot.drivers.values import matching, secret, web_address, without_tilde
from bot.settings.space import SpaceSettings

# These ids are the same in every chat: with one of them on the list, strangers would own the house.
NOT_PEOPLE = {
    1087968824: "every anonymous admin of every group",
    136817688: "everybody who writes as a channel",
    777000: "Telegram's own service account",
    # Somebody has this id, and would own the house of everybody who forgot to replace it.
    123456789: "the number that stands in examples",
}
DOOR_NAME = r"[a-z0-9](?:[a-z0-9_]{0,22}[a-z0-9])?"


def _ids(value: object) -> object:
    if not isinstance(value, str):
        return value
    parts = value.replace(",", " ").split()
    # pydantic alone would read 1_0 as 10 and 42.0 as 42: somebody else's id.
    if not parts or not all(re.fullmatch(r"-?[0-9]{1,19}", part) for part in parts):
        raise ValueError("must be numbers with a comma between them, like 42,43")
    return parts


def _people(ids: frozenset[int]) -> frozenset[int]:
    if not ids:
        raise ValueError("must name one person at least")
    for owner in ids:
        if owner in NOT_PEOPLE:
            raise ValueError(f"one of them is no person but {NOT_PEOPLE[owner]}: name people by their own id")
        # "At most 52 significant bits", says the Bot API.
        if not 0 < owner < 2**52:
            raise ValueError("an owner is a person's numeric id, above 0: send /whoami to the bot to see yours")
    return ids


def _zone(value: object) -> object:
    try:
        return ZoneInfo(value) if isinstance(value, str) else value
    except (OSError, ValueError, KeyError):
        raise ValueError("is not a time zone: write it like Europe/Paris") from None


def _without_bot(url: str) -> str:
    # Manuals print the address of a call, which goes on like this. Telegram would say "not found": a wrong token.
    if re.search(r"/bot[^/]*/*$", url):
        raise ValueError("must end before /bot, which is added by itself: write it like https://api.telegram.org")
    return url


class _WrittenSource(EnvSettingsSource):
    """What stands in the environment and in `.env`, as our own reader found it."""

    # python-dotenv would fill in `${…}`, take quotes away and pass over names that it does not know.

    def __init__(self, settings: type[BaseSettings], written: Mapping[str, str]) -> None:
        self._written = written
        super().__init__(settings, case_sensitive=False)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name.lower(): value for name, value in self._written.items()}


class _Fields(BaseSettings):
    """`written`, given beside the fields, is what was read from the environment and `.env`."""

    # `extra`: the environment is everybody's, and our own reader names what seems to be ours. `enable_decoding` would
    # have lists written as JSON.
    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", enable_decoding=False, hide_input_in_errors=True, str_strip_whitespace=True
    )

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        given = cast("InitSettingsSource", init_settings).init_kwargs
        return init_settings, _WrittenSource(settings_cls, given.pop("written", {}))


class DatabasePath(_Fields):
    """Where the database is: all that tools which only look into it need to know."""

    database: Annotated[Path, AfterValidator(without_tilde)] = Path("data/latchkey.db")


class LockSettings(_Fields):
    """What is needed to talk to the locks."""

    timezone: Annotated[ZoneInfo, BeforeValidator(_zone)] = ZoneInfo("UTC")
    doors: dict[Annotated[str, matching(DOOR_NAME, "is not a name for a door")], dict[str, Any]] = Field(
        default_factory=dict
    )

    @property
    def door_settings(self) -> Mapping[str, DoorSettings]:
        return cast("Mapping[str, DoorSettings]", self.doors)


class Settings(DatabasePath, LockSettings, SpaceSettings):
    telegram_token: Annotated[
        SecretStr,
        secret(r"[0-9]+:[A-Za-z0-9_-]+", "is not a bot token: copy it whole from BotFather, like 123456:ABC-DEF"),
    ]
    telegram_api_url: Annotated[str, web_address, AfterValidator(_without_bot)] = "https://api.telegram.org"
    owner_ids: Annotated[frozenset[int], BeforeValidator(_ids), AfterValidator(_people)]
    poll_seconds: float = Field(default=30, ge=1, le=3600)
    stale_seconds: float = Field(default=30, ge=5, le=300)
    unreachable_after: int = Field(default=3, ge=1, le=100)
    battery_low_percent: int = Field(default=20, ge=1, le=99)
    battery_notice_days: int = Field(default=14, ge=1, le=365)
    openings_per_hour: int | None = Field(default=None, ge=1, le=1000)
    journal_keep_days: int | None = Field(default=None, ge=1, le=36500)
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(lambda level: str(level).strip().upper())
    ] = "INFO"

    def secrets(self) -> Iterator[str]:
        """Every value that no log, chat or error may show."""
        yield self.telegram_token.get_secret_value()
        for door in self.door_settings.values():
            yield from (v.get_secret_value() for _, v in door if isinstance(v, SecretStr))
