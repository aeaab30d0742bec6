"""/pins: the codes there are, what their locks say of them, and taking them back."""

from functools import partial

from telegram import InlineKeyboardMarkup

from bot.chat import buttons, paging
from bot.chat.button_data import ButtonData, read_number
from bot.chat.context import ChatContext
from bot.chat.handlers.answering import send_outcome
from bot.chat.handlers.confirming import act_or_ask, is_asked_back
from bot.chat.handlers.naming import usable_doors
from bot.chat.paging import Item
from bot.chat.render import codes, labels, outcomes
from bot.chat.telegram.replies import Reply
from bot.chat.telegram.sender import Content
from bot.control.codes import CodeReport
from bot.domain.actions import Action
from bot.domain.commands import Finished, Sent
from bot.domain.doors import Doors
from bot.domain.events import CodesOutlive

PINS, NEW = "pins", "newcode"


async def list_pins(chat: ChatContext) -> None:
    reply = chat.private_reply()
    await show_pins(chat, reply=reply)
    await chat.say_where(reply)


async def show_pins(
    chat: ChatContext, page: int = 0, argument: str = "", *, reply: Reply | None = None, above: str = ""
) -> None:
    """One's own codes, for owners everybody's; in private, as names are in it. `above`: what came of the last press."""
    reply = reply or chat.private_reply()
    report = await chat.services.codes.kept(chat.person_id)
    if report.to_ask:
        # Locks take their time to say which codes they have: until then the list stands as it is known.
        reply.show(_page(chat, report, page, above))
        chat.release_turn()
        report = await chat.services.codes.report(report, with_foreign=chat.is_owner)
    await reply.finish(_page(chat, report, page, above))


def _page(chat: ChatContext, report: CodeReport, page: int, above: str) -> Content:
    items = [
        Item(codes.listed(pin, state, chat.locale), buttons.revoke_row(pin, chat.locale))
        for pin, state in reversed(report.pins)
    ]
    head = codes.CODES if items else codes.NO_PINS
    items += [Item(line) for line in codes.foreign(report.foreign, chat.locale)]
    items += [Item(line) for line in codes.silent(report.silent, chat.locale)]
    items += [Item(codes.ASKING)] if report.to_ask else []
    new = buttons.view_row([(labels.NEW_CODE, NEW, "")]) if usable_doors(chat, Action.PIN) else None
    text, keyboard = paging.show(f"{above}\n\n{head}" if above else head, items, view=PINS, page=page, last_row=new)
    return Content(text, keyboard)


def revoke_keyboard(event: CodesOutlive, doors: Doors) -> InlineKeyboardMarkup | None:
    """Under the question what becomes of codes whose maker has lost the right."""
    return buttons.keyboard(
        buttons.revoke_number_row(doors.title(door), door, number)
        for door, number in zip(event.doors, event.numbers, strict=True)
        if number in event.revocable
    )


async def press(chat: ChatContext, data: ButtonData) -> None:
    await act_or_ask(chat, data, partial(_revoke, door=data.door, number=data.argument))


async def _revoke(chat: ChatContext, *, door: str, number: str) -> None:
    reply, is_shown = chat.reply(), False
    request = chat.request(Action.REVOKE, door, issued_pin_id=read_number(number))
    async for progress in chat.services.control.operate(request):
        chat.release_turn()
        if isinstance(progress, Sent):
            chat.pop_up(outcomes.sent_toast(progress.door, Action.REVOKE))
            reply.show(Content(outcomes.sent(progress.door, Action.REVOKE)))
            is_shown = True
        elif await is_asked_back(chat, progress, door, partial(_revoke, door=door, number=number)):
            return
        elif isinstance(progress, Finished) and chat.is_private and is_shown:
            # The list without it, as a button for what is done already invites a second press.
            text = outcomes.outcome(progress, chat.locale, is_owner=chat.is_owner)
            await show_pins(chat, reply=reply, above=text)
        elif isinstance(progress, Finished):
            await send_outcome(chat, progress, reply, is_shown=is_shown)
