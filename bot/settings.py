"""Every setting, from the environment and `.env`; a wrong one is named, and its value is never shown."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, cast
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.domain.doors import key_of
from bot.drivers import DOOR_SETTINGS
from bot.drivers.base import DoorSettings

NOT_PEOPLE = {
    1087968824: "every anonymous admin of every group",
    136817688: "everybody who writes as a channel",
    777000: "Telegram's own service account",
}
DOOR_NAME = r"^[a-z0-9](?:[a-z0-9_]{0,22}[a-z0-9])?$"


class SettingsWrong(Exception):
    """`faults` holds one line for each fault; none shows a value."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def _ids(value: object) -> object:
    if not isinstance(value, str):
        return value
    parts = value.replace(",", " ").split()
    # pydantic alone would read 1_0 as 10 and 42.0 as 42: somebody else's id.
    if not all(re.fullmatch(r"-?[0-9]+", part) for part in parts):
        raise ValueError("are numbers with a comma between them, like 42,43")
    return parts


def _people(ids: frozenset[int]) -> frozenset[int]:
    for owner in ids:
        if owner in NOT_PEOPLE:
            raise ValueError(f"one of them is no person but {NOT_PEOPLE[owner]}: name people by their own id")
        if not 0 < owner < 2**52:
            raise ValueError("an owner is a person's numeric id, above 0: send /whoami to the bot to see yours")
    return ids


def _zone(value: object) -> object:
    try:
        return ZoneInfo(value) if isinstance(value, str) else value
    except (OSError, ValueError, KeyError):
        raise ValueError("is not a time zone: write it like Europe/Paris") from None


def _token(token: SecretStr) -> SecretStr:
    number, colon, secret = token.get_secret_value().partition(":")
    if not (colon and number.isascii() and number.isdigit() and secret and "/" not in secret and secret.isascii()):
        raise ValueError("is not a bot token: copy it whole from BotFather, like 123456:ABC-DEF")
    return token


class _FromEnvironment(BaseSettings):
    model_config = SettingsConfigDict(
        env_file=".env",
        env_nested_delimiter="__",
        env_ignore_empty=True,
        enable_decoding=False,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        str_strip_whitespace=True,
    )


class DatabasePath(_FromEnvironment):
    """Where the database is: all that tools which only look into it need to know."""

    database: Path = Path("data/latchkey.db")


class DoorNames(_FromEnvironment):
    """The doors as they are written, not yet read by their vendor."""

    # Not dict[…, Any]: pydantic-settings would read a share code like "123e4" as JSON, a number.
    doors: dict[Annotated[str, Field(pattern=DOOR_NAME)], dict[str, Any]] = Field(default_factory=dict)


class Settings(DatabasePath, DoorNames):
    telegram_token: Annotated[SecretStr, AfterValidator(_token)]
    telegram_api_url: str = Field(default="https://api.telegram.org", pattern=r"^https?://[^\s?#]+$")
    owner_ids: Annotated[frozenset[int], BeforeValidator(_ids), AfterValidator(_people)] = Field(min_length=1)
    poll_seconds: float = Field(default=30, ge=1, le=3600)
    stale_seconds: float = Field(default=30, ge=5, le=300)
    unreachable_after: int = Field(default=3, ge=1, le=100)
    battery_low_percent: int = Field(default=20, ge=1, le=99)
    timezone: Annotated[ZoneInfo, BeforeValidator(_zone)] = ZoneInfo("UTC")
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(lambda level: str(level).strip().upper())
    ] = "INFO"

    @property
    def door_settings(self) -> Mapping[str, DoorSettings]:
        return cast("Mapping[str, DoorSettings]", self.doors)

    def secrets(self) -> Iterator[str]:
        """Every value that no log, chat or error may show."""
        yield self.telegram_token.get_secret_value()
        for door in self.door_settings.values():
            yield from (v.get_secret_value() for _, v in door if isinstance(v, SecretStr))


def load_settings(env_file: Path | None = Path(".env"), **given: Any) -> Settings:
    """Read and check everything; `given` wins over the environment, and that over the file.

    Raises SettingsWrong with all faults at once.
    """
    faults: list[str] = []
    try:
        settings = Settings(_env_file=env_file, **given)  # type: ignore[call-arg]
    except ValidationError as error:
        faults += _faults(error)
    try:
        named = DoorNames(_env_file=env_file, **given).doors  # type: ignore[call-arg]
    except ValidationError:
        named = {}  # said already, with the others
    else:
        faults += [] if named else ["DOORS__…: there is no door: name one, like DOORS__FRONT__DRIVER=the_keys"]
    doors, wrong = _read_doors(named)
    if faults or wrong:
        raise SettingsWrong([*faults, *wrong])
    return settings.model_copy(update={"doors": doors})


def _read_doors(given: Mapping[str, dict[str, Any]]) -> tuple[dict[str, DoorSettings], list[str]]:
    doors: dict[str, DoorSettings] = {}
    faults: list[str] = []
    for name, fields in given.items():
        where = f"DOORS__{name.upper()}"
        kind = DOOR_SETTINGS.get(str(fields.get("driver")).strip())
        if kind is None:
            faults.append(f"{where}__DRIVER: is needed and must be one of {', '.join(DOOR_SETTINGS)}")
            continue
        try:
            door = kind.model_validate(fields)
            doors[name] = door if door.title else door.model_copy(update={"title": _title(name)})
        except ValidationError as error:
            faults.extend(_faults(error, f"{where}__"))
    return doors, [*faults, *_shared_titles(doors)]


def _shared_titles(doors: Mapping[str, DoorSettings]) -> Iterator[str]:
    names: dict[str, str] = {}
    for name, door in doors.items():
        for word in {key_of(name), key_of(door.title)}:
            if names.setdefault(word, name) != name:
                yield f"DOORS__{name.upper()}__TITLE: the door {names[word]} is already called that"


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _faults(error: ValidationError, prefix: str = "") -> Iterator[str]:
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        where = prefix + "__".join(
            str(part).upper() for part in fault["loc"] if isinstance(part, str) and part != "[key]"
        )
        yield f"{where or 'DOORS'}: {_sentence(fault['type'], fault['msg'])}"


def _sentence(kind: str, message: str) -> str:
    if kind == "dict_type":
        return "a door has settings of its own: write DOORS__FRONT__DRIVER=… and so on"
    if kind == "missing":
        return "is needed and is not set"
    if kind == "extra_forbidden":
        return "is not a setting of this kind of door: check its spelling"
    return message.removeprefix("Value error, ")
