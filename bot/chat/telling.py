"""A notice as a chat sees it: the sentence, and under it what one would naturally do next."""

from telegram import InlineKeyboardMarkup

from bot.chat import buttons
from bot.chat.button_data import ButtonData
from bot.chat.buttons import Row
from bot.chat.handlers import approving, arrivals, code_list, door_calls, glass, guest_list, letting_in, space
from bot.chat.notice_buttons import Acknowledge, Mute
from bot.chat.render import events, labels
from bot.chat.services import Services
from bot.chat.telegram.sender import Content
from bot.domain.actions import MOVES, Action
from bot.domain.alerts import AlertKind
from bot.domain.commands import Result
from bot.domain.doors import Door
from bot.domain.events import (
    AlertAcknowledged,
    ApprovalAnswered,
    ApprovalAsked,
    ArrivalChecked,
    BoltChanged,
    CodesOutlive,
    CommandFinished,
    CommandInterrupted,
    DoorCalled,
    DoorCallEnded,
    DoorCallGoesOn,
    Event,
    GlassBreaking,
    OpenLate,
    PassEnds,
    TopicMade,
)
from bot.domain.matters import alert_of
from bot.domain.notices import is_alarm, is_quiet
from bot.domain.readings import Bolt


def compose(event: Event, services: Services) -> Content:
    text = events.event(event, services.locale)
    return Content(text, _keyboard(event, services), is_silent=is_quiet(event))


def _keyboard(event: Event, services: Services) -> InlineKeyboardMarkup | None:
    # None also for a door that left the settings while its notice waited.
    door = services.doors.get(getattr(event, "door", None) or "")
    if door and (kind := alert_of(event)):
        # An alarm comes with a sound even in a chat that is muted, so the button would not keep its word.
        mute = [] if is_alarm(event) else [(labels.MUTE, Mute())]
        last = buttons.data_row([(labels.ACKNOWLEDGE, Acknowledge(kind, door.name)), *mute])
        return buttons.keyboard([*_next_steps(kind, door), last])
    match event:
        case OpenLate():
            return buttons.open_late(door)
        case AlertAcknowledged(kind=kind) if door:
            return buttons.keyboard(_next_steps(kind, door))
        case BoltChanged(bolt=Bolt.UNLOCKED) | CommandFinished(action=Action.OPEN, result=Result.CONFIRMED) if door:
            return buttons.keyboard(_close_rows(door))
        case CommandFinished(action=action, result=Result.UNKNOWN) | CommandInterrupted(action=action) if door:
            # Of a code that may have been made a look at the bolt tells nothing.
            return buttons.keyboard([_status_row(door)]) if action in MOVES else None
        case GlassBreaking():
            return glass.keyboard(event, door)
        case TopicMade() if door:
            return buttons.next_steps(door, Action.STATUS)
    return _keyboard_of_access(event, services)


def _keyboard_of_access(event: Event, services: Services) -> InlineKeyboardMarkup | None:
    """Under what is told of people, their codes and their passes."""
    match event:
        case CodesOutlive():
            return code_list.revoke_keyboard(event, services.doors)
        case ApprovalAsked() | ApprovalAnswered():
            return approving.keyboard(services, event)
        case DoorCalled() | DoorCallGoesOn() | DoorCallEnded():
            return door_calls.keyboard(services, event)
        case ArrivalChecked():
            return arrivals.keyboard(event)
        case PassEnds():
            return guest_list.end_keyboard(event)
    return space.keyboard(services, event) or letting_in.keyboard_under(services, event)


def _next_steps(kind: AlertKind, door: Door) -> list[Row]:
    """What one can do from here about what is wrong; nothing about a battery."""
    if kind is AlertKind.LEFT_OPEN:
        return _close_rows(door)
    return [] if kind is AlertKind.BATTERY else [_status_row(door)]


def _close_rows(door: Door) -> list[Row]:
    close = [(labels.CLOSE_NOW, ButtonData(Action.CLOSE, door.name))] if door.can(Action.CLOSE) else []
    return [buttons.data_row(close), buttons.keep_open_row(door)]


def _status_row(door: Door) -> Row:
    status = [(labels.action(Action.STATUS), ButtonData(Action.STATUS, door.name))]
    return buttons.data_row(status if door.can(Action.STATUS) else [])
