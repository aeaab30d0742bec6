"""What becomes of a fault that was told: each changes the message that told of it, in every chat."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias

from bot.domain.alerts import AlertKind


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAcknowledged:
    """Somebody is on it."""

    name: ClassVar = "alert acknowledged"
    kind: AlertKind
    door: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertEnded:
    """`by`: who was on it, if anybody was."""

    name: ClassVar = "alert ended"
    kind: AlertKind
    door: str
    by: str | None
    at: datetime


AlertEvent: TypeAlias = AlertAcknowledged | AlertEnded
