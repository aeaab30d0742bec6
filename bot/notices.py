"""Who is told about what: turns what happened into notices in the outbox, in the caller's transaction."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime

from bot.doors import Door
from bot.people import NotAnOwner
from storage import Storage
from storage.records import Command, Grant, Group, Json, Letter, to_ms


class Notices:
    """A notice is data; its sentence is made where it is delivered."""

    def __init__(self, storage: Storage, owner_ids: frozenset[int]) -> None:
        self._storage = storage
        self._owner_ids = owner_ids

    async def commanded(self, command: Command, door: Door, *, result: str, at: datetime) -> None:
        """A door moved, or may have, because somebody asked the bot. Where they asked, the answer says so already."""
        notice = self._about(door, "command", at) | {
            "action": command.action,
            "result": result,
            "by": command.person_name,
        }
        await self.groups(notice, at=at, but=lambda g: (g.chat_id, g.thread_id) == (command.chat_id, command.thread_id))
        if result == "unknown":
            await self._private(self._owner_ids - {command.person_id}, notice, at=at)

    async def recovered(self, command: Command, title: str, *, at: datetime) -> None:
        """A command had no outcome when the bot stopped: its caller, the owners and the groups are told."""
        notice: dict[str, Json] = {
            "event": "recovered",
            "title": title,
            "action": command.action,
            "by": command.person_name,
            "at": to_ms(command.started_at),
        }
        await self._storage.outbox.put(command.chat_id, command.thread_id, notice, at=at)
        await self._private(self._owner_ids - {command.chat_id}, notice, at=at)
        await self.groups(notice, at=at, but=lambda group: group.chat_id == command.chat_id)

    async def changed(self, door: Door, change: str, *, at: datetime, **detail: Json) -> None:
        """A reading differs from what the groups were last told."""
        await self.groups(self._about(door, change, at) | detail, at=at)

    async def reminded(self, door: Door, sentence: str, *, at: datetime) -> None:
        """The owners must see to a lock some time soon."""
        await self._private(self._owner_ids, self._about(door, "reminder", at) | {"why": sentence}, at=at)

    async def owners(self, event: str, *, at: datetime, **detail: Json) -> None:
        notice: dict[str, Json] = {"event": event, "at": to_ms(at), **detail}
        await self._private(self._owner_ids, notice, at=at)

    async def granted(self, grant: Grant, title: str | None, *, at: datetime) -> None:
        """The person is told of a new right; those who never started the bot cannot be."""
        notice: dict[str, Json] = {
            "event": "granted",
            "title": title,
            "actions": sorted(grant.actions),
            "until": to_ms(grant.ends_at),
        }
        await self._private([grant.person_id], notice, at=at)

    async def answer(self, chat_id: int, thread_id: int | None, text: str, *, edits: int | None, at: datetime) -> int:
        """An answer that did not get through: delivered later, as an edit of the message `edits` if there is one.

        The number it is withdrawn by, should something newer be said meanwhile.
        """
        return await self._storage.outbox.put(
            chat_id, thread_id, {"event": "answer", "text": text, "edits": edits, "at": to_ms(at)}, at=at
        )

    async def withdraw(self, letter_id: int) -> None:
        await self._storage.outbox.delivered(letter_id)

    async def subscribe(self, group: Group) -> None:
        """Raises NotAnOwner if the one who added the group is none."""
        if group.added_by not in self._owner_ids:
            raise NotAnOwner("only owners have groups told")
        await self._storage.groups.save(group)

    async def unsubscribe(self, chat_id: int, thread_id: int | None) -> bool:
        """False if the chat was not told anything anyway."""
        return await self._storage.groups.remove(chat_id, thread_id)

    async def is_subscribed(self, chat_id: int, thread_id: int | None) -> bool:
        return any((g.chat_id, g.thread_id) == (chat_id, thread_id) for g in await self._storage.groups.everyone())

    async def moved(self, old: int, new: int) -> None:
        """A group became a supergroup and has a new id."""
        await self._storage.groups.migrate(old, new)

    async def gone(self, chat_id: int) -> None:
        """The chat cannot be written to any more."""
        async with self._storage.transaction():
            await self._storage.groups.forget(chat_id)
            await self._storage.outbox.forget(chat_id)

    async def heads(self) -> list[Letter]:
        """The oldest waiting letter of every chat."""
        return await self._storage.outbox.heads()

    async def delivered(self, letter: Letter) -> None:
        await self._storage.outbox.delivered(letter.id)

    async def failed(self, letter: Letter) -> None:
        await self._storage.outbox.failed(letter.id)

    async def wait(self, seconds: float) -> None:
        """Until something new is in the outbox, or at most so long."""
        filled = self._storage.outbox.filled
        with suppress(TimeoutError):
            # Not wait_for: on Python 3.11 it forgets a cancellation that comes together with the event.
            async with asyncio.timeout(seconds):
                await filled.wait()
        filled.clear()

    async def groups(
        self, notice: dict[str, Json], *, at: datetime, but: Callable[[Group], bool] = lambda group: False
    ) -> None:
        for group in await self._storage.groups.everyone():
            if not but(group):
                await self._storage.outbox.put(group.chat_id, group.thread_id, notice, at=at)

    async def _private(self, people: Iterable[int], notice: dict[str, Json], *, at: datetime) -> None:
        for person in sorted(people):
            await self._storage.outbox.put(person, None, notice, at=at)

    def _about(self, door: Door, event: str, at: datetime) -> dict[str, Json]:
        return {"event": event, "door": door.name, "title": door.title, "at": to_ms(at)}
