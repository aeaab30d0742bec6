"""The house itself closes doors and does nothing else, whatever a list says of it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.actions import Action
from bot.domain.commands import DenialReason
from bot.domain.people import EVERY_DOOR, HOUSE_ID, Grant, Person, Rights, Role
from bot.domain.policy import Moment, decide

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PERSON = st.builds(
    Person,
    id=st.just(HOUSE_ID), name=st.just("auto-lock"), added_by=st.just(42), added_at=st.just(NOW),
    role=st.sampled_from(Role), is_suspended=st.booleans(),
)  # fmt: skip
GRANT = st.builds(
    Grant,
    id=st.just(1), person_id=st.just(HOUSE_ID), door=st.sampled_from(["front", EVERY_DOOR]),
    actions=st.frozensets(st.sampled_from(Action)), ends_at=st.none(), granted_by=st.just(42), granted_at=st.just(NOW),
)  # fmt: skip
RIGHTS = st.builds(Rights, st.just(HOUSE_ID), st.none() | PERSON, st.booleans(), st.lists(GRANT, max_size=3).map(tuple))


@given(rights=RIGHTS, action=st.sampled_from(Action))
def test_it_may_close_and_nothing_else(rights: Rights, action: Action) -> None:
    verdict = decide(rights, door="front", action=action, now=Moment.exactly(NOW))
    assert verdict.allowed == (action is Action.CLOSE)


@pytest.mark.parametrize("action", Action)
def test_what_the_house_may_is_nobody_elses(action: Action) -> None:
    verdict = decide(Rights(HOUSE_ID + 1, None, is_owner=False), door="front", action=action, now=Moment.exactly(NOW))
    assert verdict.reason is DenialReason.STRANGER
