"""Two networks of their own and a line between them that can lose everything: root and /dev/net/tun are needed."""

import ctypes
import fcntl
import os
import select
import struct
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

HERE, THERE = "10.99.0.1", "10.99.0.2"
TUN = Path("/dev/net/tun")
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
CLONE_NEWNET = 0x40000000
TCP, SYN = 6, 0x02


def is_possible() -> bool:
    return os.geteuid() == 0 and TUN.exists()


def enter(address: str) -> int:
    """Move this thread into a network of its own; what it sends beyond can be read from the descriptor returned."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "no network of its own")
    wire = os.open(TUN, os.O_RDWR)
    fcntl.ioctl(wire, TUNSETIFF, struct.pack("16sH22x", b"line", IFF_TUN | IFF_NO_PI))
    for words in (f"addr add {address}/24 dev line", "link set line up", "link set lo up"):
        subprocess.run(["ip", *words.split()], check=True)
    return wire


class Line:
    """Carries packets between two descriptors. A connection loses everything for a while as soon as it stands."""

    def __init__(self, here: int, there: int, *, lost_seconds: Callable[[], float]) -> None:
        self._ends = {here: there, there: here}
        self._here = here
        self._lost_seconds = lost_seconds
        self._dead_until: dict[int, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._carry, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(5)

    def _carry(self) -> None:
        while not self._stop.is_set():
            for end in select.select(list(self._ends), [], [], 0.1)[0]:
                packet = os.read(end, 65536)
                if packet[0] >> 4 == 4 and packet[9] == TCP and not self._is_lost(packet, from_here=end == self._here):
                    os.write(self._ends[end], packet)

    def _is_lost(self, packet: bytes, *, from_here: bool) -> bool:
        head = (packet[0] & 15) * 4
        source, target = struct.unpack_from("!HH", packet, head)
        port = source if from_here else target
        if packet[head + 13] & SYN:
            return False
        if port not in self._dead_until:
            # The first packet after the handshake's own two: the connection stands for whoever made it.
            self._dead_until[port] = time.monotonic() + self._lost_seconds()
        return time.monotonic() < self._dead_until[port]
