"""/open, /close and /status, with their buttons."""

from functools import partial

from bot.chat import buttons, paging
from bot.chat.button_data import ButtonData
from bot.chat.context import ChatContext, Work
from bot.chat.door_buttons import KeepOpen, LeaveAsItIs
from bot.chat.handlers.answering import send_denial, send_outcome
from bot.chat.handlers.confirming import act_or_ask, confirm_door, is_asked_back
from bot.chat.handlers.naming import permitted_door, resolve_door, topic_door, usable_doors
from bot.chat.paging import Item
from bot.chat.render import denials, outcomes, questions, statuses
from bot.chat.telegram.sender import Content
from bot.domain.actions import Action
from bot.domain.commands import CommandRequest, Finished, Result, Seen, Sent, StatusResult
from bot.domain.doors import Door


async def open_door(chat: ChatContext) -> None:
    await _move_named_or_chosen(chat, Action.OPEN)


async def close_door(chat: ChatContext) -> None:
    await _move_named_or_chosen(chat, Action.CLOSE)


async def _move_named_or_chosen(chat: ChatContext, action: Action) -> None:
    """The door that was named; else that of the topic, or the only one there is, or buttons to choose from."""
    doors = usable_doors(chat, action)
    if chat.words:
        await operate(chat, chat.request(action, resolve_door(chat, chat.words, action)), said=chat.words)
    elif door := await topic_door(chat):
        await _move_only_door(chat, door, action)
    elif len(doors) == 1:
        await _move_only_door(chat, doors[0], action)
    else:
        await choose_door(chat, action)


async def _move_only_door(chat: ChatContext, door: Door, action: Action) -> None:
    # A careful door asks first where nobody named it: whoever types /open alone may think of another one. What comes
    # late is not asked about, as control refuses it.
    move = partial(move_door, door=door.name, action=action)
    if door.confirms_presses and not chat.is_late:
        await confirm_door(chat, door.name, action, move)
    else:
        await move(chat)


async def choose_door(chat: ChatContext, action: Action, page: int = 0) -> None:
    doors = usable_doors(chat, action)
    if not doors:
        await chat.say(questions.no_door_for(action))
        return
    items = [Item(row=buttons.door_row(door, action, is_menu=True)) for door in doors]
    await chat.say(*paging.show(outcomes.which_door(action), items, view=action, page=page))


async def move_door(chat: ChatContext, *, door: str, action: Action) -> None:
    await operate(chat, chat.request(action, door))


async def operate(
    chat: ChatContext, request: CommandRequest, *, said: str = "", again: Work | None = None
) -> Finished | None:
    """Keep one message telling how far a command is. What came of it.

    `again`: what is done once the person has confirmed it or typed a code, where that is asked for.
    """
    again = again or partial(move_door, door=request.door, action=request.action)
    reply, finished, is_shown = chat.reply(), None, False
    async for progress in chat.services.control.operate(request):
        match progress:
            case Sent(door):
                # It is on disk, so this person's next update need not wait for the lock.
                chat.release_turn()
                chat.pop_up(outcomes.sent_toast(door, request.action))
                reply.show(Content(outcomes.sent(door, request.action)))
                is_shown = True
            case Finished():
                chat.release_turn()
                finished = progress
                if not await is_asked_back(chat, finished, request.door, again):
                    await send_outcome(chat, finished, reply, is_shown=is_shown, said=said)
            case Seen() if finished:
                await send_outcome(chat, finished, reply, is_shown=is_shown, seen=progress)
    return finished


async def status(chat: ChatContext) -> None:
    doors = usable_doors(chat, Action.STATUS)
    if chat.words:
        await show_status(chat, resolve_door(chat, chat.words, Action.STATUS), said=chat.words)
    elif door := await topic_door(chat):
        await show_status(chat, door.name)
    elif len(doors) == 1:
        await show_status(chat, doors[0].name)
    else:
        await show_overview(chat)


async def show_overview(chat: ChatContext, page: int = 0, argument: str = "") -> None:
    """What was last read of every door."""
    # Nothing is asked of the locks: radio costs their batteries.
    results = await chat.services.control.overview(chat.person_id)
    items = [
        Item(
            statuses.status(result, chat.locale, is_owner=chat.is_owner),
            buttons.door_row(result.door, Action.STATUS) if result.door.can(Action.STATUS) else None,
        )
        for result in results
        if result.door
    ]
    if items:
        await chat.say(*paging.show("", items, view=Action.STATUS, page=page))
    else:
        await chat.say(questions.no_door_for(Action.STATUS))


async def show_status(chat: ChatContext, name: str, *, said: str = "") -> None:
    reply = chat.reply()
    if door := permitted_door(chat, name, Action.STATUS):
        chat.pop_up()
        reply.show(Content(outcomes.sent(door, Action.STATUS)))
    # A lock takes seconds to answer, and this person may want another door meanwhile.
    chat.release_turn()
    result = await chat.services.control.status(chat.request(Action.STATUS, name))
    if result.door is None:
        await send_denial(chat, _denial(result), said=said)
        return
    text = statuses.status(result, chat.locale, is_owner=chat.is_owner)
    await reply.finish(Content(text, buttons.next_steps(result.door, Action.STATUS)))


def _denial(result: StatusResult) -> Finished:
    return Finished(action=Action.STATUS, result=Result.DENIED, reason=result.reason)


async def keep_open(chat: ChatContext, data: KeepOpen) -> None:
    door = permitted_door(chat, data.door, Action.OPEN)
    # Not asked about like a late opening: the door may be closed again, and pressing anew is as quick.
    if chat.is_late:
        await chat.refuse(outcomes.PRESSED_LATE)
        return
    until = await chat.services.auto_lock.keep_open(chat.request(Action.OPEN, data.door))
    if isinstance(until, Finished):
        if not await is_asked_back(chat, until, data.door, partial(keep_open, data=data)):
            await send_denial(chat, until)
    elif door and until:
        await chat.say(outcomes.stays_open(door, until, chat.locale))
    else:
        await chat.refuse(outcomes.is_not_open(door) if door else denials.BUTTON_UNKNOWN)


async def leave_open(chat: ChatContext, data: LeaveAsItIs) -> None:
    # The question itself changes where it was asked. Here it is a word for whoever pressed.
    door = permitted_door(chat, data.door, Action.OPEN)
    if await chat.services.auto_lock.leave_open(chat.request(Action.OPEN, data.door)):
        chat.pop_up(outcomes.LEFT_OPEN)
    else:
        await chat.refuse(outcomes.is_closed_already(door) if door else denials.BUTTON_UNKNOWN)


async def press(chat: ChatContext, data: ButtonData) -> None:
    if data.action is Action.STATUS:
        await show_status(chat, data.door)
    else:
        await act_or_ask(chat, data, partial(move_door, door=data.door, action=data.action))
