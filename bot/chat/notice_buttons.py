"""The buttons under notices: what they ask for."""

from dataclasses import dataclass

from bot.domain.alerts import AlertKind
from bot.domain.silences import Silence

MUTE_OFF = "off"


@dataclass(frozen=True, slots=True)
class Mute:
    """No sound in this chat for a while; `choice` is empty where it is asked for how long."""

    choice: str = ""

    def encode(self) -> str:
        return f"mute:{self.choice}"

    @classmethod
    def decode(cls, data: str) -> "Mute | None":
        kind, colon, choice = data.partition(":")
        return cls(choice) if kind == "mute" and colon and choice in ("", MUTE_OFF, *Silence) else None


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Somebody is on it."""

    kind: AlertKind
    door: str

    def encode(self) -> str:
        return f"ack:{self.kind}:{self.door}"

    @classmethod
    def decode(cls, data: str) -> "Acknowledge | None":
        match data.split(":"):
            case ["ack", kind, door] if kind in list(AlertKind) and door:
                return cls(AlertKind(kind), door)
        return None
