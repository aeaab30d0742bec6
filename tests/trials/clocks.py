"""R3, R8: the host's clock is wrong by seconds to ten years and stepped meanwhile, also before Telegram told the time.

Young commands must be carried out all the same, late ones must not, and timestamps must go on growing and not run away.
It is Python's clock that is wrong here: `time.time` of the forked bot, not the kernel's, nor what SQLite and TLS read.
A few whole bots run under libfaketime besides, which is wrong for all of the process. A trial is one ask. Dangerous is
one that a bot which believed the host would judge otherwise, or sign with a timestamp that is no news.
"""

import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

from bot.clock import Clock, boot_time
from tests.trials import broken, libfaketime, patching
from tests.trials.backlog import unanswered
from tests.trials.checker import check
from tests.trials.history import History, read_history, records
from tests.trials.kills import born, end, furnish, note_death, wait_for, waiting
from tests.trials.life import Life
from tests.trials.results import Result
from tests.trials.world import FRONT, GARAGE, GROUP, World, world

STALE_SECONDS = 30.0
STEPS = (1, 5, 60, 3600, 86_400, 31_536_000, 315_360_000)
LONGEST_LIFE = 3.0
BATCH = 250
WHOLE_LIVES = 14
TITLES = {FRONT: "Front", GARAGE: "Garage"}
SETTLING_SECONDS = 5.0
CUT_OFF_SECONDS = 3.0
BELIEVERS = {
    "local clock": ("R3",),
    "skip freshness": ("R3",),
    "counters of the clock": ("R8",),
    "time trusted at once": ("R8",),
}


class Host(Protocol):
    @property
    def off(self) -> int:
        """By how many seconds its clock is wrong now."""


class HostClock:
    """Off by so many seconds from the birth of the bot on, and by others later."""

    def __init__(self, generator: random.Random) -> None:
        moments = [0.0, *sorted(generator.uniform(0, LONGEST_LIFE) for _ in range(generator.randrange(4)))]
        self._steps = [(moment, any_step(generator)) for moment in moments]
        self._begun = time.monotonic()
        self._true = time.time

    @property
    def off(self) -> int:
        passed = time.monotonic() - self._begun
        return [by for moment, by in self._steps if moment <= passed][-1]

    def arrange(self) -> None:
        def wall() -> float:
            return self._true() + self.off

        patching.replace(time, "time", wall)
        patching.replace(Clock.__init__, "__defaults__", (boot_time, wall))


