"""What the doctor finds: each finding is a code with parameters, and becomes a sentence where it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.remarks import Parameter, Remark


class Grade(StrEnum):
    GOOD = "good"
    WARNING = "warning"
    """Somebody should see to it some time."""
    BAD = "bad"
    """Something does not work."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`code` names the sentence; `about` are doors; `remark` is what a driver says. Nothing of it is a secret."""

    code: str
    grade: Grade = Grade.GOOD
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    about: tuple[str, ...] = ()
    remark: Remark | None = None


class Switch(StrEnum):
    """What BotFather can turn on, and lets more people or programs reach the bot."""

    INLINE = "inline"
    # Since Bot API 10.0 anybody can call such a bot in chats that it is not in.
    GUEST = "guest"
    BUSINESS = "business"
    MANAGED_BOTS = "managed bots"
    READS_GROUPS = "reads groups"
    """Privacy mode is off."""


@dataclass(frozen=True, slots=True)
class BotAccount:
    """The bot as Telegram knows it."""

    username: str
    switches: frozenset[Switch] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class BotPlace:
    """What the bot may do in a group."""

    is_in: bool
    is_administrator: bool
    can_write: bool
    can_pin: bool


class TelegramTrouble(Exception):
    """Telegram did not answer as it should; `code` is that of a diagnosis."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
