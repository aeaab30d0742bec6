"""Outbox → Telegram: at least once, in order per chat, after the replies."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta, tzinfo
from typing import Any

from bot.activity import Activity
from bot.chat.telegram.errors import Obstacle, TryLater, Undeliverable
from bot.chat.telegram.sender import Content, Destination, Sender
from bot.clock import Clock
from bot.domain.events import (
    AlertAcknowledged,
    ApprovalAnswered,
    ApprovalAsked,
    ApprovalClosed,
    DelayedReply,
    DoorCallClosed,
    DoorCalled,
    DoorCallEnded,
    DoorCallGoesOn,
    Event,
    GlassBreaking,
    JoinAnswered,
    Stopped,
)
from bot.domain.failures import StorageFailed
from bot.domain.hearing import doors_of
from bot.domain.matters import AMENDING, alert_of, joins, matter_of, replaces
from bot.domain.notices import NoticeMessage, OutboxMessage
from bot.notices import Notices

log = logging.getLogger("latchkey.outbox")

AGAIN_SECONDS = 5.0
# A new message wakes the delivery; the end of somebody's quiet hours does not.
IDLE_SECONDS = 30.0
# What is being sent at a stop has so long to be finished: a Telegram that hangs must not hold up the end.
STOP_SECONDS = 2.0
# An edit makes no sound, so a message grows for a minute only: what happens later is told anew.
GROWS = timedelta(minutes=1)
# Chats written to at the same time.
AT_ONCE = 10
# How often it is tried whether a closed topic or a forbidden group can be written to again.
STOPPED_SECONDS = 600.0

OF_TOPICS = (Obstacle.TOPIC_CLOSED, Obstacle.TOPIC_DELETED)

Place = tuple[int, int | None]
Repair = Callable[[Place, Obstacle], Awaitable[bool]]
STOPPED = {
    Obstacle.GONE: Stopped.GONE,
    Obstacle.NOT_ALLOWED: Stopped.FORBIDDEN,
    Obstacle.TOPIC_CLOSED: Stopped.TOPIC_CLOSED,
    Obstacle.TOPIC_DELETED: Stopped.TOPIC_DELETED,
}
EDITING = (DelayedReply, JoinAnswered, ApprovalClosed, DoorCallClosed, DoorCallGoesOn)
"""They take the place of an earlier message, where its number is known."""
# Somebody stands at the door: these go out as fast as a reply. Late answers do not: as urgent messages they would be
# tried three times in a row while Telegram is away.
WAITED_FOR = (ApprovalAsked, ApprovalAnswered, GlassBreaking, DoorCalled, DoorCallGoesOn, DoorCallEnded)
WAITS = (Obstacle.NOT_ALLOWED, Obstacle.TOPIC_CLOSED)


async def _to_its_end(work: Coroutine[Any, Any, float]) -> float:
    # What is being sent when the bot stops is sent and noted. Without this a stop told up to twenty lines twice.
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=STOP_SECONDS)
        task.cancel()
        raise


async def _everything(message: OutboxMessage) -> Event | None:
    return message.event


class OutboxDelivery:
    def __init__(
        self,
        sender: Sender,
        notices: Notices,
        clock: Clock,
        activity: Activity,
        *,
        compose: Callable[[Event], Content],
        heard: Callable[[OutboxMessage], Awaitable[Event | None]] = _everything,
        merge: Callable[[Sequence[str]], str] = "\n".join,
        sent: Callable[[OutboxMessage, int], Awaitable[None]],
        not_reached: Callable[[OutboxMessage], Awaitable[None]] | None = None,
        repair: Repair | None = None,
        zone: tzinfo = UTC,
    ) -> None:
        """`compose` makes the message of an event, `merge` the text of several about one matter.

        `heard`: as much of the event as whoever is told may know now; None: nothing.

        `sent` is told the number that Telegram gave to the message, `not_reached` what a chat that is gone does not
        take. `zone`: where quiet hours are counted.
        `repair`: whether a topic that is closed or deleted can be written to now, perhaps at another address.
        """
        self._sender = sender
        self._notices = notices
        self._clock = clock
        self._activity = activity
        self._compose = compose
        self._heard = heard
        self._merge = merge
        self._sent = sent
        self._not_reached = not_reached
        self._repair = repair
        self._zone = zone
        self._not_before: dict[Place, float] = {}
        self._delivered: dict[int, _Told] = {}
        """What reached Telegram and is still in the outbox, because the disk does not take that it did."""
        self._stopped: set[Place] = set()
        """Where nothing can be written, as the owners know."""

    async def run(self) -> None:
        """Deliver for ever."""
        while True:
            with self._activity.item():
                # A round sends one message a chat, so there may be more to send at once.
                while not (pause := await _to_its_end(self._guarded_round())):
                    pass
            await self._notices.wait(pause)

    async def round(self) -> float:
        """Deliver the oldest message of every chat that may be written to now; seconds until the next is due."""
        now = self._clock.boot()
        local = self._clock.datetime().astimezone(self._zone)
        waiting = await self._notices.next_per_chat(minute=local.hour * 60 + local.minute, now=local)
        self._not_before = {place: at for place, at in self._not_before.items() if at > now}
        due = [message for message in waiting if _place(message) not in self._not_before][:AT_ONCE]
        await asyncio.gather(*map(self._deliver, due))
        if due:
            return 0.0
        return min([at - now for at in self._not_before.values() if waiting] or [IDLE_SECONDS])

    async def _guarded_round(self) -> float:
        try:
            return await self.round()
        except StorageFailed as error:
            # A full disk may be emptied: the delivery goes on, as nothing else would tell the groups.
            log.error("the outbox cannot be read: %s", error)  # noqa: TRY400
            return AGAIN_SECONDS

    async def _deliver(self, message: OutboxMessage) -> None:
        try:
            await self._deliver_once(message)
        except TryLater as error:
            self._pause(message, error.seconds)
        except StorageFailed as error:
            log.error("the outbox cannot be written: %s", error)  # noqa: TRY400
            self._pause(message, AGAIN_SECONDS)

    async def _deliver_once(self, message: OutboxMessage) -> None:
        try:
            # What reached Telegram is not sent again because the disk is full: only noting it is tried again.
            if message.id not in self._delivered:
                self._delivered[message.id] = told = await self._send(message)
                if told.number is not None:
                    await self._sent(message, told.number)
                    self._stopped.discard(_place(message))
            told = self._delivered[message.id]
            await self._notices.delivered(*told.messages, as_=told.notice)
            del self._delivered[message.id]
        except Undeliverable as error:
            await self._stop(message, error)

    async def _send(self, message: OutboxMessage) -> "_Told":
        batch = await self._notices.burst(message)
        # Asked at the last moment: whoever lost their right while this waited is told nothing.
        events = [(one, await self._heard(one)) for one in batch]
        burst = [replace(one, event=event) for one, event in events if event is not None]
        if not burst:
            return _Told(None, batch)
        event, destination = burst[0].event, Destination(message.chat_id, message.thread_id)
        edits = event.edits if isinstance(event, EDITING) else None
        if edits is not None:
            return _Told(await self._sender.edit(destination, edits, self._compose(event), urgent=False), batch)
        if isinstance(event, AMENDING):
            return await self._amend(destination, message, event)
        if matter_of(event) is not None:
            return replace(await self._send_merged(destination, burst), messages=batch)
        urgent = isinstance(event, WAITED_FOR)
        return _Told(await self._sender.send(destination, self._one_message(burst), urgent=urgent), batch)

    def _one_message(self, burst: list[OutboxMessage]) -> Content:
        """What several say, in one message."""
        contents = [self._compose(message.event) for message in burst]
        is_silent = burst[0].is_muted or all(content.is_silent for content in contents)
        # Under lines about several doors one could not tell which door a button opens.
        keyboard = contents[-1].keyboard if len({doors_of(message.event) for message in burst}) == 1 else None
        text = "\n".join(content.text for content in contents)
        return replace(contents[-1], text=text, keyboard=keyboard, is_silent=is_silent)

    async def _send_merged(self, destination: Destination, burst: list[OutboxMessage]) -> "_Told":
        """A matter has at most one message a minute, which grows meanwhile; what is said again takes its place."""
        contents, now = [self._compose(message.event) for message in burst], self._clock.datetime()
        texts, newest = tuple(content.text for content in contents), burst[-1].event
        earlier = await self._notices.earlier(burst[0])
        if replaces(newest):
            texts = texts[-1:]
        elif earlier and joins(burst[0].event) and now - earlier.sent_at < GROWS:
            texts = (*earlier.texts, *texts)
        else:
            earlier = None
        is_silent = burst[0].is_muted or all(content.is_silent for content in contents)
        content = replace(contents[-1], text=self._merge(texts), is_silent=is_silent)
        # The line of who is on it stands under the sentence, and would go with it.
        if taken := await self._notices.alerts.acknowledged(newest):
            content = self._with_line(content.text, taken, is_silent=is_silent)
        told = NoticeMessage(0, texts, earlier.sent_at if earlier else now, alert_of(newest) is not None)
        if earlier is None:
            number = await self._sender.send(destination, content, urgent=False)
        else:
            number = await self._sender.edit(destination, earlier.number, content, urgent=False)
        return _Told(number, burst, replace(told, number=number))

    async def _amend(self, destination: Destination, message: OutboxMessage, event: Event) -> "_Told":
        """A line under what was told of the matter, where it was told."""
        earlier, is_taken = await self._notices.earlier(message), isinstance(event, AlertAcknowledged)
        is_over = is_taken and await self._notices.alerts.acknowledged(event) is None
        # Somebody pressed "I'm on it" just before the fault ended: the message must not say so after its end.
        if earlier is None or not earlier.is_alert or is_over:
            return _Told(None, [message])
        content = self._with_line(self._merge(earlier.texts), event, is_silent=True)
        number = await self._sender.edit(destination, earlier.number, content, urgent=False)
        return _Told(number, [message], replace(earlier, number=number, is_alert=is_taken))

    def _with_line(self, text: str, event: Event, *, is_silent: bool) -> Content:
        line = self._compose(event)
        return replace(line, text=f"{text}\n{line.text}", is_silent=is_silent)

    async def _stop(self, message: OutboxMessage, error: Undeliverable) -> None:
        """A chat or topic that is gone gets no more notices; where the bot may not write just now, they wait."""
        place, why = _place(message), STOPPED.get(error.obstacle)
        if self._repair and error.obstacle in OF_TOPICS and await self._repair(place, error.obstacle):
            return
        log.warning("chat %d cannot be told: %s", message.chat_id, error)
        # Once a place, as it is tried again every ten minutes.
        if why and place not in self._stopped:
            await self._notices.stopped(*place, why, at=self._clock.datetime())
            self._stopped.add(place)
        if self._not_reached and error.obstacle is Obstacle.GONE:
            await self._not_reached(message)
        if error.obstacle is Obstacle.GONE:
            await self._notices.gone(message.chat_id)
        elif error.obstacle in WAITS:
            self._pause(message, STOPPED_SECONDS)
        else:
            if error.obstacle is Obstacle.TOPIC_DELETED:
                await self._notices.subscriptions.end(*place)
            # A panel may have found out first that the topic was deleted: then a new one is there, and this goes to it.
            await self._notices.drop(message)

    def _pause(self, message: OutboxMessage, seconds: float) -> None:
        # At least a little: a loop that is told "at once" again and again would spin.
        self._not_before[_place(message)] = self._clock.boot() + max(seconds, 0.1)


@dataclass(frozen=True, slots=True)
class _Told:
    """What one message of Telegram's told."""

    number: int | None
    """None: whoever should have been told may not hear of it any more."""
    messages: list[OutboxMessage]
    notice: NoticeMessage | None = None


def _place(message: OutboxMessage) -> Place:
    return message.chat_id, message.thread_id
