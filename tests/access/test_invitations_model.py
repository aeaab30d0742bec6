"""Invitations against a model: whatever is made, claimed, revoked and waited for, nobody is let in twice or late."""

import asyncio
import tempfile
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.access import PeopleList
from bot.access.invitations import Invitations
from bot.domain.joining import ClaimRefusal
from bot.notices import Notices
from tests.access.test_invitations import DOORS, right
from tests.bench import OWNER, Hands
from tests.fresh import open_fresh

PEOPLE = (501, 502, 503)
INDEX = st.integers(0, 5)


@dataclass
class Link:
    id: int
    token: str
    ends: float
    claimed_by: int | None = None
    is_revoked: bool = False


class Inviting(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.hands = Hands()
        self.links: list[Link] = []
        self.banned: set[int] = set()
        self.open_storage()

    def open_storage(self) -> None:
        self.storage = self.run(open_fresh(Path(self.folder.name) / "latchkey.db"))
        clock = self.hands.clock()
        self.people = PeopleList(self.storage, frozenset({OWNER}), DOORS, clock)
        notices = Notices(self.storage, frozenset({OWNER}))
        self.invitations = Invitations(self.storage, self.people, DOORS, notices, clock)

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        if hasattr(self, "storage"):
            self.run(self.storage.close())
            self.loop.close()
            self.folder.cleanup()

    @rule(days=st.sampled_from((1, 3, None)))
    def make(self, days: int | None) -> None:
        now = self.hands.clock().datetime()
        grant = replace(right(), ends_at=None if days is None else now + timedelta(days=days))
        made = self.run(self.invitations.make(caller=OWNER, caller_name="Olga", grants=[grant]))
        self.links.append(Link(made.invitation.id, made.token, self.hands.wall + 86_400 * (days or 7)))

    @rule(index=INDEX, people=st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True))
    def claim_at_once(self, index: int, people: list[int]) -> None:
        if not self.links:
            return
        link = self.links[index % len(self.links)]

        async def all_claim() -> Any:
            claims = (self.invitations.claim(link.token, person_id=one, name=f"P{one}") for one in people)
            return await asyncio.gather(*claims)

        done = dict(zip(people, self.run(all_claim()), strict=True))
        winners = [person for person, claimed in done.items() if claimed.refusal is None]
        may = [person for person in people if person not in self.banned]
        is_open = link.claimed_by is None and not link.is_revoked and self.hands.wall < link.ends
        assert len(winners) == (1 if is_open and may else 0)
        if winners:
            assert winners[0] in may
            link.claimed_by = winners[0]
        for person, claimed in done.items():
            if person in self.banned:
                assert claimed.refusal is ClaimRefusal.BANNED

    @rule(index=INDEX)
    def revoke(self, index: int) -> None:
        if self.links:
            link = self.links[index % len(self.links)]
            revoked = self.run(self.invitations.revoke(caller=OWNER, invitation_id=link.id))
            assert revoked == (link.claimed_by is None and not link.is_revoked)
            link.is_revoked = link.is_revoked or revoked

    @rule(person=st.sampled_from(PEOPLE[:2]))
    def ban(self, person: int) -> None:
        self.run(self.storage.bans.add(person, "somebody", by=OWNER, at=self.hands.clock().datetime()))
        self.banned.add(person)

    @rule(seconds=st.sampled_from((1, 3600, 86_400, 3 * 86_400)))
    def wait(self, seconds: int) -> None:
        self.hands.turn(seconds)

    @rule()
    def restart(self) -> None:
        self.run(self.storage.close())
        self.open_storage()

    @invariant()
    def every_right_has_one_claim_behind_it(self) -> None:
        if not hasattr(self, "links"):
            return
        claimed: dict[int, int] = {}
        for link in self.links:
            if link.claimed_by:
                claimed[link.claimed_by] = claimed.get(link.claimed_by, 0) + 1
        held = {entry.person.id: len(entry.grants) for entry in self.run(self.people.register.entries())}
        assert held == claimed

    @invariant()
    def what_is_listed_can_be_claimed(self) -> None:
        if hasattr(self, "links"):
            listed = {one.id for one in self.run(self.invitations.open(OWNER))}
            assert listed == {
                one.id
                for one in self.links
                if one.claimed_by is None and not one.is_revoked and self.hands.wall < one.ends
            }


TestInviting = Inviting.TestCase
TestInviting.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)
