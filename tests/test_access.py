"""The decision: no, unless an owner asks or a living grant says yes."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.access import Action, Rights, Why, decide, is_live
from storage.records import EVERY_DOOR, Grant
from tests.bench import ANNA, START, grant, person

DOORS = ["front", "garage", "cellar"]
MICROSECOND = timedelta(microseconds=1)

actions = st.sampled_from(list(Action))
doors = st.sampled_from(DOORS)
moments = st.timedeltas(timedelta(days=-400), timedelta(days=400)).map(lambda later: START + later)
grants = st.builds(
    Grant,
    person_id=st.just(ANNA),
    door=doors | st.just(EVERY_DOOR),
    actions=st.frozensets(actions.map(str)),
    ends_at=st.none() | moments,
    granted_by=st.just(1),
    granted_at=st.just(START),
)


def rights(*grants: Grant) -> Rights:
    return Rights(person(), False, grants)


@given(held=st.lists(grants), door=doors, action=actions, now=moments)
def test_yes_needs_a_living_grant_for_this_door_and_action(
    held: list[Grant], door: str, action: Action, now: datetime
) -> None:
    needed = Action.PIN if action is Action.REVOKE else action
    justified = [
        one
        for one in held
        if one.door in (door, "*") and needed in one.actions and (one.ends_at is None or one.ends_at > now)
    ]
    assert decide(rights(*held), door=door, action=action, now=now).allowed == bool(justified)


@given(held=st.lists(grants), door=doors, action=actions, now=moments)
def test_grants_without_a_person_open_nothing(held: list[Grant], door: str, action: Action, now: datetime) -> None:
    verdict = decide(Rights(None, False, tuple(held)), door=door, action=action, now=now)
    assert (verdict.allowed, verdict.why) == (False, Why.STRANGER)


@given(door=st.text(), action=actions, now=moments)
def test_no_grant_is_no(door: str, action: Action, now: datetime) -> None:
    assert decide(rights(), door=door, action=action, now=now).why is Why.NO_GRANT


@given(door=st.text(), action=actions, now=moments)
def test_an_owner_may_do_everything(door: str, action: Action, now: datetime) -> None:
    verdict = decide(Rights(None, True, ()), door=door, action=action, now=now)
    assert (verdict.allowed, verdict.why) == (True, Why.OWNER)


@given(held=st.lists(grants), more=grants, door=doors, action=actions, now=moments)
def test_another_grant_never_takes_a_right_away(
    held: list[Grant], more: Grant, door: str, action: Action, now: datetime
) -> None:
    before = decide(rights(*held), door=door, action=action, now=now).allowed
    assert decide(rights(*held, more), door=door, action=action, now=now).allowed >= before


@pytest.mark.parametrize(("before_the_end", "allowed"), [(MICROSECOND, True), (timedelta(0), False)], ids=str)
def test_a_right_ends_at_the_exact_instant(before_the_end: timedelta, allowed: bool) -> None:
    ending = grant("open", length=timedelta(hours=2))
    now = START + timedelta(hours=2) - before_the_end
    assert decide(rights(ending), door="front", action=Action.OPEN, now=now).allowed is allowed
    assert is_live(ending, now) is allowed


def test_an_ended_right_is_called_expired() -> None:
    ended = grant("open", length=timedelta(0))
    assert decide(rights(ended), door="front", action=Action.OPEN, now=START).why is Why.EXPIRED


def test_an_ended_right_of_another_kind_is_not_called_expired() -> None:
    ended = grant("status", length=timedelta(0))
    assert decide(rights(ended), door="front", action=Action.OPEN, now=START).why is Why.NO_GRANT


@pytest.mark.parametrize("door", DOORS)
def test_a_grant_for_every_door_opens_every_door(door: str) -> None:
    assert decide(rights(grant("open", door=EVERY_DOOR)), door=door, action=Action.OPEN, now=START).allowed


def test_owners_and_people_of_the_list_are_known_and_nobody_else() -> None:
    assert Rights(None, True, ()).known
    assert rights().known
    assert not Rights(None, False, ()).known


def test_a_yes_says_why() -> None:
    verdict = decide(rights(grant("open")), door="front", action=Action.OPEN, now=START)
    assert (verdict.allowed, verdict.why) == (True, Why.GRANTED)


def test_whoever_may_make_codes_may_take_them_back_and_nobody_else() -> None:
    for action in Action:
        allowed = decide(rights(grant(action)), door="front", action=Action.REVOKE, now=START).allowed
        assert allowed == (action is Action.PIN)
