"""Gateways and clouds: what is known of them, so that a change is told once."""

from bot.domain.readings import KnownPeer
from storage.database import Database


class StoredPeers:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, name: str) -> KnownPeer:
        row = await self._database.row("SELECT firmware, is_clock_wrong FROM peers WHERE name = $1", name)
        return KnownPeer(name=name, firmware=row[0], is_clock_wrong=bool(row[1])) if row else KnownPeer(name=name)

    async def save(self, peer: KnownPeer) -> None:
        await self._database.rows(
            "INSERT INTO peers (name, firmware, is_clock_wrong) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET"
            " firmware = excluded.firmware, is_clock_wrong = excluded.is_clock_wrong",
            peer.name,
            peer.firmware,
            int(peer.is_clock_wrong),
        )
