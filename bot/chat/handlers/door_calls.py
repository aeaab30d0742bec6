"""/stuck and the button "I can't get in": the likely cause, and the answers of those who are called."""

from functools import partial

from telegram import InlineKeyboardMarkup

from bot.chat import buttons
from bot.chat.button_data import ButtonData, PageTurn
from bot.chat.context import ChatContext, NotUnderstood
from bot.chat.door_buttons import AnswerCall, CallWord
from bot.chat.handlers import doors
from bot.chat.handlers.asking_code import ASKED_BACK
from bot.chat.handlers.confirming import act_or_ask, confirm_if_late
from bot.chat.handlers.naming import own_doors
from bot.chat.render import door_calls as texts
from bot.chat.render import questions
from bot.chat.services import Services
from bot.domain.actions import Action
from bot.domain.commands import DenialReason, Result
from bot.domain.door_calls import AnsweredCall, CallAnswer, CallEnd, Calling
from bot.domain.doors import NoSuchDoor, TwoReadings, find
from bot.domain.events import DoorCalled, DoorCallEnded, DoorCallGoesOn

SAID = {
    Calling.NOW: texts.CALLED,
    Calling.ALREADY: texts.ALREADY,
    Calling.NOBODY: texts.NOBODY_TO_CALL,
    Calling.NOT_NEAR: texts.NOT_NEAR,
}
# The lock is asked once the person has confirmed it or typed a code, if they do.
QUESTIONS = (*ASKED_BACK, DenialReason.NEEDS_CONFIRMATION, DenialReason.CLOCK_DOUBTED)
ANSWERS = {CallWord.CALL: CallAnswer.CALLING, CallWord.NOT_NOW: CallAnswer.NOT_NOW}


async def stuck(chat: ChatContext) -> None:
    """/stuck [door]"""
    try:
        await show(chat, find(chat.words, own_doors(chat)).name if chat.words else "")
    except NoSuchDoor:
        await show(chat, "")
    except TwoReadings as error:
        raise NotUnderstood(questions.two_readings(error.readings)) from None


async def show(chat: ChatContext, name: str) -> None:
    """Without a door's name the only one there is, or buttons to choose from."""
    known = own_doors(chat)
    named = next((door for door in known if door.name == name), known[0] if len(known) == 1 else None)
    if not known:
        await chat.say(texts.NO_DOOR)
    elif named is None:
        rows = [buttons.data_row([(door.title, PageTurn(buttons.STUCK, 0, door.name))]) for door in known]
        await chat.say(texts.WHICH_DOOR, buttons.keyboard(rows))
    else:
        await confirm_if_late(chat, partial(_call, door=named.name), question=texts.MAY_BE_OLD)


async def _call(chat: ChatContext, *, door: str) -> None:
    place = chat.destination
    begun = await chat.services.door_calls.begin(
        person_id=chat.person_id, name=chat.person_name, door=door, chat_id=place.chat_id, thread_id=place.thread_id
    )
    host = begun.host.name if begun.host else None
    calling = texts.too_often(host) if begun.calling is Calling.TOO_OFTEN else SAID[begun.calling]
    await chat.say(f"{texts.likely_causes(begun.door, begun.causes, chat.locale)}\n\n{calling}")


async def press(chat: ChatContext, pressed: AnswerCall) -> None:
    """A button of a card, or "I am in" of whoever called."""
    calls = chat.services.door_calls
    if pressed.said is CallWord.IN:
        is_over = not await calls.got_in(caller=chat.person_id, call_id=pressed.call)
        await (chat.refuse(texts.OVER) if is_over else chat.say(texts.IN))
    elif pressed.said is CallWord.OPEN:
        await _open_or_ask(chat, pressed.call)
    else:
        answer = ANSWERS[pressed.said]
        said = await calls.answer(caller=chat.person_id, call_id=pressed.call, answer=answer)
        if await _is_theirs(chat, said) and said:
            await _answered(chat, said, answer)


