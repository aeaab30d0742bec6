"""The journal: append-only, each entry hashed together with the one before it."""

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from datetime import datetime

from bot.domain.failures import StorageFailed
from bot.domain.journal import JournalEntry, Json, Verification
from bot.domain.times import from_ms, to_ms
from storage.database import Database, Row

COLUMNS = "seq, at, kind, command_id, person_id, chat_id, door, action, detail, hash"
GENESIS = "0" * 64
PAGE = 1000


class Journal:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._head: tuple[int, str] | None = None
        self._head_is_of = -1
        """The number of rollbacks at which `_head` was read: a rollback takes entries back."""

    async def append(
        self,
        kind: str,
        *,
        at: datetime,
        command_id: int | None = None,
        person_id: int | None = None,
        chat_id: int | None = None,
        door: str | None = None,
        action: str | None = None,
        **detail: Json,
    ) -> None:
        """Add one entry, in the transaction that is open or in one of its own."""
        async with self._database.transaction():
            seq, previous = await self.head()
            text = json.dumps(detail, sort_keys=True)
            body = (seq + 1, to_ms(at), kind, command_id, person_id, chat_id, door, action, text)
            digest = _digest(previous, body)
            await self._database.rows(
                f"INSERT INTO journal ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", *body, digest
            )
            self._head = (seq + 1, digest)

    async def head(self) -> tuple[int, str]:
        """Number and hash of the newest entry."""
        if self._head is None or self._head_is_of != self._database.rollbacks:
            row = await self._database.row("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1")
            self._head = (int(row[0]), str(row[1])) if row else (0, GENESIS)
            self._head_is_of = self._database.rollbacks
        return self._head

    async def hash_of(self, seq: int) -> str | None:
        row = await self._database.row("SELECT hash FROM journal WHERE seq = $1", seq)
        return str(row[0]) if row else None

    async def tail(self, count: int) -> list[JournalEntry]:
        """The newest `count` entries, oldest first."""
        sql = f"SELECT {COLUMNS} FROM journal ORDER BY seq DESC LIMIT $1"
        return [_entry(row) for row in reversed(await self._database.rows(sql, count))]

    async def entries(self, *kinds: str) -> AsyncIterator[JournalEntry]:
        """All entries, or those of some kinds, oldest first."""
        async for row in self._rows(*kinds):
            yield _entry(row)

    async def verify(self, *, kept_head: str | None = None) -> Verification:
        """Walk the whole chain. `kept_head` is a hash somebody kept: with it a cut-off end is found, too."""
        seq, previous, head_seen = 0, GENESIS, kept_head in (None, GENESIS)
        try:
            async for row in self._rows():
                seq += 1
                if row[0] != seq:
                    return Verification(seq - 1, previous, f"entry {seq} is missing: {row[0]} follows {seq - 1}")
                if row[-1] != _digest(previous, row[:-1]):
                    return Verification(seq - 1, previous, f"entry {seq} was changed, or one before it was")
                previous = str(row[-1])
                head_seen = head_seen or previous == kept_head
            strays = await self._database.rows("SELECT kind FROM journal WHERE seq IS NULL OR seq < 1")
        except StorageFailed as error:
            return Verification(seq, previous, f"what follows entry {seq} cannot be read: {error}")
        if strays:
            return Verification(seq, previous, f"entries were slipped in before the first: {len(strays)}")
        fault = None if head_seen else "the entry whose hash you kept is gone: the journal was cut off or replaced"
        return Verification(seq, previous, fault)

    async def _rows(self, *kinds: str) -> AsyncIterator[Row]:
        wanted = f"AND kind IN ({', '.join(f'${number}' for number, _ in enumerate(kinds, 2))})" if kinds else ""
        seq = 0
        while page := await self._database.rows(
            f"SELECT {COLUMNS} FROM journal WHERE seq > $1 {wanted} ORDER BY seq LIMIT {PAGE}", seq, *kinds
        ):
            for row in page:
                yield row
            seq = page[-1][0]


def _digest(previous: str, body: Row) -> str:
    # Only somebody else's hand puts bytes there: `repr` lets them be hashed, and found.
    return hashlib.sha256(json.dumps([previous, *body], default=repr).encode()).hexdigest()


def _entry(row: Row) -> JournalEntry:
    seq, at, kind, command_id, person_id, chat_id, door, action, text, digest = row
    try:
        detail: Mapping[str, Json] = json.loads(text)
        moment = from_ms(at)
    except (TypeError, ValueError, OverflowError) as error:
        raise StorageFailed(f"entry {seq} of the journal was changed and cannot be read") from error
    return JournalEntry(
        seq=seq,
        at=moment,
        kind=kind,
        command_id=command_id,
        person_id=person_id,
        chat_id=chat_id,
        door=door,
        action=action,
        detail=detail,
        hash=digest,
    )
