"""What the buttons about an open or a closed space ask for."""

import re
from dataclasses import dataclass

from bot.domain.spaces import STAYS

SPACE_OPEN, SPACE_CLOSE = "open", "close"
SPACE_ANSWERS = (*STAYS, SPACE_OPEN, SPACE_CLOSE)


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
