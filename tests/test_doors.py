"""Doors: found by what people call them, and never by less."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.doors import Door, Doors, find, nearest
from tests.bench import BenchLock, Hands

FRONT = Door("front", "Front door", BenchLock(Hands()))
BACK = Door("back_yard", "Back yard", BenchLock(Hands()))
DOORS = Doors([FRONT, BACK])


def test_doors_keep_the_order_of_the_settings() -> None:
    assert list(DOORS) == [FRONT, BACK]


def test_a_door_is_got_by_its_exact_name_only() -> None:
    assert DOORS.get("front") is FRONT
    assert DOORS.get("Front") is None
    assert DOORS.get("") is None


@pytest.mark.parametrize("text", ["front", "FRONT", " front ", "Front door", "front  DOOR", "front_door", "Front-Door"])
def test_a_door_is_found_by_name_or_title_however_it_is_typed(text: str) -> None:
    assert find(text, DOORS) is FRONT


@pytest.mark.parametrize("text", ["", "door", "fron", "front door please", "back"])
def test_a_door_is_not_found_by_part_of_its_name(text: str) -> None:
    assert find(text, DOORS) is None


@pytest.mark.parametrize(("text", "door"), [("fornt", FRONT), ("frontdoor", FRONT), ("bak yard", BACK), ("xyz", None)])
def test_a_misspelt_door_has_a_nearest_one(text: str, door: Door | None) -> None:
    assert nearest(text, DOORS) is door


def test_without_doors_nothing_is_near() -> None:
    assert nearest("front", []) is None


@given(text=st.text())
def test_any_text_finds_a_door_or_none(text: str) -> None:
    assert find(text, DOORS) in (FRONT, BACK, None)
    assert nearest(text, DOORS) in (FRONT, BACK, None)
