"""A second factor: when a door wants one, and what is kept of a person's. The secret itself is kept nowhere."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.actions import Action
from bot.domain.commands import DenialReason, Finished, Result
from bot.domain.doors import Door
from bot.domain.schedules import WeeklyHours, parse_hours

# RFC 4226 (7.3) wants guesses limited. Three of a million codes are right at a moment, so five guesses hit once in
# 67,000 times.
MOST_TRIES = 5
TRIES_WITHIN = LOCKED_FOR = timedelta(minutes=15)
TIME_TO_TYPE = timedelta(minutes=2)
TIME_TO_SET_UP = timedelta(minutes=10)
NEVER, ALWAYS = "never", "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactor:
    """The secret is derived from `salt` and the bot's token. `check_value` shows whether that is still the same token.

    `last_step`: the newest time step of which a one-time code was used.
    """

    person_id: int
    salt: str
    check_value: str
    set_up_at: datetime
    last_step: int
    locked_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A secret that was shown and of which no right code was typed yet. `message_id`: the message that shows it."""

    id: int
    person_id: int
    salt: str
    expires_at: datetime
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """What becomes of a typed code, or of none. `reason` None: it is right, and used from now on."""

    reason: DenialReason | None = None
    opens_at: datetime | None = None
    tries_left: int | None = None


def unproved(action: Action, proof: Proof, door: Door | None = None) -> Finished:
    """The no that a code, or the lack of one, leads to."""
    return Finished(
        action=action,
        result=Result.DENIED,
        door=door,
        reason=proof.reason,
        opens_at=proof.opens_at,
        tries_left=proof.tries_left,
    )


def demanded_hours(text: str, zone: ZoneInfo) -> WeeklyHours | None:
    """Read "never", "always", "22:00-07:00" or "fri-sat 22-6, sun 0-8". Raises NotHours."""
    said = text.strip().casefold()
    if said == NEVER:
        return None
    spans = "0-24" if said == ALWAYS else said
    parts = [part.strip() for part in re.split(r"[,;]", spans) if part.strip()]
    return parse_hours(", ".join(part if part[0].isalpha() else f"mon-sun {part}" for part in parts), zone)


def plain_digits(text: str) -> str | None:
    """The six digits of a one-time code, as "123456" or "123 456"; None for anything else."""
    # Authenticator apps show the digits in two groups.
    found = re.fullmatch(r"\s*([0-9]{3})[\s-]?([0-9]{3})\s*", text)
    return f"{found[1]}{found[2]}" if found else None
