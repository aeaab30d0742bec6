"""A The Keys door, against the simulated gateway: what is asked, how often, and what is made of the answers."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, ClassVar

import httpx
import pytest

from bot.domain.commands import Delivery
from bot.domain.readings import Bolt
from bot.drivers import DOOR_SETTINGS, build_drivers, fix_of, say
from bot.drivers.errors import Busy, NotAuthorised, NotSent, OutcomeUnknown, OutOfReach, Refused, UnexpectedReply
from bot.drivers.the_keys import TheKeys
from bot.drivers.the_keys.codes import BUSY_SECONDS, CODES
from bot.drivers.the_keys.gateway import NoStatus
from bot.drivers.the_keys.transport import sign
from simulators import the_keys as simulator
from simulators.control import create_app
from tests.drivers.benches import spelt
from tests.drivers.conftest import IDENTIFIER, SHARE_CODE, House, World, build, the_keys_door, the_keys_house
from tests.drivers.peer import Answering

OPENED = ["unlocking", "unlocked"]


def events(house: House) -> list[str]:
    return [event.what for event in house.gateway.events]


@pytest.mark.parametrize(
    ("stamp", "proof"),
    [
        (1647349435, "jejmupCqAu5wOsraszmzcl3UyCi0hgsIdxWvfcvdzBg="),
        (1647350684, "fcbTI/x8qKsN/nhLxjRE5toEO3tDK/F0ubQXHCsnf88="),
    ],
)
def test_the_signature_is_the_one_real_gateways_take(stamp: int, proof: str) -> None:
    assert sign("sEcReT", stamp) == proof


class TestCommands:
    async def test_open_and_close_move_the_bolt_and_are_confirmed(self, house: House) -> None:
        assert await house.driver.unlock(house.world.deadline()) is Delivery.CONFIRMED
        assert house.smartlock.bolt == "unlocked"
        assert await house.driver.lock(house.world.deadline()) is Delivery.CONFIRMED
        assert house.smartlock.bolt == "locked"

    async def test_the_page_s_own_dialect_works_as_well(self, house: House) -> None:
        house.gateway.dialect = "seed"
        assert await house.driver.unlock(house.world.deadline()) is Delivery.CONFIRMED
        assert (await house.driver.status()).bolt is Bolt.UNLOCKED

    async def test_the_bolt_is_seen_open_when_travel_is_over(self, house: House) -> None:
        house.gateway.travel_seconds = 5
        await house.driver.unlock(house.world.deadline())
        await house.world.sleep(house.driver.travel_seconds)
        assert (await house.driver.status()).bolt is Bolt.UNLOCKED

    async def test_one_command_is_one_request(self, house: House) -> None:
        await house.driver.unlock(house.world.deadline())
        assert house.paths() == ["/open"]

    async def test_calibrate_and_update_reach_the_lock(self, house: House) -> None:
        assert isinstance(house.driver, TheKeys)
        await house.driver.calibrate(house.world.deadline())
        await house.driver.update(house.world.deadline())
        assert {"calibrated", "updated"} <= set(events(house))

    async def test_a_jam_is_unknown(self, house: House) -> None:
        house.smartlock.jammed = True
        with pytest.raises(OutcomeUnknown) as caught:
            await house.driver.unlock(house.world.deadline())
        assert caught.value.remark.code == "the_keys.37"

    @pytest.mark.parametrize("fault", ["silent_after", "reset_after", "truncated", "empty", "not_json"])
    async def test_what_may_have_moved_is_unknown_and_never_repeated(self, world: World, fault: str) -> None:
        async with the_keys_house(world, timeout_seconds=0.05) as house:
            house.gateway.faults.arrange("/open", fault)
            with pytest.raises(OutcomeUnknown):
                await house.driver.unlock(world.deadline())
            assert house.paths() == ["/open"]
            assert events(house) == OPENED


class TestRepeats:
    async def test_33_is_tried_again_once_in_the_next_second(self, house: House) -> None:
        house.gateway.fail("/open", 33, cause="timestamp too old")
        await house.driver.unlock(house.world.deadline())
        assert events(house) == OPENED
        first, second = house.gateway.requests
        assert int(second.ts or 0) > int(first.ts or 0)

    async def test_33_twice_is_a_wrong_code(self, house: House) -> None:
        house.gateway.fail("/open", 33, times=None)
        with pytest.raises(NotAuthorised) as caught:
            await house.driver.unlock(house.world.deadline())
        assert len(house.paths()) == 2
        assert "DOORS__FRONT__SHARE_CODE" in str(fix_of(caught.value))

    async def test_a_wrong_code_is_never_called_another_client(self, world: World) -> None:
        async with the_keys_house(world, share_code="wrong") as house:
            with pytest.raises(NotAuthorised, match=r"the_keys\.33 "):
                await house.driver.status()

    async def test_33_with_a_code_that_worked_is_another_client(self, house: House) -> None:
        await house.driver.status()
        house.gateway.fail("/open", 33, times=None)
        with pytest.raises(NotAuthorised, match="another_client"):
            await house.driver.unlock(house.world.deadline())

    async def test_being_overtaken_again_and_again_is_named_in_check(self, house: House) -> None:
        assert (await house.driver.check()).doubts == ()
        for _ in range(3):
            house.gateway.fail("/locker_status", 33)
            await house.driver.status()
        house.gateway.fail("/locker_status", 33)
        assert "Another client seems to use this gateway" in spelt(await house.driver.check())

    async def test_38_sets_the_clock_and_tries_again(self, house: House) -> None:
        house.gateway.clock_invalid = True
        await house.driver.unlock(house.world.deadline())
        assert house.paths() == ["/open", "/synchronize", "/open"]
        assert house.smartlock.bolt == "unlocked"
        assert house.driver.peers()[0].is_clock_wrong is False

    async def test_38_that_stays_is_refused(self, house: House) -> None:
        house.gateway.fail("/open", 38, times=None)
        with pytest.raises(Refused, match=r"the_keys\.38"):
            await house.driver.unlock(house.world.deadline())
        assert house.paths() == ["/open", "/synchronize", "/open"]
        assert house.driver.peers()[0].is_clock_wrong

    @pytest.mark.parametrize(("code", "cause"), [(500, None), (400, "action already started")])
    async def test_a_busy_gateway_is_waited_for(self, house: House, code: int, cause: str | None) -> None:
        house.gateway.fail("/open", code, times=2, cause=cause)
        await house.driver.unlock(house.world.deadline(30))
        assert house.paths().count("/open") == 3
        assert events(house) == OPENED
        stamps = [int(request.ts) for request in house.gateway.requests if request.ts]
        assert stamps == sorted(set(stamps))

    async def test_a_busy_gateway_is_waited_for_no_longer_than_the_deadline(self, house: House) -> None:
        house.gateway.fail("/open", 500, times=None)
        begun = house.world.at
        with pytest.raises(Busy) as caught:
            await house.driver.unlock(house.world.deadline(20))
        assert house.world.at - begun < 20
        assert caught.value.retry_after == BUSY_SECONDS

    async def test_busy_because_it_synchronises_is_said_at_once(self, house: House) -> None:
        house.gateway.synchronising_seconds = 120
        begun = house.world.at
        with pytest.raises(Busy, match="synchronising") as caught:
            await house.driver.unlock(house.world.deadline(60))
        assert house.world.at - begun < 3
        assert caught.value.retry_after == 60

    @pytest.mark.parametrize("code", [1, 2, 3, 4, 5, 32, 34, 35, 36, 37])
    async def test_nothing_else_is_repeated(self, house: House, code: int) -> None:
        house.gateway.fail("/open", code, times=None)
        with pytest.raises(CODES[code].command):
            await house.driver.unlock(house.world.deadline())
        assert house.paths().count("/open") == 1

    async def test_a_missing_parameter_is_no_reason_to_wait(self, house: House) -> None:
        house.gateway.fail("/open", 400, cause="missing parameter: hash")
        with pytest.raises(Refused, match="incomplete"):
            await house.driver.unlock(house.world.deadline())

    async def test_a_refused_connection_is_tried_once_more(self, house: House) -> None:
        house.gateway.faults.arrange("/open", "offline")
        await house.driver.unlock(house.world.deadline())
        assert events(house) == OPENED

    async def test_a_poll_does_not_wait_for_a_busy_gateway(self, house: House) -> None:
        house.gateway.fail("/locker_status", 500)
        with pytest.raises(Busy):
            await house.driver.poll(None)
        assert house.paths() == ["/lockers", "/locker_status", "/status"]


class TestTimestamps:
    async def test_two_requests_never_share_one(self, house: House) -> None:
        for _ in range(5):
            await house.driver.status()
        stamps = [request.ts for request in house.gateway.requests]
        assert len(set(stamps)) == 5

    async def test_a_second_already_used_is_waited_out(self, house: House) -> None:
        counters = house.world.counters
        await house.driver.status()
        name = next(iter(counters.last))
        counters.last[name] = int(house.world.at) + 1
        await house.driver.status()
        assert int(house.gateway.requests[-1].ts or 0) <= house.world.at

    async def test_after_the_clock_went_back_it_runs_ahead_instead(self, house: House) -> None:
        await house.driver.status()
        last = int(house.gateway.requests[-1].ts or 0)
        house.world.step = -3600
        await house.driver.status()
        assert int(house.gateway.requests[-1].ts or 0) == last + 1
        assert max(house.world.slept) < 2

    async def test_without_a_timestamp_on_disk_nothing_is_sent(self, house: House) -> None:
        async def full(name: str, now: int) -> int:
            raise OSError("disk full")

        house.world.counters.next = full  # type: ignore[method-assign]
        with pytest.raises(NotSent, match="no_counter"):
            await house.driver.unlock(house.world.deadline())
        assert house.paths() == []

    async def test_settle_uses_up_a_newer_timestamp(self, house: House) -> None:
        await house.driver.settle()
        assert house.paths() == ["/locker_status"]
        assert house.gateway.newest_stamp == int(house.gateway.requests[0].ts or 0)

    async def test_settle_waits_while_the_motor_runs(self, house: House) -> None:
        house.gateway.fail("/locker_status", 400, times=2, cause="action already started")
        await house.driver.settle()
        assert house.paths().count("/locker_status") == 3

    async def test_settle_is_content_when_only_the_lock_is_away(self, house: House) -> None:
        house.smartlock.in_range = False
        await house.driver.settle()

    async def test_settle_says_so_when_it_did_not_work(self, house: House) -> None:
        house.gateway.offline = True
        with pytest.raises(OutOfReach):
            await house.driver.settle()


class TestReading:
    async def test_everything_a_lock_says_of_itself(self, house: House) -> None:
        status = await house.driver.status()
        assert status.bolt is Bolt.LOCKED
        assert (status.battery_mv, status.battery_percent, status.rssi_dbm, status.firmware) == (7783, 76, -71, "81")
        assert status.read_at == datetime.fromtimestamp(house.world.at, UTC)

    async def test_a_lock_that_just_booted_is_unknown(self, house: House) -> None:
        house.smartlock.rebooted = True
        assert (await house.driver.status()).bolt is Bolt.UNKNOWN

    async def test_a_battery_that_was_not_read_is_not_shown(self, house: House) -> None:
        house.smartlock.battery_mv = 0
        status = await house.driver.status()
        assert (status.battery_mv, status.battery_percent) == (None, None)

    async def test_a_door_may_have_its_own_battery_range(self, world: World) -> None:
        async with the_keys_house(world, battery_empty_mv=7000, battery_full_mv=8000) as house:
            assert (await house.driver.status()).battery_percent == 78

    async def test_a_pack_is_decided_once_so_falling_never_reads_fuller(self, house: House) -> None:
        percents = []
        for millivolts in (8200, 7000, 5200, 4900, 4400, 4000):
            house.smartlock.battery_mv = millivolts
            percents.append((await house.driver.status()).battery_percent)
        assert percents == [100, 33, 0, 0, 0, 0]

    @pytest.mark.parametrize("impossible", [85, 255, 740, -1, 12_000, 100_000])
    async def test_what_no_battery_can_have_is_unknown(self, house: House, impossible: int) -> None:
        await house.driver.status()
        house.smartlock.battery_mv = impossible
        status = await house.driver.status()
        assert (status.battery_mv, status.battery_percent) == (None, None)
        known = await house.driver.poll(status)
        assert (known.battery_mv, known.battery_percent) == (None, None)
        assert "battery unknown" in spelt(await house.driver.check())

    async def test_a_jammed_door_is_jammed_whatever_its_code(self, world: World) -> None:
        said = b'{"status": "Door jammed", "code": 49}'
        driver = build("front", the_keys_door(), world.context(Answering(lambda _: httpx.Response(200, content=said))))
        assert (await driver.status()).bolt is Bolt.JAMMED

    async def test_34_while_synchronising_says_that_instead(self, house: House) -> None:
        house.gateway.synchronising_seconds = 100
        with pytest.raises(Busy, match="synchronising"):
            await house.driver.status()

    async def test_check_says_how_gateway_and_lock_are(self, house: House) -> None:
        assert spelt(await house.driver.check()) == (
            "The gateway has firmware 65 and says “Scanning”."
            " The lock is in sight, signal fair, battery 76 % (7783 mV), bolt locked."
        )

    async def test_check_names_a_lock_out_of_range(self, house: House) -> None:
        house.smartlock.in_range = False
        with pytest.raises(OutOfReach, match=r"the_keys\.34"):
            await house.driver.check()


class TestPolling:
    async def test_the_first_poll_reads_the_bolt(self, house: House) -> None:
        assert (await house.driver.poll(None)).bolt is Bolt.LOCKED
        assert house.paths() == ["/lockers", "/locker_status"]

    async def test_nothing_new_costs_no_radio(self, house: House) -> None:
        known = await house.driver.poll(None)
        await house.world.sleep(30)
        assert await house.driver.poll(known) == known
        assert house.paths() == ["/lockers", "/locker_status", "/lockers"]

    async def test_a_turn_of_the_key_is_seen(self, house: House) -> None:
        known = await house.driver.poll(None)
        await house.world.sleep(30)
        house.gateway.turn_by_hand(int(IDENTIFIER), "unlocked")
        assert (await house.driver.poll(known)).bolt is Bolt.UNLOCKED

    async def test_a_fresher_battery_is_taken_from_the_list(self, house: House) -> None:
        known = await house.driver.poll(None)
        await house.world.sleep(30)
        house.smartlock.battery_mv = 6500
        fresher = await house.driver.poll(known)
        assert fresher == replace(known, battery_mv=6500, battery_percent=5)

    async def test_after_the_longer_interval_the_bolt_is_read_anyway(self, house: House) -> None:
        known = await house.driver.poll(None)
        await house.world.sleep(300)
        assert (await house.driver.poll(known)).read_at > known.read_at

    async def test_what_was_known_before_a_restart_is_read_again(self, house: House) -> None:
        known = await house.driver.poll(None)
        async with the_keys_house(house.world) as again:
            await again.driver.poll(known)
            assert again.paths() == ["/lockers", "/locker_status"]

    async def test_old_locks_without_a_log_are_read_by_the_interval(self, house: House) -> None:
        house.smartlock.version = 50
        known = await house.driver.poll(None)
        await house.world.sleep(30)
        assert await house.driver.poll(known) == known
        await house.world.sleep(300)
        assert await house.driver.poll(known) != known

    async def test_a_lock_not_in_the_list_is_out_of_reach(self, house: House) -> None:
        house.smartlock.in_range = False
        with pytest.raises(OutOfReach, match=r"the_keys\.34"):
            await house.driver.poll(None)
        assert "/locker_status" not in house.paths()


class Script(httpx.AsyncBaseTransport):
    """A gateway that answers each path as it is told: (HTTP status, body)."""

    def __init__(self, **answers: tuple[int, object]) -> None:
        self.answers = {f"/{name.replace('__', '/')}": answer for name, answer in answers.items()}
        self.asked: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        status, body = self.answers.get(self.asked[-1], self.answers.get(request.url.path, (404, {})))
        return httpx.Response(status, stream=httpx.ByteStream(json.dumps(body).encode()))

    def door(self, world: World, **more: Any) -> TheKeys:
        driver = build("front", the_keys_door(**more), world.context(self))
        assert isinstance(driver, TheKeys)
        return driver


SEEN = {"status": "ok", "devices": [{"identifier": int(IDENTIFIER), "rssi": -71, "battery": 7783, "last_log": 5}]}
CLOSED = {"status": "Door closed", "code": 49}


class TestSparseGateways:
    """Gateways of the field leave things out."""

    async def test_battery_and_signal_of_the_list_stay_where_the_status_has_none(self, world: World) -> None:
        door = Script(lockers=(200, SEEN), locker_status=(200, CLOSED)).door(world)
        first = await door.poll(None)
        assert (first.battery_mv, first.battery_percent, first.rssi_dbm) == (7783, 76, -71)
        later = await door.status()
        assert replace(later, read_at=first.read_at) == first

    async def test_what_was_known_before_a_restart_stays_as_well(self, world: World) -> None:
        quiet = {"status": "ok", "devices": [{"identifier": int(IDENTIFIER), "battery": 0}]}
        before = await Script(lockers=(200, SEEN), locker_status=(200, CLOSED)).door(world).poll(None)
        after = await Script(lockers=(200, quiet), locker_status=(200, CLOSED)).door(world).poll(before)
        assert (after.battery_mv, after.battery_percent, after.rssi_dbm) == (7783, 76, -71)

    async def test_a_restart_does_not_make_an_empty_pack_full(self, world: World) -> None:
        script = Script(lockers=(200, SEEN), locker_status=(200, {**CLOSED, "battery": 5200}))
        known = await script.door(world).poll(None)
        script.answers["/locker_status"] = (200, {**CLOSED, "battery": 4400})
        known = replace(known, battery_mv=4400, battery_percent=0)
        again = script.door(world)
        script.answers["/lockers"] = (200, {"status": "ok", "devices": [{"identifier": int(IDENTIFIER)}]})
        assert (await again.poll(known)).battery_percent == 0

    @pytest.mark.parametrize("status", [404, 405, 501])
    async def test_a_gateway_before_firmware_17_is_named_so(self, world: World, status: int) -> None:
        script = Script(lockers=(200, SEEN), locker_status=(200, CLOSED), status=(status, {}))
        door = script.door(world)
        assert "firmware is below 17" in spelt(await door.check())
        with pytest.raises(NoStatus) as caught:
            await door._gateway.status()
        assert "firmware 17 or later" in say(caught.value)

    async def test_a_status_that_cannot_be_read_is_not_called_old(self, world: World) -> None:
        door = Script(lockers=(200, SEEN), locker_status=(200, CLOSED), status=(200, ["?"])).door(world)
        with pytest.raises(UnexpectedReply, match="unreadable"):
            await door.check()

    @pytest.mark.parametrize(
        ("answers", "asked"),
        [
            ({"GET /update": (200, {"status": "ok"})}, ["GET /update"]),
            ({"POST /update": (200, {"status": "ok"})}, ["GET /update", "POST /update"]),
            ({"GET /update": (405, {}), "POST /update": (200, {"status": "ok"})}, ["GET /update", "POST /update"]),
        ],
    )
    async def test_update_is_asked_as_printed_and_otherwise_as_real_clients_do(
        self, world: World, answers: dict[str, tuple[int, object]], asked: list[str]
    ) -> None:
        script = Script()
        script.answers = answers
        await script.door(world)._gateway.update(world.deadline())
        assert script.asked == asked


class TestWrongCode:
    """Only a code that worked before can have been overtaken by another client."""

    REFUSED: ClassVar = {"status": "ko", "code": 33}

    async def error(self, door: TheKeys, world: World) -> str:
        with pytest.raises(NotAuthorised) as caught:
            await door.unlock(world.deadline())
        return caught.value.remark.code

    async def test_from_the_start_it_is_the_code(self, world: World) -> None:
        door = Script(open=(200, self.REFUSED)).door(world)
        assert [await self.error(door, world) for _ in range(5)] == ["the_keys.33"] * 5
        assert not door._gateway.has_rival

    async def test_that_another_door_was_overtaken_does_not_excuse_it(self, world: World) -> None:
        script = Script(locker_status=(200, CLOSED), open=(200, self.REFUSED))
        given = {"front": the_keys_door(), "back": the_keys_door(identifier="222", share_code="ANOTHERcode12345")}
        doors = {name: DOOR_SETTINGS["the_keys"].model_validate(door) for name, door in given.items()}
        drivers = build_drivers(doors, world.context(script))
        front, back = drivers["front"], drivers["back"]
        assert isinstance(front, TheKeys)
        assert isinstance(back, TheKeys)
        await front.status()
        assert [await self.error(front, world) for _ in range(3)] == ["the_keys.33.another_client"] * 3
        assert front._gateway.has_rival
        assert await self.error(back, world) == "the_keys.33"

    async def test_an_invalid_hmac_is_the_code_even_if_it_worked_before(self, world: World) -> None:
        script = Script(locker_status=(200, CLOSED), open=(200, {**self.REFUSED, "cause": "invalid hmac"}))
        door = script.door(world)
        await door.status()
        assert await self.error(door, world) == "the_keys.33"

    async def test_what_worked_before_was_overtaken(self, world: World) -> None:
        script = Script(locker_status=(200, CLOSED), open=(200, {**self.REFUSED, "cause": "timestamp too old"}))
        door = script.door(world)
        assert await self.error(door, world) == "the_keys.33.too_old"
        await door.status()
        assert await self.error(door, world) == "the_keys.33.another_client"


class Shared:
    """Two doors behind one gateway."""

    def __init__(self, world: World) -> None:
        locks = (simulator.Smartlock(int(IDENTIFIER), SHARE_CODE), simulator.Smartlock(222, "another"))
        self.world = world
        self.gateway = simulator.GatewaySimulator(*locks, clock=world.now, sleep=world.sleep)
        transport = httpx.ASGITransport(create_app(self.gateway))
        given = {"front": the_keys_door(), "back": the_keys_door(identifier="222", share_code="another")}
        doors = {name: DOOR_SETTINGS["the_keys"].model_validate(door) for name, door in given.items()}
        drivers = build_drivers(doors, world.context(transport))
        self.front, self.back = drivers["front"], drivers["back"]


@pytest.fixture
async def shared(world: World) -> AsyncIterator[Shared]:
    shared = Shared(world)
    yield shared
    await shared.front.aclose()


class TestOneGateway:
    async def test_requests_never_overlap(self, shared: Shared) -> None:
        shared.gateway.latency = 1
        asks = [door.status() for door in (shared.front, shared.back) for _ in range(3)]
        await asyncio.gather(*asks, shared.front.unlock(shared.world.deadline(60)))
        assert shared.gateway.overlaps == 0

    async def test_timestamps_grow_over_all_its_doors(self, shared: Shared) -> None:
        await asyncio.gather(*(door.status() for door in (shared.front, shared.back) for _ in range(4)))
        stamps = [int(request.ts or 0) for request in shared.gateway.requests]
        assert stamps == sorted(set(stamps))

    async def test_one_list_serves_all_doors(self, shared: Shared) -> None:
        await asyncio.gather(shared.front.poll(None), shared.back.poll(None))
        assert [request.path for request in shared.gateway.requests].count("/lockers") == 1

    async def test_a_command_goes_before_polls(self, shared: Shared) -> None:
        polls = [asyncio.ensure_future(door.status()) for door in (shared.front, shared.back) * 2]
        await asyncio.sleep(0)
        await shared.back.unlock(shared.world.deadline())
        await asyncio.gather(*polls)
        assert [request.path for request in shared.gateway.requests].index("/open") <= 1

    async def test_there_are_rests_between_requests(self, shared: Shared) -> None:
        for _ in range(3):
            await shared.front.status()
        times = [request.at for request in shared.gateway.requests]
        assert min(b - a for a, b in pairwise(times)) >= 1


class TestDeadGateway:
    async def _kill(self, house: House) -> None:
        house.gateway.offline = True
        for _ in range(3):
            with pytest.raises(OutOfReach):
                await house.driver.status()

    async def test_readings_fail_at_once_and_say_since_when(self, house: House) -> None:
        await self._kill(house)
        slept = list(house.world.slept)
        with pytest.raises(OutOfReach, match=r"dead \(since=\d\d:\d\d\)"):
            await house.driver.poll(None)
        assert house.world.slept == slept

    async def test_commands_are_not_sent(self, house: House) -> None:
        await self._kill(house)
        with pytest.raises(NotSent, match="dead"):
            await house.driver.unlock(house.world.deadline())

    async def test_only_status_is_probed_and_that_ever_more_seldom(self, house: House) -> None:
        await self._kill(house)
        house.gateway.offline = False
        house.gateway.faults.arrange(None, "reset_before", None)
        for _ in range(300):
            house.world.at += 2
            with pytest.raises(OutOfReach):
                await house.driver.poll(None)
        assert set(house.paths()) == {"/status"}
        assert len(house.paths()) < 20

    async def test_a_gateway_that_is_back_is_used_again(self, house: House) -> None:
        await self._kill(house)
        house.gateway.offline = False
        await house.world.sleep(61)
        assert (await house.driver.poll(None)).bolt is Bolt.LOCKED
        await house.driver.unlock(house.world.deadline())

    async def test_a_command_finds_out_soon_that_it_is_back(self, house: House) -> None:
        await self._kill(house)
        for _ in range(20):
            house.world.at += 60
            with pytest.raises(OutOfReach):
                await house.driver.status()
        house.gateway.offline = False
        house.world.at += 5
        with pytest.raises(OutOfReach):
            await house.driver.status()
        await house.driver.unlock(house.world.deadline())
        assert house.smartlock.bolt == "unlocked"

    async def test_another_day_is_named(self, house: House) -> None:
        await self._kill(house)
        with pytest.raises(OutOfReach):
            await house.driver.status()
        house.world.at += 86_400
        with pytest.raises(OutOfReach, match=r"since=\d{4}-\d\d-\d\d \d\d:\d\d"):
            await house.driver.status()


class TestSynchronising:
    async def test_lock_and_gateway_are_both_synchronised(self, house: House) -> None:
        await house.driver.synchronise()
        assert house.paths() == ["/locker/synchronize", "/synchronize"]

    async def test_a_gateway_that_is_at_it_already_is_fine(self, house: House) -> None:
        house.gateway.synchronise_seconds = 100
        await house.driver.synchronise()

    async def test_a_gateway_that_is_busy_with_something_else_is_told(self, world: World) -> None:
        script = Script(
            locker__synchronize=(200, {"status": "0", "code": "ok"}),
            synchronize=(200, {"status": "500", "message": "busy"}),
            status=(200, {"version": "65", "current_status": "Scanning"}),
        )
        with pytest.raises(Busy, match=r"the_keys\.500"):
            await script.door(world).synchronise()

    async def test_a_lock_out_of_range_is_named(self, house: House) -> None:
        house.smartlock.in_range = False
        with pytest.raises(OutOfReach, match=r"the_keys\.1 "):
            await house.driver.synchronise()


class TestSettings:
    @pytest.mark.parametrize(
        ("host", "kept"),
        [("192.168.1.20", "192.168.1.20"), (" Gateway.local:80 ", "gateway.local"), ("gw:8080", "gw:8080")],
    )
    def test_a_host_may_have_a_port(self, host: str, kept: str) -> None:
        door = DOOR_SETTINGS["the_keys"].model_validate(the_keys_door(host))
        assert getattr(door, "host") == kept  # noqa: B009

    @pytest.mark.parametrize(
        "wrong",
        [
            {"host": "http://gw"},
            {"host": "gw:99999"},
            {"identifier": "front"},
            {"share_code": "  "},
            {"share_code": "clé"},
            {"battery_full_mv": 8000},
            {"battery_empty_mv": 8000, "battery_full_mv": 7000},
            {"keypad_id": "KP3QZ81T"},
            {"keypad_prefix": "123"},
            {"color": "red"},
        ],
    )
    def test_nonsense_is_refused_without_showing_it(self, wrong: dict[str, object]) -> None:
        with pytest.raises(ValueError, match="validation error") as caught:
            DOOR_SETTINGS["the_keys"].model_validate({**the_keys_door(), **wrong})
        assert SHARE_CODE not in str(caught.value)

    async def test_no_repr_shows_the_share_code(self, house: House) -> None:
        driver = house.driver
        assert isinstance(driver, TheKeys)
        assert SHARE_CODE not in repr(driver) + repr(driver._key) + repr(driver._settings)
