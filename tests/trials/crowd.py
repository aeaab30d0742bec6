"""How much longer things take with 500 people and 5,000 rights than with five: `python -m tests.trials.crowd`.

Conversations with the whole bot over a simulated Telegram; the median of several, of the time that this process
works. What counts is the ratio.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from bot.domain.actions import Action
from bot.domain.people import Grant, Person
from bot.domain.policy import decide
from bot.domain.schedules import parse_hours
from tests.house import MAX, OLGA, House, a_house

RIGHTS_EACH = 10
REPEATS = 21
Work = Callable[[], Awaitable[object]]


async def fill(house: House, people: int) -> None:
    """Behind the bot's back, as nobody waits for it to write thousands of entries."""
    storage, now = house.storage, house.inside.clock.datetime()
    hours = parse_hours("mon-fri 8-18", ZoneInfo("Europe/Paris"))
    async with storage.transaction():
        for number in range(people):
            person = 10_000 + number
            await storage.people.save(Person(id=person, name=f"Anna {number}", added_by=OLGA, added_at=now))
            grant = Grant(
                id=0, person_id=person, door="front", actions=frozenset({Action.OPEN}), ends_at=None, hours=hours,
                granted_by=OLGA, granted_at=now,
            )  # fmt: skip
            for count in range(RIGHTS_EACH):
                await storage.grants.add(replace(grant, door=("front", "shed", "garage")[count % 3]))


async def measure(people: int) -> dict[str, float]:
    """Median milliseconds of work each: other programs do not count."""
    with tempfile.TemporaryDirectory() as place:
        async with a_house(Path(place) / "latchkey.db") as house:
            await fill(house, people)
            works: dict[str, Work] = {
                "/people": lambda: house.owner.say("/people"),
                "/people anna 1": lambda: house.owner.say("/people Anna 1"),
                "/why Anna 1 front": lambda: house.owner.say("/why 10001 front"),
                "/who front": lambda: house.owner.say("/who front"),
                "a decision": lambda: decision(house),
            }
            return {name: await _median(work, house) for name, work in works.items()}


async def decision(house: House) -> None:
    """As control makes it: the rights read, and judged."""
    rights = await house.inside.people.rights(MAX)
    assert decide(rights, action=Action.OPEN, door="front", now=house.inside.clock.moment()).allowed


async def _median(work: Work, house: House) -> float:
    took = []
    for _ in range(REPEATS):
        house.hands.turn(2)  # nobody is held up for writing too fast
        started = time.process_time()
        await work()
        took.append((time.process_time() - started) * 1000)
    return statistics.median(took)


async def compare() -> None:
    few, many = await measure(5), await measure(500)
    for name, small in few.items():
        ratio = many[name] / small
        click.echo(f"{name:20} {small:8.2f} ms with 5 people {many[name]:8.2f} ms with 500: {ratio:.2f} times")


if __name__ == "__main__":
    asyncio.run(compare())
