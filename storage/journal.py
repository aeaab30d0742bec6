"""The journal: append-only, each entry hashed together with the one before it."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import datetime

from bot.domain.chain import digest
from bot.domain.failures import StorageFailed
from bot.domain.journal import JournalEntry, Json, Verification
from bot.domain.times import from_ms, to_ms
from storage.database import Database, Row
from storage.verification import DROPPED, Walk

COLUMNS = "seq, at, kind, command_id, person_id, chat_id, door, action, detail, hash"
# Read in pages, as the one connection is needed for the doors meanwhile.
PAGE = 1000


class StoredJournal:
    def __init__(self, database: Database) -> None:
        self._database = database
        # Remembered, since every entry needs the hash of the one before; a rollback takes entries back.
        self._head: tuple[int, str] | None = None
        # The number of rollbacks at which `_head` was read.
        self._head_is_of = -1

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
            # The hash is of these very bytes, which are kept: nobody has to spell the detail the same way again.
            text = json.dumps(detail, sort_keys=True)
            body = (seq + 1, to_ms(at), kind, command_id, person_id, chat_id, door, action, text)
            hash_ = digest(previous, body)
            await self._database.rows(
                f"INSERT INTO journal ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", *body, hash_
            )
            self._head = (seq + 1, hash_)

    async def head(self) -> tuple[int, str]:
        """Number and hash of the newest entry."""
        if self._head is None or self._head_is_of != self._database.rollbacks:
            row = await self._database.row("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1")
            self._head = (int(row[0]), str(row[1])) if row else await self.start()
            self._head_is_of = self._database.rollbacks
        return self._head

    async def hash_of(self, seq: int) -> str | None:
        row = await self._database.row("SELECT hash FROM journal WHERE seq = $1", seq)
        return str(row[0]) if row else None

    async def start(self) -> tuple[int, str]:
        """Number and hash of the last entry that was dropped; 0 and the hash that stands before the first."""
        seq, hash_ = await self._database.one("SELECT seq, hash FROM journal_start")
        return int(seq), str(hash_)

    async def drop(self, *, up_to: int, at: datetime) -> int:
        """Forget the entries up to this one, and say so in a new one. How many they were."""
        # The chain of those that are left begins with the hash of the last one dropped. Nobody can tell from the file
        # whether the bot dropped them or somebody who can write to the file: only a head kept elsewhere can.
        async with self._database.transaction():
            before, _ = await self.start()
            (hash_,) = await self._database.one("SELECT hash FROM journal WHERE seq = $1", up_to)
            await self.append(DROPPED, at=at, up_to=up_to, hash=hash_, count=up_to - before)
            await self._database.rows("UPDATE journal_start SET seq = $1, hash = $2", up_to, hash_)
            await self._database.rows("DELETE FROM journal WHERE seq <= $1", up_to)
        return up_to - before

    async def newest(self, kind: str) -> int:
        """The number of the newest entry of a kind that belongs to no command; 0: there is none."""
        (seq,) = await self._database.one(
            "SELECT coalesce(max(seq), 0) FROM journal WHERE kind = $1 AND command_id IS NULL", kind
        )
        return int(seq)

    async def tail(self, count: int) -> list[JournalEntry]:
        """The newest `count` entries, oldest first."""
        sql = f"SELECT {COLUMNS} FROM journal ORDER BY seq DESC LIMIT $1"
        return [_entry(row) for row in reversed(await self._database.rows(sql, count))]

    async def entries(self, *kinds: str) -> AsyncIterator[JournalEntry]:
        """All entries, or those of some kinds that belong to no command, oldest first."""
        async for row in self._rows(*kinds):
            yield _entry(row)

    async def verify(self, *, kept_head: str | None = None) -> Verification:
        """Walk the whole chain. `kept_head` is a hash somebody kept: with it a cut-off end is found, too.

        The caller holds a transaction, or entries may be dropped while it is walked.
        """
        walk = Walk(*await self.start(), kept_head=kept_head)
        try:
            async for row in self._rows():
                if fault := walk.take(row):
                    return walk.result(fault)
            # The walk goes from number to number, and SQLite allows NULL in a primary key that is not INTEGER.
            strays = await self._database.rows("SELECT kind FROM journal WHERE seq IS NULL OR seq <= $1", walk.start)
        except StorageFailed as error:
            return walk.result(f"what follows entry {walk.seq} cannot be read: {error}")
        if strays:
            return walk.result(f"entries were slipped in before the first: {len(strays)}")
        return walk.result(walk.fault_at_the_end())

    async def _rows(self, *kinds: str) -> AsyncIterator[Row]:
        listed = ", ".join(f"${number}" for number, _ in enumerate(kinds, 2))
        # The index of kinds leaves out what belongs to a command: that is nearly everything.
        wanted = f"AND command_id IS NULL AND kind IN ({listed})" if kinds else ""
        seq, _ = await self.start()
        while page := await self._database.rows(
            f"SELECT {COLUMNS} FROM journal WHERE seq > $1 {wanted} ORDER BY seq LIMIT {PAGE}", seq, *kinds
        ):
            for row in page:
                yield row
            seq = page[-1][0]


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
