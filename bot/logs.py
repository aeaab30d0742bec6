"""Logging: one line a record, and no secret in any of them, whoever wrote it."""

import logging
import re
import sys
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
BOT_TOKEN = re.compile(r"\b[0-9]{6,}:[A-Za-z0-9_-]{30,}")
MASK = "•••"


class Redactor:
    """Takes known secrets, and whatever looks like a bot token, out of any text."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        for secret in filter(None, secrets):
            self._known |= {secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1]}
        longest_first = sorted(self._known, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def __call__(self, text: str) -> str:
        if self._pattern:
            text = self._pattern.sub(MASK, text)
        return BOT_TOKEN.sub(MASK, text)


class RedactingFormatter(logging.Formatter):
    """Redacts the finished text, so that arguments, tracebacks and stack dumps are covered as well."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__(FORMAT)
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        return self._redact(super().format(record))


def set_up_logging(level: str, redact: Redactor) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter(redact))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # httpx writes every URL at INFO, PTB its base URL at DEBUG; both hold the token.
    for chatty in ("httpx", "httpcore", "telegram.Bot", "telegram.request", "aiosqlite"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    sys.excepthook = lambda kind, error, trace: logging.getLogger("latchkey").critical(
        "stopped by an error", exc_info=(kind, error, trace)
    )
