"""Arranged troubles: refusals, black holes, delays and lost answers."""

import asyncio

import pytest
from telegram import Bot
from telegram.error import BadRequest, NetworkError, RetryAfter

from simulators.telegram import TelegramSimulator
from tests.simulators.test_telegram.conftest import ANNA, HOUSE


async def test_the_next_calls_are_refused_as_arranged(bot: Bot, simulator: TelegramSimulator) -> None:
    simulator.fail("sendMessage", 429, "Too Many Requests: retry after 7", retry_after=7, times=2)
    for _ in range(2):
        with pytest.raises(RetryAfter):
            await bot.send_message(ANNA, "x")
    await bot.send_message(ANNA, "x")


async def test_a_refusal_can_be_for_one_chat(bot: Bot, simulator: TelegramSimulator) -> None:
    simulator.fail("*", 400, "Bad Request: no", chat=HOUSE)
    await bot.send_message(ANNA, "x")
    with pytest.raises(BadRequest):
        await bot.send_message(HOUSE, "x")


async def test_a_refusal_can_last_until_calm(bot: Bot, simulator: TelegramSimulator) -> None:
    simulator.fail("sendMessage", 400, "Bad Request: no", times=None)
    for _ in range(3):
        with pytest.raises(BadRequest):
            await bot.send_message(ANNA, "x")
    simulator.faults.clear()
    await bot.send_message(ANNA, "x")


async def test_a_lost_answer_hides_what_was_done(bot: Bot, simulator: TelegramSimulator) -> None:
    simulator.faults.arrange("sendMessage", "reset_after")
    with pytest.raises(NetworkError):
        await bot.send_message(ANNA, "done all the same")
    assert [message["text"] for message in simulator.transcript(ANNA)] == ["done all the same"]


@pytest.mark.parametrize("fault", ["silent", "late"])
async def test_a_call_that_is_held_up_is_let_go_with_the_faults(
    bot: Bot, simulator: TelegramSimulator, fault: str
) -> None:
    simulator.faults.arrange("sendMessage", fault, seconds=3600)
    sending = asyncio.ensure_future(bot.send_message(ANNA, "x"))
    while not simulator.faults.cleared.waiting:  # noqa: ASYNC110 - a fault tells nobody that it was met
        await asyncio.sleep(0)
    assert simulator.transcript(ANNA) == []
    simulator.faults.clear()
    if fault == "silent":
        with pytest.raises(NetworkError):
            await sending
    else:
        await sending
    assert len(simulator.transcript(ANNA)) == (0 if fault == "silent" else 1)
