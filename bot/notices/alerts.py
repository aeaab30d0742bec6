"""Faults that were told: they stand until they end by themselves, and somebody may take one on."""

from datetime import datetime

from bot.domain.alerts import Alert, AlertKind
from bot.domain.commands import DenialReason
from bot.domain.events import AlertAcknowledged, AlertEnded, Event
from bot.domain.hearing import doors_of, may_hear
from bot.domain.matters import alert_of, ended_alert_of
from bot.domain.people import Rights
from bot.domain.policy import Denied, Moment
from storage import Storage


class Alerts:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def acknowledge(
        self, rights: Rights, kind: AlertKind, door: str, now: Moment, *, by: str, chat_id: int
    ) -> AlertAcknowledged | None:
        """Who is on it now, and since when: maybe somebody else. None: it is over. Raises Denied."""
        if not may_hear(rights, door, now):
            raise Denied(DenialReason.NO_RIGHT)
        async with self._storage.transaction():
            standing = await self._storage.alerts.get(kind, door)
            if standing is None:
                return None
            # The first one counts: two people on the way to one battery help nobody.
            if standing.by and standing.taken_at:
                return AlertAcknowledged(kind=kind, door=door, by=standing.by, at=standing.taken_at)
            taken = AlertAcknowledged(kind=kind, door=door, by=by, at=now.latest)
            await self._storage.alerts.acknowledge(kind, door, by_id=rights.person_id, by=by, at=taken.at)
            await self._storage.journal.append(
                "alert acknowledged", at=taken.at, person_id=rights.person_id, chat_id=chat_id, door=door, alert=kind
            )
            await self._storage.outbox.put_for_told(taken, kind.matter(door))
        return taken

    async def acknowledged(self, event: Event) -> AlertAcknowledged | None:
        """Who is on the fault that the event is about, if it stands and anybody is."""
        kind = alert_of(event) or (event.kind if isinstance(event, AlertAcknowledged) else None)
        standing = await self._storage.alerts.get(kind, doors_of(event)[0]) if kind else None
        if standing is None or standing.by is None or standing.taken_at is None:
            return None
        return AlertAcknowledged(kind=standing.kind, door=standing.door, by=standing.by, at=standing.taken_at)

    async def note(self, event: Event) -> None:
        """What the event says of faults, in the transaction that tells it."""
        at = getattr(event, "at", None)
        if at is None:
            return
        if kind := alert_of(event):
            await self._storage.alerts.begin(kind, doors_of(event)[0], at)
        elif ended := ended_alert_of(event):
            for door in doors_of(event):
                await self.end(ended, door, at)

    async def end(self, kind: AlertKind, door: str, at: datetime) -> None:
        standing = await self.forget(kind, door)
        if standing:
            over = AlertEnded(kind=kind, door=door, by=standing.by, at=at)
            await self._storage.outbox.put_for_told(over, kind.matter(door))

    async def forget(self, kind: AlertKind, door: str) -> Alert | None:
        """It is over, and whoever says so elsewhere is given what was known of it. None: it did not stand."""
        return await self._storage.alerts.end(kind, door)
