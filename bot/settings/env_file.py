"""The lines of `.env`, which is text in UTF-8 or refused as a whole."""

from collections.abc import Iterator
from pathlib import Path

from bot.settings.findings import SettingsWrong


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """Each line that is neither blank nor a comment, with its number."""
    # Not splitlines(): it also splits at signs that may be part of a title.
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.removesuffix("\r").lstrip()
        if stripped and not stripped.startswith("#"):
            yield number, stripped


def text_of(file: Path) -> str | None:
    """None if there is no such file."""
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return None
    except IsADirectoryError:
        # Docker makes one where a file is mounted that does not exist.
        raise _unreadable(file, "is a directory, not a file: remove it and put the file there") from None
    except PermissionError:
        raise _unreadable(file, "may not be read by the user who runs this: change its owner or mode") from None
    except OSError as error:
        raise _unreadable(file, f"cannot be read: {error.strerror or error}") from None
    if b"\0" in content or content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _unreadable(file, "is written in UTF-16 or is no text at all: save it as UTF-8")
    try:
        # Notepad writes a byte-order mark, which would become a part of the first name.
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _unreadable(file, f"is not written in UTF-8 (line {line}): save it as UTF-8") from None


def _unreadable(file: Path, why: str) -> SettingsWrong:
    return SettingsWrong([f"{place_of(file)}: {why}"])


def place_of(file: Path) -> Path:
    try:
        return file.absolute()
    except FileNotFoundError:  # the folder where this was called is removed
        return file
