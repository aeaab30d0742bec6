"""What KAS Cloud may answer, and what each answer means.

By its page only the HTTP status counts ("we do not provide success or fail acknowledgment parameters"); newer calls
also send `{"ack": 0, "message": …}`, and 504 comes as `{"ack": 504, …}` when the gateway took no instruction in time.
"""

from collections.abc import Mapping

from bot.drivers.errors import LockError, NotAuthorised, OutcomeUnknown, OutOfReach, Refused, UnexpectedReply
from bot.drivers.http import HttpReply, Unreadable, is_number
from bot.drivers.kas.messages import CLOUD
from bot.drivers.messages import door_parameters

REFUSALS: Mapping[str, tuple[type[LockError], str]] = {
    "not the admin": (NotAuthorised, "kas.400.not_admin"),
    "invalid token": (NotAuthorised, "kas.400.token"),
    "not found": (Refused, "kas.400.lock"),
}
"""The texts of a 400 and what they mean."""
UNKNOWN_REFUSAL = (Refused, "kas.400")


def check_command(answer: HttpReply, *, door: str) -> None:
    """Return if KAS took the command; otherwise raise what its answer means."""
    if answer.status == 200:
        _check_body(answer)
        return
    if answer.status == 400:
        raise refusal(answer, door=door)
    if answer.status in (401, 403):
        raise OutcomeUnknown("kas.not_allowed", status=answer.status, **door_parameters(door))
    raise _unclear("status", answer.status)


def _check_body(answer: HttpReply) -> None:
    """A 200 is a yes unless its body says otherwise. A web page comes from a proxy or a portal, not from KAS."""
    text = answer.text().lower()
    if text.startswith("<") or any(refused in text for refused in REFUSALS):
        raise _unclear("status", 200)
    if not text.startswith(("{", "[")):
        return
    try:
        value = answer.json()
    except Unreadable:
        value = None
    if not isinstance(value, dict) or value.get("error"):
        raise _unclear("status", 200)
    # The cloud beneath KAS says 0 for yes, the 2021 pages repeat the HTTP status.
    ack = value.get("ack", 0)
    if not is_number(ack, 0, 200):
        raise _unclear("ack", ack if type(ack) is int else -1)


def check_query(answer: HttpReply, *, door: str) -> None:
    """The same for something that only asks."""
    if answer.status == 200:
        return
    if answer.status == 400:
        raise refusal(answer, door=door)
    if answer.status in (401, 403):
        raise NotAuthorised("kas.not_allowed", status=answer.status, **door_parameters(door))
    if answer.status in (500, 502, 503, 504):
        raise OutOfReach("kas.trouble", status=answer.status)
    raise UnexpectedReply(f"{CLOUD}.unreadable", status=answer.status)


def refusal(answer: HttpReply, *, door: str) -> LockError:
    said = answer.text().lower()
    kind, code = next((row for text, row in REFUSALS.items() if text in said), UNKNOWN_REFUSAL)
    return kind(code, **door_parameters(door))


def _unclear(what: str, number: int) -> OutcomeUnknown:
    """`number` is the HTTP status, or the `ack` of a body."""
    return OutcomeUnknown("kas.504" if number == 504 else "kas.unclear", **{what: number})
