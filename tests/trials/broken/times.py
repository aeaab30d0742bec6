"""Clocks and counters that are believed too much."""

from bot.clock import Clock
from bot.control.counters import TrustedCounters
from storage.counters import StoredCounters
from tests.trials.patching import replace


def local_clock() -> None:
    """Believes the host's own clock, as most programs do."""
    replace(Clock, "stamp", lambda self, date, *, sent, received: None)
    replace(Clock, "is_trusted", property(lambda self: True))


def date_believed() -> None:
    """Takes whatever Telegram's last `Date` says for the time."""
    original = Clock.stamp

    def stamp(self: Clock, date: float, *, sent: float, received: float) -> None:
        self._bounds = self._rival = self._witness = None
        original(self, date, sent=sent, received=received)

    replace(Clock, "stamp", stamp)
    replace(Clock, "message_date", lambda self, date, *, made_after, received: None)
    replace(Clock, "is_trusted", property(lambda self: True))


def time_trusted_at_once() -> None:
    """Signs with the host's clock until Telegram has told the time."""

    async def following(self: TrustedCounters, name: str, now: int) -> int:
        return await self._counters.next(name, now)

    replace(TrustedCounters, "next", following)


def counters_forgotten() -> None:
    last: dict[str, int] = {}

    async def following(self: StoredCounters, name: str, now: int) -> int:
        last[name] = max(now, last.get(name, 0) + 1)
        return last[name]

    replace(StoredCounters, "next", following)


def counters_of_the_clock() -> None:
    async def following(self: StoredCounters, name: str, now: int) -> int:
        return now

    replace(StoredCounters, "next", following)
