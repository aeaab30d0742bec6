"""Updates that are not what the Bot API promises are passed over; the others are read."""

from copy import deepcopy
from typing import Any

import pytest

from bot.chat.context import plain
from bot.chat.shape import is_sound

PERSON = {"id": 7, "is_bot": False, "first_name": "Anna"}
MESSAGE = {
    "message_id": 1,
    "date": 1,
    "chat": {"id": -100, "type": "supergroup", "title": "House"},
    "from": PERSON,
    "text": "/open front",
    "entities": [{"type": "bot_command", "offset": 0, "length": 5}],
}
PRESS = {"id": "1", "from": PERSON, "chat_instance": "1", "data": "x", "message": MESSAGE}


@pytest.mark.parametrize("update", [{"message": MESSAGE}, {"callback_query": PRESS}, {"poll_of_the_future": [1, {}]}])
def test_true_updates_are_sound(update: dict[str, Any]) -> None:
    assert is_sound({"update_id": 1, **update})


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("from", "id"), [7]),
        (("from", "id"), "7"),
        (("from", "id"), True),
        (("from", "id"), 2**63),
        (("from", "first_name"), None),
        (("from", "first_name"), []),
        (("from", "first_name"), "\ud800"),
        (("chat", "id"), {"id": 1}),
        (("chat",), None),
        (("text",), 5),
        (("date",), "now"),
        (("entities",), {}),
        (("entities", 0, "offset"), "x"),
        (("entities", 0), None),
        (("from", "is_bot"), "no"),
    ],
)
def test_fields_of_another_type_make_an_update_unsound(place: tuple[Any, ...], value: object) -> None:
    update: Any = {"update_id": 1, "message": deepcopy(MESSAGE)}
    part = update["message"]
    for step in place[:-1]:
        part = part[step]
    part[place[-1]] = value
    assert not is_sound(update)


@pytest.mark.parametrize("field", ["message_id", "date", "chat"])
def test_what_is_always_there_must_be_there(field: str) -> None:
    message = {key: value for key, value in MESSAGE.items() if key != field}
    assert not is_sound({"update_id": 1, "message": message})


def test_a_deleted_account_has_a_name_all_the_same() -> None:
    assert plain(None) == plain("") == "somebody"
