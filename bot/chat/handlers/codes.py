"""/pin: a code for a door, told to one person alone. What is not typed is asked for with buttons."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from bot.chat import buttons, paging
from bot.chat.button_data import ButtonData, read_number
from bot.chat.context import ChatContext
from bot.chat.guest_buttons import CodeButton
from bot.chat.handlers import dates
from bot.chat.handlers.answering import send_outcome
from bot.chat.handlers.confirming import act_or_ask, is_asked_back
from bot.chat.handlers.dates import Picking
from bot.chat.handlers.naming import (
    permitted_door,
    permitted_doors,
    resolve_door_and_rest,
    topic_door,
    unknown_name,
    usable_doors,
)
from bot.chat.paging import Item
from bot.chat.render import codes, denials, labels, outcomes, questions
from bot.chat.render import dates as date_texts
from bot.chat.senders import sanitize_name
from bot.chat.telegram.replies import Reply
from bot.chat.telegram.sender import Content
from bot.domain.actions import Action
from bot.domain.calendars import Window
from bot.domain.code_wishes import CodeWish, parse_code
from bot.domain.codes import PinRequest
from bot.domain.commands import DenialReason, Finished, Result
from bot.domain.doors import Door, NoSuchDoor, nearest
from bot.domain.drafts import Draft, DraftFor
from bot.domain.durations import LONGEST, Span, decode_span
from bot.domain.policy import decide
from bot.domain.visits import weekend

SPANS = {"1h": timedelta(hours=1), "1d": timedelta(days=1)}
WEEKEND = "we"
AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A door's name, "" if none is named, and the code. `said`: words that name no door."""

    door: str
    code: CodeWish
    said: str = ""


async def make_pin(chat: ChatContext) -> None:
    """/pin [door] [TIME] [for whom]"""
    doors = usable_doors(chat, Action.PIN)
    if not doors:
        await chat.say(questions.no_door_for(Action.PIN))
        return
    asked = _read(chat)
    name, code = asked.door or await _only_door(chat, doors), asked.code
    door = permitted_door(chat, name, Action.PIN)
    if not name or (door and door.can(Action.PIN) and not code.says_when):
        await _ask(chat, door, await _draft(chat, code))
    else:
        # Control refuses what is no door of theirs, and what a lock cannot do, whatever the time.
        await make(chat, name, code if code.says_when else replace(code, span=Span(AN_HOUR)), said=asked.said)


async def _only_door(chat: ChatContext, doors: list[Door]) -> str:
    """The door that needs no name: that of the topic, or the only one. Empty if there is none."""
    topic = await topic_door(chat)
    return topic.name if topic else doors[0].name if len(doors) == 1 else ""


def _read(chat: ChatContext) -> _Asked:
    now = datetime.fromtimestamp(chat.asked_at, UTC)
    read = partial(parse_code, now=now, zone=chat.services.zone)
    try:
        door, code = resolve_door_and_rest(chat.words, permitted_doors(chat, Action.PIN), read)
        return _Asked(door.name, code)
    except NoSuchDoor as nowhere:
        # Control refuses and records a name that fits no door.
        name = unknown_name(nowhere.said) if nowhere.said else ""
        return _Asked(name, read(nowhere.rest), said=nowhere.said)


async def choose(chat: ChatContext) -> None:
    """A new code, from the list of codes."""
    doors = usable_doors(chat, Action.PIN)
    if not doors:
        await chat.say(questions.no_door_for(Action.PIN))
    else:
        await _ask(chat, doors[0] if len(doors) == 1 else None, await _draft(chat, CodeWish()))


async def _ask(chat: ChatContext, door: Door | None, draft: Draft) -> None:
    """Which door, or for how long."""
    if door is None:
        await show_doors(chat, 0, str(draft.id))
        return
    lengths = [(label, CodeButton(draft.id, door.name, choice)) for choice, label in labels.CODE_LENGTHS.items()]
    rows = [buttons.data_row(lengths[:3]), buttons.data_row(lengths[3:])]
    await chat.say(codes.how_long(door, str(draft.details["label"])), buttons.keyboard(rows))


