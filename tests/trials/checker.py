"""The history checker: every rule reads one history and yields what contradicts a promise."""

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.trials.causes import RECOVERED, answers, caused, is_refusal, is_yes
from tests.trials.history import Entry, History, Request, Update
from tests.trials.rights import Grants
from tests.trials.world import CANARIES

TRANSIT_SECONDS = 0.5
"""Between the bot's last look at the deadline and the byte's arrival, on a busy machine."""
RECOVERY_SECONDS = 60.0

OPENED = re.compile(r"\b(opened|closed) · \d")
ACCEPTED = re.compile(r"accepted, not confirmed · \d+\.\d s")
NOTHING = re.compile(r"nothing was sent|nothing happened|nothing was (opened|closed)(?! a second time)")
CODE_SHOWN = re.compile(r"^Asked for: ", re.MULTILINE)
ASKS = ("/open", "/close", "do:open:", "do:close:", "ok:")


@dataclass(frozen=True)
class Violation:
    rule: str
    what: str


Rule = Callable[[History], Iterator[str]]


def check(history: History) -> list[Violation]:
    return [Violation(rule.__name__, what) for rule in RULES for what in rule(history)]


def at_most_one_actuation(history: History) -> Iterator[str]:
    """R4: no update moves a door twice, and no door moves without one."""
    moved: Counter[str] = Counter()
    for move, request in caused(history):
        if request is None:
            yield f"{move.door} moved at {move.at:.3f} and nobody saw a request"
        elif request.command is not None:
            moved[request.command["update_key"]] += 1
    for update, count in moved.items():
        if count > 1:
            yield f"update {update} moved a door {count} times"


def at_most_one_request(history: History) -> Iterator[str]:
    """R4: a second request for the same command only after a clear no to the first."""
    sent: dict[str, list[Request]] = defaultdict(list)
    for request in history.requests:
        if request.command is not None:
            sent[request.command["update_key"]].append(request)
    for update, requests in sent.items():
        for earlier in requests[:-1]:
            if not is_refusal(earlier):
                yield f"update {update}: {len(requests)} requests, and the answer to number {earlier.n} was no clear no"


def recorded_first(history: History) -> Iterator[str]:
    """R5: when the first byte of an acting request arrives, its command is on disk and has no outcome."""
    for request in history.requests:
        if request.command is None:
            yield f"request {request.n} to {request.action} {request.door} came without a record"
        elif request.command["update_key"] not in map(str, history.updates):
            yield f"the record of request {request.n} names an update that nobody made"


def fresh(history: History) -> Iterator[str]:
    """R3: nothing older than S is acted on."""
    for request in history.requests:
        update = _update_of(history, request)
        if update is None:
            continue
        age = request.at - (update.at if update.date is None else update.date)
        if age > history.stale_seconds + TRANSIT_SECONDS:
            yield f"update {update.id} was {age:.1f} s old when its request left"


def permitted(history: History) -> Iterator[str]:
    """R1: the right was there when the command was recorded, in the order of the journal."""
    grants = Grants()
    for entry in history.journal:
        grants.take(entry)
        if entry.kind == "started" and not _may(history, grants, entry):
            yield f"command {entry.command}: {entry.person} had no right to {entry.action} {entry.door}"


def codes_within_rights(history: History) -> Iterator[str]:
    """R17: no code ends after the right it was made by, and the owners know of each that somebody else made."""
    grants = Grants()
    ends: dict[int, float | None] = {}
    for entry in history.journal:
        grants.take(entry)
        if entry.kind == "started" and entry.action == "pin" and entry.person not in history.owners:
            lives = [until for actions, until in grants.of(entry.person, entry.door) if "pin" in actions]
            ends[entry.command or 0] = None if None in lives else max(filter(None, lives), default=0.0)
    made = {entry.command: entry for entry in history.journal if _is_code(entry)}
    if len(made) != len(history.codes):
        yield f"{len(made)} codes were made, and {len(history.codes)} are on the list"
    for (command, entry), code in zip(sorted(made.items()), history.codes, strict=False):
        end = ends.get(command or 0)
        if end is not None and (code.until is None or code.until > end):
            yield f"the code of command {command} outlives its right"
        for owner in history.owners - {entry.person}:
            if not any(said.chat == owner and _tells_of(said.text, entry) for said in history.said):
                yield f"owner {owner} was not told of the code of command {command}"


