"""Everything by which people come in, put together: the list, and what leads to a right on it."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from bot.access import PeopleList
from bot.access.acquaintances import Acquaintances
from bot.access.approvals import Approvals
from bot.access.ballots import Ballots
from bot.access.breaking import Breaking
from bot.access.door_calls import DoorCalls
from bot.access.drafts import Drafts
from bot.access.glasses import Glasses
from bot.access.invitations import Invitations
from bot.access.likely_causes import LikelyCauses
from bot.access.lockdowns import Lockdowns
from bot.access.neighbours import Neighbours
from bot.access.owner_silence import OwnerSilence
from bot.access.passes import Passes
from bot.access.requests import JoinRequests
from bot.access.second_factors import SecondFactors
from bot.access.signs import OwnerSigns
from bot.clock import Clock
from bot.domain.commands import DenialReason
from bot.domain.doors import Doors
from bot.notices import Notices
from storage import Storage


@dataclass(frozen=True, slots=True)
class Access:
    people: PeopleList
    acquaintances: Acquaintances
    lockdowns: Lockdowns
    invitations: Invitations
    passes: Passes
    approvals: Approvals
    ballots: Ballots
    glasses: Glasses
    breaking: Breaking
    signs: OwnerSigns
    silence: OwnerSilence
    requests: JoinRequests
    drafts: Drafts
    second_factors: SecondFactors
    neighbours: Neighbours
    likely_causes: LikelyCauses
    door_calls: DoorCalls

    @classmethod
    def build(
        cls, storage: Storage, owner_ids: frozenset[int], doors: Doors, notices: Notices, clock: Clock, *, token: str
    ) -> "Access":
        """`token`: the bot's own, from which second factors are derived."""
        people = PeopleList(storage, owner_ids, doors, clock)
        likely_causes = LikelyCauses(storage, clock)
        invitations = Invitations(storage, people, doors, notices, clock)
        ballots = Ballots(storage, people, notices, clock)
        glasses, signs = Glasses(storage, people, notices, clock, ballots), OwnerSigns(storage, people, clock)
        breaking = Breaking(storage, people, doors, notices, clock, glasses=glasses, ballots=ballots, signs=signs)
        return cls(
            people,
            Acquaintances(storage),
            Lockdowns(storage, people, doors, notices, clock),
            invitations,
            Passes(storage, people, invitations, notices, clock),
            Approvals(storage, people, doors, notices, clock, ballots),
            ballots,
            glasses,
            breaking,
            signs,
            OwnerSilence(storage, people, clock, ballots=ballots, breaking=breaking, signs=signs),
            JoinRequests(storage, people, notices, clock),
            Drafts(storage, clock),
            SecondFactors(storage, people, notices, clock, token=token),
            Neighbours(storage, people, clock),
            likely_causes,
            DoorCalls(storage, people, doors, notices, likely_causes, clock),
        )

    def connect(
        self, recheck: Callable[[int | None], Awaitable[None]], *, lockouts: Callable[[], Collection[DenialReason]]
    ) -> None:
        """`recheck` withdraws what waits without a right. It is called before others learn of a change.

        `lockouts`: why no door is moved at the moment.
        """
        self.likely_causes.ask(lockouts)
        self.lockdowns.when_begun(recheck)
        # In this order: what waits without a right is withdrawn before anything else can fail (docs/trials.md, R16).
        for call in (recheck, self.acquaintances.forget, self.requests.close_if_let_in, self.glasses.recheck):
            self.people.when_changed(call)

    @property
    def duties(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        """What the timekeeper does when its time has come."""
        return (
            self.lockdowns.end_due,
            self.ballots.look_after,
            self.silence.look_after,
            self.passes.look_after,
            self.second_factors.look_after,
            self.door_calls.look_after,
        )
