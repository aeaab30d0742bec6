"""/guests: the passes there are, and how they are extended, taken back, and given another link."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from telegram import InlineKeyboardMarkup

from bot.access.passes import PassState
from bot.chat import buttons, paging
from bot.chat.button_data import PageTurn, read_number
from bot.chat.buttons import Row
from bot.chat.context import ChatContext
from bot.chat.handlers.confirming import confirm_if_late, request_choice
from bot.chat.handlers.guests import NEW, REVOKE, SEPARATOR, below_picture, send_link
from bot.chat.paging import Item
from bot.chat.render import denials, labels
from bot.chat.render import passes as texts
from bot.chat.telegram.replies import Reply
from bot.chat.telegram.sender import Content
from bot.domain.actions import Action
from bot.domain.codes import IssuedPin
from bot.domain.commands import Finished, Result
from bot.domain.events import PassEnds

GUESTS, EXTEND, LINK = "guests", "gext", "glink"
LONGER = {"3h": timedelta(hours=3), "1d": timedelta(days=1)}


async def guests(chat: ChatContext) -> None:
    reply = chat.private_reply()
    await show_guests(chat, reply=reply)
    await chat.say_where(reply)


async def show_guests(chat: ChatContext, page: int = 0, *, above: str = "", reply: Reply | None = None) -> None:
    found = await chat.services.passes.live(chat.person_id)
    items = [Item(_listed(chat, state), _row(state)) for state in found]
    head = texts.GUESTS if items else texts.NO_GUESTS
    last = buttons.data_row([(labels.NEW_PASS, PageTurn(NEW, 0))])
    text, keyboard = paging.show(f"{above}\n\n{head}" if above else head, items, view=GUESTS, page=page, last_row=last)
    await (reply or chat.private_reply()).finish(Content(text, keyboard))


def _listed(chat: ChatContext, state: PassState) -> str:
    one = state.guest_pass
    others = [other for other in state.overlaps if chat.is_owner or other.host_id == chat.person_id]
    with_host = one.host_id != chat.person_id
    return texts.listed(one, state.guests, state.codes, others, chat.locale, with_host=with_host)


def _row(state: PassState) -> Row:
    one = state.guest_pass
    link = [] if state.guests else [(labels.new_link(one.id), PageTurn(LINK, 0, str(one.id)))]
    return buttons.data_row([
        *link,
        (labels.extend_pass(one.id, "1d"), _longer(one.id, "1d", one.ends_at)),
        (labels.revoke_pass(one.id), PageTurn(REVOKE, 0, str(one.id))),
    ])  # fmt: skip


def end_keyboard(event: PassEnds) -> InlineKeyboardMarkup | None:
    """Under the notice that a pass ends soon."""
    return buttons.keyboard([
        buttons.data_row([
            (labels.LONGER[length], _longer(event.number, length, event.ends_at)) for length in LONGER
        ])
    ])  # fmt: skip


def _longer(number: int, length: str, ends_at: datetime) -> PageTurn:
    # Says until when the pass lasts without it. Clients send a press again after they reconnect, and each such press
    # made the guest's right a day longer.
    return PageTurn(EXTEND, 0, SEPARATOR.join((str(number), length, _minutes(ends_at))))


def _minutes(moment: datetime) -> str:
    return str(int(moment.timestamp()) // 60)


async def extend(chat: ChatContext, argument: str) -> None:
    number, _, rest = argument.partition(SEPARATOR)
    length, _, end = rest.partition(SEPARATOR)
    if length not in LONGER:
        await chat.refuse(denials.BUTTON_UNKNOWN)
    else:
        await confirm_if_late(chat, partial(_extend, number=read_number(number), length=length, end=end))


async def _extend(chat: ChatContext, *, number: int, length: str, end: str) -> None:
    known = await chat.services.passes.get(chat.person_id, number)
    if known and _minutes(known.guest_pass.ends_at) != end:
        await chat.say(texts.extended_before(known.guest_pass, chat.locale))
        return
    state = await chat.services.passes.extend(
        caller=chat.person_id, pass_id=number, length=LONGER[length], update_key=chat.update_key
    )
    if state is None:
        await chat.say(texts.GONE)
        return
    others = [other for other in state.overlaps if chat.is_owner or other.host_id == chat.person_id]
    await chat.say(texts.extended(state.guest_pass, state.codes, others, chat.locale), buttons.keyboard([_back()]))


async def renew_link(chat: ChatContext, argument: str) -> None:
    """The link got lost, and nobody opened it: the old one ends."""
    await confirm_if_late(chat, partial(_renew_link, number=read_number(argument)))


async def _renew_link(chat: ChatContext, *, number: int) -> None:
    made = await chat.services.passes.renew_link(caller=chat.person_id, pass_id=number)
    if made is None:
        await chat.say(texts.NO_LINK)
    else:
        is_delivered = await send_link(chat, made)
        await chat.say(texts.LINK_BELOW if is_delivered else texts.LINK_LOST)


async def revoke(chat: ChatContext, argument: str) -> None:
    """Asks first, and says what of it cannot be taken back."""
    chat = below_picture(chat)
    state = await chat.services.passes.get(chat.person_id, read_number(argument))
    if state is None:
        await chat.say(texts.GONE)
        return
    text = texts.sure_to_revoke(state.guest_pass, state.codes, chat.locale)
    work = partial(_revoke, number=state.guest_pass.id)
    await request_choice(chat, text, {labels.REVOKE_PASS: work}, back=_back())


def _back() -> Row:
    return buttons.view_row([(labels.BACK, GUESTS, "")])


async def _revoke(chat: ChatContext, *, number: int) -> None:
    state = await chat.services.passes.revoke(caller=chat.person_id, pass_id=number)
    if state is None:
        await chat.say(texts.GONE)
        return
    # The pass is over on disk. Its codes are taken back one after the other, which takes the locks some seconds each.
    chat.release_turn()
    revocable = [code for code in state.codes if code.handle]
    gone = [code for code in revocable if await _revoke_code(chat, code)]
    failed = [code for code in revocable if code not in gone]
    stays = [code for code in state.codes if not code.handle]
    await show_guests(chat, above=texts.revoked(state.guest_pass, gone, failed, stays, chat.locale), reply=chat.reply())


async def _revoke_code(chat: ChatContext, code: IssuedPin) -> bool:
    # Each is a command of its own, and a key counts once.
    request = chat.request(Action.REVOKE, code.door, issued_pin_id=code.id)
    request = replace(request, update_key=f"{chat.update_key}:{code.id}")
    async for progress in chat.services.control.operate(request):
        if isinstance(progress, Finished):
            return progress.result is Result.CONFIRMED
    return False
