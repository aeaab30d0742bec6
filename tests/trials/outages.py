"""What can come between the bot and Telegram: every outage strikes a world, lasts a while, and is ended."""

import http.client
import json
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bot.chat.telegram.polling import PollingRequest
from tests.trials.life import Life
from tests.trials.patching import replace
from tests.trials.world import TOKEN, World

POLLS = "getUpdates"
EVERYTHING = ""
SECOND_BOT_SECONDS = 25


@dataclass(frozen=True, kw_only=True)
class Outage:
    """`strike` begins it, and may return what is to be ended with it besides the plans and troubles."""

    strike: Callable[[World, random.Random, float], Life | None]
    cuts: bool = False
    """From the strike on nothing comes through, whatever Telegram believes to have said."""
    releases: bool = False
    """What it kept back goes on when it is over."""
    hangs: bool = False
    """Telegram answers on a fresh connection and polling does not go on: a new process has to try."""
    at_boot: bool = False
    doors_shut: bool = False
    lasts: tuple[float, float] | None = None
    """Seconds, where they are not chosen freely."""


def weather(kind: str, match: str, seconds: float = 0.0) -> Callable[[World, random.Random, float], None]:
    """Done by the proxy, to open and to new connections."""

    def strike(here: World, generator: random.Random, lasts: float) -> None:
        here.plan(route="telegram", kind=kind, match=match, seconds=seconds, standing=True)

    return strike


def trouble(name: str, method: str) -> Callable[[World, random.Random, float], None]:
    """Done by Telegram itself, to every call that begins."""

    def strike(here: World, generator: random.Random, lasts: float) -> None:
        here.telegram.post("/control/faults", {"fault": name, "path": method, "times": None})

    return strike


def too_many(method: str) -> Callable[[World, random.Random, float], None]:
    def strike(here: World, generator: random.Random, lasts: float) -> None:
        refuse(here, method, retry_after=generator.randint(1, 30), times=None)

    return strike


def told_to_wait(here: World, generator: random.Random, lasts: float) -> None:
    """One answer to one poll, and it says how long not to ask again."""
    refuse(here, POLLS, retry_after=round(lasts), times=1)


def told_to_wait_for_ever(here: World, generator: random.Random, lasts: float) -> None:
    refuse(here, POLLS, retry_after=10**9, times=1)


def rejected(here: World, generator: random.Random, lasts: float) -> None:
    """One or two answers that the token is unknown, as Telegram gives for a good one now and then."""
    code, cause = generator.choice(((401, "Unauthorized"), (404, "Not Found")))
    fault = {"fault": "code", "path": POLLS, "code": code, "cause": cause, "times": generator.choice((1, 2))}
    here.telegram.post("/control/faults", fault)


def refuse(here: World, method: str, *, retry_after: int, times: int | None) -> None:
    words = f"Too Many Requests: retry after {retry_after}"
    fault = {"fault": "code", "path": method, "code": 429, "cause": words, "retry_after": retry_after, "times": times}
    here.telegram.post("/control/faults", fault)


def leak(here: World, generator: random.Random, lasts: float) -> None:
    leaking(here).touch()


def leaking(here: World) -> Path:
    return here.path / "leaking"


