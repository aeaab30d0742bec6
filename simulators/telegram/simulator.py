"""A small Telegram: who is there, what was written, which updates wait, and the Bot API's way to answer."""

import itertools
import json
import re
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from simulators.faults import ArrangedFault
from simulators.request_log import KEPT, LoggedEvent, LoggedRequest
from simulators.simulator import Action, Allowed, SimulatedAnswer, Simulator
from simulators.telegram.api import METHODS
from simulators.telegram.flood_limits import SimulatedFloodLimits
from simulators.telegram.membership import MembershipActions
from simulators.telegram.menus import menu
from simulators.telegram.messages import PRESS_LIFE_SECONDS
from simulators.telegram.parameters import ApiRefusal, Impossible, Json, Parameters, SentFile, read_parameters
from simulators.telegram.people import PeopleActions
from simulators.telegram.updates import UpdateQueue
from simulators.telegram.values import ApiCall, ButtonPress, TelegramChat, TelegramMessage, TelegramPerson
from simulators.telegram.views import chat_view, message_view, person_view

# From the source of Telegram's own Bot API server: so long a message waits for the bot.
MESSAGE_LIFE_SECONDS = 86400
# Wherever a test starts, ids look nothing like 1, 2, 3, so that no code relies on small ones.
FIRST_UPDATE_ID = 800_000_001
CALL = re.compile(r"/bot(?P<token>[^/]+)/(?P<method>\w+)")
DONE_BY_PEOPLE = (
    "say", "edit", "delete", "tap", "open_link", "pick", "block", "deactivate", "kick", "join", "leave",
    "close_topic", "delete_topic", "migrate",
)  # fmt: skip
NAMES = {name.lower(): name for name in [*METHODS, "getUpdates"]}


