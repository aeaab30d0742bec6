"""Every setting, from the environment and `.env`; a wrong one is named, and its value is never shown."""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bot.domain.doors import key_of
from bot.settings.doors import read_doors
from bot.settings.fields import DatabasePath, LockSettings, Settings
from bot.settings.findings import Finding, SettingsWrong
from bot.settings.names import OF_THE_HOUSE, door_and_field
from bot.settings.sentences import NEEDED, findings_on
from bot.settings.written import Written, read

__all__ = [
    "ENV_FILE",
    "DatabasePath",
    "LockSettings",
    "Settings",
    "SettingsWrong",
    "load_database_path",
    "load_lock",
    "load_settings",
]

ENV_FILE = Path(".env")
NO_DOOR = "DOORS__…: there is no door: name one, like DOORS__FRONT__DRIVER=the_keys"

Part = TypeVar("Part", bound=BaseModel)
Warn = Callable[[str], object]


def _be_silent(line: str) -> None:
    """For whoever does not want to be warned."""


def load_settings(
    env_file: Path | None = ENV_FILE,
    *,
    environment: Mapping[str, str] | None = None,
    warn: Warn = _be_silent,
    **given: Any,
) -> Settings:
    """Read and check everything; `given` wins over the environment, and that over the file.

    Raises SettingsWrong with all faults at once.
    """
    if unknown := given.keys() - Settings.model_fields.keys():
        raise TypeError(f"not settings: {', '.join(unknown)}")
    written = read(env_file, os.environ if environment is None else environment)
    named = given.pop("doors", _doors(written))
    settings, faults = _fill(Settings, written, {**given, "doors": named})
    doors, of_doors = read_doors(named) if isinstance(named, dict) else ({}, [])
    # Whoever misspelt the settings of a door is told of that, and not that there is none.
    if not named and not any((it.about or "").startswith("DOORS__") for it in written.faults):
        faults.append(Finding("DOORS", NO_DOOR))
    _say(written, [*faults, *of_doors], warn)
    return settings.model_copy(update={"doors": doors})


def load_database_path(env_file: Path | None = ENV_FILE, *, warn: Warn = _be_silent) -> Path:
    """The database alone: what other settings say, right or wrong, does not matter. Raises SettingsWrong."""
    written = read(env_file, os.environ).only(lambda name: name == "DATABASE")
    found, faults = _fill(DatabasePath, written, {})
    _say(written, faults, warn)
    # Started in another folder, it would look for a database that nobody knows.
    if written.missing_file and not written.values and not found.database.exists():
        warn(f"there is no {written.missing_file}, so the database is {found.database.absolute()}")
    return found.database


def load_lock(door: str, env_file: Path | None = ENV_FILE, *, warn: Warn = _be_silent) -> LockSettings:
    """What is needed to talk to the lock of one door, and nothing else. Raises SettingsWrong."""
    everything = read(env_file, os.environ)
    doors = _doors(everything)
    # As in the chat, where nobody minds capitals, dashes and spaces of a name.
    name = next((name for name in doors if key_of(name) == key_of(door)), door)
    prefix = f"DOORS__{name.upper()}__"
    written = everything.only(lambda about: about == "TIMEZONE" or about.startswith(prefix))
    if name not in doors:
        written.faults.append(Finding(None, _no_such_door(door, doors, written.missing_file)))
    mine = {name: doors[name]} if name in doors else {}
    lock, faults = _fill(LockSettings, written, {"doors": {}})
    found, of_doors = read_doors(mine)
    _say(written, [*faults, *of_doors], warn)
    return lock.model_copy(update={"doors": found})


def _no_such_door(door: str, doors: Iterable[str], missing_file: Path | None) -> str:
    names = ", ".join(sorted(doors))
    there_are = f"there are: {names}" if names else "there is none at all"
    return f"there is no door {door} in the settings; {there_are}" + (f" and no {missing_file}" if missing_file else "")


def _of_the_house(written: Written) -> dict[str, str]:
    return {name: value for name, value in written.values.items() if name in OF_THE_HOUSE}


def _doors(written: Written) -> dict[str, dict[str, str]]:
    doors: dict[str, dict[str, str]] = {}
    for name, value in written.values.items():
        if found := door_and_field(name):
            door, field = found
            doors.setdefault(door, {})[field] = value
    return doors


def _fill(kind: type[Part], written: Written, given: Mapping[str, Any]) -> tuple[Part, list[Finding]]:
    """The settings, or an empty shell of them and what is wrong."""
    # A shell, so that the faults of doors are found in the same go: people mend all of them at once.
    try:
        return kind(written=_of_the_house(written), **given), []
    except ValidationError as error:
        return kind.model_construct(), list(findings_on(error, kind))


def _say(written: Written, found: list[Finding], warn: Warn) -> None:
    """Warn, and raise SettingsWrong if there is any fault."""
    # Of a line that cannot be read pydantic only finds the setting missing, which is not said as well.
    blamed = {fault.about for fault in written.faults if fault.about}
    faults = [*written.faults, *(fault for fault in found if fault.about not in blamed)]
    for warning in written.warnings:
        warn(warning.text)
    if not faults:
        return
    lines = [fault.text for fault in faults]
    if written.missing_file and any(line.endswith((NEEDED, NO_DOOR)) for line in lines):
        lines.append(f"{written.missing_file}: is not there: copy .env.example to it, or start where it is")
    raise SettingsWrong(lines)
