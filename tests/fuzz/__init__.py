"""Broken input, 10,000 of each kind and the same at every run.

LATCHKEY_FUZZ multiplies the number, LATCHKEY_SEED makes other ones.
"""

import os
import random

COUNT = 10_000 * int(os.environ.get("LATCHKEY_FUZZ", "1"))
SEED = int(os.environ.get("LATCHKEY_SEED", "1"))

WORDS = (
    "", " ", "ok", "ko", "OK\n", "0", "33", "0x31", "-1", "1e999", "NaN", "2h", "30m", "front", "do:open:front::",
    "ok:", "list:0123", "go:open:1:", ":", "::::", "\x00", "\u202e\u2066evil\u2069", "\ud800", "é", "🚪", "𝟜𝟚", "٣h",
    "ﬀ", "İ", "<b>&", "'\"\\", "9" * 500, "a" * 5000,
)  # fmt: skip
VALUES: tuple[object, ...] = (
    None, True, False, 0, -1, 1, 32, 33, 37, 49, 50, 200, 400, 500, 2**63, -(2**70), 1.5, 1e308, float("nan"),
    float("inf"), [], {}, [[]], {"code": {}}, [None, {"identifier": 1}],
)  # fmt: skip


class Noise:
    """What a broken or a hostile far side might send."""

    def __init__(self, seed: int = SEED) -> None:
        self.random = random.Random(seed)

    def word(self) -> str:
        parts = self.random.choices(WORDS, k=self.random.choice((1, 1, 1, 2, 3)))
        return "".join(parts)

    def value(self, depth: int = 3) -> object:
        kind = self.random.randrange(6 if depth else 4)
        if kind < 2:
            return self.random.choice(VALUES)
        if kind < 4:
            return self.word()
        if kind == 4:
            return [self.value(depth - 1) for _ in range(self.random.randrange(4))]
        return {self.word(): self.value(depth - 1) for _ in range(self.random.randrange(4))}

    def spoiled(self, value: object) -> object:
        """A true answer with something torn out or swapped, anywhere in it."""
        if isinstance(value, dict) and value and self.random.random() < 0.8:
            key = self.random.choice(list(value))
            rest = {name: one for name, one in value.items() if name != key}
            return rest if self.random.random() < 0.2 else {**rest, key: self.spoiled(value[key])}
        if isinstance(value, list) and value and self.random.random() < 0.8:
            place = self.random.randrange(len(value))
            return [*value[:place], self.spoiled(value[place]), *value[place + 1 :]]
        return self.value()

    def body(self, encode: str) -> bytes:
        """Those bytes, or some with a few turned over, cut off or doubled."""
        raw = bytearray(encode.encode("utf-8", "surrogatepass"))
        match self.random.randrange(6):
            case 0 if raw:
                raw[self.random.randrange(len(raw))] = self.random.randrange(256)
            case 1:
                del raw[self.random.randrange(len(raw) + 1) :]
            case 2:
                raw = raw * 2
            case 3:
                raw = bytearray(self.random.randbytes(self.random.randrange(64)))
            case _:
                pass
        return bytes(raw)
