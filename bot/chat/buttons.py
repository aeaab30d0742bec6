"""Buttons: typed callback data of at most 64 bytes, and the keyboards made of it.

The data comes back from the client and proves nothing: every press is judged by who pressed it, anew.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import get_args
from urllib.parse import quote

from telegram import (
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    KeyboardButtonRequestChat,
    KeyboardButtonRequestUsers,
    ReplyKeyboardMarkup,
)

from bot.chat.render import labels
from bot.chat.render.locale import Locale
from bot.domain.actions import Action
from bot.domain.approvals import CHOICES as CAN_BE_SAID
from bot.domain.approvals import ApprovalAnswer
from bot.domain.codes import IssuedPin
from bot.domain.doors import Door

# Red is for danger, and neither opening nor closing a door is one.
STYLE = {Action.OPEN: "primary", Action.CLOSE: "success"}
PRESSABLE = (Action.OPEN, Action.CLOSE, Action.STATUS, Action.PIN, Action.REVOKE)
DIGEST_LENGTH = 32
UNDO = "undo"
"""The view that takes a change back."""
Row = list[InlineKeyboardButton]


@dataclass(frozen=True, slots=True)
class ButtonData:
    """What a button asks for. `is_menu`: the answer takes the place of the message with the button."""

    action: Action
    door: str
    is_menu: bool = False
    argument: str = ""

    def encode(self) -> str:
        return f"do:{self.action}:{self.door}:{'m' if self.is_menu else ''}:{self.argument}"

    @classmethod
    def decode(cls, data: str) -> "ButtonData | None":
        match data.split(":"):
            case ["do", action, door, ("" | "m") as menu, argument] if action in PRESSABLE and door:
                return cls(Action(action), door, bool(menu), argument)
        return None


@dataclass(frozen=True, slots=True)
class PageTurn:
    """Another page of a list. `argument` is what the list was asked with."""

    view: str
    page: int
    argument: str = ""

    def encode(self) -> str:
        return f"go:{self.view}:{self.page}:{self.argument}"

    @classmethod
    def decode(cls, data: str) -> "PageTurn | None":
        match data.split(":"):
            case ["go", view, page, argument] if view and page.isascii() and page.isdecimal() and len(page) < 6:
                return cls(view, int(page), argument)
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
    """An owner confirms the people list after a restore: this one, and no other that is restored later."""

    digest: str

    @classmethod
    def of(cls, digest: str) -> "ConfirmList":
        return cls(digest[:DIGEST_LENGTH])

    def encode(self) -> str:
        return f"list:{self.digest}"

    @classmethod
    def decode(cls, data: str) -> "ConfirmList | None":
        kind, _, digest = data.partition(":")
        return cls(digest) if kind == "list" and digest else None


@dataclass(frozen=True, slots=True)
class AskToComeIn:
    """Somebody who is not on the list wants the owners to be asked."""

    def encode(self) -> str:
        return "ask"

    @classmethod
    def decode(cls, data: str) -> "AskToComeIn | None":
        return cls() if data == "ask" else None


@dataclass(frozen=True, slots=True)
class KeepOpen:
    """The house does not close the door for a while."""

    door: str

    def encode(self) -> str:
        return f"keep:{self.door}"

    @classmethod
    def decode(cls, data: str) -> "KeepOpen | None":
        kind, _, door = data.partition(":")
        return cls(door) if kind == "keep" and door else None


class For(StrEnum):
    """What a right is chosen for, and what `RightChoice.subject` is then."""

    REQUEST = "r"
    """The number of a request to come in."""
    INVITATION = "i"
    PERSON = "p"
    """The id of a person."""


CHOICES = ("", "1h", "1d", "1w", "ever", "no", "ban", "pick")


@dataclass(frozen=True, slots=True)
class RightChoice:
    """Doors and how long, chosen with buttons. `doors`: a bit for each door that was offered, in their order.

    `offer` names the doors that were offered. `choice` is empty where only the doors change.
    """

    purpose: For
    subject: int
    doors: int
    offer: str
    choice: str = ""

    def encode(self) -> str:
        return f"may:{self.purpose}:{self.subject}:{self.doors:x}:{self.offer}:{self.choice}"

    @classmethod
    def decode(cls, data: str) -> "RightChoice | None":
        match data.split(":"):
            case ["may", purpose, subject, doors, offer, choice] if purpose in list(For) and choice in CHOICES:
                if re.fullmatch(r"[0-9]{1,16}", subject) and re.fullmatch(r"[0-9a-f]{1,25}", doors):
                    return cls(For(purpose), int(subject), int(doors, 16), offer, choice)
        return None


@dataclass(frozen=True, slots=True)
class AskToOpen:
    """Somebody whose right asks first wants to be let in."""

    door: str

    def encode(self) -> str:
        return f"please:{self.door}"

    @classmethod
    def decode(cls, data: str) -> "AskToOpen | None":
        kind, _, door = data.partition(":")
        return cls(door) if kind == "please" and door and ":" not in door else None


@dataclass(frozen=True, slots=True)
class Approve:
    """What an approver says to that."""

    approval: int
    answer: ApprovalAnswer

    def encode(self) -> str:
        return f"say:{self.approval}:{self.answer}"

    @classmethod
    def decode(cls, data: str) -> "Approve | None":
        match data.split(":"):
            case ["say", number, answer] if answer in CAN_BE_SAID and re.fullmatch(r"[0-9]{1,15}", number):
                return cls(int(number), ApprovalAnswer(answer))
        return None


STAYS = ("", *labels.STAYS)
LONGEST_DATA = 64


@dataclass(frozen=True, slots=True)
class GuestWish:
    """A door, and how long, for a guest of this name; `length` is empty where it is not chosen yet."""

    door: str
    length: str
    label: str

    def encode(self) -> str:
        """Telegram takes 64 bytes: of a long name the beginning is kept."""
        head = f"guest:{self.door}:{self.length}:".encode()
        return (head + self.label.encode())[:LONGEST_DATA].decode("utf-8", "ignore")

    @classmethod
    def decode(cls, data: str) -> "GuestWish | None":
        match data.split(":", 3):
            case ["guest", door, length, label] if door and length in STAYS and label.strip():
                return cls(door, length, label.strip())
        return None


AnyData = (
    ButtonData
    | PageTurn
    | Confirm
    | ConfirmList
    | AskToComeIn
    | RightChoice
    | KeepOpen
    | AskToOpen
    | Approve
    | GuestWish
)
KINDS = get_args(AnyData)


def decode(data: str) -> AnyData | None:
    """What a button's data asks for; None if no button of ours could have sent it."""
    return next((found for kind in KINDS if (found := kind.decode(data))), None)


