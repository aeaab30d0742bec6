"""Not too often, in bounded memory."""

from hypothesis import given
from hypothesis import strategies as st

from bot.throttle import Throttle
from tests.bench import Hands


def throttle(hands: Hands, *, times: int = 2, seconds: float = 60, remembered: int = 10) -> Throttle:
    return Throttle(times=times, seconds=seconds, clock=lambda: hands.boot, remembered=remembered)


def test_so_many_times_are_allowed_and_no_more(hands: Hands) -> None:
    door = throttle(hands)
    assert [door.allows("a") for _ in range(4)] == [True, True, False, False]


def test_it_is_allowed_again_when_the_time_has_passed(hands: Hands) -> None:
    door = throttle(hands, times=1)
    assert door.allows("a")
    hands.turn(59.9)
    assert not door.allows("a")
    hands.turn(0.1)
    assert door.allows("a")


def test_refusals_do_not_count(hands: Hands) -> None:
    door = throttle(hands, times=1)
    assert door.allows("a")
    for _ in range(6):
        hands.turn(10)
        refused_or_not = door.allows("a")
    assert refused_or_not


def test_keys_do_not_disturb_each_other(hands: Hands) -> None:
    door = throttle(hands, times=1)
    assert door.allows("a")
    assert door.allows("b")


def test_who_hammers_is_not_forgotten_for_others(hands: Hands) -> None:
    door = throttle(hands, times=1, remembered=10)
    assert door.allows("hammer")
    for other in range(100):
        door.allows(other)
        assert not door.allows("hammer")


@given(keys=st.lists(st.integers(), max_size=200))
def test_memory_is_bounded(keys: list[int]) -> None:
    door = throttle(Hands(), remembered=10)
    for key in keys:
        door.allows(key)
        assert len(door) <= 10


@given(pauses=st.lists(st.floats(0, 100), max_size=50), times=st.integers(1, 4))
def test_no_window_ever_holds_more_than_allowed(pauses: list[float], times: int) -> None:
    hands = Hands(boot=0)
    door, allowed = throttle(hands, times=times), []
    for pause in pauses:
        hands.turn(pause)
        if door.allows("a"):
            allowed.append(hands.boot)
    assert all(later - earlier >= 60 for earlier, later in zip(allowed, allowed[times:], strict=False))
