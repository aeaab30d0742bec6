"""The space: the first who comes opens it, and when all doors are closed it asks whether anybody is left."""

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.clock import Clock
from bot.domain.actions import Action
from bot.domain.commands import DenialReason
from bot.domain.doors import Doors
from bot.domain.events import Event, SpaceAsked, SpaceClosed, SpaceHeld, SpaceOpened
from bot.domain.people import Rights
from bot.domain.policy import Denied, Moment, decide
from bot.domain.spaces import ANSWER_WITHIN, STAYS, ClosingItem, Opening, SpaceProfile, SpaceState, spaceapi
from bot.notices import Notices
from bot.space.file import write_whole
from storage import Storage

log = logging.getLogger("latchkey.space")


class Space:
    """What people say of it may be said by whoever may open one of its doors: the others raise Denied."""

    def __init__(self, storage: Storage, doors: Doors, notices: Notices, clock: Clock, profile: SpaceProfile) -> None:
        self.profile = profile
        self._storage = storage
        self._doors = doors
        self._notices = notices
        self._clock = clock
        self._published = ""

    async def look(self) -> None:
        """Whether it opened, is empty, or has nobody who answers: looked at twice a minute."""
        # All of it from one row and the clock, not from timers: a restart forgets no question and asks none twice.
        now = self._clock.datetime()
        async with self._storage.transaction():
            state = await self.state()
            if state.is_open:
                await self._look_for_anybody(state, now)
            else:
                await self._look_for_the_first(state, now)
        await self._publish()

    async def state(self) -> SpaceState:
        """At the first start it is closed."""
        found = await self._storage.space.get()
        if found is None:
            found = SpaceState(is_open=False, changed_at=self._clock.datetime())
            await self._storage.space.save(found)
        return found

    async def items(self) -> list[ClosingItem]:
        return await self._storage.space.items()

    async def open_doors(self) -> list[str]:
        return [one.door for one in await self._storage.open_doors.all() if self._doors.get(one.door)]

    async def ask_in(self, rights: Rights, chat_id: int, thread_id: int | None, *, now: Moment) -> None:
        """Owners choose the chat in which it is asked."""
        _judge_owner(rights, now)
        async with self._storage.transaction():
            await self._storage.space.save(replace(await self.state(), chat_id=chat_id, thread_id=thread_id))

    async def set_items(self, rights: Rights, texts: Sequence[str], *, now: Moment) -> None:
        """Owners write the closing list."""
        _judge_owner(rights, now)
        async with self._storage.transaction():
            await self._storage.space.set_items(texts)

    async def tick(self, rights: Rights, number: int, by: str | None) -> None:
        """`by` None: it is not done after all."""
        self._judge(rights)
        await self._storage.space.tick(number, by)

    async def open(self, rights: Rights, by: str) -> bool:
        """False: it is open already."""
        self._judge(rights)
        async with self._storage.transaction():
            state = await self.state()
            if not state.is_open:
                await self._open(state, by=by, door=None, at=self._clock.datetime(), person_id=rights.person_id)
        await self._publish()
        return not state.is_open

    async def close(self, rights: Rights, by: str) -> bool:
        """False: it is closed already."""
        self._judge(rights)
        async with self._storage.transaction():
            state = await self.state()
            if state.is_open:
                await self._close(state, by=by, at=self._clock.datetime(), person_id=rights.person_id)
        await self._publish()
        return state.is_open

    async def stay(self, rights: Rights, by: str, stay: str) -> bool:
        """Somebody is still there, and is asked again later. False: nobody asks."""
        self._judge(rights)
        now = self._clock.datetime()
        async with self._storage.transaction():
            state = await self.state()
            # A button of an older question stays in the chat, and can be pressed for years.
            if state.asked_at is None:
                return False
            until = now + STAYS[stay]
            await self._storage.space.save(replace(state, asked_at=None, held_until=until))
            await self._tell(state, SpaceHeld(by=by, until=until, at=now))
        return True

    async def _look_for_the_first(self, state: SpaceState, now: datetime) -> None:
        after = state.opens_after
        asked = await self._storage.space.first_opening(after=after)
        seen = [
            Opening(door=one.door, at=one.since)
            for one in await self._storage.open_doors.all()
            if one.since > after and self._doors.get(one.door)
        ]
        # The bot's own opening is seen as well: of the two it knows who it was.
        openings = sorted([*([asked] if asked else []), *seen], key=lambda one: (one.at, one.by is None))
        if openings:
            first = openings[0]
            await self._open(state, by=first.by, door=first.door, at=first.at, person_id=None)

    async def _look_for_anybody(self, state: SpaceState, now: datetime) -> None:
        # A door may have been opened and closed again between two looks: somebody came in all the same.
        last = await self._storage.space.last_opening(after=state.empty_since) if state.empty_since else None
        if await self.open_doors() or last:
            await self._somebody_came(state, empty_since=last.at if last else None, now=now)
            return
        empty_since = state.empty_since or now
        if state.asked_at and now - state.asked_at >= ANSWER_WITHIN:
            await self._close(state, by=None, at=now, person_id=None)
        elif state.asked_at is None and now >= max(state.held_until or now, empty_since + self.profile.ask_after):
            await self._storage.space.save(replace(state, empty_since=empty_since, asked_at=now, held_until=None))
            await self._tell(state, SpaceAsked(at=now))
        elif state.empty_since is None:
            await self._storage.space.save(replace(state, empty_since=empty_since))

    async def _somebody_came(self, state: SpaceState, *, empty_since: datetime | None, now: datetime) -> None:
        if state.empty_since == empty_since and state.asked_at is None:
            return  # Nothing changed: an open door is looked at twice a minute, and written down once.
        await self._storage.space.save(replace(state, empty_since=empty_since, asked_at=None))
        if state.asked_at:
            await self._tell(state, SpaceHeld(by=None, until=None, at=now))

    async def _open(
        self, state: SpaceState, *, by: str | None, door: str | None, at: datetime, person_id: int | None
    ) -> None:
        # A new state but for the chat: a question or a stay of the last time means nothing any more.
        opened = SpaceState(
            is_open=True, changed_at=at, by=by, door=door, chat_id=state.chat_id, thread_id=state.thread_id
        )
        await self._storage.space.save(opened)
        await self._storage.space.untick_all()
        await self._storage.journal.append("space opened", at=at, person_id=person_id, door=door, name=by)
        await self._tell(state, SpaceOpened(space=self.profile.name, by=by, door=door, at=at))

    async def _close(self, state: SpaceState, *, by: str | None, at: datetime, person_id: int | None) -> None:
        closed = SpaceState(is_open=False, changed_at=at, by=by, chat_id=state.chat_id, thread_id=state.thread_id)
        await self._storage.space.save(closed)
        await self._storage.journal.append("space closed", at=at, person_id=person_id, name=by)
        event = SpaceClosed(
            space=self.profile.name, by=by, at=at, is_answer=state.asked_at is not None,
            doors=tuple(await self.open_doors()), items=tuple(await self.items()),
        )  # fmt: skip
        await self._tell(state, event)

    async def _tell(self, state: SpaceState, event: Event) -> None:
        if state.chat_id is None:
            await self._notices.tell_owners(event)
        else:
            await self._notices.tell_chat(state.chat_id, state.thread_id, event)

    async def _publish(self) -> None:
        # After the transaction: a disk that is slow here holds up no door.
        text = json.dumps(spaceapi(self.profile, await self.state()), indent=1, ensure_ascii=False)
        if self.profile.file is None or text == self._published:
            return
        try:
            await asyncio.to_thread(write_whole, self.profile.file, text)
        except OSError as error:
            # The next look tries again; nobody's door depends on it.
            log.error("the SpaceAPI file cannot be written: %s", error)  # noqa: TRY400
        else:
            self._published = text

    def _judge(self, rights: Rights) -> None:
        now = self._clock.moment()
        # A right that wants a one-time code is a right as well, and nothing moves here: `is_proved`.
        verdicts = (decide(rights, door=door.name, action=Action.OPEN, now=now, is_proved=True) for door in self._doors)
        if not any(verdict.allowed for verdict in verdicts):
            raise Denied(DenialReason.NO_RIGHT)


def _judge_owner(rights: Rights, now: Moment) -> None:
    # To be asked is to be told: whoever may choose chats for notices may choose this one.
    verdict = decide(rights, action=Action.SUBSCRIBE, now=now)
    if verdict.reason:
        raise Denied(verdict.reason)
