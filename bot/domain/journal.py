"""The record of what happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One line of the record; `hash` covers it and, through the line before, all there was."""

    seq: int
    at: datetime
    kind: str
    command_id: int | None
    person_id: int | None
    chat_id: int | None
    door: str | None
    action: str | None
    detail: Mapping[str, Json]
    hash: str


@dataclass(frozen=True, slots=True)
class Verification:
    """`entries` were whole; `fault` is None or says where and how the chain breaks. `head` is the last good one.

    `dropped`: the number of the last entry that was dropped on purpose, as a later entry says; 0: none was.
    """

    entries: int
    head: str
    fault: str | None
    dropped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """An entry that holds the root of a tree over the entries `first` to `seq` - 1; its hash is a head to hand out."""

    seq: int
    at: datetime
    hash: str
    first: int
    root: str
