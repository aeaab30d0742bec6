"""What somebody is putting together with buttons, until it is done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DraftFor(StrEnum):
    """The names are stored, so they stay."""

    GUEST = "guest"
    RIGHT = "right"
    """A new end of a right."""
    INVITATION = "invitation"
    CODE = "code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """`details` is what the purpose needs; whose it is, nobody else can go on with it."""

    id: int
    person_id: int
    purpose: DraftFor
    # Kept here, since a button of Telegram's holds 64 bytes.
    details: Mapping[str, str | int]
    made_at: datetime
