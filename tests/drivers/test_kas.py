"""A KAS door, against the simulated cloud."""

import asyncio
import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.calendars import Window
from bot.domain.codes import Pin
from bot.domain.commands import Delivery
from bot.domain.remarks import Remark
from bot.drivers import DOOR_SETTINGS, fix_of, say
from bot.drivers.base import Deadline
from bot.drivers.errors import (
    Busy,
    LockError,
    NotAuthorised,
    NotSent,
    OutcomeUnknown,
    OutOfReach,
    Refused,
    UnexpectedReply,
    Unsupported,
    Withdrawn,
)
from bot.drivers.http import HttpReply, Unreadable
from bot.drivers.kas import KasAdvanced
from bot.drivers.kas.answers import check_command, check_query
from bot.drivers.kas.offline import length_from_hour, mode_and_duration, start_of
from bot.drivers.kas.slots import free_slot, read_slots
from tests.drivers.benches import pin_request, spelt
from tests.drivers.conftest import API_KEY, FACTORY_NUMBER, CloudHouse, World, build, kas_door, kas_house
from tests.drivers.peer import Answering

HOURS_AND_DAYS = "hours,days"


async def make(house: CloudHouse, **span: float) -> Pin:
    return await house.driver.create_pin(pin_request(house.world.now(), **span), house.world.deadline())


def sent(house: CloudHouse) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(house.cloud.requests[-1].raw)
    return body


