"""Lockdowns that somebody began and nobody ended."""

import asyncio

from bot.domain.lockdowns import Lockdown
from bot.domain.times import from_ms, to_ms
from storage.database import Database


class StoredLockdowns:
    def __init__(self, database: Database, changed: asyncio.Event) -> None:
        """`changed` is set whenever one begins or ends."""
        self._database = database
        self._changed = changed
        self._known: tuple[Lockdown, ...] | None = None
        self._known_is_of = -1

    async def all(self) -> tuple[Lockdown, ...]:
        # Remembered: every decision asks for them.
        if self._known is None or self._known_is_of != self._database.rollbacks:
            rows = await self._database.rows("SELECT door, by_name, began_at, ends_at FROM lockdowns ORDER BY door")
            self._known_is_of = self._database.rollbacks
            self._known = tuple(
                Lockdown(door=door, by_name=by_name, began_at=from_ms(began_at), ends_at=from_ms(ends_at))
                for door, by_name, began_at, ends_at in rows
            )
        return self._known

    async def put(self, lockdown: Lockdown) -> None:
        """In place of an earlier one for the same door."""
        await self._database.rows(
            "INSERT INTO lockdowns (door, by_name, began_at, ends_at) VALUES ($1, $2, $3, $4) ON CONFLICT (door)"
            " DO UPDATE SET by_name = excluded.by_name, began_at = excluded.began_at, ends_at = excluded.ends_at",
            lockdown.door,
            lockdown.by_name,
            to_ms(lockdown.began_at),
            to_ms(lockdown.ends_at),
        )
        self._forget()

    async def remove(self, door: str) -> None:
        await self._database.rows("DELETE FROM lockdowns WHERE door = $1", door)
        self._forget()

    def _forget(self) -> None:
        self._known = None
        self._changed.set()
