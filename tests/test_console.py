"""The console beside the database: what the command line may ask of the running bot, and what cannot hang it."""

import asyncio
import json
import logging
import socket
import stat
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from bot import console
from bot.console import LONGEST_PATH, Call, NoBot, Reply, ask_bot, console_of, open_console

NO_CALL = {"error": "that is no call of the console"}


async def echo(wanted: Mapping[str, object]) -> Reply:
    return {"heard": wanted.get("word")}


async def breaks(_: Mapping[str, object]) -> Reply:
    raise ZeroDivisionError("by nobody")


CALLS: dict[str, Call] = {"echo": echo, "breaks": breaks}


@pytest.fixture
async def bot(path: Path) -> AsyncIterator[Path]:
    """The database of a bot whose console is open."""
    async with open_console(path, CALLS):
        yield path


async def said(database: Path, line: bytes, *, hang_up: bool = False) -> Reply:
    """The answer to these very bytes."""
    reader, writer = await asyncio.open_unix_connection(console_of(database))
    writer.write(line)
    if hang_up:
        writer.write_eof()
    async with asyncio.timeout(5):
        reply: Reply = json.loads(await reader.readline())
    writer.close()
    return reply


async def test_a_call_is_answered_with_what_it_was_given(bot: Path) -> None:
    assert await ask_bot(bot, "echo", word="ümlaut\n") == {"heard": "ümlaut\n"}


async def test_many_may_ask_at_once(bot: Path) -> None:
    replies = await asyncio.gather(*(ask_bot(bot, "echo", word=n) for n in range(50)))
    assert [reply["heard"] for reply in replies] == list(range(50))


async def test_only_the_user_who_runs_the_bot_can_open_it(bot: Path) -> None:
    assert stat.filemode(console_of(bot).stat().st_mode) == "srw-------"


@pytest.mark.parametrize(
    "line",
    [
        b'{"call": "open the door"}',
        b'{"call": ["echo"]}',
        b'{"call": null}',
        b"{}",
        b"[]",
        b"7",
        b"",
        b"echo",
        b'{"call": "echo"',
        b"\xff\xfe\x00",
        b"[" * 50_000,
    ],
)
async def test_what_is_no_call_is_told_so(bot: Path, line: bytes) -> None:
    assert await said(bot, line + b"\n") == NO_CALL
    assert await ask_bot(bot, "echo", word=1) == {"heard": 1}


async def test_a_line_cut_off_by_hanging_up_is_no_call(bot: Path) -> None:
    assert await said(bot, b'{"call": "ec', hang_up=True) == NO_CALL


async def test_a_huge_line_is_not_read_to_its_end(bot: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert await said(bot, b"x" * 200_000) == NO_CALL
    assert caplog.records == []


async def test_a_call_that_fails_says_why_and_is_logged(bot: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert await ask_bot(bot, "breaks") == {"error": "by nobody"}
    assert caplog.records[-1].levelno == logging.ERROR


async def test_somebody_who_connects_and_says_nothing_is_let_go(bot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "READ_SECONDS", 0.01)
    assert await said(bot, b"") == NO_CALL


async def test_a_line_that_never_ends_is_let_go(bot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "READ_SECONDS", 0.01)
    assert await said(bot, b'{"call":') == NO_CALL


async def test_somebody_silent_holds_up_nobody_else(bot: Path) -> None:
    silent = [await asyncio.open_unix_connection(console_of(bot)) for _ in range(20)]
    assert await ask_bot(bot, "echo", word="me") == {"heard": "me"}
    for _, writer in silent:
        writer.close()


async def test_somebody_who_does_not_wait_for_the_answer_is_no_trouble(bot: Path) -> None:
    for _ in range(20):
        with socket.socket(socket.AF_UNIX) as impatient:
            impatient.connect(str(console_of(bot)))
            impatient.send(b'{"call": "echo"}\n')
        await asyncio.sleep(0)
    assert await ask_bot(bot, "echo", word="me") == {"heard": "me"}


async def test_without_a_bot_nobody_answers(path: Path) -> None:
    with pytest.raises(NoBot):
        await ask_bot(path, "echo")


async def test_when_the_bot_has_gone_nobody_answers(path: Path) -> None:
    async with open_console(path, CALLS):
        assert console_of(path).exists()
    assert not console_of(path).exists()
    with pytest.raises(NoBot):
        await ask_bot(path, "echo")


async def test_a_socket_left_by_a_crash_is_no_bot_and_no_obstacle(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(console_of(path)))
    with pytest.raises(NoBot):
        await ask_bot(path, "echo")
    async with open_console(path, CALLS):
        assert await ask_bot(path, "echo", word=1) == {"heard": 1}


async def test_a_bot_that_is_wedged_counts_as_none(path: Path) -> None:
    async def never(_: Mapping[str, object]) -> Reply:
        await asyncio.Event().wait()
        return {}

    async with open_console(path, {"never": never}):
        with pytest.raises(NoBot):
            await ask_bot(path, "never", seconds=0.01)


async def test_something_else_that_answers_there_is_no_bot(path: Path) -> None:
    async def babble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0\n")
        writer.close()

    async with await asyncio.start_unix_server(babble, console_of(path)):
        with pytest.raises(NoBot):
            await ask_bot(path, "echo")


async def test_a_path_too_long_for_a_socket_means_no_console_and_a_bot_that_runs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    deep = tmp_path / ("d" * LONGEST_PATH) / "latchkey.db"
    deep.parent.mkdir()
    async with open_console(deep, CALLS):
        assert "too long" in caplog.text
        with pytest.raises(NoBot):
            await ask_bot(deep, "echo")