class TestOpening:
    async def test_open_is_accepted_and_not_called_confirmed(self, garage: CloudHouse) -> None:
        assert await garage.driver.unlock(garage.world.deadline()) is Delivery.ACCEPTED
        assert [event.what for event in garage.cloud.events] == ["unlocked"]

    async def test_it_is_the_documented_request(self, garage: CloudHouse) -> None:
        await garage.driver.unlock(garage.world.deadline())
        request = garage.cloud.requests[0]
        assert (request.method, request.path) == ("GET", f"/api/lockCommand/remoteUnlock/{FACTORY_NUMBER}")
        assert request.fields["key"] == "accepted"

    async def test_every_request_says_json_also_one_without_a_body(self, world: World) -> None:
        types: dict[str, str] = {}

        def answer(request: httpx.Request) -> httpx.Response:
            types[f"{request.method} {request.url.path.split('/')[3]}"] = request.headers.get("content-type", "none")
            return httpx.Response(200, content=b'{"ack": 0, "l_passwords": []}')

        driver = build("garage", kas_door(advanced=True), world.context(Answering(answer)))
        await driver.unlock(world.deadline())
        await driver.create_pin(pin_request(world.now()), world.deadline())
        await driver.synchronise()
        assert types == dict.fromkeys(
            ("GET remoteUnlock", "GET remotePassword", "POST remotePassword", "PUT setClock"), "application/json"
        )

    async def test_the_answers_of_2021_are_understood(self, garage: CloudHouse) -> None:
        garage.cloud.answers = "json"
        assert await garage.driver.unlock(garage.world.deadline()) is Delivery.ACCEPTED

    async def test_a_lock_whose_gateway_is_away_is_unknown_in_2021(self, garage: CloudHouse) -> None:
        garage.cloud.answers = "json"
        garage.kas_lock.gateway_online = False
        with pytest.raises(OutcomeUnknown) as caught:
            await garage.driver.unlock(garage.world.deadline())
        assert caught.value.remark == Remark("kas.504", {"status": 504})
        assert len(garage.cloud.requests) == 1

    async def test_not_the_admin(self, garage: CloudHouse) -> None:
        garage.kas_lock.admin = False
        with pytest.raises(NotAuthorised, match="not_admin"):
            await garage.driver.unlock(garage.world.deadline())

    async def test_a_key_that_was_replaced(self, garage: CloudHouse) -> None:
        garage.cloud.key = "a newer key"
        with pytest.raises(NotAuthorised) as caught:
            await garage.driver.unlock(garage.world.deadline())
        assert "DOORS__GARAGE__API_KEY" in str(fix_of(caught.value))

    async def test_a_lock_that_is_not_there(self, world: World) -> None:
        async with kas_house(world, factory_number="SS999999") as house:
            with pytest.raises(Refused) as caught:
                await house.driver.unlock(world.deadline())
        assert "DOORS__GARAGE__FACTORY_NUMBER" in str(fix_of(caught.value))

    @pytest.mark.parametrize("fault", ["silent_after", "reset_after", "truncated", "http_500", "http_504", "not_json"])
    async def test_what_may_have_opened_is_unknown_and_never_repeated(self, world: World, fault: str) -> None:
        async with kas_house(world, timeout_seconds=0.05) as house:
            house.cloud.faults.arrange("/api/lockCommand/remoteUnlock/*", fault)
            with pytest.raises(OutcomeUnknown):
                await house.driver.unlock(world.deadline())
            assert len(house.cloud.requests) == 1

    async def test_never_more_than_the_queue_takes(self, garage: CloudHouse) -> None:
        garage.kas_lock.gateway_online = False
        for _ in range(30):
            await garage.driver.unlock(garage.world.deadline(is_owner=True))
        with pytest.raises(Busy) as caught:
            await garage.driver.unlock(garage.world.deadline(is_owner=True))
        assert len(garage.cloud.requests) == 30
        assert "dropped" not in [event.what for event in garage.cloud.events]
        await garage.world.sleep(float(caught.value.retry_after or 0))
        garage.kas_lock.gateway_online = True
        await garage.driver.unlock(garage.world.deadline(is_owner=True))

    async def test_one_person_fills_a_part_of_the_queue_and_not_all_of_it(self, garage: CloudHouse) -> None:
        async def open_as(caller: int, *, is_owner: bool = False) -> None:
            await garage.driver.unlock(garage.world.deadline(caller=caller, is_owner=is_owner))

        for _ in range(10):
            await open_as(1)
        with pytest.raises(Busy, match="share_full"):
            await open_as(1)
        for caller in (2,) * 10 + (3,) * 5:
            await open_as(caller)
        with pytest.raises(Busy, match="queue_full"):
            await open_as(4)
        await open_as(9, is_owner=True)

    async def test_what_was_not_sent_fills_no_queue(self, garage: CloudHouse) -> None:
        for _ in range(40):
            deadline = garage.world.deadline()
            deadline.withdraw()
            with pytest.raises(Withdrawn):
                await garage.driver.unlock(deadline)
        await garage.driver.unlock(garage.world.deadline())

    async def test_a_slow_code_keeps_nobody_out(self, world: World) -> None:
        made, asked = asyncio.Event(), asyncio.Event()

        class Slow(httpx.AsyncBaseTransport):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                if "pinCode" in request.url.path:
                    asked.set()
                    await made.wait()
                return httpx.Response(200, stream=httpx.ByteStream(b"01234567"))

        driver = build("garage", kas_door(), world.context(Slow()))
        code = asyncio.ensure_future(driver.create_pin(pin_request(world.now()), world.deadline()))
        await asked.wait()
        assert await driver.unlock(world.deadline(caller=2)) is Delivery.ACCEPTED
        made.set()
        await code

    async def test_there_is_a_rest_between_commands(self, garage: CloudHouse) -> None:
        await asyncio.gather(*(garage.driver.unlock(garage.world.deadline()) for _ in range(3)))
        times = [request.at for request in garage.cloud.requests]
        assert times == [times[0], times[0] + 1, times[0] + 2]

    async def test_the_key_is_in_no_log_repr_or_error(
        self, garage: CloudHouse, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG, "latchkey")
        garage.cloud.faults.arrange(None, "reset_before", None)
        with pytest.raises(OutcomeUnknown) as caught:
            await garage.driver.unlock(garage.world.deadline())
        ours = [record.getMessage() for record in caplog.records if record.name.startswith("latchkey")]
        told = f"{caught.value!r} {caught.value.remark} {garage.driver!r} {vars(garage.driver)} {ours}"
        assert API_KEY not in told

    async def test_it_cannot_close_and_says_so(self, garage: CloudHouse) -> None:
        with pytest.raises(Unsupported, match="cannot_close"):
            await garage.driver.lock(garage.world.deadline())


