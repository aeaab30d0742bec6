"""Invitations by the hash of their token: whoever reads the database can claim none."""

import json
from datetime import datetime

from bot.domain.joining import Invitation
from bot.domain.people import Grant
from bot.domain.times import from_ms, to_ms
from storage.database import Database, Row
from storage.grants import FIELDS, read_grant, values_of

COLUMNS = "id, grants, invited_by, inviter_name, invited_at, expires_at, revoked_at, claimed_at, claimed_by"


class StoredInvitations:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, invitation: Invitation, token_hash: str) -> int:
        """The id of the new invitation; the id passed in is ignored."""
        (number,) = await self._database.one(
            "INSERT INTO invitations (token_hash, grants, invited_by, inviter_name, invited_at, expires_at)"
            " VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
            token_hash,
            _spell(invitation.grants),
            invitation.invited_by,
            invitation.inviter_name,
            to_ms(invitation.invited_at),
            to_ms(invitation.expires_at),
        )
        return int(number)

    async def with_hash(self, token_hash: str) -> Invitation | None:
        row = await self._database.row(f"SELECT {COLUMNS} FROM invitations WHERE token_hash = $1", token_hash)
        return _invitation(row) if row else None

    async def get(self, invitation_id: int) -> Invitation | None:
        row = await self._database.row(f"SELECT {COLUMNS} FROM invitations WHERE id = $1", invitation_id)
        return _invitation(row) if row else None

    async def open(self, now: datetime) -> list[Invitation]:
        """Those that can still be claimed, the newest first."""
        rows = await self._database.rows(
            f"SELECT {COLUMNS} FROM invitations WHERE claimed_at IS NULL AND revoked_at IS NULL AND expires_at > $1"
            " ORDER BY id DESC",
            to_ms(now),
        )
        return [_invitation(row) for row in rows]

    async def claim(self, invitation_id: int, person_id: int, *, at: datetime) -> bool:
        """False if it cannot be claimed any more."""
        return bool(
            await self._database.rows(
                "UPDATE invitations SET claimed_at = $3, claimed_by = $2"
                " WHERE id = $1 AND claimed_at IS NULL AND revoked_at IS NULL AND expires_at > $3 RETURNING id",
                invitation_id,
                person_id,
                to_ms(at),
            )
        )

    async def extend(self, invitation_id: int, grants: tuple[Grant, ...], expires_at: datetime) -> None:
        await self._database.rows(
            "UPDATE invitations SET grants = $2, expires_at = $3 WHERE id = $1",
            invitation_id,
            _spell(grants),
            to_ms(expires_at),
        )

    async def revoke(self, invitation_id: int, *, at: datetime) -> bool:
        """False if it was claimed or revoked before."""
        return bool(
            await self._database.rows(
                "UPDATE invitations SET revoked_at = $2 WHERE id = $1 AND claimed_at IS NULL AND revoked_at IS NULL"
                " RETURNING id",
                invitation_id,
                to_ms(at),
            )
        )

    async def revoke_all(self, *, at: datetime) -> None:
        # Of an older state of the database nobody knows which were used or taken back since.
        await self._database.rows(
            "UPDATE invitations SET revoked_at = $1 WHERE claimed_at IS NULL AND revoked_at IS NULL", to_ms(at)
        )

    async def forget_those_before(self, moment: datetime) -> None:
        # Long after its end nobody has to be told why an invitation cannot be claimed.
        await self._database.rows("DELETE FROM invitations WHERE expires_at < $1", to_ms(moment))


def _spell(grants: tuple[Grant, ...]) -> str:
    return json.dumps([dict(zip(FIELDS, values_of(grant), strict=True)) for grant in grants])


def _invitation(row: Row) -> Invitation:
    number, grants, invited_by, inviter_name, *moments, claimed_by = row
    invited_at, expires_at, revoked_at, claimed_at = moments
    return Invitation(
        id=number,
        # `get`: a link from before a column was added lacks it.
        grants=tuple(read_grant((0, *(one.get(name) for name in FIELDS))) for one in json.loads(grants)),
        invited_by=invited_by,
        inviter_name=inviter_name,
        invited_at=from_ms(invited_at),
        expires_at=from_ms(expires_at),
        revoked_at=from_ms(revoked_at),
        claimed_at=from_ms(claimed_at),
        claimed_by=claimed_by,
    )
