"""Buttons: the keyboards made of what a button can ask for."""

from collections.abc import Iterable, Sequence
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

from bot.chat.button_data import UNDO, WAY_HOME, AnyData, ButtonData, Confirm, ConfirmList, PageTurn, decode
from bot.chat.door_buttons import AnswerCall, Approve, AskToOpen, CallWord, KeepOpen, LeaveAsItIs
from bot.chat.joining_buttons import AskToComeIn
from bot.chat.render import labels
from bot.chat.render.locale import Locale
from bot.domain.actions import Action
from bot.domain.approvals import CHOICES as CAN_BE_SAID
from bot.domain.codes import IssuedPin
from bot.domain.doors import Door

# Red is for danger, and neither opening nor closing a door is one.
STYLE = {Action.OPEN: "primary", Action.CLOSE: "success"}
Row = list[InlineKeyboardButton]
Keyboard = InlineKeyboardMarkup | None
PERSON_LINK = "tg://user?id="


def door_row(door: Door, action: Action, *, is_menu: bool = False) -> Row:
    # A row of its own for each door: titles are long and fingers are broad.
    return [_button(door.title, ButtonData(action, door.name, is_menu))]


def next_steps(door: Door, after: Action) -> InlineKeyboardMarkup | None:
    """What one would naturally do next with this door."""
    wanted = [action for action in (Action.CLOSE, Action.OPEN) if action is not after] + [Action.STATUS]
    row = [_button(labels.action(action), ButtonData(action, door.name)) for action in wanted if door.can(action)]
    keep = keep_open_row(door) if after is Action.OPEN else []
    return keyboard([row, keep])


def keep_open_row(door: Door) -> Row:
    """Nothing for a door that does not close by itself."""
    return [_button(labels.KEEP_OPEN, KeepOpen(door.name))] if door.auto_lock else []


def open_late(door: Door | None) -> InlineKeyboardMarkup | None:
    """What one can answer to the question whether a door may stay open."""
    if door is None:
        return None
    close = [_button(labels.CLOSE_NOW, ButtonData(Action.CLOSE, door.name))] if door.can(Action.CLOSE) else []
    return keyboard([[*close, _button(labels.LEAVE_IT, LeaveAsItIs(door.name))]])


def confirm_row(label: str, token: str, *, action: Action | None = None) -> Row:
    return [_button(label, Confirm(token), style=action and STYLE.get(action))]


def revoke_row(pin: IssuedPin, locale: Locale) -> Row | None:
    """None for a code that cannot be taken back."""
    if pin.handle is None:
        return None
    return [_button(labels.revoke(pin, locale), ButtonData(Action.REVOKE, pin.door, True, str(pin.id)))]


def revoke_number_row(title: str, door: str, number: int) -> Row:
    return [_button(labels.revoke_number(title, number), ButtonData(Action.REVOKE, door, True, str(number)))]


def confirm_list_row(digest: str) -> Row:
    return [_button(labels.LIST_IS_RIGHT, ConfirmList(digest), style="success")]


def copy_code(digits: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(labels.COPY_CODE, copy_text=CopyTextButton(digits))]])


NEW_KEY = "2fa"
"""The view that shows a new key for one's second factor."""


def new_key(label: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([data_row([(label, PageTurn(NEW_KEY, 0))])])


def copy_key(secret: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(labels.COPY_KEY, copy_text=CopyTextButton(secret))]])


# Telegram's documentation of CopyTextButton.
LONGEST_COPY = 256


def copy_text(text: str) -> InlineKeyboardMarkup:
    # Cut at the end of a sentence: the guest reads this as a message from the host.
    whole = text if len(text) <= LONGEST_COPY else f"{text[:LONGEST_COPY].rpartition('. ')[0]}."
    copied = CopyTextButton(whole)
    return InlineKeyboardMarkup([[InlineKeyboardButton(labels.COPY_FOR_GUEST, copy_text=copied)]])


def data_row(buttons: Iterable[tuple[str, AnyData]]) -> Row:
    return [_button(label, data) for label, data in buttons]


def ask_to_come_in() -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[_button(labels.ASK_TO_COME_IN, AskToComeIn(), style="primary")]])


def ask_to_open(door: Door) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[_button(labels.ASK_TO_OPEN, AskToOpen(door.name), style="primary")]])


def approve(approval: int) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([data_row([(labels.ALLOW[one], Approve(approval, one)) for one in CAN_BE_SAID])])


STUCK = "stuck"
"""The view by which somebody says that they do not get in."""


