"""Second factors, secrets that were just shown, and codes that were wrong a moment ago. No secret is in it."""

from datetime import datetime

from bot.domain.second_factor import Enrolment, SecondFactor
from bot.domain.times import from_ms, to_ms
from storage.database import Database, Row

COLUMNS = "person_id, salt, check_value, set_up_at, last_step, locked_until"
ENROLMENT = "id, person_id, salt, expires_at, message_id"


class StoredSecondFactors:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, person_id: int) -> SecondFactor | None:
        row = await self._database.row(f"SELECT {COLUMNS} FROM second_factors WHERE person_id = $1", person_id)
        return _factor(row) if row else None

    async def save(self, factor: SecondFactor) -> None:
        """In place of the person's earlier one."""
        await self._database.rows(
            f"INSERT INTO second_factors ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (person_id) DO UPDATE"
            " SET salt = excluded.salt, check_value = excluded.check_value, set_up_at = excluded.set_up_at,"
            " last_step = excluded.last_step, locked_until = excluded.locked_until",
            factor.person_id,
            factor.salt,
            factor.check_value,
            to_ms(factor.set_up_at),
            factor.last_step,
            to_ms(factor.locked_until),
        )

    async def count(self) -> int:
        """How many people have one."""
        (count,) = await self._database.one("SELECT count(*) FROM second_factors")
        return int(count)

    async def remove(self, person_id: int) -> bool:
        sql = "DELETE FROM second_factors WHERE person_id = $1 RETURNING person_id"
        return bool(await self._database.rows(sql, person_id))

    async def use(self, person_id: int, step: int) -> bool:
        """Use the code of this time step up; False if it, or a later one, was used before."""
        # By RFC 6238 a code counts once: whoever reads it over a shoulder comes too late.
        sql = "UPDATE second_factors SET last_step = $2 WHERE person_id = $1 AND last_step < $2 RETURNING person_id"
        return bool(await self._database.rows(sql, person_id, step))

    async def count_wrong(self, person_id: int, *, at: datetime, since: datetime) -> int:
        """How many wrong codes there were since then, with this one."""
        await self._database.rows("DELETE FROM wrong_codes WHERE tried_at < $1", to_ms(since))
        await self._database.rows("INSERT INTO wrong_codes (person_id, tried_at) VALUES ($1, $2)", person_id, to_ms(at))
        (count,) = await self._database.one("SELECT count(*) FROM wrong_codes WHERE person_id = $1", person_id)
        return int(count)

    async def lock(self, person_id: int, *, until: datetime) -> None:
        await self._database.rows(
            "UPDATE second_factors SET locked_until = $2 WHERE person_id = $1", person_id, to_ms(until)
        )

    async def enrol(self, enrolment: Enrolment) -> int:
        """The id of the enrolment; the one passed in is ignored."""
        (number,) = await self._database.one(
            "INSERT INTO enrolments (person_id, salt, expires_at) VALUES ($1, $2, $3) RETURNING id",
            enrolment.person_id,
            enrolment.salt,
            to_ms(enrolment.expires_at),
        )
        return int(number)

    async def enrolment(self, person_id: int, *, now: datetime) -> Enrolment | None:
        """The one that can still be completed."""
        row = await self._database.row(
            f"SELECT {ENROLMENT} FROM enrolments WHERE person_id = $1 AND expires_at > $2 ORDER BY id DESC LIMIT 1",
            person_id,
            to_ms(now),
        )
        return _enrolment(row) if row else None

    async def keep_message(self, enrolment_id: int, message_id: int) -> None:
        await self._database.rows("UPDATE enrolments SET message_id = $2 WHERE id = $1", enrolment_id, message_id)

    async def end_enrolments(self, person_id: int, *, at: datetime) -> None:
        # Ended and not deleted: the row names the message with the secret, which is still to be deleted.
        await self._database.rows(
            "UPDATE enrolments SET expires_at = $2 WHERE person_id = $1 AND expires_at > $2", person_id, to_ms(at)
        )

    async def ended_enrolments(self, now: datetime) -> list[Enrolment]:
        rows = await self._database.rows(
            f"SELECT {ENROLMENT} FROM enrolments WHERE expires_at <= $1 ORDER BY id", to_ms(now)
        )
        return [_enrolment(row) for row in rows]

    async def is_any_enrolment(self) -> bool:
        return await self._database.row("SELECT 1 FROM enrolments LIMIT 1") is not None

    async def forget_enrolment(self, enrolment_id: int) -> None:
        await self._database.rows("DELETE FROM enrolments WHERE id = $1", enrolment_id)


def _factor(row: Row) -> SecondFactor:
    person_id, salt, check_value, set_up_at, last_step, locked_until = row
    return SecondFactor(
        person_id=person_id,
        salt=salt,
        check_value=check_value,
        set_up_at=from_ms(set_up_at),
        last_step=last_step,
        locked_until=from_ms(locked_until),
    )


def _enrolment(row: Row) -> Enrolment:
    number, person_id, salt, expires_at, message_id = row
    return Enrolment(id=number, person_id=person_id, salt=salt, expires_at=from_ms(expires_at), message_id=message_id)
