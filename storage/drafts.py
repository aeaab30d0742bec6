"""What people are putting together with buttons."""

import json
from datetime import datetime

from bot.domain.drafts import Draft, DraftFor
from bot.domain.times import from_ms, to_ms
from storage.database import Database


# Kept here and not in the buttons, whose data has 64 bytes: a button names its draft by number.
class StoredDrafts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, draft: Draft) -> int:
        """The id of the new draft; the id passed in is ignored."""
        (number,) = await self._database.one(
            "INSERT INTO drafts (person_id, purpose, details, made_at) VALUES ($1, $2, $3, $4) RETURNING id",
            draft.person_id,
            draft.purpose,
            json.dumps(dict(draft.details)),
            to_ms(draft.made_at),
        )
        return int(number)

    async def get(self, draft_id: int, person_id: int) -> Draft | None:
        """None also for somebody else's."""
        # Callback data comes from a client, which can send any number.
        sql = "SELECT id, person_id, purpose, details, made_at FROM drafts WHERE id = $1 AND person_id = $2"
        row = await self._database.row(sql, draft_id, person_id)
        if row is None:
            return None
        number, person, purpose, details, made_at = row
        return Draft(
            id=number,
            person_id=person,
            purpose=DraftFor(purpose),
            details=json.loads(details),
            made_at=from_ms(made_at),
        )

    async def forget(self, *, before: datetime) -> None:
        await self._database.rows("DELETE FROM drafts WHERE made_at < $1", to_ms(before))
