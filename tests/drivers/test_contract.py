"""What every driver must do, whatever the vendor: the same promises over every verb, failure and documented answer."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.domain.doors import Capability
from bot.drivers import DOOR_SETTINGS, DRIVERS, TEMPLATES, fix_of, say
from bot.drivers.base import Deadline, LockDriver
from bot.drivers.errors import (
    LockError,
    NotSent,
    OutcomeUnknown,
    OutOfReach,
    TooLate,
    UnexpectedReply,
    Unsupported,
    Withdrawn,
)
from tests.drivers.benches import ALL, AT_ONCE, BENCHES, CASES, SECRETS, SILENCE, Bench, Outcome, Verb, try_out
from tests.drivers.conftest import World, build
from tests.drivers.peer import (
    Caller,
    Peer,
    Treatment,
    closed_port,
    cut,
    drips,
    http,
    reset_unanswered,
    says,
    silent,
)

TRUTH = Path(__file__).with_name("truth_table.txt")
REGENERATE = "LATCHKEY_WRITE_TRUTH_TABLE"

PAGE = b"<html><body>It works!</body></html>"
# Failures after which nobody can know whether the request was acted upon.
UNCLEAR: dict[str, Treatment] = {
    "reset after the request": reset_unanswered,
    "closed without an answer": says(b""),
    "silent": silent,
    "not HTTP": says(b"\x00\x01\x02\r\n\r\n"),
    "a web page": says(http(PAGE, content_type="text/html")),
    "HTTP 302": says(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"),
    "HTTP 500": says(http(b"<h1>500</h1>", status=500, content_type="text/html")),
    "HTTP 502": says(http(b"<h1>502</h1>", status=502, content_type="text/html")),
    "HTTP 503": says(http(b"", status=503)),
    "10 MB": says(http(b" " * 10_000_000)),
}
OVER_ALL = pytest.mark.parametrize(("bench", "verb"), CASES, ids=[f"{bench}-{verb}" for bench, verb in CASES])
OVER_DRIVERS = pytest.mark.parametrize("bench", BENCHES, ids=str)

HEAD = """\
What is said after every answer and every failure: first the kind of error, its code and its sentence (what an owner
is told besides in brackets), below it what leads there. Written by tests/drivers/test_contract.py.
"""
READING_ERRORS = (OutOfReach, UnexpectedReply, NotSent)


def at(verb: Verb, treatment: Treatment) -> Callable[[Peer], None]:
    """Treat the deciding request so, all others well."""

    def arrange(peer: Peer) -> None:
        peer.treat[verb.path] = treatment

    return arrange


async def outcomes(bench: Bench, verb: Verb, treatments: dict[str, Treatment]) -> dict[str, Outcome]:
    few = asyncio.Semaphore(AT_ONCE)

    async def one(treatment: Treatment) -> Outcome:
        async with few:
            return await try_out(bench, verb, at(verb, treatment))

    tried = await asyncio.gather(*map(one, treatments.values()))
    return dict(zip(treatments, tried, strict=True))


_found: dict[tuple[str, str, str], dict[str, Outcome]] = {}


async def unclear_outcomes(bench: Bench, verb: Verb) -> dict[str, Outcome]:
    return await _once("unclear", bench, verb, UNCLEAR)


async def documented_outcomes(bench: Bench, verb: Verb) -> dict[str, Outcome]:
    return await _once(
        "documented", bench.patient, verb, {name: says(whole) for name, whole in verb.documented.items()}
    )


async def _once(what: str, bench: Bench, verb: Verb, treatments: dict[str, Treatment]) -> dict[str, Outcome]:
    """The promises and the truth table look at the same outcomes: silence takes its time only once."""
    key = (what, bench.name, verb.name)
    if key not in _found:
        _found[key] = await outcomes(bench, verb, treatments)
    return _found[key]


async def _without_connection(bench: Bench, verb: Verb) -> Outcome:
    world = World()
    driver = build("front", bench.settings_at(f"127.0.0.1:{closed_port()}"), world.context())
    try:
        await verb.call(driver, world.deadline(5))
    except LockError as error:
        return Outcome(error, 0)
    finally:
        await driver.aclose()
    return Outcome(None, 0)


def test_every_driver_has_a_bench() -> None:
    assert {bench.driver for bench in BENCHES} == set(DRIVERS) == set(DOOR_SETTINGS)


class TestIdentity:
    @OVER_DRIVERS
    async def test_a_lock_has_the_same_name_whatever_its_door_is_called(self, bench: Bench) -> None:
        names = {build(door, bench.settings_at("127.0.0.1"), World().context()).identity for door in ("front", "back")}
        (name,) = names
        assert name.startswith(f"{bench.driver}:")
        assert not any(secret in name for secret in SECRETS)


class TestCapabilities:
    @OVER_DRIVERS
    async def test_what_is_declared_is_implemented(self, bench: Bench) -> None:
        methods = {
            Capability.UNLOCK: "unlock",
            Capability.LOCK: "lock",
            Capability.STATUS: "status",
            Capability.PINS: "create_pin",
            Capability.REVOKE_PINS: "revoke_pin",
            Capability.SYNC: "synchronise",
        }
        async with bench.set_up(World()) as (driver, _):
            for capability in driver.capabilities:
                name = methods[capability]
                assert getattr(type(driver), name) is not getattr(LockDriver, name)

    @OVER_DRIVERS
    async def test_what_is_not_declared_sends_nothing_and_says_why(self, bench: Bench) -> None:
        world = World()
        async with bench.set_up(world) as (driver, peer):
            for capability, call in ALL.items():
                if capability in driver.capabilities:
                    continue
                with pytest.raises(Unsupported) as caught:
                    await call(driver, world.deadline())
                assert say(caught.value).endswith(".")
            assert peer.connections == 0

    @OVER_DRIVERS
    async def test_what_is_declared_works_on_a_good_day(self, bench: Bench) -> None:
        world = World()
        async with bench.set_up(world) as (driver, _):
            for capability in driver.capabilities:
                await ALL[capability](driver, world.deadline())
            assert (await driver.check()).facts


class TestFailures:
    @OVER_ALL
    async def test_no_connection_means_not_sent(self, bench: Bench, verb: Verb) -> None:
        error = (await _without_connection(bench, verb)).error
        assert isinstance(error, NotSent if verb.acts else (OutOfReach, NotSent))
        _assert_clean(error, verb)

    @OVER_ALL
    async def test_no_clear_answer_is_unknown_for_what_acts_and_only_for_that(self, bench: Bench, verb: Verb) -> None:
        for name, outcome in (await unclear_outcomes(bench, verb)).items():
            if verb.acts:
                assert outcome.kind == "OutcomeUnknown", name
                assert outcome.acted == 1, name
            else:
                assert outcome.error is None or isinstance(outcome.error, READING_ERRORS), name
            _assert_clean(outcome.error, verb)

    @OVER_ALL
    async def test_a_reset_before_the_request_was_read_never_repeats_what_acts(self, bench: Bench, verb: Verb) -> None:
        outcome = await try_out(bench, verb, _reset_at_once)
        assert isinstance(outcome.error, LockError)
        assert outcome.acted == 0
        _assert_clean(outcome.error, verb)

    @OVER_ALL
    async def test_an_answer_cut_anywhere_is_never_taken_for_one(self, bench: Bench, verb: Verb) -> None:
        whole = verb.documented[next(iter(verb.documented))]
        cuts = {str(n): cut(whole, n) for n in range(len(whole))}
        for n, outcome in (await outcomes(bench.patient, verb, cuts)).items():
            if verb.acts:
                assert (outcome.kind, outcome.acted) == ("OutcomeUnknown", 1), n
            else:
                assert isinstance(outcome.error, READING_ERRORS), n

    @OVER_ALL
    async def test_a_whole_answer_that_drips_in_time_counts(self, bench: Bench, verb: Verb) -> None:
        first = verb.documented[next(iter(verb.documented))]
        plain = await try_out(bench, verb, at(verb, says(first)))
        slow = await try_out(bench, verb, at(verb, drips(first, pause=SILENCE / 4 / len(first))))
        assert slow.line == plain.line

    @OVER_ALL
    async def test_documented_answers_never_act_twice_but_after_a_clear_no(self, bench: Bench, verb: Verb) -> None:
        for name, outcome in (await documented_outcomes(bench, verb)).items():
            _assert_clean(outcome.error, verb)
            if outcome.kind in ("done", "OutcomeUnknown") and verb.acts:
                assert outcome.acted == 1, name
            assert not (verb.acts and isinstance(outcome.error, UnexpectedReply)), name
            assert verb.acts or not isinstance(outcome.error, OutcomeUnknown), name

    @OVER_ALL
    async def test_after_the_deadline_nothing_leaves(self, bench: Bench, verb: Verb) -> None:
        if not verb.acts or verb.needs is Capability.SYNC:
            return
        world = World()
        async with bench.set_up(world) as (driver, peer):
            with pytest.raises(TooLate):
                await verb.call(driver, Deadline(at=world.at - 1, clock=world.now))
            assert peer.connections == 0

    @OVER_ALL
    async def test_what_was_withdrawn_never_leaves(self, bench: Bench, verb: Verb) -> None:
        if not verb.acts or verb.needs is Capability.SYNC:
            return
        world = World()
        deadline = world.deadline()
        async with bench.set_up(world) as (driver, peer):
            deadline.withdraw()
            with pytest.raises(Withdrawn):
                await verb.call(driver, deadline)
            assert peer.connections == 0

    @OVER_ALL
    async def test_what_is_withdrawn_behind_another_command_never_leaves(self, bench: Bench, verb: Verb) -> None:
        if not verb.acts or verb.needs is Capability.SYNC:
            return
        world, arrived, may_go_on = World(), asyncio.Event(), asyncio.Event()

        async def keep_waiting(caller: Caller) -> None:
            arrived.set()
            await may_go_on.wait()
            await bench_answer(caller)

        async with bench.patient.set_up(world) as (driver, peer):
            bench_answer = peer.treatment_of(verb.path)
            peer.treat[verb.path] = keep_waiting
            first = asyncio.ensure_future(_as_coroutine(verb, driver, world))
            await arrived.wait()
            deadline = world.deadline(caller=2)
            second = asyncio.ensure_future(_call(verb, driver, deadline))
            await asyncio.sleep(0.05)
            deadline.withdraw()
            with pytest.raises(Withdrawn):
                await asyncio.wait_for(second, 1)
            may_go_on.set()
            await first
            assert peer.times(verb.path) == 1

    @OVER_ALL
    async def test_a_cancelled_call_frees_the_line(self, bench: Bench, verb: Verb) -> None:
        world = World()
        async with bench.set_up(world) as (driver, peer):
            arrived = asyncio.Event()

            async def arrive_and_wait(caller: Caller) -> None:
                arrived.set()
                await silent(caller)

            peer.treat[verb.path] = arrive_and_wait
            task = asyncio.ensure_future(_as_coroutine(verb, driver, world))
            await arrived.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            peer.treat = dict(bench.good)
            await asyncio.wait_for(_as_coroutine(verb, driver, world), 2)


async def _call(verb: Verb, driver: LockDriver, deadline: Deadline) -> object:
    return await verb.call(driver, deadline)


async def _as_coroutine(verb: Verb, driver: LockDriver, world: World) -> object:
    return await verb.call(driver, world.deadline())


def _assert_clean(error: LockError | None, verb: Verb) -> None:
    """One sentence for people, settings only in the fix, no secret and no address anywhere."""
    if error is None:
        return
    link: BaseException | None = error
    while link is not None:
        assert isinstance(link, LockError)
        told = f"{link!r} {link} {link.remark} {say(link)} {fix_of(link)}"
        assert not any(secret in told for secret in SECRETS)
        assert "127.0.0.1" not in told
        link = link.__cause__ or link.__context__
    assert error.remark.code in TEMPLATES
    sentence, fix = say(error), fix_of(error) or ""
    assert sentence[0].isupper()
    assert sentence.endswith((".", "?"))
    assert "DOORS__" not in sentence
    assert "{" not in sentence + fix


class TestTruthTable:
    async def test_every_answer_and_failure_has_its_sentence(self) -> None:
        """Run with LATCHKEY_WRITE_TRUTH_TABLE=1 to write it anew, then read the difference."""
        chapters = []
        for first in range(0, len(CASES), 4):
            chapters += await asyncio.gather(*(_chapter(bench, verb) for bench, verb in CASES[first : first + 4]))
        found = "\n".join([HEAD, *chapters])
        if os.environ.get(REGENERATE):
            TRUTH.write_text(found, encoding="utf-8")
        assert found == TRUTH.read_text(encoding="utf-8")


async def _chapter(bench: Bench, verb: Verb) -> str:
    found = {**await documented_outcomes(bench, verb), **await unclear_outcomes(bench, verb)}
    found["reset before the request"] = await try_out(bench, verb, _reset_at_once)
    found["no connection"] = await _without_connection(bench, verb)
    causes: dict[str, list[str]] = {}
    for name, outcome in found.items():
        causes.setdefault(outcome.line, []).append(name)
    parts = [f"{line}\n    {' | '.join(names)}\n" for line, names in causes.items()]
    return "\n".join([f"== {bench} · {verb}\n", *parts])


def _reset_at_once(peer: Peer) -> None:
    peer.resets_before_reading = True