def _tells_of(text: str, entry: Entry) -> bool:
    # The journal's time is a moment later than the notice's, which may be the next second.
    return "code made by" in text and any(_clock_time(entry.at - later) in text for later in (0, 1))


def _is_code(entry: Entry) -> bool:
    return entry.kind == "outcome" and entry.action == "pin" and entry.detail.get("result") == "confirmed"


def asked_by_its_caller(history: History) -> Iterator[str]:
    """R1: the command's person is the one who made the update."""
    for command in history.commands:
        update = history.updates.get(_number(command.update_key))
        if update is not None and update.person != command.person:
            yield f"command {command.id} is of {command.person}, its update of {update.person}"


def truthful(history: History) -> Iterator[str]:
    """R7: "opened" only after a whole yes, "nothing happened" only if nothing did."""
    requests: dict[str, list[Request]] = defaultdict(list)
    moved: set[str] = set()
    for request in history.requests:
        if request.command is not None:
            requests[request.command["update_key"]].append(request)
    for _, cause in caused(history):
        if cause is not None and cause.command is not None:
            moved.add(cause.command["update_key"])
    # The home screen says what doors look like, not what came of a command.
    for update, said in ((one, said) for one, said in answers(history) if not said.text.startswith("👋")):
        key = str(update.id)
        if OPENED.search(said.text) and not any(is_yes(r) for r in requests[key]):
            yield f"update {key}: “{said.text}” without a confirmation"
        if ACCEPTED.search(said.text) and not any(r.whole and r.status == 200 for r in requests[key]):
            yield f"update {key}: “{said.text}” without an acceptance"
        if CODE_SHOWN.search(said.text) and not any(
            r.action == "pin" and r.whole and r.status == 200 for r in requests[key]
        ):
            yield f"update {key}: a code without an answer that holds one"
        if NOTHING.search(said.text) and key in moved:
            yield f"update {key}: “{said.text}” though the door moved"


def finished(history: History) -> Iterator[str]:
    """R6: nothing is left without an outcome 60 s after a restart."""
    for command in history.commands:
        if command.outcome is None:
            yield f"command {command.id} has no outcome"
    began = {command.id: command.started_at for command in history.commands}
    for entry in history.journal:
        if _is_recovery(entry):
            for start, end in _lives(history):
                known = began.get(entry.command or 0, entry.at) < start
                if known and min(entry.at, end) - start > RECOVERY_SECONDS:
                    yield f"command {entry.command} had no outcome for {min(entry.at, end) - start:.0f} s of a life"


def announced(history: History) -> Iterator[str]:
    """R6: the caller, every owner and every group that is told of the doors hear of each command that was cut off."""
    commands = {command.id: command for command in history.commands}
    due: Counter[tuple[int, str, str]] = Counter()
    for entry in history.journal:
        command = commands.get(entry.command or 0)
        if _is_recovery(entry) and command is not None:
            for chat in {command.chat, *history.owners, *history.groups}:
                due[chat, command.name, _clock_time(command.started_at)] += 1
    told = Counter((s.chat, found[2], found[3]) for s in history.said if (found := RECOVERED.search(s.text)))
    for (chat, name, time), count in due.items():
        if told[chat, name, time] < count:
            yield f"chat {chat} was told {told[chat, name, time]} times of {count} cut off commands of {name} at {time}"


