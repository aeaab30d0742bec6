"""The Bot API: which method does what. getUpdates is not here, because it waits."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from simulators.telegram import chats, menus, messages
from simulators.telegram.parameters import Parameters

if TYPE_CHECKING:
    from simulators.telegram.simulator import TelegramSimulator


METHODS: dict[str, Callable[["TelegramSimulator", Parameters], Any]] = {
    "getMe": chats.get_me,
    "deleteWebhook": lambda telegram, params: True,
    "sendMessage": messages.send_message,
    "sendPhoto": messages.send_photo,
    "sendDocument": messages.send_document,
    "editMessageText": messages.edit_message_text,
    "deleteMessage": messages.delete_message,
    "answerCallbackQuery": messages.answer_callback_query,
    "getChat": chats.get_chat,
    "getChatMember": chats.get_chat_member,
    "pinChatMessage": chats.pin_chat_message,
    "unpinChatMessage": chats.unpin_chat_message,
    "createForumTopic": chats.create_forum_topic,
    "editForumTopic": chats.edit_forum_topic,
    "reopenForumTopic": chats.reopen_forum_topic,
    "setMyCommands": menus.set_my_commands,
}
