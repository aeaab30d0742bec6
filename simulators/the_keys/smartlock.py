"""One simulated The Keys lock: its bolt, its battery, and everything that can be wrong with it."""

import base64
import hmac
from dataclasses import dataclass, field

from simulators.request_log import LoggedRequest
from simulators.simulator import Allowed

BOLTS = ("locked", "unlocked")
RADIO = ("fine", "drops_before", "drops_after", "transient")
# As in the samples of clients in the field: 20 beside "Door open", and 4 is the other number ever seen.
POSITIONS = {"locked": 4, "unlocked": 20}
# By the vendor's own plugins, which need it to see changes.
FIRST_FIRMWARE_WITH_LOG = 57

CHANGES: Allowed = {
    "bolt": BOLTS,
    "battery_mv": int,
    "rssi": int,
    "position": int,
    "version": int,
    "share_code": str,
    "in_range": bool,
    "jammed": bool,
    "shared": bool,
    "incompatible": bool,
    "key_refused": bool,
    "rebooted": bool,
    "radio": RADIO,
}


@dataclass(slots=True)
class BoltMotion:
    """The motor runs until `ends_at`, then the bolt is at `target`."""

    target: str
    ends_at: float
    arrival: str
    request: LoggedRequest


@dataclass(slots=True)
class Smartlock:
    identifier: int
    share_code: str = field(default="", repr=False)
    bolt: str = "locked"
    battery_mv: int = 7783
    rssi: int = -71
    last_log: int = 1000
    position: int = POSITIONS["locked"]
    version: int = 81
    in_range: bool = True
    jammed: bool = False
    shared: bool = True
    incompatible: bool = False
    key_refused: bool = False
    rebooted: bool = False
    """It has just booted and does not know where its bolt is (code 48)."""
    radio: str = "fine"
    """`drops_before` and `drops_after` the motor ran: code 37. `transient`: code 5."""
    more_codes: list[str] = field(default_factory=list, repr=False)
    """Codes of further shares with this gateway, made through the cloud."""
    motion: BoltMotion | None = None

    def codes(self) -> list[str]:
        """The codes of its shares with this gateway; none: it is not shared."""
        return [code for code in (self.share_code, *self.more_codes) if code] if self.shared else []

    def accepts(self, ts: str, proof: str) -> bool:
        return any(hmac.compare_digest(sign(code, ts).encode(), proof.encode()) for code in self.codes())

    def put_bolt(self, bolt: str) -> None:
        self.bolt = bolt
        self.position = POSITIONS[bolt]
        self.rebooted = False
        self.last_log += 1


def sign(share_code: str, ts: str) -> str:
    """The `hash` a gateway expects: standard Base64 of HMAC-SHA256 over the timestamp's digits."""
    return base64.b64encode(hmac.digest(share_code.encode(), ts.encode(), "sha256")).decode()
