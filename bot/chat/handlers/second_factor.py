"""/2fa and /code: a second factor of one's own, the digits that are typed for it, and resetting somebody else's."""

import asyncio
from dataclasses import replace
from functools import partial

from bot.access.one_time_codes import address
from bot.access.second_factors import ShownKey, Standing
from bot.chat import buttons
from bot.chat.awaited_codes import TypedCode
from bot.chat.button_data import read_number
from bot.chat.buttons import Row
from bot.chat.context import ChatContext
from bot.chat.courtesy import may
from bot.chat.handlers.answering import send_denial
from bot.chat.handlers.asking_code import ask_code, ask_code_for
from bot.chat.handlers.cards import PERSON, RESET_FACTOR
from bot.chat.handlers.choosing_person import resolve_person
from bot.chat.handlers.confirming import request_choice
from bot.chat.handlers.inviting import draw
from bot.chat.render import denials, labels
from bot.chat.render import second_factor as texts
from bot.chat.telegram.sender import Attachment
from bot.domain.actions import Action
from bot.domain.commands import DenialReason
from bot.domain.second_factor import Proof, plain_digits, unproved

NEW_KEY, RESET = buttons.NEW_KEY, RESET_FACTOR


async def second_factor(chat: ChatContext) -> None:
    """/2fa in private; owners may name somebody."""
    if not chat.is_private:
        await chat.say(texts.ONLY_PRIVATELY)
    elif not chat.words:
        await _show_own(chat)
    elif not may(chat, Action.RESET_SECOND_FACTOR):
        await chat.refuse(denials.OWNERS_ONLY)
    else:
        await show_other(chat, str((await resolve_person(chat, texts.USAGE)).id))


async def _show_own(chat: ChatContext) -> None:
    standing = await chat.services.second_factors.standing(chat.person_id)
    if standing is Standing.SET_UP:
        await chat.say(texts.is_set_up(chat.services.doors), buttons.new_key(labels.NEW_KEY))
        return
    if standing is Standing.OUTDATED:
        await chat.say(texts.OUTDATED)
    await _begin(chat)


async def ask_for_new_key(chat: ChatContext) -> None:
    """The button under one's own, or under a no for want of one."""
    # Whoever has a key proves it first: a stolen phone without the app must not make itself a new one.
    if not chat.is_private:
        await chat.refuse(texts.ONLY_PRIVATELY)
    elif await chat.services.second_factors.standing(chat.person_id) is Standing.SET_UP:
        await ask_code_for(chat, texts.NEW_KEY_NEEDS_CODE, _begin)
    else:
        await _begin(chat)


async def _begin(chat: ChatContext) -> None:
    digits = chat.typed_code.digits if chat.typed_code else None
    shown = await chat.services.second_factors.begin(chat.person_id, chat.person_name, digits)
    if isinstance(shown, Proof):
        await _not_proved(chat, shown)
    else:
        await _send_key(chat, shown)


async def _not_proved(chat: ChatContext, proof: Proof) -> None:
    denied = unproved(Action.RESET_SECOND_FACTOR, proof)
    if proof.reason is DenialReason.WRONG_CODE:
        await ask_code(chat, denied, _begin)
    else:
        await send_denial(chat, denied)


async def _send_key(chat: ChatContext, shown: ShownKey) -> None:
    link = address(shown.secret, name=chat.person_name, issuer=chat.bot.first_name)
    # Drawing takes a moment, and doors do not wait for it.
    picture = await asyncio.to_thread(draw, link)
    text, keyboard = texts.new_key(shown.secret, shown.expires_at, chat.locale), buttons.copy_key(shown.secret)
    file = Attachment("key.png", picture, text, is_picture=True, keyboard=keyboard, protect=True)
    number = await chat.send_file(file)
    if number is None:
        await chat.say(texts.KEY_LOST)
    else:
        # The key stands in this one message, and by its number the bot deletes it, also after a restart.
        await chat.services.second_factors.keep_message(shown.enrolment_id, number)


async def code(chat: ChatContext) -> None:
    """/code 123456, or in private the six digits alone."""
    digits = plain_digits(chat.words)
    if not chat.is_private:
        # Others may have read the digits, which stay good for a minute. So they are not used, and deleted.
        chat.forget_message()
        await chat.say(texts.NOT_HERE)
    elif digits is None:
        await chat.say(texts.NO_DIGITS)
    else:
        chat.forget_message()
        await _take(replace(chat, words=""), digits)


async def _take(chat: ChatContext, digits: str) -> None:
    if awaited := chat.services.awaited_codes.take(chat.person_id):
        await awaited.work(replace(chat, typed_code=TypedCode(digits, awaited)))
    elif await chat.services.second_factors.is_being_set_up(chat.person_id):
        await _complete(chat, digits)
    else:
        await chat.say(texts.NOTHING_WAITS)


async def _complete(chat: ChatContext, digits: str) -> None:
    factors = chat.services.second_factors
    if await factors.complete(chat.person_id, chat.person_name, digits):
        # At once, and not in half a minute: it deletes the message that shows the key.
        await factors.look_after()
        await chat.say(texts.set_up_now(chat.services.doors))
    else:
        await chat.say(texts.WRONG_FIRST_CODE)


async def show_other(chat: ChatContext, argument: str) -> None:
    """Somebody's second factor, and the button that resets it."""
    person_id = read_number(argument)
    standing = await chat.services.second_factors.standing(person_id)
    name = (await chat.services.people.register.names([person_id])).get(person_id, str(person_id))
    if person_id == chat.person_id:
        await chat.say(denials.denial(DenialReason.OWN_SECOND_FACTOR))
    elif standing is Standing.NONE:
        await chat.say(texts.has_none(name))
    else:
        work = partial(_reset, person_id=person_id)
        await request_choice(chat, texts.sure_to_reset(name), {labels.RESET_FACTOR: work}, back=_to_card(person_id))


async def _reset(chat: ChatContext, *, person_id: int) -> None:
    factors = chat.services.second_factors
    is_reset = await factors.reset(caller=chat.person_id, caller_name=chat.person_name, person_id=person_id)
    text = texts.RESET if is_reset else texts.NONE_THERE
    await chat.say(text, buttons.keyboard([_to_card(person_id)]))


def _to_card(person_id: int) -> Row:
    return buttons.view_row([(labels.BACK, PERSON, str(person_id))])
