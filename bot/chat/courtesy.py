"""Rights read for an update, as a courtesy: they choose what is offered. Control reads them again to decide."""

from bot.chat.context import ChatContext
from bot.chat.services import Services
from bot.domain.actions import Action
from bot.domain.people import Rights
from bot.domain.policy import decide


async def rights_now(services: Services, person_id: int) -> Rights:
    """With those of the groups they are in at the moment."""
    # Telegram is asked first, outside any transaction: its answer may take seconds.
    await services.people.look_up(person_id)
    return await services.people.rights(person_id)


def may(chat: ChatContext, action: Action | None) -> bool:
    """True for what needs no right."""
    return action is None or decide(chat.rights, action=action, now=chat.services.clock.moment()).allowed
