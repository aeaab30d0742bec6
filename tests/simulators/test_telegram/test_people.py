"""What people see and do, in Python and over HTTP."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from telegram import (
    Bot,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    KeyboardButton,
    KeyboardButtonRequestUsers,
    ReplyKeyboardMarkup,
)
from telegram.error import BadRequest

from simulators.control import create_app
from simulators.telegram import Impossible, TelegramSimulator
from tests.simulators.test_telegram.conftest import ANNA, BO, CY, HOUSE, TOKEN, keyboard, ptb


async def test_a_tap_finds_the_newest_button_with_the_label(bot: Bot, simulator: TelegramSimulator) -> None:
    await bot.send_message(ANNA, "old", reply_markup=keyboard("Open"))
    newer = await bot.send_message(ANNA, "new", reply_markup=keyboard("Open"))
    pressed = simulator.tap(ANNA, "Open")["callback_query"]
    assert (pressed["data"], pressed["message"]["message_id"]) == ("do:Open", newer.message_id)


async def test_a_tap_on_a_missing_button_is_impossible(bot: Bot, simulator: TelegramSimulator) -> None:
    await bot.send_message(ANNA, "x", reply_markup=keyboard("Open"))
    with pytest.raises(Impossible, match="There is no button 'Close' in Anna"):
        simulator.tap(ANNA, "Close")


def test_who_is_not_in_a_chat_can_do_nothing_there(simulator: TelegramSimulator) -> None:
    for doing in (simulator.say, simulator.tap):
        with pytest.raises(Impossible, match="Cy is not in House"):
            doing(CY, "Open", HOUSE)
    with pytest.raises(Impossible, match="Cy is not in House"):
        simulator.transcript(HOUSE, CY)


async def test_an_event_can_be_waited_for(bot: Bot, simulator: TelegramSimulator) -> None:
    await bot.send_message(ANNA, "one")
    event = await simulator.wait_for_event(
        "message", chat=ANNA, fits=lambda event: event.detail["message"]["text"] == "one"
    )
    assert event.n == 1
    with pytest.raises(TimeoutError):
        await simulator.wait_for_event("message", since=event.n, seconds=0.001)


MENUS: list[tuple[str, Any, str]] = [
    ("default", None, ""),
    ("private", BotCommandScopeAllPrivateChats(), ""),
    ("privat", BotCommandScopeAllPrivateChats(), "de"),
    ("anna", BotCommandScopeChat(ANNA), ""),
    ("groups", BotCommandScopeAllGroupChats(), ""),
]


async def test_the_narrowest_menu_wins(bot: Bot, simulator: TelegramSimulator, http: httpx.AsyncClient) -> None:
    for name, scope, language in MENUS:
        await bot.set_my_commands([(name, "x")], scope=scope, language_code=language or None)

    async def menu(chat: int, person: int) -> str:
        reply = await http.get("/control/commands", params={"chat": chat, "person": person})
        return str(reply.json()[0]["command"])

    assert await menu(ANNA, ANNA) == "anna"
    assert await menu(BO, BO) == "privat"
    assert await menu(CY, CY) == "private"
    assert await menu(HOUSE, BO) == "groups"
    with pytest.raises(BadRequest, match="unsupported type specified"):
        await bot.set_my_commands([("admins", "x")], scope=BotCommandScopeAllChatAdministrators())


async def test_a_bad_command_name_is_refused(bot: Bot) -> None:
    with pytest.raises(BadRequest, match="Bot_command_invalid"):
        await bot.set_my_commands([("Open!", "x")])


async def test_people_do_over_http_what_they_do_in_python(bot: Bot, http: httpx.AsyncClient) -> None:
    await http.post("/control/people", json={"person": 50, "first_name": "Di", "started": True})
    await http.post("/control/groups", json={"chat": -1050, "title": "Shed", "members": [50], "topics": {"7": "Doors"}})
    said = await http.post("/control/say", json={"person": 50, "text": "/open", "chat": -1050, "thread": 7})
    assert said.json()["message"]["message_thread_id"] == 7
    await bot.send_message(50, "Door", reply_markup=keyboard("Open"))
    tapped = await http.post("/control/tap", json={"person": 50, "label": "Open"})
    assert tapped.json()["callback_query"]["data"] == "do:Open"
    transcript = (await http.get("/control/transcript", params={"chat": 50, "viewer": 50})).json()
    assert [message["text"] for message in transcript] == ["Door"]
    state = (await http.get("/control/state")).json()
    assert [group["title"] for group in state["chats"] if group["type"] != "private"] == ["House", "Shed"]


@pytest.mark.parametrize(
    ("name", "body", "status", "sentence"),
    [
        ("say", {"person": 99, "text": "x"}, 400, "There is no person 99."),
        ("say", {"person": "42", "text": "x"}, 400, "person must be a whole number."),
        ("say", {"text": "x"}, 400, "Missing a required argument: 'person'."),
        ("say", {"person": 42, "text": "x", "hat": 1}, 400, "A message has no hat."),
        ("tap", {"person": 42, "label": "Open"}, 400, "There is no button 'Open' in Anna."),
        ("fly", {}, 404, "Nobody can fly here."),
    ],
)
async def test_a_mistake_over_http_is_a_sentence(
    http: httpx.AsyncClient, name: str, body: dict[str, Any], status: int, sentence: str
) -> None:
    reply = await http.post(f"/control/{name}", json=body)
    assert (reply.status_code, reply.json()) == (status, {"error": sentence})


async def test_a_body_that_is_not_json_is_a_sentence(http: httpx.AsyncClient) -> None:
    reply = await http.post("/control/say", content=b"{")
    assert (reply.status_code, reply.json()) == (400, {"error": "The body is not JSON."})


async def test_events_are_read_from_where_one_left_off(bot: Bot, http: httpx.AsyncClient) -> None:
    await bot.send_message(ANNA, "one")
    await bot.send_message(ANNA, "two")
    first = (await http.get("/control/events", params={"since": 1})).json()
    assert [event["detail"]["message"]["text"] for event in first["events"]] == ["two"]
    nothing = (await http.get("/control/events", params={"since": first["next"], "wait": 0})).json()
    assert nothing == {"events": [], "next": first["next"]}


async def test_the_log_holds_which_updates_were_created_delivered_and_forgotten(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    simulator = TelegramSimulator(TOKEN, log=log)
    simulator.add_person(ANNA, "Anna")
    async with ptb(create_app(simulator)) as bot:
        said = simulator.say(ANNA, "/start")["update_id"]
        await bot.get_updates()
        await bot.get_updates(offset=said + 1)
    simulator.log.close()
    records = [json.loads(line) for line in log.read_text().splitlines()]
    assert [record["kind"] for record in records if record["kind"] in {"created", "delivered", "forgotten"}] == [
        "created",
        "delivered",
        "forgotten",
    ]
    assert TOKEN not in log.read_text()


async def test_empty_polls_are_not_kept_among_the_calls(bot: Bot, simulator: TelegramSimulator) -> None:
    kept = len(simulator.calls)
    await bot.get_updates()
    assert len(simulator.calls) == kept


PICKER = ReplyKeyboardMarkup(
    [[KeyboardButton("Choose", request_users=KeyboardButtonRequestUsers(7, request_name=True))]]
)


async def test_a_person_is_picked_with_what_the_bot_asked_to_know(bot: Bot, simulator: TelegramSimulator) -> None:
    await bot.send_message(ANNA, "who?", reply_markup=PICKER)
    simulator.person(BO).username = "bo"
    shared = simulator.pick(ANNA, "Choose", [BO])["message"]["users_shared"]
    assert shared == {"request_id": 7, "users": [{"user_id": BO, "first_name": "Bo"}]}


async def test_nobody_is_picked_where_no_list_is_offered(bot: Bot, simulator: TelegramSimulator) -> None:
    with pytest.raises(Impossible, match="no list of people"):
        simulator.pick(ANNA, "Choose", [BO])
    await bot.send_message(ANNA, "who?", reply_markup=PICKER)
    with pytest.raises(Impossible, match="That many people"):
        simulator.pick(ANNA, "Choose", [BO, CY])


def test_a_link_to_the_bot_is_a_start_with_its_payload(simulator: TelegramSimulator) -> None:
    update = simulator.open_link(ANNA, f"https://t.me/{simulator.username}?start=abc_-9")
    assert update["message"]["text"] == "/start abc_-9"


@pytest.mark.parametrize(
    "link", ["https://t.me/other_bot?start=a", "https://t.me/{bot}?start=a b", "https://t.me/{bot}"]
)
def test_what_is_no_link_to_the_bot_leads_nowhere(simulator: TelegramSimulator, link: str) -> None:
    with pytest.raises(Impossible):
        simulator.open_link(ANNA, link.format(bot=simulator.username))
