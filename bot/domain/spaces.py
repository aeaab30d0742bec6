"""A space that is open while somebody is there: what is known of it, and what is published as SpaceAPI 15."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

# So long after somebody closed the space an opened door does not open it: people leave by doors.
LEAVING = timedelta(minutes=10)
# If nobody answers for so long, nobody is there.
ANSWER_WITHIN = timedelta(minutes=30)
STAYS = {"1h": timedelta(hours=1), "3h": timedelta(hours=3)}
MOST_ITEMS, LONGEST_ITEM = 12, 40


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceProfile:
    """What the settings say of the space. `ask_after`: how long all doors are closed before it is asked."""

    name: str
    timezone: str
    ask_after: timedelta
    file: Path | None = None
    shows_person: bool = False
    url: str = ""
    logo: str = ""
    address: str | None = None
    coordinates: tuple[float, float] | None = None
    """Latitude and longitude, in degrees."""
    email: str | None = None
    matrix: str | None = None
    irc: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceState:
    """`by`: who opened or closed it; None: nobody said. `door`: by whose opening it is open.

    `empty_since`: since when all doors are closed. `asked_at`: since when it is asked whether anybody is there;
    `held_until`: somebody stays until then. `chat_id` None: the owners are asked.
    """

    is_open: bool
    changed_at: datetime
    by: str | None = None
    door: str | None = None
    empty_since: datetime | None = None
    asked_at: datetime | None = None
    held_until: datetime | None = None
    chat_id: int | None = None
    thread_id: int | None = None

    @property
    def opens_after(self) -> datetime:
        """Of a closed space: only what is opened after this moment opens it."""
        # Where nobody answered (`by` None) nobody is there who has to leave.
        return self.changed_at + LEAVING if self.by else self.changed_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A door was opened; `by` None: with a key, or in another way that the bot does not know."""

    door: str
    at: datetime
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingItem:
    """Something to do before everybody leaves. `done_by` None: nobody did it yet."""

    number: int
    text: str
    done_by: str | None = None


def read_items(text: str) -> list[str]:
    """ "lights; windows; heater" as a list; ValueError with what is too much."""
    items = [" ".join(part.split()) for part in text.replace("\n", ";").split(";")]
    items = list(dict.fromkeys(filter(None, items)))
    too_long = next((item for item in items if len(item) > LONGEST_ITEM), None)
    if too_long or len(items) > MOST_ITEMS:
        raise ValueError(too_long or "")
    return items


def spaceapi(profile: SpaceProfile, state: SpaceState) -> dict[str, Any]:
    """The document of https://schema.spaceapi.io/15.json: members without a value are left out, as it asks for."""
    latitude, longitude = profile.coordinates or (None, None)
    location = {"address": profile.address, "lat": latitude, "lon": longitude, "timezone": profile.timezone}
    shown = {
        "open": state.is_open,
        "lastchange": int(state.changed_at.timestamp()),
        # The file is for everybody, so names stand in it only where the settings say so.
        "trigger_person": state.by if profile.shows_person else None,
    }
    return {
        "api_compatibility": ["15"],
        "space": profile.name,
        "logo": profile.logo,
        "url": profile.url,
        "location": _known(location),
        "contact": _known({"email": profile.email, "matrix": profile.matrix, "irc": profile.irc}),
        "state": _known(shown),
    }


def _known(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
