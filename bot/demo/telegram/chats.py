"""Bot API methods about chats and their members."""

from bot.demo.telegram.records import Chat, Message, membership
from bot.demo.telegram.state import State
from bot.demo.telegram.wire import Json, Params, bad_request, forbidden

GIFTS = dict.fromkeys(
    ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
)


def chat_of(world: State, params: Params) -> Chat:
    """The chat a call names, if the bot may still use it."""
    if not params.text("chat_id"):
        raise bad_request("chat_id is empty")
    chat = _found(world, params)
    if chat.migrated_to:
        raise bad_request("group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to)
    if chat.bot == "kicked":
        raise forbidden(f"bot was kicked from the {chat.type} chat")
    if chat.bot == "left":
        raise forbidden(f"bot is not a member of the {chat.type} chat")
    return chat


def _found(world: State, params: Params) -> Chat:
    asked = params.text("chat_id")
    if asked.startswith("@"):
        named = (c for c in world.chats.values() if c.username and c.username.lower() == asked[1:].lower())
        chat = next(named, None)
    else:
        number = params.integer("chat_id")
        known = number in world.chats or number in world.people
        chat = world.chat(number) if known else None
    if chat is None:
        raise bad_request("chat not found")
    return chat


def writable(world: State, params: Params) -> Chat:
    """The chat a call writes to, if the people in it let the bot."""
    chat = chat_of(world, params)
    person = chat.person
    if person and person.deactivated:
        raise forbidden("user is deactivated")
    if person and person.blocked:
        raise forbidden("bot was blocked by the user")
    if person and not person.started:
        raise forbidden("bot can't initiate conversation with a user")
    return chat


def get_chat(world: State, params: Params) -> Json:
    chat = chat_of(world, params)
    full = {**chat.json(), "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": dict(GIFTS)}
    pinned = [message for message in chat.messages.values() if message.pinned and not message.deleted]
    return {**full, "pinned_message": pinned[-1].json()} if pinned else full


def get_chat_member(world: State, params: Params) -> Json:
    chat, person = chat_of(world, params), params.integer("user_id")
    if person == world.bot_id:
        return membership(chat.bot, world.bot_user())
    if person not in world.people:
        raise bad_request("user not found")
    members = {chat.person.id: "member"} if chat.person else chat.members
    return membership(members.get(person, "left"), world.person(person).user())


def get_chat_administrators(world: State, params: Params) -> list[Json]:
    chat = chat_of(world, params)
    if chat.person:
        raise bad_request("there are no administrators in the private chat")
    admins = [membership(chat.members[person], world.person(person).user()) for person in chat.admins()]
    return [*admins, membership(chat.bot, world.bot_user())] if chat.bot == "administrator" else admins


def get_chat_member_count(world: State, params: Params) -> int:
    return len(chat_of(world, params).members or [1]) + 1


def leave_chat(world: State, params: Params) -> bool:
    chat = chat_of(world, params)
    if chat.person:
        raise bad_request("chat member status can't be changed in private chats")
    chat.bot = "left"
    world.emit("bot_status", chat, person=None, status="left")
    return True


def pin_chat_message(world: State, params: Params) -> bool:
    chat = _pinning(world, params)
    message = chat.messages.get(params.integer("message_id"))
    if message is None or message.deleted or message.service:
        raise bad_request("message to pin not found")
    message.pinned = True
    world.emit_message("pinned", message)
    world.deliver(world.service(chat, world.bot_user(), pinned_message=message.json(nested=True)))
    return True


def unpin_chat_message(world: State, params: Params) -> bool:
    chat, wanted = _pinning(world, params), params.integer("message_id")
    pinned = [message for message in chat.messages.values() if message.pinned]
    if wanted:
        pinned = [message for message in pinned if message.id == wanted]
        if not pinned:
            raise bad_request("message to unpin not found")
    return _unpin(world, pinned[-1:])


def unpin_all_chat_messages(world: State, params: Params) -> bool:
    return _unpin(world, [message for message in _pinning(world, params).messages.values() if message.pinned])


def _unpin(world: State, messages: list[Message]) -> bool:
    for message in messages:
        message.pinned = False
        world.emit_message("unpinned", message)
    return True


def _pinning(world: State, params: Params) -> Chat:
    chat = writable(world, params)
    if not chat.person and chat.bot != "administrator":
        raise bad_request("not enough rights to manage pinned messages in the chat")
    return chat
