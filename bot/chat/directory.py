"""Whom Telegram knows."""

from telegram import Bot
from telegram.error import BadRequest, Forbidden, TelegramError


async def has_met(bot: Bot, person_id: int) -> bool:
    """Whether this person has written to the bot. Where Telegram cannot be asked the benefit of the doubt is given."""
    try:
        # Telegram knows a private chat only once the person has written to the bot: "chat not found" before.
        await bot.get_chat(person_id)
    except (BadRequest, Forbidden):
        return False
    except TelegramError:
        return True
    return True
