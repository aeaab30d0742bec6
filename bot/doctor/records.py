"""How the database, the disk below it and the files beside it are."""

import asyncio
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from bot.access import record
from bot.domain.diagnoses import Diagnosis, Grade
from bot.domain.doors import Door
from bot.domain.failures import StorageFailed
from storage import Storage

MEGABYTE = 1_000_000
LITTLE, TOO_LITTLE = 500 * MEGABYTE, 50 * MEGABYTE
# Whoever opens a door waits for two commits: the record before the first byte, and the outcome before the answer.
SLOW_SECONDS, TOO_SLOW_SECONDS = 0.5, 3.0
# A page of SQLite's, which is the least that a commit writes.
RECORD_BYTES = 4096
# As many digits as `latchkey journal verify --head` asks for.
SHORT_HASH = 16


def failed(failure: StorageFailed) -> Diagnosis:
    # The storage says what to do, in a sentence of its own.
    said = str(failure)
    return Diagnosis("database.bad", Grade.BAD, {"why": said[:1].upper() + said[1:]})


async def is_current(storage: Storage) -> Diagnosis | None:
    """None if the database is one that this version can read."""
    try:
        if await storage.database.is_up_to_date():
            return None
    except StorageFailed as failure:
        return failed(failure)
    return Diagnosis("database.old", Grade.WARNING)


async def integrity(storage: Storage) -> Sequence[Diagnosis]:
    damage = await storage.database.find_damage()
    return [Diagnosis("database.damaged", Grade.BAD, {"damage": damage}) if damage else Diagnosis("database.whole")]


async def people_list(storage: Storage) -> Sequence[Diagnosis]:
    count = len(await record.differences(storage))
    return [Diagnosis("list.differs", Grade.BAD, {"count": count}) if count else Diagnosis("list.same")]


async def second_factors(storage: Storage, doors: Iterable[Door]) -> Sequence[Diagnosis]:
    wanting = tuple(door.name for door in doors if door.second_factor)
    if not wanting:
        return []
    count = await storage.second_factors.count()
    if count:
        return [Diagnosis("factor.some", parameters={"count": count}, about=wanting)]
    # The settings ask for what nobody can give: such a door opens to nobody.
    return [Diagnosis("factor.none", Grade.WARNING, about=wanting)]


async def head(storage: Storage) -> Sequence[Diagnosis]:
    number, hash_ = await storage.journal.head()
    return [Diagnosis("head", parameters={"number": number, "hash": hash_[:SHORT_HASH]})]


async def disk(database: Path) -> Sequence[Diagnosis]:
    """How much is free, and how long it takes until a record is on it."""
    # Before the first start there is no folder yet: it will be on the disk of the nearest one above.
    folder = next(place for place in (database.parent, *database.parent.absolute().parents) if place.exists())
    try:
        seconds = await asyncio.to_thread(_seconds_to_keep, folder)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return [Diagnosis("disk.bad", Grade.BAD, {"why": error.strerror or type(error).__name__})]
    grade = _grade(seconds > SLOW_SECONDS, seconds > TOO_SLOW_SECONDS)
    milliseconds = {"milliseconds": round(seconds * 1000)}
    space = _grade(free < LITTLE, free < TOO_LITTLE)
    return [
        Diagnosis("disk.commit" if grade is Grade.GOOD else "disk.slow", grade, milliseconds),
        Diagnosis("disk.free" if space is Grade.GOOD else "disk.full", space, {"megabytes": free // MEGABYTE}),
    ]


async def privacy(database: Path, others: Iterable[Path]) -> Sequence[Diagnosis]:
    """Whether anybody else on this machine can read what is kept, or put something else in its place."""
    # What is newest stands in the write-ahead log, and names people as well.
    ours = [database, *(database.with_name(database.name + end) for end in ("-wal", "-shm"))]
    readable = [file for file in (*ours, *others) if _mode(file) & (stat.S_IRWXG | stat.S_IRWXO)]
    found = [Diagnosis("file.readable", Grade.WARNING, {"file": str(file)}) for file in readable]
    if writable := _mode(database.parent) & (stat.S_IWGRP | stat.S_IWOTH):
        # A group may be made of people who are trusted with this; everybody is not.
        grade = Grade.BAD if writable & stat.S_IWOTH else Grade.WARNING
        found.append(Diagnosis("folder.writable", grade, {"folder": str(database.parent)}))
    return found or [Diagnosis("files.private")]


def _mode(file: Path) -> int:
    try:
        return file.stat().st_mode
    except OSError:
        return 0  # Nobody reads what is not there, as the write-ahead log while the bot is stopped.


def _seconds_to_keep(folder: Path) -> float:
    """The time of a write like that of a commit, which does not touch the database."""
    begun = time.monotonic()
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(bytes(RECORD_BYTES))
        file.flush()
        # Without it the system's memory would answer, not the disk, for which `synchronous = FULL` waits.
        os.fsync(file.fileno())
    return time.monotonic() - begun


def _grade(is_doubtful: bool, is_bad: bool) -> Grade:
    return Grade.BAD if is_bad else Grade.WARNING if is_doubtful else Grade.GOOD