class TestOfflineCodes:
    async def test_eight_digits_as_text(self, garage: CloudHouse) -> None:
        pin = await make(garage, hours=2)
        assert pin.digits == garage.kas_lock.pins[0].digits
        assert len(pin.digits) == 8

    async def test_nothing_is_promised_that_kas_does_not_promise(self, garage: CloudHouse) -> None:
        pin = await make(garage, hours=2)
        assert (pin.handle, pin.starts_at, pin.ends_at) == (None, None, None)
        assert "cannot be revoked" in say(pin.note or Remark(""))
        assert pin.digits not in repr(pin)

    @pytest.mark.parametrize(
        ("span", "mode", "duration"),
        [({"hours": 2}, 0, 2), ({"hours": 61}, 0, 61), ({"days": 3}, 1, 3), ({"days": 7}, 1, 7), ({"days": 61}, 1, 61)],
    )
    async def test_the_span_becomes_mode_and_duration(
        self, garage: CloudHouse, span: dict[str, float], mode: int, duration: int
    ) -> None:
        await make(garage, **span)
        assert (sent(garage)["mode"], sent(garage)["duration"]) == (mode, duration)

    async def test_it_begins_with_the_hour(self, garage: CloudHouse) -> None:
        await make(garage, hours=1)
        assert sent(garage)["startTime"] == 1_789_999_200

    async def test_the_start_may_be_counted_in_milliseconds(self, world: World) -> None:
        async with kas_house(world, start_time_unit="milliseconds") as house:
            house.cloud.start_time_unit = "milliseconds"
            await make(house, hours=1)
            assert sent(house)["startTime"] == 1_789_999_200_000

    @pytest.mark.parametrize(
        ("span", "advice"),
        [
            ({"minutes": 30}, "ask for 1h"),
            ({"minutes": 90}, "ask for 1h / 2h"),
            ({"hours": 62}, "ask for 61h / 3d"),
            ({"hours": 100}, "ask for 4d / 5d"),
            ({"days": 62}, "ask for 61d"),
            ({"seconds": 0}, "ask for 1h"),
        ],
    )
    async def test_what_does_not_fit_is_refused_with_what_would(
        self, garage: CloudHouse, span: dict[str, float], advice: str
    ) -> None:
        with pytest.raises(Refused) as caught:
            await make(garage, **span)
        assert say(caught.value).endswith(f"{advice}.")
        assert garage.cloud.requests == []

    async def test_an_owner_may_change_what_the_modes_count(self, world: World) -> None:
        async with kas_house(world, pin_units="days,hours") as house:
            await make(house, hours=2)
            assert (sent(house)["mode"], sent(house)["duration"]) == (1, 2)

    async def test_a_mode_may_be_left_out(self, world: World) -> None:
        async with kas_house(world, pin_units="-,days") as house:
            with pytest.raises(Refused) as caught:
                await make(house, hours=2)
            assert say(caught.value) == "This lock's codes last 1 to 61 whole days: ask for 1d."

    async def test_codes_cannot_be_revoked_and_it_says_why(self, garage: CloudHouse) -> None:
        with pytest.raises(Unsupported, match="cannot_revoke"):
            await garage.driver.revoke_pin("1", garage.world.deadline())

    async def test_an_expired_timestamp_is_refused(self, garage: CloudHouse) -> None:
        garage.kas_lock.timestamp_synced_at -= 400 * 86_400
        with pytest.raises(Refused):
            await make(garage, hours=1)

    @given(st.integers(1, 61 * 24 * 60))
    def test_no_code_ever_lasts_longer_than_asked(self, minutes: int) -> None:
        wanted = timedelta(minutes=minutes)
        try:
            mode, duration = mode_and_duration(wanted, HOURS_AND_DAYS)
        except Refused:
            return
        assert duration * (timedelta(hours=1), timedelta(days=1))[mode] == wanted

    @given(st.floats(0, 4e9))
    def test_the_start_is_never_later_than_asked(self, at: float) -> None:
        assert at - 3600 < start_of(at, "seconds") <= at


