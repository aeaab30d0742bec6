"""The arithmetic of the journal: each entry hashed with the one before it, and trees of hashes over many of them.

The trees are those of RFC 6962.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

GENESIS = "0" * 64


class PathWrong(ValueError):
    """These hashes lead from no leaf of such a tree to its root."""


def digest(previous: str, body: Sequence[Any]) -> str:
    """The hash of an entry: of its columns, and of the hash before it."""
    # Only somebody else's hand puts bytes there: `repr` lets them be hashed, and found.
    return hashlib.sha256(json.dumps([previous, *body], default=repr).encode()).hexdigest()


class Tree:
    """A tree that grows leaf by leaf and remembers only the roots of its whole parts."""

    def __init__(self) -> None:
        self.size = 0
        self._parts: list[bytes] = []

    def add(self, hash_: str) -> None:
        self.size += 1
        part, left = _leaf(hash_), self.size
        # Parts of equal size become one, so a million leaves need twenty hashes in memory, and not a million.
        while left % 2 == 0:
            part, left = _node(self._parts.pop(), part), left // 2
        self._parts.append(part)

    def root(self) -> str:
        root = self._parts[-1]
        for part in reversed(self._parts[:-1]):
            root = _node(part, root)
        return root.hex()


def path(hashes: Sequence[str], index: int) -> list[str]:
    """What it takes to get from one leaf to the root: the hashes beside the way, the lowest first."""
    if len(hashes) == 1:
        return []
    middle = _middle(len(hashes))
    mine, other = (hashes[:middle], hashes[middle:]) if index < middle else (hashes[middle:], hashes[:middle])
    tree = Tree()
    for one in other:
        tree.add(one)
    return [*path(mine, index if index < middle else index - middle), tree.root()]


def climb(hash_: str, index: int, size: int, path: Sequence[str]) -> str:
    """The root that a path leads to. Raises PathWrong."""
    # Index, size and path stand in a receipt, a file that anybody may have written.
    if not 0 <= index < size:
        raise PathWrong
    try:
        return _climb(_leaf(hash_), index, size, [bytes.fromhex(step) for step in path]).hex()
    except (TypeError, ValueError) as error:
        raise PathWrong from error


def _climb(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    if size == 1:
        if path:
            raise PathWrong
        return leaf
    if not path:
        raise PathWrong
    middle = _middle(size)
    if index < middle:
        return _node(_climb(leaf, index, middle, path[:-1]), path[-1])
    return _node(path[-1], _climb(leaf, index - middle, size - middle, path[:-1]))


def _middle(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _leaf(hash_: str) -> bytes:
    # Leaves and nodes begin with different bytes, so that neither passes for the other (RFC 6962, 2.1).
    return hashlib.sha256(b"\0" + bytes.fromhex(hash_)).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()
