"""Settings: the names everybody was promised, values taken verbatim, and faults that name and never show."""

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.drivers import DOOR_SETTINGS
from bot.settings import Settings, SettingsWrong, load_settings

COMPLETE = {
    "TELEGRAM_TOKEN": "123456:abc-DEF_ghi",
    "OWNER_IDS": "42,43",
    "DOORS__FRONT__DRIVER": "the_keys",
    "DOORS__FRONT__HOST": "192.168.1.20",
    "DOORS__FRONT__IDENTIFIER": "45961123",
    "DOORS__FRONT__SHARE_CODE": "Zmo1sps2OVyCFtl1",
}
GARAGE = {
    "DOORS__GARAGE__DRIVER": "kas",
    "DOORS__GARAGE__FACTORY_NUMBER": "SS000510",
    "DOORS__GARAGE__API_KEY": "eyJhbGciOi.canary",
}


class Environment:
    """The process environment of a test: nothing of ours but what the test puts in."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        for name in Settings.model_fields:
            monkeypatch.delenv(name.upper(), raising=False)

    def load(self, changes: dict[str, str | None] | None = None, **also: str | None) -> Settings:
        with self._monkeypatch.context() as patch:
            for name, value in {**COMPLETE, **(changes or {}), **also}.items():
                if value is None:
                    patch.delenv(name, raising=False)
                else:
                    patch.setenv(name, value)
            return load_settings(None)

    def faults(self, changes: dict[str, str | None] | None = None, **also: str | None) -> list[str]:
        with pytest.raises(SettingsWrong) as wrong:
            self.load(changes, **also)
        return wrong.value.faults


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch) -> Environment:
    return Environment(monkeypatch)


def secret_of(settings: Settings, door: str, name: str) -> str:
    value = getattr(settings.door_settings[door], name)
    assert isinstance(value, SecretStr)
    return value.get_secret_value()


def test_the_promised_names_are_read(env: Environment) -> None:
    loaded = env.load(
        TELEGRAM_API_URL="http://localhost:8081",
        DATABASE="/var/lib/latchkey.db",
        POLL_SECONDS="10",
        STALE_SECONDS="20",
        TIMEZONE="Europe/Paris",
        LOG_LEVEL="debug",
    )
    assert loaded.telegram_token.get_secret_value() == COMPLETE["TELEGRAM_TOKEN"]
    assert loaded.telegram_api_url == "http://localhost:8081"
    assert loaded.owner_ids == {42, 43}
    assert loaded.database == Path("/var/lib/latchkey.db")
    assert timedelta(seconds=loaded.poll_seconds) == timedelta(seconds=10)
    assert timedelta(seconds=loaded.stale_seconds) == timedelta(seconds=20)
    assert loaded.timezone == ZoneInfo("Europe/Paris")
    assert loaded.log_level == "DEBUG"


def test_what_is_not_set_is_as_promised(env: Environment) -> None:
    loaded = env.load()
    assert loaded.telegram_api_url == "https://api.telegram.org"
    assert loaded.database == Path("data/latchkey.db")
    assert (loaded.poll_seconds, loaded.stale_seconds, loaded.log_level) == (30, 30, "INFO")


def test_what_is_set_to_nothing_is_not_set(env: Environment) -> None:
    assert env.load(DATABASE="", TIMEZONE="", LOG_LEVEL="").database == Path("data/latchkey.db")


def test_doors_of_both_kinds_are_read(env: Environment) -> None:
    doors = env.load({**GARAGE, "DOORS__GARAGE__TITLE": "The garage", "DOORS__GARAGE__CONFIRM": "yes"}).door_settings
    assert {name: door.driver for name, door in doors.items()} == {"front": "the_keys", "garage": "kas"}
    assert (doors["garage"].title, doors["garage"].confirm) == ("The garage", "buttons")


def test_a_door_without_a_title_is_called_by_its_name(env: Environment) -> None:
    assert env.load().door_settings["front"].title == "Front"


@pytest.mark.parametrize(
    "code",
    [
        "12345678901234e1",
        "1234567890123456",
        "0000000000001234",
        "1e5",
        "0x10",
        "true",
        "null",
        "NaN",
        "Infinity",
    ],
)
def test_a_share_code_is_taken_verbatim(env: Environment, code: str) -> None:
    assert secret_of(env.load(DOORS__FRONT__SHARE_CODE=code), "front", "share_code") == code


def test_an_api_key_of_digits_is_taken_verbatim(env: Environment) -> None:
    loaded = env.load({**GARAGE, "DOORS__GARAGE__API_KEY": "00012e3"})
    assert secret_of(loaded, "garage", "api_key") == "00012e3"


@pytest.mark.parametrize("number", ["00045961123", "45961123"])
def test_an_identifier_keeps_its_zeros(env: Environment, number: str) -> None:
    assert getattr(env.load(DOORS__FRONT__IDENTIFIER=number).door_settings["front"], "identifier", "") == number


@given(code=st.from_regex(r"[A-Za-z0-9]{1,40}", fullmatch=True))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_any_share_code_is_taken_verbatim(env: Environment, code: str) -> None:
    assert secret_of(env.load(DOORS__FRONT__SHARE_CODE=code), "front", "share_code") == code


@pytest.mark.parametrize("code", ["{}", "[1]", "a,b", "a__b", "$HOME", "%41", "a b", "Zmo1sps2OVyCFtl1\u200b", "é"])
def test_a_share_code_is_letters_and_digits_only(env: Environment, code: str) -> None:
    [fault] = env.faults(DOORS__FRONT__SHARE_CODE=code)
    assert fault == "DOORS__FRONT__SHARE_CODE: is not a share code: copy it again, it is letters and digits only"


@given(password=st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="'\"`#"), min_size=1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_any_password_is_taken_verbatim(env: Environment, password: str) -> None:
    loaded = env.load(DOORS__FRONT__CLOUD_PASSWORD=password)
    assert secret_of(loaded, "front", "cloud_password") == password


def test_a_file_is_read_and_the_environment_wins(
    env: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".env"
    file.write_text("".join(f"{name}={value}\n" for name, value in COMPLETE.items()) + "POLL_SECONDS=11\n")
    monkeypatch.setenv("DOORS__FRONT__SHARE_CODE", "00012e3")
    loaded = load_settings(file)
    assert loaded.poll_seconds == 11
    assert secret_of(loaded, "front", "share_code") == "00012e3"


def test_a_share_code_in_a_file_is_taken_verbatim(env: Environment, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    changed = {**COMPLETE, "DOORS__FRONT__SHARE_CODE": "12345678901234e1"}
    file.write_text("".join(f"{name}={value}\n" for name, value in changed.items()))
    assert secret_of(load_settings(file), "front", "share_code") == "12345678901234e1"


@pytest.mark.parametrize("name", COMPLETE)
def test_each_missing_setting_is_named(env: Environment, name: str) -> None:
    faults = env.faults({name: None})
    assert any(fault.startswith(f"{name}: ") for fault in faults), faults


def test_all_faults_are_told_at_once(env: Environment) -> None:
    faults = env.faults(TELEGRAM_TOKEN="nonsense", OWNER_IDS="me", POLL_SECONDS="soon")
    assert [fault.partition(":")[0] for fault in faults] == ["TELEGRAM_TOKEN", "OWNER_IDS", "POLL_SECONDS"]


def test_the_faults_of_all_doors_are_told_at_once(env: Environment) -> None:
    faults = env.faults({**GARAGE, "DOORS__GARAGE__API_KEY": None, "DOORS__FRONT__SHARE_CODE": None})
    assert [fault.partition(":")[0] for fault in faults] == ["DOORS__FRONT__SHARE_CODE", "DOORS__GARAGE__API_KEY"]


def test_a_house_without_doors_is_a_fault(env: Environment) -> None:
    faults = env.faults(dict.fromkeys(name for name in COMPLETE if name.startswith("DOORS")))
    assert len(faults) == 1
    assert "DOORS__FRONT__DRIVER=the_keys" in faults[0]


@pytest.mark.parametrize("owner", ["1087968824", "136817688", "777000", "42,777000", "0", "-5", str(2**52)])
def test_ids_that_are_no_person_are_refused_as_owners(env: Environment, owner: str) -> None:
    [fault] = env.faults(OWNER_IDS=owner)
    assert fault.startswith("OWNER_IDS: ")


@pytest.mark.parametrize("owners", ["1_0", "42.0", "0x2A", "@anna", "42;43", "٤٢"])
def test_an_owner_that_is_not_written_in_digits_is_refused(env: Environment, owners: str) -> None:
    """Python would read some of these as a number: somebody else's."""
    [fault] = env.faults(OWNER_IDS=owners)
    assert fault.startswith("OWNER_IDS: ")


