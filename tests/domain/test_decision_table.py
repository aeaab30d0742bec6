"""Every line of decision_table.txt: what was granted, what is asked and when; the verdict, and the sentence for it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.chat.render import denials
from bot.chat.render.locale import Locale
from bot.domain.actions import Action
from bot.domain.commands import Finished, Result
from bot.domain.doors import Doors
from bot.domain.people import Grant, Rights
from bot.domain.policy import Moment, decide
from bot.domain.second_factor import NEVER, demanded_hours
from bot.domain.wishes import parse_wish
from tests.bench import ANNA, FRONT, GARAGE, OWNER, START, person

TABLE = Path(__file__).with_name("decision_table.txt")
SETS = {"ground": frozenset({"front"})}
DOORS = Doors([FRONT, GARAGE])


def lines() -> list[tuple[str, ...]]:
    found, zone, wants = [], "", NEVER
    for line in TABLE.read_text("utf-8").splitlines():
        if line.startswith("zone "):
            zone = line.removeprefix("zone ")
        elif line.startswith("front wants "):
            wants = line.removeprefix("front wants ")
        elif line and not line.startswith("#"):
            found.append((zone, wants, *(cell.strip() for cell in line.split("|"))))
    return found


def grant(number: int, text: str, zone: ZoneInfo) -> Grant:
    door, _, rest = text.strip().partition(" ")
    words = [word for word in rest.split() if word not in ("used", "suspended")]
    wish = parse_wish(" ".join(words), now=START, zone=zone)
    granted = Grant(
        id=number, person_id=ANNA, door=door, actions=wish.actions, starts_at=wish.starts_at, ends_at=wish.ends_at,
        hours=wish.hours, uses_left=wish.uses, asks_first=wish.asks_first,
        needs_second_factor=wish.needs_second_factor, granted_by=OWNER, granted_at=START,
    )  # fmt: skip
    if "used" in rest.split():
        granted = replace(granted, uses_left=0)
    return replace(granted, is_suspended="suspended" in rest.split())


def decided(zone: str, wants: str, grants: str, asked: str, when: str) -> str:
    place = ZoneInfo(zone)
    held = () if grants in ("-", "owner") else tuple(grant(n, one, place) for n, one in enumerate(grants.split(";"), 1))
    door, action, *proved = asked.split()
    hours = demanded_hours(wants, place)
    now = datetime.fromisoformat(when.replace(" ", "T", 1).replace(" ", ""))
    assert now.astimezone(place).utcoffset() == now.utcoffset(), "no clock of this zone shows that"
    second_factors = {"front": hours} if hours else {}
    rights = Rights(ANNA, person(), grants == "owner", held, SETS, second_factors)
    moment = Moment.exactly(now.astimezone(UTC))
    verdict = decide(rights, action=Action(action), door=door, now=moment, is_proved=bool(proved))
    if verdict.allowed:
        until = f", until {Locale(place, {}, DOORS, lambda: now).time(verdict.ends_at)}" if verdict.ends_at else ""
        number = f"by right {verdict.grant.id}" if verdict.grant and len(held) > 1 else ""
        return f"yes{until}{', ' if number else ''}{number}"
    finished = Finished(action=Action(action), result=Result.DENIED, reason=verdict.reason, opens_at=verdict.opens_at)
    return f"no: {denials.denied(finished, Locale(place, {}, DOORS, lambda: now))}"


@pytest.mark.parametrize("line", lines(), ids=lambda line: " | ".join(line[1:5]))
def test_the_decision_is_the_one_of_the_table(line: tuple[str, ...]) -> None:
    *asked, verdict = line
    assert decided(*asked) == verdict
