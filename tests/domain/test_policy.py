"""The decision: no, unless an owner asks or a living grant says yes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.actions import GRANTABLE, Action
from bot.domain.commands import DenialReason
from bot.domain.lockdowns import Lockdown
from bot.domain.people import EVERY_DOOR, Grant, Rights
from bot.domain.policy import Moment, decide
from bot.domain.schedules import parse_hours
from bot.domain.second_factor import demanded_hours
from tests.bench import ANNA, START, grant, person

DOORS = ["front", "garage", "cellar"]
MICROSECOND = timedelta(microseconds=1)

actions = st.sampled_from(list(Action))
doors = st.sampled_from(DOORS)
moments = st.timedeltas(timedelta(days=-400), timedelta(days=400)).map(lambda later: START + later)
grants = st.builds(
    Grant,
    id=st.integers(1),
    person_id=st.just(ANNA),
    door=doors | st.just(EVERY_DOOR),
    actions=st.frozensets(actions),
    ends_at=st.none() | moments,
    granted_by=st.just(1),
    granted_at=st.just(START),
)


def rights(*grants: Grant) -> Rights:
    return Rights(ANNA, person(), is_owner=False, grants=grants)


def stranger(*grants: Grant) -> Rights:
    return Rights(ANNA, None, is_owner=False, grants=grants)


def justifying(held: list[Grant], door: str, action: Action, now: datetime) -> list[Grant]:
    needed = Action.PIN if action is Action.REVOKE else action
    return [
        one
        for one in held
        if one.door in (door, "*") and needed in one.actions and (one.ends_at is None or one.ends_at > now)
    ]


@given(held=st.lists(grants), door=doors, action=actions, now=moments)
def test_yes_needs_a_living_grant_for_this_door_and_action(
    held: list[Grant], door: str, action: Action, now: datetime
) -> None:
    allowed = decide(rights(*held), door=door, action=action, now=Moment.exactly(now)).allowed
    if action in (*GRANTABLE, Action.REVOKE):
        assert allowed == bool(justifying(held, door, action, now))
    else:
        assert not allowed


@given(held=st.lists(grants, min_size=1), door=doors, action=st.sampled_from(GRANTABLE), now=moments)
def test_a_yes_ends_with_the_last_grant_that_says_it(
    held: list[Grant], door: str, action: Action, now: datetime
) -> None:
    verdict = decide(rights(*held), door=door, action=action, now=Moment.exactly(now))
    if verdict.allowed and verdict.ends_at:
        assert not decide(rights(*held), door=door, action=action, now=Moment.exactly(verdict.ends_at)).allowed
        assert decide(
            rights(*held), door=door, action=action, now=Moment.exactly(verdict.ends_at - MICROSECOND)
        ).allowed
    elif verdict.allowed:
        assert any(one.ends_at is None for one in justifying(held, door, action, now))


@given(held=st.lists(grants), door=doors, action=actions, now=moments)
def test_grants_without_a_person_open_nothing(held: list[Grant], door: str, action: Action, now: datetime) -> None:
    assert decide(stranger(*held), door=door, action=action, now=Moment.exactly(now)).reason is DenialReason.STRANGER


@given(door=st.text(), action=actions, now=moments)
def test_no_grant_is_no(door: str, action: Action, now: datetime) -> None:
    wanted = DenialReason.NO_RIGHT if action in (*GRANTABLE, Action.REVOKE) else DenialReason.OWNERS_ONLY
    assert decide(rights(), door=door, action=action, now=Moment.exactly(now)).reason is wanted


@given(door=st.text(), action=actions, now=moments)
def test_an_owner_may_do_everything(door: str, action: Action, now: datetime) -> None:
    verdict = decide(Rights(ANNA, None, is_owner=True), door=door, action=action, now=Moment.exactly(now))
    assert (verdict.allowed, verdict.ends_at) == (True, None)


@given(held=st.lists(grants), more=grants, door=doors, action=actions, now=moments)
def test_another_grant_never_takes_a_right_away(
    held: list[Grant], more: Grant, door: str, action: Action, now: datetime
) -> None:
    before = decide(rights(*held), door=door, action=action, now=Moment.exactly(now)).allowed
    assert decide(rights(*held, more), door=door, action=action, now=Moment.exactly(now)).allowed >= before


@pytest.mark.parametrize(("before_the_end", "allowed"), [(MICROSECOND, True), (timedelta(0), False)], ids=str)
def test_a_right_ends_at_the_exact_instant(before_the_end: timedelta, allowed: bool) -> None:
    ending = grant("open", length=timedelta(hours=2))
    now = START + timedelta(hours=2) - before_the_end
    assert decide(rights(ending), door="front", action=Action.OPEN, now=Moment.exactly(now)).allowed is allowed


def test_an_ended_right_is_called_expired() -> None:
    ended = grant("open", length=timedelta(0))
    assert (
        decide(rights(ended), door="front", action=Action.OPEN, now=Moment.exactly(START)).reason
        is DenialReason.EXPIRED
    )


def test_an_ended_right_of_another_kind_is_not_called_expired() -> None:
    ended = grant("status", length=timedelta(0))
    assert (
        decide(rights(ended), door="front", action=Action.OPEN, now=Moment.exactly(START)).reason
        is DenialReason.NO_RIGHT
    )


@pytest.mark.parametrize("door", DOORS)
def test_a_grant_for_every_door_opens_every_door(door: str) -> None:
    assert decide(
        rights(grant("open", door=EVERY_DOOR)), door=door, action=Action.OPEN, now=Moment.exactly(START)
    ).allowed


def test_owners_and_people_of_the_list_are_known_and_nobody_else() -> None:
    assert Rights(ANNA, None, is_owner=True).known
    assert rights().known
    assert not stranger().known


def test_whoever_may_make_codes_may_take_them_back_and_nobody_else() -> None:
    for action in Action:
        allowed = decide(rights(grant(action)), door="front", action=Action.REVOKE, now=Moment.exactly(START)).allowed
        assert allowed == (action is Action.PIN)


WANTED = st.sampled_from(("22:00-07:00", "always", "sun 1-2:30", "fri-sat 22-6, sun 2:30-4", "0-1"))
ZONES = st.sampled_from((ZoneInfo("Europe/Paris"), ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")))


@given(wanted=WANTED, zone=ZONES, now=moments)
def test_a_door_that_wants_a_second_factor_opens_unproved_outside_its_hours_alone(
    wanted: str, zone: ZoneInfo, now: datetime
) -> None:
    hours = demanded_hours(wanted, zone)
    assert hours is not None
    owner = Rights(ANNA, None, is_owner=True, second_factors={"front": hours})
    verdict = decide(owner, door="front", action=Action.OPEN, now=Moment.exactly(now))
    assert verdict.allowed is not hours.contains(now)
    assert decide(owner, door="front", action=Action.OPEN, now=Moment.exactly(now), is_proved=True).allowed
    assert not decide(owner, door="front", action=Action.PIN, now=Moment.exactly(now)).allowed
    if verdict.ends_at:
        assert hours.contains(verdict.ends_at)
        step = (verdict.ends_at - now) / 50
        assert not any(hours.contains(now + number * step) for number in range(50))


@given(wanted=WANTED, zone=ZONES, now=moments, more=st.timedeltas(timedelta(0), timedelta(minutes=20)))
def test_while_the_time_is_in_doubt_a_second_factor_is_wanted_if_it_may_be(
    wanted: str, zone: ZoneInfo, now: datetime, more: timedelta
) -> None:
    hours = demanded_hours(wanted, zone)
    assert hours is not None
    owner = Rights(ANNA, None, is_owner=True, second_factors={"front": hours})
    verdict = decide(owner, door="front", action=Action.OPEN, now=Moment(now, now + more))
    assert verdict.allowed is not (hours.contains(now) or hours.contains(now + more))


@pytest.mark.parametrize("action", [Action.OPEN, Action.CLOSE, Action.PIN])
def test_a_right_that_asks_first_makes_no_code_either(action: Action) -> None:
    right = replace(grant("open", "close", "pin"), asks_first=True)
    verdict = decide(rights(right), door="front", action=action, now=Moment.exactly(START), is_proved=True)
    assert verdict.reason is DenialReason.NEEDS_APPROVAL


@pytest.mark.parametrize(("ends_after", "opens"), [(8, True), (0, False), (-24, False)])
def test_a_right_that_ends_before_its_hours_begin_again_does_not_open_next(ends_after: int, opens: bool) -> None:
    """START is a Sunday; `ends_after`: hours after the Friday's begin."""
    friday = datetime(2026, 3, 6, 8, 0, tzinfo=UTC)
    held = replace(
        grant("open"), hours=parse_hours("fri 8-18", ZoneInfo("UTC")), ends_at=friday + timedelta(hours=ends_after)
    )
    verdict = decide(rights(held), door="front", action=Action.OPEN, now=Moment.exactly(START))
    assert verdict.reason is DenialReason.OUTSIDE_HOURS
    assert verdict.opens_at == (friday if opens else None)


def test_a_lockdown_is_over_at_the_exact_instant() -> None:
    until = Lockdown(door="front", by_name="Olga", began_at=START - timedelta(hours=1), ends_at=START)
    assert until.holds(Moment.exactly(START - timedelta(milliseconds=1)))
    assert not until.holds(Moment.exactly(START))
