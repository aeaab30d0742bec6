"""Tells the owners when a clock is wrong, Telegram's or a gateway's, and when it is right again."""

from collections.abc import Mapping
from dataclasses import replace

from bot.clock import Clock
from bot.domain.events import ClockDoubted, GatewayClockWrong
from bot.drivers.base import LockDriver
from bot.monitor.peers import doors_by_peer
from bot.notices import Notices
from storage import Storage


class ClockWatch:
    def __init__(
        self,
        storage: Storage,
        drivers: Mapping[str, LockDriver],
        notices: Notices,
        clock: Clock,
    ) -> None:
        self._storage = storage
        self._peers = doors_by_peer(drivers)
        self._notices = notices
        self._clock = clock
        # Not kept on disk: the bot's own clock begins anew at each start, while a gateway's is as it was.
        self._is_doubt_told = False
        # Of each gateway's clock, whether it was told to be wrong: most rounds ask nothing of the disk.
        self._told: dict[str, bool] = {}

    async def tell_changes(self) -> None:
        if self._is_doubt_told != self._clock.is_doubted:
            event = ClockDoubted(is_over=self._is_doubt_told, at=self._clock.datetime())
            await self._notices.tell_owners(event)
            self._is_doubt_told = not self._is_doubt_told
        for peer, doors in self._peers.items():
            if peer.name not in self._told:
                self._told[peer.name] = (await self._storage.peers.get(peer.name)).is_clock_wrong
            is_wrong = peer.is_clock_wrong
            if is_wrong is not None and is_wrong != self._told[peer.name]:
                await self._tell(peer.name, doors, is_wrong=is_wrong)
                self._told[peer.name] = is_wrong

    async def _tell(self, peer: str, doors: tuple[str, ...], *, is_wrong: bool) -> None:
        async with self._storage.transaction():
            event = GatewayClockWrong(door=doors[0], others=doors[1:], is_over=not is_wrong, at=self._clock.datetime())
            await self._notices.tell_owners(event)
            known = await self._storage.peers.get(peer)
            await self._storage.peers.save(replace(known, is_clock_wrong=is_wrong))
