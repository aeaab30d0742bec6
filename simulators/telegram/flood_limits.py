"""Telegram's flood limits, as far as they are told."""

import math
from collections import defaultdict, deque

# Telegram's FAQ for bots: about one message a second in a chat, "short bursts" allowed, twenty a minute in a group. How
# long a burst may be is not told; three messages is a guess.
BURST = (3, 3.0)
GROUP = (20, 60.0)


class SimulatedFloodLimits:
    def __init__(self) -> None:
        self._sent: dict[int, deque[float]] = defaultdict(lambda: deque(maxlen=GROUP[0]))

    def seconds_to_wait(self, chat: int, now: float) -> int:
        """0 lets the message through and counts it."""
        sent = self._sent[chat]
        rules = (BURST, GROUP) if chat < 0 else (BURST,)
        wait = max(sent[-count] + seconds - now if len(sent) >= count else 0.0 for count, seconds in rules)
        if wait > 0:
            return math.ceil(wait)
        sent.append(now)
        return 0
