"""Buttons: typed callback data of at most 64 bytes, the keyboards made of it, and one-time confirmations."""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import tzinfo

from telegram import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup

from bot.access import Action
from bot.chat.texts import VERB, revoke_label
from bot.doors import Door
from bot.drivers.base import Capability
from storage.records import MadePin

STYLE = {Action.OPEN: "danger", Action.CLOSE: "success"}
CONFIRMATIONS = 500


@dataclass(frozen=True, slots=True)
class Press:
    """What a button asks for. `menu_of`: the person in whose menu it is, which the answer then replaces.

    The data comes back from the client and proves nothing: every press is judged by who pressed it, anew.
    """

    action: Action
    door: str
    menu_of: int = 0
    argument: str = ""

    def encode(self) -> str:
        return f"do:{self.action}:{self.door}:{self.menu_of:x}:{self.argument}"

    @classmethod
    def decode(cls, data: str) -> "Press | None":
        match data.split(":"):
            case ["do", action, door, menu_of, argument] if action in list(Action) and door:
                try:
                    return cls(Action(action), door, int(menu_of, 16), argument)
                except ValueError:
                    return None
        return None


@dataclass(frozen=True, slots=True)
class Confirm:
    """The press of a one-time confirmation."""

    token: str

    def encode(self) -> str:
        return f"ok:{self.token}"

    @classmethod
    def decode(cls, data: str) -> "Confirm | None":
        kind, _, token = data.partition(":")
        return cls(token) if kind == "ok" and token else None


@dataclass(frozen=True, slots=True)
class ConfirmList:
    """An owner confirms the people list after a restore."""

    def encode(self) -> str:
        return "people:confirm"

    @classmethod
    def decode(cls, data: str) -> "ConfirmList | None":
        return cls() if data == "people:confirm" else None


def decode(data: str) -> Press | Confirm | ConfirmList | None:
    """What a button's data asks for; None if no button of ours could have sent it."""
    return Press.decode(data) or Confirm.decode(data) or ConfirmList.decode(data)


@dataclass(frozen=True, slots=True)
class Promise:
    """What a confirmation stands for. `made_at`: boot time; `asked_at`: UTC seconds by Telegram's clock."""

    person_id: int
    chat_id: int
    press: Press
    made_at: float
    asked_at: float


class Confirmations:
    """One-time confirmations: bound to person, chat, door and action, gone after a short life or a restart."""

    def __init__(self, *, seconds: float, clock: Callable[[], float]) -> None:
        self.seconds = seconds
        self._clock = clock
        self._promises: OrderedDict[str, Promise] = OrderedDict()

    def make(self, *, person_id: int, chat_id: int, press: Press, asked_at: float) -> str:
        token = secrets.token_urlsafe(12)
        self._promises[token] = Promise(person_id, chat_id, press, self._clock(), asked_at)
        if len(self._promises) > CONFIRMATIONS:
            self._promises.popitem(last=False)
        return token

    def look(self, token: str) -> Promise | None:
        """The promise while it lives; a dead one is forgotten."""
        promise = self._promises.get(token)
        if promise and self._clock() - promise.made_at > self.seconds:
            del self._promises[token]
            return None
        return promise

    def use_up(self, token: str) -> None:
        self._promises.pop(token, None)


def for_doors(doors: Iterable[Door], action: Action, *, menu_of: int = 0, argument: str = "") -> InlineKeyboardMarkup:
    """One button a door, each below the other: titles are long and fingers are broad."""
    rows = [[_button(action, door, door.title, menu_of=menu_of, argument=argument)] for door in doors]
    return InlineKeyboardMarkup(rows)


def next_steps(door: Door, after: Action) -> InlineKeyboardMarkup | None:
    """What one would naturally do next with this door."""
    can = door.driver.capabilities
    steps = []
    if after is not Action.CLOSE and Capability.LOCK in can:
        steps.append(_button(Action.CLOSE, door, VERB[Action.CLOSE]))
    if after is not Action.OPEN and Capability.UNLOCK in can:
        steps.append(_button(Action.OPEN, door, VERB[Action.OPEN]))
    if Capability.STATUS in can:
        steps.append(_button(Action.STATUS, door, VERB[Action.STATUS]))
    return InlineKeyboardMarkup([steps]) if steps else None


def confirm(door: Door, action: Action, token: str) -> InlineKeyboardMarkup:
    label = f"{VERB[action]} {door.title}"
    button = InlineKeyboardButton(label, callback_data=Confirm(token).encode(), style=STYLE.get(action))
    return InlineKeyboardMarkup([[button]])


def revoke(pins: Iterable[MadePin], titles: Mapping[str, str], zone: tzinfo) -> InlineKeyboardMarkup:
    rows = []
    for pin in pins:
        data = Press(Action.REVOKE, pin.door, argument=str(pin.id)).encode()
        rows.append([InlineKeyboardButton(revoke_label(pin, titles, zone), callback_data=data)])
    return InlineKeyboardMarkup(rows)


def confirm_list() -> InlineKeyboardMarkup:
    button = InlineKeyboardButton("This list is right", callback_data=ConfirmList().encode(), style="success")
    return InlineKeyboardMarkup([[button]])


def copy_code(digits: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton("Copy the code", copy_text=CopyTextButton(digits))]])


def _button(action: Action, door: Door, label: str, *, menu_of: int = 0, argument: str = "") -> InlineKeyboardButton:
    data = Press(action, door.name, menu_of, argument).encode()
    return InlineKeyboardButton(label, callback_data=data, style=STYLE.get(action))
