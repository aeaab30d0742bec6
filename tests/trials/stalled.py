"""What was seen of one stall, and what of it contradicts R10."""

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import bot.health
from bot.chat.telegram import connection, watchdog
from tests.trials.outages import OUTAGES, POLLS, SECOND_BOT_SECONDS, Outage
from tests.trials.patching import replace
from tests.trials.world import OWNER

NOTICE_SECONDS = 60.0
RECOVERY_SECONDS = 90.0
EARLY_SECONDS = 49.0
"""The bot may not call itself unwell sooner after a completed poll."""
CHANCE_SECONDS = 60.0
"""What polling must be given before the bot ends itself, from the last completed poll on."""
HEARTBEAT_SECONDS = 10.0
"""So old what the bot says of itself may be."""
LONGEST_PAUSE_SECONDS = 60.0
"""Longer than that the bot does not keep still, whatever Telegram asks for."""
CONFLICT_SECONDS = 90.0
"""The minute without a conflict, the poll after it, until the watchdog looks, and until the heartbeat says so."""
TOLD = {
    "another program asks for this bot's messages": "another bot",
    "gets its messages from Telegram again": "alone again",
}


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How long everything takes; `scale` is 1 for what is promised."""

    scale: float = 1.0
    recovery_seconds: float = RECOVERY_SECONDS
    look_seconds: float = 1.0
    slack_seconds: float = 0.5
    """On a busy machine between the answer to a poll and its note in the bot."""
    arrangements: tuple[Callable[[], None], ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def notice_seconds(self) -> float:
        return NOTICE_SECONDS * self.scale

    @property
    def stale_seconds(self) -> float:
        return float(self.settings.get("STALE_SECONDS", 30))

    @property
    def patience_seconds(self) -> float:
        """Silence is noticed after 20 s, polling has 45 more, the watchdog looks every 5 s, ending takes a while."""
        return self.scale * (20 + 5 + 45 + 5 + 5 + 25) + self.slack_seconds


AS_SHIPPED = Pace()
QUICK = 1 / 12


HURRIED = {
    bot.health: ("UNHEALTHY_SECONDS", "HEARTBEAT_SECONDS", "OLD_SECONDS"),
    watchdog: ("CHECK_SECONDS", "SILENT_SECONDS", "RECOVERY_SECONDS"),
    connection: ("STOP_SECONDS",),
}


HURRIED_CONFLICT_SECONDS = 6.0


def hurried() -> None:
    """Every wait of watchdog and heartbeat a twelfth of the shipped one; nowhere else than in `short`."""
    for module, names in HURRIED.items():
        for name in names:
            replace(module, name, getattr(module, name) * QUICK)
    replace(connection, "LONG_POLL", timedelta(seconds=1))
    # The second bot is not in a hurry: it polls again within 5 s.
    replace(watchdog, "SINGLE_CONFLICT_SECONDS", HURRIED_CONFLICT_SECONDS)
    replace(watchdog, "CONFLICTS_SECONDS", HURRIED_CONFLICT_SECONDS)


IN_A_HURRY = Pace(scale=QUICK, recovery_seconds=20.0, look_seconds=0.1, slack_seconds=2.0, arrangements=(hurried,))


@dataclass
class Stall:
    """Times are UTC seconds."""

    name: str
    seconds: float
    struck: float = 0.0
    calm: float | None = None
    asks: list[tuple[float, bool | None]] = field(default_factory=list)
    """When somebody asked whether the bot is well, and the answer; None: nobody answered."""
    codes: list[tuple[int, bool | None]] = field(default_factory=list)
    """Of `latchkey health`, with the answer before and after it."""
    starts: list[float] = field(default_factory=list)
    exits: list[tuple[float, int]] = field(default_factory=list)
    polls: list[float] = field(default_factory=list)
    kept_back: list[float] = field(default_factory=list)
    """Polls that were answered during the outage, which let no answer through."""
    conflicts: list[float] = field(default_factory=list)
    waits_until: float = 0.0
    """Telegram's own word about when it may be asked again."""
    impatient: list[float] = field(default_factory=list)
    """How long before that moment it was asked all the same."""
    told: set[str] = field(default_factory=set)
    moves: list[float] = field(default_factory=list)
    _params: dict[int, Mapping[str, Any]] = field(default_factory=dict, init=False, repr=False)
    """Of the calls that are not answered yet."""

    @property
    def outage(self) -> Outage:
        return OUTAGES[self.name]

    @property
    def ended(self) -> float:
        return max(self.calm or 0.0, self.waits_until)

    def read_telegram(self, record: Mapping[str, Any]) -> None:
        if record["kind"] == "request":
            self._params[record["n"]] = record["fields"]
        elif record["kind"] == "answer":
            self._read_answer(record, self._params.pop(record["request"], {}))

    def _read_answer(self, record: Mapping[str, Any], params: Mapping[str, Any]) -> None:
        if str(params.get("timeout")) == str(SECOND_BOT_SECONDS):
            return
        at, method, status = record["at"], record["path"], record["status"]
        if status != 200:
            if record["body"].startswith("{"):
                self._read_refusal(at, method, json.loads(record["body"]))
        elif method == POLLS and self._is_cut(at):
            self.kept_back.append(at)
        elif method == POLLS:
            self.polls.append(at)
            self._mind_pause(at)
        elif method == "sendMessage" and str(params.get("chat_id")) == str(OWNER):
            self.told |= {event for words, event in TOLD.items() if words in params["text"]}

    def _read_refusal(self, at: float, method: str, error: Mapping[str, Any]) -> None:
        if error["error_code"] == 409:
            self.conflicts.append(at)
        elif error["error_code"] == 429 and method in (POLLS, "getMe", "deleteWebhook"):
            self._mind_pause(at)
            pause = min(error["parameters"]["retry_after"], LONGEST_PAUSE_SECONDS)
            self.waits_until = max(self.waits_until, at + pause)

    def _mind_pause(self, at: float) -> None:
        if at < self.waits_until - 1:
            self.impatient.append(self.waits_until - at)

    def _is_cut(self, at: float) -> bool:
        return self.outage.cuts and bool(self.struck) and self.struck <= at and (self.calm is None or at < self.calm)

    def is_over(self, now: float, pace: Pace) -> bool:
        """Nothing more is to be expected."""
        alone = not self.outage.doors_shut or "alone again" in self.told
        cured = self.recovered_after() is not None and self.well_after() is not None and alone and now >= self.ended
        return cured or now > self.ended + 1.5 * pace.recovery_seconds

    def recovered_after(self) -> float | None:
        return self._after_end(self.moves)

    def well_after(self) -> float | None:
        return self._after_end([at for at, good in self.asks if good])

    def _after_end(self, times: list[float]) -> float | None:
        found = next((at for at in times if self.calm is not None and at >= self.calm), None)
        return None if found is None else max(0.0, found - self.ended)

    def silent_since(self, at: float) -> float:
        """The last completed poll before this moment, or the first answer to anybody since the last start."""
        return self._newest(at, [self._answering_from(start) for start in self.starts if start <= at])

    def heard_at_least_since(self, at: float) -> float:
        """As `silent_since`, but a bot may be there long before anybody asks it."""
        return self._newest(at, [start for start in self.starts if start <= at])

    def longest_silence(self, since: float, until: float) -> float:
        """The longest that no poll had been completed at any moment between these two."""
        heard = sorted(
            [*(poll for poll in self.polls if poll <= until), *(s for s in self.starts if s <= until), until]
        )
        return max((after - before for before, after in itertools.pairwise(heard) if after >= since), default=0.0)

    def _newest(self, at: float, starts: list[float]) -> float:
        return max([poll for poll in self.polls if poll <= at] + starts, default=at)

    def _answering_from(self, start: float) -> float:
        return next((at for at, good in self.asks if at >= start and good is not None), start)

    def noticed_after(self) -> float | None:
        """How long no poll was completed when the bot first said that it is not well."""
        if self.outage.doors_shut:
            return None
        first = next((at for at, good in self.asks if at > self.struck and good is False), None)
        return None if first is None else first - self.silent_since(first)

    def is_dangerous(self, pace: Pace) -> bool:
        if self.outage.doors_shut:
            return bool(self.conflicts)
        # Where no poll was completed any more the last ask is the end.
        gaps = itertools.pairwise([*self.polls, self.asks[-1][0]] if self.asks else self.polls)
        return self.outage.at_boot or any(after - before > pace.notice_seconds for before, after in gaps)


