"""/pin: a code for a door, told to one person alone."""

from bot.access import Action
from bot.chat import buttons, texts
from bot.chat.answers import Answer
from bot.chat.buttons import Press
from bot.chat.context import ChatContext
from bot.chat.doors import ask_back, may, mine, named, needs_confirmation, tell
from bot.chat.turns import end_turn
from bot.doors import Door, find
from bot.drivers.base import PinAsk
from bot.durations import NotADuration, join_length, parse_duration, spell_duration

MOST_CODES = 60
CODES_A_MESSAGE = 20
"""With the longest titles and names there are, so many still fit into one message and its buttons."""


async def make_pin(chat: ChatContext) -> None:
    """/pin [door] DURATION"""
    doors = mine(chat, await chat.rights(), Action.PIN)
    if not doors:
        await chat.say(texts.no_door_for(Action.PIN))
        return
    if not chat.args:
        await chat.say(texts.WHAT_PIN_TAKES)
        return
    *words, length = join_length(chat.args)
    try:
        parse_duration(length)
    except NotADuration as error:
        await chat.say(texts.WHAT_PIN_TAKES if find(" ".join(chat.args), doors) else texts.wrong_length(error))
        return
    if words:
        await _send(chat, named(" ".join(words), doors), length, said=" ".join(words))
    elif len(doors) == 1:
        await _send(chat, doors[0].name, length)
    else:
        keyboard = buttons.for_doors(doors, Action.PIN, menu_of=chat.person_id, argument=length)
        await chat.say(texts.which_door(Action.PIN), keyboard)


async def press(chat: ChatContext, press: Press) -> None:
    if needs_confirmation(chat, press):
        await ask_back(chat, press)
    else:
        await carry_out(chat, press)


async def carry_out(chat: ChatContext, press: Press) -> None:
    if press.action is Action.REVOKE:
        await _revoke(chat, press)
    else:
        await _send(chat, press.door, press.argument)


async def list_pins(chat: ChatContext) -> None:
    """/pins: one's own codes that can be revoked, for owners everybody's; in private, as names are in it."""
    house = chat.house
    pins = (await house.control.live_pins(chat.person_id))[-MOST_CODES:]
    for first in range(0, len(pins) or 1, CODES_A_MESSAGE):
        some, answer = pins[first : first + CODES_A_MESSAGE], chat.privately()
        keyboard = buttons.revoke(some, house.titles, house.zone) if some else None
        await answer.finish(texts.pins(some, house.titles, house.zone), keyboard)
    await chat.say_where(answer)


async def _revoke(chat: ChatContext, press: Press) -> None:
    """The press of a revoke button: the code is looked up anew, by whoever presses."""
    control = chat.house.control
    pin = next((pin for pin in await control.live_pins(chat.person_id) if str(pin.id) == press.argument), None)
    if pin is None:
        await chat.say(texts.PIN_GONE)
        return
    answer = chat.answer()
    outcome = await control.revoke_pin(chat.ask(pin.door), pin, lambda _: end_turn())
    await tell(chat, outcome, answer.finish, said="")


async def _send(chat: ChatContext, name: str, length_text: str, *, said: str = "") -> None:
    try:
        length = parse_duration(length_text)
    except NotADuration as error:
        await chat.say(texts.wrong_length(error))
        return
    private = chat.privately()
    door = None if chat.is_late else await may(chat, name, Action.PIN)
    if door and not await _reaches(private, door):
        await chat.say(texts.CANNOT_WRITE_PRIVATELY)
        return
    ask = PinAsk(starts_at=chat.house.clock.datetime(), duration=length, label=chat.person_name)
    outcome = await chat.house.control.create_pin(chat.ask(name), ask, lambda _: end_turn())
    if outcome.pin is None:
        await tell(chat, outcome, (private if door else chat.answer()).finish, said=said, argument=length_text)
        return
    text = texts.pin(outcome, outcome.pin, spell_duration(length), chat.house.zone)
    keyboard = buttons.copy_code(outcome.pin.digits)
    await private.finish(text, keyboard, protect=True, instead=texts.CODE_LOST)
    await chat.say_where(private)


async def _reaches(private: Answer, door: Door) -> bool:
    """Whether the private chat can be written to: found out before a code exists that nobody could be told."""
    await private.finish(texts.preparing_pin(door), protect=True)
    return private.is_delivered
