"""/notify in groups, and what happens to groups: bots are removed, groups become supergroups."""

from telegram import ChatMemberUpdated, Message
from telegram.constants import ChatMemberStatus

from bot.chat.context import ChatContext, Services
from bot.chat.render import groups as texts
from bot.chat.senders import sanitize_name
from bot.domain.doors import key_of
from bot.domain.notices import Group

GONE = {ChatMemberStatus.LEFT, ChatMemberStatus.BANNED}


async def notify(chat: ChatContext) -> None:
    """/notify on|off"""
    notices, place, said = chat.services.notices, chat.destination, key_of(chat.words)
    if chat.is_private or chat.message is None:
        await chat.say(texts.IN_GROUPS)
    elif said == "on":
        await notices.subscribe(chat.rights, _group(chat, chat.message))
        await chat.say(texts.ON)
    elif said == "off":
        await notices.unsubscribe(place.chat_id, place.thread_id)
        await chat.say(texts.OFF)
    else:
        is_subscribed = await notices.is_subscribed(place.chat_id, place.thread_id)
        await chat.say(f"{texts.ON if is_subscribed else texts.OFF}\n{texts.USAGE_NOTIFY}")


def _group(chat: ChatContext, message: Message) -> Group:
    return Group(
        chat_id=chat.destination.chat_id,
        thread_id=chat.destination.thread_id,
        title=sanitize_name(message.chat.title),
        added_by=chat.person_id,
        added_at=chat.services.clock.datetime(),
    )


async def membership(services: Services, change: ChatMemberUpdated) -> None:
    """The bot was removed from a chat, or blocked by a person: nothing is written there any more."""
    if change.new_chat_member.status in GONE:
        await services.notices.gone(change.chat.id)


async def migrated(services: Services, message: Message) -> None:
    if message.migrate_to_chat_id:
        await services.notices.moved(message.chat.id, message.migrate_to_chat_id)
        await services.people.group_moved(message.chat.id, message.migrate_to_chat_id)


async def member_changed(services: Services, change: ChatMemberUpdated) -> None:
    """Somebody came or went: a right that members have begins or ends at once."""
    await services.people.member_changed(change.new_chat_member.user.id, change.chat.id)
