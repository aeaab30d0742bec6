"""What a button asks for: typed callback data of at most 64 bytes.

The data comes back from the client and proves nothing: every press is judged by who pressed it, anew.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import get_args

from bot.chat.date_buttons import DateButton
from bot.chat.notice_buttons import Acknowledge, Mute
from bot.chat.render import labels
from bot.domain.actions import Action
from bot.domain.approvals import CHOICES as CAN_BE_SAID
from bot.domain.approvals import ApprovalAnswer
from bot.domain.calendars import Window
from bot.domain.spaces import STAYS as SPACE_STAYS

PRESSABLE = (Action.OPEN, Action.CLOSE, Action.STATUS, Action.REVOKE)
DIGEST_LENGTH = 32
SPACE_OPEN, SPACE_CLOSE = "open", "close"
SPACE_ANSWERS = (*SPACE_STAYS, SPACE_OPEN, SPACE_CLOSE)
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


@dataclass(frozen=True, slots=True)
class LeaveAsItIs:
    """A door that stands open late may stay open."""

    door: str

    def encode(self) -> str:
        return f"leave:{self.door}"

    @classmethod
    def decode(cls, data: str) -> "LeaveAsItIs | None":
        kind, _, door = data.partition(":")
        return cls(door) if kind == "leave" and door else None


@dataclass(frozen=True, slots=True)
class SpaceAnswer:
    """Somebody stays for a while, or opens or closes the space. `is_page`: on the page of /space, which changes."""

    what: str
    is_page: bool = False

    def encode(self) -> str:
        return f"space:{self.what}:{'p' if self.is_page else ''}"

    @classmethod
    def decode(cls, data: str) -> "SpaceAnswer | None":
        match data.split(":"):
            case ["space", what, ("" | "p") as page] if what in SPACE_ANSWERS:
                return cls(what, bool(page))
        return None


@dataclass(frozen=True, slots=True)
class ClosingTick:
    """Something on the closing list is done, or is not after all."""

    number: int
    is_done: bool

    def encode(self) -> str:
        return f"tick:{self.number}:{int(self.is_done)}"

    @classmethod
    def decode(cls, data: str) -> "ClosingTick | None":
        match data.split(":"):
            case ["tick", number, ("0" | "1") as done] if re.fullmatch(r"[0-9]{1,3}", number):
                return cls(int(number), done == "1")
        return None


class For(StrEnum):
    """What a right is chosen for, and what `RightChoice.subject` is then."""

    REQUEST = "r"
    """The number of a request to come in."""
    INVITATION = "i"
    PERSON = "p"
    """The id of a person."""


CHOICES = ("", "1h", "1d", "1w", "ever", "date", "no", "ban", "pick")


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


class CallWord(StrEnum):
    """What is said to a call from the door: by those who are called, and "in" by whoever called."""

    OPEN = "open"
    CALL = "call"
    NOT_NOW = "no"
    IN = "in"


@dataclass(frozen=True, slots=True)
class AnswerCall:
    call: int
    said: CallWord

    def encode(self) -> str:
        return f"call:{self.call}:{self.said}"

    @classmethod
    def decode(cls, data: str) -> "AnswerCall | None":
        match data.split(":"):
            case ["call", number, said] if said in list(CallWord) and re.fullmatch(r"[0-9]{1,15}", number):
                return cls(int(number), CallWord(said))
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


@dataclass(frozen=True, slots=True)
class CodeButton:
    """A code for a door: for how long, or between which moments. The draft says for whom, and maybe when."""

    draft: int
    door: str
    choice: str = ""
    """Empty: as the draft says. Otherwise one of `labels.CODE_LENGTHS`, or what `between` makes."""

    @classmethod
    def between(cls, draft: int, door: str, window: Window) -> "CodeButton":
        minutes = (int(moment.timestamp()) // 60 for moment in (window.starts_at, window.ends_at))
        return cls(draft, door, "-".join(map(str, minutes)))

    @property
    def window(self) -> Window | None:
        if not _BETWEEN.fullmatch(self.choice):
            return None
        return Window(*(datetime.fromtimestamp(int(minutes) * 60, UTC) for minutes in self.choice.split("-")))

    def encode(self) -> str:
        return f"code:{self.draft}:{self.door}:{self.choice}"

    @classmethod
    def decode(cls, data: str) -> "CodeButton | None":
        match data.split(":"):
            case ["code", draft, door, choice] if re.fullmatch(r"[0-9]{1,12}", draft) and door:
                if not choice or choice in labels.CODE_LENGTHS or _BETWEEN.fullmatch(choice):
                    return cls(int(draft), door, choice)
        return None


_BETWEEN = re.compile(r"[0-9]{1,8}-[0-9]{1,8}")
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
KINDS = get_args(AnyData)


def decode(data: str) -> AnyData | None:
    """What a button's data asks for; None if no button of ours could have sent it."""
    return next((found for kind in KINDS if (found := kind.decode(data))), None)
