"""Events that wait to be told; each stays until its chat has it or can never have it."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.domain.events import Event
from bot.domain.hearing import doors_of
from bot.domain.notices import FOR_EVERYBODY, Kind, OutboxMessage, is_alarm, is_quiet, kinds_of
from bot.domain.times import to_ms
from storage.database import Database, Row
from storage.encoding import decode_event, encode_event

NOON = 12 * 60
SUBSCRIPTION = "LEFT JOIN subscriptions s ON s.chat_id = o.chat_id AND s.thread_id = coalesce(o.thread_id, 0)"
log = logging.getLogger("latchkey.storage")


class StoredOutbox:
    def __init__(self, database: Database) -> None:
        self._database = database
        # Set whenever something is put in; whoever empties the outbox clears it.
        self.filled = asyncio.Event()

    async def put(
        self,
        chat_id: int,
        thread_id: int | None,
        event: Event,
        *,
        can_pause: bool = False,
        subscriber: int | None = None,
    ) -> int:
        """The id of the new message. `can_pause`: it waits where the chat wants to hear nothing for a while."""
        (message_id,) = await self._database.one(
            "INSERT INTO outbox (chat_id, thread_id, event, can_pause, subscriber) VALUES ($1, $2, $3, $4, $5)"
            " RETURNING id",
            chat_id,
            thread_id,
            encode_event(event),
            int(can_pause),
            subscriber,
        )
        self.filled.set()
        return int(message_id)

    async def put_for_groups(
        self,
        event: Event,
        *,
        added_by: Iterable[int],
        except_chat: int | None = None,
        except_topic: int | None = None,
        except_person: int | None = None,
    ) -> frozenset[int]:
        """For every chat that wants to hear of such things at such a door; gives back which chats that are.

        Without the chat `except_chat`, or without this topic of it alone (0: what is in no topic), and without the own
        chat of `except_person`.
        """
        # One statement, as it stands in the transaction that ends a command. Whether whoever subscribed still has the
        # right is asked when it is delivered: what waits for quiet hours to end may outlast a right.
        owners, doors = list(added_by), doors_of(event)
        if not owners:
            return frozenset()
        owned = f"s.added_by IN ({', '.join(f'${number}' for number, _ in enumerate(owners, 7))})"
        first_door = 7 + len(owners)
        kinds = kinds_of(event)
        wanted = f"{owned} AND {_wants(kinds, doors, first_door)}"
        # People who are no owners subscribe for their own chat alone, and hear of doors alone.
        if doors and (for_everybody := kinds & FOR_EVERYBODY):
            wanted += f" OR s.chat_id = s.added_by AND NOT {owned} AND {_wants(for_everybody, doors, first_door)}"
        put = await self._database.rows(
            "INSERT INTO outbox (chat_id, thread_id, event, can_wait, can_pause, subscriber)"
            " SELECT s.chat_id, nullif(s.thread_id, 0), $1, $4, $6, s.added_by"
            f" FROM subscriptions s WHERE ({wanted})"
            " AND NOT (s.chat_id = $2 AND s.thread_id = coalesce($3, s.thread_id)) AND s.chat_id <> $5"
            " ORDER BY s.added_at, s.chat_id, s.thread_id RETURNING chat_id",
            encode_event(event),
            except_chat or 0,
            except_topic,
            int(is_quiet(event)),
            except_person or 0,
            int(not is_alarm(event)),
            *owners,
            *doors,
        )
        if put:
            self.filled.set()
        return frozenset(chat_id for (chat_id,) in put)

    async def put_for_told(self, event: Event, matter: str) -> None:
        """For every chat whose message about this matter tells of a fault that stands."""
        put = await self._database.rows(
            "INSERT INTO outbox (chat_id, thread_id, event, subscriber) SELECT n.chat_id, nullif(n.thread_id, 0), $1,"
            " s.added_by FROM notice_messages n"
            " LEFT JOIN subscriptions s ON s.chat_id = n.chat_id AND s.thread_id = n.thread_id"
            " WHERE n.matter = $2 AND n.is_alert = 1 RETURNING id",
            encode_event(event),
            matter,
        )
        if put:
            self.filled.set()

    async def next_per_chat(self, *, minute: int = NOON, now: datetime | None = None) -> list[OutboxMessage]:
        """The oldest waiting message of every chat, or of every topic of a chat that has topics.

        `minute` of the local day: where it is among the quiet hours, what can wait does. So does what can pause where
        that is paused at `now`.
        """
        rows = await self._database.rows(
            "SELECT o.id, o.chat_id, o.thread_id, o.event, o.subscriber,"
            " o.can_pause = 1 AND coalesce(s.muted_until, 0) > $2 FROM outbox o"
            # One for each place: a chat that has to wait holds up no other, and what it is told keeps its order.
            f" {SUBSCRIPTION} WHERE o.id IN (SELECT min(o.id) FROM outbox o {SUBSCRIPTION}"
            " WHERE (o.can_wait = 0 OR s.quiet_from IS NULL OR NOT CASE WHEN s.quiet_from <= s.quiet_until"
            " THEN $1 >= s.quiet_from AND $1 < s.quiet_until ELSE $1 >= s.quiet_from OR $1 < s.quiet_until END)"
            " AND (o.can_pause = 0 OR coalesce(s.paused_until, 0) <= $2)"
            " GROUP BY o.chat_id, o.thread_id) ORDER BY o.id",
            minute,
            to_ms(now) or 0,
        )
        return await self._messages(rows)

    async def after(self, message: OutboxMessage, *, count: int) -> list[OutboxMessage]:
        """What waits for the same chat or topic behind this message."""
        rows = await self._database.rows(
            "SELECT id, chat_id, thread_id, event, subscriber, 0 FROM outbox"
            f" WHERE chat_id = $1 AND coalesce(thread_id, 0) = $2 AND id > $3 ORDER BY id LIMIT {count}",
            message.chat_id,
            message.thread_id or 0,
            message.id,
        )
        return await self._messages(rows)

    async def _messages(self, rows: list[Row]) -> list[OutboxMessage]:
        messages = []
        for message_id, chat_id, thread_id, text, subscriber, is_muted in rows:
            if event := await self._decode(message_id, text):
                messages.append(
                    OutboxMessage(
                        id=message_id, chat_id=chat_id, thread_id=thread_id, event=event, subscriber=subscriber,
                        is_muted=bool(is_muted),
                    )
                )  # fmt: skip
        return messages

    async def _decode(self, message_id: int, text: str) -> Event | None:
        """None if this version cannot read it."""
        # It is removed, or its chat would never hear anything again: messages of a chat leave in their order.
        try:
            return decode_event(text)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            log.error("message %d of the outbox cannot be read and is removed: %r", message_id, error)  # noqa: TRY400
            await self.remove(message_id)
            return None

    async def remove(self, *message_ids: int) -> None:
        placeholders = ", ".join(f"${number}" for number, _ in enumerate(message_ids, 1))
        await self._database.rows(f"DELETE FROM outbox WHERE id IN ({placeholders})", *message_ids)

    async def drop(self, message: OutboxMessage) -> None:
        """It cannot be told there. One that was moved to another topic meanwhile stays."""
        await self._database.rows(
            "DELETE FROM outbox WHERE id = $1 AND coalesce(thread_id, 0) = $2", message.id, message.thread_id or 0
        )

    async def remove_held(self, chat_id: int, thread_id: int | None) -> None:
        """Nobody wants to hear any more what waits for the end of a pause or of quiet hours."""
        await self._database.rows(
            "DELETE FROM outbox WHERE chat_id = $1 AND coalesce(thread_id, 0) = $2 AND can_pause = 1",
            chat_id,
            thread_id or 0,
        )

    async def empty(self) -> None:
        await self._database.rows("DELETE FROM outbox")

    async def remove_chat(self, chat_id: int) -> None:
        """The chat can no longer be written to: nothing waits for it any more."""
        await self._database.rows("DELETE FROM outbox WHERE chat_id = $1", chat_id)


# The rest of the chat is not told of a door that has a topic, unless that was chosen.
TOLD_IN_ITS_TOPIC = (
    "SELECT 1 FROM door_topics t JOIN subscriptions u ON u.chat_id = t.chat_id AND u.thread_id = t.thread_id"
    " WHERE t.chat_id = s.chat_id AND t.door = n.door"
)


def _wants(kinds: Iterable[Kind], doors: Sequence[str], first_door: int) -> str:
    """Whether a subscription `s` holds one of the kinds, at one of the doors where the event is about doors."""
    named = " UNION ALL ".join(f"SELECT ${number} AS door" for number, _ in enumerate(doors, first_door))
    if not named:
        return _holds("s.kinds", kinds)
    return (
        f"EXISTS (SELECT 1 FROM ({named}) n LEFT JOIN subscription_doors d ON d.chat_id = s.chat_id"
        f" AND d.thread_id = s.thread_id AND d.door = n.door WHERE {_holds('coalesce(d.kinds, s.kinds)', kinds)}"
        f" AND (d.door IS NOT NULL OR NOT EXISTS ({TOLD_IN_ITS_TOPIC})))"
    )


def _holds(column: str, kinds: Iterable[Kind]) -> str:
    return "(" + " OR ".join(f"',' || {column} || ',' LIKE '%,{kind},%'" for kind in sorted(kinds)) + ")"
