"""Is the journal whole? A walk along the chain, entry by entry, without a look back."""

import json
from typing import Any

from bot.domain.chain import GENESIS, Tree, digest
from bot.domain.journal import Verification
from storage.database import Row

SEAL = "seal"
DROPPED = "entries dropped"


class Walk:
    """What is known of the chain up to entry `seq`; `start` is the last entry that was dropped."""

    def __init__(self, start: int, hash_: str, *, kept_head: str | None) -> None:
        self.start, self.seq, self._head = start, start, hash_
        self._start_hash = hash_
        self._kept_head = kept_head
        self._is_head_seen = kept_head is None or self._is_kept(GENESIS) or self._is_kept(hash_)
        self._first, self._tree = start + 1, Tree()
        # The last entry that was dropped and its hash, as the entries left say.
        self._dropped: tuple[Any, Any] = (0, GENESIS)

    def take(self, row: Row) -> str | None:
        """The next entry; what is wrong with it."""
        seq = self.seq + 1
        if row[0] != seq:
            return f"entry {seq} is missing: {row[0]} follows {self.seq}"
        if row[-1] != digest(self._head, row[:-1]):
            return f"entry {seq} was changed, or one before it was"
        kind, hash_ = row[2], str(row[-1])
        if kind == SEAL and not self._is_sealed_right(_detail(row)):
            return f"entry {seq} seals other entries than those that are there"
        if kind == SEAL:
            self._first, self._tree = seq, Tree()
        if kind == DROPPED:
            detail = _detail(row)
            self._dropped = (detail.get("up_to"), detail.get("hash"))
        self.seq, self._head = seq, hash_
        self._tree.add(hash_)
        self._is_head_seen = self._is_head_seen or self._is_kept(hash_)
        return None

    def _is_kept(self, hash_: str) -> bool:
        # Chats are told half of a hash, so the one that somebody kept may be its beginning.
        return self._kept_head is not None and hash_.startswith(self._kept_head)

    def fault_at_the_end(self) -> str | None:
        if self._dropped != (self.start, self._start_hash):
            return f"entries up to {self.start} are gone, and no later entry says that they were dropped"
        if self._is_head_seen:
            return None
        if self.start:
            return (
                f"the entry whose hash you kept is not here: it was among the {self.start} that were dropped,"
                " or the journal was cut off or replaced"
            )
        return "the entry whose hash you kept is gone: the journal was cut off or replaced"

    def result(self, fault: str | None) -> Verification:
        return Verification(self.seq - self.start, self._head, fault, self.start)

    def _is_sealed_right(self, detail: dict[str, Any]) -> bool:
        first = detail.get("first")
        if isinstance(first, int) and first < self._first and first <= self.start:
            return True  # some of what it sealed was dropped since: the chain alone vouches for it
        return first == self._first and self._tree.size > 0 and detail.get("root") == self._tree.root()


def _detail(row: Row) -> dict[str, Any]:
    # Its hash fits and it is no JSON: somebody wrote the whole chain anew. Without detail it seals nothing rightly.
    try:
        detail = json.loads(row[8])
    except (TypeError, ValueError):
        return {}
    return detail if isinstance(detail, dict) else {}
