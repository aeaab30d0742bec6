"""A glass for one: whether the owners are silent, and how long they have been."""

from collections.abc import Callable
from datetime import timedelta

from bot.access import PeopleList
from bot.access.ballots import Ballots
from bot.access.breaking import Breaking
from bot.access.signs import OwnerSigns
from bot.clock import Clock
from bot.domain.approvals import Approval, ApprovalAnswer
from bot.domain.glass import Glass
from storage import Storage

# Seconds between two looks: Telegram keeps a press for so long, so no owner's press was lost in between.
LONGEST_GAP = 150.0


class OwnerSilence:
    # Only time counts in which the bot would have heard an owner. While it is off, or away from Telegram, it knows
    # nothing of them.

    def __init__(
        self,
        storage: Storage,
        people: PeopleList,
        clock: Clock,
        *,
        ballots: Ballots,
        breaking: Breaking,
        signs: OwnerSigns,
    ) -> None:
        self._storage = storage
        self._people = people
        self._clock = clock
        self._ballots = ballots
        self._breaking = breaking
        self._signs = signs
        self._heard_at: float | None = None
        """Boot time of the last look, if everything said would have been heard then."""
        self.hears: Callable[[], bool] = lambda: False
        """Whether what is said to the bot reaches it."""

    async def look_after(self) -> None:
        await self._signs.keep()
        if not self._signs.is_watched:
            return
        listened, is_waited_for = self._listened(), False
        for one in await self._storage.approvals.open_about_glasses():
            glass = await self._storage.glasses.get(one.glass_id or 0)
            if glass and glass.silence:
                is_waited_for = True
                async with self._storage.transaction():
                    await self._wait(one, glass, glass.silence, listened)
        self._signs.is_watched = is_waited_for

    def _listened(self) -> timedelta:
        """How long since the last look, if nothing that was said in between can have been missed."""
        now, before = self._clock.boot(), self._heard_at
        self._heard_at = now if self.hears() else None
        if before is None or self._heard_at is None or now - before > LONGEST_GAP:
            return timedelta()
        return timedelta(seconds=now - before)

    async def _wait(self, approval: Approval, glass: Glass, silence: timedelta, listened: timedelta) -> None:
        # An owner is there, and can be asked.
        if approval.seen_owner:
            await self._ballots.close(approval, ApprovalAnswer.LAPSED)
            return
        if approval.silent is None:
            # Silence begins when an owner can have read what is asked.
            if (await self._storage.approvals.cards(approval.id)).keys() & await self._people.owners():
                await self._storage.approvals.keep_silence(approval.id, timedelta())
            return
        silent = approval.silent + listened
        await self._storage.approvals.keep_silence(approval.id, silent)
        # By two clocks: what the bot has listened for, and Telegram's. Neither of them alone opens a door.
        is_long_ago = self._clock.moment().earliest >= approval.asked_at + silence
        # `listened`: at the first look after a pause an owner's word may still be on its way.
        if silent >= silence and is_long_ago and listened and not self._clock.is_doubted:
            await self._breaking.open(approval, glass, None, sponsor=glass.set_by)
