"""Journals to ask questions to: written as the bot writes them, in any order that can happen."""

from dataclasses import dataclass
from datetime import timedelta

from hypothesis import strategies as st

from storage import Storage
from tests.bench import ANNA, CHAT, OWNER, START

BEN = 8
PEOPLE = (ANNA, BEN, OWNER)
DOORS = ("front", "garage")
ACTIONS = ("open", "close", "pin", "revoke")


@dataclass(frozen=True)
class Step:
    """Something that is written: `what` a command does next, or something that no command did."""

    what: str
    command: int
    minutes: int
    """Since the step before; clocks are set back, too."""


STEPS = st.lists(
    st.builds(
        Step,
        what=st.sampled_from(["started", "denied", "outcome", "evidence", "grant added", "stranger", "restored"]),
        command=st.integers(1, 6),
        minutes=st.integers(-2, 600),
    ),
    max_size=25,
)


async def write(storage: Storage, steps: list[Step]) -> None:
    """Whatever cannot happen is left out: an outcome without a start, a command that starts twice."""
    at, started, done = START, set[int](), set[int]()
    for step in steps:
        at += timedelta(minutes=step.minutes)
        number = step.command
        person, door, action = PEOPLE[number % 3], DOORS[number % 2], ACTIONS[number % 4]
        command = {"command_id": number, "person_id": person, "chat_id": CHAT, "door": door, "action": action}
        if step.what in ("started", "denied") and number not in started:
            started.add(number)
            about = {"name": f"Person {person}", "update": str(number), "how": "button"}
            why = {"why": "no right"} if step.what == "denied" else {}
            done |= {number} if why else set()
            await storage.journal.append(step.what, at=at, **command, **about, **why)  # type: ignore[arg-type]
        elif step.what == "outcome" and number in started - done:
            done.add(number)
            await storage.journal.append("outcome", at=at, **command, result="unknown", seconds=1.5)  # type: ignore[arg-type]
        elif step.what == "evidence" and number in done:
            await storage.journal.append("evidence", at=at, **command, bolt="locked", seconds=4.0)  # type: ignore[arg-type]
        elif step.what == "grant added":
            await storage.journal.append(step.what, at=at, person_id=person, door=door, by=OWNER, grant=number)
        elif step.what == "stranger":
            await storage.journal.append(step.what, at=at, person_id=666, chat_id=666, action="open", name="Sam")
        elif step.what == "restored":
            await storage.journal.append(step.what, at=at, file="backup.db")


async def visit(storage: Storage, number: int = 1, *, minutes: int = 0, person: int = ANNA) -> None:
    """One door that was opened, with everything that is written about it."""
    for what in ("started", "outcome", "evidence"):
        command = {"command_id": number, "person_id": person, "chat_id": CHAT, "door": "front", "action": "open"}
        detail = {
            "started": {"name": "Anna", "how": "command", "update": str(number)},
            "outcome": {"result": "confirmed", "seconds": 1.5},
            "evidence": {"bolt": "unlocked", "seconds": 4.0},
        }[what]
        await storage.journal.append(what, at=START + timedelta(minutes=minutes), **command, **detail)  # type: ignore[arg-type]
