"""What people write after /history."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.doors import Capability, Door
from bot.domain.history import Question, Topic
from bot.domain.people import Person
from bot.history.words import Known, Misread, NotAQuestion, read_period, read_question
from tests.bench import OWNER, START

PARIS = ZoneInfo("Europe/Paris")
DOORS = [Door("front", "Front door", Capability(0)), Door("shed", "Garden shed", Capability(0))]
NAMES = {7: "Anna Berg", 8: "Ben", 9: "Anna Lund", 10: "Front"}
PEOPLE = [Person(id=number, name=name, added_by=OWNER, added_at=START) for number, name in NAMES.items()]
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
KNOWN = Known(DOORS, PEOPLE, NOW, PARIS)


def local(*when: int) -> datetime:
    return datetime(*when, tzinfo=PARIS)  # type: ignore[arg-type, misc]


def test_nothing_asks_for_everything() -> None:
    assert read_question("", KNOWN) == Question()


@pytest.mark.parametrize(
    "text", ["front ben 7d refused", "refused 7d ben Front Door", "BEN refused front door 7d", "8 7d refused front"]
)
def test_the_order_does_not_matter(text: str) -> None:
    since = NOW - timedelta(days=7)
    assert read_question(text, KNOWN) == Question(door="front", person_id=8, since=since, topic=Topic.REFUSED)


def test_a_name_of_a_door_wins_over_the_same_name_of_a_person() -> None:
    assert read_question("front", KNOWN) == Question(door="front")


def test_part_of_a_name_will_do_if_only_one_person_has_it() -> None:
    assert read_question("lund", KNOWN).person_id == 9
    assert read_question("anna berg", KNOWN).person_id == 7


def test_a_name_that_two_people_have_is_asked_back() -> None:
    with pytest.raises(NotAQuestion) as error:
        read_question("anna", KNOWN)
    assert (error.value.misread, error.value.said) == (Misread.SEVERAL_PEOPLE, "anna")


@pytest.mark.parametrize("text", ["front shed", "ben 9", "today 7d", "codes refused"])
def test_two_of_a_kind_are_asked_back(text: str) -> None:
    with pytest.raises(NotAQuestion) as error:
        read_question(text, KNOWN)
    assert error.value.misread is Misread.TWICE


def test_the_word_that_means_nothing_is_named() -> None:
    with pytest.raises(NotAQuestion) as error:
        read_question("front cellar 7d", KNOWN)
    assert (error.value.misread, error.value.said) == (Misread.UNKNOWN, "cellar")


@pytest.mark.parametrize(
    ("said", "since", "until"),
    [
        ("today", local(2026, 3, 1), local(2026, 3, 2)),
        ("yesterday", local(2026, 2, 28), local(2026, 3, 1)),
        ("2026-02-28", local(2026, 2, 28), local(2026, 3, 1)),
        ("2026-02", local(2026, 2, 1), local(2026, 3, 1)),
        ("2025-12", local(2025, 12, 1), local(2026, 1, 1)),
        ("2025", local(2025, 1, 1), local(2026, 1, 1)),
        ("2026-01-30..2026-02-02", local(2026, 1, 30), local(2026, 2, 3)),
        ("2026-01..2026-02", local(2026, 1, 1), local(2026, 3, 1)),
        ("48h", NOW - timedelta(hours=48), None),
        ("2w", NOW - timedelta(weeks=2), None),
    ],
)
def test_times_are_days_of_the_local_clock(said: str, since: datetime, until: datetime | None) -> None:
    assert read_period(said, NOW, PARIS) == (since, until)


def test_the_day_the_clocks_change_has_23_hours() -> None:
    period = read_period("2026-03-29", NOW, PARIS)
    assert period
    assert period[1]
    assert period[1].timestamp() - period[0].timestamp() == 23 * 3600


@pytest.mark.parametrize(
    "said", ["2026-02-30", "2026-13", "0000", "9999-12-31", "2026-03-02..2026-03-01", "7", "7x", "..", "٧d"]
)
def test_what_is_no_time_is_none(said: str) -> None:
    assert read_period(said, NOW, PARIS) is None


@given(
    text=st.text(max_size=60)
    | st.lists(st.sampled_from(["front", "shed", "ben", "anna", "7d", "today", "codes", "2026", "..", "<b>"])).map(
        " ".join
    )
)
def test_whatever_is_written_is_read_or_asked_back(text: str) -> None:
    with suppress(NotAQuestion):
        assert isinstance(read_question(text, KNOWN), Question)