def timestamps_grow(history: History) -> Iterator[str]:
    """R8: the gateway never sees a timestamp that is not above all before it."""
    highest = -1
    for stamp in history.timestamps:
        if stamp <= highest:
            yield f"timestamp {stamp} after {highest}"
        highest = max(highest, stamp)


def chain_holds(history: History) -> Iterator[str]:
    """R13: every journal entry is hashed with the one before it, without a gap."""
    previous = "0" * 64
    for number, entry in enumerate(history.journal, 1):
        if entry.seq != number:
            yield f"journal entry {number} is missing"
            return
        if hashlib.sha256(json.dumps([previous, *entry.row]).encode()).hexdigest() != entry.hash:
            yield f"journal entry {entry.seq} does not fit its hash"
            return
        previous = entry.hash


def journal_agrees(history: History) -> Iterator[str]:
    """R5: every command that was let through is in the journal once as started and once with its outcome."""
    kinds = Counter((entry.command, entry.kind) for entry in history.journal)
    for command in history.commands:
        if command.outcome == "denied":
            if kinds[command.id, "denied"] != 1:
                yield f"command {command.id} was denied and the journal says so {kinds[command.id, 'denied']} times"
        elif kinds[command.id, "started"] != 1 or kinds[command.id, "outcome"] > 1:
            yield f"command {command.id} is in the journal {kinds[command.id, 'started']} times"


def disposed(history: History) -> Iterator[str]:
    """Every ask for a door that Telegram was told to forget is on record or was answered, wherever the bot died."""
    recorded = {command.update_key for command in history.commands}
    recorded |= {str(entry.detail["update"]) for entry in history.journal if "update" in entry.detail}
    # "Opening …" alone is no answer.
    answered = {update.id for update, said in answers(history) if not said.text.startswith("⏳")}
    answered |= {update.id for update in history.updates.values() if history.alerts.get(update.query or "")}
    for number in sorted(history.forgotten & history.updates.keys()):
        asks = history.updates[number].text.startswith(ASKS)
        if asks and str(number) not in recorded and number not in answered:
            yield f"update {number} was delivered, and nothing was made of it"


def redelivered(history: History) -> int:
    """How many updates came again after a death that left them on record."""
    count = 0
    for command in history.commands:
        death = next((at for at, newest in history.deaths if newest >= command.id), None)
        times = history.delivered.get(_number(command.update_key), [])
        count += death is not None and bool(times) and times[0] <= death and any(at > death for at in times)
    return count


def no_secret(history: History) -> Iterator[str]:
    """R12: no canary stands in the log, the chats or the database."""
    for name, text in history.texts.items():
        for canary in CANARIES:
            if canary in text:
                yield f"a secret stands in {name}"


RULES: tuple[Rule, ...] = (
    at_most_one_actuation,
    at_most_one_request,
    recorded_first,
    fresh,
    permitted,
    codes_within_rights,
    asked_by_its_caller,
    truthful,
    finished,
    announced,
    timestamps_grow,
    chain_holds,
    journal_agrees,
    disposed,
    no_secret,
)


def _lives(history: History) -> Iterator[tuple[float, float]]:
    ends = [at for at, _ in history.deaths]
    for start in history.starts:
        yield start, next((end for end in ends if end > start), float("inf"))


def _may(history: History, grants: Grants, entry: Entry) -> bool:
    if entry.person in history.owners:
        return True
    needed = "pin" if entry.action == "revoke" else entry.action
    rights = grants.of(entry.person, entry.door)
    return any(needed in actions and (until is None or entry.at <= until) for actions, until in rights)


def _update_of(history: History, request: Request) -> Update | None:
    return history.updates.get(_number(request.command["update_key"])) if request.command else None


def _number(update_key: str) -> int:
    return int(update_key) if update_key.isdigit() else -1


def _is_recovery(entry: Entry) -> bool:
    return entry.kind == "outcome" and entry.detail.get("problem") == "interrupted"


def _clock_time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")
