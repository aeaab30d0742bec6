"""An append-only file of what was created, delivered, accepted or refused, for a checker to read after a crash."""

import json
import os
from pathlib import Path

from bot.demo.telegram.wire import Json


class Ledger:
    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")

    def write(self, kind: str, record: Json) -> None:
        self._file.write(json.dumps({"kind": kind, **record}, ensure_ascii=False) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()
