"""Arranged troubles: refusals, black holes, delays and lost answers."""

import asyncio

import pytest
from telegram import Bot
from telegram.error import BadRequest, NetworkError, RetryAfter

from bot.demo.telegram import TelegramWorld
from tests.demo.test_telegram.conftest import ANNA, HOUSE


async def test_the_next_calls_are_refused_as_arranged(bot: Bot, world: TelegramWorld) -> None:
    world.fail("sendMessage", 429, "Too Many Requests: retry after 7", retry_after=7, times=2)
    for _ in range(2):
        with pytest.raises(RetryAfter):
            await bot.send_message(ANNA, "x")
    await bot.send_message(ANNA, "x")


async def test_a_refusal_can_be_for_one_chat(bot: Bot, world: TelegramWorld) -> None:
    world.fail("*", 400, "Bad Request: no", chat=HOUSE)
    await bot.send_message(ANNA, "x")
    with pytest.raises(BadRequest):
        await bot.send_message(HOUSE, "x")


async def test_a_refusal_can_last_until_calm(bot: Bot, world: TelegramWorld) -> None:
    world.fail("sendMessage", 400, "Bad Request: no", times=None)
    for _ in range(3):
        with pytest.raises(BadRequest):
            await bot.send_message(ANNA, "x")
    world.calm()
    await bot.send_message(ANNA, "x")


async def test_a_lost_answer_hides_what_was_done(bot: Bot, world: TelegramWorld) -> None:
    world.drop_answer("sendMessage")
    with pytest.raises(NetworkError):
        await bot.send_message(ANNA, "done all the same")
    assert [message["text"] for message in world.transcript(ANNA)] == ["done all the same"]


async def test_a_bad_gateway_does_nothing(bot: Bot, world: TelegramWorld) -> None:
    world.bad_gateway("sendMessage")
    with pytest.raises(NetworkError):
        await bot.send_message(ANNA, "x")
    assert world.transcript(ANNA) == []


async def test_a_black_hole_swallows_the_call_until_calm(bot: Bot, world: TelegramWorld) -> None:
    world.hang("sendMessage")
    sending = asyncio.ensure_future(bot.send_message(ANNA, "x"))
    await asyncio.sleep(0.005)
    assert not sending.done()
    world.calm()
    with pytest.raises(NetworkError):
        await sending
    assert world.transcript(ANNA) == []


async def test_a_delayed_call_is_done_late(bot: Bot, world: TelegramWorld) -> None:
    world.delay("sendMessage", 60)
    sending = asyncio.ensure_future(bot.send_message(ANNA, "x"))
    await asyncio.sleep(0.005)
    assert world.transcript(ANNA) == []
    world.calm()
    await sending
    assert len(world.transcript(ANNA)) == 1
