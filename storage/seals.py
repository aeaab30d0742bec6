"""Seals: entries of the journal that hold the root of a tree over all entries since the seal before.

The chain alone proves an entry only with every entry after it. With the tree a few hashes lead from an entry to a seal,
whose hash a group was told. The seal before is the tree's first leaf, so seals lead on to later seals.
"""

import json
from datetime import datetime

from bot.domain.chain import Tree
from bot.domain.failures import StorageFailed
from bot.domain.journal import Seal
from bot.domain.times import from_ms, to_ms
from storage.database import Database, Row
from storage.journal import COLUMNS, PAGE, StoredJournal
from storage.verification import SEAL

SELECT = "SELECT seq, at, detail, hash FROM journal WHERE kind = 'seal' AND command_id IS NULL"


class StoredSeals:
    def __init__(self, database: Database, journal: StoredJournal) -> None:
        self._database = database
        self._journal = journal

    async def newest(self) -> Seal | None:
        row = await self._database.row(f"{SELECT} ORDER BY seq DESC LIMIT 1")
        return _seal(row) if row else None

    async def first_after(self, seq: int) -> Seal | None:
        row = await self._database.row(f"{SELECT} AND seq > $1 ORDER BY seq LIMIT 1", seq)
        return _seal(row) if row else None

    async def seal(self, *, at: datetime) -> Seal | None:
        """Seal what was written since the last seal; None if nothing was."""
        last = await self.newest()
        start, _ = await self._journal.start()
        first, tree = last.seq if last else start + 1, Tree()
        # The first time there may be a million, so most of them are read while others go on.
        read = await self._grow(tree, first - 1)
        async with self._database.transaction():
            await self._grow(tree, read)
            # Somebody else sealed it meanwhile, or there is nothing but the last seal, which is the first leaf.
            if await self.newest() != last or tree.size == (1 if last else 0):
                return None
            await self._journal.append(SEAL, at=at, first=first, root=tree.root())
            return await self.newest()

    async def hashes(self, seal: Seal) -> list[str]:
        """The leaves of its tree. StorageFailed if some were dropped."""
        hashes: list[str] = []
        while rows := await self._database.rows(
            f"SELECT hash FROM journal WHERE seq >= $1 AND seq < $2 ORDER BY seq LIMIT {PAGE}",
            seal.first + len(hashes),
            seal.seq,
        ):
            hashes += [hash_ for (hash_,) in rows]
        if len(hashes) != seal.seq - seal.first:
            raise StorageFailed(f"some of the entries that entry {seal.seq} seals were dropped")
        return hashes

    async def hashed(self, seq: int) -> list[tuple[str, Row]]:
        """This entry and those of the same command: the hash of the entry before each, and what was hashed."""
        rows = await self._database.rows(
            f"SELECT {COLUMNS} FROM journal WHERE seq = $1"
            f" UNION SELECT {COLUMNS} FROM journal WHERE command_id = (SELECT command_id FROM journal WHERE seq = $1)"
            " ORDER BY seq",
            seq,
        )
        return [(await self._hash_before(row[0]), row[:-1]) for row in rows]

    async def last_boundary(self, *, before: datetime) -> int:
        """The newest entry right before a seal of that age or older, no command lying on both sides of it; 0: none."""
        # History shows a command with its outcome: of one that was cut in two, half would be gone.
        rows = await self._database.rows(f"{SELECT} AND at < $1 ORDER BY seq DESC", to_ms(before))
        for row in rows:
            if not await self._splits_a_command(int(row[0])):
                return int(row[0]) - 1
        return 0

    async def _splits_a_command(self, seq: int) -> bool:
        # Outcome and evidence follow within a minute: they are among the next entries, or there are none.
        return bool(
            await self._database.rows(
                "SELECT 1 FROM journal a WHERE a.seq > $1 AND a.seq <= $1 + $2 AND a.kind IN ('outcome', 'evidence')"
                " AND EXISTS (SELECT 1 FROM journal b WHERE b.command_id = a.command_id AND b.seq < $1) LIMIT 1",
                seq,
                PAGE,
            )
        )

    async def _grow(self, tree: Tree, seq: int) -> int:
        """Add the hashes of all entries after this one; the number of the last."""
        while rows := await self._database.rows(
            f"SELECT seq, hash FROM journal WHERE seq > $1 ORDER BY seq LIMIT {PAGE}", seq
        ):
            for _, hash_ in rows:
                tree.add(hash_)
            seq = int(rows[-1][0])
        return seq

    async def _hash_before(self, seq: int) -> str:
        row = await self._database.row("SELECT hash FROM journal WHERE seq = $1", seq - 1)
        return str(row[0]) if row else (await self._journal.start())[1]


def _seal(row: Row) -> Seal:
    seq, at, text, hash_ = row
    try:
        detail = json.loads(text)
        return Seal(seq=seq, at=from_ms(at), hash=hash_, first=detail["first"], root=detail["root"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        # The job that seals goes on with another day, and `verify` says what was changed.
        raise StorageFailed(f"entry {seq} of the journal was changed and cannot be read") from error
