"""The codes that were made: what the locks say of them, and whom they concern."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.access import PeopleList
from bot.clock import Clock
from bot.domain.calendars import Window
from bot.domain.codes import IssuedPin, Listing, PinState
from bot.domain.doors import Capability, Door, Doors
from bot.domain.durations import LONGEST
from bot.domain.events import PinEnds
from bot.domain.times import EPOCH
from bot.drivers.base import LockDriver
from bot.drivers.errors import LockError
from bot.notices import Notices
from storage import Storage

log = logging.getLogger("latchkey.control")

LISTING_SECONDS = 15.0
# A listing that is no older is not asked for again.
FRESH_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class CodeReport:
    """`foreign`: door and label of what a lock lists and this bot did not make. `silent`: doors that did not say.

    `to_ask`: doors whose locks can say more.
    """

    pins: tuple[tuple[IssuedPin, PinState], ...]
    to_ask: tuple[str, ...] = ()
    foreign: tuple[tuple[str, str], ...] = ()
    silent: tuple[str, ...] = ()


class Codes:
    def __init__(
        self,
        storage: Storage,
        doors: Doors,
        drivers: Mapping[str, LockDriver],
        people: PeopleList,
        notices: Notices,
        clock: Clock,
    ) -> None:
        self._storage = storage
        self._doors = doors
        self._drivers = drivers
        self._people = people
        self._notices = notices
        self._clock = clock
        self._listings: dict[str, tuple[float, Listing | None]] = {}
        self._seen_changes = -1
        # Before this moment nothing is due, unless something changed since.
        self._look_at = EPOCH

    def windows_near(self, door: str, wanted: Window) -> list[Window]:
        """Between what moments a code for this door can work: `wanted` alone if that is possible."""
        return self._drivers[door].windows_near(wanted)

    async def kept(self, person_id: int) -> CodeReport:
        """What is known without asking anybody: one's own codes, for owners everybody's."""
        is_owner = (await self._people.rights(person_id)).is_owner
        now, pins = self._clock.datetime(), await self._storage.pins.live(self._clock.datetime())
        own = [pin for pin in pins if is_owner or pin.person_id == person_id]
        concerned = {pin.door for pin in own if pin.handle}
        doors = [door.name for door in self._doors if _lists(door) and (is_owner or door.name in concerned)]
        return CodeReport(tuple((pin, pin.state(now, None)) for pin in own), tuple(doors))

    async def report(self, kept: CodeReport, *, with_foreign: bool) -> CodeReport:
        """The same, as the locks' own lists are now. A code that was to be revoked and is not listed is gone."""
        listings = await self._listed(kept.to_ask)
        now, shown = self._clock.datetime(), []
        for pin, _ in kept.pins:
            state = pin.state(now, listings.get(pin.door))
            if state is PinState.MISSING and pin.is_revoke_asked:
                await self._note_gone(pin)
            else:
                shown.append((pin, state))
        foreign = [one for door, listing in listings.items() if listing for one in await self._foreign(door, listing)]
        silent = tuple(door for door, listing in listings.items() if listing is None)
        return CodeReport(tuple(shown), (), tuple(foreign) if with_foreign else (), silent)

    async def look_after(self) -> list[tuple[IssuedPin, int]]:
        """Tell makers of codes that end soon. Codes that are over, each with the message that still shows it."""
        now, changes = self._clock.datetime(), self._storage.pins.changes
        if changes == self._seen_changes and now < self._look_at:
            return []
        watched = await self._storage.pins.watched(now)
        for one in watched:
            if one.is_untold and one.pin.tell_end_at and one.pin.tell_end_at <= now:
                await self._tell_end(one.pin, now)
        moments = [at for one in watched for at in (one.delete_at, one.is_untold and one.pin.tell_end_at) if at]
        self._look_at = min((at for at in moments if at > now), default=now + LONGEST)
        due = [
            (one.pin, one.message_id) for one in watched if one.message_id and one.delete_at and one.delete_at <= now
        ]
        # Until they are gone they are due.
        self._seen_changes = -1 if due else changes
        return due

    async def _tell_end(self, pin: IssuedPin, now: datetime) -> None:
        async with self._storage.transaction():
            await self._storage.pins.mark_end_told(pin.id, now)
            if (await self._people.rights(pin.person_id)).known and pin.until:
                label = pin.label if pin.label != pin.person_name else ""
                event = PinEnds(number=pin.id, door=pin.door, label=label, ends_at=pin.until)
                await self._notices.tell(pin.person_id, event)

    async def message_gone(self, pin_id: int) -> None:
        await self._storage.pins.forget_message(pin_id)

    async def message_moved(self, person_id: int, old: int, new: int) -> None:
        """A code is shown by another message than was meant when it was made."""
        await self._storage.pins.message_moved(person_id, old, new)

    async def _listed(self, doors: Sequence[str]) -> Mapping[str, Listing | None]:
        """None where the lock system does not say."""
        return dict(zip(doors, await asyncio.gather(*map(self._listing, doors)), strict=True))

    async def _listing(self, door: str) -> Listing | None:
        asked_at, known = self._listings.get(door, (float("-inf"), None))
        if known is None or self._clock.boot() - asked_at > FRESH_SECONDS:
            known = await self._ask(door)
            self._listings[door] = (self._clock.boot(), known)
        return known

    async def _ask(self, door: str) -> Listing | None:
        try:
            async with asyncio.timeout(LISTING_SECONDS):
                return await self._drivers[door].pins()
        except (LockError, TimeoutError) as error:
            log.info("the codes of %s could not be listed: %s", door, error)
        except Exception:
            # A bug in one driver must not keep the codes of the other doors from the list.
            log.exception("the driver of %s failed", door)
        return None

    async def _foreign(self, door: str, listing: Listing) -> list[tuple[str, str]]:
        """What is listed and was never made here, for all that can be seen of it."""
        ours = await self._storage.pins.of_door(door)
        return [
            (door, label)
            for handle, label in listing.labels.items()
            if not any(pin.handle == handle and listing.has(pin) for pin in ours)
        ]

    async def _note_gone(self, pin: IssuedPin) -> None:
        now = self._clock.datetime()
        async with self._storage.transaction():
            await self._storage.pins.mark_revoked(pin.id, now)
            await self._storage.journal.append("code gone", at=now, person_id=pin.person_id, door=pin.door, code=pin.id)


def _lists(door: Door) -> bool:
    return Capability.REVOKE_PINS in door.capabilities
