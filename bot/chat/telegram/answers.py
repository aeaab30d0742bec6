"""What Telegram answered, read strictly: the library trusts every field, so only what the bot needs goes on to it.

An answer may come from a proxy, a captive portal or a server that somebody else runs. Whatever it holds, it must not
end the process, forge a line of the log, or silence the bot for longer than our own bounds.
"""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from telegram.error import NetworkError

# For a 429 that does not say how long.
PAUSE_SECONDS = 5.0
# While polling pauses the bot hears nobody, so it does not pause for longer, whatever the answer says.
LONGEST_PAUSE_SECONDS: Mapping[str, float] = {"getUpdates": 60.0}
# A chat that Telegram wants left alone for longer is asked once an hour: the number may come from a proxy.
LONGEST_OTHER_PAUSE_SECONDS = 3600.0
LONGEST_DESCRIPTION = 200
SWITCHES = (
    *("can_read_all_group_messages", "supports_inline_queries", "supports_guest_queries"),
    *("can_connect_to_business", "can_manage_bots"),
)
"""What BotFather, or the bot's owner, turned on."""

Json = dict[str, Any]


def read_answer(method: str, status: int, body: bytes) -> Json:
    """The answer with nothing left in it but what the bot uses. Raises NetworkError for one that cannot be read."""
    answer = _object(body)
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return _refusal(method, status, answer or {})
    if answer is None or answer.get("ok") is not True or "result" not in answer:
        raise unreadable(method)
    return {"ok": True, "result": RESULTS.get(method, _nothing)(method, answer["result"])}


def unreadable(method: str) -> NetworkError:
    return NetworkError(f"the answer to {method} cannot be read")


def is_number(value: object) -> bool:
    """A number that fits into 64 bits."""
    # SQLite takes no longer one. isinstance() would let True pass, which Python counts as 1.
    return type(value) is int and -(2**63) <= value < 2**63


def one_line(text: str) -> str:
    """Text from outside as one short line."""
    # A newline would forge a line of the log.
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text[:LONGEST_DESCRIPTION])


def _object(body: bytes) -> Json | None:
    try:
        answer = json.loads(body)
    # json descends once for each bracket: a body of nothing but "[" ends in a RecursionError.
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _refusal(method: str, status: int, answer: Json) -> Json:
    said, given = answer.get("description"), answer.get("parameters")
    given = given if isinstance(given, dict) else {}
    parameters: Json = {}
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        parameters["retry_after"] = _pause(method, given.get("retry_after"))
    # Ids of groups are negative: a positive one would send the notices of a group to a person.
    elif is_number(given.get("migrate_to_chat_id")) and given["migrate_to_chat_id"] < 0:
        parameters["migrate_to_chat_id"] = given["migrate_to_chat_id"]
    # It goes into the log, and into the library's error, which other code reads words in.
    description = one_line(said) if isinstance(said, str) and said else f"HTTP status {status}"
    return {"ok": False, "description": description, "parameters": parameters}


def _pause(method: str, seconds: object) -> float:
    """For how long Telegram does not want to be asked, within our own bounds."""
    longest = LONGEST_PAUSE_SECONDS.get(method, LONGEST_OTHER_PAUSE_SECONDS)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
        return PAUSE_SECONDS
    return float(min(seconds, longest))


def _nothing(_method: str, _result: object) -> bool:
    # Of most answers the bot needs no more than that there was one, and the library takes True for all of them.
    return True


def _message(method: str, result: object) -> Json:
    """The number of a message that was sent."""
    number = result.get("message_id") if isinstance(result, dict) else None
    if not is_number(number):
        raise unreadable(method)
    # The rest is there because the library asks for it.
    return {"message_id": number, "date": 0, "chat": {"id": 0, "type": "private"}}


def _bot(method: str, result: object) -> Json:
    texts = ("first_name", "username")
    if not isinstance(result, dict) or not is_number(result.get("id")):
        raise unreadable(method)
    if not all(isinstance(result.get(name), str) for name in texts):
        raise unreadable(method)
    switches = {name: result.get(name) is True for name in SWITCHES}
    return {"id": result["id"], "is_bot": True, **{name: one_line(result[name]) for name in texts}, **switches}


def _chat(method: str, result: object) -> Json:
    """That there is such a chat, and its title."""
    if not isinstance(result, dict) or not is_number(result.get("id")):
        raise unreadable(method)
    gifts = dict.fromkeys(
        ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
    )
    # The library raises for a chat without these.
    library = {"accent_color_id": 0, "max_reaction_count": 0, "accepted_gift_types": gifts}
    title = {"title": one_line(result["title"])} if isinstance(result.get("title"), str) else {}
    return {"id": result["id"], "type": "private", **title, **library}


def _member(method: str, result: object) -> Json:
    """Whether somebody is in the group, and whether they run it: Telegram also answers for those who left."""
    if not isinstance(result, dict) or not isinstance(result.get("status"), str):
        raise unreadable(method)
    status = result["status"]
    # The library wants a dozen rights with an administrator, and none with an owner.
    if status in ("creator", "administrator"):
        place = "creator"
    else:
        # Telegram calls somebody restricted who may not write, whether they are in the group or left it.
        is_in = status == "member" or (status == "restricted" and result.get("is_member") is True)
        place = "member" if is_in else "left"
    # Two rights that the bot asks of itself. The library keeps fields that it does not know in api_kwargs.
    rights = {
        "can_write": place != "left" and (status != "restricted" or result.get("can_send_messages") is True),
        "can_pin": status == "creator" or (status == "administrator" and result.get("can_pin_messages") is True),
    }
    return {"status": place, "is_anonymous": False, "user": {"id": 0, "is_bot": False, "first_name": ""}, **rights}


def _topic(method: str, result: object) -> Json:
    number = result.get("message_thread_id") if isinstance(result, dict) else None
    if not is_number(number):
        raise unreadable(method)
    return {"message_thread_id": number, "name": "", "icon_color": 0}


def _updates(method: str, result: object) -> list[Json]:
    if not isinstance(result, list):
        raise unreadable(method)
    # What is no update at all would fail its whole batch, at each poll again.
    return [update for update in result if isinstance(update, dict) and is_number(update.get("update_id"))]


RESULTS: Mapping[str, Callable[[str, object], Any]] = {
    "getMe": _bot,
    "getChat": _chat,
    "getChatMember": _member,
    "getUpdates": _updates,
    "createForumTopic": _topic,
    "sendMessage": _message,
    "sendPhoto": _message,
    "sendDocument": _message,
}
