"""A file that is there as a whole or not at all, for a web server that may read it at any moment."""

import os
import tempfile
from pathlib import Path

# mkstemp keeps a file to its owner, and a web server runs as another user.
READABLE = 0o644


def write_whole(path: Path, text: str) -> None:
    """In place of what was there. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # In the same folder: only there it can take the other's place in one step.
    file, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(file, "w", encoding="utf-8") as new:
            new.write(text)
            new.flush()
            # Or a power cut could leave a file of this name with nothing in it.
            os.fsync(new.fileno())
        written = Path(name)
        written.chmod(READABLE)
        written.replace(path)
    except BaseException:  # a Ctrl-C in the middle leaves no half a file either
        Path(name).unlink(missing_ok=True)
        raise
