"""The picture of the statistics: drawn for whatever there is, or for nothing at all."""

import struct
import sys
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.batteries import forecast
from bot.history import picture
from bot.history.picture import Labels, draw
from bot.history.statistics import Battery, Statistics
from tests.bench import START
from tests.history.test_statistics import days

LABELS = Labels(
    title="All doors", period="1 Feb – 1 Mar", by_hour="When", by_person="Who", batteries="Batteries",
    weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), others="others", rank=lambda rank: f"no. {rank}",
    battery=lambda battery: battery.door, day=lambda moment: f"{moment.day}",
)  # fmt: skip
FALLING = tuple(days(*(90 - n for n in range(30))))
EMPTY = tuple(days(*(30 - n for n in range(31))))
ONE = tuple(days(50))


def statistics(
    *,
    hours: int = 0,
    people: tuple[tuple[str, int], ...] = (),
    others: int = 0,
    batteries: tuple[tuple[str, tuple[object, ...]], ...] = (),
) -> Statistics:
    return Statistics(
        since=START - timedelta(days=30),
        until=START + timedelta(days=30),
        door=None,
        total=hours,
        by_hour=((hours,) * 24,) * 7,
        by_person=people,
        others=others,
        batteries=tuple(Battery(door, of, forecast(of, low_percent=20), 20) for door, of in batteries),  # type: ignore[arg-type]
    )


MANY = (("Anna", 100_000), ("A very long name that goes on and on and on", 3), ("木村", 2), ("🦊", 1), ("", 1))
CASES = {
    "nothing": statistics(),
    "one hour": statistics(hours=1, people=(("Anna", 1),)),
    "many people": statistics(hours=12_345, people=MANY, others=7),
    "batteries": statistics(
        batteries=(("Front door", FALLING), ("Empty", EMPTY), ("New", ONE), *[("More", FALLING)] * 6)
    ),
}


@pytest.mark.parametrize("what", CASES.values(), ids=CASES)
def test_there_is_a_picture_of_the_width_of_a_phone(what: Statistics) -> None:
    data = draw(what, LABELS)
    assert data.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", data[16:24])
    # Telegram takes photos up to 20 times as high as wide, and 10000 for both together.
    assert (width, width + height < 10_000) == (1080, True)
    assert len(data) < 1_000_000


def test_a_slim_machine_without_fonts_has_a_picture_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "FONTS", ())
    forget_the_font()
    try:
        assert draw(CASES["many people"], LABELS).startswith(b"\x89PNG")
        assert [picture._written(sign) for sign in "aü–木"] == ["a", "u", "-", None]
    finally:
        forget_the_font()


def forget_the_font() -> None:
    picture._font.cache_clear()
    picture._written.cache_clear()


def test_a_name_in_letters_that_the_font_does_not_have_is_a_number() -> None:
    """The same number stands before the name under the picture."""
    seen: list[int] = []

    def rank(number: int) -> str:
        seen.append(number)
        return f"no. {number}"

    draw(CASES["many people"], replace(LABELS, rank=rank))
    assert seen == [3, 4, 5]


def test_without_the_extra_it_says_that_it_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert not picture.is_available()