async def show_doors(chat: ChatContext, page: int, argument: str) -> None:
    """`argument`: the draft. Whoever turns the page of another one's gets buttons that are not theirs."""
    number, doors = read_number(argument), usable_doors(chat, Action.PIN)
    items = [Item(row=buttons.data_row([(one.title, CodeButton(number, one.name))])) for one in doors]
    text = outcomes.which_door(Action.PIN) if doors else questions.no_door_for(Action.PIN)
    await chat.say(*paging.show(text, items, view=Action.PIN, page=page, argument=argument))


async def press(chat: ChatContext, pressed: CodeButton) -> None:
    draft = await chat.services.drafts.get(chat.person_id, pressed.draft)
    if draft is None or draft.purpose is not DraftFor.CODE:
        await chat.refuse(date_texts.OVER)
        return
    code, door = _chosen(chat, draft, pressed), permitted_door(chat, pressed.door, Action.PIN)
    if door and pressed.choice == labels.DATES:
        details = {"label": code.label, "door": door.name}
        await dates.begin(chat, DATES, await chat.services.drafts.begin(chat.person_id, DraftFor.CODE, details))
    elif door and door.can(Action.PIN) and not code.says_when:
        await _ask(chat, door, draft)
    else:
        await _make_or_ask(chat, pressed.door, code)


def _chosen(chat: ChatContext, draft: Draft, pressed: CodeButton) -> CodeWish:
    """What the draft says, with what was pressed."""
    now, drafted = chat.services.clock.datetime(), _drafted(chat, draft)
    if pressed.choice in SPANS:
        return replace(drafted, span=Span(SPANS[pressed.choice]))
    if pressed.choice == WEEKEND:
        return replace(drafted, window=Window(*weekend(now, chat.services.zone)))
    return replace(drafted, window=pressed.window) if pressed.window else drafted


async def _make_or_ask(chat: ChatContext, door: str, code: CodeWish) -> None:
    # The same press twice is asked about, as it would make two codes.
    await act_or_ask(chat, ButtonData(Action.PIN, door), partial(make, name=door, code=code))


async def make(chat: ChatContext, name: str, code: CodeWish, *, said: str = "") -> None:
    now = chat.services.clock.datetime()
    window = code.window_from(now)
    if not _is_possible(window, now):
        await chat.refuse(codes.OVER)
        return
    # Digits are in a message of their own, which nobody can forward and which is deleted in its time.
    private = replace(chat, replaces=None).private_reply()
    door = None if chat.is_late else permitted_door(chat, name, Action.PIN)
    # Found out before a code exists that nobody could be told.
    if door and not await _reaches(chat, private, door):
        await chat.say(codes.CANNOT_WRITE_PRIVATELY)
        return
    if door and chat.replaces is not None and chat.is_private:
        await chat.say(codes.IS_BELOW)
    pin = PinRequest(
        starts_at=window.starts_at, duration=window.length, label=sanitize_name(code.label or chat.person_name)
    )
    # The number of the message is recorded before the digits are in it, so that it is deleted after a crash, too.
    request = replace(chat.request(Action.PIN, name, pin=pin), shown_by=private.message_id)
    async for progress in chat.services.control.operate(request):
        chat.release_turn()
        # Where it is asked back, nothing is being made.
        place = replace(chat, replaces=private.message_id) if chat.is_private else chat
        if await is_asked_back(place, progress, name, partial(make, name=name, code=code)):
            if not chat.is_private:
                await private.finish(Content(codes.ASKED_BACK))
            return
        if isinstance(progress, Finished):
            await _tell_code(chat, progress, private, code, window, is_shown=door is not None, said=said)


def _is_possible(window: Window, now: datetime) -> bool:
    # Buttons may be old. An hour ago is no mistake: some locks count from the hour that has begun.
    return now - AN_HOUR <= window.starts_at < window.ends_at and now < window.ends_at <= now + LONGEST


async def _tell_code(
    chat: ChatContext, finished: Finished, private: Reply, code: CodeWish, window: Window, *, is_shown: bool, said: str
) -> None:
    if finished.pin and finished.door:
        text = codes.code(finished.door, finished.pin, code, chat.locale)
        await show_digits(chat, private, Content(text, buttons.copy_code(finished.pin.digits)))
        await chat.say_where(private)
    elif finished.reason in (DenialReason.NO_SUCH_DOOR, DenialReason.NO_RIGHT) and said:
        await _suggest(chat, said, code)
    elif is_shown and (near := _nearest(chat, finished, window)):
        await _offer(chat, finished, private, code, near)
    else:
        await send_outcome(chat, finished, private, is_shown=is_shown)