class TelegramSimulator(Simulator):
    switches: ClassVar[Allowed] = {"offline": bool, "privacy": bool, "flood_limits": bool, "has_topics": bool}
    dates_answers = True

    def __init__(
        self,
        token: str,
        username: str = "latchkey_demo_bot",
        *,
        first_update_id: int = FIRST_UPDATE_ID,
        **base: Any,
    ) -> None:
        super().__init__(**base)
        self.token = token
        self.username = username
        self.privacy = True
        self.turned_on: set[str] = set()  # with BotFather, as getMe names it
        self.has_topics = False  # in private chats with the bot
        self.flood_limits = False
        self.updates = UpdateQueue(
            self.clock, self.log.condition, first_id=first_update_id, forgotten=self._note_forgotten
        )
        self._message_ids = itertools.count(1)
        self._press_ids = itertools.count(1)
        self._files: dict[int, dict[str, SentFile]] = {}
        self.people: dict[int, TelegramPerson] = {}
        self.chats: dict[int, TelegramChat] = {}
        self.presses: dict[str, ButtonPress] = {}
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self.calls: deque[ApiCall] = deque(maxlen=KEPT)
        self.flood = SimulatedFloodLimits()
        people, membership = PeopleActions(self), MembershipActions(self)
        self.say, self.edit, self.delete, self.tap = people.say, people.edit, people.delete, people.tap
        self.open_link, self.pick = people.open_link, people.pick
        self.add_person, self.add_group, self.add_channel = people.add, membership.add_group, membership.add_channel
        self.block, self.kick, self.set_bot = membership.block, membership.kick, membership.set_bot
        self.join, self.leave, self.deactivate = membership.join, membership.leave, membership.deactivate
        self.close_topic, self.delete_topic = membership.close_topic, membership.delete_topic
        self.migrate = membership.migrate

    # What control sees and changes

    def details(self) -> Json:
        chats = [self.chat(person) for person in self.people]
        return {
            "bot": self.bot_user(),
            "people": [person_view(person) for person in self.people.values()],
            "chats": [chat_view(chat) for chat in {chat.id: chat for chat in [*chats, *self.chats.values()]}.values()],
            "pending_updates": self.updates.pending(),
            "next": len(self.log.events),
            "now": self.clock(),
        }

    def actions(self) -> dict[str, Action]:
        own = {"people": self.add_person, "groups": self.add_group, "channels": self.add_channel, "bot": self.set_bot}
        return {**own, "push": self.push_raw, **{name: getattr(self, name) for name in DONE_BY_PEOPLE}}

    def reads(self) -> dict[str, Action]:
        return {
            "transcript": self.transcript,
            "commands": lambda chat, person: menu(self, chat, person),
            "calls": lambda: [call.json() for call in self.calls],
        }

    # People, chats and messages

    @property
    def now(self) -> int:
        return int(self.clock())

    @property
    def bot_id(self) -> int:
        head = self.token.partition(":")[0]
        return int(head) if head.isdecimal() else 100_000_001

    def bot_user(self) -> Json:
        return {"id": self.bot_id, "is_bot": True, "first_name": "Latchkey", "username": self.username}

    def person(self, person: int) -> TelegramPerson:
        if person not in self.people:
            raise Impossible(f"There is no person {person}.")
        return self.people[person]

    def chat(self, chat: int) -> TelegramChat:
        if chat in self.people and chat not in self.chats:
            self.chats[chat] = TelegramChat(id=chat, type="private", person=self.people[chat])
        if chat not in self.chats:
            raise Impossible(f"There is no chat {chat}.")
        return self.chats[chat]

    def message(self, chat: int, message_id: int) -> TelegramMessage:
        found = self.chat(chat).messages.get(message_id)
        if found is None:
            raise Impossible(f"There is no message {message_id} in chat {chat}.")
        return found

    def transcript(self, chat: int, viewer: int | None = None) -> list[Json]:
        """Every message of a chat, deleted ones marked, as its member sees them."""
        place = self.chat(chat)
        if viewer is not None and not place.has(viewer):
            raise Impossible(f"{self.person(viewer).name} is not in {place.name}.")
        return [message_view(message) for message in place.messages.values()]

    def post(self, message: TelegramMessage) -> TelegramMessage:
        # A supergroup has a row of numbers of its own; private chats and small groups share one.
        chat = message.chat
        message.id = chat.last_id + 1 if chat.type in {"supergroup", "channel"} else next(self._message_ids)
        chat.last_id = message.id
        chat.messages[message.id] = message
        self.emit("message", message)
        return message

    def service(self, chat: TelegramChat, sender: Json, *, thread: int | None = None, **fields: Any) -> TelegramMessage:
        """A line such as "Anna joined"; its first field names it."""
        kind = next(iter(fields))
        line = TelegramMessage(id=0, chat=chat, date=self.now, sender=sender, thread=thread, service=kind, extra=fields)
        return self.post(line)

    def erase(self, message: TelegramMessage) -> None:
        message.deleted = True
        self.emit("deleted", message)

    def press(self, person: TelegramPerson, message: TelegramMessage, data: str) -> Json:
        number = str((person.id << 32) + next(self._press_ids))
        self.presses[number] = ButtonPress(id=number, person=person.id, message=message, at=self.now)
        chat = message.chat
        self.log.event(chat.id, "tap", person=person.id, message_id=message.id, data=data, query=number)
        query = {"id": number, "from": person.user(), "message": message.accessible(), "data": data}
        return self.push({"callback_query": {**query, "chat_instance": str(chat.id * 7919)}}, PRESS_LIFE_SECONDS)

    def emit(self, what: str, message: TelegramMessage) -> LoggedEvent:
        return self.log.event(message.chat.id, what, message_id=message.id, message=message_view(message))

    # Updates

    def deliver(self, message: TelegramMessage) -> Json:
        """Tell the bot about a message, if it may see it."""
        if not self._bot_sees(message):
            return {}
        kind = "channel_post" if message.chat.type == "channel" else "message"
        if message.edit_date is not None:
            kind = f"edited_{kind}"
        age = self.clock() - (message.edit_date or message.date)
        return self.push({kind: message.json()}, MESSAGE_LIFE_SECONDS - age)

    def push(self, fields: Json, life_seconds: float = MESSAGE_LIFE_SECONDS, *, forced: bool = False) -> Json:
        """Queue an update unless the bot has asked for other kinds only."""
        if not forced and not self.updates.allowed & fields.keys():
            return {}
        update = self.updates.push(fields, self.clock() + life_seconds)
        if update:
            self.log.note("created", update_id=update["update_id"], update=update)
        return update

    def push_raw(self, update_fields: Json) -> Json:
        """Any update at all, known to the Bot API or not."""
        fields = {key: value for key, value in update_fields.items() if key != "update_id"}
        return self.push(fields, forced=True)

    def _bot_sees(self, message: TelegramMessage) -> bool:
        chat = message.chat
        if not chat.bot_is_in:
            return False
        # Privacy mode is on unless BotFather was told otherwise, and never holds for administrators.
        if chat.type in {"private", "channel"} or not self.privacy or chat.bot == "administrator":
            return True
        answers_bot = message.reply_to is not None and message.reply_to.by_bot
        return answers_bot or message.service is not None or self._is_for_bot(message.text)

    def _is_for_bot(self, text: str) -> bool:
        command, _, name = text.partition(" ")[0].partition("@")
        return command.startswith("/") and (not name or name.strip().lower() == self.username.lower())

    def _note_forgotten(self, update_ids: list[int]) -> None:
        self.log.note("forgotten", update_ids=update_ids)

    # What the bot is answered

    def receive(self, method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> LoggedRequest:
        found = CALL.fullmatch(path)
        params, files = read_parameters(query, headers.get("content-type", ""), body)
        name = NAMES.get(found["method"].lower(), "unknown") if found else "unknown"
        if found and found["token"] != self.token:
            name = "unauthorized"
        request = self.log.request(method, name, params, body)
        if files:
            self._files[request.n] = files
        return request

    def waits_for_caller(self, request: LoggedRequest) -> bool:
        return request.path == "getUpdates"

    async def handle(self, request: LoggedRequest, *, linger: float = 0) -> SimulatedAnswer:
        params = Parameters(request.fields, self._files.pop(request.n, {}))
        try:
            result = await self._result(request.path, params)
        except ApiRefusal as refusal:
            return self._refuse(request, refusal)
        # Empty polls stay out of the memory: a bot makes them for ever.
        if request.path != "getUpdates" or result:
            self.calls.append(ApiCall(self.clock(), request.path, request.fields, result))
        await self.spend(linger)
        return SimulatedAnswer.of({"ok": True, "result": result})

    async def _result(self, method: str, params: Parameters) -> Any:
        if method == "unauthorized":
            raise ApiRefusal(401, "Unauthorized")
        if method == "getUpdates":
            return await self._get_updates(params)
        if method not in METHODS:
            raise ApiRefusal(404, "Not Found: method not found")
        return METHODS[method](self, params)

    async def _get_updates(self, params: Parameters) -> list[Json]:
        self.updates.allow(params.json("allowed_updates"))
        found = await self.updates.poll(
            params.integer("offset"), params.integer("limit", 100), params.integer("timeout")
        )
        if found:
            self.log.note("delivered", update_ids=[update["update_id"] for update in found])
        return found

    def refusal(self, request: LoggedRequest, fault: ArrangedFault) -> SimulatedAnswer:
        more = {} if fault.retry_after is None else {"retry_after": fault.retry_after}
        return self._refuse(request, ApiRefusal(fault.code or 0, fault.cause or "", **more))

    def _refuse(self, request: LoggedRequest, refusal: ApiRefusal) -> SimulatedAnswer:
        self.calls.append(ApiCall(self.clock(), request.path, request.fields, error=refusal.json()))
        return SimulatedAnswer.of(refusal.json(), refusal.code)

    # For tests

    def write_calls(self, path: Path) -> None:
        """All calls, one JSON object a line."""
        lines = (json.dumps(call.json(), ensure_ascii=False) + "\n" for call in self.calls)
        path.write_text("".join(lines), encoding="utf-8")

    async def wait_for_event(
        self,
        what: str | None = None,
        *,
        since: int = 0,
        chat: int | None = None,
        fits: Callable[[LoggedEvent], bool] = lambda event: True,
        seconds: float = 5.0,
    ) -> LoggedEvent:
        return await self.log.wait_for(
            lambda event: what in {None, event.what} and chat in {None, event.where} and fits(event),
            since=since, seconds=seconds,
        )  # fmt: skip
