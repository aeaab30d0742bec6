"""What KAS Cloud may answer, and what each answer means.

By its page only the HTTP status counts ("we do not provide success or fail acknowledgment parameters"); newer calls
also send `{"ack": 0, "message": …}`, and 504 comes as `{"ack": 504, …}` when the gateway took no instruction in time.
"""

from collections.abc import Mapping
from typing import NamedTuple

from bot.drivers.errors import LockError, NotAuthorised, OutcomeUnknown, OutOfReach, Refused, UnexpectedReply
from bot.drivers.http import Answer, Unreadable


class Row(NamedTuple):
    """One text of a 400. `fix` may name `{env}`, the door's prefix in the settings."""

    kind: type[LockError]
    sentence: str
    fix: str


REFUSALS: Mapping[str, Row] = {
    "not the admin": Row(
        NotAuthorised,
        "KAS says this account is not the lock's admin.",
        "{env}__API_KEY must belong to the account the lock was set up with.",
    ),
    "invalid token": Row(
        NotAuthorised,
        "KAS refused the key of this account.",
        "Check {env}__API_KEY: making a new key probably ends the old one.",
    ),
    "not found": Row(
        Refused,
        "KAS does not know this lock.",
        "Check {env}__FACTORY_NUMBER: the app shows it, beginning with SS or UL.",
    ),
}
UNKNOWN_REFUSAL = Row(
    Refused,
    "KAS refused this and gave a reason nobody has documented.",
    "Look at the lock in the KAS app; check {env}__FACTORY_NUMBER and {env}__API_KEY.",
)
NOT_ALLOWED = Row(
    NotAuthorised,
    "KAS did not accept the key of this account.",
    "Check {env}__API_KEY and whether the account's plan has ADVANCED.",
)


def check_command(answer: Answer, *, door: str) -> None:
    """Return if KAS took the command; otherwise raise what its answer means."""
    if answer.status == 200 and not _is_foreign(answer):
        # The cloud beneath KAS says 0 for yes, the 2021 pages repeat the HTTP status.
        if _ack(answer) in (None, 0, 200):
            return
        raise _unclear(f"kas ack {_ack(answer)}")
    if answer.status == 400:
        raise refusal(answer, door=door)
    fix = fill(NOT_ALLOWED.fix, door) if answer.status in (401, 403) else None
    raise _unclear(f"http {answer.status}", fix=fix)


def check_reading(answer: Answer, *, door: str) -> None:
    """The same for something that only asks."""
    if answer.status == 200:
        return
    if answer.status == 400:
        raise refusal(answer, door=door)
    code = f"http {answer.status}"
    if answer.status in (401, 403):
        raise NotAuthorised(NOT_ALLOWED.sentence, fix=fill(NOT_ALLOWED.fix, door), code=code)
    if answer.status in (500, 502, 503, 504):
        raise OutOfReach("KAS Cloud could not reach the lock's gateway or had a fault of its own.", code=code)
    raise UnexpectedReply("KAS Cloud answered something unreadable.", code=code)


def refusal(answer: Answer, *, door: str) -> LockError:
    said = answer.text().lower()
    row = next((row for text, row in REFUSALS.items() if text in said), UNKNOWN_REFUSAL)
    return row.kind(row.sentence, fix=fill(row.fix, door), code="http 400")


def fill(fix: str, door: str) -> str:
    """A fix with the door's own names in it."""
    return fix.replace("{env}", f"DOORS__{door.upper()}")


def _unclear(code: str, *, fix: str | None = None) -> OutcomeUnknown:
    if code in ("http 504", "kas ack 504"):
        sentence = "KAS Cloud did not hear from the lock's gateway in time, so nobody knows whether it acted."
    else:
        sentence = "KAS Cloud gave no clear answer, so nobody knows whether it acted."
    return OutcomeUnknown(sentence, fix=fix, code=code)


def _ack(answer: Answer) -> int | None:
    try:
        value = answer.json()
    except Unreadable:
        return None
    ack = value.get("ack") if isinstance(value, dict) else None
    return ack if isinstance(ack, int) else None


def _is_foreign(answer: Answer) -> bool:
    """A web page is a proxy or a portal speaking, not KAS."""
    return answer.body.lstrip()[:1] == b"<"
