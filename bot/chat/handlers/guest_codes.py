"""A code for the door of a guest pass, told to the host, who passes it on."""

from dataclasses import replace
from datetime import datetime
from functools import partial

from bot.chat import buttons
from bot.chat.button_data import read_number
from bot.chat.context import ChatContext, Work
from bot.chat.handlers.answering import send_outcome
from bot.chat.handlers.codes import show_digits
from bot.chat.handlers.confirming import is_asked_back, request_choice, request_confirmation
from bot.chat.handlers.guests import SEPARATOR, below_picture
from bot.chat.render import codes as code_texts
from bot.chat.render import labels
from bot.chat.render import passes as texts
from bot.chat.telegram.replies import Reply
from bot.chat.telegram.sender import Content
from bot.domain.actions import Action
from bot.domain.calendars import Window
from bot.domain.codes import PinRequest
from bot.domain.commands import Finished, Result
from bot.domain.doors import Door
from bot.domain.passes import GuestPass


async def offer_code(chat: ChatContext, argument: str) -> None:
    """Whether the code can be taken back is said before it is made."""
    chat = below_picture(chat)
    number, _, name = argument.partition(SEPARATOR)
    state, door = await chat.services.passes.get(chat.person_id, read_number(number)), chat.services.doors.get(name)
    if state is None or door is None or name not in state.guest_pass.doors:
        await chat.say(texts.GONE)
        return
    text = texts.sure_of_code(door, state.guest_pass, chat.locale)
    work = partial(_make_code, number=state.guest_pass.id, door=door)
    await request_confirmation(chat, text, labels.confirm(door, Action.PIN), work)


async def _make_code(chat: ChatContext, *, number: int, door: Door, window: Window | None = None) -> None:
    """`window`: inside the pass, where the lock cannot do all of it."""
    state, now = await chat.services.passes.get(chat.person_id, number), chat.services.clock.datetime()
    if state is None:
        await chat.say(texts.GONE)
        return
    # Digits are in a message of their own, which nobody can forward and which is deleted in its time.
    one, reply = state.guest_pass, replace(chat, replaces=None).private_reply()
    await reply.finish(Content(code_texts.preparing(door), protect=True))
    # Without a message for the digits no code is made: nobody could be told it, and it would open the door.
    if not reply.is_delivered:
        return
    if chat.replaces is not None:
        await chat.say(code_texts.IS_BELOW)
    wanted = window or Window(max(now, one.starts_at), one.ends_at)
    pin = PinRequest(starts_at=wanted.starts_at, duration=wanted.length, label=one.label)
    request = replace(chat.request(Action.PIN, door.name, pin=pin), pass_id=one.id, shown_by=reply.message_id)
    again = partial(_make_code, number=number, door=door, window=window)
    async for progress in chat.services.control.operate(request):
        chat.release_turn()
        if await is_asked_back(replace(chat, replaces=reply.message_id), progress, door.name, again):
            return
        if isinstance(progress, Finished):
            await _tell(chat, progress, one, door, wanted, reply)


async def _tell(
    chat: ChatContext, finished: Finished, one: GuestPass, door: Door, wanted: Window, reply: Reply
) -> None:
    if finished.pin and finished.door:
        forward = texts.code_to_pass_on(finished.door, finished.pin, one, chat.locale)
        text = code_texts.guest_code(finished.door, finished.pin, one, chat.locale)
        await show_digits(chat, reply, Content(text, buttons.copy_text(forward)), fallback=texts.CODE_LOST)
        return
    await send_outcome(chat, finished, reply, is_shown=True)
    if finished.result is Result.REFUSED:
        await _offer_inside(chat, one, door, wanted)


async def _offer_inside(chat: ChatContext, one: GuestPass, door: Door, wanted: Window) -> None:
    """The lock said no to the whole time, and nothing was made: what it can do inside the pass, if anything."""
    now = chat.services.clock.datetime()
    near = chat.services.codes.windows_near(door.name, wanted)
    # Not the same times again: the lock has just said no to them.
    inside = [near_one for near_one in near if _is_inside(near_one, one, now=now) and near_one != wanted]
    choices: dict[str, Work] = {
        labels.window(found, chat.locale): partial(_make_code, number=one.id, door=door, window=found)
        for found in inside
    }
    if choices:
        await request_choice(replace(chat, replaces=None), texts.SHORTER_CODE, choices)


def _is_inside(window: Window, one: GuestPass, *, now: datetime) -> bool:
    """A code from the hour that has begun works from now on."""
    return window.ends_at <= one.ends_at and (window.starts_at >= one.starts_at or one.starts_at <= now)
