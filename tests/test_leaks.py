"""The negative controls of the search for secrets over the whole test run."""

import base64
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.leaks import hits

ROOT = Path(__file__).parents[1]
SECRET = "canary-" + "telegram-token"
PLANTS = {
    "printed": "def test(): print('canary-' + 'telegram-token')",
    "logged": "import logging\ndef test(): logging.getLogger('x').warning('it is %s', 'canary-' + 'kas-key')",
    "on stderr, in a set-up": """
import pytest, sys
@pytest.fixture
def noisy(): sys.stderr.write('Zmo1sps2' + 'OVyCFtl1')
def test(noisy): pass
""",
    "in a traceback that was logged": """
import logging
def test():
    try: raise ValueError('https://x/bot77:' + 'canary-' + 'telegram-token/getMe')
    except ValueError: logging.getLogger('x').exception('failed')
""",
    "in a database": """
import sqlite3
def test(tmp_path):
    connection = sqlite3.connect(tmp_path / 'latchkey.db')
    connection.execute('CREATE TABLE t (x)')
    connection.execute('INSERT INTO t VALUES (?)', ('canary-' + 'cloud-password',))
    connection.commit()
    connection.close()
""",
    "in a write-ahead log": """
def test(tmp_path):
    (tmp_path / 'latchkey.db-wal').write_bytes(b'...' + b'canary-' + b'cloud-token' + b'...')
""",
}
FINE = {
    "nothing": "def test(): print('all well')",
    "shown on purpose": "import pytest\n@pytest.mark.shows_secrets('why')\ndef test(): print('canary-' + 'kas-key')",
}


def run(tmp_path: Path, source: str) -> "subprocess.CompletedProcess[str]":
    (tmp_path / "test_planted.py").write_text(source)
    words = ["-p", "tests.leaks", "-p", "no:cacheprovider", "-q", "--rootdir", tmp_path, "-c", "/dev/null", tmp_path]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *map(str, words)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_every_planted_leak_is_found(tmp_path: Path) -> None:
    for number, (name, source) in enumerate(PLANTS.items()):
        (tmp_path / f"test_{number}.py").write_text(source)
        assert name
    result = run(tmp_path, "def test(): pass")
    assert f"{len(PLANTS) + 1} passed, {len(PLANTS)} errors" in result.stdout, result.stdout
    # Under CI pytest's short summary says each once more.
    assert result.stdout.count("secrets came to light") >= len(PLANTS)


def test_what_is_none_is_let_pass(tmp_path: Path) -> None:
    for number, source in enumerate(FINE.values()):
        (tmp_path / f"test_{number}.py").write_text(source)
    assert run(tmp_path, "def test(): pass").returncode == 0


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
def test_a_secret_is_found_however_it_is_spelt(before: str) -> None:
    for spelling in (SECRET, quote(SECRET), base64.b64encode(f"{before}{SECRET}:and more".encode()).decode()):
        assert hits("here", f"<{spelling}>".encode())


def test_ordinary_bytes_hold_none() -> None:
    assert hits("bench.py", Path(__file__).with_name("bench.py").read_bytes()) == []
