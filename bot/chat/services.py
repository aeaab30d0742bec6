"""What every chat stands on: the rooms of the bot, and the chat's own memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

from bot.access import PeopleList
from bot.access.acquaintances import Acquaintances
from bot.access.approvals import Approvals
from bot.access.ballots import Ballots
from bot.access.breaking import Breaking
from bot.access.door_calls import DoorCalls
from bot.access.drafts import Drafts
from bot.access.glasses import Glasses
from bot.access.invitations import Invitations
from bot.access.lockdowns import Lockdowns
from bot.access.neighbours import Neighbours
from bot.access.passes import Passes
from bot.access.requests import JoinRequests
from bot.access.second_factors import SecondFactors
from bot.access.signs import OwnerSigns
from bot.activity import Activity
from bot.chat.awaited_codes import AwaitedCodes
from bot.chat.confirmations import Confirmations
from bot.chat.render.locale import Locale
from bot.chat.telegram.ordering import PendingUpdates
from bot.chat.telegram.polling import PollHistory
from bot.chat.telegram.sender import Sender
from bot.chat.telegram.topics import TopicKeeper
from bot.clock import Clock
from bot.control import DoorControl
from bot.control.arrivals import Arrivals
from bot.control.auto_lock import AutoLock
from bot.control.codes import Codes
from bot.doctor import Doctor
from bot.domain.doors import Doors
from bot.domain.people import Grant
from bot.domain.remarks import Template
from bot.history import History
from bot.notices import Notices
from bot.notices.digests import DailyDigests
from bot.notices.door_topics import DoorTopics
from bot.notices.panels import Panels
from bot.space import Space
from bot.throttle import Throttle


class Limits:
    """How often people are answered, so that nobody's hammering fills a chat."""

    def __init__(self, clock: Clock) -> None:
        self.introductions = Throttle(times=1, seconds=600, clock=clock.boot)
        # All strangers together: Telegram takes 30 messages a second, and those are for the people of the house.
        self.strangers = Throttle(times=20, seconds=60, clock=clock.boot)
        self.warnings = Throttle(times=1, seconds=60, clock=clock.boot)
        # Tokens have 128 bits: this is no guard against guessing, but keeps the database from being asked all day.
        self.claims = Throttle(times=5, seconds=600, clock=clock.boot)
        # Every command is a row of the journal, so one person's hammering would fill the disk.
        self.requests = Throttle(times=60, seconds=60, clock=clock.boot)

    def introduces(self, person_id: int) -> bool:
        """Whether a stranger is told their id."""
        return self.introductions.allows(person_id) and self.strangers.allows("all")


@dataclass(frozen=True, kw_only=True)
class Services:
    """What every chat stands on."""

    control: DoorControl
    doors: Doors
    people: PeopleList
    acquaintances: Acquaintances
    requests: JoinRequests
    invitations: Invitations
    lockdowns: Lockdowns
    approvals: Approvals
    ballots: Ballots
    glasses: Glasses
    breaking: Breaking
    signs: OwnerSigns
    passes: Passes
    drafts: Drafts
    second_factors: SecondFactors
    codes: Codes
    neighbours: Neighbours
    door_calls: DoorCalls
    arrivals: Arrivals
    notices: Notices
    panels: Panels
    topics: DoorTopics
    topic_keeper: TopicKeeper
    history: History
    doctor: Doctor
    auto_lock: AutoLock
    digests: DailyDigests
    space: Space | None
    clock: Clock
    sender: Sender
    polls: PollHistory
    ordering: PendingUpdates
    activity: Activity
    zone: tzinfo
    stale_seconds: float
    templates: Mapping[str, Template]
    confirmations: Confirmations = field(init=False)
    awaited_codes: AwaitedCodes = field(init=False)
    limits: Limits = field(init=False)
    locale: Locale = field(init=False)
    wishes: dict[int, Grant] = field(init=False)
    """What somebody wants the members of a group to have, until they have chosen the group."""

    def __post_init__(self) -> None:
        # In boot time, which no step of the host's clock moves.
        made = {
            "confirmations": Confirmations(seconds=self.stale_seconds, clock=self.clock.boot),
            "awaited_codes": AwaitedCodes(clock=self.clock.boot),
            "limits": Limits(self.clock),
            "wishes": {},
            "locale": Locale(self.zone, self.templates, self.doors, self.clock.datetime),
        }
        for name, value in made.items():
            # The class is frozen, and these are made of its other parts.
            object.__setattr__(self, name, value)
