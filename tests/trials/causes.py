"""What belongs together in a history: a move and its request, a text and the update it answers, a yes and its bytes."""

import json
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator

from tests.trials.history import History, Move, Request, Said, Update
from tests.trials.world import GARAGE

NEIGHBOURS = 3
"""How many requests can be under way to a lock without timestamps, of which one passes another."""
RECOVERED = re.compile(r"the bot was stopped while ([\w ]+) for (\S+) \((\d\d:\d\d:\d\d)")


def is_yes(request: Request) -> bool:
    """A whole answer that confirms."""
    if not request.whole or request.status != 200 or request.door == GARAGE:
        return False
    fields = _json(request.body)
    return fields.get("status") in ("ok", "0") and fields.get("code") in (0, "ok", None)


def is_refusal(request: Request) -> bool:
    """A whole answer that says nothing moved."""
    if not request.whole:
        return False
    if request.door == GARAGE:
        return request.status == 400
    return _json(request.body).get("code") in (32, 33, 34, 35, 36, 38, 400, 500)


def _json(text: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def caused(history: History) -> Iterator[tuple[Move, Request | None]]:
    """Each move with the request that the proxy saw for it: the same timestamp, or the last before it.

    Without timestamps a request that was held can pass one that came later: the last that has moved nothing yet.
    """
    by_stamp = {request.ts: request for request in history.requests if request.ts is not None}
    unsigned = sorted((r for r in history.requests if r.door == GARAGE), key=_passed_at)
    used: set[int] = set()
    for move in history.moves:
        if move.ts is not None:
            yield move, by_stamp.get(move.ts)
            continue
        before = [request for request in unsigned if _passed_at(request) <= move.asked_at]
        unused = [request for request in before[-NEIGHBOURS:] if request.n not in used]
        cause = next(reversed(unused or before), None)
        if cause is not None:
            used.add(cause.n)
        yield move, cause


def _passed_at(request: Request) -> float:
    return request.released_at or request.at


def answers(history: History) -> Iterator[tuple[Update, Said]]:
    """Each text with the update it answers: the message it quotes, or the last in that chat before it.

    A press takes over the message with its button if that was its own menu or question. In groups every answer to a
    message quotes it; what does not is a notice, or answers a press, and counts for nothing.
    """
    by_chat: dict[int, list[Update]] = defaultdict(list)
    by_message: dict[tuple[int, int], Update] = {}
    taken_over: dict[tuple[int, int], list[Update]] = defaultdict(list)
    for update in history.updates.values():
        by_chat[update.chat].append(update)
        if update.date is not None:
            by_message[update.chat, update.message] = update
        elif _takes_over(update):
            taken_over[update.chat, update.message].append(update)
    first: dict[tuple[int, int], Said] = {}
    for said in history.said:
        # An edit still answers what its message answered first.
        origin = first.setdefault((said.chat, said.message), said)
        presses = [press for press in taken_over[said.chat, said.message] if press.at <= said.at]
        if presses:
            yield presses[-1], said
        elif origin.answers is not None and (origin.chat, origin.answers) in by_message:
            yield by_message[origin.chat, origin.answers], said
        elif said.chat not in history.groups and not RECOVERED.search(said.text):
            asked = by_chat[said.chat]
            place = bisect_right([update.at for update in asked], origin.at)
            if place:
                yield asked[place - 1], said


def _takes_over(press: Update) -> bool:
    """Whether the answer replaces the message with the button: a confirmation, or a menu in one's own chat."""
    kind, *rest = press.text.split(":")
    return kind == "ok" or (kind == "do" and len(rest) == 4 and rest[2] == "m" and press.chat == press.person)
