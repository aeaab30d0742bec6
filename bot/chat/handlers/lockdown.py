"""/lockdown: nobody but owners opens."""

from datetime import UTC, datetime
from functools import partial

from telegram import InlineKeyboardMarkup

from bot.chat import buttons
from bot.chat.button_data import PageTurn
from bot.chat.context import ChatContext, NotUnderstood
from bot.chat.handlers.confirming import confirm_if_late
from bot.chat.handlers.naming import no_such_door, nothing, resolve_door_and_rest
from bot.chat.render import labels
from bot.chat.render import lockdowns as texts
from bot.domain.doors import NoSuchDoor, key_of, matches
from bot.domain.durations import NotADuration, parse_span
from bot.domain.people import EVERY_DOOR

END = "unlockdown"
ALL = ("all", "everything", EVERY_DOOR)
OFF = "off"


async def lockdown(chat: ChatContext) -> None:
    """/lockdown [door|all] [LENGTH|END] or off."""
    words = chat.words.split()
    if OFF in map(key_of, words):
        rest = " ".join(word for word in words if key_of(word) != OFF)
        await end(chat, _door(chat, rest) if rest else "")
        return
    door, ends_at = _door_and_end(chat)
    # Without a question, also where it comes late: whoever needs it has no time, and it can be ended.
    begun = await chat.services.lockdowns.begin(
        caller=chat.person_id, caller_name=chat.person_name, door=door, ends_at=ends_at, update_key=chat.update_key
    )
    await chat.say(texts.begun(begun, chat.locale), _end_button(door))


async def end(chat: ChatContext, door: str) -> None:
    """`door` "": all of them."""
    # What may be old is asked about, as it opens doors to everybody.
    await confirm_if_late(chat, partial(_end, door=door), question=texts.MAY_BE_OLD, label=labels.END_LOCKDOWN)


async def _end(chat: ChatContext, *, door: str) -> None:
    lockdowns = chat.services.lockdowns
    ended = await lockdowns.end(
        caller=chat.person_id, caller_name=chat.person_name, door=door or None, update_key=chat.update_key
    )
    standing = await lockdowns.standing()
    await chat.say(texts.ended_now(ended, standing, chat.locale), _end_button("") if standing else None)


def _door_and_end(chat: ChatContext) -> tuple[str, datetime | None]:
    first, _, rest = chat.words.partition(" ")
    doors = list(chat.services.doors)
    # A door may be called "all": then its name wins.
    if not chat.words or (key_of(first) in ALL and not matches(first, doors)):
        return EVERY_DOOR, _ends_at(chat, rest)
    try:
        door, ends_at = resolve_door_and_rest(chat.words, doors, lambda text: _ends_at(chat, text))
    except NoSuchDoor as nowhere:
        # "/lockdown 2h" names no door, and means all of them.
        try:
            return EVERY_DOOR, _ends_at(chat, chat.words)
        except NotADuration:
            raise no_such_door(nowhere.said or chat.words, doors) from None
    return door.name, ends_at


def _door(chat: ChatContext, said: str) -> str:
    if key_of(said) in ALL:
        return EVERY_DOOR
    try:
        return resolve_door_and_rest(said, chat.services.doors, nothing)[0].name
    except (NoSuchDoor, ValueError):
        raise NotUnderstood(texts.USAGE) from None


def _ends_at(chat: ChatContext, text: str) -> datetime | None:
    """A length counts from the message. Raises NotADuration."""
    if not text:
        return None
    now = datetime.fromtimestamp(chat.asked_at, UTC)
    span = parse_span(text, now=now, zone=chat.services.zone)
    return span.until or now + span.length


def _end_button(door: str) -> InlineKeyboardMarkup | None:
    return buttons.keyboard([buttons.data_row([(labels.END_LOCKDOWN, PageTurn(END, 0, door))])])
