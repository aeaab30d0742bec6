"""A small Telegram with three people and a group, and a real python-telegram-bot talking to it."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.request import HTTPXRequest

from simulators.control import create_app
from simulators.own_pages import App
from simulators.telegram import TelegramSimulator

TOKEN = "77:a-token-for-tests"
ANNA, BO, CY = 42, 43, 44
HOUSE = -1001


class Clock:
    def __init__(self) -> None:
        self.now = 1_900_000_000.0

    def __call__(self) -> float:
        return self.now


def keyboard(*labels: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data=f"do:{label}") for label in labels]])


def ptb(app: App) -> Bot:
    def request() -> HTTPXRequest:
        return HTTPXRequest(httpx_kwargs={"transport": httpx.ASGITransport(app)})

    return Bot(TOKEN, request=request(), get_updates_request=request())


@pytest.fixture(autouse=True)
def _seconds_as_timedelta(monkeypatch: pytest.MonkeyPatch) -> None:
    """python-telegram-bot warns about its older way."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def simulator(clock: Clock) -> TelegramSimulator:
    return peopled(TelegramSimulator(TOKEN, "door_bot", clock=clock))


def peopled(simulator: TelegramSimulator) -> TelegramSimulator:
    simulator.add_person(ANNA, "Anna", "anna", started=True)
    simulator.add_person(BO, "Bo", language_code="de", started=True)
    simulator.add_person(CY, "Cy")
    simulator.add_group(HOUSE, "House", [ANNA, BO])
    return simulator


@pytest.fixture
def app(simulator: TelegramSimulator) -> App:
    return create_app(simulator)


@pytest.fixture
async def bot(app: App) -> AsyncIterator[Bot]:
    async with ptb(app) as bot:
        yield bot


@pytest.fixture
async def http(app: App) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        yield client


def last(simulator: TelegramSimulator, chat: int = ANNA) -> Any:
    return simulator.transcript(chat)[-1]
