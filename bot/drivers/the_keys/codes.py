"""What a The Keys gateway may answer, and what each answer means: the one table of its codes.

Real gateways say `{"status": "ok", "code": 0}` or `{"status": "ko", "code": 33, "cause": "…"}`; the vendor's page shows
`{"status": "0", "code": "ok"}` and `{"status": "500", "message": "busy"}`. Both are read here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from bot.domain.readings import Bolt
from bot.drivers.errors import Busy, LockError, NotAuthorised, OutcomeUnknown, OutOfReach, Refused, UnexpectedReply
from bot.drivers.http import Unreadable, read_json
from bot.drivers.messages import door_parameters
from bot.drivers.the_keys.messages import GATEWAY

CLOSED, OPEN, JUST_BOOTED = 49, 50, 48
BOLTS = {CLOSED: Bolt.LOCKED, OPEN: Bolt.UNLOCKED, JUST_BOOTED: Bolt.UNKNOWN}

BUSY, ALREADY_STARTED, STALE, NOT_DETECTED, CLOCK_INVALID = 500, 400, 33, 34, 38
BUSY_SECONDS = 6.0
"""The motor travels about 5 s; field clients wait 6 s before asking again."""
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
UPDATE_CODES = (1, 2)
"""Codes that speak of the firmware when `/update` is answered by them: nothing was installed."""


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
        """A clear yes to something that acts; the state of a door is no such thing."""
        return self.ok and self.code in (0, None) and not self.status.startswith("door")

    @property
    def bolt(self) -> Bolt | None:
        return BOLTS.get(self.code) if self.ok and self.code is not None else None

    @property
    def is_busy(self) -> bool:
        return self.code == BUSY or (self.code == ALREADY_STARTED and not self.names_missing_part)

    @property
    def refuses_signature(self) -> bool:
        """33 means "invalid hmac" or "timestamp too old"; without a cause it may be either."""
        return "hmac" in self.cause

    @property
    def refuses_timestamp(self) -> bool:
        return "old" in self.cause

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


def read_reply(body: bytes) -> GatewayReply:
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
    return GatewayReply(
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
