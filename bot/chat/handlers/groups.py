"""What happens to groups: bots are removed, groups become supergroups, people come and go."""

from telegram import ChatMemberUpdated, Message
from telegram.constants import ChatMemberStatus

from bot.chat.services import Services

GONE = {ChatMemberStatus.LEFT, ChatMemberStatus.BANNED}


async def membership(services: Services, change: ChatMemberUpdated) -> None:
    """The bot was removed from a chat, or blocked by a person: nothing is written there any more. Or it may do more."""
    if change.new_chat_member.status in GONE:
        await services.notices.gone(change.chat.id)
    else:
        await services.panels.rights_changed(change.chat.id)


async def migrated(services: Services, message: Message) -> None:
    # Telegram says it once in each of the two groups. That in the old one names both.
    if message.migrate_to_chat_id:
        await services.notices.moved(message.chat.id, message.migrate_to_chat_id)
        await services.people.group_moved(message.chat.id, message.migrate_to_chat_id)


async def member_changed(services: Services, change: ChatMemberUpdated) -> None:
    # Otherwise what Telegram said before is believed for a minute, and somebody who left could open meanwhile.
    await services.people.member_changed(change.new_chat_member.user.id, change.chat.id)
