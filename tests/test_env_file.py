"""`.env` means here what it means to `docker run --env-file`, and whatever else it may say is named in one line."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.drivers import DOOR_SETTINGS
from bot.settings import Settings, SettingsWrong, load_settings
from tests.test_settings import COMPLETE, GARAGE

QUOTES = "is in quotes, which would be part of the value: leave them out"
COMMENT = "has a # after a space, where other programs begin a comment: leave it out, or begin a line with it"
LEFT = "is still the placeholder of .env.example: put your own value there"
WEB = "is not a web address: write it like https://host or http://host:8080"
WHOLE = "must be a whole number from 1 up to"
DOOR = (
    "is not a setting: a door's settings are written like DOORS__FRONT__DRIVER=the_keys,"
    " with up to 24 letters, digits and single _ for the door's name"
)

SENTENCES = [
    # placeholders
    ("TELEGRAM_TOKEN=123456789:replace-me", LEFT),
    ("TELEGRAM_TOKEN=123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11", LEFT),
    ("OWNER_IDS=replace-me", LEFT),
    ("OWNER_IDS=REPLACE_ME,42", LEFT),
    ("DOORS__FRONT__SHARE_CODE=replaceme", LEFT),
    ("DOORS__FRONT__CLOUD_PASSWORD=replace-me", LEFT),
    (
        "OWNER_IDS=42,123456789",
        "one of them is no person but the number that stands in examples: name people by their own id",
    ),
    # what other readers of such files take away, and Docker does not
    ('TELEGRAM_TOKEN="123456:abc"', QUOTES),
    ("TELEGRAM_TOKEN='123456:abc'", QUOTES),
    ("DOORS__FRONT__TITLE=`Front`", QUOTES),
    ("DOORS__FRONT__CLOUD_PASSWORD='${HOME}'", QUOTES),
    ("POLL_SECONDS=30 # half a minute", COMMENT),
    ("DOORS__FRONT__TITLE=Front\t#1", COMMENT),
    ("DOORS__FRONT__KEYPAD_ID=# none", COMMENT),
    ("DOORS__FRONT__KEYPAD_ID=#", COMMENT),
    ("DOORS__FRONT__TITLE=Fr\x07nt", "has a sign in it that cannot be printed: write it again by hand"),
    # each kind of value
    ("TELEGRAM_TOKEN=123456", "is not a bot token: copy it whole from BotFather, like 123456:ABC-DEF"),
    ("OWNER_IDS=olga", "must be numbers with a comma between them, like 42,43"),
    ("OWNER_IDS=,", "must be numbers with a comma between them, like 42,43"),
    (
        "TELEGRAM_API_URL=https://api.telegram.org/bot",
        "must end before /bot, which is added by itself: write it like https://api.telegram.org",
    ),
    (
        "TELEGRAM_API_URL=https://api.telegram.org/bot123456:abc/",
        "must end before /bot, which is added by itself: write it like https://api.telegram.org",
    ),
    ("TELEGRAM_API_URL=api.telegram.org", WEB),
    ("TELEGRAM_API_URL=http://telegram.test:80000", WEB),
    ("TELEGRAM_API_URL=http://telegram.test:0", WEB),
    ("TELEGRAM_API_URL=http://:8081", WEB),
    ("TELEGRAM_API_URL=http://xn--zzzz", WEB),
    (
        "TELEGRAM_API_URL=https://olga:canary@telegram.test",
        "is more than a web address: leave out spaces, ?, # and any password",
    ),
    ("DATABASE=~/latchkey.db", "must be written out: ~ is not a folder here"),
    ("POLL_SECONDS=soon", "must be a number from 1 up to 3600, like 30"),
    ("POLL_SECONDS=30,5", "must be a number from 1 up to 3600, like 30"),
    ("STALE_SECONDS=nan", "must be a number from 5 up to 300, like 30"),
    ("UNREACHABLE_AFTER=2.5", f"{WHOLE} 100, like 3"),
    (f"UNREACHABLE_AFTER=1{'0' * 50}", f"{WHOLE} 100, like 3"),
    ("BATTERY_LOW_PERCENT=20%", f"{WHOLE} 99, like 20"),
    ("TIMEZONE=Paris", "is not a time zone: write it like Europe/Paris"),
    ("LOG_LEVEL=loud", "must be DEBUG, INFO, WARNING or ERROR"),
    ("DOORS__FRONT__DRIVER=the-keys", "must be one of the_keys, kas"),
    ("DOORS__BACK__HOST=192.168.1.21", None),
    ("DOORS__FRONT__TITLE=" + "x" * 41, "must not be longer than 40 letters"),
    ("DOORS__FRONT__TITLE=*", "must be something that people can type, and not * alone"),
    ("DOORS__FRONT__TITLE=_", "must be something that people can type, and not * alone"),
    ("DOORS__FRONT__CONFIRM=ja", "must be never, buttons or always"),
    (
        "DOORS__FRONT__HOST=http://192.168.1.20",
        "is not a host: write it like 192.168.1.20 or gateway.local:8080, without http://",
    ),
    (
        "DOORS__FRONT__HOST=xn--zzzz",
        "is not a host: write it like 192.168.1.20 or gateway.local:8080, without http://",
    ),
    ("DOORS__FRONT__IDENTIFIER=4596-1123", "must be digits only, like 45961123"),
    ("DOORS__FRONT__SHARE_CODE=Zmo1-sps2", "is not a share code: copy it again, it is letters and digits only"),
    ("DOORS__FRONT__TIMEOUT_SECONDS=0", "must be a number above 0 up to 120, like 15"),
    ("DOORS__FRONT__BATTERY_EMPTY_MV=20000", "must be a whole number above 0 below 20000"),
    ("DOORS__FRONT__CLOUD_PHONE=olga", "must be the account's phone number, like +33612345678"),
    ("DOORS__FRONT__CLOUD_URL=the-keys.fr", WEB),
    ("DOORS__FRONT__CLOUD_LOCK_ID=x", "must be digits only, like 45961123"),
    ("DOORS__FRONT__KEYPAD_ID=a b", "must be a keypad's word: `latchkey the-keys locks` shows it"),
    ("DOORS__FRONT__KEYPAD_PREFIX=123", "must be the two digits typed before every code, like 24"),
    (
        "DOORS__GARAGE__FACTORY_NUMBER=SS 510",
        "must be the lock's name in the app: letters and digits, like SS000510",
    ),
    ("DOORS__GARAGE__API_KEY=a b", "is not an API key: copy it again, without spaces"),
    ("DOORS__GARAGE__SYNCED_ON=tomorrow", "must be a day, like 2026-11-01"),
    ("DOORS__GARAGE__START_TIME_UNIT=hours", "must be seconds or milliseconds"),
    (
        "DOORS__GARAGE__PIN_UNITS=hours",
        "must name the units of mode 0 and mode 1, like hours,days; - is a mode not to use",
    ),
    ("DOORS__GARAGE__TIMEZONE=here", "is not a time zone: write it like Australia/Melbourne"),
    # names
    ("STALE_SECOND=30", "is not a setting: do you mean STALE_SECONDS?"),
    ("POLL_SECOND=30", "is not a setting: do you mean POLL_SECONDS?"),
    ("poll_seconds=30", "is not a setting: do you mean POLL_SECONDS?"),
    ("BOT_TOKEN=123456:abc", "is not a setting: do you mean TELEGRAM_TOKEN?"),
    ("DOORS_SHED__DRIVER=kas", "is not a setting: do you mean DOORS__SHED__DRIVER?"),
    ("DOORS__SHED_DRIVER=kas", "is not a setting: do you mean DOORS__SHED__DRIVER?"),
    ("DOOR__BACK_DOOR__SHARE_CODE=x", "is not a setting: do you mean DOORS__BACK_DOOR__SHARE_CODE?"),
    ("DORS__SHED__HSOT=x", "is not a setting: do you mean DOORS__SHED__HOST?"),
    ("DOORS__BACK-DOOR__HOST=x", "is not a setting: do you mean DOORS__BACK_DOOR__HOST?"),
    ("doors__front__host=x", "is not a setting: do you mean DOORS__FRONT__HOST?"),
    ("SHARE_CODE=x", "is not a setting: do you mean DOORS__FRONT__SHARE_CODE?"),
    ("DOORS__FRONT__SHARE_KODE=x", "is not a setting of this kind of door: do you mean SHARE_CODE?"),
    ("DOORS__FRONT__HOST__X=x", DOOR),
    ("DOORS=x", DOOR),
    ("GREETING=hello", "is not a setting: .env.example names all there are"),
    ("GREETING=", "is not a setting: .env.example names all there are"),
]

LINES = [
    ("export POLL_SECONDS=30", "export is for shells: write NAME=value"),
    ("POLL_SECONDS = 30", "has a space before the =: write NAME=value"),
    ("POLL_SECONDS 30", "is no NAME=value, and no comment, which begins with #"),
    ("Zmo1sps2OVyCFtl1", "is no NAME=value, and no comment, which begins with #"),
    ("Zmo1sps2OVyCFtl1=", "what stands before the = is not a setting"),
    ("TELEGRAM_TOKEN: Zmo1sps2OVyCFtl1==", "what stands before the = is not a setting"),
    ("DOORS__FRONT__SHARE_CODE:Zmo1sps2==", "what stands before the = is not a setting"),
    ("=Zmo1sps2OVyCFtl1", "what stands before the = is not a setting"),
]
"""Named by their number: what stands there may be a secret on a line of its own."""


@pytest.fixture(autouse=True)
def _in_a_folder_and_environment_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name in SETTINGS_OF_THE_HOUSE or name.startswith("DOORS")]:
        monkeypatch.delenv(name)


SETTINGS_OF_THE_HOUSE = {name.upper() for name in Settings.model_fields}


def write(*more: str, without: str = "") -> Path:
    lines = [f"{name}={value}" for name, value in (COMPLETE | GARAGE).items() if name != without]
    Path(".env").write_text("\n".join([*lines, *more]) + "\n", "utf-8")
    return Path(".env")


def faults(*more: str, without: str = "") -> list[str]:
    with pytest.raises(SettingsWrong) as wrong:
        load_settings(write(*more, without=without))
    return wrong.value.faults


@pytest.mark.parametrize(("line", "sentence"), SENTENCES, ids=[line[:60] for line, _ in SENTENCES])
def test_a_wrong_line_is_named_with_what_to_write(line: str, sentence: str | None) -> None:
    name = line.partition("=")[0]
    if sentence is None:
        name, sentence = "DOORS__BACK__DRIVER", "is needed and must be one of the_keys, kas"
    assert faults(line, without=name) == [f"{name}: {sentence}"]


@pytest.mark.parametrize(("line", "sentence"), LINES)
def test_a_line_that_is_none_is_named_by_its_number(tmp_path: Path, line: str, sentence: str) -> None:
    number = len(COMPLETE | GARAGE) + 1
    assert faults(line) == [f"line {number} of {tmp_path}/.env: {sentence}"]


def test_a_misspelt_name_is_the_one_fault_also_if_the_setting_is_needed() -> None:
    assert faults("TELEGRAM_TOKN=123456:abc", without="TELEGRAM_TOKEN") == [
        "TELEGRAM_TOKN: is not a setting: do you mean TELEGRAM_TOKEN?"
    ]


def test_a_misspelt_door_is_told_from_a_new_one() -> None:
    assert faults("DOORS__FRNT__TITLE=Front") == [
        "DOORS__FRNT__DRIVER: is needed and must be one of the_keys, kas; or do you mean DOORS__FRONT__…?"
    ]


def test_a_name_that_stands_twice_is_a_fault(tmp_path: Path) -> None:
    assert faults("OWNER_IDS=44") == [f"OWNER_IDS: stands twice in {tmp_path}/.env, in lines 2 and 10: keep one"]


@pytest.mark.parametrize(
    "password",
    ["${HOME}", "$HOME", "pa${HOME}ss", "a=b=c", "a#b", "it's", "'", 'a"b"', "\\n", "a b", "%41", "é", "export"],
)
def test_a_value_is_taken_sign_for_sign(password: str) -> None:
    loaded = load_settings(write(f"DOORS__FRONT__CLOUD_PASSWORD={password}"))
    assert dict(loaded.door_settings["front"])["cloud_password"].get_secret_value() == password


def test_what_looks_as_if_it_were_filled_in_is_taken_with_a_warning() -> None:
    warnings: list[str] = []
    load_settings(write("DOORS__FRONT__CLOUD_PASSWORD=${SECRET}"), warn=warnings.append)
    assert warnings == ["DOORS__FRONT__CLOUD_PASSWORD: nothing is put in the place of ${…}: it is taken as it stands"]


def test_blank_lines_comments_and_blanks_around_a_value_mean_nothing() -> None:
    loaded = load_settings(
        write("", "# POLL_SECONDS=1", "  #STALE_SECONDS=5 #", "  POLL_SECONDS= 11 \t", "DATABASE=", "\r")
    )
    assert (loaded.poll_seconds, loaded.stale_seconds, loaded.database) == (11, 30, Path("data/latchkey.db"))


def test_lines_may_end_as_on_windows_and_the_file_begin_with_a_mark() -> None:
    text = write().read_text("utf-8")
    Path(".env").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert load_settings(Path(".env")) == load_settings(write())


def test_a_sign_that_parts_lines_elsewhere_may_be_part_of_a_title() -> None:
    loaded = load_settings(write("DOORS__FRONT__TITLE=Front\u2028door"))
    assert loaded.door_settings["front"].title == "Front\u2028door"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("TIMEZONE=Europe/Paris\n".encode("utf-16"), "is written in UTF-16 or is no text at all: save it as UTF-8"),
        ("TIMEZONE=Europe/Paris\n".encode("utf-16-le"), "is written in UTF-16 or is no text at all: save it as UTF-8"),
        ("TIMEZONE=Europe/Paris\n".encode("utf-32"), "is written in UTF-16 or is no text at all: save it as UTF-8"),
        (
            "TIMEZONE=Europe/Paris\nDOORS__FRONT__TITLE=Entrée\n".encode("latin-1"),
            "is not written in UTF-8 (line 2): save it as UTF-8",
        ),
        (b"\x00\x01\x02", "is written in UTF-16 or is no text at all: save it as UTF-8"),
    ],
)
def test_a_file_that_is_no_text_is_named_in_one_line(tmp_path: Path, content: bytes, why: str) -> None:
    Path(".env").write_bytes(content)
    with pytest.raises(SettingsWrong) as wrong:
        load_settings()
    assert wrong.value.faults == [f"{tmp_path}/.env: {why}"]


def test_a_file_that_is_not_there_is_named_with_its_folder(tmp_path: Path) -> None:
    with pytest.raises(SettingsWrong) as wrong:
        load_settings()
    assert f"{tmp_path}/.env: is not there: copy .env.example to it, or start where it is" in wrong.value.faults


def test_without_a_file_all_may_come_from_the_environment() -> None:
    assert load_settings(environment=COMPLETE) == load_settings(None, environment=COMPLETE)


def test_a_file_that_is_not_there_is_not_blamed_for_a_wrong_value() -> None:
    with pytest.raises(SettingsWrong) as wrong:
        load_settings(environment=COMPLETE | {"POLL_SECONDS": "soon"})
    assert wrong.value.faults == ["POLL_SECONDS: must be a number from 1 up to 3600, like 30"]


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("STALE_SECOND", "do you mean STALE_SECONDS?"),
        ("telegram_token", "do you mean TELEGRAM_TOKEN?"),
        ("DOORS_SHED__DRIVER", "do you mean DOORS__SHED__DRIVER?"),
        ("doors__shed__driver", "do you mean DOORS__SHED__DRIVER?"),
        ("DOOR__SHED__HOST", "do you mean DOORS__SHED__HOST?"),
    ],
)
def test_a_wrong_name_in_the_environment_is_a_warning(name: str, right: str) -> None:
    warnings: list[str] = []
    loaded = load_settings(environment=COMPLETE | {name: "canary"}, warn=warnings.append)
    assert loaded == load_settings(None, environment=COMPLETE)
    assert warnings == [f"{name} of the environment: is not a setting: {right}"]


@pytest.mark.parametrize(
    "name",
    ["HOST", "HOSTNAME", "TZ", "LOGNAME", "DATABASE_URL", "TITLE", "DRIVER", "PATH", "INDOORS", "FLOORS__A__HOST"],
)
def test_names_of_others_in_the_environment_are_left_alone(name: str) -> None:
    warnings: list[str] = []
    load_settings(environment=COMPLETE | {name: "x"}, warn=warnings.append)
    assert warnings == []


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DOORS__FRONT__TITLE", '"Front door"', QUOTES),
        ("OWNER_IDS", "42 # olga", COMMENT),
        ("DOORS__FRONT__TITLE", "Fr\udce9nt", "has a sign in it that cannot be printed: write it again by hand"),
        ("DOORS__FRONT__SHARE_CODE", "replace-me", LEFT),
    ],
)
def test_what_docker_hands_on_from_such_a_file_is_named_as_well(name: str, value: str, sentence: str) -> None:
    with pytest.raises(SettingsWrong) as wrong:
        load_settings(None, environment=COMPLETE | {name: value})
    assert wrong.value.faults == [f"{name}: {sentence}"]


EVERY_NAME = [name.upper() for name in Settings.model_fields if name != "doors"] + [
    f"DOORS__{door}__{field.upper()}"
    for door, driver in (("FRONT", "the_keys"), ("GARAGE", "kas"))
    for field in DOOR_SETTINGS[driver].model_fields
]
OF_THE_LIBRARY = (
    "is not what it has to be",
    "Input should",
    "String should",
    "Value error",
    "Extra inputs",
    "valid",
    "validation",
)


@given(
    name=st.sampled_from(EVERY_NAME),
    value=st.one_of(
        st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=30),
        st.sampled_from(
            ["-1", "0", "1e400", "9" * 400, "1.5", "nan", "inf", "true", "{}", "[]", "2026-13-01", "1" * 5000]
        ),
        st.from_regex(r"[a-z]{1,8}://[!-~]{0,20}", fullmatch=True),
    ),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
def test_no_value_of_any_setting_brings_up_a_sentence_of_the_library(name: str, value: str) -> None:
    said = all_faults(COMPLETE | GARAGE | {name: value})
    assert all(fault.startswith(("DOORS__", name)) for fault in said)
    assert not [fault for fault in said for words in OF_THE_LIBRARY if words in fault]


def all_faults(environment: dict[str, str]) -> list[str]:
    try:
        load_settings(None, environment=environment)
    except SettingsWrong as wrong:
        return wrong.faults
    return []
