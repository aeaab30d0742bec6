"""A file beside the database that says which one belongs here: a lost or swapped one is noticed at the start."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.domain.failures import StorageFailed


@dataclass(frozen=True, slots=True)
class Marker:
    """`identity` is the database's own; `is_open`: a bot runs on it, or ended without closing it."""

    identity: str
    is_open: bool
    # The journal had an entry of this number and hash: a backup put back by hand is known by lacking it.
    entry: int = 0
    hash: str = ""


def path_of(database: Path) -> Path:
    return database.with_name(f"{database.name}.marker")


def read(database: Path) -> Marker | None:
    """None if there was never a database here. StorageFailed if the marker cannot be read."""
    path = path_of(database)
    try:
        return Marker(**json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise StorageFailed(f"{path} cannot be read: {error}. Remove it if {database} is the right database") from error


def write(database: Path, marker: Marker) -> None:
    """On disk before this returns."""
    path = path_of(database)
    # Written beside and renamed: after a power cut there is the old marker or the new one, never half of one.
    fresh = path.with_name(f"{path.name}.new")
    try:
        handle = os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(marker), file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise StorageFailed(f"{path} cannot be written: {error.strerror}") from error


def _sync(folder: Path) -> None:
    # Only with this is a renamed file found under its new name after a power cut.
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
