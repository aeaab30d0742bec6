"""Whether an update is shaped as the Bot API promises: the library takes any type for any field."""

from collections.abc import Mapping
from typing import Any

NUMBERS = frozenset(
    {"update_id", "message_id", "message_thread_id", "date", "edit_date", "migrate_to_chat_id", "migrate_from_chat_id"}
)
TEXTS = frozenset({"first_name", "last_name", "username", "title", "text", "data", "type", "status", "query"})
FLAGS = frozenset({"is_bot", "is_topic_message", "is_from_offline", "is_automatic_forward"})
LISTS = frozenset({"entities", "new_chat_members"})

MESSAGE = frozenset({"message_id", "date", "chat"})
PERSON = frozenset({"id", "is_bot", "first_name"})
CHAT = frozenset({"id", "type"})
NEEDED: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("message", "edited_message", "channel_post", "edited_channel_post", "business_message"), MESSAGE),
    **dict.fromkeys(("reply_to_message", "edited_business_message", "pinned_message", "guest_message"), MESSAGE),
    **dict.fromkeys(("from", "user", "via_bot", "sender_business_bot", "left_chat_member"), PERSON),
    **dict.fromkeys(("chat", "sender_chat"), CHAT),
    "callback_query": frozenset({"id", "from"}),
    "inline_query": frozenset({"id", "from"}),
    "my_chat_member": frozenset({"chat", "from", "date", "old_chat_member", "new_chat_member"}),
    **dict.fromkeys(("old_chat_member", "new_chat_member"), frozenset({"status", "user"})),
    "entities": frozenset({"type", "offset", "length"}),
}
WITH_NUMBER = (PERSON, CHAT)
"""What is known by a number under `id`; elsewhere an id is a text."""


def is_sound(update: Mapping[str, Any]) -> bool:
    """Unknown fields may be anything; known ones are of their type, and nothing that is always there is missing."""
    waiting: list[tuple[str, Any]] = list(update.items())
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, list):
            # The items of a list are what its name says.
            waiting += [(name, item) for item in value]
            if name not in LISTS and _is_known(name):
                return False
        elif not _fits(name, value):
            return False
        elif isinstance(value, dict):
            waiting += [(key, item) for key, item in value.items() if key != "id"]
    return True


def _is_known(name: str) -> bool:
    return name in NUMBERS or name in TEXTS or name in FLAGS or name in NEEDED


def _fits(name: str, value: Any) -> bool:
    if name in NUMBERS:
        return _is_number(value)
    if name in TEXTS:
        return isinstance(value, str) and _is_text(value)
    if name in FLAGS:
        return isinstance(value, bool)
    needed = NEEDED.get(name)
    if needed is None:
        return name not in LISTS or isinstance(value, dict)
    if not isinstance(value, dict) or not needed <= value.keys():
        return False
    if name == "entities":
        return _is_number(value["offset"]) and _is_number(value["length"])
    if "id" not in needed:
        return True
    return _is_number(value["id"]) if needed in WITH_NUMBER else isinstance(value["id"], str)


def _is_number(value: Any) -> bool:
    return type(value) is int and -(2**63) <= value < 2**63


def _is_text(value: str) -> bool:
    """JSON can spell half a character, which nothing can store or send."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