def wrongs(stall: Stall, pace: Pace) -> list[str]:
    rules = (_health, _codes, _exits, _recovery, _pause, _second_bot)
    return [f"{stall.name}, {stall.seconds:.0f} s: {what}" for rule in rules for what in rule(stall, pace)]


def _health(stall: Stall, pace: Pace) -> Iterator[str]:
    late = early = 0.0
    limit, slack = pace.notice_seconds, pace.slack_seconds
    for at, good in stall.asks:
        silent = at - stall.silent_since(at)
        longest = stall.longest_silence(at - HEARTBEAT_SECONDS * pace.scale - slack, at)
        known = max(stall.silent_since(at), _released(stall, at))
        if good and at - known > limit + slack:
            late = max(late, silent)
        if good is False and longest < EARLY_SECONDS * pace.scale - slack and not _is_in_conflict(stall, at, pace):
            early = early or longest
    if late:
        yield f"the bot said it was well {late:.1f} s after the last completed poll"
    if early:
        yield f"the bot said it was not well after {early:.1f} s without a completed poll"


def _released(stall: Stall, at: float) -> float:
    """When what was kept back may have reached the bot after all."""
    calm = stall.calm or 0.0
    return calm if stall.outage.releases and stall.kept_back and calm <= at else 0.0


def _is_in_conflict(stall: Stall, at: float, pace: Pace) -> bool:
    """For a minute after a conflict the bot has to say so, were the other poll a belated one of its own."""
    return any(0 <= at - conflict < CONFLICT_SECONDS * pace.scale + pace.slack_seconds for conflict in stall.conflicts)


