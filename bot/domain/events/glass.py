"""Break glass: what owners change of it, and each step of using it."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias

from bot.domain.glass import GlassChange, GlassReader, GlassStep


@dataclass(frozen=True, slots=True, kw_only=True)
class GlassChanged:
    """`silence`: in minutes, of a glass that needs no other keyholder."""

    name: ClassVar = "glass changed"
    door: str
    change: GlassChange
    by: str | None
    keyholders: tuple[str, ...]
    votes_needed: int
    silence: int | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GlassBreaking:
    """`of`: who breaks it. `by`: whose doing this step is. `agreed`: who has said yes so far, `of` among them.

    `ends_at`: until when the question, or the right, lasts; of a silence, when it is over at the earliest.
    """

    name: ClassVar = "glass breaking"
    step: GlassStep
    request: int
    person: int
    of: str
    door: str
    by: str | None
    agreed: tuple[str, ...]
    votes_needed: int
    silence: int | None
    at: datetime
    ends_at: datetime | None
    reader: GlassReader | None = None


GlassEvent: TypeAlias = GlassChanged | GlassBreaking
