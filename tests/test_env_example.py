"""`.env.example` is a file one can start from: it names every setting, and shows the real defaults.

Filled in it loads, and what is left to fill in is refused by name.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.drivers import DOOR_SETTINGS
from bot.settings import Settings, SettingsWrong, load_settings

EXAMPLE = Path(__file__).parents[1] / ".env.example"
LINE = re.compile(r"(?P<comment>#?)(?P<name>[A-Z][A-Z0-9_]*)=(?P<value>.*)")
PLACEHOLDER = "replace-me"
FILLED_IN = {
    "TELEGRAM_TOKEN": "123456:abc-DEF_ghi",
    "OWNER_IDS": "42,43",
    "DOORS__FRONT__HOST": "192.168.1.20",
    "DOORS__FRONT__IDENTIFIER": "45961123",
    "DOORS__FRONT__SHARE_CODE": "Zmo1sps2OVyCFtl1",
    "DOORS__GARAGE__FACTORY_NUMBER": "SS000510",
    "DOORS__GARAGE__API_KEY": "eyJhbGciOi.canary",
}


def lines() -> list[re.Match[str]]:
    return [found for line in EXAMPLE.read_text("utf-8").splitlines() if (found := LINE.fullmatch(line))]


def written(*, commented: bool = False) -> Iterator[str]:
    for line in lines():
        if not line["comment"] or (commented and line["value"]):
            yield f"{line['name']}={FILLED_IN.get(line['name'], line['value'])}\n"


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for line in lines():
        monkeypatch.delenv(line["name"], raising=False)


def test_filled_in_it_loads(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("".join(written()), "utf-8")
    settings = load_settings(tmp_path / ".env")
    assert {door.driver for door in settings.door_settings.values()} == set(DOOR_SETTINGS)


def test_every_value_that_is_left_to_fill_in_is_refused_by_name() -> None:
    """And each that is needed is left to fill in: an example's value would be somebody's."""
    with pytest.raises(SettingsWrong) as wrong:
        load_settings(EXAMPLE)
    assert sorted(wrong.value.faults) == [
        f"{name}: is still the placeholder of .env.example: put your own value there" for name in sorted(FILLED_IN)
    ]
    assert {line["name"] for line in lines() if line["value"] == PLACEHOLDER} == FILLED_IN.keys()


@pytest.mark.parametrize("name", sorted(Settings.model_fields.keys() - {"doors"}))
def test_it_names_every_setting(name: str) -> None:
    assert name.upper() in {line["name"] for line in lines()}


@pytest.mark.parametrize(
    ("driver", "name"), [(driver, name) for driver, kind in DOOR_SETTINGS.items() for name in kind.model_fields]
)
def test_it_names_every_setting_of_every_kind_of_door(driver: str, name: str) -> None:
    [door] = [
        line["name"].split("__")[1] for line in lines() if line["name"].endswith("DRIVER") and line["value"] == driver
    ]
    assert f"DOORS__{door}__{name.upper()}" in {line["name"] for line in lines()}


def test_it_names_nothing_that_is_no_setting() -> None:
    plain = {line["name"].lower() for line in lines() if not line["name"].startswith("DOORS__")}
    assert plain <= Settings.model_fields.keys()


def test_what_is_commented_out_is_what_holds_without_it(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("".join(written()), "utf-8")
    (tmp_path / "full").write_text("".join(written(commented=True)), "utf-8")
    assert load_settings(tmp_path / "full") == load_settings(tmp_path / "plain")


def test_no_setting_is_named_twice() -> None:
    names = [line["name"] for line in lines()]
    assert len(names) == len(set(names))
