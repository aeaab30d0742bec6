"""Draws the digits of codes: unguessable, none that people try first, none that is in use."""

import secrets
from collections.abc import Collection
from itertools import pairwise

# One in seven of all four-digit codes is weak: a thousand misses in a row mean that nearly all are taken.
TRIES = 1000
# The middle column of a keypad is the one well-known pattern that has neither a run nor a repeat.
KEYPAD_COLUMN = "2580"


def draw(length: int, *, taken: Collection[str] = ()) -> str:
    """`length` digits (4 or more) as text. Raises ValueError when none is left."""
    for _ in range(TRIES):
        digits = "".join(secrets.choice("0123456789") for _ in range(length))
        if digits not in taken and not is_weak(digits):
            return digits
    raise ValueError("no code is left")


def is_weak(digits: str) -> bool:
    """Whether somebody at the keypad would try it: few different digits, repeats, runs, years and dates."""
    return (
        digits == KEYPAD_COLUMN
        or len(set(digits)) < 3
        or _repeats(digits)
        or _has_run(digits)
        or _looks_like_a_date(digits)
    )


def _repeats(digits: str) -> bool:
    half = len(digits) // 2
    return digits[:half] == digits[half : 2 * half] or any(digit * 3 in digits for digit in set(digits))


def _has_run(digits: str) -> bool:
    # Modulo ten, so that 8901 and 2109 are runs as well.
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(digits)}
    return len(steps) == 1


def _looks_like_a_date(digits: str) -> bool:
    if len(digits) == 4:
        return digits[:2] in ("19", "20") or _day_and_month(digits)
    return len(digits) == 6 and (_day_and_month(digits[:4]) or _day_and_month(digits[2:]))


def _day_and_month(digits: str) -> bool:
    # Either order: people write 3112 and 1231.
    one, two = int(digits[:2]), int(digits[2:])
    return (1 <= one <= 31 and 1 <= two <= 12) or (1 <= one <= 12 and 1 <= two <= 31)
