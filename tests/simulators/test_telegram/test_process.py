"""The stand-in in a process of its own, over real sockets."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from telegram import Bot
from telegram.error import NetworkError

from tests.simulators.test_telegram.conftest import ANNA, TOKEN


@pytest.fixture
async def process(tmp_path: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    command = ["-m", "simulators.telegram", "--port", "0", "--token", TOKEN, "--person", "42:Anna", "--person", "43:Bo"]
    command += ["--group=-1001:House:42,43", "--log", str(tmp_path / "log.jsonl")]
    running = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    yield running
    if running.returncode is None:
        running.kill()
    await running.communicate()


async def test_a_conversation_over_sockets(process: asyncio.subprocess.Process, tmp_path: Path) -> None:
    assert process.stdout is not None
    said, url = (await asyncio.wait_for(process.stdout.readline(), 20)).decode().split()
    assert said == "telegram"
    async with httpx.AsyncClient(base_url=url) as people, Bot(TOKEN, base_url=f"{url}/bot") as bot:
        polling = asyncio.ensure_future(bot.get_updates(timeout=20))
        await people.post("/control/say", json={"person": ANNA, "text": "/open"})
        assert [update.effective_user.id for update in await polling if update.effective_user] == [ANNA]
        await people.post("/control/faults", json={"path": "sendMessage", "fault": "reset_after"})
        with pytest.raises(NetworkError):
            await bot.send_message(ANNA, "Opening")
        assert await told(people) == ["/open", "Opening"]
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 10) == 0
    kinds = [json.loads(line)["kind"] for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert {"request", "answer", "event", "created", "delivered"} == set(kinds)


async def told(people: httpx.AsyncClient) -> list[str]:
    events = (await people.get("/control/events")).json()["events"]
    return [event["detail"]["message"]["text"] for event in events]
