"""Panels → Telegram: each is edited when a door looks different, made again when it is gone, and pinned."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bot.activity import Activity
from bot.chat.telegram.errors import Obstacle, TryLater, Undeliverable
from bot.chat.telegram.places import Places
from bot.chat.telegram.sender import Content, Destination, Sender
from bot.clock import Clock
from bot.domain.failures import StorageFailed
from bot.domain.panels import DoorsSeen, Panel
from bot.notices import Notices
from bot.notices.panels import Panels

log = logging.getLogger("latchkey.panels")

# Between two edits of a panel. Telegram answers 429 to frequent edits of one message (the library's issue 3765).
GAP_SECONDS = 5.0
# How often it is looked whether the message is still there: nobody tells a bot that it was deleted.
CHECK_SECONDS = 600.0
IDLE_SECONDS = 60.0
AGAIN_SECONDS = 5.0
# What keeps a panel from being pinned and is no matter of rights: its next edit finds it out.
PASSING = (Obstacle.MESSAGE, Obstacle.GONE)
OF_TOPICS = (Obstacle.TOPIC_CLOSED, Obstacle.TOPIC_DELETED)

Place = tuple[int, int | None]
Repair = Callable[[Place, Obstacle], Awaitable[bool]]
Compose = Callable[[Panel, DoorsSeen], Awaitable[Content]]


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the message of this number says, since this boot time at the latest."""

    content: Content
    number: int
    at: float


class PanelKeeper:
    def __init__(
        self,
        sender: Sender,
        places: Places,
        panels: Panels,
        notices: Notices,
        clock: Clock,
        activity: Activity,
        *,
        compose: Compose,
        over: Content,
        repair: Repair,
    ) -> None:
        """`compose` makes the message of a panel; `over` is what is left of one that was taken down.

        `repair`: whether a deleted topic was made again, with the panel in it.
        """
        self._sender = sender
        self._places = places
        self._panels = panels
        self._notices = notices
        self._clock = clock
        self._activity = activity
        self._compose = compose
        self._over = over
        self._repair = repair
        self._shown: dict[Place, _Shown] = {}
        self._not_before: dict[Place, float] = {}

    async def run(self) -> None:
        """Keep the panels for ever."""
        while True:
            with self._activity.item():
                pause = await self._guarded_round()
            await self._panels.wait(pause)

    async def round(self) -> float:
        """Bring every panel up to date that may be written to now; seconds until one is due again."""
        panels = await self._panels.all()
        self._shown = {one.place: self._shown[one.place] for one in panels if one.place in self._shown}
        if not panels:
            return IDLE_SECONDS
        seen = await self._panels.seen()
        # Side by side: a chat that hangs must not keep the other panels from being true.
        pauses = await asyncio.gather(*(self._look_after(panel, seen) for panel in panels))
        return min(*pauses, IDLE_SECONDS)

    async def _guarded_round(self) -> float:
        try:
            return await self.round()
        except StorageFailed as error:
            log.error("the panels cannot be read: %s", error)  # noqa: TRY400
            return AGAIN_SECONDS

    async def _look_after(self, panel: Panel, seen: DoorsSeen) -> float:
        try:
            return await self._keep(panel, seen)
        except StorageFailed as error:
            log.error("a panel cannot be read or written: %s", error)  # noqa: TRY400
            return AGAIN_SECONDS

    async def _keep(self, panel: Panel, seen: DoorsSeen) -> float:
        """Seconds until it is worth looking again."""
        wait = self._not_before.get(panel.place, 0.0) - self._clock.boot()
        if wait > 0:
            return wait
        content = self._over if panel.is_over else await self._compose(panel, seen)
        if not self._is_due(panel, content):
            return CHECK_SECONDS
        pause = await self._try(panel, content)
        self._not_before[panel.place] = self._clock.boot() + pause
        return pause

    def _is_due(self, panel: Panel, content: Content) -> bool:
        shown = self._shown.get(panel.place)
        if shown is None or shown.content != content or panel.message_id is None or panel.is_over:
            return True
        # Where it was told that the bot may not pin, the ten minutes' look tries again.
        is_pin_due = not panel.is_pinned and not panel.is_told
        return is_pin_due or self._clock.boot() - shown.at >= CHECK_SECONDS

    async def _try(self, panel: Panel, content: Content) -> float:
        """Seconds until it may be tried again."""
        try:
            if panel.is_over:
                await self._take_down(panel)
            else:
                await self._pin(await self._show(panel, content))
        except TryLater as error:
            # At least a little: a loop that is told "at once" again and again would spin.
            return max(error.seconds, 0.5)
        except Undeliverable as error:
            return await self._give_up(panel, error)
        return GAP_SECONDS

    async def _show(self, panel: Panel, content: Content) -> Panel:
        """The panel as it is now: its message has another number if the old one was deleted."""
        here, number = Destination(panel.chat_id, panel.thread_id), panel.message_id
        if number is None and (shown := self._shown.get(panel.place)):
            # The disk did not take the number. Without this the panel was written a second time.
            number = shown.number
        if number is None:
            number = await self._sender.send(here, content, urgent=False)
        else:
            number = await self._sender.edit(here, number, content, urgent=False)
        there = self._sender.follow(here)
        self._shown[there.chat_id, there.thread_id] = _Shown(content, number, self._clock.boot())
        if (there.chat_id, number) != (panel.chat_id, panel.message_id):
            panel = replace(
                panel, chat_id=there.chat_id, thread_id=there.thread_id, message_id=number, is_pinned=False
            )  # fmt: skip
            await self._panels.written(panel)
        return panel

    async def _pin(self, panel: Panel) -> None:
        if panel.is_pinned or panel.message_id is None:
            return
        try:
            await self._places.pin(Destination(panel.chat_id), panel.message_id)
        except Undeliverable as error:
            log.info("the panel of chat %d could not be pinned: %s", panel.chat_id, error)
            if error.obstacle not in PASSING and not panel.is_told:
                await self._panels.not_pinned(panel, at=self._clock.datetime())
            return
        await self._panels.written(replace(panel, is_pinned=True, is_told=False))

    async def _take_down(self, panel: Panel) -> None:
        here = Destination(panel.chat_id, panel.thread_id)
        if panel.message_id is not None:
            try:
                await self._places.unpin(here, panel.message_id)
            except Undeliverable as error:
                log.info("the panel of chat %d could not be unpinned: %s", panel.chat_id, error)
            await self._sender.edit(here, panel.message_id, self._over, urgent=False)
        await self._panels.taken_down(panel)

    async def _give_up(self, panel: Panel, error: Undeliverable) -> float:
        """Where the bot may not write just now it is tried again later."""
        log.warning("the panel of chat %d cannot be shown: %s", panel.chat_id, error)
        if error.obstacle is Obstacle.GONE:
            await self._notices.gone(panel.chat_id)
        # Nothing is left to take down where the bot may not write, so it counts as done.
        elif panel.is_over:
            await self._panels.taken_down(panel)
        elif error.obstacle in OF_TOPICS:
            return await self._repair_topic(panel, error.obstacle)
        return CHECK_SECONDS

    async def _repair_topic(self, panel: Panel, obstacle: Obstacle) -> float:
        try:
            if await self._repair(panel.place, obstacle):
                return GAP_SECONDS
        except TryLater as error:
            return error.seconds
        if obstacle is Obstacle.TOPIC_DELETED:
            await self._panels.taken_down(panel)
        return CHECK_SECONDS
