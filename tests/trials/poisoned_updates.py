"""R14: true updates with parts torn out, swapped for other types, or blown up; buttons with forged data."""

import json
import random
import string
from collections import Counter
from copy import deepcopy
from typing import Any

from tests.trials.inside import Inside, inside
from tests.trials.junk import BATCH, HUGE, JUNK, Uncaught, answers
from tests.trials.results import Result
from tests.trials.strangers import Crowd, Locks, furnish


class Poisoner:
    """Takes true updates and spoils them."""

    def __init__(self, generator: random.Random) -> None:
        self._generator = generator
        self._crowd = Crowd(generator)
        self.kinds: Counter[str] = Counter()

    def update(self) -> bytes:
        update = json.loads(self._crowd.update([]))
        self._crowd.made.clear()
        how = self._generator.choice(
            (self._tear, self._swap, self._swap, self._add, self._names, self._data, self._whole)
        )
        self.kinds[how.__name__.strip("_")] += 1
        for _ in range(self._generator.randrange(1, 4)):
            how(update)
        return json.dumps(update).encode()

    def next_number(self) -> int:
        return int(json.loads(self._crowd.update([]))["update_id"])

    def huge(self) -> bytes:
        update = json.loads(self._crowd.update([]))
        update["message"] = {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "text": HUGE}
        return json.dumps(update).encode()

    def _junk(self) -> Any:
        return deepcopy(self._generator.choice(JUNK))

    def _somewhere(self, value: Any) -> tuple[Any, Any] | None:
        """A random place inside: its container and key."""
        places = []
        stack = [value]
        while stack:
            container = stack.pop()
            keys = list(container) if isinstance(container, dict) else range(len(container))
            for key in keys:
                if key != "update_id":
                    places.append((container, key))
                    if isinstance(container[key], (dict, list)):
                        stack.append(container[key])
        return self._generator.choice(places) if places else None

    def _tear(self, update: dict[str, Any]) -> None:
        if place := self._somewhere(update):
            del place[0][place[1]]

    def _swap(self, update: dict[str, Any]) -> None:
        if place := self._somewhere(update):
            place[0][place[1]] = self._junk()

    def _add(self, update: dict[str, Any]) -> None:
        key = self._generator.choice(
            ("message", "callback_query", "my_chat_member", "poll", "unheard_of", "edited_message")
        )
        update[key] = self._junk()

    def _names(self, update: dict[str, Any]) -> None:
        for part in update.values():
            if isinstance(part, dict) and isinstance(part.get("from"), dict):
                part["from"]["first_name"] = self._junk()
                part["from"]["last_name"] = "\u202e\u0000\n<b>&" * 3

    def _data(self, update: dict[str, Any]) -> None:
        if isinstance(update.get("callback_query"), dict):
            signs = string.printable + "\u202e💥"
            text = "".join(self._generator.choice(signs) for _ in range(self._generator.randrange(80)))
            update["callback_query"]["data"] = self._generator.choice(("do:", "ok:", "do:open:", "")) + text

    def _whole(self, update: dict[str, Any]) -> None:
        for key in [key for key in update if key != "update_id"]:
            update[key] = self._junk()


async def feed(bot: Inside, poisoner: Poisoner, trials: int, locks: Locks) -> list[str]:
    """What went wrong; the first thing ends it, because the rest would only wait."""
    uncaught = Uncaught()
    for begun in range(0, trials, BATCH):
        batch = [poisoner.update() for _ in range(min(BATCH, trials - begun))]
        if begun == 0:
            batch.append(poisoner.huge())
        if not await bot.digest(batch):
            return [f"batch {begun}: the bot came to no rest"]
        if not await answers(bot, poisoner.next_number()):
            return [f"batch {begun}: an owner was not answered"]
    started = bot.look("SELECT count(*) FROM commands WHERE outcome IS NOT 'denied'")[0][0]
    if locks.acted > started:
        return [f"{locks.acted} requests acted, and {started} commands were let through"]
    return uncaught.found


async def updates(trials: int, seed: int) -> Result:
    generator = random.Random(seed)
    poisoner, locks = Poisoner(generator), Locks()
    violations: list[str] = []
    try:
        async with inside(locks, furnish) as bot:
            violations += await feed(bot, poisoner, trials, locks)
    except Exception as error:  # noqa: BLE001 - whatever ended the bot
        violations.append(f"the bot ended: {error!r}")
    return Result(
        harness="poison updates", promises=("R14",), trials=trials, dangerous=trials, violations=violations, seed=seed,
        kinds=dict(poisoner.kinds),
    )  # fmt: skip
