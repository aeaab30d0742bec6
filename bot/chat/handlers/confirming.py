"""Asking once more before something is done."""

from collections.abc import Mapping

from bot.chat import buttons
from bot.chat.button_data import ButtonData
from bot.chat.buttons import Row
from bot.chat.context import ChatContext, Work
from bot.chat.handlers import asking_code
from bot.chat.handlers.answering import send_denial
from bot.chat.render import denials, joining, labels, outcomes
from bot.chat.telegram.sender import Content
from bot.domain.actions import Action
from bot.domain.commands import Command, DenialReason, Finished, Progress, Result

# Two presses that are closer are one wish. A question at each double tap would teach people to confirm unread.
DOUBLE_TAP_SECONDS = 3.0
# Doing these twice does no harm, and each button for a code is another one.
REPEATABLE = (Action.STATUS, Action.REVOKE)


async def act_or_ask(chat: ChatContext, data: ButtonData, work: Work) -> None:
    """A press that may be old, or came before, or is at a careful door, is asked about first."""
    door = chat.services.doors.get(data.door)
    # Clients send a press again after they reconnect, as a new update, and thumbs tap twice.
    earlier = await _earlier(chat, data)
    if earlier and is_double_tap(chat, earlier):
        chat.pop_up(denials.ALREADY_PRESSED)
    elif earlier or chat.is_late or (door and door.confirms_presses):
        await confirm_door(chat, data.door, data.action, work, earlier=earlier)
    else:
        await work(chat)


async def is_asked_back(chat: ChatContext, progress: Progress, door: str, work: Work) -> bool:
    """Whether it is a no that is a question: with the answer, the work is done."""
    if not isinstance(progress, Finished):
        return False
    if progress.reason in asking_code.ASKED_BACK:
        await asking_code.ask_code(chat, progress, work)
    # Whoever typed a code has confirmed by that. Asking for the one after the other would go round for ever.
    elif progress.reason in (DenialReason.CLOCK_DOUBTED, DenialReason.NEEDS_CONFIRMATION) and not chat.typed_code:
        await confirm_door(chat, door, progress.action, work)
    else:
        return False
    return True


async def confirm_door(
    chat: ChatContext, name: str, action: Action, work: Work, *, earlier: Command | None = None
) -> None:
    """Ask somebody who has the right; the others hear why not, the same whether there is such a door or not."""
    # Judged before the question, which would otherwise tell a stranger that there is such a door.
    refusal, door = await chat.services.control.authorize(chat.request(action, name)), chat.services.doors.get(name)
    if refusal and refusal.reason in asking_code.ASKED_BACK:
        # The code is a confirmation, too.
        await asking_code.ask_code(chat, refusal, work)
        return
    if refusal or door is None:
        await send_denial(chat, refusal or Finished(action=action, result=Result.DENIED))
        return
    seconds = chat.services.confirmations.seconds
    if earlier:
        text = outcomes.confirm_again(door, earlier, chat.locale, seconds=seconds)
    else:
        is_late = chat.is_late or chat.services.clock.is_doubted
        text = outcomes.confirm(door, action, seconds=seconds, is_late=is_late)
    await request_confirmation(chat, text, labels.confirm(door, action), work, action=action)


async def confirm_if_late(
    chat: ChatContext, work: Work, *, question: str = joining.MAY_BE_OLD, label: str = labels.DO_IT
) -> None:
    """A press that may be old is asked about."""
    if chat.is_late:
        await request_confirmation(chat, question, label, work)
    else:
        await work(chat)


async def request_confirmation(
    chat: ChatContext, text: str, label: str, work: Work, *, action: Action | None = None
) -> None:
    """A one-time button that does the work, for this person in this chat."""
    await request_choice(chat, text, {label: work}, action=action)


async def request_choice(
    chat: ChatContext, text: str, choices: Mapping[str, Work], *, action: Action | None = None, back: Row | None = None
) -> None:
    """One-time buttons, each with its work. `back`: buttons that do nothing of it."""
    confirmations = chat.services.confirmations
    tokens = {
        label: confirmations.add(
            person_id=chat.person_id, chat_id=chat.destination.chat_id, work=work, asked_at=chat.services.clock.now()
        )
        for label, work in choices.items()
    }
    chat.pop_up(denials.QUESTION_IS_BELOW if chat.replaces is None else "")
    reply = chat.reply()
    rows = [buttons.confirm_row(label, token, action=action) for label, token in tokens.items()]
    await reply.finish(Content(text, buttons.keyboard([*rows, back or []])))
    for token in tokens.values():
        confirmations.bind(token, reply.message_id)


def is_double_tap(chat: ChatContext, earlier: Command) -> bool:
    age = chat.services.clock.datetime() - earlier.started_at
    # One without an outcome is still on its way to the lock, however long that takes.
    return earlier.outcome is None or age.total_seconds() < DOUBLE_TAP_SECONDS


async def _earlier(chat: ChatContext, data: ButtonData) -> Command | None:
    """The same wish of the same person within the last two minutes."""
    if data.action in REPEATABLE:
        return None
    return await chat.services.control.repeated_command(chat.request(data.action, data.door))
