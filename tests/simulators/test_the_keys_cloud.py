"""The simulated api.the-keys.fr logs in, lists, and makes, changes and deletes shares."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from simulators.control import create_app
from simulators.the_keys import KeysCloudSimulator
from tests.simulators.the_keys_house import CODE, FRONT, GatewayHouse, a_house

PHONE, PASSWORD = "+33612345678", "correct horse"
LOCK, GATEWAY, KEYPAD = 3001, "GW8XK2P7", "KP3QZ81T"


class Account:
    def __init__(self, house: GatewayHouse, cloud: KeysCloudSimulator, http: httpx.AsyncClient) -> None:
        self.house = house
        self.cloud = cloud
        self.http = http
        self.token = ""

    async def log_in(self, password: str = PASSWORD) -> httpx.Response:
        form = {"_username": PHONE, "_password": password}
        answer = await self.http.post("/api/login_check", data=form)
        self.token = answer.json().get("access_token", "")
        return answer

    async def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        fields = {f"partage_accessoire[{name}]": value for name, value in (form or {}).items()}
        answer = await self.http.request(method, f"/fr/api/v2/{path}", data=fields, headers=headers)
        return answer.json()

    async def share(self, accessory: str, **form: str) -> Any:
        return await self.ask("POST", f"partage/create/{LOCK}/accessoire/{accessory}", form)


@pytest.fixture
async def account() -> AsyncIterator[Account]:
    async with a_house() as house:
        cloud = KeysCloudSimulator(
            house.gateway, phone=PHONE, password=PASSWORD, clock=house.clock, sleep=house.clock.sleep
        )
        transport = httpx.ASGITransport(create_app(cloud))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            account = Account(house, cloud, http)
            await account.log_in()
            yield account


@pytest.mark.parametrize(
    ("given", "names"),
    [("both", {"access_token", "token"}), ("access_token", {"access_token"}), ("token", {"token"})],
)
async def test_the_token_comes_under_either_name(account: Account, given: str, names: set[str]) -> None:
    account.cloud.login_answer = given
    answer = (await account.log_in()).json()
    assert {"access_token", "token"} & set(answer) == names
    assert answer["expires_in"] == 3600
    assert answer["token_type"] == "bearer"


async def test_a_wrong_password_gives_no_token(account: Account) -> None:
    assert (await account.log_in("wrong")).status_code == 401


async def test_a_token_expires(account: Account) -> None:
    await account.house.clock.advance(3600)
    assert (await account.ask("GET", f"utilisateur/get/{PHONE}"))["error"] == "invalid_grant"
    await account.log_in()
    assert (await account.ask("GET", f"utilisateur/get/{PHONE}"))["status"] == 200


async def test_the_user_has_locks_with_three_kinds_of_numbers(account: Account) -> None:
    answer = await account.ask("GET", f"utilisateur/get/{PHONE}?_format=json")
    lock = answer["data"]["serrures"][0]
    accessory = lock["accessoires"][0]["accessoire"]
    assert (lock["id"], lock["id_serrure"], lock["etat"]) == (LOCK, str(FRONT), "close")
    assert (accessory["id"], accessory["id_accessoire"], accessory["type"]) == (501, GATEWAY, 1)
    assert answer["message"] == {"global": [], "form": []}


async def test_the_gateway_tells_when_it_was_seen_and_where(account: Account) -> None:
    data = (await account.ask("GET", "accessoire/get/501"))["data"]
    assert data["info"] == {"last_seen": "2027-01-15T07:59:56", "ip": "127.0.0.1"}
    account.cloud.gateway_ip = ""
    assert "ip" not in (await account.ask("GET", "accessoire/get/501"))["data"]["info"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "utilisateur/get/+33999999999"),
        ("GET", f"accessoire/get/{GATEWAY}"),
        ("GET", f"partage/all/serrure/{FRONT}"),
        ("POST", f"partage/create/{FRONT}/accessoire/{GATEWAY}"),
        ("POST", f"partage/create/{LOCK}/accessoire/501"),
        ("POST", "partage/accessoire/update/1"),
        ("POST", "partage/accessoire/delete/1"),
    ],
)
async def test_the_wrong_kind_of_number_finds_nothing(account: Account, method: str, path: str) -> None:
    answer = await account.ask(method, path)
    assert (answer["status"], answer["data"]) == (200, None)


async def test_a_share_with_the_gateway_invents_a_code_that_opens(account: Account) -> None:
    data = (await account.share(GATEWAY, nom="Latchkey", description=""))["data"]
    assert len(data["code"]) == 16
    assert (await account.house.post("/open", account.house.auth(code=data["code"])))["status"] == "ok"
    shares = (await account.ask("GET", f"partage/all/serrure/{LOCK}"))["data"]["partages_accessoire"]
    assert [share["nom"] for share in shares] == ["Home", "Latchkey"]


async def test_a_deleted_share_opens_no_more(account: Account) -> None:
    data = (await account.share(GATEWAY, nom="Latchkey"))["data"]
    await account.ask("POST", f"partage/accessoire/delete/{data['id']}")
    assert (await account.house.post("/open", account.house.auth(code=data["code"])))["code"] == 33
    home = (await account.ask("GET", f"partage/all/serrure/{LOCK}"))["data"]["partages_accessoire"][0]
    await account.ask("POST", f"partage/accessoire/delete/{home['id']}")
    assert (await account.house.post("/open"))["code"] == 32


async def test_an_update_without_the_checkbox_switches_the_share_off(account: Account) -> None:
    data = (await account.share(GATEWAY, nom="Latchkey", notification_enabled="1"))["data"]
    assert data["notification_enabled"]
    changed = (await account.ask("POST", f"partage/accessoire/update/{data['id']}", {"nom": "Late"}))["data"]
    assert (changed["nom"], changed["actif"], changed["notification_enabled"]) == ("Late", False, False)
    assert (await account.house.post("/open", account.house.auth(code=data["code"])))["code"] == 33


async def test_a_keypad_share_takes_the_callers_code_and_times(account: Account) -> None:
    times = {"date_debut": "2027-01-15", "date_fin": "2027-01-16"}
    times |= {"heure_debut][hour": "9", "heure_debut][minute": "5", "heure_fin][hour": "18", "heure_fin][minute": "0"}
    data = (await account.share(KEYPAD, nom="Guest", actif="1", code="4821", **times))["data"]
    assert (data["code"], data["date_fin"]) == ("4821", "2027-01-16")
    assert (data["heure_debut"], data["heure_fin"]) == ("09:05", "18:00")
    assert account.cloud.share_with_keypad("4821") is not None
    assert account.cloud.events[-1].what == "pin created"
    await account.ask("POST", f"partage/accessoire/delete/{data['id']}")
    assert account.cloud.share_with_keypad("4821") is None


@pytest.mark.parametrize("form", [{"code": "123"}, {"code": "12345"}, {}, {"code": "4821", "date_fin": "tomorrow"}])
async def test_a_form_the_keypad_cannot_take_is_refused(account: Account, form: dict[str, str]) -> None:
    answer = await account.share(KEYPAD, **form)
    assert (answer["status"], answer["data"]) == (400, None)
    assert answer["message"]["form"]


async def test_no_code_or_password_reaches_the_log(account: Account) -> None:
    code = (await account.share(GATEWAY, nom="Latchkey"))["data"]["code"]
    await account.share(KEYPAD, code="4821")
    log = (await account.http.get("/control/log")).text
    for secret in (code, "4821", PASSWORD, CODE, account.token):
        assert secret not in log


async def test_the_state_can_be_changed(account: Account) -> None:
    await account.http.post("/control/switches", json={"token_life_seconds": 0})
    assert (await account.ask("GET", f"utilisateur/get/{PHONE}"))["error"] == "invalid_grant"


async def test_a_status_can_be_forced(account: Account) -> None:
    account.cloud.fail("/fr/api/v2/partage/create/*", 500, cause="Oops")
    assert (await account.share(GATEWAY))["message"]["global"] == ["Oops"]
    assert account.cloud.events == []