def may_leak(here: World) -> Callable[[], None]:
    """getUpdates has one connection; while that file is there every new client loses it, as by a leak in a library."""

    def arrange() -> None:
        begin, original = PollingRequest.__init__, PollingRequest.do_request
        lost: dict[httpx.AsyncClient, httpx.Response] = {}

        def init(self: PollingRequest, *args: Any, **options: Any) -> None:
            begin(self, *args, connection_pool_size=1, **options)

        async def request(self: PollingRequest, url: str, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
            client = self._client
            if leaking(here).exists() and client not in lost:
                asked = client.build_request("GET", url.replace(POLLS, "getMe"))
                lost[client] = await client.send(asked, stream=True)
            return await original(self, url, *args, **kwargs)

        replace(PollingRequest, "__init__", init)
        replace(PollingRequest, "do_request", request)

    return arrange


def second_bot(here: World, generator: random.Random, lasts: float) -> Life:
    """Polls with the same token, in a process of its own, and begins again soon after every conflict."""
    seed = generator.random()
    pid = os.fork()
    if pid:
        return Life(pid)
    try:
        _poll_for_ever(here.telegram.address, random.Random(seed))
    finally:
        os._exit(1)


def _poll_for_ever(address: str, generator: random.Random) -> None:
    # It confirms nothing, so that every update still reaches the bot.
    body = json.dumps({"timeout": SECOND_BOT_SECONDS})
    while True:
        with suppress(OSError, http.client.HTTPException):
            line = http.client.HTTPConnection(address, timeout=SECOND_BOT_SECONDS + 5)
            line.request("POST", f"/bot{TOKEN}/{POLLS}", body, {"Content-Type": "application/json"})
            line.getresponse().read()
            line.close()
        time.sleep(generator.uniform(0.5, 5))


def end(here: World, other: Life | None) -> None:
    here.calm()
    here.telegram.delete("/control/faults")
    leaking(here).unlink(missing_ok=True)
    if other is not None:
        other.kill()


OUTAGES: dict[str, Outage] = {
    "polls in a black hole": Outage(strike=weather("drop", POLLS), cuts=True, hangs=True),
    "polls held up": Outage(strike=weather("hold", POLLS), cuts=True, releases=True, hangs=True),
    "polls reset": Outage(strike=weather("reset", POLLS), cuts=True, hangs=True),
    "polls trickle": Outage(strike=weather("trickle", POLLS, 3.0), cuts=True, releases=True, hangs=True),
    "polls hang in Telegram": Outage(strike=trouble("silent", POLLS), hangs=True),
    "polls get 502": Outage(strike=trouble("http_502", POLLS)),
    "polls get 429": Outage(strike=too_many(POLLS)),
    "told to wait": Outage(strike=told_to_wait, lasts=(61, 120)),
    "told to wait for ever": Outage(strike=told_to_wait_for_ever, lasts=(10, 60)),
    "rejected": Outage(strike=rejected, lasts=(61, 100)),
    "pool exhausted": Outage(strike=leak, hangs=True),
    "network gone": Outage(strike=weather("drop", EVERYTHING), cuts=True),
    "network held up": Outage(strike=weather("hold", EVERYTHING), cuts=True, releases=True),
    "network resets": Outage(strike=weather("reset", EVERYTHING), cuts=True),
    "network trickles": Outage(strike=weather("trickle", EVERYTHING, 3.0), cuts=True, releases=True),
    "Telegram down": Outage(strike=trouble("http_502", "*")),
    "429 to everything": Outage(strike=too_many("*")),
    "second bot": Outage(strike=second_bot, doors_shut=True),
    "no network at boot": Outage(strike=weather("drop", EVERYTHING), at_boot=True, cuts=True),
    "network held up at boot": Outage(strike=weather("hold", EVERYTHING), at_boot=True, cuts=True, releases=True),
    "refused at boot": Outage(strike=weather("reset", EVERYTHING), at_boot=True, cuts=True),
    "Telegram down at boot": Outage(strike=trouble("http_502", "*"), at_boot=True),
    "429 at boot": Outage(strike=too_many("*"), at_boot=True),
    "polls in a black hole at boot": Outage(strike=weather("drop", POLLS), at_boot=True, cuts=True, hangs=True),
}


@dataclass
class Tail:
    """What a ledger has got since the last look."""

    path: Path
    _place: int = field(default=0)

    def skip(self) -> None:
        """Leave out what is there already."""
        self._place = self.path.stat().st_size if self.path.exists() else 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        with self.path.open("rb") as file:
            file.seek(self._place)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self._place += len(line)
                yield json.loads(line)
