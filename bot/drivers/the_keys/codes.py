"""What a The Keys gateway may answer, and what each answer means: the one table of its codes.

Real gateways say `{"status": "ok", "code": 0}` or `{"status": "ko", "code": 33, "cause": "…"}`; the vendor's page shows
`{"status": "0", "code": "ok"}` and `{"status": "500", "message": "busy"}`. Both are read here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from bot.domain.readings import Bolt
from bot.drivers.errors import Busy, LockError, NotAuthorised, OutcomeUnknown, OutOfReach, Refused, UnexpectedReply
from bot.drivers.http import Unreadable, read_json
from bot.drivers.messages import door_parameters
from bot.drivers.the_keys.messages import GATEWAY

# The page writes them as 0x31, 0x32 and 0x30. They speak of the bolt, not of the door leaf.
CLOSED, OPEN, JUST_BOOTED = 49, 50, 48
BOLTS = {CLOSED: Bolt.LOCKED, OPEN: Bolt.UNLOCKED, JUST_BOOTED: Bolt.UNKNOWN}

BUSY, ALREADY_STARTED, STALE, NOT_DETECTED, CLOCK_INVALID = 500, 400, 33, 34, 38
# The motor travels about 5 s; field clients wait 6 s before asking again.
BUSY_SECONDS = 6.0
# The gateway was seen synchronising for one to four minutes: after one it is worth trying again.
SYNCHRONISING_SECONDS = 60.0


class Kinds(NamedTuple):
    """The error that a code stands for, as an answer to a command and to a query."""

    command: type[LockError]
    query: type[LockError]


# 4, 5 and 37 come after the gateway began to talk to the lock: the motor may have moved before the line dropped.
CODES: Mapping[int, Kinds] = {
    1: Kinds(OutOfReach, OutOfReach),
    2: Kinds(Refused, Refused),
    3: Kinds(OutcomeUnknown, Refused),
    4: Kinds(OutcomeUnknown, OutOfReach),
    5: Kinds(OutcomeUnknown, OutOfReach),
    32: Kinds(NotAuthorised, NotAuthorised),
    33: Kinds(NotAuthorised, NotAuthorised),
    34: Kinds(OutOfReach, OutOfReach),
    35: Kinds(Refused, Refused),
    36: Kinds(NotAuthorised, NotAuthorised),
    37: Kinds(OutcomeUnknown, OutOfReach),
    38: Kinds(Refused, Refused),
    400: Kinds(Busy, Busy),
    500: Kinds(Busy, Busy),
}
NUMBER = re.compile(r"-?[0-9]{1,9}|0[xX][0-9a-fA-F]{1,4}")
# The vendor has not published its texts: these are words that any wording in English or French would hold.
PARAMETER = re.compile(r"missing|manqu|absent|required|param|ident|hash|hmac|time|\bts\b")
MOVING = re.compile(r"already|started|moving|progress|running|busy")
BOLT_WORDS = (
    (re.compile(r"jam|block|stuck|obstruct"), Bolt.JAMMED),
    (re.compile(r"open|unlock|not (closed|locked)|ajar"), Bolt.UNLOCKED),
    (re.compile(r"unknown"), Bolt.UNKNOWN),
)
LEAST_SAFE_FIRST = (Bolt.JAMMED, Bolt.UNLOCKED, Bolt.UNKNOWN, Bolt.LOCKED)
# Answers to `/update` that speak of the firmware; elsewhere 1 and 2 speak of the lock.
UPDATE_CODES = (1, 2)


@dataclass(frozen=True, slots=True)
class GatewayReply:
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
        """Whether it is a clear yes to a command. The state of a door is not one."""
        return self.ok and self.code in (0, None)

    @property
    def bolt(self) -> Bolt | None:
        """The least safe of what code and text claim."""
        # A lock that says "jammed" is not closed, whatever its code; one client's samples hold "Door closed" beside 50.
        if not self.ok or self.code not in BOLTS:
            return None
        claims = {BOLTS[self.code], *(bolt for words, bolt in BOLT_WORDS if words.search(self.status))}
        return next(bolt for bolt in LEAST_SAFE_FIRST if bolt in claims)

    @property
    def is_busy(self) -> bool:
        return self.code == BUSY or (self.code == ALREADY_STARTED and not self.names_missing_part)

    @property
    def refuses_signature(self) -> bool:
        # 33 means "invalid hmac" or "timestamp too old" (seen in the field); without a cause it may be either.
        return "hmac" in self.cause

    @property
    def refuses_timestamp(self) -> bool:
        return "old" in self.cause

    @property
    def names_missing_part(self) -> bool:
        # 400 means "missing parameter" or, while the motor moves, "action already started" (seen in the field).
        text = self.cause if self.status == "ko" else f"{self.cause} {self.status}".strip()
        return bool(text) and (PARAMETER.search(text) is not None or MOVING.search(text) is None)


def read_object(body: bytes) -> Mapping[str, object]:
    """The JSON object in a body; raises `Unreadable`."""
    value = read_json(body)
    if not isinstance(value, dict):
        raise Unreadable("not an object")
    return value


def read_reply(body: bytes) -> GatewayReply:
    """Read either dialect; raises `Unreadable` if it is no answer at all, or one of the wrong types."""
    fields = read_object(body)
    said = [_said(fields[name]) for name in ("code", "status") if name in fields]
    numbers = [value for value in said if isinstance(value, int)]
    words = [value for value in said if isinstance(value, str)]
    says_yes = "ok" in words or _text(fields, "status").startswith("door")
    if not numbers and not says_yes and "ko" not in words:
        raise Unreadable("neither a status nor a code")
    is_state = bool(numbers) and numbers[0] in BOLTS
    good = is_state or numbers[0] == 0 if numbers else says_yes
    contradicts = _is_taken_back(fields, words, is_state=is_state) if good else bool(numbers) and says_yes
    # The page writes the state of a door as `"status": "0"` beside `"code": "0x32"`.
    is_clear = not contradicts and (len(set(numbers)) < 2 or (is_state and numbers[1] == 0))
    return GatewayReply(
        ok=good and is_clear,
        code=numbers[0] if numbers and is_clear else None,
        status=_text(fields, "status"),
        cause=" ".join(filter(None, (_text(fields, name) for name in ("cause", "message", "error", "code")))),
        fields=fields,
    )


def _said(value: object) -> int | str:
    """What `code` or `status` says: a number, or a word in small letters."""
    number = read_number(value)
    if number is not None:
        return number
    if not isinstance(value, str):
        raise Unreadable("neither a number nor a word")
    return value.strip().lower()


def _is_taken_back(fields: Mapping[str, object], words: list[str], *, is_state: bool) -> bool:
    """Whether something else takes a yes back: a no, an error, or a word of which nobody knows what it means."""
    if "ko" in words or fields.get("cause") or fields.get("error"):
        return True
    return not is_state and any(word != "ok" for word in words)


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    return value.strip().lower() if isinstance(value, str) and read_number(value) is None else ""


def read_number(value: object) -> int | None:
    """A whole number however it is spelt: 50, "50", or "0x32" as on the vendor's page."""
    if type(value) is int:
        return value
    if not isinstance(value, str) or NUMBER.fullmatch(value) is None:
        return None
    return int(value, 16 if value.lower().startswith("0x") else 10)


def error_of(reply: GatewayReply, *, door: str, command: bool, is_update: bool = False) -> LockError:
    """The error that an answer other than yes stands for."""
    if reply.code is None or reply.ok or reply.code not in CODES:
        return unreadable(command=command, **({} if reply.code is None else {"code": reply.code}))
    parameters = door_parameters(door)
    if is_update and reply.code in UPDATE_CODES:
        return Refused(f"the_keys.update.{reply.code}")
    if reply.code == ALREADY_STARTED and reply.names_missing_part:
        return Refused("the_keys.400.incomplete", **parameters)
    name = "the_keys.400.moving" if reply.code == ALREADY_STARTED else f"the_keys.{reply.code}"
    kind = CODES[reply.code].command if command else CODES[reply.code].query
    if kind is Busy:
        return Busy(name, retry_after=BUSY_SECONDS, **parameters)
    return kind(name, **parameters)


def unreadable(*, command: bool, **parameters: int) -> LockError:
    return (OutcomeUnknown if command else UnexpectedReply)(f"{GATEWAY}.unreadable", **parameters)
