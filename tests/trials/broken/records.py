"""What is written down wrongly, or too much."""

import logging
from typing import Any

import bot.app
import bot.chat.dispatcher
import bot.chat.telegram.answers
import bot.chat.telegram.requests
import bot.chat.telegram.watchdog
import bot.control.decision
import bot.control.execution
import bot.health
import storage.database
import storage.journal
import storage.verification
from bot import logs
from bot.domain import chain
from bot.domain.journal import Verification
from storage.database import Database
from storage.journal import StoredJournal
from tests.trials.patching import replace


def synchronous_off() -> None:
    """Says that a record is on disk when it is in the kernel's memory."""
    pragmas = tuple(pragma.replace("= FULL", "= OFF") for pragma in storage.database.PRAGMAS)
    assert pragmas != storage.database.PRAGMAS
    replace(storage.database, "PRAGMAS", pragmas)


def storage_faults_ignored() -> None:
    """Goes on and sends although the record could not be kept."""
    original = Database._run

    async def run(self: Database, sql: str, values: tuple[Any, ...] = ()) -> Any:
        if sql.startswith("COMMIT"):
            try:
                return await original(self, sql, values)
            except Exception:  # noqa: BLE001 - that is what is broken here
                return []
        return await original(self, sql, values)

    replace(Database, "_run", run)


def digest_without_detail() -> None:
    original = chain.digest
    for module in (storage.journal, storage.verification):
        replace(module, "digest", lambda previous, body: original(previous, (*body[:-1], "")))


def head_not_compared() -> None:
    original = StoredJournal.verify

    async def verify(self: StoredJournal, *, kept_head: str | None = None) -> Verification:
        return await original(self)

    replace(StoredJournal, "verify", verify)


def redactor_off() -> None:
    """Nothing is taken out of the log, and httpx may write its addresses."""
    replace(logs.Redactor, "__call__", lambda self, text: text)
    original = bot.app.run

    async def run(*args: Any, **kwargs: Any) -> None:
        logging.getLogger("httpx").setLevel(logging.INFO)
        await original(*args, **kwargs)

    replace(bot.app, "run", run)
