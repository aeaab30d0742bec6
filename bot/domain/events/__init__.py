"""What happened: each kind is a class, kept in the outbox as data and said when it is delivered.

A class's `name` and the names of its fields are stored, so they stay.
"""

from typing import TypeAlias, get_args

from bot.domain.events.alerts import AlertAcknowledged, AlertEnded, AlertEvent
from bot.domain.events.approvals import ApprovalAnswered, ApprovalAsked, ApprovalClosed, ApprovalEvent
from bot.domain.events.codes import CodeEvent, CodesOutlive, PinEnds
from bot.domain.events.commands import (
    CommandEvent,
    CommandFinished,
    CommandInterrupted,
    PinMade,
    StrangersTurnedAway,
    TryRefused,
)
from bot.domain.events.digest import (
    BatteryAhead,
    Came,
    Digest,
    DigestEvent,
    Ending,
    EndsSoon,
    HeadTold,
    JournalHead,
    TurnedAway,
    Unclear,
)
from bot.domain.events.door_calls import (
    DoorCallClosed,
    DoorCalled,
    DoorCallEnded,
    DoorCallEvent,
    DoorCallGoesOn,
)
from bot.domain.events.glass import GlassBreaking, GlassChanged, GlassEvent
from bot.domain.events.house import AnotherBot, ClockDoubted, HouseEvent, LockdownBegan, LockdownEnded, RecordsDoubted
from bot.domain.events.joining import InvitationClaimed, JoinAccepted, JoinAnswered, JoinAsked, JoinEvent, JoinRefused
from bot.domain.events.locks import (
    BatteryChanged,
    BatteryRunsLow,
    BoltChanged,
    DoorLeftOpen,
    FirmwareChanged,
    GatewayClockWrong,
    LeaveOpen,
    LeftOpenEnded,
    LockEvent,
    LockReachable,
    LockReminder,
    LockUnreachable,
    OpenLate,
)
from bot.domain.events.passes import ArrivalChecked, PassEnds, PassEvent, PassExtended, PassRevoked, PassUsed
from bot.domain.events.rights import (
    AboutRight,
    RightBegins,
    RightChanged,
    RightEnded,
    RightEnds,
    RightEvent,
    RightGiven,
    RightsRestored,
    RightTaken,
    StandingChanged,
)
from bot.domain.events.safety import (
    RefusedTooOften,
    SafetyEvent,
    SecondFactorLocked,
    SecondFactorReset,
    SecondFactorSetUp,
)
from bot.domain.events.space import SpaceAsked, SpaceClosed, SpaceEvent, SpaceHeld, SpaceOpened
from bot.domain.events.telling import (
    DelayedReply,
    NoticesStopped,
    PanelNotPinned,
    ReplyLost,
    Stopped,
    TellingEvent,
    TopicMade,
)

__all__ = [
    "EVENTS",
    "AboutRight",
    "AlertAcknowledged",
    "AlertEnded",
    "AnotherBot",
    "ApprovalAnswered",
    "ApprovalAsked",
    "ApprovalClosed",
    "ArrivalChecked",
    "BatteryAhead",
    "BatteryChanged",
    "BatteryRunsLow",
    "BoltChanged",
    "Came",
    "ClockDoubted",
    "CodesOutlive",
    "CommandFinished",
    "CommandInterrupted",
    "DelayedReply",
    "Digest",
    "DoorCallClosed",
    "DoorCallEnded",
    "DoorCallGoesOn",
    "DoorCalled",
    "DoorLeftOpen",
    "Ending",
    "EndsSoon",
    "Event",
    "FirmwareChanged",
    "GatewayClockWrong",
    "GlassBreaking",
    "GlassChanged",
    "HeadTold",
    "InvitationClaimed",
    "JoinAccepted",
    "JoinAnswered",
    "JoinAsked",
    "JoinRefused",
    "JournalHead",
    "LeaveOpen",
    "LeftOpenEnded",
    "LockEvent",
    "LockReachable",
    "LockReminder",
    "LockUnreachable",
    "LockdownBegan",
    "LockdownEnded",
    "NoticesStopped",
    "OpenLate",
    "PanelNotPinned",
    "PassEnds",
    "PassExtended",
    "PassRevoked",
    "PassUsed",
    "PinEnds",
    "PinMade",
    "RecordsDoubted",
    "RefusedTooOften",
    "ReplyLost",
    "RightBegins",
    "RightChanged",
    "RightEnded",
    "RightEnds",
    "RightGiven",
    "RightTaken",
    "RightsRestored",
    "SecondFactorLocked",
    "SecondFactorReset",
    "SecondFactorSetUp",
    "SpaceAsked",
    "SpaceClosed",
    "SpaceHeld",
    "SpaceOpened",
    "StandingChanged",
    "Stopped",
    "StrangersTurnedAway",
    "TopicMade",
    "TryRefused",
    "TurnedAway",
    "Unclear",
]

Event: TypeAlias = (
    CommandEvent
    | LockEvent
    | AlertEvent
    | RightEvent
    | JoinEvent
    | ApprovalEvent
    | PassEvent
    | CodeEvent
    | DoorCallEvent
    | HouseEvent
    | SafetyEvent
    | TellingEvent
    | DigestEvent
    | GlassEvent
    | SpaceEvent
)
EVENTS: dict[str, type[Event]] = {kind.name: kind for kind in get_args(Event)}
