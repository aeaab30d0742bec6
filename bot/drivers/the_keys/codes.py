"""What a The Keys gateway may answer, and what each answer means: the one table of its codes.

Real gateways say `{"status": "ok", "code": 0}` or `{"status": "ko", "code": 33, "cause": "…"}`; the vendor's page shows
`{"status": "0", "code": "ok"}` and `{"status": "500", "message": "busy"}`. Both are read here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from bot.drivers.base import Bolt
from bot.drivers.errors import Busy, LockError, NotAuthorised, OutcomeUnknown, OutOfReach, Refused, UnexpectedReply
from bot.drivers.http import Unreadable, read_json

CLOSED, OPEN, JUST_BOOTED = 49, 50, 48
BOLTS = {CLOSED: Bolt.LOCKED, OPEN: Bolt.UNLOCKED, JUST_BOOTED: Bolt.UNKNOWN}

BUSY, ALREADY_STARTED, STALE, NOT_DETECTED, CLOCK_INVALID = 500, 400, 33, 34, 38
BUSY_SECONDS = 6.0
"""The motor travels about 5 s; field clients wait 6 s before asking again."""
SYNCHRONISING_SECONDS = 60.0


class Row(NamedTuple):
    """One code. `fix` may name `{env}` (the door's prefix in the settings) and `{door}`."""

    command: type[LockError]
    reading: type[LockError]
    sentence: str
    fix: str | None = None


# 4, 5 and 37 come after the gateway began to talk to the lock: the motor may have moved before the line dropped.
CODES: Mapping[int, Row] = {
    1: Row(
        OutOfReach,
        OutOfReach,
        "The gateway does not see this lock: is it in range?",
        "Bring the gateway closer to the lock, check the lock's batteries and {env}__IDENTIFIER.",
    ),
    2: Row(
        Refused,
        Refused,
        "This lock and this gateway do not fit together.",
        "Update both: latchkey gateway HOST update, latchkey lock {door} update.",
    ),
    3: Row(
        OutcomeUnknown,
        Refused,
        "The lock maker's server sent something the gateway could not use.",
        "api.the-keys.fr may have trouble: try again later.",
    ),
    4: Row(OutcomeUnknown, OutOfReach, "The gateway lost its connection to the lock."),
    5: Row(OutcomeUnknown, OutOfReach, "The radio link to the lock failed."),
    32: Row(
        NotAuthorised,
        NotAuthorised,
        "This lock is not shared with the gateway.",
        "Share the lock with the gateway (latchkey the-keys share), put the code into {env}__SHARE_CODE,"
        " and check {env}__IDENTIFIER.",
    ),
    33: Row(
        NotAuthorised,
        NotAuthorised,
        "The gateway refused the door's share code.",
        "Check {env}__SHARE_CODE, or another client uses this gateway.",
    ),
    34: Row(
        OutOfReach,
        OutOfReach,
        "The gateway does not see this lock: is it in range?",
        "Bring the gateway closer to the lock and check the lock's batteries.",
    ),
    35: Row(
        Refused,
        Refused,
        "This lock does not work with this gateway.",
        "Update both: latchkey gateway HOST update, latchkey lock {door} update.",
    ),
    36: Row(
        NotAuthorised,
        NotAuthorised,
        "The lock refused the gateway's key.",
        "Check that the share of {env}__SHARE_CODE still exists, then synchronise the lock (/sync {door}).",
    ),
    37: Row(OutcomeUnknown, OutOfReach, "The gateway had trouble with the lock and cannot say what happened."),
    38: Row(
        Refused,
        Refused,
        "The gateway's clock is wrong and could not be set right.",
        "The gateway sets its clock over the internet: is it connected? Then latchkey gateway HOST sync.",
    ),
    400: Row(Busy, Busy, "The lock is still moving: try again in a few seconds."),
    500: Row(Busy, Busy, "The gateway is busy with something else: try again in a few seconds."),
}

INCOMPLETE = Row(
    Refused,
    Refused,
    "The gateway says something was missing in the request.",
    "Check {env}__IDENTIFIER and {env}__SHARE_CODE, and update the gateway: latchkey gateway HOST update.",
)

# For /update the first two codes speak of the firmware.
UPDATE_CODES: Mapping[int, Row] = {
    1: Row(Refused, Refused, "The gateway could not download its new firmware.", "Is it connected to the internet?"),
    2: Row(Refused, Refused, "The lock maker's server has no firmware for this gateway.", "Try again later."),
}

SYNCHRONISING = "The gateway is synchronising with its maker's server: that usually takes one to four minutes."
UNREADABLE = "The gateway answered something unreadable"
ANOTHER_CLIENT = "The gateway refused the request: another client seems to be using it."
ANOTHER_CLIENT_FIX = (
    "Let only one program use this gateway: requests are refused as too old although {env}__SHARE_CODE worked before."
)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the gateway, whichever way it was spelt.

    `ok`: it says yes. `code`: its number; None if there is none or it contradicts the rest.
    """

    ok: bool
    code: int | None
    status: str
    cause: str
    fields: Mapping[str, object]

    @property
    def done(self) -> bool:
        """A clear yes to something that acts; the state of a door is no such thing."""
        return self.ok and self.code in (0, None) and not self.status.startswith("door")

    @property
    def bolt(self) -> Bolt | None:
        return BOLTS.get(self.code) if self.ok and self.code is not None else None

    @property
    def is_busy(self) -> bool:
        return self.code == BUSY or (self.code == ALREADY_STARTED and not self.names_missing_part)

    @property
    def names_missing_part(self) -> bool:
        """400 means "missing parameter" or, while the motor moves, "action already started" (seen in the field)."""
        text = f"{self.cause} {self.status}"
        return any(word in text for word in ("missing", "identifier", "hash", "timestamp"))


def read_object(body: bytes) -> Mapping[str, object]:
    """The JSON object in a body; raises `Unreadable`."""
    value = read_json(body)
    if not isinstance(value, dict):
        raise Unreadable("not an object")
    return value


def read_reply(body: bytes) -> Reply:
    """Read either dialect; raises `Unreadable` if it is no answer at all."""
    fields = read_object(body)
    words = {name: fields[name].strip().lower() for name in ("status", "code") if isinstance(fields.get(name), str)}  # type: ignore[attr-defined]
    status = words.get("status", "")
    number = next((n for n in (read_number(fields.get(name)) for name in ("code", "status")) if n is not None), None)
    says_yes = "ok" in words.values() or status.startswith("door")
    says_no = "ko" in words.values()
    if number is None and not (says_yes or says_no):
        raise Unreadable("neither a status nor a code")
    good = number in (0, *BOLTS) if number is not None else says_yes
    contradicts = (good and says_no) or (number is not None and not good and says_yes)
    return Reply(
        ok=good and not contradicts,
        code=None if contradicts else number,
        status=status,
        cause=_cause(fields, words),
        fields=fields,
    )


def _cause(fields: Mapping[str, object], words: Mapping[str, str]) -> str:
    texts = [fields.get(name) for name in ("cause", "message", "error")]
    return " ".join([*(text.lower() for text in texts if isinstance(text, str)), words.get("code", "")])


def read_number(value: object) -> int | None:
    """A number however it is spelt: 50, "50", or "0x32" as on the vendor's page."""
    if isinstance(value, int):
        return None if isinstance(value, bool) else value
    if not isinstance(value, str) or len(value) > 12 or not value.isascii():
        return None
    try:
        return int(value, 16 if value.strip().lower().startswith("0x") else 10)
    except ValueError:
        return None


def error_of(reply: Reply, *, door: str, command: bool, codes: Mapping[int, Row] = CODES) -> LockError:
    """The error an answer other than yes stands for."""
    if reply.code is None or reply.ok or (row := _row(reply, codes)) is None:
        return unreadable(command=command, code=None if reply.code is None else f"the_keys {reply.code}")
    kind = row.command if command else row.reading
    fix = fill(row.fix, door)
    code = f"the_keys {reply.code}"
    if kind is Busy:
        return Busy(row.sentence, retry_after=BUSY_SECONDS, fix=fix, code=code)
    return kind(row.sentence, fix=fix, code=code)


def _row(reply: Reply, codes: Mapping[int, Row]) -> Row | None:
    if reply.code is None:
        return None
    if reply.code == ALREADY_STARTED and reply.names_missing_part:
        return INCOMPLETE
    return codes.get(reply.code) or CODES.get(reply.code)


def unreadable(*, command: bool, code: str | None = None) -> LockError:
    if command:
        return OutcomeUnknown(f"{UNREADABLE}, so nobody knows whether it acted.", code=code)
    return UnexpectedReply(f"{UNREADABLE}.", code=code)


def fill(fix: str | None, door: str) -> str | None:
    """A fix with the door's own names in it; none where it needs them and the call was for no door."""
    if fix is None or (not door and "{" in fix):
        return None
    return fix.replace("{env}", f"DOORS__{door.upper()}").replace("{door}", door)