def door_row(door: Door, action: Action, *, is_menu: bool = False, argument: str = "") -> Row:
    """One button a door, each below the other: titles are long and fingers are broad."""
    return [_button(door.title, ButtonData(action, door.name, is_menu, argument))]


def next_steps(door: Door, after: Action) -> InlineKeyboardMarkup | None:
    """What one would naturally do next with this door."""
    wanted = [action for action in (Action.CLOSE, Action.OPEN) if action is not after] + [Action.STATUS]
    row = [_button(labels.action(action), ButtonData(action, door.name)) for action in wanted if door.can(action)]
    keep = keep_open_row(door) if after is Action.OPEN else []
    return keyboard([row, keep])


def keep_open_row(door: Door) -> Row:
    """Nothing for a door that does not close by itself."""
    return [_button(labels.KEEP_OPEN, KeepOpen(door.name))] if door.auto_lock else []


def standing_open(door: Door | None) -> InlineKeyboardMarkup | None:
    """What one can do about a door that has been open for long."""
    if door is None or not door.can(Action.CLOSE):
        return None
    return keyboard([[_button(labels.CLOSE_NOW, ButtonData(Action.CLOSE, door.name))], keep_open_row(door)])


def opened(door: Door | None) -> InlineKeyboardMarkup | None:
    """Under the notice that a door was opened."""
    return keyboard([keep_open_row(door)]) if door else None


def confirm_row(label: str, token: str, *, action: Action | None = None) -> Row:
    return [_button(label, Confirm(token), style=action and STYLE.get(action))]


def revoke_row(pin: IssuedPin, locale: Locale) -> Row | None:
    """None for a code that cannot be taken back."""
    if pin.handle is None:
        return None
    return [_button(labels.revoke(pin, locale), ButtonData(Action.REVOKE, pin.door, True, str(pin.id)))]


def confirm_list_row(digest: str) -> Row:
    return [_button(labels.LIST_IS_RIGHT, ConfirmList.of(digest), style="success")]


def copy_code(digits: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(labels.COPY_CODE, copy_text=CopyTextButton(digits))]])


LONGEST_COPY = 256


