"""What the buttons ask for by which somebody is let in."""

import re
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class AskToComeIn:
    """Somebody who is not on the list wants the owners to be asked."""

    def encode(self) -> str:
        return "ask"

    @classmethod
    def decode(cls, data: str) -> "AskToComeIn | None":
        return cls() if data == "ask" else None


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
                # Ids have 16 digits at most. 25 digits of base 16 are a bit for each of the 100 buttons of a message.
                if re.fullmatch(r"[0-9]{1,16}", subject) and re.fullmatch(r"[0-9a-f]{1,25}", doors):
                    return cls(For(purpose), int(subject), int(doors, 16), offer, choice)
        return None
