"""/pin and /pins: a code for a door, told to one person alone, and taking codes back."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from bot.chat import buttons, paging
from bot.chat.button_data import ButtonData
from bot.chat.context import ChatContext
from bot.chat.handlers.answering import send_denial, send_outcome
from bot.chat.handlers.confirming import act_or_ask, is_asked_back
from bot.chat.handlers.doors import choose_door
from bot.chat.handlers.naming import (
    permitted_door,
    permitted_doors,
    resolve_door_and_rest,
    topic_door,
    unknown_name,
    usable_doors,
)
from bot.chat.paging import Item
from bot.chat.render import codes, denials, outcomes, questions
from bot.chat.telegram.replies import Reply
from bot.chat.telegram.sender import Content
from bot.domain.actions import Action
from bot.domain.codes import PinRequest
from bot.domain.commands import DenialReason, Finished, Sent
from bot.domain.doors import Door, NoSuchDoor
from bot.domain.durations import Span, decode_span, parse_span

PINS = "pins"


async def make_pin(chat: ChatContext) -> None:
    """/pin [door] LENGTH"""
    doors = usable_doors(chat, Action.PIN)
    if not doors:
        await chat.say(questions.no_door_for(Action.PIN))
        return
    wish = _read_wish(chat)
    if not wish.door and (door := await topic_door(chat)):
        await make(chat, door.name, wish.span)
    elif wish.door or len(doors) == 1:
        await make(chat, wish.door or doors[0].name, wish.span, said=wish.said)
    else:
        await choose_door(chat, Action.PIN, argument=wish.span.encode())


def _read_wish(chat: ChatContext) -> "_Wish":
    try:
        door, span = resolve_door_and_rest(chat.words, permitted_doors(chat, Action.PIN), partial(_read_span, chat))
        return _Wish(door.name, span)
    except NoSuchDoor as nowhere:
        # Control refuses and records a name that fits no door.
        name = unknown_name(nowhere.said) if nowhere.said else ""
        return _Wish(name, _read_span(chat, nowhere.rest), said=nowhere.said)


@dataclass(frozen=True, slots=True)
class _Wish:
    """A door's name, "" if none is named, and for how long. `said`: words that name no door."""

    door: str
    span: Span
    said: str = ""


async def list_pins(chat: ChatContext) -> None:
    reply = chat.private_reply()
    await show_pins(chat, reply=reply)
    await chat.say_where(reply)


async def show_pins(
    chat: ChatContext, page: int = 0, argument: str = "", *, reply: Reply | None = None, above: str = ""
) -> None:
    """One's own codes, for owners everybody's; in private, as names are in it. `above`: what came of the last press."""
    pins = await chat.services.control.live_pins(chat.person_id)
    items = [Item(codes.listed(pin, chat.locale), buttons.revoke_row(pin, chat.locale)) for pin in reversed(pins)]
    head = codes.CODES if items else codes.NO_PINS
    text, keyboard = paging.show(f"{above}\n\n{head}" if above else head, items, view=PINS, page=page)
    await (reply or chat.private_reply()).finish(Content(text, keyboard))


async def press(chat: ChatContext, data: ButtonData) -> None:
    if data.action is Action.REVOKE:
        await act_or_ask(chat, data, partial(_revoke, door=data.door, number=data.argument))
    elif span := decode_span(data.argument, now=chat.services.clock.datetime()):
        await act_or_ask(chat, data, partial(make, name=data.door, span=span))
    else:
        await chat.refuse(denials.BUTTON_UNKNOWN)


async def _revoke(chat: ChatContext, *, door: str, number: str) -> None:
    """Afterwards the list is shown without it: a button for what is done already invites a second press."""
    if not (number.isascii() and number.isdecimal() and len(number) < 18):
        await chat.refuse(denials.BUTTON_UNKNOWN)
        return
    reply, is_shown = chat.reply(), False
    async for progress in chat.services.control.operate(chat.request(Action.REVOKE, door, issued_pin_id=int(number))):
        chat.release_turn()
        if isinstance(progress, Sent):
            chat.pop_up(outcomes.sent_toast(progress.door, Action.REVOKE))
            reply.show(Content(outcomes.sent(progress.door, Action.REVOKE)))
            is_shown = True
        elif await is_asked_back(chat, progress, door, partial(_revoke, door=door, number=number)):
            return
        elif isinstance(progress, Finished) and chat.is_private and is_shown:
            text = outcomes.outcome(progress, chat.locale, is_owner=chat.is_owner)
            await show_pins(chat, reply=reply, above=text)
        elif isinstance(progress, Finished):
            await send_outcome(chat, progress, reply, is_shown=is_shown)


async def make(chat: ChatContext, name: str, span: Span, *, said: str = "") -> None:
    private = chat.private_reply()
    door = None if chat.is_late else permitted_door(chat, name, Action.PIN)
    # Found out before a code exists that nobody could be told.
    if door and not await _reaches(chat, private, door):
        await chat.say(codes.CANNOT_WRITE_PRIVATELY)
        return
    now = chat.services.clock.datetime()
    pin = PinRequest(starts_at=now, duration=span.from_(now), label=chat.person_name)
    async for progress in chat.services.control.operate(chat.request(Action.PIN, name, pin=pin)):
        chat.release_turn()
        # Where it is asked back, nothing is being made.
        place = replace(chat, replaces=private.message_id) if chat.is_private else chat
        if await is_asked_back(place, progress, name, partial(make, name=name, span=span)):
            if not chat.is_private:
                await private.finish(Content(codes.ASKED_BACK))
            return
        if isinstance(progress, Finished):
            await _tell_code(chat, progress, private, span, is_shown=door is not None, said=said)


async def _tell_code(
    chat: ChatContext, finished: Finished, private: Reply, span: Span, *, is_shown: bool, said: str
) -> None:
    if finished.pin and finished.door:
        text = codes.code(finished.door, finished.pin, span, chat.locale)
        keyboard = buttons.copy_code(finished.pin.digits)
        await private.finish(Content(text, keyboard, protect=True, fallback=codes.CODE_LOST))
        await chat.say_where(private)
    elif finished.reason in (DenialReason.NO_SUCH_DOOR, DenialReason.NO_RIGHT) and said:
        await send_denial(chat, finished, said=said, argument=span.encode())
    else:
        await send_outcome(chat, finished, private, is_shown=is_shown)


async def _reaches(chat: ChatContext, private: Reply, door: Door) -> bool:
    """Whether the private chat can be written to."""
    chat.pop_up()
    await private.finish(Content(codes.preparing(door), protect=True))
    return private.is_delivered


def _read_span(chat: ChatContext, text: str) -> Span:
    """Raises NotADuration, which the dispatcher has explained."""
    return parse_span(text, now=datetime.fromtimestamp(chat.asked_at, UTC), zone=chat.services.zone)
