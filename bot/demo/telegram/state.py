"""The state of a small Telegram: who is there, what was written, and the log of everything that happened."""

import itertools
import json
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.demo.telegram.bell import Bell, heard
from bot.demo.telegram.faults import Faults
from bot.demo.telegram.flood import Flood
from bot.demo.telegram.ledger import Ledger
from bot.demo.telegram.records import Chat, Message, Person
from bot.demo.telegram.updates import Updates
from bot.demo.telegram.views import message_view
from bot.demo.telegram.wire import Impossible, Json, Refused

MESSAGE_LIFE = 86400
QUERY_LIFE = 150
# Wherever a test starts, ids look nothing like 1, 2, 3, so that no code relies on small ones.
FIRST_UPDATE_ID = 800_000_001


@dataclass(frozen=True, slots=True)
class Call:
    """One Bot API call with its answer; exactly one of result and error is there."""

    at: float
    method: str
    params: Json
    result: Any = None
    error: Json | None = None

    def json(self) -> Json:
        answer = {"error": self.error} if self.error else {"result": self.result}
        return {"at": self.at, "method": self.method, "params": self.params, **answer}


@dataclass(kw_only=True)
class Query:
    """A pressed button that waits for its answer."""

    id: str
    person: int
    message: Message
    at: float
    answered: bool = False


@dataclass(kw_only=True)
class Notes:
    """What the bot told Telegram about itself."""

    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)


