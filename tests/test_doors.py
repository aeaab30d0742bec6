"""Doors: found by what people call them, never by less, and read before the words that follow."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.doors import Capability, Door, Doors, NoSuchDoor, TwoReadings, find, key_of, nearest, read_door

ALL = Capability.UNLOCK | Capability.LOCK
FRONT = Door("front", "Front door", ALL)
BACK = Door("back_yard", "Back yard", ALL)
DOORS = Doors([FRONT, BACK])
MILL, MILL_CLOSE = Door("mill", "Mill", ALL), Door("mill_close", "Mill Close", ALL)
OPEN = Door("open", "Open", ALL)


def actions(text: str) -> list[str]:
    """The words after a door, as a command might read them."""
    words = text.lower().split()
    if not words or not set(words) <= {"open", "close"}:
        raise ValueError(text)
    return words


def test_doors_keep_the_order_of_the_settings() -> None:
    assert list(DOORS) == [FRONT, BACK]


def test_a_door_is_got_by_its_exact_name_only() -> None:
    assert DOORS.get("front") is FRONT
    assert DOORS.get("Front") is None
    assert DOORS.get("") is None


@pytest.mark.parametrize("text", ["front", "FRONT", " front ", "Front door", "front  DOOR", "front_door", "Front-Door"])
def test_a_door_is_found_by_name_or_title_however_it_is_typed(text: str) -> None:
    assert find(text, DOORS) is FRONT


@pytest.mark.parametrize("title", ["Entrée", "İstanbul", "Straße", "Ångström", "Éé ñ"])
@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC"])
@pytest.mark.parametrize("case", [str.lower, str.upper, str.casefold, str.title])
def test_a_title_is_found_however_a_keyboard_writes_it(title: str, form: str, case: object) -> None:
    door = Door("d", unicodedata.normalize("NFD", title), ALL)
    assert callable(case)
    typed = unicodedata.normalize(form, case(title))  # type: ignore[arg-type]
    assert find(typed, [door]) is door


@pytest.mark.parametrize("typed", ["Mum’s room", "mum's room", "Mum‘s – room", "MUM'S\u200b ROOM", "mum's—room"])
def test_what_a_phone_makes_of_quotes_and_dashes_does_not_matter(typed: str) -> None:
    door = Door("d", "Mum's room", ALL)
    assert find(typed, [door]) is door


@pytest.mark.parametrize("text", ["", "door", "fron", "front door please", "back", ":front", "front:"])
def test_a_door_is_not_found_by_part_of_its_name(text: str) -> None:
    with pytest.raises(NoSuchDoor):
        find(text, DOORS)


@pytest.mark.parametrize(("text", "door"), [("fornt", FRONT), ("frontdoor", FRONT), ("bak yard", BACK), ("xyz", None)])
def test_a_misspelt_door_has_a_nearest_one(text: str, door: Door | None) -> None:
    assert nearest(text, DOORS) is door


def test_without_doors_nothing_is_near() -> None:
    assert nearest("front", []) is None


@given(text=st.text())
def test_any_text_finds_a_door_or_none(text: str) -> None:
    try:
        assert find(text, DOORS) in (FRONT, BACK)
    except NoSuchDoor as error:
        assert error.said == text  # noqa: PT017 - either is fine
    assert nearest(text, DOORS) in (FRONT, BACK, None)


@given(text=st.text())
def test_a_key_is_its_own_key(text: str) -> None:
    assert key_of(key_of(text)) == key_of(text)


@pytest.mark.parametrize(
    ("text", "door", "rest"),
    [
        ("Mill Close open", MILL_CLOSE, ["open"]),
        ("mill open", MILL, ["open"]),
        ("MILL_CLOSE close open", MILL_CLOSE, ["close", "open"]),
        ("mill open close", MILL, ["open", "close"]),
        ("open open", OPEN, ["open"]),
    ],
)
def test_the_longest_name_wins(text: str, door: Door, rest: list[str]) -> None:
    assert read_door(text, [MILL, MILL_CLOSE, OPEN], actions) == (door, rest)


def test_two_readings_are_refused_and_both_named() -> None:
    """ "Mill Close" without an action, or the action close at Mill."""
    with pytest.raises(TwoReadings) as refusal:
        read_door("Mill Close", [MILL, MILL_CLOSE], actions)
    assert refusal.value.readings == [(MILL_CLOSE, ""), (MILL, "Close")]


def test_a_title_that_is_another_doors_name_is_refused_and_both_named() -> None:
    twin = Door("garage", "front", ALL)
    for act in (lambda: find("front", [FRONT, twin]), lambda: read_door("front open", [FRONT, twin], actions)):
        with pytest.raises(TwoReadings) as refusal:
            act()
        assert [door for door, _ in refusal.value.readings] == [FRONT, twin]


@pytest.mark.parametrize(
    ("text", "said", "rest"),
    [
        ("cellar open", "cellar", "open"),
        ("wine cellar open close", "wine cellar", "open close"),
        ("cellar", "cellar", ""),
        ("open", "", "open"),
        ("", "", ""),
    ],
)
def test_of_words_that_name_no_door_those_are_told_that_were_meant_to(text: str, said: str, rest: str) -> None:
    with pytest.raises(NoSuchDoor) as refusal:
        read_door(text, DOORS, actions)
    assert (refusal.value.said, refusal.value.rest) == (said, rest)


def test_what_follows_a_door_and_is_not_understood_is_told_by_its_reader() -> None:
    with pytest.raises(ValueError, match="fly"):
        read_door("front fly", DOORS, actions)