def stuck_row(door: str = "") -> Row:
    return [_button(labels.STUCK, PageTurn(STUCK, 0, door))]


def answer_call(call: int, *, can_open: bool) -> InlineKeyboardMarkup:
    """Under a call from the door."""
    words = [CallWord.OPEN, CallWord.CALL, CallWord.NOT_NOW] if can_open else [CallWord.CALL, CallWord.NOT_NOW]
    return InlineKeyboardMarkup([data_row([(labels.CALL_WORDS[word], AnswerCall(call, word)) for word in words])])


def end_call(call: int) -> InlineKeyboardMarkup:
    """For whoever called."""
    return InlineKeyboardMarkup([data_row([(labels.CALL_WORDS[CallWord.IN], AnswerCall(call, CallWord.IN))])])


def person_row(name: str, person_id: int) -> Row:
    """Opens the person's page in Telegram."""
    # Telegram refuses the whole message for people whose settings forbid this (BUTTON_USER_PRIVACY_RESTRICTED);
    # the sender then leaves the button out.
    return [InlineKeyboardButton(labels.write_to(name), url=f"{PERSON_LINK}{person_id}")]


def open_now_row(door: Door) -> Row:
    return [_button(labels.confirm(door, Action.OPEN), ButtonData(Action.OPEN, door.name))]


def open_now(door: Door) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([open_now_row(door)])


def pass_on_row(label: str, link: str, text: str) -> Row:
    """Opens Telegram's list of chats, to send the link with a text to one of them."""
    # quote() leaves "/" as it is unless it is told otherwise, and the link is full of them.
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


def panel(doors: Iterable[Door]) -> Keyboard:
    """What can be done with the doors of a panel, a row for each."""
    # The same for everybody in the chat, as Telegram has no buttons for some: who may is decided when they press.
    rows = []
    for door in doors:
        row = [_button(labels.confirm(door, Action.OPEN), ButtonData(Action.OPEN, door.name))]
        if door.can(Action.CLOSE):
            row.append(_button(labels.action(Action.CLOSE), ButtonData(Action.CLOSE, door.name)))
        rows.append(row if door.can(Action.OPEN) else row[1:])
    return keyboard(rows)


def home_row(label: str) -> Row:
    return [_button(label, WAY_HOME)]


def leads_home(keyboard: InlineKeyboardMarkup | None) -> bool:
    """Whether the message belongs to the home screen."""
    # Every page of it has a button back, and the screen itself one that refreshes it.
    return WAY_HOME.encode() in _data_in(keyboard)


def has(keyboard: InlineKeyboardMarkup | None, kind: type[AnyData]) -> bool:
    """Whether a button of this kind is among them."""
    # The data of a press comes from the client: a forged one replaced a panel before this was looked at.
    return any(isinstance(decode(data), kind) for data in _data_in(keyboard))


def has_label(keyboard: InlineKeyboardMarkup | None, label: str) -> bool:
    rows = keyboard.inline_keyboard if keyboard else ()
    return any(button.text == label for row in rows for button in row)


def _data_in(keyboard: InlineKeyboardMarkup | None) -> list[str]:
    rows = keyboard.inline_keyboard if keyboard else ()
    return [str(button.callback_data) for row in rows for button in row if button.callback_data]


def with_row(keyboard: InlineKeyboardMarkup | None, row: Row) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([*(keyboard.inline_keyboard if keyboard else ()), row])


def person_picker(label: str, request_id: int) -> ReplyKeyboardMarkup:
    """Telegram's own list of people, in place of the letters; it comes back with the same `request_id`."""
    # One at a time, since rights are chosen for one person. Telegram tells names only where they are requested.
    wanted = KeyboardButtonRequestUsers(
        request_id, user_is_bot=False, max_quantity=1, request_name=True, request_username=True
    )
    picker = [[KeyboardButton(label, request_users=wanted)]]
    return ReplyKeyboardMarkup(picker, resize_keyboard=True, one_time_keyboard=True)


def group_picker(label: str, request_id: int) -> ReplyKeyboardMarkup:
    """Telegram's own list of groups, those that the bot is in."""
    # Only groups with the bot in them: of others Telegram does not tell it who is a member.
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
    # Callers put rows together that may be empty, as for a door that cannot be closed.
    kept = [row for row in rows if row]
    return InlineKeyboardMarkup(kept) if kept else None


def _button(label: str, data: AnyData, *, style: str | None = None) -> InlineKeyboardButton:
    if isinstance(data, ButtonData):
        style = STYLE.get(data.action)
    return InlineKeyboardButton(label, callback_data=data.encode(), style=style)
