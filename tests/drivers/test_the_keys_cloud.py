"""The maker's cloud, simulated: logging in, shares, and codes for a keypad."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from bot.domain.codes import Pin
from bot.domain.doors import Capability
from bot.domain.remarks import Remark
from bot.drivers import fix_of
from bot.drivers.base import Deadline, LockDriver
from bot.drivers.errors import NotAuthorised, NotSent, Refused
from bot.drivers.the_keys import Cloud, TheKeysWithKeypad, international
from simulators import the_keys as simulator
from simulators.control import create_app
from tests.drivers.benches import pin_request, spelt
from tests.drivers.conftest import IDENTIFIER, SHARE_CODE, World, build, the_keys_door

PHONE, PASSWORD = "+33600000000", "canary-cloud-password"
LOCK, GATEWAY, KEYPAD = "3001", "GW8XK2P7", "KP3QZ81T"


@dataclass
class Account:
    world: World
    cloud: simulator.KeysCloudSimulator
    client: Cloud
    driver: LockDriver

    def paths(self) -> list[str]:
        return [request.path for request in self.cloud.requests]

    async def make(self) -> Pin:
        return await self.driver.create_pin(pin_request(self.world.now(), hours=2), self.world.deadline())

    def share(self, pin: Pin) -> Any:
        return self.cloud.shares[int(str(pin.handle))]


@asynccontextmanager
async def open_account(world: World, *, password: str = PASSWORD, **more: Any) -> AsyncIterator[Account]:
    gateway = simulator.GatewaySimulator(
        simulator.Smartlock(int(IDENTIFIER), SHARE_CODE), clock=world.now, sleep=world.sleep
    )
    cloud = simulator.KeysCloudSimulator(gateway, phone=PHONE, password=PASSWORD, clock=world.now, sleep=world.sleep)
    apps = {"gateway.test": create_app(gateway), "cloud.test": create_app(cloud)}

    async def by_host(scope: Any, receive: Any, send: Any) -> None:
        host = dict(scope["headers"])[b"host"].decode()
        await apps[host](scope, receive, send)

    context = world.context(httpx.ASGITransport(by_host), "Europe/Paris")
    keypad = {
        "cloud_url": "http://cloud.test",
        "cloud_phone": "06 00 00 00 00",
        "cloud_password": password,
        "cloud_lock_id": LOCK,
        "keypad_id": KEYPAD,
        **more,
    }
    client = Cloud("http://cloud.test", PHONE, password, context)
    driver = build("front", the_keys_door(**keypad), context)
    yield Account(world, cloud, client, driver)
    await client.aclose()
    await driver.aclose()


@pytest.fixture
async def account(world: World) -> AsyncIterator[Account]:
    async with open_account(world) as account:
        yield account


@pytest.mark.parametrize(
    ("phone", "dialled"),
    [("0612345678", "+33612345678"), ("06 12.34 56 78", "+33612345678"), ("+32 470 00", "+3247000")],
)
def test_numbers_become_international(phone: str, dialled: str) -> None:
    assert international(phone) == dialled


class TestAccount:
    @pytest.mark.parametrize("answer", ["both", "access_token", "token"])
    async def test_either_name_of_the_token_will_do(self, account: Account, answer: str) -> None:
        account.cloud.login_answer = answer
        assert [lock.serial for lock in await account.client.locks()] == [IDENTIFIER]

    async def test_a_wrong_password_is_named(self, world: World) -> None:
        async with open_account(world, password="wrong") as account:
            with pytest.raises(NotAuthorised, match="login") as caught:
                await account.client.log_in()
            assert fix_of(caught.value) == "Check CLOUD_PHONE and CLOUD_PASSWORD."

    async def test_one_login_serves_many_calls(self, account: Account) -> None:
        await account.client.locks()
        await account.client.shares(LOCK)
        assert account.paths().count("/api/login_check") == 1

    async def test_the_token_is_renewed_a_minute_early(self, account: Account) -> None:
        await account.client.locks()
        await account.world.sleep(3541)
        await account.client.locks()
        assert account.paths().count("/api/login_check") == 2

    async def test_a_token_that_ended_early_is_renewed_for_a_reading(self, account: Account) -> None:
        await account.client.locks()
        account.cloud.expire_tokens()
        assert await account.client.locks()

    async def test_locks_come_with_what_belongs_to_them(self, account: Account) -> None:
        (lock,) = await account.client.locks()
        assert (lock.id, lock.serial) == (int(LOCK), IDENTIFIER)
        assert [(it.kind, it.identifier) for it in lock.accessories] == [("gateway", GATEWAY), ("keypad", KEYPAD)]

    async def test_a_share_with_the_gateway_gives_its_code(self, account: Account) -> None:
        form = {"nom": "Latchkey", "description": "", "actif": "1"}
        share = await account.client.create_share(LOCK, GATEWAY, form, account.world.deadline())
        assert len(share.code) == 16
        assert share.code not in repr(share)
        assert share.code in account.cloud.lock(int(LOCK)).smartlock.codes()

    async def test_an_unknown_accessory_is_named(self, account: Account) -> None:
        with pytest.raises(Refused, match="no_accessory"):
            await account.client.create_share(LOCK, "NOSUCH", {"nom": "x"}, account.world.deadline())


class TestKeypad:
    async def test_the_door_can_make_and_revoke_codes(self, account: Account) -> None:
        assert isinstance(account.driver, TheKeysWithKeypad)
        assert Capability.PINS | Capability.REVOKE_PINS in account.driver.capabilities

    async def test_a_code_is_a_share_with_the_keypad(self, account: Account) -> None:
        pin = await account.make()
        share = account.share(pin)
        assert len(pin.digits) == 4
        assert (share.code, share.nom, share.accessory.id_accessoire) == (pin.digits, "Camille", KEYPAD)
        assert account.cloud.share_with_keypad(pin.digits) is share

    async def test_it_has_its_beginning_and_end_to_the_minute(self, account: Account) -> None:
        pin = await account.make()
        share = account.share(pin)
        # 14:13 UTC in Paris in September.
        assert (share.date_debut, share.date_fin) == ("2026-09-21", "2026-09-21")
        assert "16" in str(share.heure_debut)
        assert "18" in str(share.heure_fin)
        assert pin.starts_at is not None
        assert pin.ends_at is not None
        assert (pin.starts_at.second, (pin.ends_at - pin.starts_at).total_seconds()) == (0, 7260)

    async def test_a_code_ends_with_the_right_it_is_made_by(self, account: Account) -> None:
        world = account.world
        deadline = Deadline(world.at + 30, world.monotonic, right_ends_at=world.at + 1800)
        pin = await account.driver.create_pin(pin_request(world.now(), hours=2), deadline)
        assert pin.ends_at is not None
        assert world.now() + 1700 < pin.ends_at.timestamp() <= world.now() + 1800

    async def test_the_prefix_comes_first_where_it_is_known(self, world: World) -> None:
        async with open_account(world, keypad_prefix="07") as account:
            pin = await account.make()
            assert pin.digits == "07" + account.share(pin).code

    async def test_where_it_is_not_the_person_is_told(self, account: Account) -> None:
        assert (await account.make()).note == Remark("the_keys.code.prefix_first")

    async def test_two_codes_never_are_the_same(self, account: Account) -> None:
        assert len({(await account.make()).digits for _ in range(20)}) == 20

    async def test_a_code_can_be_revoked(self, account: Account) -> None:
        pin = await account.make()
        await account.driver.revoke_pin(str(pin.handle), account.world.deadline())
        assert account.cloud.share_with_keypad(pin.digits) is None

    async def test_a_code_already_gone_is_as_good_as_revoked(self, account: Account) -> None:
        await account.driver.revoke_pin("99999", account.world.deadline())

    async def test_without_the_cloud_no_code_is_made(self, account: Account) -> None:
        account.cloud.offline = True
        with pytest.raises(NotSent):
            await account.make()

    async def test_the_password_is_in_no_error(self, world: World) -> None:
        async with open_account(world, password="canary-wrong") as account:
            with pytest.raises(NotAuthorised) as caught:
                await account.make()
            assert "canary" not in f"{caught.value!r} {caught.value.remark} {account.driver!r} {account.client!r}"
            assert "DOORS__FRONT__CLOUD_PASSWORD" in str(fix_of(caught.value))

    async def test_check_counts_the_codes(self, account: Account) -> None:
        await account.make()
        assert spelt(await account.driver.check()).endswith("Codes on the keypad: 1.")
