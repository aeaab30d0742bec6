"""The third driver of docs/writing-a-driver.md is real: its code runs, and does what the page says."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import SecretStr

from bot import drivers
from bot.domain.readings import Bolt
from bot.drivers import DOOR_SETTINGS, DRIVERS, Vendor, base, errors, messages, values
from bot.drivers.http import LockHttpClient, Timeouts
from tests.drivers import benches, peer
from tests.drivers.benches import try_out

PAGE = Path(__file__).parents[2] / "docs" / "writing-a-driver.md"


async def test_the_page_s_driver_works(monkeypatch: pytest.MonkeyPatch) -> None:
    settings, templates, verbs, build, _, bench = re.findall(
        r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL
    )
    names: dict[str, Any] = {**vars(base), **vars(errors), **vars(messages), **vars(values)}
    names |= {**vars(peer), **vars(benches)}
    names |= {
        "Bolt": Bolt,
        "LockHttpClient": LockHttpClient,
        "Timeouts": Timeouts,
        "Annotated": Annotated,
        "SecretStr": SecretStr,
    }
    names |= {"Mapping": Mapping, "UTC": UTC, "datetime": datetime}
    for block in (settings, templates, verbs, build):
        exec(block, names)
    monkeypatch.setitem(DRIVERS, "acme", Vendor(names["AcmeSettings"], names["build"], names["TEMPLATES"]))
    monkeypatch.setattr(drivers, "TEMPLATES", {**drivers.TEMPLATES, **names["TEMPLATES"]})
    monkeypatch.setitem(DOOR_SETTINGS, "acme", names["AcmeSettings"])
    exec(bench, names)
    acme = names["ACME"]
    said = {
        (verb.name, name): (await try_out(acme, verb, _answering(verb, whole))).line
        for verb in acme.verbs
        for name, whole in verb.documented.items()
    }
    assert said == {
        ("open", "done"): "done",
        ("open", "403"): "NotAuthorised · acme.token · The hub refused the token. [Check DOORS__FRONT__TOKEN.]",
        ("status", "shut"): "done",
        ("status", "open"): "done",
    }


def _answering(verb: benches.Verb, whole: bytes) -> Any:
    return lambda side: side.treat.update({verb.path: peer.says(whole)})
