"""Ask to open, and the answer of whoever may give it."""

from functools import partial

from telegram import InlineKeyboardMarkup

from bot.access.approvals import AskedToOpen, Asking
from bot.access.ballots import Vote
from bot.chat import buttons
from bot.chat.context import ChatContext
from bot.chat.door_buttons import Approve, AskToOpen
from bot.chat.handlers.answering import send_denial
from bot.chat.handlers.confirming import confirm_if_late
from bot.chat.render import approvals as texts
from bot.chat.render import labels
from bot.chat.services import Services
from bot.domain.actions import Action
from bot.domain.approvals import ALLOWING
from bot.domain.commands import Finished, Result
from bot.domain.events import ApprovalAnswered, ApprovalAsked

SAID = {
    Asking.NOW: texts.NOW,
    Asking.ALREADY: texts.ALREADY,
    Asking.TOO_OFTEN: texts.TOO_OFTEN,
    Asking.NOBODY: texts.NOBODY,
}


async def ask(chat: ChatContext, wanted: AskToOpen) -> None:
    """The button under the refusal."""
    # Late, nobody waits at the door any more, and those who answer would let in somebody who has left.
    await confirm_if_late(chat, partial(_ask, door=wanted.door), label=labels.ASK_TO_OPEN)


async def _ask(chat: ChatContext, *, door: str) -> None:
    place = chat.destination
    asked = await chat.services.approvals.ask(
        person_id=chat.person_id, name=chat.person_name, door=door, chat_id=place.chat_id, thread_id=place.thread_id
    )
    if asked.asking is Asking.NOT_NEEDED:
        await _not_needed(chat, door, asked)
    else:
        await chat.say(SAID[asked.asking])


async def _not_needed(chat: ChatContext, name: str, asked: AskedToOpen) -> None:
    door = chat.services.doors.get(name)
    if asked.verdict.allowed and door:
        await chat.say(texts.NOT_NEEDED, buttons.open_now(door))
    else:
        denied = Finished(
            action=Action.OPEN, result=Result.DENIED, reason=asked.verdict.reason, opens_at=asked.verdict.opens_at
        )
        await send_denial(chat, denied)


async def answer(chat: ChatContext, said: Approve) -> None:
    """A button of a card."""
    # Who may answer is decided in the transaction that counts it: rights may have gone since the card was told.
    voted = await chat.services.ballots.answer(
        caller=chat.person_id, caller_name=chat.person_name, approval_id=said.approval, answer=said.answer
    )
    if voted is None:
        await chat.say(texts.NO_SUCH)
    elif voted.vote is Vote.NEEDS_MORE:
        await chat.say(texts.ONE_MORE)
    else:
        by_you = voted.vote is Vote.COUNTS
        await chat.say(texts.said(voted.approval, voted.grant, chat.locale, by_you=by_you))


def keyboard(services: Services, event: ApprovalAsked | ApprovalAnswered) -> InlineKeyboardMarkup | None:
    """Under what is told of it."""
    # A card that waited in the outbox may come when its question is over: then it has no buttons.
    if isinstance(event, ApprovalAsked):
        return buttons.approve(event.request) if event.expires_at > services.clock.datetime() else None
    door = services.doors.get(event.door)
    return buttons.open_now(door) if door and event.answer in ALLOWING else None
