"""What a lock looks like after a command: read once the bolt is at rest, recorded, and never an outcome."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.domain.actions import Action
from bot.domain.commands import Result, Seen
from bot.domain.doors import Capability
from bot.domain.readings import Announced, Bolt, Reading
from bot.drivers.errors import OutcomeUnknown, OutOfReach, Refused
from bot.monitor import Monitor
from tests.bench import FRONT, OWNER, START, Rooms, answers, grant, operate, pin_request, request

JAMMED = Announced(bolt=Bolt.JAMMED)
MOVING = replace(FRONT, travel_seconds=5)


async def test_after_an_unknown_outcome_the_gateway_is_settled_and_the_bolt_read(rooms: Rooms) -> None:
    rooms.front.fault = answers(OutcomeUnknown)
    course = await operate(rooms.control, request())
    assert (course.finished.result, course.bolt) == (Result.UNKNOWN, Bolt.LOCKED)
    assert rooms.front.settled == 1
    assert await rooms.kinds() == ["started", "outcome", "evidence"]
    assert await rooms.outcomes() == ["unknown"], "evidence is never the outcome"


async def test_a_confirmed_command_is_looked_at_when_the_bolt_is_at_rest(rooms: Rooms) -> None:
    rooms.change(MOVING)

    async def takes_time() -> None:
        rooms.hands.turn(0.26)

    rooms.front.before_reading = takes_time
    course = await operate(rooms.control, request())
    seen = course.steps[-1]
    assert isinstance(seen, Seen)
    assert seen.bolt is Bolt.UNLOCKED
    assert seen.seconds == pytest.approx(5.26)
    [evidence] = await rooms.storage.journal.tail(1)
    assert (evidence.kind, evidence.detail) == ("evidence", {"bolt": "unlocked", "seconds": 5.3})
    assert rooms.front.settled == 0


async def test_a_confirmed_command_whose_bolt_needs_no_time_is_not_looked_at(rooms: Rooms) -> None:
    course = await operate(rooms.control, request())
    assert (course.bolt, rooms.front.readings) == (None, 0)


@pytest.mark.parametrize(("takes", "seen_after"), [(3, 5), (8, 8)])
async def test_settling_counts_as_part_of_the_rest(
    rooms: Rooms, takes: float, seen_after: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms.change(MOVING)
    rooms.front.fault = answers(OutcomeUnknown)

    async def settle() -> None:
        rooms.hands.turn(takes)

    monkeypatch.setattr(rooms.front, "settle", settle)
    seen = (await operate(rooms.control, request())).steps[-1]
    assert isinstance(seen, Seen)
    assert seen.seconds == pytest.approx(seen_after)


async def test_after_an_unknown_code_the_bolt_is_not_read(rooms: Rooms) -> None:
    rooms.front.fault = answers(OutcomeUnknown)
    assert (await operate(rooms.control, pin_request())).bolt is None
    assert (rooms.front.settled, rooms.front.readings) == (1, 0)


async def test_a_lock_without_a_state_is_settled_and_not_read(rooms: Rooms) -> None:
    rooms.change(replace(FRONT, capabilities=Capability.UNLOCK))
    rooms.front.fault = answers(OutcomeUnknown)
    assert (await operate(rooms.control, request())).bolt is None
    assert (rooms.front.settled, rooms.front.readings) == (1, 0)


async def test_what_a_newer_command_did_is_no_evidence_of_an_older_one(rooms: Rooms) -> None:
    rooms.front.fault = answers(OutcomeUnknown)

    async def somebody_else_opens() -> None:
        rooms.front.fault = rooms.front.before_reading = None
        await rooms.operate(request(2, person=OWNER))

    rooms.front.before_reading = somebody_else_opens
    assert (await operate(rooms.control, request(1, Action.CLOSE))).bolt is None


async def test_a_newer_request_that_was_denied_takes_no_evidence_away(rooms: Rooms) -> None:
    rooms.front.fault = answers(OutcomeUnknown)

    async def somebody_is_denied() -> None:
        rooms.front.before_reading = None
        await rooms.grant_only(grant("status"))
        await rooms.operate(request(2))

    rooms.front.before_reading = somebody_is_denied
    assert (await operate(rooms.control, request(1, Action.CLOSE))).bolt is Bolt.LOCKED


@pytest.mark.parametrize("blind", [answers(OutOfReach), ZeroDivisionError()], ids=repr)
async def test_a_lock_that_cannot_be_read_gives_no_evidence(
    rooms: Rooms, blind: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    rooms.front.fault, rooms.front.blind = answers(OutcomeUnknown), blind
    assert (await operate(rooms.control, request())).bolt is None
    assert await rooms.kinds() == ["started", "outcome"]
    assert len(caplog.messages) == 1


async def test_stopping_waits_for_the_outcome_but_not_for_the_evidence(rooms: Rooms) -> None:
    rooms.change(replace(FRONT, travel_seconds=3600))

    async def stop() -> None:
        rooms.control.close_up()

    rooms.front.before = stop
    course = await operate(rooms.control, request())
    assert (course.finished.result, course.bolt) == (Result.CONFIRMED, None)
    assert await rooms.kinds() == ["started", "outcome"]


@pytest.mark.parametrize(
    ("arrange", "rests"),
    [
        (lambda rooms: None, [50, 5]),
        (lambda rooms: setattr(rooms.front, "fault", answers(Refused)), [50, 0]),
        (lambda rooms: setattr(rooms.front, "fault", answers(OutcomeUnknown)), [50, 5]),
    ],
    ids=["confirmed", "refused", "unknown"],
)
async def test_readings_prove_nothing_while_the_bolt_may_be_on_its_way(
    rooms: Rooms, arrange: Callable[[Rooms], None], rests: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    suppressed: list[float] = []
    monkeypatch.setattr(Monitor, "suppress", lambda _, door, seconds: suppressed.append(seconds))
    rooms.change(MOVING)
    arrange(rooms)
    await rooms.operate(request())
    assert suppressed == rests


async def test_codes_suppress_no_reading(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    suppressed: list[float] = []
    monkeypatch.setattr(Monitor, "suppress", lambda _, door, seconds: suppressed.append(seconds))
    await rooms.operate(pin_request())
    assert suppressed == []


@pytest.mark.parametrize(
    ("action", "fault", "announced"),
    [
        (Action.OPEN, None, Bolt.UNLOCKED),
        (Action.CLOSE, None, Bolt.LOCKED),
        (Action.OPEN, answers(Refused), Bolt.JAMMED),
        (Action.OPEN, answers(OutcomeUnknown), Bolt.JAMMED),
        (Action.PIN, None, Bolt.JAMMED),
    ],
)
async def test_only_a_confirmed_move_is_what_the_groups_were_told(
    rooms: Rooms, action: Action, fault: Exception | None, announced: Bolt
) -> None:
    await rooms.storage.readings.save(Reading(door="front", bolt=Bolt.LOCKED, read_at=START, announced=JAMMED))
    rooms.front.fault, rooms.front.blind = fault, answers(OutOfReach)
    await rooms.operate(pin_request() if action is Action.PIN else request(1, action))
    reading = await rooms.storage.readings.get("front")
    assert reading
    assert reading.announced.bolt is announced


async def test_what_a_confirmed_command_did_is_not_told_again_and_what_it_did_not_do_is(rooms: Rooms) -> None:
    await rooms.monitor.poll(FRONT)
    await rooms.operate(request())
    rooms.hands.turn(60)
    await rooms.monitor.poll(FRONT)
    assert [event for _, event in await rooms.told()] == ["command"]
    rooms.front.bolt = Bolt.LOCKED
    await rooms.monitor.poll(FRONT)
    assert [event for _, event in await rooms.told()] == ["command", "bolt"]
