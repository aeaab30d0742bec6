"""One process at a time: whoever runs on a database, or puts another in its place, holds a lock beside it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.domain.failures import StorageFailed


@contextmanager
def only_process_on(database: Path) -> Iterator[None]:
    """StorageFailed if somebody else is there."""
    # flock and no file with a process number in it: the kernel lets go of it, however the process ends.
    lock = database.with_name(f"{database.name}.lock")
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        held = os.open(lock, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise StorageFailed(f"the database {database} cannot be opened: {error.strerror}") from error
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        raise StorageFailed(f"another Latchkey uses {database}: stop that one first") from None
    try:
        yield
    finally:
        # The file stays: were it removed, two processes could each hold a lock on a file of this name.
        os.close(held)
