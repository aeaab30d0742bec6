"""Codes are hard to guess."""

import pytest

from bot.drivers.digits import draw, is_weak

WEAK = """
    1234 4321 8901 1111 1212 1221 2580 1990 2026 3112 1231 0000
    123456 123123 111234 121212 240590 654321
"""


@pytest.mark.parametrize("digits", WEAK.split())
def test_what_people_try_first_is_weak(digits: str) -> None:
    assert is_weak(digits)


@pytest.mark.parametrize("digits", ["4907", "8136", "907352", "480957"])
def test_ordinary_codes_are_not(digits: str) -> None:
    assert not is_weak(digits)


@pytest.mark.parametrize("length", [4, 5, 6])
def test_drawn_codes_have_their_length_and_are_not_weak(length: int) -> None:
    drawn = {draw(length) for _ in range(200)}
    assert all(len(digits) == length and digits.isdigit() and not is_weak(digits) for digits in drawn)
    assert len(drawn) > 150


def test_a_code_in_use_is_never_drawn() -> None:
    allowed = "4907"
    taken = {f"{n:04}" for n in range(10_000)} - {allowed}
    for _ in range(5):
        try:
            assert draw(4, taken=taken) == allowed
        except ValueError:
            continue


def test_when_none_is_left_it_says_so() -> None:
    with pytest.raises(ValueError, match="no code is left"):
        draw(4, taken={f"{n:04}" for n in range(10_000)})
