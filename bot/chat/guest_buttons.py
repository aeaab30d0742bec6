"""What the buttons ask for by which a guest gets a pass and a code."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.chat.render import labels
from bot.domain.calendars import Window

STAYS = ("", *labels.STAYS)
LONGEST_DATA = 64
_BETWEEN = re.compile(r"[0-9]{1,8}-[0-9]{1,8}")


@dataclass(frozen=True, slots=True)
class GuestWish:
    """A door, and how long, for a guest of this name; `length` is empty where it is not chosen yet."""

    door: str
    length: str
    label: str

    def encode(self) -> str:
        # Of a long name the beginning is kept. The cut may fall inside a letter, whose first half "ignore" drops.
        head = f"guest:{self.door}:{self.length}:".encode()
        return (head + self.label.encode())[:LONGEST_DATA].decode("utf-8", "ignore")

    @classmethod
    def decode(cls, data: str) -> "GuestWish | None":
        # The name comes last, as it may hold a colon itself.
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
        # In minutes two moments take 17 signs of the 64 bytes, in seconds 21.
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
