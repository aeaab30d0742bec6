"""A guest's stay as it is typed: who, when, where and how often."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.domain.doors import Capability, Door
from bot.domain.visits import NotAVisit, VisitLack, parse_visit, weekend

ZONE = ZoneInfo("Europe/Paris")
DOORS = (Door("front", "Front door", Capability.UNLOCK), Door("garage", "Garage", Capability.UNLOCK))
SUNDAY = datetime(2026, 3, 1, 12, tzinfo=UTC)


def spelt(text: str, now: datetime = SUNDAY) -> tuple[str, str | None, str | None, str, int | None]:
    visit = parse_visit(text, DOORS, now=now, zone=ZONE)
    times = [f"{one.astimezone(ZONE):%a %d %H:%M}" if one else None for one in (visit.starts_at, visit.ends_at)]
    return visit.label, times[0], times[1], "+".join(door.name for door in visit.doors), visit.uses


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Dupont fri 15:00 - sun 11:00 front x6", ("Dupont", "Fri 06 15:00", "Sun 08 11:00", "front", 6)),
        ("Marie D. fri 15:00 – sun 11:00 Front door", ("Marie D.", "Fri 06 15:00", "Sun 08 11:00", "front", None)),
        ("Dupont fri - sun front, garage", ("Dupont", "Fri 06 15:00", "Sun 08 11:00", "front+garage", None)),
        ("Anna tomorrow at 9:00 to tomorrow 17:30 garage", ("Anna", "Mon 02 09:00", "Mon 02 17:30", "garage", None)),
        ("Al 2026-03-10 - 2026-03-12 front and garage", ("Al", "Tue 10 15:00", "Thu 12 11:00", "front+garage", None)),
        ("Dupont 15:00-18:00 front", ("Dupont", "Sun 01 15:00", "Sun 01 18:00", "front", None)),
        ("Dupont until mon 11:00 front", ("Dupont", "Sun 01 13:00", "Mon 02 11:00", "front", None)),
        ("Dupont 3d front x2", ("Dupont", "Sun 01 13:00", "Wed 04 13:00", "front", 2)),
        ("Parcel x1 1h front", ("Parcel", "Sun 01 13:00", "Sun 01 14:00", "front", 1)),
        ("Dupont fri 15:00 - sun 11:00", ("Dupont", "Fri 06 15:00", "Sun 08 11:00", "", None)),
        ("Dupont front", ("Dupont", None, None, "front", None)),
        ("Marie Dupont", ("Marie Dupont", None, None, "", None)),
        # The clocks change in the night to Sunday, 29 March.
        ("Dupont 2026-03-28 - 2026-03-29 front", ("Dupont", "Sat 28 15:00", "Sun 29 11:00", "front", None)),
    ],
)  # fmt: skip
def test_it_is_read(text: str, read: tuple[str, str | None, str | None, str, int | None]) -> None:
    assert spelt(text) == read


@pytest.mark.parametrize(
    ("text", "lack"),
    [
        ("fri 15:00 - sun 11:00 front", VisitLack.LABEL),
        ("3d front", VisitLack.LABEL),
        ("Dupont fri 15:00 - soon front", VisitLack.TIME),
        ("Dupont fri 15:00 - sun 11:00 cellar", VisitLack.DOOR),
        ("Dupont 3d cellar", VisitLack.DOOR),
        ("Dupont fri 15:00 - sun 11:00 front x0", VisitLack.USES),
        ("Dupont fri 15:00 - sun 11:00 front x2 x3", VisitLack.USES),
        ("Dupont fri 15:00 - sun 11:00 front x99999", VisitLack.USES),
        ("Dupont 2026-03-12 - 2026-03-10 front", VisitLack.ORDER),
        ("Dupont 2026-02-12 - 2026-03-10 front", VisitLack.PAST),
    ],
)
def test_what_is_missing_is_named(text: str, lack: VisitLack) -> None:
    with pytest.raises(NotAVisit) as error:
        spelt(text)
    assert error.value.lack is lack


@pytest.mark.parametrize(
    ("now", "start", "end"),
    [
        (SUNDAY, "Fri 06 15:00", "Sun 08 11:00"),
        (datetime(2026, 3, 4, 12, tzinfo=UTC), "Fri 06 15:00", "Sun 08 11:00"),
        (datetime(2026, 3, 7, 8, tzinfo=UTC), "Sat 07 09:00", "Sun 08 11:00"),
        (datetime(2026, 3, 26, 12, tzinfo=UTC), "Fri 27 15:00", "Sun 29 11:00"),
    ],
)
def test_a_weekend_is_the_next_one_or_what_is_left_of_this_one(now: datetime, start: str, end: str) -> None:
    assert [f"{moment.astimezone(ZONE):%a %d %H:%M}" for moment in weekend(now, ZONE)] == [start, end]
