"""What the buttons ask for by which a door is kept open, or opened by leave or for somebody else."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Self

from bot.domain.approvals import CHOICES as CAN_BE_SAID
from bot.domain.approvals import ApprovalAnswer


@dataclass(frozen=True, slots=True)
class AboutDoor:
    """One thing that can be wanted of a door, by the word that begins its data."""

    word: ClassVar[str]
    door: str

    def encode(self) -> str:
        return f"{self.word}:{self.door}"

    @classmethod
    def decode(cls, data: str) -> Self | None:
        word, _, door = data.partition(":")
        return cls(door) if word == cls.word and door and ":" not in door else None


@dataclass(frozen=True, slots=True)
class KeepOpen(AboutDoor):
    """The house does not close the door for a while."""

    word = "keep"


@dataclass(frozen=True, slots=True)
class LeaveAsItIs(AboutDoor):
    """A door that stands open late may stay open."""

    word = "leave"


@dataclass(frozen=True, slots=True)
class AskToOpen(AboutDoor):
    """Somebody whose right asks first wants to be let in."""

    word = "please"


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
            # Fifteen digits: more than there will be questions, and no more than SQLite takes.
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