@dataclass
class Lives:
    """One bot after the other in one world; `young` must be carried out, `late` refused."""

    here: World
    generator: random.Random
    build: tuple[broken.Build, ...]
    tally: Counter[str] = field(default_factory=Counter)
    dangerous: int = 0
    young: list[int] = field(default_factory=list)
    late: list[int] = field(default_factory=list)
    menu_of: int | None = None
    """Somebody under whose menu the buttons are still there."""
    cut_off: int | None = None
    """The update over which the last life was killed."""

    @property
    def asked(self) -> int:
        return sum(self.tally[kind] for kind in ("message", "press", "press asked back", "late", "cut off"))

    def live(self) -> None:
        """What waited, the birth under a wrong clock, some asks, and a death."""
        host = HostClock(self.generator)
        for _ in range(self.generator.randrange(3)):
            self._say_late(host)
        asked_back = self._press_meanwhile()
        is_away = self.generator.random() < 0.3
        if is_away:
            self.here.plan(route="telegram", kind="refuse", times=10_000)
        life = born(self.here, host.arrange, *self.build)
        if is_away:
            self._come_back()
        self.open_menu()
        if asked_back:
            self._confirm(host, asked_back)
        for _ in range(self.generator.randrange(1, 5)):
            self.ask_for_a_door(host)
        self._die(life, host)

    def _come_back(self) -> None:
        """Telegram, once the gateway was asked with nothing but the host's clock to go by."""
        self.tally["without Telegram at first"] += 1
        signed = number_signed(self.here)
        wait_for(lambda: number_signed(self.here) > signed, seconds=SETTLING_SECONDS)
        self.here.calm()

    def open_menu(self) -> None:
        self.menu_of, since = self.here.next_person(), self.here.news()
        self.here.say(self.menu_of, "/open")
        self.here.wait_for_text(self.menu_of, lambda text: "which door" in text, since=since, seconds=20)
        # What was cut off comes again and may hold its door for a moment, unless it got lost.
        if self.cut_off:
            cut_off = self.cut_off
            wait_for(lambda: has_outcome(self.here, cut_off), seconds=3)
        self.cut_off = None
        wait_for(lambda: not waiting(self.here, "commands WHERE outcome IS NULL"), seconds=10)

    def ask_for_a_door(self, host: Host) -> None:
        time.sleep(self.generator.uniform(0, 0.3))
        kind = self.generator.choice(("message", "message", "press"))
        if kind == "press" and self.menu_of is not None:
            person, self.menu_of = self.menu_of, None
            self._press(host, person, self._door())
        else:
            self._expect("message", host, self.here.say(self.here.next_person(), f"/open {self._door()}"))

    def _press(self, host: Host, person: int, door: str) -> None:
        """Whoever opened the same door a moment ago is asked whether they mean it."""
        update, label = self.here.press(person, TITLES[door]), f"Open {TITLES[door]}"
        wait_for(lambda: has_outcome(self.here, update) or bool(asks_back(self.here, person, label)), seconds=10)
        if question := asks_back(self.here, person, label):
            update = self.here.press(person, label, message_id=question)
        self._expect("press", host, update)

    def _say_late(self, host: Host) -> None:
        seconds = self.generator.choice((self.generator.uniform(31, 120), self.generator.uniform(60, 86_000)))
        text = f"/open {self._door()}"
        # In the group, where every answer quotes what it answers.
        self.late.append(self.here.say(self.here.next_person(), text, chat=GROUP, age_seconds=seconds))
        self.tally["late"] += 1
        self.dangerous += host.off < -STALE_SECONDS

    def _press_meanwhile(self) -> int | None:
        """While the bot is away, so that nothing proves how old the press is; who pressed."""
        if self.menu_of is None or self.cut_off or self.generator.random() < 0.5:
            return None
        person, self.menu_of = self.menu_of, None
        self.here.press(person, TITLES[FRONT])
        return person

    def _confirm(self, host: Host, person: int) -> None:
        label = f"Open {TITLES[FRONT]}"
        if wait_for(lambda: bool(asks_back(self.here, person, label)), seconds=10):
            question = asks_back(self.here, person, label)
            self._expect("press asked back", host, self.here.press(person, label, message_id=question))
        else:
            self.tally["press not asked back"] += 1

    def _expect(self, kind: str, host: Host, update: int) -> None:
        """A young command, and nothing else before it has its outcome: two at once would be in each other's way."""
        self.young.append(update)
        self.tally[kind] += 1
        self.dangerous += abs(host.off) > STALE_SECONDS
        wait_for(lambda: has_outcome(self.here, update), seconds=10)

    def _die(self, life: Life, host: Host) -> None:
        if self.generator.random() < 0.5:
            end(self.here, life)
            return
        self.cut_off = self.here.say(self.here.next_person(), f"/open {self._door()}")
        self.tally["cut off"] += 1
        self.dangerous += abs(host.off) > STALE_SECONDS
        time.sleep(self.generator.uniform(0, 0.3))
        life.kill()
        note_death(self.here)

    def _door(self) -> str:
        return self.generator.choice((FRONT, GARAGE))


def run(trials: int, seed: int, *, control: str | None = None) -> Result:
    build = (broken.BROKEN[control],) if control else ()
    with world() as here:
        furnish(here)
        first_life(here)
        lives = Lives(here, random.Random(seed), build)
        while lives.asked < trials:
            lives.live()
        end_well(here, build)
        return replace(result(lives, control), seed=seed)


def first_life(here: World) -> None:
    """With a right clock. A house that never asked its gateway waits a minute before it believes a wrong one's time."""
    life = born(here)
    update = here.say(here.next_person(), f"/open {FRONT}")
    wait_for(lambda: has_outcome(here, update), seconds=20)
    end(here, life)


def run_whole(count: int, seed: int, *, control: str | None = None) -> Result:
    """The whole bot, not a forked one, and all of its process is wrong about the time."""
    name = "clocks of whole bots"
    if libfaketime.library() is None:
        note = "NOT TRIED: libfaketime is not installed (apt-get install libfaketime)"
        return Result(harness=name, promises=("R3", "R8"), trials=0, dangerous=0, seed=seed, note=note)
    generator = random.Random(seed)
    with world() as here:
        furnish(here)
        first_life(here)
        lives, host = Lives(here, generator, ()), libfaketime.FakedClock(here)
        for _ in range(count):
            live_whole(lives, host, control)
        end_well(here, ())
        return replace(result(lives, control), seed=seed, harness=name)