async def show_digits(chat: ChatContext, private: Reply, content: Content, *, fallback: str = codes.CODE_LOST) -> None:
    kept = private.message_id
    await private.finish(replace(content, protect=True, fallback=fallback))
    # Telegram did not take the edit, so the digits are in another message, which is to be deleted instead.
    if kept is not None and private.message_id not in (None, kept):
        await chat.services.codes.message_moved(chat.person_id, kept, private.message_id)


def _nearest(chat: ChatContext, finished: Finished, window: Window) -> list[Window]:
    """What could be asked for instead: inside the right, and as the lock can."""
    if finished.door is None or not (finished.result is Result.REFUSED or finished.limit):
        return []
    wanted = Window(window.starts_at, finished.limit) if finished.limit else window
    now = chat.services.clock.datetime()
    near = chat.services.codes.windows_near(finished.door.name, wanted)
    # The lock said no to just that for another reason, so offering it again would lead nowhere.
    if finished.limit is None and near == [wanted]:
        return []
    return [one for one in near if _is_possible(one, now) and (finished.limit is None or one.ends_at <= finished.limit)]


async def _offer(chat: ChatContext, finished: Finished, private: Reply, code: CodeWish, near: list[Window]) -> None:
    assert finished.door  # noqa: S101 - there is nothing nearest without it
    draft, door = await _draft(chat, CodeWish(label=code.label)), finished.door.name
    rows = [
        buttons.data_row([(labels.window(one, chat.locale), CodeButton.between(draft.id, door, one))]) for one in near
    ]
    text = outcomes.outcome(finished, chat.locale, is_owner=chat.is_owner)
    await private.finish(Content(f"{text}\n{codes.NEAREST}", buttons.keyboard(rows)))


async def _suggest(chat: ChatContext, said: str, code: CodeWish) -> None:
    """There is no such door; the nearest is offered, and what was said of the code is not said again."""
    doors = usable_doors(chat, Action.PIN)
    close, rows = nearest(said, doors), []
    if close:
        draft = await _draft(chat, code)
        rows = [buttons.data_row([(close.title, CodeButton(draft.id, close.name))])]
    await chat.say(questions.no_such_door(said, doors, close, Action.PIN), buttons.keyboard(rows))


async def _reaches(chat: ChatContext, private: Reply, door: Door) -> bool:
    """Whether the private chat can be written to."""
    chat.pop_up()
    await private.finish(Content(codes.preparing(door), protect=True))
    return private.is_delivered


async def _draft(chat: ChatContext, code: CodeWish) -> Draft:
    details: dict[str, str | int] = {"label": code.label, "span": code.span.encode() if code.span else ""}
    if code.window:
        details |= {"choice": CodeButton.between(0, "", code.window).choice}
    return await chat.services.drafts.begin(chat.person_id, DraftFor.CODE, details)


def _drafted(chat: ChatContext, draft: Draft) -> CodeWish:
    details = draft.details
    span = decode_span(str(details.get("span", "")), now=chat.services.clock.datetime())
    window = CodeButton(0, "", str(details.get("choice", ""))).window
    return CodeWish(span, window, str(details["label"]))


async def _picked(chat: ChatContext, draft: Draft, window: Window) -> None:
    code = CodeWish(window=window, label=str(draft.details["label"]))
    await _make_or_ask(chat, str(draft.details["door"]), code)


async def _back(chat: ChatContext, draft: Draft) -> None:
    await _ask(chat, _drafted_door(chat, draft), draft)


async def _about(chat: ChatContext, draft: Draft) -> str:
    door = _drafted_door(chat, draft)
    return codes.about(door, str(draft.details["label"])) if door else denials.BUTTON_UNKNOWN


def _drafted_door(chat: ChatContext, draft: Draft) -> Door | None:
    return permitted_door(chat, str(draft.details.get("door", "")), Action.PIN)


def _end_of_right(chat: ChatContext, draft: Draft) -> datetime | None:
    door, now = str(draft.details.get("door", "")), chat.services.clock.moment()
    # As if a one-time code were at hand: it is asked for once the dates are chosen.
    return decide(chat.rights, door=door, action=Action.PIN, now=now, is_proved=True).ends_at


DATES = Picking(_picked, _back, _about, latest=_end_of_right)