class TestReminder:
    async def test_an_owner_is_reminded_a_month_ahead(self, world: World) -> None:
        async with kas_house(world, synced_on="2025-11-20") as house:
            assert house.driver.reminder() == Remark("kas.timestamp_due", {"due": "2026-10-16"})
            assert "KAS app by 2026-10-16" in spelt(await house.driver.check())
            assert (await make(house, hours=1)).note == Remark("kas.code.offline")

    async def test_and_told_when_the_date_has_passed(self, world: World) -> None:
        async with kas_house(world, synced_on="2025-09-20") as house:
            assert house.driver.reminder() == Remark("kas.timestamp_over", {"due": "2026-08-16"})
            assert "ended on 2026-08-16" in spelt(await house.driver.check())
            assert (await make(house, hours=1)).note == Remark("kas.code.overdue")

    async def test_not_earlier(self, world: World) -> None:
        async with kas_house(world, synced_on="2026-08-01") as house:
            assert house.driver.reminder() is None

    async def test_without_a_date_clock_and_eleven_months_are_said_before_the_first_code(
        self, garage: CloudHouse
    ) -> None:
        reminder = garage.driver.reminder()
        assert reminder is not None
        assert "for 11 months" in say(reminder)
        assert "DOORS__GARAGE__SYNCED_ON" in str(fix_of(reminder))
        assert "clock and timestamp" in spelt(await garage.driver.check())


class TestCheck:
    async def test_it_never_opens(self, garage: CloudHouse) -> None:
        assert "KAS Cloud answers" in spelt(await garage.driver.check())
        assert garage.cloud.events == []

    async def test_it_warns_of_an_odd_factory_number(self, world: World) -> None:
        async with kas_house(world, factory_number="MJ000006") as house:
            assert "SS or UL" in spelt(await house.driver.check())

    async def test_a_cloud_out_of_reach(self, garage: CloudHouse) -> None:
        garage.cloud.offline = True
        with pytest.raises(OutOfReach):
            await garage.driver.check()


class TestAdvanced:
    async def test_a_code_is_kept_in_a_slot_to_the_minute(self, advanced: CloudHouse) -> None:
        pin = await make(advanced, minutes=30)
        (kept,) = advanced.kas_lock.passwords.values()
        assert (kept.password_id, kept.password, kept.password_name) == (120, pin.digits, "Camille")
        # 14:13 UTC in Melbourne, which is ten hours ahead in September.
        assert (kept.password_start_time, kept.password_end_time) == ("202609220013", "202609220044")
        assert pin.handle == "120"

    async def test_what_is_only_queued_is_not_called_promised(self, advanced: CloudHouse) -> None:
        pin = await make(advanced, minutes=30)
        assert (pin.starts_at, pin.ends_at) == (None, None)
        assert say(pin.note or Remark("")) == (
            "Type the 6 digits at the lock. The code is valid until 2026-09-22 00:44 (Australia/Melbourne) as asked;"
            " it is not yet confirmed."
        )

    async def test_in_the_night_with_two_hours_a_code_ends_after_it_begins(self, world: World) -> None:
        world.at = datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp()
        async with kas_house(world, advanced=True, timezone="Europe/Paris") as house:
            await make(house, minutes=45)
            (kept,) = house.kas_lock.passwords.values()
            assert (kept.password_start_time, kept.password_end_time) == ("202610250159", "202610250300")

    async def test_a_code_ends_with_the_right_it_is_made_by(self, advanced: CloudHouse) -> None:
        world = advanced.world
        deadline = Deadline(world.at + 30, world.monotonic, right_ends_at=world.at + 1800)
        await advanced.driver.create_pin(pin_request(world.now(), hours=1), deadline)
        (kept,) = advanced.kas_lock.passwords.values()
        # 14:13:20 UTC and half an hour, in Melbourne.
        assert kept.password_end_time == "202609220043"

    async def test_basic_calls_stay_possible(self, advanced: CloudHouse) -> None:
        assert isinstance(advanced.driver, KasAdvanced)
        pin = await advanced.driver.create_offline_code(1, 0, 1_789_999_200, advanced.world.deadline())
        assert advanced.kas_lock.pins[0].digits == pin.digits
        assert await advanced.driver.unlock(advanced.world.deadline()) is Delivery.ACCEPTED

    async def test_slots_in_use_are_never_overwritten(self, advanced: CloudHouse) -> None:
        pins = [await make(advanced, hours=1) for _ in range(3)]
        assert [pin.handle for pin in pins] == ["120", "121", "122"]
        assert len({pin.digits for pin in pins}) == 3

    async def test_a_slot_whose_code_is_still_queued_is_not_used_again(self, advanced: CloudHouse) -> None:
        advanced.cloud.unlock_delay = 1000
        assert [(await make(advanced, hours=1)).handle for _ in range(2)] == ["120", "121"]

    async def test_a_slot_of_an_unanswered_code_is_not_used_again(self, advanced: CloudHouse) -> None:
        advanced.kas_lock.gateway_online = False
        with pytest.raises(OutcomeUnknown):
            await make(advanced, hours=1)
        advanced.kas_lock.gateway_online = True
        advanced.cloud.queue.clear()
        assert (await make(advanced, hours=1)).handle == "121"

    async def test_a_code_can_be_revoked(self, advanced: CloudHouse) -> None:
        pin = await make(advanced, hours=1)
        await advanced.driver.revoke_pin(str(pin.handle), advanced.world.deadline())
        assert advanced.kas_lock.passwords == {}
        assert (await make(advanced, hours=1)).handle == "120"

    async def test_a_code_already_gone_is_as_good_as_revoked(self, advanced: CloudHouse) -> None:
        await advanced.driver.revoke_pin("150", advanced.world.deadline())
        assert advanced.paths() == ["remotePassword"]

    async def test_without_the_list_nothing_is_made(self, advanced: CloudHouse) -> None:
        advanced.cloud.faults.arrange(None, "not_json")
        with pytest.raises(NotSent):
            await make(advanced, hours=1)
        assert advanced.kas_lock.passwords == {}

    async def test_the_clock_can_be_set(self, advanced: CloudHouse) -> None:
        advanced.kas_lock.clock_set = False
        await advanced.driver.synchronise()
        assert advanced.kas_lock.clock_set

    async def test_a_plan_that_has_it_not(self, advanced: CloudHouse) -> None:
        advanced.cloud.plan = "basic"
        with pytest.raises(NotAuthorised) as caught:
            await advanced.driver.check()
        assert "plan" in str(fix_of(caught.value))

    async def test_check_counts_the_codes(self, advanced: CloudHouse) -> None:
        await make(advanced, hours=1)
        said = spelt(await advanced.driver.check())
        assert said.startswith("KAS Cloud takes the key; 1 of 100 codes are in use. Set the lock's clock")

    def test_slots_from_120_up_then_the_lower_ones_then_none(self) -> None:
        assert free_slot({120, 121}) == 122
        assert free_slot(range(120, 201)) == 101
        with pytest.raises(Refused, match="slots_full"):
            free_slot(range(101, 201))


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)
SLOTS = st.fixed_dictionaries({"l_passwords": st.lists(st.dictionaries(st.sampled_from(["password_id", "id"]), JSON))})
BODIES = st.binary() | st.builds(lambda value: json.dumps(value).encode(), JSON | SLOTS)


