"""Reads what happened from those who saw it: the ledgers of all far sides, and the bot's database."""

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.trials.world import FRONT, GARAGE, GROUP, OWNER, World

LATE_SECONDS = 3.0
"""The longest that the proxy's look may come after the recovery of the command it is about."""
ACTING = {"/open": "open", "/close": "close", "/remoteUnlock": "open", "/pinCode": "pin"}
MOVING = {"unlocking": "open", "locking": "close", "unlocked": "open"}
TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True, kw_only=True)
class Update:
    """What a person did. `date` is what Telegram told the bot, None for a press."""

    id: int
    at: float
    person: int
    chat: int
    date: float | None
    text: str
    message: int = 0
    """Its number in the chat, or that of the message with the button."""
    query: str | None = None
    """What a press is answered by."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """A text the bot got into a chat. `message`: its number, the same again if it was an edit; `answers`: of what."""

    at: float
    chat: int
    message: int
    text: str
    answers: int | None = None


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request that acts, as the proxy saw it arrive; `rows` stood unfinished in the database at that moment."""

    n: int
    at: float
    door: str
    action: str
    rows: tuple[Mapping[str, Any], ...]
    released_at: float | None = None
    """When the proxy let it go on, if it held it."""
    ts: int | None = None
    status: int | None = None
    whole: bool = False
    body: str = ""

    @property
    def command(self) -> Mapping[str, Any] | None:
        """The record that covers it."""
        return next((row for row in self.rows if row["door"] == self.door and row["action"] == self.action), None)


@dataclass(frozen=True, kw_only=True)
class Move:
    """A motor that ran, or a lock that was released, because of a request that arrived at `asked_at`."""

    at: float
    door: str
    action: str
    asked_at: float
    ts: int | None


