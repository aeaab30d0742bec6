"""Panels: which chats have a message that always shows the doors, and what there is to show."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from bot.domain.actions import Action
from bot.domain.events import PanelNotPinned
from bot.domain.panels import DoorsSeen, Panel
from bot.domain.people import Rights
from bot.domain.policy import Denied, Moment, decide
from storage import Storage


class Panels:
    def __init__(self, storage: Storage, owner_ids: frozenset[int]) -> None:
        self._storage = storage
        self._owner_ids = owner_ids

    async def get(self, chat_id: int, thread_id: int | None) -> Panel | None:
        return next((one for one in await self.all() if one.place == (chat_id, thread_id) and not one.is_over), None)

    async def all(self) -> list[Panel]:
        # A panel shows doors to a whole chat in an owner's name: when they are none any more it is taken down.
        panels = await self._storage.panels.all()
        if not panels:
            return []
        owners = self._owner_ids | await self._storage.people.promoted()
        return [replace(one, is_over=one.is_over or one.set_up_by not in owners) for one in panels]

    async def set_up(self, rights: Rights, panel: Panel, *, now: datetime) -> None:
        """A chat that has one keeps its message. Raises Denied for everybody but owners."""
        _judge(rights, now)
        async with self._storage.transaction():
            known = {one.place: one for one in await self._storage.panels.all()}
            if before := known.get(panel.place):
                panel = replace(panel, message_id=before.message_id, is_pinned=before.is_pinned)
            await self._storage.panels.save(panel)
        self.look_again()

    async def end(self, rights: Rights, panel: Panel, *, now: datetime) -> None:
        """It is taken down as soon as Telegram takes that. Raises Denied for everybody but owners."""
        _judge(rights, now)
        # The row stays until Telegram has taken the message down, also over a restart.
        await self._storage.panels.save(replace(panel, is_over=True))
        self.look_again()

    async def seen(self) -> DoorsSeen:
        readings = {reading.door: reading for reading in await self._storage.readings.all()}
        return DoorsSeen(readings, await self._storage.commands.unclear())

    async def written(self, panel: Panel) -> None:
        """It is a message now, or another one."""
        await self._storage.panels.write_down(
            panel.chat_id,
            panel.thread_id,
            message_id=panel.message_id,
            is_pinned=panel.is_pinned,
            is_told=panel.is_told,
        )

    async def not_pinned(self, panel: Panel, *, at: datetime) -> None:
        """The bot may not pin it there, which the chat is told once."""
        async with self._storage.transaction():
            await self.written(replace(panel, is_told=True))
            await self._storage.outbox.put(panel.chat_id, panel.thread_id, PanelNotPinned(at=at))

    async def rights_changed(self, chat_id: int) -> None:
        """The bot may have been given the right to pin."""
        async with self._storage.transaction():
            for panel in await self._storage.panels.all():
                if panel.chat_id == chat_id and panel.is_told:
                    await self.written(replace(panel, is_told=False))
        self.look_again()

    async def taken_down(self, panel: Panel) -> None:
        await self._storage.panels.remove(panel.chat_id, panel.thread_id)

    def look_again(self) -> None:
        self._storage.doors_changed.set()

    async def wait(self, seconds: float) -> None:
        """Until a door may look different, or at most so long."""
        changed = self._storage.doors_changed
        with suppress(TimeoutError):
            # Not wait_for: on Python 3.11 it forgets a cancellation that comes together with the event.
            async with asyncio.timeout(seconds):
                await changed.wait()
        changed.clear()

    @property
    def is_stale(self) -> bool:
        """Whether something changed since `wait` last returned."""
        return self._storage.doors_changed.is_set()


def _judge(rights: Rights, now: datetime) -> None:
    verdict = decide(rights, action=Action.SUBSCRIBE, now=Moment.exactly(now))
    if verdict.reason:
        raise Denied(verdict.reason)
