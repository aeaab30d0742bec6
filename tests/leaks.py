"""A pytest plugin: whatever any test writes, logs or leaves in a database is searched for the secrets the tests use.

Only what passes through is known here: tests that show a secret on purpose say so with `shows_secrets`.
"""

import base64
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

SECRETS = (
    "canary-telegram-token",
    "another-canary-token",
    "canary-kas-key",
    "canary-cloud-password",
    "canary-cloud-token",
    "canary-admin-password",
    "Zmo1sps2OVyCFtl1",
    "a-token-for-tests",
)
MOST_BYTES = 50_000_000


def spelt(secrets: Iterable[str]) -> frozenset[bytes]:
    """Each secret as it stands, in a URL, and in base64 wherever it begins in a group of three."""
    spellings: set[bytes] = set()
    for secret in secrets:
        spellings |= {secret.encode(), quote(secret, safe="").encode()}
        for shift in range(3):
            inside = base64.b64encode(b"x" * shift + secret.encode())
            # Its edges depend on the neighbours.
            spellings.add(inside[4 if shift else 0 : len(inside) // 4 * 4 - 4])
    return frozenset(spellings)


ALL = spelt(SECRETS)


def hits(what: str, content: bytes, spellings: frozenset[bytes] = ALL) -> list[str]:
    # Looking for one after the other is a hundred times faster than one pattern for all.
    return [f"{spelling.decode()} in {what}" for spelling in sorted(spellings) if spelling in content]


def leaks(sections: Iterable[tuple[str, str]], place: Path | None) -> list[str]:
    """The secrets in captured output and in databases below `place`."""
    found = [hit for title, text in sections for hit in hits(title, text.encode("utf-8", "replace"))]
    files = sorted(place.rglob("*.db*")) if place and place.is_dir() else []
    for file in files:
        if file.is_file() and file.stat().st_size < MOST_BYTES:
            found += hits(file.name, file.read_bytes())
    return found


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "shows_secrets(why): this test shows a secret on purpose")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: "pytest.CallInfo[None]") -> Generator[None, Any, None]:
    outcome = yield
    if call.when != "teardown" or item.get_closest_marker("shows_secrets"):
        return
    report: pytest.TestReport = outcome.get_result()
    place = getattr(item, "funcargs", {}).get("tmp_path")
    found = leaks(report.sections, place if isinstance(place, Path) else None)
    if found and report.passed:
        report.outcome = "failed"
        report.longrepr = "secrets came to light: " + "; ".join(sorted(set(found)))
