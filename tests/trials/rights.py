"""The rights there are at each entry of a journal, read by nobody else's code."""

from collections.abc import Mapping
from typing import Any

from tests.trials.history import Entry


class Grants:
    """The rights there are, as the journal tells of them."""

    def __init__(self) -> None:
        self._grants: dict[int, tuple[int, str, frozenset[str], float | None]] = {}

    def take(self, entry: Entry) -> None:
        detail = entry.detail
        if entry.kind == "people list":
            self._grants = {g["grant"]: _grant(g["person"], g["door"], g) for g in detail["grants"]}
        elif entry.kind in ("grant added", "grant changed"):
            self._grants[detail["grant"]] = _grant(entry.person or 0, entry.door or "", detail)
        elif entry.kind == "grant removed":
            self._grants.pop(detail["grant"], None)
        elif entry.kind == "person removed":
            self._grants = {number: grant for number, grant in self._grants.items() if grant[0] != entry.person}

    def of(self, person: int | None, door: str | None) -> list[tuple[frozenset[str], float | None]]:
        """Actions and ends of what this person has at the door."""
        return [
            (grant[2], grant[3]) for grant in self._grants.values() if grant[0] == person and grant[1] in (door, "*")
        ]


def _grant(person: int, door: str, detail: Mapping[str, Any]) -> tuple[int, str, frozenset[str], float | None]:
    until = detail.get("until")
    return person, door, frozenset(detail["actions"]), None if until is None else until / 1000
