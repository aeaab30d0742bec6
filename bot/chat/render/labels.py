"""What is written on buttons."""

from bot.chat.render.locale import Locale
from bot.chat.render.words import LABEL
from bot.domain.actions import Action
from bot.domain.codes import IssuedPin
from bot.domain.doors import Door
from bot.domain.history import Topic
from bot.domain.people import EVERY_DOOR, Grant

COPY_CODE = "Copy the code"
LIST_IS_RIGHT = "This list is right"
LET_MEMBERS_IN = "Let the members in"
UNDO = "↩ Undo"
DO_IT = "Yes, do it"
CARD = "Card"
END_THEM, TAKE_THEM_OVER = "End those, too", "I answer for those"
EXTEND, HOURS, SUSPEND, RESUME, REMOVE = "Extend", "Hours", "Suspend", "Resume", "Remove"
REMOVE_PERSON, ROLE, ALWAYS = "Remove all", "Role", "At any time"
BACK = "‹ Back"
EARLIER, LATER = "‹", "›"
OLDER, NEWEST = "Older ›", "« Newest"
TOPICS = {Topic.MOVES: "Doors", Topic.CODES: "Codes", Topic.REFUSED: "Refused", Topic.OTHER: "Other"}
EVERYTHING = "All"
CHOOSE_PERSON = "Choose a person"
AS_CSV, AS_JSON = "As CSV", "As JSON"


def action(asked: Action) -> str:
    return LABEL[asked]


def confirm(door: Door, asked: Action) -> str:
    if asked is Action.PIN:
        return f"Make a code for {door.title}"
    return f"Revoke the code of {door.title}" if asked is Action.REVOKE else f"{LABEL[asked]} {door.title}"


def confirm_person(person_id: int) -> str:
    return f"Let {person_id} in"


def revoke(pin: IssuedPin, locale: Locale) -> str:
    """The number tells codes of the same minute apart."""
    return f"Revoke {locale.doors.title(pin.door)} · {pin.person_name} · no. {pin.id}"


def right(grant: Grant, locale: Locale) -> str:
    door = "Every door" if grant.door == EVERY_DOOR else locale.doors.title(grant.door)
    return f"{door} · {', '.join(sorted(grant.actions))}"


def page(number: int, count: int) -> str:
    return f"{number + 1}/{count}"
