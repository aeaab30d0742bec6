"""Questions to approvers, what each of them said, and the messages in which they were asked."""

from datetime import datetime, timedelta

from bot.domain.approvals import Approval, ApprovalAnswer
from bot.domain.times import from_ms, to_ms
from storage.database import Database, Row

COLUMNS = (
    "id, person_id, person_name, door, chat_id, thread_id, votes_needed, asked_at, expires_at, answer, answered_by,"
    " grant_id, glass_id, silent, seen_owner"
)


class StoredApprovals:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, approval: Approval) -> int | None:
        """The id of the new question; None if one is open: of the same person at this door, or about the same glass."""
        row = await self._database.row(
            # Which one is open already is decided by the indexes one_open_approval and one_open_breaking.
            "INSERT INTO approvals (person_id, person_name, door, chat_id, thread_id, votes_needed, asked_at,"
            " expires_at, glass_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING id",
            approval.person_id,
            approval.person_name,
            approval.door,
            approval.chat_id,
            approval.thread_id,
            approval.votes_needed,
            to_ms(approval.asked_at),
            to_ms(approval.expires_at),
            approval.glass_id,
        )
        return int(row[0]) if row else None

    async def get(self, approval_id: int) -> Approval | None:
        row = await self._database.row(f"SELECT {COLUMNS} FROM approvals WHERE id = $1", approval_id)
        return _approval(row) if row else None

    async def expired(self, now: datetime) -> list[Approval]:
        """Open ones whose time is over."""
        rows = await self._database.rows(
            f"SELECT {COLUMNS} FROM approvals WHERE answered_at IS NULL AND expires_at <= $1 ORDER BY id", to_ms(now)
        )
        return [_approval(row) for row in rows]

    async def open_about_glasses(self) -> list[Approval]:
        rows = await self._database.rows(
            f"SELECT {COLUMNS} FROM approvals WHERE answered_at IS NULL AND glass_id IS NOT NULL ORDER BY id"
        )
        return [_approval(row) for row in rows]

    async def note_owner_seen(self, name: str) -> None:
        """An owner is there: what waits for the owners' silence waits in vain."""
        await self._database.rows(
            "UPDATE approvals SET seen_owner = coalesce(seen_owner, $1) WHERE answered_at IS NULL AND glass_id IN"
            " (SELECT id FROM glasses WHERE silence IS NOT NULL)",
            name,
        )

    async def of_grant(self, grant_id: int) -> Approval | None:
        """The question of which this right is the answer."""
        row = await self._database.row(f"SELECT {COLUMNS} FROM approvals WHERE grant_id = $1", grant_id)
        return _approval(row) if row else None

    async def rights_of(self, glass_id: int) -> list[int]:
        """The ids of the rights that came of this glass, also of those that are over."""
        rows = await self._database.rows(
            "SELECT grant_id FROM approvals WHERE glass_id = $1 AND grant_id IS NOT NULL", glass_id
        )
        return [int(number) for (number,) in rows]

    async def keep_silence(self, approval_id: int, silent: timedelta) -> None:
        sql = "UPDATE approvals SET silent = $2 WHERE id = $1"
        await self._database.rows(sql, approval_id, silent // timedelta(milliseconds=1))

    async def with_ended_grant(self, now: datetime) -> list[Approval]:
        """Those whose right has ended and is still in the list."""
        columns = ", ".join(f"a.{name}" for name in COLUMNS.split(", "))
        rows = await self._database.rows(
            f"SELECT {columns} FROM approvals a JOIN grants g ON g.id = a.grant_id WHERE g.ends_at <= $1 ORDER BY a.id",
            to_ms(now),
        )
        return [_approval(row) for row in rows]

    async def is_any_pending(self) -> bool:
        """Whether a question is open, or a right that was given is still in the list."""
        row = await self._database.row(
            "SELECT 1 FROM approvals a LEFT JOIN grants g ON g.id = a.grant_id"
            " WHERE a.answered_at IS NULL OR g.id IS NOT NULL LIMIT 1"
        )
        return row is not None

    async def answer(self, approval_id: int, answer: ApprovalAnswer, *, by: str | None, at: datetime) -> bool:
        """False if it has its answer."""
        # Decided by the statement: two approvers may press at the same moment, or one as the time runs out.
        return bool(
            await self._database.rows(
                "UPDATE approvals SET answer = $2, answered_by = $3, answered_at = $4"
                " WHERE id = $1 AND answered_at IS NULL RETURNING id",
                approval_id,
                answer,
                by,
                to_ms(at),
            )
        )

    async def forget_grant(self, approval_id: int) -> None:
        await self._database.rows("UPDATE approvals SET grant_id = NULL WHERE id = $1", approval_id)

    async def keep_grant(self, approval_id: int, grant_id: int) -> None:
        await self._database.rows("UPDATE approvals SET grant_id = $2 WHERE id = $1", approval_id, grant_id)

    async def vote(self, approval_id: int, person_id: int, name: str, answer: ApprovalAnswer) -> dict[int, str]:
        """Count this yes; what each approver said so far."""
        await self._database.rows(
            "INSERT INTO approval_votes (approval_id, person_id, name, answer) VALUES ($1, $2, $3, $4)"
            # Whoever presses twice counts once, with what they said last.
            " ON CONFLICT (approval_id, person_id) DO UPDATE SET answer = excluded.answer",
            approval_id,
            person_id,
            name,
            answer,
        )
        return {person_id: said for person_id, (_, said) in (await self.votes(approval_id)).items()}

    async def votes(self, approval_id: int) -> dict[int, tuple[str, str]]:
        """The name of each approver, and what they said."""
        rows = await self._database.rows(
            "SELECT person_id, name, answer FROM approval_votes WHERE approval_id = $1 ORDER BY name, person_id",
            approval_id,
        )
        return {person_id: (name, answer) for person_id, name, answer in rows}

    async def save_card(self, approval_id: int, chat_id: int, message_id: int) -> None:
        await self._database.rows(
            "INSERT INTO approval_cards (approval_id, chat_id, message_id) VALUES ($1, $2, $3)"
            " ON CONFLICT (approval_id, chat_id) DO UPDATE SET message_id = excluded.message_id",
            approval_id,
            chat_id,
            message_id,
        )

    async def cards(self, approval_id: int) -> dict[int, int]:
        """The number of each message by its chat."""
        rows = await self._database.rows(
            "SELECT chat_id, message_id FROM approval_cards WHERE approval_id = $1", approval_id
        )
        return dict(rows)


def _approval(row: Row) -> Approval:
    number, person_id, person_name, door, chat_id, thread_id, votes_needed, *rest = row
    asked_at, expires_at, answer, answered_by, grant_id, glass_id, silent, seen_owner = rest
    return Approval(
        id=number,
        person_id=person_id,
        person_name=person_name,
        door=door,
        chat_id=chat_id,
        thread_id=thread_id,
        votes_needed=votes_needed,
        asked_at=from_ms(asked_at),
        expires_at=from_ms(expires_at),
        answer=ApprovalAnswer(answer) if answer else None,
        answered_by=answered_by,
        grant_id=grant_id,
        glass_id=glass_id,
        silent=None if silent is None else timedelta(milliseconds=silent),
        seen_owner=seen_owner,
    )
