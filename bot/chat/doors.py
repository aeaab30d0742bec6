"""/open, /close and /status, with their buttons."""

from collections.abc import Awaitable, Callable

from telegram import InlineKeyboardMarkup

from bot.access import MOVES, Action, Rights, decide
from bot.chat import buttons, texts
from bot.chat.buttons import Press
from bot.chat.context import ChatContext
from bot.chat.turns import end_turn
from bot.control import Sent
from bot.doors import Door, find, nearest
from bot.outcomes import Ask, Outcome, Reason, Result

LONGEST_NAME = 40
"""Longer than any door's."""
Perform = Callable[[Ask, Sent], Awaitable[Outcome]]


async def open_door(chat: ChatContext) -> None:
    await _named_or_chosen(chat, Action.OPEN, move)


async def close_door(chat: ChatContext) -> None:
    await _named_or_chosen(chat, Action.CLOSE, move)


async def status(chat: ChatContext) -> None:
    if chat.args:
        await _named_or_chosen(chat, Action.STATUS, show_status)
        return
    looks = await chat.house.control.overview(chat.person_id)
    doors = [look.door for look in looks if look.door]
    if len(doors) == 1:
        await show_status(chat, doors[0].name, Action.STATUS)
    elif doors:
        lines = [texts.look(look, now=chat.house.clock.datetime(), owner=chat.is_owner) for look in looks]
        readable = [door for door in doors if door.can(Action.STATUS)]
        await chat.say("\n".join(lines), buttons.for_doors(readable, Action.STATUS) if readable else None)
    else:
        await chat.say(texts.no_door_for(Action.STATUS))


async def move(chat: ChatContext, name: str, action: Action) -> None:
    """Open or close: record, send, and keep one message telling how far it is."""
    answer = chat.answer()
    control = chat.house.control

    def sent(door: Door) -> None:
        end_turn()
        answer.show(texts.sent(door, action))

    perform: Perform = control.open if action is Action.OPEN else control.close
    if not chat.is_late and (door := await may(chat, name, action)):
        answer.show(texts.asked(door, action))
    outcome = await perform(chat.ask(name), sent)
    await tell(chat, outcome, answer.finish, said=" ".join(chat.args))
    if outcome.evidence and (evidence := await outcome.evidence):
        await answer.finish(texts.outcome(outcome, owner=chat.is_owner, evidence=evidence), _steps(outcome))


async def show_status(chat: ChatContext, name: str, action: Action) -> None:
    answer = chat.answer()
    if door := await may(chat, name, action):
        answer.show(texts.asked(door, action))
    end_turn()
    look = await chat.house.control.status(chat.ask(name))
    text = texts.look(look, now=chat.house.clock.datetime(), owner=chat.is_owner)
    await answer.finish(text, buttons.next_steps(look.door, Action.STATUS) if look.door else None)


async def press(chat: ChatContext, press: Press) -> None:
    """A press of one of this room's buttons; one that may be old, or a careful door's, is asked back first."""
    if press.action is Action.STATUS:
        await show_status(chat, press.door, press.action)
    elif needs_confirmation(chat, press):
        await ask_back(chat, press)
    else:
        await move(chat, press.door, press.action)


def needs_confirmation(chat: ChatContext, press: Press) -> bool:
    door = chat.door(press.door)
    return chat.is_late or bool(door and door.confirm)


async def ask_back(chat: ChatContext, press: Press) -> None:
    """Give a one-time confirm button to somebody who has the right; the others hear why not."""
    house = chat.house
    refusal = await house.control.judge(chat.ask(press.door), press.action)
    door = chat.door(press.door)
    if refusal or door is None:
        if refusal:
            await tell(chat, refusal, chat.answer().finish, said="")
        return
    token = house.confirmations.make(
        person_id=chat.person_id, chat_id=chat.place.chat_id, press=press, asked_at=house.clock.now()
    )
    text = texts.confirm(door, press.action, seconds=house.confirmations.seconds, late=chat.is_late)
    await chat.say(text, buttons.confirm(door, press.action, token))


async def _named_or_chosen(
    chat: ChatContext, action: Action, act: Callable[[ChatContext, str, Action], Awaitable[None]]
) -> None:
    """The door that was named; without a name the only one there is, or buttons to choose from."""
    doors = mine(chat, await chat.rights(), action)
    if chat.args:
        await act(chat, named(" ".join(chat.args), doors), action)
    elif len(doors) == 1:
        await act(chat, doors[0].name, action)
    elif doors:
        await chat.say(texts.which_door(action), buttons.for_doors(doors, action, menu_of=chat.person_id))
    else:
        await chat.say(texts.no_door_for(action))


def named(text: str, doors: list[Door]) -> str:
    """The name of the door that is meant, or the text itself for control to judge."""
    door = find(text, doors)
    # Cut, as it is kept for good: whoever is on the list could fill the disk with it.
    return door.name if door else text.casefold()[:LONGEST_NAME]


async def may(chat: ChatContext, name: str, action: Action) -> Door | None:
    """The door of that name if this caller may use it: what others may not, they are not told of."""
    return next((door for door in mine(chat, await chat.rights(), action) if door.name == name), None)


def mine(chat: ChatContext, rights: Rights, action: Action) -> list[Door]:
    """The doors this caller may use for this and that can do it: a courtesy, the decision is control's.

    A door whose state nobody can read is named all the same, to be told so.
    """
    able = (door for door in chat.house.doors if action is Action.STATUS or door.can(action))
    now = chat.house.clock.datetime()
    return [door for door in able if decide(rights, door=door.name, action=action, now=now).allowed]


async def tell(
    chat: ChatContext, outcome: Outcome, finish: Callable[..., Awaitable[None]], *, said: str, argument: str = ""
) -> None:
    """The last word on a command; for a name that was `said` and fits no door of theirs, with the nearest that does."""
    if outcome.reason is Reason.STRANGER:
        await chat.turn_away()
    elif outcome.reason in (Reason.NO_SUCH_DOOR, Reason.NO_RIGHT) and said:
        doors = mine(chat, await chat.rights(), outcome.action)
        close = nearest(said, doors)
        offer = [close] if close else []
        keyboard = buttons.for_doors(offer, outcome.action, menu_of=chat.person_id, argument=argument)
        await finish(texts.no_such_door(said, doors, close, outcome.action), keyboard if close else None)
    else:
        await finish(texts.outcome(outcome, owner=chat.is_owner), _steps(outcome))


def _steps(outcome: Outcome) -> InlineKeyboardMarkup | None:
    if outcome.door is None or outcome.result is Result.DENIED or outcome.action not in MOVES:
        return None
    return buttons.next_steps(outcome.door, outcome.action if outcome.result is Result.CONFIRMED else Action.STATUS)
