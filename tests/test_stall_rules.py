"""What the program of R10 finds fault with, and what it must not: each stall is told second by second."""

from collections.abc import Iterable
from typing import Any

import pytest

from tests.trials.stalled import AS_SHIPPED, Stall, wrongs

STRUCK, CALM = 1000.0, 1100.0
LAST_POLL = 995.0
POLLS_AFTER = [CALM + 5, CALM + 40, CALM + 75]


def stall(name: str = "network gone", *, good: Iterable[tuple[float, bool | None]] | None = None, **seen: Any) -> Stall:
    """A stall of 100 s as it should be, but for what is given."""
    usual: dict[str, Any] = {
        "struck": STRUCK, "calm": CALM, "starts": [900.0], "polls": [945.0, LAST_POLL, *POLLS_AFTER],
        "moves": [CALM + 5.5],
    }  # fmt: skip
    asks = [(at, at <= LAST_POLL + 60 or at > CALM + 5.5) for at in map(float, range(901, 1112))]
    return Stall(name, CALM - STRUCK, asks=list(asks if good is None else good), **usual | seen)


def test_a_stall_that_is_noticed_and_over_is_none() -> None:
    assert wrongs(stall(), AS_SHIPPED) == []
    assert stall().is_dangerous(AS_SHIPPED)


@pytest.mark.parametrize(
    ("found", "what"),
    [
        (stall(good=[(950.0, True), (1057.0, True), (1107.0, True)]), "well 62.0 s after the last completed poll"),
        (stall(good=[(950.0, True), (1010.0, False), (1107.0, True)]), "not well after 15.0 s without a"),
        (stall(codes=[(0, False)]), "latchkey health ended with 0"),
        (stall(exits=[(1090.0, 1)]), "had no reason"),
        (stall("polls reset", exits=[(1090.0, 0)]), "takes that for success"),
        (stall("polls reset", exits=[(1050.0, 1)]), "ended itself 55.0 s after a completed poll"),
        (stall("polls reset", calm=1160.0, moves=[1165.0], polls=[LAST_POLL, 1165.0]), "hung for 165 s"),
        (stall(moves=[]), "never opened a door"),
        (stall(moves=[CALM + 91]), "opened a door only 91.0 s"),
        (stall(good=[(950.0, True), (1060.0, False)]), "never was well"),
        (stall("told to wait", impatient=[20.0]), "20 s before the end of the pause"),
        (stall("second bot", conflicts=[1001.0], moves=[1003.0, 1166.0]), "opened 2.0 s after the first conflict"),
        (stall("second bot", conflicts=[1001.0]), "not told of “another bot”"),
    ],
)
def test_what_breaks_the_promise_is_found(found: Stall, what: str) -> None:
    assert any(what in wrong for wrong in wrongs(found, AS_SHIPPED))


@pytest.mark.parametrize(
    "right",
    [
        stall("polls reset", exits=[(1095.0, 1)]),
        # Brought up at 1000, asked for the first time at 1005: not well at 1061 is right, and so is well at 1064.
        stall(
            "no network at boot", starts=[1000.0], polls=[1105.0],
            good=[(1005.0, True), (1060.5, False), (1106.0, True)],
        ),
        stall(
            "no network at boot", starts=[1000.0], polls=[1105.0],
            good=[(1001.0, None), (1005.0, True), (1064.0, True), (1066.0, False), (1106.0, True)],
        ),
        # The last poll was answered a moment before the ask, and the bot has not got it yet.
        stall(good=[(950.0, True), (1060.0, False), (CALM + 5.1, False), (CALM + 7, True)]),
        # A held up answer arrived with the calm, and a held up poll ended the next one.
        stall("polls held up", kept_back=[1003.0], good=[(950.0, True), (1060.0, False), (CALM + 1, True)]),
        stall("polls held up", conflicts=[CALM + 5.2], good=[(950.0, True), (CALM + 30, False), (CALM + 80, True)]),
    ],
)  # fmt: skip
def test_what_keeps_the_promise_is_not(right: Stall) -> None:
    assert wrongs(right, AS_SHIPPED) == []