@given(st.integers(100, 599), BODIES)
def test_any_answer_is_taken_or_one_clear_error(status: int, body: bytes) -> None:
    answer = HttpReply(status, body)
    try:
        check_command(answer, door="garage")
    except LockError as error:
        assert isinstance(error, OutcomeUnknown | Refused)  # noqa: PT017
    try:
        check_query(answer, door="garage")
    except LockError as error:
        assert isinstance(error, UnexpectedReply | Refused)  # noqa: PT017


@given(BODIES)
def test_any_list_of_slots_is_read_whole_or_refused(body: bytes) -> None:
    try:
        read_slots(HttpReply(200, body).json())
    except Unreadable:
        return


@pytest.mark.parametrize(
    "wrong",
    [
        {"factory_number": "SS/../1"},
        {"api_key": "two words"},
        {"api_key": "clé"},
        {"pin_units": "weeks,days"},
        {"pin_units": "-,-"},
        {"start_time_unit": "minutes"},
        {"timezone": "Mars/Olympus"},
        {"base_url": "ftp://x"},
        {"color": "red"},
    ],
)
def test_nonsense_settings_are_refused_without_showing_the_key(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error") as caught:
        DOOR_SETTINGS["kas"].model_validate({**kas_door(), **wrong})
    assert API_KEY not in str(caught.value)


def test_a_code_that_begins_now_may_be_asked_for_by_a_clock_that_is_a_second_ahead() -> None:
    now = datetime(2026, 3, 1, 12, 34, tzinfo=UTC)
    wanted = Window(now + timedelta(seconds=1), now + timedelta(hours=2, seconds=1))
    assert length_from_hour(wanted, now, "hours,days") == timedelta(hours=2)
