"""What a terminal would obey is written out wherever words of people, locks or Telegram are printed."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.cli.gateway import Errand
from bot.domain.diagnoses import Diagnosis
from bot.drivers.base import DriverContext
from bot.terminal import visible
from tests.house import API_KEY, GARAGE

OBEYED = "\x1b]0;mine\x07\x1b[2J\u202e\u2028\x9b"


def test_signs_that_are_obeyed_are_written_out_and_others_stay() -> None:
    assert visible(OBEYED) == r"\x1b]0;mine\x07\x1b[2J\u202e\u2028\x9b"
    assert visible("Ánna 🔓 at 18:00\n") == r"Ánna 🔓 at 18:00\n"


def test_the_doctor_writes_them_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def found(_: object) -> Iterator[Diagnosis]:
        yield Diagnosis("settings", parameters={"doors": "1 door", "owners": "1 owner", "zone": OBEYED})

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys.modules["bot.cli.doctor"], "_settings", found)
    settings = {
        "TELEGRAM_TOKEN": "123:abc",
        "OWNER_IDS": "42",
        "DATABASE": str(tmp_path / "latchkey.db"),
        "DOORS__FRONT__DRIVER": "kas",
        "DOORS__FRONT__FACTORY_NUMBER": GARAGE,
        "DOORS__FRONT__API_KEY": API_KEY,
    }
    said = CliRunner(env=settings).invoke(main, ["doctor", "--offline"]).output
    assert visible(OBEYED) in said


def test_so_does_the_gateways_debugging(capsys: pytest.CaptureFixture[str]) -> None:
    context: DriverContext = Errand("gateway.test", None, None, debug=True).context()
    context.transport._say(OBEYED)  # type: ignore[union-attr]
    assert capsys.readouterr().err == visible(OBEYED) + "\n"
