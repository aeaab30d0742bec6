"""What is written on buttons."""

from datetime import datetime

from bot.chat.render.locale import Locale
from bot.chat.render.words import BOLT, LABEL
from bot.domain.actions import Action
from bot.domain.calendars import Window
from bot.domain.codes import IssuedPin
from bot.domain.commands import StatusResult
from bot.domain.doors import Door
from bot.domain.history import Topic
from bot.domain.people import EVERY_DOOR, Grant
from bot.domain.readings import Bolt

CLOSE_NOW, KEEP_OPEN, LEAVE_IT = "Close now", "Keep open 30 min", "Leave it"
MUTE, ACKNOWLEDGE = "🔕 Mute", "🙋 I'm on it"
COPY_CODE = "Copy the code"
COPY_KEY, NEW_KEY, FIRST_KEY = "Copy the key", "Set it up anew", "Set it up"
RESET_FACTOR = "Reset the second factor"
NOTICES, HELP = "🔔 Notices", "❔ Help"
LIST_IS_RIGHT = "This list is right"
LET_MEMBERS_IN = "Let the members in"
CHOOSE_GROUP = "Choose the group"
UNDO = "↩ Undo"
DO_IT = "Yes, do it"
CARD = "Card"
END_THEM, TAKE_THEM_OVER = "End those, too", "I answer for those"
EXTEND, HOURS, SUSPEND, RESUME, REMOVE = "Extend", "Hours", "Suspend", "Resume", "Remove"
REMOVE_PERSON, ROLE, ALWAYS = "Remove all", "Role", "At any time"
EARLIER, LATER = "‹", "›"
OLDER, NEWEST = "Older ›", "« Newest"
TOPICS = {Topic.MOVES: "Doors", Topic.CODES: "Codes", Topic.REFUSED: "Refused", Topic.OTHER: "Other"}
EVERYTHING = "All"
CHOOSE_PERSON = "Choose a person"
ASK_TO_COME_IN = "Ask to come in"
BACK, HOME, REFRESH = "‹ Back", "🏠 Home", "⟳ Refresh"
CODES, HISTORY, PEOPLE, MY_RIGHTS, INVITE = "🔑 Codes", "📜 History", "👥 People", "👤 My rights", "✉️ Invite"
LENGTHS = {"1h": "1 h", "1d": "1 day", "1w": "1 week", "ever": "For good"}
REFUSE, BAN = "Refuse", "Ban"
PICK_INSTEAD = "Somebody in my contacts"
NOT_THEM = "That is somebody else: take it back"
OPEN_LINKS, BANNED = "Open links", "Banned people"
SEND_ON = "Send it to somebody"
OPEN_PRIVATE_CHAT = "Open the private chat"
ASK_TO_OPEN = "Ask to open"
CHECK_AGAIN = "Check again"
STUCK = "🆘 I can't get in"
CALL_WORDS = {"open": "Open now", "call": "Call", "no": "Not now", "in": "I am in"}
ALLOW = {"once": "Allow once", "hour": "For 1 h", "refused": "Refuse"}
GUEST, GUESTS, NEW_PASS, REVOKE_PASS = "Guest", "🧳 Guests", "New pass", "Revoke all of it"
DATES = "dates"
NEW_CODE = "New code"
OTHER_HOURS, NEXT = "Other hours", "Next ›"
PICK_DATES, PICK_DATE = "Pick dates", "Pick a date"
CODE_LENGTHS = {"1h": "1 h", "1d": "1 day", "we": "Weekend", DATES: PICK_DATES}
STAYS = {
    "we": "This weekend", "d": "1 day", "3d": "3 days", "w": "1 week", "once": "A delivery: once within 1 h",
    DATES: PICK_DATES,
}  # fmt: skip
LONGER = {"3h": "3 h longer", "1d": "1 day longer"}
COPY_FOR_GUEST = "Copy the text for your guest"
END_LOCKDOWN = "End the lockdown"
BREAK_GLASS, REVOKE_GLASS, RENEW_GLASS = "🔨 Break the glass", "Revoke it", "Renew it"
AGREE, ALLOW_NOW = "I agree", "Let them open now"
AS_CSV, AS_JSON = "As CSV", "As JSON"


def action(asked: Action) -> str:
    return LABEL[asked]


def window(one: Window, locale: Locale) -> str:
    """The day of the end only where it is another one."""
    start, end = one.starts_at.astimezone(locale.zone), one.ends_at.astimezone(locale.zone)
    until = f"{end:%H:%M}" if end.date() == start.date() else _moment(end)
    return f"{_moment(start)} – {until}"


def _moment(local: datetime) -> str:
    return f"{local:%a} {local.day} {local:%b} {local:%H:%M}"


def confirm(door: Door, asked: Action) -> str:
    if asked is Action.PIN:
        return f"Make a code for {door.title}"
    return f"Revoke the code of {door.title}" if asked is Action.REVOKE else f"{LABEL[asked]} {door.title}"


def confirm_person(person_id: int) -> str:
    return f"Let {person_id} in"


def revoke(pin: IssuedPin, locale: Locale) -> str:
    # One person may make several codes for a door: the number tells them apart, and stands in the list, too.
    return f"Revoke {locale.doors.title(pin.door)} · {pin.person_name} · no. {pin.id}"


def revoke_number(title: str, number: int) -> str:
    return f"Revoke no. {number} of {title}"


def right(grant: Grant, locale: Locale) -> str:
    door = "Every door" if grant.door == EVERY_DOOR else locale.doors.title(grant.door)
    return f"{door} · {', '.join(sorted(grant.actions))}"


def door_with_sign(door: Door, seen: StatusResult) -> str:
    # The sign alone: half a row has room for some twenty letters.
    bolt = seen.reading.bolt if seen.reading and not seen.is_unclear else Bolt.UNKNOWN
    return f"{BOLT[bolt].split()[0]} {door.title}"


def ticked(name: str, *, is_on: bool) -> str:
    return f"{'☑' if is_on else '☐'} {name}"


def write_to(name: str) -> str:
    return f"Write to {name} or call"


def no_neighbour(name: str, door: str) -> str:
    return f"Not {name} at {door}"


def guest_code(door: Door) -> str:
    return f"A code for {door.title}"


def extend_pass(number: int, length: str) -> str:
    return f"no. {number}: {LONGER[length]}"


def new_link(number: int) -> str:
    return f"New link for no. {number}"


def revoke_pass(number: int) -> str:
    return f"Revoke no. {number}"


def revoke_invitation(number: int) -> str:
    return f"Revoke no. {number}"


def break_glass(title: str, *, is_alone: bool) -> str:
    return f"🔨 Break the glass: {title}, {'alone' if is_alone else 'with others'}"


def revoke_glass(number: int) -> str:
    return f"Revoke no. {number}"


def renew_glass(number: int) -> str:
    return f"Renew no. {number}"


def lift_ban(name: str) -> str:
    return f"Lift the ban of {name}"


def page(number: int, count: int) -> str:
    return f"{number + 1}/{count}"