@pytest.mark.parametrize("owners", ["42,43", "42, 43", " 42 43 ", "42,43,", "42,42,43"])
def test_owners_may_be_parted_by_commas_and_spaces(env: Environment, owners: str) -> None:
    assert env.load(OWNER_IDS=owners).owner_ids == {42, 43}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DOORS__FRONT__SHARE_KODE", "x"),
        ("DOORS__FRONT__API_KEY", "x"),
        ("DOORS__FRONT__SHARE__CODE", "x"),
        ("DOORS__BACK", "x"),
        ("DOORS", "x"),
        ("DOORS__BACK__HOST", "192.168.1.21"),
        ("DOORS__BACK__DRIVER", "nuki"),
        ("DOORS__BACK__DRIVER__X", "the_keys"),
        ("DOORS____DRIVER", "kas"),
        ("DOORS__Front Door__DRIVER", "kas"),
    ],
)
def test_an_unknown_door_setting_is_a_fault_that_names_it(env: Environment, name: str, value: str) -> None:
    faults = env.faults({name: value})
    assert faults
    assert all(fault.startswith("DOORS") for fault in faults)


def test_two_doors_cannot_be_called_the_same(env: Environment) -> None:
    [fault] = env.faults({**GARAGE, "DOORS__GARAGE__TITLE": "FRONT"})
    assert fault == "DOORS__GARAGE__TITLE: the door front is already called that"