async def _answered(chat: ChatContext, said: AnsweredCall, answer: CallAnswer) -> None:
    door = chat.services.doors.get(said.call.door)
    if answer is CallAnswer.NOT_NOW:
        await _not_now(chat, said)
        return
    # A button with a link tells the bot nothing when it is pressed. So the press comes first, and then the way there.
    rows = [buttons.person_row(said.call.person_name, said.call.person_id)]
    if door and said.person.can_open:
        rows.append(buttons.open_now_row(door))
    await chat.say(texts.yours(said.call, chat.locale), buttons.keyboard(rows))


async def _not_now(chat: ChatContext, said: AnsweredCall) -> None:
    # Whoever thinks better of it still may help, as long as somebody is called.
    after = await chat.services.door_calls.card(caller=chat.person_id, call_id=said.call.id)
    if after is None or after.call.end is not None:
        await chat.say(texts.nobody_left(said.call, chat.locale))
    else:
        keyboard = buttons.answer_call(said.call.id, can_open=said.person.can_open)
        await chat.say(texts.next_is_called(said.call, chat.locale), keyboard)


async def _open_or_ask(chat: ChatContext, call_id: int) -> None:
    # An ordinary press of theirs, judged by their own right: a call from the door gives nobody one.
    card = await chat.services.door_calls.card(caller=chat.person_id, call_id=call_id)
    if await _is_theirs(chat, card) and card:
        await act_or_ask(chat, ButtonData(Action.OPEN, card.call.door), partial(_open, call_id=call_id))


async def _open(chat: ChatContext, *, call_id: int) -> None:
    calls = chat.services.door_calls
    # Before the lock is asked, so that nobody else is woken while it works.
    said = await calls.answer(caller=chat.person_id, call_id=call_id, answer=CallAnswer.OPENING)
    if not await _is_theirs(chat, said) or said is None:
        return
    request, again = chat.request(Action.OPEN, said.call.door), partial(_open, call_id=call_id)
    finished = await doors.operate(chat, request, again=again)
    if finished and finished.reason in QUESTIONS:
        # If they never confirm it or type the code the next one is called. This counted as an unclear answer of the
        # lock once, and ended the call.
        await calls.asked_back(caller=chat.person_id, call_id=call_id)
        return
    result = finished.result if finished else Result.UNKNOWN
    if not await calls.opened(caller=chat.person_id, call_id=call_id, result=result):
        return
    card = await calls.card(caller=chat.person_id, call_id=call_id)
    if card and card.call.end in (None, CallEnd.NOBODY):
        rows = [buttons.person_row(card.call.person_name, card.call.person_id)]
        keyboard = buttons.keyboard(rows) if card.call.end else buttons.answer_call(call_id, can_open=True)
        await chat.in_private().say(texts.still_there(card.call, chat.locale), keyboard)


async def _is_theirs(chat: ChatContext, said: AnsweredCall | None) -> bool:
    """Otherwise they hear how it stands."""
    if said is None:
        await chat.say(texts.NO_SUCH)
    elif not said.is_theirs and said.call.end is None:
        await chat.refuse(texts.opened_by_another(said.call, chat.locale))
    elif not said.is_theirs:
        await chat.say(texts.closed_before(said.call, chat.locale))
    return said is not None and said.is_theirs


def keyboard(services: Services, event: DoorCalled | DoorCallGoesOn | DoorCallEnded) -> InlineKeyboardMarkup | None:
    """Under what is told of a call."""
    match event:
        case DoorCalled():
            # The call may be over when its card comes out of the outbox.
            is_fresh = event.expires_at > services.clock.datetime()
            return buttons.answer_call(event.call, can_open=event.can_open) if is_fresh else None
        case DoorCallGoesOn():
            return None if event.is_over else buttons.end_call(event.call)
    is_open = event.end in (CallEnd.UNCLEAR, CallEnd.NOBODY)
    return buttons.keyboard([buttons.stuck_row(event.door)]) if is_open else None
