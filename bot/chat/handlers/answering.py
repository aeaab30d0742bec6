"""The last word on a command."""

from telegram import InlineKeyboardMarkup

from bot.chat import buttons
from bot.chat.context import ChatContext
from bot.chat.handlers.naming import suggest
from bot.chat.render import denials, labels, outcomes
from bot.chat.telegram.replies import Reply
from bot.chat.telegram.sender import Content
from bot.domain.actions import MOVES, Action
from bot.domain.commands import DenialReason, Finished, Result, Seen

NO_FACTOR = (DenialReason.NO_SECOND_FACTOR, DenialReason.SECOND_FACTOR_OUTDATED)
MAY_HAVE_MOVED = (Result.CONFIRMED, Result.ACCEPTED, Result.UNKNOWN)


async def send_outcome(
    chat: ChatContext, finished: Finished, reply: Reply, *, is_shown: bool, said: str = "", seen: Seen | None = None
) -> None:
    """`is_shown`: the reply said already that the command is on its way. `said`: the name that was written."""
    if finished.result is Result.DENIED and not is_shown:
        await send_denial(chat, finished, said=said)
        return
    text = outcomes.outcome(finished, chat.locale, is_owner=chat.is_owner, seen=seen)
    await reply.finish(Content(text, _next_steps(chat, finished)), must_arrive=finished.result in MAY_HAVE_MOVED)


async def send_denial(chat: ChatContext, finished: Finished, *, said: str = "") -> None:
    """Why not; for a name that was `said` and fits no door of theirs, with the nearest that does."""
    if finished.reason is DenialReason.STRANGER:
        await chat.turn_away()
    # The same words for both, so that nobody learns by asking which doors there are.
    elif said and finished.reason in (DenialReason.NO_SUCH_DOOR, DenialReason.NO_RIGHT):
        await chat.reply().finish(suggest(chat, said, finished.action))
    elif finished.reason is DenialReason.NEEDS_APPROVAL and finished.action is Action.OPEN and finished.door:
        # A message also where a button was pressed: what pops up has no buttons.
        chat.pop_up()
        await chat.say(denials.denied(finished, chat.locale), buttons.ask_to_open(finished.door))
    # In a group the key that is set up would be seen by all.
    elif finished.reason in NO_FACTOR and chat.is_private:
        chat.pop_up()
        await chat.say(denials.denied(finished, chat.locale), buttons.new_key(labels.FIRST_KEY))
    else:
        # Owners are among those who are called, so the button is of no use to them.
        is_stuck = finished.action is Action.OPEN and finished.door and not chat.is_owner
        row = buttons.stuck_row(finished.door.name) if is_stuck and finished.door else []
        await chat.refuse(denials.denied(finished, chat.locale), buttons.keyboard([row]))


def _next_steps(chat: ChatContext, finished: Finished) -> InlineKeyboardMarkup | None:
    if finished.door is None or finished.result is Result.DENIED or finished.action not in MOVES:
        return None
    if finished.result is Result.CONFIRMED:
        return buttons.next_steps(finished.door, finished.action)
    keyboard = buttons.next_steps(finished.door, Action.STATUS)
    is_stuck = finished.action is Action.OPEN and not chat.is_owner
    return buttons.with_row(keyboard, buttons.stuck_row(finished.door.name)) if is_stuck else keyboard