class State:
    def __init__(
        self,
        token: str,
        username: str = "latchkey_demo_bot",
        *,
        clock: Callable[[], float] = time.time,
        ledger: Path | None = None,
        privacy: bool = True,
        realistic_polling: bool = False,
        flood_limits: bool = False,
        first_update_id: int = FIRST_UPDATE_ID,
    ) -> None:
        self.token = token
        self.username = username
        self.clock = clock
        self.privacy = privacy
        self.bell = Bell()
        self.events: list[Json] = []
        self.ledger = Ledger(ledger) if ledger else None
        self.updates = Updates(
            clock, self.bell, realistic=realistic_polling, first_id=first_update_id, forgotten=self.forgotten
        )
        self.flood_limits = flood_limits
        self._message_ids = itertools.count(1)
        self._query_ids = itertools.count(1)
        self._blank()

    def _blank(self) -> None:
        self.people: dict[int, Person] = {}
        self.chats: dict[int, Chat] = {}
        self.queries: dict[str, Query] = {}
        self.calls: list[Call] = []
        self.faults = Faults()
        self.flood = Flood() if self.flood_limits else None
        self.notes = Notes()

    @property
    def now(self) -> int:
        return int(self.clock())

    @property
    def bot_id(self) -> int:
        head = self.token.partition(":")[0]
        return int(head) if head.isdecimal() else 100_000_001

    def bot_user(self) -> Json:
        return {"id": self.bot_id, "is_bot": True, "first_name": "Latchkey", "username": self.username}

    def person(self, person: int) -> Person:
        if person not in self.people:
            raise Impossible(f"There is no person {person}.")
        return self.people[person]

    def chat(self, chat: int) -> Chat:
        if chat in self.people and chat not in self.chats:
            self.chats[chat] = Chat(id=chat, type="private", person=self.people[chat])
        if chat not in self.chats:
            raise Impossible(f"There is no chat {chat}.")
        return self.chats[chat]

    def message(self, chat: int, message_id: int) -> Message:
        found = self.chat(chat).messages.get(message_id)
        if found is None:
            raise Impossible(f"There is no message {message_id} in chat {chat}.")
        return found

    def post(self, message: Message) -> Message:
        """Put a message into its chat, numbered as Telegram does: one row of numbers per supergroup."""
        chat = message.chat
        message.id = chat.last_id + 1 if chat.type in {"supergroup", "channel"} else next(self._message_ids)
        chat.last_id = message.id
        chat.messages[message.id] = message
        self.emit_message("message", message)
        return message

    def service(self, chat: Chat, sender: Json, **fields: Any) -> Message:
        """A line such as "Anna joined"; its first field names it."""
        kind = next(iter(fields))
        return self.post(Message(id=0, chat=chat, date=self.now, sender=sender, service=kind, extra=fields))

    def deliver(self, message: Message) -> Json:
        """Tell the bot about a message, if it may see it."""
        if not self._bot_sees(message):
            return {}
        kind = "channel_post" if message.chat.type == "channel" else "message"
        if message.edit_date is not None:
            kind = f"edited_{kind}"
        return self.push({kind: message.json()}, (message.edit_date or message.date) + MESSAGE_LIFE)

    def push(self, fields: Json, expires_at: float, *, forced: bool = False) -> Json:
        if not forced and not self.updates.allowed & fields.keys():
            return {}
        update = self.updates.push(fields, expires_at)
        if update:
            self.record("created", {"update_id": update["update_id"], "update": update})
        return update

    def _bot_sees(self, message: Message) -> bool:
        chat = message.chat
        if not chat.bot_is_in:
            return False
        if chat.type in {"private", "channel"} or not self.privacy or chat.bot == "administrator":
            return True
        answers_bot = message.reply_to is not None and message.reply_to.by_bot
        return answers_bot or message.service is not None or self._is_for_bot(message.text)

    def _is_for_bot(self, text: str) -> bool:
        command, _, name = text.partition(" ")[0].partition("@")
        return command.startswith("/") and (not name or name.strip().lower() == self.username.lower())

    def emit(self, kind: str, chat: Chat | None, **fields: Any) -> None:
        where = chat.id if chat else None
        self.events.append({"seq": len(self.events) + 1, "type": kind, "at": self.clock(), "chat": where, **fields})
        self.bell.ring()

    def emit_message(self, kind: str, message: Message) -> None:
        self.emit(kind, message.chat, message_id=message.id, message=message_view(message))

    def erase(self, message: Message) -> None:
        message.deleted = True
        self.emit_message("deleted", message)

    def set_reaction(self, message: Message, who: int, reaction: list[Json]) -> None:
        message.reactions[who] = reaction
        self.emit_message("reaction", message)

    def record(self, kind: str, record: Json) -> None:
        if self.ledger:
            self.ledger.write(kind, {"at": self.clock(), **record})

    def accepted(self, method: str, params: Json, result: Any) -> None:
        self.record("call", {"method": method, "params": params, "result": result})
        self.calls.append(Call(self.clock(), method, params, result))

    def delivered(self, params: Json, updates: list[Json]) -> None:
        self.record("delivered", {"params": params, "update_ids": [update["update_id"] for update in updates]})
        self.calls.append(Call(self.clock(), "getUpdates", params, updates))

    def forgotten(self, update_ids: list[int]) -> None:
        self.record("forgotten", {"update_ids": update_ids})

    def refused(self, method: str, params: Json, refusal: Refused) -> None:
        self.record("refused", {"method": method, "params": params, "error": refusal.json()})
        self.calls.append(Call(self.clock(), method, params, error=refusal.json()))

    def write_calls(self, path: Path) -> None:
        """The transcript of all calls, one JSON object a line."""
        path.write_text(self.calls_text(), encoding="utf-8")

    def calls_text(self) -> str:
        return "".join(json.dumps(call.json(), ensure_ascii=False) + "\n" for call in self.calls)

    def transcript(self, chat: int, viewer: int | None = None) -> list[Json]:
        """Every message of a chat, deleted ones marked, as its member sees them."""
        place = self.chat(chat)
        if viewer is not None and viewer not in members_of(place):
            raise Impossible(f"{self.person(viewer).name} is not in {place.name}.")
        return [message_view(message) for message in place.messages.values()]

    def events_since(self, seq: int) -> list[Json]:
        return self.events[max(seq, 0) :]

    async def wait_for_event(
        self,
        kind: str | None = None,
        *,
        since: int = 0,
        chat: int | None = None,
        where: Callable[[Json], bool] = lambda event: True,
        seconds: float = 5.0,
    ) -> Json:
        """The first event after `since` that fits; TimeoutError if none comes."""
        with self.bell.listening() as ear:
            while True:
                for event in self.events_since(since):
                    since = event["seq"]
                    if kind in {None, event["type"]} and chat in {None, event["chat"]} and where(event):
                        return event
                if self.bell.closed or not await heard(ear, seconds):
                    raise TimeoutError(f"no {kind or 'event'} in {seconds} s")


def members_of(chat: Chat) -> Collection[int]:
    return {chat.person.id} if chat.person else chat.members


def topics_of(topics: Mapping[int | str, str] | None) -> dict[int, str]:
    """JSON has text keys only."""
    return {int(thread): title for thread, title in (topics or {}).items()}
