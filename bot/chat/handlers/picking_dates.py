"""What the date picker is used for, besides passes and codes: the end of a right, and of an invitation."""

from collections.abc import Mapping

from bot.chat.context import ChatContext
from bot.chat.handlers import cards, changing, codes, dates, guests, letting_in
from bot.chat.handlers.dates import Picking
from bot.chat.render import cards as texts
from bot.domain.calendars import Window
from bot.domain.drafts import Draft, DraftFor


async def pick_end(chat: ChatContext, _: int, argument: str) -> None:
    """The end of a right, as a date."""
    draft = await chat.services.drafts.begin(chat.person_id, DraftFor.RIGHT, {"right": argument})
    await dates.begin(chat, END_OF_RIGHT, draft)


async def _end_picked(chat: ChatContext, draft: Draft, window: Window) -> None:
    minutes = int(window.ends_at.timestamp()) // 60
    await changing.preview_right(chat, 0, f"{draft.details['right']}{cards.SEPARATOR}e@{minutes}")


async def _back_to_ends(chat: ChatContext, draft: Draft) -> None:
    await cards.choose_end(chat, 0, str(draft.details["right"]))


async def _about_right(chat: ChatContext, draft: Draft) -> str:
    grant = await cards.readable_right(chat, str(draft.details["right"]))
    if grant is None:
        return texts.RIGHT_GONE
    return texts.right_card(
        await cards.whose(chat, grant), grant, await cards.names_of(chat, [grant.granted_by]), chat.locale
    )


END_OF_RIGHT = Picking(_end_picked, _back_to_ends, _about_right, asks_start=False)
PICKINGS: Mapping[DraftFor, Picking] = {
    DraftFor.GUEST: guests.DATES,
    DraftFor.CODE: codes.DATES,
    DraftFor.RIGHT: END_OF_RIGHT,
    DraftFor.INVITATION: letting_in.END_DATE,
}
