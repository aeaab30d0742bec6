"""The daily digest at the hour that each chat chose, and now and then the journal's head for everybody who listens."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.domain.daily import DailyTime
from bot.domain.events import Digest, HeadTold, JournalHead
from bot.domain.journal import Seal
from bot.domain.notices import DigestReader, Group, Kind
from bot.domain.people import Rights
from bot.domain.policy import Moment
from bot.history.digest import DigestWriter
from bot.notices import Notices
from storage import Storage

USUAL_MINUTE = 8 * 60
DAY = timedelta(days=1)
# So often that a receipt can lead to a head that somebody outside this machine holds.
HEAD_AGAIN = timedelta(days=7)


class DailyDigests:
    """Once a day, and only if there is something to say; what is on disk says up to when each chat was told."""

    def __init__(self, storage: Storage, writer: DigestWriter, notices: Notices, clock: Clock, zone: ZoneInfo) -> None:
        self._storage = storage
        self._writer = writer
        self._notices = notices
        self._clock = clock
        self._zone = zone

    async def tell_due(self) -> None:
        now = self._clock.datetime()
        readers = await self._storage.digests.readers(usual_minute=USUAL_MINUTE)
        owners = await self._notices.owners() if readers else frozenset()
        for reader in readers:
            # Whoever has just asked for it is told of what comes, and not of all that ever was.
            if reader.told_at is None:
                await self._storage.digests.told(reader.chat_id, reader.thread_id, now)
            # By when it was due last, and not by the minute: after an outage it comes late, and once.
            elif reader.added_by in owners and DailyTime(reader.minute, self._zone).last(now) > reader.told_at:
                await self._tell(reader, reader.told_at, now)
        await self._storage.digests.forget_others()

    async def _tell(self, reader: DigestReader, since: datetime, now: datetime) -> None:
        digest = await self._writer.write(since, now)
        if not digest.says_nothing:
            # Before the transaction: the first seal of a house reads its whole journal.
            seal = await self._storage.seals.seal(at=now) or await self._storage.seals.newest()
            digest = replace(digest, head=_head(seal) if seal else None)
        async with self._storage.transaction():
            # Also where there is nothing to say: the next one begins here.
            await self._storage.digests.told(reader.chat_id, reader.thread_id, now)
            if not digest.says_nothing:
                await self._notices.tell_subscriber(
                    reader.chat_id, reader.thread_id, digest, subscriber=reader.added_by
                )
            if digest.head:
                await self._storage.digests.head_told(digest.head.number, now)

    async def tell_head(self, seal: Seal) -> None:
        last, first = await self._storage.digests.newest_told_head(), await self._storage.seals.first_after(0)
        since = last[1] if last else first.at if first else seal.at
        if seal.at - since < HEAD_AGAIN:
            return
        async with self._storage.transaction():
            if await self._notices.tell_groups(HeadTold(head=_head(seal), at=seal.at)):
                await self._storage.digests.head_told(seal.seq, seal.at)

    async def preview(self, chat_id: int, thread_id: int | None) -> Digest:
        """What would be told now; of a chat that gets none, of the last day."""
        now, reader = self._clock.datetime(), await self._reader(chat_id, thread_id)
        return await self._writer.write((reader and reader.told_at) or now - DAY, now)

    async def minute(self, chat_id: int, thread_id: int | None) -> int | None:
        """At which minute of the local day the chat gets it; None: never."""
        reader = await self._reader(chat_id, thread_id)
        return reader.minute if reader else None

    async def turn_on(self, rights: Rights, group: Group, *, minute: int, now: Moment) -> None:
        """A chat that hears of nothing else hears of the digest alone. Raises Denied."""
        subscriptions = self._notices.subscriptions
        async with self._storage.transaction():
            await subscriptions.subscribe(rights, replace(group, kinds=frozenset({Kind.DIGEST})))
            found = await subscriptions.find(group.chat_id, group.thread_id) or group
            await subscriptions.choose(rights, found, now, kinds=found.kinds | {Kind.DIGEST}, quiet=found.quiet)
            await self._storage.digests.set_minute(group.chat_id, group.thread_id, minute)

    async def turn_off(self, rights: Rights, chat_id: int, thread_id: int | None, *, now: Moment) -> None:
        """Raises Denied."""
        subscriptions = self._notices.subscriptions
        found = await subscriptions.find(chat_id, thread_id)
        if found is None:
            return
        kinds = found.kinds - {Kind.DIGEST}
        # A chat that heard of nothing else is no subscriber any more.
        if kinds or found.doors:
            await subscriptions.choose(rights, found, now, kinds=kinds, quiet=found.quiet)
        else:
            await subscriptions.unsubscribe(rights, chat_id, thread_id, now)

    async def _reader(self, chat_id: int, thread_id: int | None) -> DigestReader | None:
        readers = await self._storage.digests.readers(usual_minute=USUAL_MINUTE)
        return next((one for one in readers if (one.chat_id, one.thread_id) == (chat_id, thread_id)), None)


def _head(seal: Seal) -> JournalHead:
    return JournalHead(number=seal.seq, hash=seal.hash)