def _codes(stall: Stall, pace: Pace) -> Iterator[str]:
    for code, good in stall.codes:
        if (code == 0) is not good:
            yield f"latchkey health ended with {code} while the bot said {good}"


def _exits(stall: Stall, pace: Pace) -> Iterator[str]:
    for at, code in stall.exits:
        silent = at - stall.heard_at_least_since(at)
        if not stall.outage.hangs:
            yield f"the bot ended itself with {code}, and had no reason"
        elif code == 0:
            yield "the bot ended itself, and whoever supervises it takes that for success"
        elif silent < CHANCE_SECONDS * pace.scale:
            yield f"the bot ended itself {silent:.1f} s after a completed poll or its start"
    silent = stall.ended - stall.silent_since(stall.ended)
    if stall.outage.hangs and not stall.exits and silent > pace.patience_seconds:
        yield f"polling hung for {silent:.0f} s while Telegram answered, and the bot went on"


def _recovery(stall: Stall, pace: Pace) -> Iterator[str]:
    for what, seconds in (("opened a door", stall.recovered_after()), ("was well", stall.well_after())):
        if seconds is None:
            yield f"the bot never {what} after it was over"
        elif seconds > pace.recovery_seconds + pace.slack_seconds:
            yield f"the bot {what} only {seconds:.1f} s after it was over"


def _pause(stall: Stall, pace: Pace) -> Iterator[str]:
    if stall.impatient:
        yield f"Telegram was asked again {max(stall.impatient):.0f} s before the end of the pause it had asked for"


def _second_bot(stall: Stall, pace: Pace) -> Iterator[str]:
    if not stall.outage.doors_shut or not stall.conflicts or stall.calm is None:
        return
    first = stall.conflicts[0]
    moved = [at for at in stall.moves if first + pace.slack_seconds < at < stall.calm]
    if moved:
        yield f"a door was opened {moved[0] - first:.1f} s after the first conflict"
    for event in {*TOLD.values()} - stall.told:
        yield f"the owners were not told of “{event}”"
