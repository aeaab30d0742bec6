"""The values that storage takes and gives: plain, frozen, times as aware datetimes in UTC."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeAlias, overload

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EVERY_DOOR = "*"

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"


class StorageFailed(Exception):
    """The disk or the database said no: nothing of the statement or transaction was kept."""


@overload
def to_ms(moment: datetime) -> int: ...
@overload
def to_ms(moment: None) -> None: ...
def to_ms(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - EPOCH) // timedelta(milliseconds=1)


@overload
def from_ms(milliseconds: int) -> datetime: ...
@overload
def from_ms(milliseconds: None) -> None: ...
def from_ms(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else EPOCH + timedelta(milliseconds=milliseconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody on the allowlist, by Telegram's numeric user id: names change hands, ids do not."""

    id: int
    name: str
    added_by: int
    added_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A right: person × door (or every door) × actions × until when."""

    person_id: int
    door: str
    actions: frozenset[str]
    ends_at: datetime | None
    granted_by: int
    granted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One ask to move a door, from ask to outcome. `outcome` is None while it is in flight."""

    id: int
    update_key: str
    person_id: int
    person_name: str
    chat_id: int
    thread_id: int | None
    door: str
    action: str
    asked_at: datetime
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What is known of a door's lock and since when.

    `read_at` is when the bolt was read, `heard_at` when anything was last heard of the lock. `failures` counts
    failed readings in a row. `told` is what the groups were last told, so that a restart tells nothing twice.
    """

    door: str
    bolt: str
    read_at: datetime | None = None
    heard_at: datetime | None = None
    battery_percent: int | None = None
    battery_mv: int | None = None
    rssi_dbm: int | None = None
    firmware: str | None = None
    failures: int = 0
    failing_since: datetime | None = None
    trouble: str | None = None
    told: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A chat that wants to know; `thread_id` is its topic, if it has topics."""

    chat_id: int
    thread_id: int | None
    title: str
    added_by: int
    added_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A notice waiting in the outbox for one chat."""

    id: int
    chat_id: int
    thread_id: int | None
    notice: Mapping[str, Json]
    created_at: datetime
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MadePin:
    """A code that was made for a door and can be revoked by its `handle`; its digits are not kept."""

    id: int
    door: str
    handle: str
    person_id: int
    person_name: str
    made_at: datetime
    ends_at: datetime | None