@dataclass(frozen=True, kw_only=True)
class Command:
    id: int
    update_key: str
    person: int
    name: str
    chat: int
    door: str
    action: str
    asked_at: float
    started_at: float
    ended_at: float | None
    outcome: str | None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A journal entry; `row` is what was hashed."""

    seq: int
    at: float
    kind: str
    command: int | None
    person: int | None
    door: str | None
    action: str | None
    detail: Mapping[str, Any]
    row: tuple[Any, ...]
    hash: str


@dataclass(frozen=True, kw_only=True)
class Code:
    """A code that was made. `until`: when it ends, by the lock system or else by what was asked; None: nobody knows."""

    id: int
    door: str
    person: int
    made_at: float
    until: float | None


@dataclass(kw_only=True)
class History:
    stale_seconds: float = 30.0
    owners: frozenset[int] = frozenset({OWNER})
    groups: frozenset[int] = frozenset({GROUP})
    updates: dict[int, Update] = field(default_factory=dict)
    delivered: dict[int, list[float]] = field(default_factory=dict)
    """Update -> when it was handed to the bot, each time."""
    forgotten: set[int] = field(default_factory=set)
    """Updates that the bot let Telegram forget."""
    said: list[Said] = field(default_factory=list)
    alerts: dict[str, str] = field(default_factory=dict)
    """Query -> what popped up over the chat."""
    requests: list[Request] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    timestamps: list[int] = field(default_factory=list)
    """Of all signed requests, in the order in which they left the bot."""
    commands: list[Command] = field(default_factory=list)
    codes: list[Code] = field(default_factory=list)
    journal: list[Entry] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    deaths: list[tuple[float, int]] = field(default_factory=list)
    """When the bot ended, and the number of the newest command that was on record then."""
    outbox: int = 0
    texts: dict[str, str] = field(default_factory=dict)
    """Everything in which no secret may stand, by name."""


def read_history(world: World, *, stale_seconds: float = 30.0) -> History:
    history = History(stale_seconds=stale_seconds)
    _read_telegram(history, world.ledger("telegram"))
    _read_proxy(history, world.ledger("proxy"))
    _read_locks(history, world)
    _read_database(history, world.database)
    for record in records(world.ledger("harness")):
        if record["kind"] == "start":
            history.starts.append(record["at"])
        elif record["kind"] == "death":
            history.deaths.append((record["at"], record["newest"]))
    if world.log.exists():
        history.texts["the log"] = world.log.read_text("utf-8", "replace")
    cover_late(history)
    return history


def cover_late(history: History) -> None:
    """Find the records of requests that the proxy saw only after a death and the recovery from it.

    On a busy machine that happens: the command was on disk, and is "unknown" by the time of the look. Each such
    record covers one request, so that a second one is still found out.
    """
    covered = {request.command["id"] for request in history.requests if request.command}
    for place, request in enumerate(history.requests):
        late = [c for c in history.commands if c.id not in covered and _was_cut_off_before(c, request)]
        if request.command is None and late:
            row = {"id": late[-1].id, "update_key": late[-1].update_key, "door": request.door, "action": request.action}
            history.requests[place] = replace(request, rows=(row,))
            covered.add(late[-1].id)


def _was_cut_off_before(command: Command, request: Request) -> bool:
    return (
        (command.door, command.action, command.outcome) == (request.door, request.action, "unknown")
        and command.ended_at is not None
        and command.started_at < request.at
        and 0 <= request.at - command.ended_at <= LATE_SECONDS
    )


def records(path: Path) -> Iterator[dict[str, Any]]:
    if path.exists():
        with path.open(encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)


def _read_telegram(history: History, path: Path) -> None:
    for record in records(path):
        match record["kind"]:
            case "created":
                if update := _update(record):
                    history.updates[update.id] = update
            case "delivered":
                for number in record["update_ids"]:
                    history.delivered.setdefault(number, []).append(record["at"])
            case "forgotten":
                history.forgotten |= set(record["update_ids"])
            case "event" if record["what"] == "answer":
                history.alerts[record["detail"]["query"]] = record["detail"]["text"]
            case "event" if record["what"] in {"message", "edited"}:
                message = record["detail"]["message"]
                if not (message["from"]["is_bot"] and message["text"]):
                    continue
                history.said.append(
                    Said(
                        at=record["at"],
                        chat=message["chat"],
                        message=message["message_id"],
                        text=message["text"],
                        answers=message["reply_to"],
                    )
                )
    history.texts["the chats"] = "\n".join(said.text for said in history.said)


def _update(record: Mapping[str, Any]) -> Update | None:
    update = record["update"]
    query, message = update.get("callback_query"), update.get("message")
    whole = query["message"] if query else message
    sender = (query or message or {}).get("from")
    if not whole or not sender:
        return None
    return Update(
        id=update["update_id"],
        at=record["at"],
        person=sender["id"],
        chat=whole["chat"]["id"],
        date=None if query else message["date"],
        text=query["data"] if query else message.get("text", ""),
        message=whole["message_id"],
        query=query["id"] if query else None,
    )


def _read_proxy(history: History, path: Path) -> None:
    requests: dict[int, dict[str, Any]] = {}
    for record in records(path):
        n = record["n"]
        if record["kind"] == "signed":
            history.timestamps.append(record["ts"])
        if record["kind"] == "request":
            call = next((call for call in ACTING if call in record["line"]), None)
            if call:
                rows = tuple(record["rows"] or ())
                about = {"n": n, "at": record["at"], "door": record["route"], "action": ACTING[call], "rows": rows}
                requests[n] = about
        elif n in requests:
            if record["kind"] == "released":
                requests[n]["released_at"] = record["at"]
            else:
                names = ("ts",) if record["kind"] == "signed" else ("status", "whole", "body")
                requests[n].update({name: record[name] for name in names})
    history.requests = [Request(**about) for about in requests.values()]


def _read_locks(history: History, world: World) -> None:
    for door in (FRONT, GARAGE):
        asked: dict[int, float] = {}
        for record in records(world.ledger(door)):
            if record["kind"] == "request":
                asked[record["n"]] = record["at"]
            elif record["kind"] == "event" and record["request"] is not None and _is_start(door, record["what"]):
                ts = record["ts"]
                history.moves.append(
                    Move(
                        at=record["at"],
                        door=door,
                        action=MOVING[record["what"]],
                        asked_at=asked[record["request"]],
                        ts=None if ts is None else int(ts),
                    )
                )


def _is_start(door: str, what: str) -> bool:
    return what in (("unlocking", "locking") if door == FRONT else ("unlocked",))


def _read_database(history: History, path: Path) -> None:
    if not path.exists():
        return
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        for row in database.execute(
            "SELECT id, update_key, person_id, person_name, chat_id, door, action, asked_at, started_at, ended_at,"
            " outcome FROM commands ORDER BY id"
        ):
            number, key, person, name, chat, door, action, *times, outcome = row
            asked, started, ended = (None if time is None else time / 1000 for time in times)
            history.commands.append(
                Command(
                    id=number, update_key=key, person=person, name=name, chat=chat, door=door, action=action,
                    asked_at=asked or 0.0, started_at=started or 0.0, ended_at=ended, outcome=outcome,
                )
            )  # fmt: skip
        for row in database.execute(
            "SELECT seq, at, kind, command_id, person_id, chat_id, door, action, detail, hash FROM journal ORDER BY seq"
        ):
            *body, digest = row
            seq, at, kind, command, person, _, door, action, detail = body
            history.journal.append(
                Entry(
                    seq=seq, at=at / 1000, kind=kind, command=command, person=person, door=door, action=action,
                    detail=json.loads(detail), row=tuple(body), hash=digest,
                )
            )  # fmt: skip
        for number, door, person, made, asked, ends in database.execute(
            "SELECT id, door, person_id, made_at, asked_until, ends_at FROM pins ORDER BY id"
        ):
            until = ends or asked
            history.codes.append(
                Code(id=number, door=door, person=person, made_at=made / 1000, until=until and until / 1000)
            )
        (history.outbox,) = database.execute("SELECT count(*) FROM outbox").fetchone()
        history.texts["the database"] = "\n".join(database.iterdump())
    finally:
        database.close()