@pytest.mark.parametrize("title", ["Back door", "back-door", "Back  Door"])
def test_two_doors_cannot_be_called_what_sounds_the_same(env: Environment, title: str) -> None:
    """`/open back door` must not mean the one door to whoever says it and the other to the bot."""
    back = {name.replace("GARAGE", "BACK_DOOR"): value for name, value in GARAGE.items()}
    rear = {"DOORS__BACK_DOOR__TITLE": "Rear", "DOORS__GARAGE__TITLE": title}
    [fault] = env.faults({**back, **GARAGE, **rear})
    assert fault == "DOORS__GARAGE__TITLE: the door back_door is already called that"


SHAPES = {
    "TELEGRAM_TOKEN": "{}",
    "TELEGRAM_API_URL": "ftp://{}",
    "OWNER_IDS": "42,{}",
    "POLL_SECONDS": "{}",
    "STALE_SECONDS": "{}",
    "UNREACHABLE_AFTER": "{}",
    "BATTERY_LOW_PERCENT": "{}",
    "TIMEZONE": "{}",
    "LOG_LEVEL": "{}",
    "DOORS": "{}",
    "DOORS__BACK": "{}",
    "DOORS__FRONT__DRIVER": "{}",
    "DOORS__FRONT__HOST": "http://{}/",
    "DOORS__FRONT__IDENTIFIER": "{}",
    "DOORS__FRONT__SHARE_CODE": "{}\n",
    "DOORS__FRONT__CONFIRM": "{}",
    "DOORS__FRONT__TIMEOUT_SECONDS": "{}",
    "DOORS__FRONT__KEYPAD_PREFIX": "{}",
    "DOORS__FRONT__SHARE_KODE": "{}",
    "DOORS__GARAGE__FACTORY_NUMBER": "{}!",
    "DOORS__GARAGE__API_KEY": "a b {}",
    "DOORS__GARAGE__PIN_UNITS": "{}",
    "DOORS__GARAGE__START_TIME_UNIT": "{}",
    "DOORS__GARAGE__BASE_URL": "{}",
    "DOORS__GARAGE__SYNCED_ON": "{}",
}


@given(wrong=st.sets(st.sampled_from(sorted(SHAPES)), min_size=1, max_size=4), number=st.integers(10**9, 10**12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_no_fault_shows_a_value(env: Environment, wrong: set[str], number: int) -> None:
    canary = f"canary é{number}"
    faults = env.faults({**GARAGE, **{name: SHAPES[name].format(canary) for name in wrong}})
    assert not any("canary" in fault or str(number) in fault for fault in faults), faults
    assert not any("\n" in fault for fault in faults), "one line each"


@pytest.mark.parametrize("name", sorted(set(SHAPES) - {"DOORS__BACK"}))
def test_each_fault_names_its_variable(env: Environment, name: str) -> None:
    faults = env.faults({**GARAGE, name: SHAPES[name].format("canary é")})
    assert any(fault.startswith(f"{name}: ") for fault in faults), faults


def test_every_secret_is_known_to_the_redactor(env: Environment) -> None:
    secrets = set(env.load({**GARAGE}).secrets())
    assert secrets == {COMPLETE[n] for n in ("TELEGRAM_TOKEN", "DOORS__FRONT__SHARE_CODE")} | {
        GARAGE["DOORS__GARAGE__API_KEY"]
    }


def test_settings_printed_by_mistake_show_no_secret(env: Environment) -> None:
    loaded = env.load({**GARAGE})
    shown = repr(loaded) + str(loaded) + repr(loaded.door_settings)
    assert not [secret for secret in loaded.secrets() if secret in shown]


def test_every_driver_has_settings() -> None:
    assert set(DOOR_SETTINGS) == {"the_keys", "kas"}


def test_faults_of_doors_and_of_the_rest_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TELEGRAM_TOKEN", "OWNER_IDS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOORS__FRONT__DRIVER", "kas")
    with pytest.raises(SettingsWrong) as wrong:
        load_settings(None)
    named = {fault.partition(":")[0] for fault in wrong.value.faults}
    assert {"TELEGRAM_TOKEN", "OWNER_IDS", "DOORS__FRONT__FACTORY_NUMBER", "DOORS__FRONT__API_KEY"} <= named
