"""Receipts: the proof of one visit, which a head that somebody kept is enough to check, without the database.

A receipt holds the entries of one command as they were hashed, and the seals that lead from them to the head: of each
seal the hashes beside the way up its tree. It holds nothing else of the journal but hashes.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.domain.chain import PathWrong, climb, digest, path
from bot.domain.journal import Seal
from bot.domain.times import from_ms
from storage import Storage

VERSION = 1
SEAL = "seal"
SEQ, AT, KIND, DETAIL = 0, 1, 2, 8
COLUMNS = ("seq", "at", "kind", "command_id", "person_id", "chat_id", "door", "action", "detail")


class ReceiptWrong(Exception):
    """The message says what about the receipt is not right."""


@dataclass(frozen=True, slots=True)
class Hashed:
    """An entry as it was hashed: its columns, and the hash of the entry before it."""

    previous: str
    body: tuple[Any, ...]

    @property
    def hash(self) -> str:
        return digest(self.previous, self.body)

    @property
    def seq(self) -> int:
        seq: int = self.body[SEQ]
        return seq

    @property
    def at(self) -> datetime:
        at: int = self.body[AT]
        return from_ms(at)

    @property
    def detail(self) -> Mapping[str, Any]:
        detail = json.loads(self.body[DETAIL])
        return detail if isinstance(detail, dict) else {}


@dataclass(frozen=True, slots=True)
class Step:
    """A seal, and the way to its root from each leaf that is to be proved, by the leaf's number."""

    seal: Hashed
    paths: Mapping[int, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    entries: tuple[Hashed, ...]
    steps: tuple[Step, ...]

    @property
    def head(self) -> str:
        """The hash of the last seal: what the receipt is checked against."""
        return self.steps[-1].seal.hash

    def encode(self) -> str:
        return json.dumps(
            {
                "latchkey_receipt": VERSION,
                "entries": [_encoded(entry) for entry in self.entries],
                "seals": [_encoded(step.seal) | {"paths": step.paths} for step in self.steps],
            },
            indent=1,
        )

    @classmethod
    def decode(cls, text: str) -> "Receipt":
        """Raises ReceiptWrong for anything that is none."""
        try:
            given = json.loads(text)
            if given["latchkey_receipt"] != VERSION:
                raise ReceiptWrong("it was written by another version of Latchkey: update the one that reads it")
            entries = tuple(_decoded(entry) for entry in given["entries"])
            steps = tuple(
                Step(_decoded(seal), {int(seq): list(map(str, hashes)) for seq, hashes in seal["paths"].items()})
                for seal in given["seals"]
            )
        # RecursionError: what somebody sends for checking may be a million brackets.
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            raise ReceiptWrong("it is no receipt of Latchkey's, or a damaged one") from error
        if not entries or not steps:
            raise ReceiptWrong("there is nothing in it")
        return cls(entries, steps)

    def check(self, head: str) -> None:
        """Raises ReceiptWrong unless the entries were in the journal whose head this is, or begins like this."""
        proved: set[str] = set()
        before: Hashed | None = None
        for step in self.steps:
            leaves = [entry for entry in (*self.entries, *([before] if before else [])) if entry.seq in step.paths]
            self._check(step, leaves)
            proved |= {leaf.hash for leaf in leaves}
            if before and before.hash not in proved:
                raise ReceiptWrong("one of its seals does not lead to the next")
            before = step.seal
        if missing := [entry.seq for entry in self.entries if entry.hash not in proved]:
            raise ReceiptWrong(f"nothing leads from entry {missing[0]} to a seal")
        # The start of one request with the outcome of another would tell of a visit that never was.
        if len({entry.body[COLUMNS.index("command_id")] for entry in self.entries}) != 1:
            raise ReceiptWrong("its entries are not of one request")
        # Chats are told half of the hash: 128 bits still name one entry.
        if not self.head.startswith(head):
            raise ReceiptWrong("it leads to another head than yours: ask for a receipt that leads to the head you hold")

    @staticmethod
    def _check(step: Step, leaves: Sequence[Hashed]) -> None:
        try:
            first, root = step.seal.detail["first"], step.seal.detail["root"]
            # Details of other kinds may hold what a person wrote, and so a root of their choosing.
            if step.seal.body[KIND] != SEAL:
                raise PathWrong
            for leaf in leaves:
                size = step.seal.seq - first
                if climb(leaf.hash, leaf.seq - first, size, step.paths[leaf.seq]) != root:
                    raise PathWrong
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            raise ReceiptWrong("its hashes do not fit: something in it was changed") from error


async def make_receipt(storage: Storage, seq: int, *, head: str | None) -> Receipt | None:
    """Up to the first seal after the command, or up to the one whose hash begins with `head`; None if there is none."""
    entries = tuple(Hashed(*row) for row in await storage.seals.hashed(seq))
    wanted = [entry.seq for entry in entries]
    steps: list[Step] = []
    seal = await storage.seals.first_after(seq) if entries else None
    while seal is not None:
        [hashed] = await storage.seals.hashed(seal.seq)
        steps.append(Step(Hashed(*hashed), await _paths(storage, seal, wanted)))
        if seal.seq > entries[-1].seq and seal.hash.startswith(head or ""):
            return Receipt(entries, tuple(steps))
        wanted.append(seal.seq)
        seal = await storage.seals.first_after(seal.seq)
    return None


async def _paths(storage: Storage, seal: Seal, seqs: Sequence[int]) -> dict[int, list[str]]:
    hashes = await storage.seals.hashes(seal)

    def climbed() -> dict[int, list[str]]:
        return {seq: path(hashes, seq - seal.first) for seq in seqs if seal.first <= seq < seal.seq}

    # The first seal may stand over a million entries.
    return await asyncio.to_thread(climbed)


def _encoded(entry: Hashed) -> dict[str, Any]:
    return {"previous": entry.previous, "entry": dict(zip(COLUMNS, entry.body, strict=True))}


def _decoded(given: Mapping[str, Any]) -> Hashed:
    body = tuple(given["entry"][column] for column in COLUMNS)
    # The others are only hashed; these three are read before any hash was compared.
    if not (isinstance(body[SEQ], int) and isinstance(body[AT], int) and isinstance(body[DETAIL], str)):
        raise TypeError
    return Hashed(str(given["previous"]), body)