def copy_text(text: str) -> InlineKeyboardMarkup:
    copied = CopyTextButton(text[:LONGEST_COPY])
    return InlineKeyboardMarkup([[InlineKeyboardButton(labels.COPY_FOR_GUEST, copy_text=copied)]])


def data_row(buttons: Iterable[tuple[str, AnyData]]) -> Row:
    return [_button(label, data) for label, data in buttons]


def ask_to_come_in() -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[_button(labels.ASK_TO_COME_IN, AskToComeIn(), style="primary")]])


def ask_to_open(door: Door) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[_button(labels.ASK_TO_OPEN, AskToOpen(door.name), style="primary")]])


def approve(approval: int) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([data_row([(labels.ALLOW[one], Approve(approval, one)) for one in CAN_BE_SAID])])


def open_now(door: Door) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[_button(labels.confirm(door, Action.OPEN), ButtonData(Action.OPEN, door.name))]])


def pass_on_row(label: str, link: str, text: str) -> Row:
    """Telegram opens its list of chats, to send the link with a text to one of them."""
    return [InlineKeyboardButton(label, url=f"https://t.me/share/url?url={quote(link, '')}&text={quote(text, '')}")]


def link_row(label: str, link: str) -> Row:
    return [InlineKeyboardButton(label, url=link)]


def door_at_home(door: Door, state: str, *, can_open: bool) -> Row:
    """A door on the home screen. `state`: what it looks like; empty where nobody can read that, or not this person."""
    row = [_button(state, ButtonData(Action.STATUS, door.name, is_menu=True))] if state else []
    if can_open:
        label = labels.action(Action.OPEN) if state else labels.confirm(door, Action.OPEN)
        row.append(_button(label, ButtonData(Action.OPEN, door.name, is_menu=True)))
    return row


HOME = "home"
WAY_HOME = PageTurn(HOME, 0)


def home_row(label: str) -> Row:
    return [_button(label, WAY_HOME)]


def leads_home(keyboard: InlineKeyboardMarkup | None) -> bool:
    """Whether the message belongs to the home screen: every page of it has a button back, and the screen one, too."""
    rows = keyboard.inline_keyboard if keyboard else ()
    return any(button.callback_data == WAY_HOME.encode() for row in rows for button in row)


def with_row(keyboard: InlineKeyboardMarkup | None, row: Row) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([*(keyboard.inline_keyboard if keyboard else ()), row])


def person_picker(label: str, request_id: int) -> ReplyKeyboardMarkup:
    """Telegram's own list of people, in place of the letters; it comes back with the same `request_id`."""
    wanted = KeyboardButtonRequestUsers(
        request_id, user_is_bot=False, max_quantity=1, request_name=True, request_username=True
    )
    picker = [[KeyboardButton(label, request_users=wanted)]]
    return ReplyKeyboardMarkup(picker, resize_keyboard=True, one_time_keyboard=True)


def group_picker(label: str, request_id: int) -> ReplyKeyboardMarkup:
    """Telegram's own list of groups, those that the bot is in."""
    wanted = KeyboardButtonRequestChat(request_id, chat_is_channel=False, bot_is_member=True, request_title=True)
    return ReplyKeyboardMarkup(
        [[KeyboardButton(label, request_chat=wanted)]], resize_keyboard=True, one_time_keyboard=True
    )


def page_row(view: str, page: int, count: int, argument: str) -> Row:
    """‹ 2/4 ›, the ends joined: one may go round."""

    def turn(label: str, to: int) -> InlineKeyboardButton:
        return _button(label, PageTurn(view, to % count, argument))

    return [turn(labels.EARLIER, page - 1), turn(labels.page(page, count), page), turn(labels.LATER, page + 1)]


def view_row(buttons: Iterable[tuple[str, str, str]], *, page: int = 0) -> Row:
    """Buttons that show a list in another way: the label, the list and what it is asked with."""
    return [_button(label, PageTurn(view, page, argument)) for label, view, argument in buttons]


def undo(token: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([undo_row(token)])


def undo_row(token: str) -> Row:
    return view_row([(labels.UNDO, UNDO, token)])


def keyboard(rows: Iterable[Sequence[InlineKeyboardButton]]) -> InlineKeyboardMarkup | None:
    kept = [row for row in rows if row]
    return InlineKeyboardMarkup(kept) if kept else None


def _button(label: str, data: AnyData, *, style: str | None = None) -> InlineKeyboardButton:
    if isinstance(data, ButtonData):
        style = STYLE.get(data.action)
    return InlineKeyboardButton(label, callback_data=data.encode(), style=style)
