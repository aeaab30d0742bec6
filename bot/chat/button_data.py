"""What a button asks for: typed callback data of at most 64 bytes.

The data comes back from the client and proves nothing: every press is judged by who pressed it, anew.
"""

from dataclasses import dataclass
from typing import get_args

from bot.chat.date_buttons import DateButton
from bot.chat.door_buttons import AnswerCall, Approve, AskToOpen, KeepOpen, LeaveAsItIs
from bot.chat.guest_buttons import CodeButton, GuestWish
from bot.chat.joining_buttons import AskToComeIn, RightChoice
from bot.chat.notice_buttons import Acknowledge, Mute
from bot.chat.space_buttons import ClosingTick, SpaceAnswer
from bot.domain.actions import Action

PRESSABLE = (Action.OPEN, Action.CLOSE, Action.STATUS, Action.REVOKE)
UNDO = "undo"
"""The view that takes a change back."""


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
            # isdecimal() alone takes the digits of every script. More than five of them are no page of ours.
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

    def encode(self) -> str:
        return f"list:{self.digest}"

    @classmethod
    def decode(cls, data: str) -> "ConfirmList | None":
        kind, _, digest = data.partition(":")
        return cls(digest) if kind == "list" and digest else None


HOME = "home"
WAY_HOME = PageTurn(HOME, 0)
AnyData = (
    ButtonData
    | PageTurn
    | Confirm
    | ConfirmList
    | AskToComeIn
    | RightChoice
    | KeepOpen
    | LeaveAsItIs
    | SpaceAnswer
    | ClosingTick
    | AskToOpen
    | Approve
    | AnswerCall
    | GuestWish
    | DateButton
    | Mute
    | Acknowledge
    | CodeButton
)
# Each kind begins with a word of its own, so their order does not matter.
KINDS = get_args(AnyData)


def read_number(argument: str) -> int:
    """The number that a button carries; 0 for anything else."""
    # SQLite's integers end at 19 digits, and a longer one would raise in the middle of a handler.
    return int(argument) if argument.isascii() and argument.isdecimal() and len(argument) < 18 else 0


def decode(data: str) -> AnyData | None:
    """What a button's data asks for; None if no button of ours could have sent it."""
    return next((found for kind in KINDS if (found := kind.decode(data))), None)
