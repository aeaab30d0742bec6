"""/notify in groups, and what happens to groups: bots are removed, groups become supergroups."""

from telegram import ChatMemberUpdated, Message
from telegram.constants import ChatMemberStatus

from bot.chat import texts
from bot.chat.context import ChatContext, House, plain
from storage.records import Group

GONE = {ChatMemberStatus.LEFT, ChatMemberStatus.BANNED}


async def notify(chat: ChatContext) -> None:
    """/notify on|off"""
    notices, place = chat.house.notices, chat.place
    if chat.is_private or chat.message is None:
        await chat.say(texts.NOTIFY_IN_GROUPS)
    elif chat.args[:1] == ("on",):
        group = Group(
            chat_id=place.chat_id,
            thread_id=place.thread_id,
            title=plain(chat.message.chat.title or ""),
            added_by=chat.person_id,
            added_at=chat.house.clock.datetime(),
        )
        await notices.subscribe(group)
        await chat.say(texts.NOTIFY_ON)
    elif chat.args[:1] == ("off",):
        await notices.unsubscribe(place.chat_id, place.thread_id)
        await chat.say(texts.NOTIFY_OFF)
    else:
        subscribed = await notices.is_subscribed(place.chat_id, place.thread_id)
        await chat.say(f"{texts.NOTIFY_ON if subscribed else texts.NOTIFY_OFF}\n{texts.WHAT_NOTIFY_TAKES}")


async def membership(house: House, change: ChatMemberUpdated) -> None:
    """The bot was removed from a chat, or blocked by a person: nothing is written there any more."""
    if change.new_chat_member.status in GONE:
        await house.notices.gone(change.chat.id)


async def migrated(house: House, message: Message) -> None:
    if message.migrate_to_chat_id:
        await house.notices.moved(message.chat.id, message.migrate_to_chat_id)
