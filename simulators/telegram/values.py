"""People, chats and messages, and how the Bot API shows them."""

from dataclasses import dataclass, field
from typing import Any

from simulators.telegram.parameters import Json, SentFile

ANONYMOUS_ADMIN = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
FAKE_CHANNEL = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}
SERVICE_CHAT = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
_ADMIN_RIGHTS = (
    "can_be_edited is_anonymous can_manage_chat can_delete_messages can_manage_video_chats can_restrict_members "
    "can_promote_members can_change_info can_post_stories can_edit_stories can_delete_stories can_invite_users "
    "can_pin_messages can_manage_topics"
)
_MEMBER_RIGHTS = (
    "can_send_messages can_send_audios can_send_documents can_send_photos can_send_videos can_send_video_notes "
    "can_send_voice_notes can_send_polls can_send_other_messages can_add_web_page_previews can_react_to_messages "
    "can_edit_tag can_change_info can_invite_users can_pin_messages can_manage_topics"
)


@dataclass(kw_only=True)
class TelegramPerson:
    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    started: bool = False
    blocked: bool = False
    deactivated: bool = False
    hides_links: bool = False
    """Their settings let nobody make a button to their page."""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name or ''}".strip()

    def names(self) -> Json:
        shown = {"first_name": self.first_name, "last_name": self.last_name, "username": self.username}
        return {key: value for key, value in shown.items() if value}

    def user(self) -> Json:
        language = {"language_code": self.language_code} if self.language_code else {}
        return {"id": self.id, "is_bot": False, **self.names(), **language}


@dataclass(kw_only=True)
class TelegramChat:
    id: int
    type: str
    title: str = ""
    username: str | None = None
    person: TelegramPerson | None = None
    members: dict[int, str] = field(default_factory=dict)
    bot: str = "member"
    """The bot's status: member, administrator, restricted (it may not write), left or kicked."""
    bot_lacks: frozenset[str] = frozenset()
    """Rights of an administrator that the bot was not given."""
    forum: bool = False
    """Whether it has topics. A private chat has them once they are turned on for the bot."""
    topics: dict[int, str] = field(default_factory=dict)
    closed_topics: set[int] = field(default_factory=set)
    made_by_bot: set[int] = field(default_factory=set)
    """Topics that the bot may change without a right."""
    migrated_to: int | None = None
    messages: "dict[int, TelegramMessage]" = field(default_factory=dict)
    last_id: int = 0

    @property
    def name(self) -> str:
        return self.person.name if self.person else self.title

    @property
    def bot_is_in(self) -> bool:
        return self.bot in {"member", "administrator", "restricted"}

    def has(self, person: int) -> bool:
        return person == self.person.id if self.person else person in self.members

    def admins(self) -> list[int]:
        return [person for person, status in self.members.items() if status in {"creator", "administrator"}]

    def json(self) -> Json:
        if self.person:
            return {"id": self.id, "type": self.type, **self.person.names()}
        username = {"username": self.username} if self.username else {}
        forum = {"is_forum": True} if self.forum else {}
        return {"id": self.id, "type": self.type, "title": self.title, **username, **forum}


@dataclass(kw_only=True)
class TelegramMessage:
    id: int
    chat: TelegramChat
    date: int
    sender: Json | None = None
    by_bot: bool = False
    text: str = ""
    """Of a message with a file: its caption."""
    entities: list[Json] = field(default_factory=list)
    buttons: list[list[Json]] = field(default_factory=list)
    keyboard: Json | None = None
    file: SentFile | None = None
    thread: int | None = None
    reply_to: "TelegramMessage | None" = None
    protected: bool = False
    edit_date: int | None = None
    deleted: bool = False
    pinned: bool = False
    service: str | None = None
    extra: Json = field(default_factory=dict)

    def json(self, *, nested: bool = False) -> Json:
        """The message as the bot gets it; a message inside a message carries no further one."""
        return {
            "message_id": self.id,
            "date": self.date,
            "chat": self.chat.json(),
            **({"from": self.sender} if self.sender else {}),
            **self._content(),
            **self._place(nested=nested),
            **self.extra,
        }

    def _content(self) -> Json:
        text, entities = ("caption", "caption_entities") if self.file else ("text", "entities")
        content: Json = {
            text: self.text,
            entities: self.entities,
            "reply_markup": {"inline_keyboard": self.buttons} if self.buttons else None,
            "edit_date": self.edit_date,
            "has_protected_content": self.protected,
        }
        return {name: value for name, value in content.items() if value}

    def _place(self, *, nested: bool) -> Json:
        place: Json = {}
        if self.thread:
            place["message_thread_id"] = self.thread
            if self.chat.forum:
                place["is_topic_message"] = True
        if self.reply_to and not self.reply_to.deleted and not nested:
            place["reply_to_message"] = self.reply_to.json(nested=True)
        return place

    def accessible(self) -> Json:
        """What a button press carries: the message, or only where it was."""
        if self.deleted:
            return {"chat": self.chat.json(), "message_id": self.id, "date": 0}
        return self.json()


@dataclass(kw_only=True)
class ButtonPress:
    """A pressed button that waits for its answer."""

    id: str
    person: int
    message: TelegramMessage
    at: float
    answered: bool = False


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call of the Bot API with its answer; exactly one of result and error is there."""

    at: float
    method: str
    params: Json
    result: Any = None
    error: Json | None = None

    def json(self) -> Json:
        answer = {"error": self.error} if self.error else {"result": self.result}
        return {"at": self.at, "method": self.method, "params": self.params, **answer}


def membership(status: str, user: Json, lacks: frozenset[str] = frozenset()) -> Json:
    """A ChatMember of the Bot API. `lacks`: rights that an administrator was not given."""
    member: Json = {"status": status, "user": user}
    match status:
        case "creator":
            return {**member, "is_anonymous": False}
        case "administrator":
            return {**member, **{right: right not in {"is_anonymous", *lacks} for right in _ADMIN_RIGHTS.split()}}
        case "restricted":
            return {**member, "is_member": True, "until_date": 0, **dict.fromkeys(_MEMBER_RIGHTS.split(), False)}
        case "kicked":
            return {**member, "until_date": 0}
    return member
