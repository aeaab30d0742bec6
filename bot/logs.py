"""Logging: one line a record, and no secret in any of them, whoever wrote it."""

import json
import logging
import re
import sys
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from bot.terminal import visible

FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
# No \b in front: in URLs the number follows the word "bot". A colon is %3A where somebody quoted the address.
BOT_TOKEN = re.compile(r"[0-9]{6,}(?::|%3[Aa])[A-Za-z0-9_-]{30,}")
MASK = "•••"


class Redactor:
    """Takes known secrets, and whatever looks like a bot token, out of any text."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        for secret in filter(None, secrets):
            self._known.add(secret)
        # Or of a secret that begins like a shorter one the rest would be left standing.
        longest_first = sorted(self._known, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_anyhow, longest_first))) if longest_first else None

    def __call__(self, text: str) -> str:
        if self._pattern:
            text = self._pattern.sub(MASK, text)
        return BOT_TOKEN.sub(MASK, text)


def _anyhow(secret: str) -> str:
    """A pattern for the secret however each of its signs is written: plain, in a URL, in JSON, in a repr."""
    return "".join(f"(?:{'|'.join(map(re.escape, _spellings(sign)))})" for sign in secret)


def _spellings(sign: str) -> list[str]:
    in_url = quote(sign, safe="", errors="replace")
    spellings = {sign, in_url, in_url.lower(), repr(sign)[1:-1], json.dumps(sign)[1:-1], ascii(sign)[1:-1]}
    spellings |= {" ": {"+"}, "'": {"\\'"}}.get(sign, set())
    return sorted(spellings, key=len, reverse=True)


class RedactingFormatter(logging.Formatter):
    """Each record is one line, and those of a traceback stand further in."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__(FORMAT)
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        try:
            text = super().format(record)
        except Exception as error:  # noqa: BLE001 - logging would print the arguments as they are
            text = f"{record.levelname} {record.name}: {record.msg!r} could not be written: {error!r}"
        # The finished text, so that arguments, tracebacks and stack dumps are covered as well.
        return self._redact(text)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library calls it so
        return visible(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the library calls it so
        return _further_in(super().formatException(ei))

    def formatStack(self, stack_info: str) -> str:  # noqa: N802 - the library calls it so
        return _further_in(super().formatStack(stack_info))


def _further_in(text: str) -> str:
    # Or a line of somebody's text could pass for a record of its own.
    return "\n".join(f"  {visible(line)}" for line in text.split("\n"))


def set_up_logging(level: str, redact: Redactor) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter(redact))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # httpx writes every URL at INFO and PTB its base URL at DEBUG, which hold the token; at DEBUG PTB also writes every
    # message that comes or goes, and one of them is somebody's code.
    for chatty in ("httpx", "httpcore", "telegram.Bot", "telegram.ext.ExtBot", "telegram.request", "aiosqlite"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.getLogger("telegram.ext.Application").setLevel(max(logging.INFO, logging.getLevelName(level)))
    # Python's own hook prints the traceback to standard error, past the formatter that redacts.
    sys.excepthook = lambda kind, error, trace: logging.getLogger("latchkey").critical(
        "stopped by an error", exc_info=(kind, error, trace)
    )
