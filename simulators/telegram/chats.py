"""Bot API methods about chats, their members, pinned messages and topics."""

from typing import TYPE_CHECKING

from simulators.telegram.parameters import Json, Parameters, bad_request, forbidden
from simulators.telegram.values import TelegramChat, membership

if TYPE_CHECKING:
    from simulators.telegram.simulator import TelegramSimulator

GIFTS = dict.fromkeys(
    ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
)
SWITCHES = ("supports_inline_queries", "supports_guest_queries", "can_connect_to_business", "can_manage_bots")
TOPIC_COLOUR = 0x6FB9F0
LONGEST_TOPIC = 128


def chat_of(telegram: "TelegramSimulator", params: Parameters) -> TelegramChat:
    """The chat a call names, if the bot may still use it."""
    if not params.text("chat_id"):
        raise bad_request("chat_id is empty")
    number = params.integer("chat_id")
    if number not in telegram.chats and number not in telegram.people:
        raise bad_request("chat not found")
    chat = telegram.chat(number)
    # The new id comes with the refusal: a bot that was off while the group migrated learns it nowhere else.
    if chat.migrated_to:
        raise bad_request("group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to)
    if chat.bot == "kicked":
        raise forbidden(f"bot was kicked from the {chat.type} chat")
    if chat.bot == "left":
        raise forbidden(f"bot is not a member of the {chat.type} chat")
    return chat


def writable(telegram: "TelegramSimulator", params: Parameters) -> TelegramChat:
    """The chat a call writes to, if the people in it let the bot."""
    chat = chat_of(telegram, params)
    person = chat.person
    if person and person.deactivated:
        raise forbidden("user is deactivated")
    if person and person.blocked:
        raise forbidden("bot was blocked by the user")
    if person and not person.started:
        raise forbidden("bot can't initiate conversation with a user")
    if chat.bot == "restricted":
        raise bad_request("not enough rights to send text messages to the chat")
    return chat


def get_me(telegram: "TelegramSimulator", params: Parameters) -> Json:
    return {
        **telegram.bot_user(),
        "can_join_groups": True,
        "can_read_all_group_messages": not telegram.privacy,
        "has_main_web_app": False,
        **{name: name in telegram.turned_on for name in SWITCHES},
        "has_topics_enabled": telegram.has_topics,
    }


def get_chat(telegram: "TelegramSimulator", params: Parameters) -> Json:
    chat = chat_of(telegram, params)
    full = {**chat.json(), "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": dict(GIFTS)}
    pinned = [message for message in chat.messages.values() if message.pinned and not message.deleted]
    return {**full, "pinned_message": pinned[-1].json()} if pinned else full


def get_chat_member(telegram: "TelegramSimulator", params: Parameters) -> Json:
    chat, person = chat_of(telegram, params), params.integer("user_id")
    if person == telegram.bot_id:
        return membership(chat.bot, telegram.bot_user(), chat.bot_lacks)
    if person not in telegram.people:
        raise bad_request("user not found")
    members = {chat.person.id: "member"} if chat.person else chat.members
    return membership(members.get(person, "left"), telegram.person(person).user())


def pin_chat_message(telegram: "TelegramSimulator", params: Parameters) -> bool:
    chat = _pins(telegram, params)
    message = chat.messages.get(params.integer("message_id"))
    if message is None or message.deleted or message.service:
        raise bad_request("message to pin not found")
    message.pinned = True
    telegram.emit("pinned", message)
    pinned = {"pinned_message": message.json(nested=True)}
    telegram.deliver(telegram.service(chat, telegram.bot_user(), thread=message.thread, **pinned))
    return True


def unpin_chat_message(telegram: "TelegramSimulator", params: Parameters) -> bool:
    chat, wanted = _pins(telegram, params), params.integer("message_id")
    pinned = [message for message in chat.messages.values() if message.pinned and wanted in {0, message.id}]
    if wanted and not pinned:
        raise bad_request("message to unpin not found")
    for message in pinned[-1:]:
        message.pinned = False
        telegram.emit("unpinned", message)
    return True


def create_forum_topic(telegram: "TelegramSimulator", params: Parameters) -> Json:
    chat, name = writable(telegram, params), params.text("name")
    if not (telegram.has_topics if chat.person else chat.forum):
        raise bad_request("the chat is not a forum")
    if not has_right(chat, "can_manage_topics"):
        raise bad_request("not enough rights to create a topic")
    if not 1 <= len(name) <= LONGEST_TOPIC:
        raise bad_request("TOPIC_TITLE_EMPTY" if not name else "topic name is too long")
    created = {"name": name, "icon_color": TOPIC_COLOUR}
    # A topic's number is that of the line that tells of it.
    line = telegram.service(chat, telegram.bot_user(), forum_topic_created=created)
    line.thread, chat.topics[line.id], chat.forum = line.id, name, True
    chat.made_by_bot.add(line.id)
    return {"message_thread_id": line.id, **created}


def edit_forum_topic(telegram: "TelegramSimulator", params: Parameters) -> bool:
    chat, thread = _topic_of(telegram, params)
    name = params.text("name")
    if len(name) > LONGEST_TOPIC:
        raise bad_request("topic name is too long")
    if name in {"", chat.topics[thread]}:
        raise bad_request("TOPIC_NOT_MODIFIED")
    chat.topics[thread] = name
    telegram.service(chat, telegram.bot_user(), thread=thread, forum_topic_edited={"name": name})
    return True


def reopen_forum_topic(telegram: "TelegramSimulator", params: Parameters) -> bool:
    chat, thread = _topic_of(telegram, params)
    if thread not in chat.closed_topics:
        raise bad_request("TOPIC_NOT_MODIFIED")
    chat.closed_topics.discard(thread)
    telegram.service(chat, telegram.bot_user(), thread=thread, forum_topic_reopened={})
    return True


def _topic_of(telegram: "TelegramSimulator", params: Parameters) -> tuple[TelegramChat, int]:
    """A topic that the bot may change."""
    chat, thread = writable(telegram, params), params.integer("message_thread_id")
    if not chat.forum:
        raise bad_request("the chat is not a forum")
    if thread not in chat.topics:
        raise bad_request("TOPIC_ID_INVALID")
    if thread not in chat.made_by_bot and not has_right(chat, "can_manage_topics"):
        raise bad_request("not enough rights to edit the topic")
    return chat, thread


def _pins(telegram: "TelegramSimulator", params: Parameters) -> TelegramChat:
    chat = writable(telegram, params)
    if not has_right(chat, "can_pin_messages"):
        raise bad_request("not enough rights to manage pinned messages in the chat")
    return chat


def has_right(chat: TelegramChat, right: str) -> bool:
    return chat.person is not None or (chat.bot == "administrator" and right not in chat.bot_lacks)
