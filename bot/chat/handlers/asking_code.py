"""Asking for a one-time code: in the person's own chat, wherever they asked."""

from bot.chat.context import ChatContext, Work
from bot.chat.render import second_factor as texts
from bot.chat.telegram.sender import Content
from bot.domain.commands import DenialReason, Finished

ASKED_BACK = (DenialReason.NEEDS_SECOND_FACTOR, DenialReason.WRONG_CODE)


async def ask_code(chat: ChatContext, finished: Finished, work: Work) -> None:
    """A door wants a code, or another than the one that was typed."""
    is_wrong = finished.reason is DenialReason.WRONG_CODE
    await ask_code_for(chat, texts.wrong(finished, chat.locale) if is_wrong else texts.wanted(finished), work)


async def ask_code_for(chat: ChatContext, text: str, work: Work) -> None:
    """The next code that the person types is for this work and no other."""
    # After a wrong code the time of the first question runs on.
    earlier = chat.typed_code.awaited if chat.typed_code else None
    chat.services.awaited_codes.add(chat.person_id, work, instead_of=earlier)
    chat.pop_up("" if chat.is_private else texts.ASKED_PRIVATELY)
    reply = chat.private_reply()
    await reply.finish(Content(text))
    # Whoever pressed a button was told by the pop-up.
    if not chat.is_private and (chat.toast is None or not reply.is_delivered):
        await chat.say(texts.ASKED_PRIVATELY if reply.is_delivered else texts.CANNOT_ASK_PRIVATELY)
