"""Every press of a button: what it asks for, and which handler answers."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from telegram import CallbackQuery, Update

from bot.chat import button_data, errors
from bot.chat.button_data import ButtonData, Confirm, ConfirmList, PageTurn
from bot.chat.buttons import STUCK
from bot.chat.context import ChatContext
from bot.chat.courtesy import may, rights_now
from bot.chat.date_buttons import DateButton
from bot.chat.door_buttons import AnswerCall, Approve, AskToOpen, KeepOpen, LeaveAsItIs
from bot.chat.guard import guarded
from bot.chat.guest_buttons import CodeButton, GuestWish
from bot.chat.handlers import (
    FOR_OWNERS,
    VIEWS,
    approving,
    code_list,
    codes,
    dates,
    door_calls,
    doors,
    guests,
    letting_in,
    people,
    silencing,
    space,
)
from bot.chat.handlers.picking_dates import PICKINGS
from bot.chat.joining_buttons import AskToComeIn, RightChoice
from bot.chat.notice_buttons import Acknowledge, Mute
from bot.chat.render import denials, joining
from bot.chat.services import Services
from bot.chat.space_buttons import ClosingTick, SpaceAnswer
from bot.chat.toasts import Toast
from bot.domain.actions import Action

PRESS = "press"
"""What a stranger wanted, if it was no command."""
PRESSES: dict[type, Callable[[ChatContext, Any], Awaitable[None]]] = {
    RightChoice: letting_in.press,
    AskToOpen: approving.ask,
    Approve: approving.answer,
    AnswerCall: door_calls.press,
    GuestWish: guests.press,
    CodeButton: codes.press,
    DateButton: partial(dates.press, pickings=PICKINGS),
    LeaveAsItIs: doors.leave_open,
    Mute: silencing.press_mute,
    Acknowledge: silencing.acknowledge,
    SpaceAnswer: space.answer,
    ClosingTick: space.tick,
}
"""What answers the other kinds of buttons."""


class Presses:
    def __init__(self, services: Services) -> None:
        self._services = services

    async def answer(self, update: Update, _: Any) -> None:
        query = update.callback_query
        # Only a message that was sent through inline mode has none, and this bot has no inline mode.
        if query is None or query.message is None:
            return
        toast = Toast(self._services.sender, query.id)
        try:
            rights = await rights_now(self._services, query.from_user.id)
            chat = ChatContext.of_press(self._services, update, query, rights, toast)
            await guarded(chat, lambda chat: self._answer(chat, query))
        except Exception as error:  # noqa: BLE001 - whatever it is, the person hears of it where they look
            errors.note(update.update_id, error)
            toast.show(errors.explain(error), is_alert=True)
        finally:
            # Telegram shows a spinner until the press is answered.
            toast.show()

    async def _answer(self, chat: ChatContext, query: CallbackQuery) -> None:
        wanted = button_data.decode(query.data or "")
        if not self._services.limits.requests.allows(chat.person_id):
            await chat.refuse(denials.TOO_FAST)
        # The one button for strangers, which is offered in private only.
        elif isinstance(wanted, AskToComeIn) and chat.is_private:
            await letting_in.ask(chat.in_place_of(query))
        elif not chat.rights.known:
            # The pop-up before the record: Telegram takes the answer to a press for some seconds only.
            await self._turn_away(chat)
            await self._services.control.record_stranger(chat.request(Action.STATUS), PRESS)
        elif isinstance(wanted, Confirm):
            await self._confirmed(chat, query, wanted)
        elif isinstance(wanted, ConfirmList):
            await people.confirm_list(chat, wanted)
        elif isinstance(wanted, PageTurn):
            await self._turn_page(chat.in_place_of(query), wanted)
        elif isinstance(wanted, ButtonData):
            answer = code_list.press if wanted.action is Action.REVOKE else doors.press
            await answer(chat.in_place_of(query) if wanted.is_menu or chat.is_on_home_screen else chat, wanted)
        elif isinstance(wanted, KeepOpen):
            await doors.keep_open(chat, wanted)
        elif press := PRESSES.get(type(wanted)):
            await press(chat.in_place_of(query), wanted)
        else:
            await chat.refuse(denials.BUTTON_UNKNOWN)

    async def _confirmed(self, chat: ChatContext, query: CallbackQuery, confirm: Confirm) -> None:
        confirmations = self._services.confirmations
        pending = confirmations.get(confirm.token)
        if pending is None:
            await chat.refuse(denials.CONFIRM_EXPIRED)
        # Everybody in a group can press every button that they see, and a client can send any token.
        elif (pending.person_id, pending.chat_id) != (chat.person_id, chat.destination.chat_id):
            await chat.refuse(denials.NOT_YOUR_BUTTON)
        else:
            # Used up before its work is done: thumbs tap twice, and the second press must find nothing.
            confirmations.consume(confirm.token)
            await pending.work(chat.confirmed(query, pending))

    async def _turn_page(self, chat: ChatContext, turn: PageTurn) -> None:
        view = VIEWS.get(turn.view)
        if view is None:
            await chat.refuse(denials.BUTTON_UNKNOWN)
        elif chat.replaces is None and turn.view != STUCK:  # which stands under what a group is told, for anybody
            await chat.refuse(denials.NOT_YOUR_BUTTON)
        elif not may(chat, FOR_OWNERS.get(turn.view)):
            await chat.refuse(denials.only_for(FOR_OWNERS.get(turn.view)))
        else:
            await view(chat, turn.page, turn.argument)

    async def _turn_away(self, chat: ChatContext) -> None:
        """A banned person has had the one answer, or gets it now."""
        requests = self._services.requests
        if not await requests.is_banned(chat.person_id):
            await chat.refuse(denials.stranger(chat.person_id))
        elif await requests.tells_banned(chat.person_id):
            await chat.refuse(joining.BANNED)