def live_whole(lives: Lives, host: libfaketime.FakedClock, control: str | None) -> None:
    host.step(any_step(lives.generator))
    lives.here.note("start")
    bot = host.start(lives.here, control)
    try:
        lives.open_menu()
        for _ in range(3):
            host.step(any_step(lives.generator))
            lives.ask_for_a_door(host)
    finally:
        libfaketime.stop(bot, politely=lives.generator.random() < 0.5)
        note_death(lives.here)


def result(lives: Lives, control: str | None) -> Result:
    history = read_history(lives.here, stale_seconds=STALE_SECONDS)
    violations = [f"{found.rule}: {found.what}" for found in check(history)]
    violations += [*unopened(history, lives.young), *ahead(lives.here)]
    violations += ["a press that nothing proves was not asked back"] * lives.tally["press not asked back"]
    if control is None:
        violations += unanswered(history, [history.updates[n] for n in lives.late if not is_cut_off(history, n)])
    return Result(
        harness="clocks", promises=("R3", "R8"), trials=lives.asked, dangerous=lives.dangerous, violations=violations,
        kinds=dict(lives.tally), control=control,
    )  # fmt: skip


def any_step(generator: random.Random) -> int:
    return generator.choice((-1, 1)) * generator.choice(STEPS)


def end_well(here: World, build: tuple[broken.Build, ...]) -> None:
    """One more life for everything that waits."""
    life = born(here, *build)
    wait_for(lambda: not waiting(here, "commands WHERE outcome IS NULL") and not waiting(here, "outbox"), seconds=30)
    end(here, life)


def unopened(history: History, young: list[int]) -> Iterator[str]:
    """Young commands that were not carried out, and what the journal says of them."""
    done = {command.update_key for command in history.commands if command.outcome in ("confirmed", "accepted")}
    for update in young:
        if str(update) not in done:
            command = next((c.id for c in history.commands if c.update_key == str(update)), None)
            found = [dict(entry.detail) for entry in history.journal if command and entry.command == command]
            yield f"update {update} was young and opened nothing: {found}"


def ahead(here: World) -> Iterator[str]:
    """Timestamps further ahead of the time than one for every request would bring them."""
    for number, record in enumerate(signed(here), 1):
        if record["ts"] > record["at"] + number:
            yield f"timestamp {record['ts']} is {record['ts'] - record['at']:.0f} s ahead of the time"


def is_cut_off(history: History, update: int) -> bool:
    """Whether a death came between its delivery and its answer."""
    times = history.delivered.get(update, [])
    return any(at <= death <= at + CUT_OFF_SECONDS for at in times for death, _ in history.deaths)


def signed(here: World) -> Iterator[dict[str, int]]:
    return (record for record in records(here.ledger("proxy")) if record["kind"] == "signed")


def number_signed(here: World) -> int:
    return sum(1 for _ in signed(here))


def has_outcome(here: World, update: int) -> bool:
    return waiting(here, f"commands WHERE update_key = '{update}' AND outcome IS NOT NULL") > 0


def asks_back(here: World, person: int, label: str) -> int | None:
    """The message that asks whether it is meant. The home screen has a button of the same words."""
    for message in reversed(here.transcript(person)[-3:]):
        for button in (button for row in message["buttons"] for button in row):
            if button["text"] == label and button["data"].startswith("ok:"):
                return int(message["message_id"])
    return None


def campaign(count: int, seed: int) -> Iterator[Result]:
    for begun in range(0, count, BATCH):
        yield run(min(BATCH, count - begun), seed + begun)
    yield run_whole(WHOLE_LIVES, seed)


def controls(seed: int, trials: int = 40) -> Iterator[Result]:
    for name, promises in BELIEVERS.items():
        yield replace(run(trials, seed, control=name), promises=promises)
    if libfaketime.library():
        yield replace(run_whole(4, seed, control="local clock"), promises=("R3",))


def short(seed: int) -> Iterator[Result]:
    yield run(12, seed)
    yield run(12, seed, control="local clock")
