"""Which chats want to hear what: chosen by owners for groups, and by everybody for their own chat."""

from datetime import datetime

from bot.domain.actions import Action
from bot.domain.commands import DenialReason
from bot.domain.hearing import may_hear_anything
from bot.domain.notices import AT_FIRST, FOR_EVERYBODY, Group, Kind, QuietHours
from bot.domain.people import Rights
from bot.domain.policy import Denied, Moment, decide
from bot.domain.times import to_ms
from storage import Storage


class Subscriptions:
    """Whoever changes something is judged here: raises Denied."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def subscribe(self, rights: Rights, group: Group) -> None:
        """A chat that is told already keeps what it chose."""
        judge(rights, group.chat_id, Moment.exactly(group.added_at))
        await self._storage.groups.save(group)

    async def turn_on(self, rights: Rights, group: Group) -> None:
        """One that hears of no door, as it has the digest alone, hears from now on what a new one does."""
        async with self._storage.transaction():
            await self.subscribe(rights, group)
            found = await self.find(group.chat_id, group.thread_id) or group
            # Or somebody would read that notices are on, and hear of nothing.
            if found.kinds <= {Kind.DIGEST} and not found.doors:
                kinds = _heard(rights, found.kinds | AT_FIRST)
                await self._storage.groups.choose(group.chat_id, group.thread_id, kinds=kinds, quiet=found.quiet)

    async def choose(
        self, rights: Rights, group: Group, now: Moment, *, kinds: frozenset[Kind], quiet: QuietHours | None
    ) -> None:
        judge(rights, group.chat_id, now)
        await self._storage.groups.choose(group.chat_id, group.thread_id, kinds=_heard(rights, kinds), quiet=quiet)

    async def choose_at(
        self, rights: Rights, group: Group, now: Moment, door: str, *, kinds: frozenset[Kind] | None
    ) -> None:
        """`kinds` None: the door is told of like the others."""
        judge(rights, group.chat_id, now)
        chosen = None if kinds is None else _heard(rights, kinds)
        await self._storage.groups.choose_at(group.chat_id, group.thread_id, door, kinds=chosen)

    async def mute(self, rights: Rights, group: Group, now: Moment, *, until: datetime | None) -> None:
        """`until` None: no longer."""
        judge(rights, group.chat_id, now)
        async with self._storage.transaction():
            await self._storage.groups.mute(group.chat_id, group.thread_id, until)
            await self._journal("notices muted", rights, group, now, until)

    async def pause(self, rights: Rights, group: Group, now: Moment, *, until: datetime | None) -> None:
        """`until` None: no longer; what waited is told now."""
        judge(rights, group.chat_id, now)
        async with self._storage.transaction():
            await self._storage.groups.pause(group.chat_id, group.thread_id, until)
            await self._journal("notices paused", rights, group, now, until)
        # What waited may be due now, and nothing new comes in that would wake whoever delivers.
        self._storage.outbox.filled.set()

    async def _journal(self, kind: str, rights: Rights, group: Group, now: Moment, until: datetime | None) -> None:
        await self._storage.journal.append(
            kind, at=now.latest, person_id=rights.person_id, chat_id=group.chat_id, until=to_ms(until)
        )

    async def find(self, chat_id: int, thread_id: int | None) -> Group | None:
        groups = await self._storage.groups.all()
        return next((group for group in groups if (group.chat_id, group.thread_id) == (chat_id, thread_id)), None)

    async def all(self) -> list[Group]:
        return await self._storage.groups.all()

    async def unsubscribe(self, rights: Rights, chat_id: int, thread_id: int | None, now: Moment) -> None:
        judge(rights, chat_id, now)
        await self.end(chat_id, thread_id)

    async def end(self, chat_id: int, thread_id: int | None) -> None:
        """The topic is gone, or somebody wants to hear nothing more."""
        async with self._storage.transaction():
            await self._storage.groups.remove(chat_id, thread_id)
            # Without a subscription nothing holds it back: a chat that wants to hear nothing would be told at once.
            await self._storage.outbox.remove_held(chat_id, thread_id)


def judge(rights: Rights, chat_id: int, now: Moment) -> None:
    """Owners choose for every chat, others for their own, as long as there is a door that they may hear of."""
    verdict = decide(rights, action=Action.SUBSCRIBE, now=now)
    if verdict.allowed or (chat_id == rights.person_id and may_hear_anything(rights, now)):
        return
    is_own = chat_id == rights.person_id and rights.known
    raise Denied(DenialReason.NO_RIGHT if is_own else verdict.reason or DenialReason.OWNERS_ONLY)


def _heard(rights: Rights, kinds: frozenset[Kind]) -> frozenset[Kind]:
    # What is chosen may come from a button, and buttons carry what a client sends.
    return kinds if rights.is_owner else kinds & FOR_EVERYBODY
