"""The doors of the settings, each read by the settings of its driver."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from bot.domain.doors import key_of
from bot.drivers import DOOR_SETTINGS
from bot.drivers.base import DoorSettings
from bot.settings.findings import Finding
from bot.settings.names import closest
from bot.settings.sentences import findings_on

Fields = Mapping[str, Any]


def read_doors(given: Mapping[str, Fields]) -> tuple[dict[str, DoorSettings], list[Finding]]:
    doors: dict[str, DoorSettings] = {}
    faults: list[Finding] = []
    for name, fields in given.items():
        kind = DOOR_SETTINGS.get(str(fields.get("driver")).strip())
        if kind is None:
            faults.append(_without_driver(name, given))
            continue
        try:
            door = kind.model_validate(fields)
            doors[name] = door if door.title else door.model_copy(update={"title": _title(name)})
        except ValidationError as error:
            faults.extend(findings_on(error, kind, door=name))
    return doors, [*faults, *_wrong_titles(doors)]


def _without_driver(name: str, given: Mapping[str, Fields]) -> Finding:
    where = f"DOORS__{name.upper()}__DRIVER"
    one_of = f"must be one of {', '.join(DOOR_SETTINGS)}"
    if "driver" in given[name]:
        return Finding(where, f"{where}: {one_of}")
    # Some settings without a driver are mostly those of another door whose name is misspelt here.
    others = [other for other, fields in given.items() if fields.get("driver") in DOOR_SETTINGS]
    if right := closest(name, others):
        return Finding(where, f"{where}: is needed and {one_of}; or do you mean DOORS__{right.upper()}__…?")
    return Finding(where, f"{where}: is needed and {one_of}")


def _wrong_titles(doors: Mapping[str, DoorSettings]) -> Iterator[Finding]:
    # People say either word, whatever its dashes, spaces and capitals: of two that differ in nothing else /open would
    # take the wrong door.
    names: dict[str, str] = {}
    for name, door in doors.items():
        where = f"DOORS__{name.upper()}__TITLE"
        # `*` means every door where rights are given.
        if key_of(door.title) in ("", "*"):
            yield Finding(where, f"{where}: must be something that people can type, and not * alone")
        for word in {key_of(name), key_of(door.title)}:
            if names.setdefault(word, name) != name:
                yield Finding(where, f"{where}: the door {names[word]} is already called that")


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()
