"""An invitation lets in one person, once, in its time; what was written down cannot claim it."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.access import PeopleList
from bot.access.invitations import Claimed, Invitations, MadeInvitation
from bot.clock import Clock
from bot.domain.actions import Action
from bot.domain.commands import DenialReason
from bot.domain.doors import Capability, Door, Doors
from bot.domain.events import InvitationClaimed
from bot.domain.joining import ClaimRefusal
from bot.domain.people import Grant, Role
from bot.domain.policy import Denied
from bot.notices import Notices
from storage import Storage
from tests.bench import ANNA, OWNER, START, STRANGER, Hands

DOORS = Doors(Door(name, name.title(), Capability.UNLOCK) for name in ("front", "garage", "cellar"))
BEN = 77
DAY = timedelta(days=1)


@pytest.fixture
def people(storage: Storage, clock: Clock) -> PeopleList:
    return PeopleList(storage, frozenset({OWNER}), DOORS, clock)


@pytest.fixture
def invitations(storage: Storage, people: PeopleList, clock: Clock) -> Invitations:
    return Invitations(storage, people, DOORS, Notices(storage, frozenset({OWNER})), clock)


def right(door: str = "front", *, days: int | None = 3, by: int = OWNER) -> Grant:
    ends_at = None if days is None else START + timedelta(days=days)
    return Grant(
        id=0, person_id=None, door=door, actions=frozenset({Action.OPEN}), ends_at=ends_at, granted_by=by,
        granted_at=START,
    )  # fmt: skip


async def make(invitations: Invitations, *grants: Grant, by: int = OWNER) -> MadeInvitation:
    return await invitations.make(caller=by, caller_name="Olga", grants=grants or [right()])


async def claim(invitations: Invitations, made: MadeInvitation, person: int = ANNA) -> Claimed:
    return await invitations.claim(made.token, person_id=person, name="Anna")


async def test_whoever_claims_it_gets_the_rights_as_a_guest(invitations: Invitations, people: PeopleList) -> None:
    made = await make(invitations, right("front"), right("garage"))
    assert (await claim(invitations, made)).refusal is None
    rights = await people.rights(ANNA)
    assert rights.person
    assert rights.person.role is Role.GUEST
    assert [(one.door, one.ends_at, one.granted_by) for one in rights.grants] == [
        ("front", START + 3 * DAY, OWNER), ("garage", START + 3 * DAY, OWNER),
    ]  # fmt: skip


async def test_whoever_comes_for_good_is_a_member(invitations: Invitations, people: PeopleList) -> None:
    await claim(invitations, await make(invitations, right(days=None)))
    person = (await people.rights(ANNA)).person
    assert person
    assert person.role is Role.MEMBER


async def test_the_second_person_comes_too_late(invitations: Invitations, people: PeopleList) -> None:
    made = await make(invitations)
    await claim(invitations, made)
    assert (await claim(invitations, made, BEN)).refusal is ClaimRefusal.TAKEN
    assert not (await people.rights(BEN)).known


async def test_of_two_people_at_once_one_wins(invitations: Invitations, people: PeopleList) -> None:
    made = await make(invitations)
    done = await asyncio.gather(*(claim(invitations, made, person) for person in (ANNA, BEN)))
    assert {one.refusal for one in done} == {None, ClaimRefusal.TAKEN}
    assert len(await people.register.entries()) == 1


async def test_claiming_again_gives_nothing_more(invitations: Invitations, people: PeopleList) -> None:
    made = await make(invitations)
    await claim(invitations, made)
    await people.deny(caller=OWNER, person_id=ANNA, door=None)
    assert (await claim(invitations, made)).refusal is ClaimRefusal.ALREADY_YOURS
    assert not (await people.rights(ANNA)).known


@pytest.mark.parametrize(("days", "wait"), [(3, 3 * DAY), (None, 7 * DAY), (30, 7 * DAY)])
async def test_a_link_ends_with_its_rights_or_after_a_week(
    invitations: Invitations, people: PeopleList, hands: Hands, days: int | None, wait: timedelta
) -> None:
    made = await make(invitations, right(days=days))
    hands.turn(wait.total_seconds())
    assert (await claim(invitations, made)).refusal is ClaimRefusal.EXPIRED
    assert not (await people.rights(ANNA)).known


async def test_a_revoked_link_lets_nobody_in(invitations: Invitations, people: PeopleList) -> None:
    made = await make(invitations)
    assert await invitations.revoke(caller=OWNER, invitation_id=made.invitation.id)
    assert (await claim(invitations, made)).refusal is ClaimRefusal.REVOKED
    assert not await invitations.revoke(caller=OWNER, invitation_id=made.invitation.id)


async def test_whoever_was_banned_cannot_claim(invitations: Invitations, storage: Storage) -> None:
    made = await make(invitations)
    await storage.bans.add(ANNA, "Anna", by=OWNER, at=START)
    assert (await claim(invitations, made)).refusal is ClaimRefusal.BANNED
    assert (await claim(invitations, made, BEN)).refusal is None


async def test_an_owner_who_tries_the_link_does_not_use_it_up(invitations: Invitations) -> None:
    made = await make(invitations)
    assert (await claim(invitations, made, OWNER)).refusal is ClaimRefusal.OWN
    assert (await claim(invitations, made)).refusal is None


async def manager(people: PeopleList) -> None:
    await people.give(
        caller=OWNER, grant=replace(right(days=10), person_id=STRANGER), name="Mona", role=Role.MANAGER
    )  # fmt: skip


async def test_a_manager_invites_inside_the_own_rights(invitations: Invitations, people: PeopleList) -> None:
    await manager(people)
    for beyond in (right("garage"), right(days=11), right(days=None)):
        with pytest.raises(Denied) as no:
            await make(invitations, beyond, by=STRANGER)
        assert no.value.reason is DenialReason.OUT_OF_SCOPE
    assert (await claim(invitations, await make(invitations, right(), by=STRANGER))).refusal is None


async def test_what_the_inviter_may_not_give_any_more_is_not_given(
    invitations: Invitations, people: PeopleList
) -> None:
    await manager(people)
    made = await make(invitations, right(), by=STRANGER)
    await people.deny(caller=OWNER, person_id=STRANGER, door="front")
    assert (await claim(invitations, made)).refusal is ClaimRefusal.WITHDRAWN
    assert not (await people.rights(ANNA)).known


async def test_a_manager_sees_and_revokes_the_own_invitations_only(
    invitations: Invitations, people: PeopleList
) -> None:
    await manager(people)
    others, own = await make(invitations), await make(invitations, right(), by=STRANGER)
    assert [one.id for one in await invitations.open(STRANGER)] == [own.invitation.id]
    assert len(await invitations.open(OWNER)) == 2
    with pytest.raises(Denied):
        await invitations.revoke(caller=STRANGER, invitation_id=others.invitation.id)


@pytest.mark.parametrize("caller", [ANNA, STRANGER])
async def test_whoever_may_not_give_rights_cannot_invite(
    invitations: Invitations, people: PeopleList, caller: int
) -> None:
    await people.give(caller=OWNER, grant=replace(right(), person_id=ANNA), name="Anna")
    with pytest.raises(Denied):
        await make(invitations, by=caller)


async def test_the_inviter_is_told_who_came(invitations: Invitations, storage: Storage) -> None:
    await claim(invitations, await make(invitations))
    [waiting] = await storage.outbox.next_per_chat()
    assert waiting.chat_id == OWNER
    assert waiting.event == InvitationClaimed(person=ANNA, by="Anna", doors=("front",), grants=(1,), at=START)


async def test_every_step_is_in_the_journal_and_the_list_still_agrees_with_it(
    invitations: Invitations, people: PeopleList, storage: Storage
) -> None:
    await people.begin()
    used, lost = await make(invitations), await make(invitations)
    await claim(invitations, used)
    await claim(invitations, used, BEN)
    await invitations.revoke(caller=OWNER, invitation_id=lost.invitation.id)
    kinds = [entry.kind for entry in await storage.journal.tail(100) if "invitation" in entry.kind]
    assert kinds == [
        "invitation made", "invitation made", "invitation claimed", "invitation refused", "invitation revoked",
    ]  # fmt: skip
    assert await people.record.differences() == []


async def test_the_token_is_written_nowhere(
    invitations: Invitations, storage: Storage, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    made = await make(invitations)
    await claim(invitations, made)
    await claim(invitations, made, BEN)
    copy = path.with_name("copy.db")
    await storage.database.back_up(copy)
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", made.token)
    assert made.token.encode() not in copy.read_bytes()
    assert made.token not in caplog.text
