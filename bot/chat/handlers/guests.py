"""/guest: a pass for a guest is made, typed or with buttons."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from html import escape

from telegram.helpers import create_deep_linked_url

from bot.access.passes import MadePass
from bot.chat import buttons
from bot.chat.button_data import PageTurn
from bot.chat.buttons import Row
from bot.chat.context import ChatContext, NotUnderstood
from bot.chat.guest_buttons import GuestWish
from bot.chat.handlers import choosing_right, dates
from bot.chat.handlers.confirming import confirm_if_late
from bot.chat.handlers.dates import Picking
from bot.chat.handlers.inviting import send_with_picture
from bot.chat.render import codes as code_texts
from bot.chat.render import denials, labels
from bot.chat.render import passes as texts
from bot.chat.senders import sanitize_name
from bot.domain.actions import Action
from bot.domain.calendars import Window
from bot.domain.doors import Door
from bot.domain.drafts import Draft, DraftFor
from bot.domain.passes import GuestPass
from bot.domain.visits import DELIVERY, NotAVisit, Visit, parse_visit, weekend

NEW, REVOKE, CODE = "gnew", "grev", "gcode"
LENGTHS = {"d": timedelta(days=1), "3d": timedelta(days=3), "w": timedelta(weeks=1)}
ONCE, WEEKEND = "once", "we"
SEPARATOR = "~"


async def guest(chat: ChatContext) -> None:
    """/guest NAME [FROM - UNTIL] [door] [xN], always answered in private: whoever sees the link can use it."""
    there = chat if chat.is_private else chat.in_private()
    if not chat.words:
        await choose(there)
        return
    try:
        visit = parse_visit(chat.words, _doors(chat), now=_asked_at(chat), zone=chat.services.zone)
    except NotAVisit as error:
        raise NotUnderstood(texts.lack(error)) from None
    doors = visit.doors or (_doors(chat) if len(_doors(chat)) == 1 else ())
    if doors and visit.starts_at and visit.ends_at:
        await make(chat, visit=replace(visit, doors=tuple(doors)))
    elif visit.is_delivery:
        await choose(there, visit.label, length=ONCE)
    # A button for a door has no room for dates that were typed.
    elif visit.ends_at:
        raise NotUnderstood(f"{texts.WHICH_DOOR.format(label=escape(visit.label))} {texts.USAGE}")
    else:
        await choose(there, visit.label, doors[0].name if doors else "")


async def choose(chat: ChatContext, label: str = labels.GUEST, door: str = "", length: str = "") -> None:
    """The door, then how long, with buttons. `length`: known already."""
    doors = _doors(chat)
    named = next((one for one in doors if one.name == door), doors[0] if len(doors) == 1 else None)
    if not doors:
        await chat.say(texts.NO_DOOR)
    elif named is None:
        rows = [buttons.data_row([(one.title, GuestWish(one.name, length, label))]) for one in doors]
        await chat.say(texts.WHICH_DOOR.format(label=escape(label)), buttons.keyboard(rows))
    else:
        lengths = list(labels.STAYS.items())
        rows = [
            buttons.data_row([(text, GuestWish(named.name, length, label)) for length, text in lengths[start:stop]])
            for start, stop in ((0, 1), (1, 4), (4, 6))
        ]
        await chat.say(texts.HOW_LONG.format(label=escape(label)), buttons.keyboard(rows))


async def press(chat: ChatContext, wish: GuestWish) -> None:
    """A door or a length was chosen."""
    # Passes are told in private, so a press from a group is forged. Access judges again when the pass is made.
    door = next((one for one in _doors(chat) if one.name == wish.door), None)
    if not chat.is_private or door is None:
        await chat.refuse(denials.only_for(Action.CHANGE_PEOPLE))
    elif not wish.length:
        await choose(chat, wish.label, wish.door)
    elif wish.length == labels.DATES:
        details = {"door": wish.door, "label": wish.label}
        await dates.begin(chat, DATES, await chat.services.drafts.begin(chat.person_id, DraftFor.GUEST, details))
    else:
        await confirm_if_late(chat, partial(_chosen, door=door, wish=wish))


async def _chosen(chat: ChatContext, *, door: Door, wish: GuestWish) -> None:
    now = _asked_at(chat)
    starts_at, ends_at = now, now + LENGTHS.get(wish.length, DELIVERY)
    if wish.length == WEEKEND:
        starts_at, ends_at = weekend(now, chat.services.zone)
    uses = 1 if wish.length == ONCE else None
    visit = Visit(label=wish.label, doors=(door,), starts_at=starts_at, ends_at=ends_at, uses=uses)
    await make(chat, visit=visit)


async def _picked(chat: ChatContext, draft: Draft, window: Window) -> None:
    label, name = str(draft.details["label"]), draft.details["door"]
    door = next((one for one in _doors(chat) if one.name == name), None)
    if door is None:
        await chat.refuse(denials.only_for(Action.CHANGE_PEOPLE))
    else:
        await make(chat, visit=Visit(label=label, doors=(door,), starts_at=window.starts_at, ends_at=window.ends_at))


async def _about_dates(chat: ChatContext, draft: Draft) -> str:
    return texts.for_whom(str(draft.details["label"]), str(draft.details["door"]), chat.locale)


async def _back_to_lengths(chat: ChatContext, draft: Draft) -> None:
    await choose(chat, str(draft.details["label"]), str(draft.details["door"]))


DATES = Picking(_picked, _back_to_lengths, _about_dates)


async def make(chat: ChatContext, *, visit: Visit) -> None:
    """Make the pass and send its link with a picture; the screen that was pressed stays where it is."""
    now = chat.services.clock.datetime()
    wanted = GuestPass(
        id=0,
        label=sanitize_name(visit.label),
        doors=tuple(door.name for door in visit.doors),
        starts_at=visit.starts_at or now,
        ends_at=visit.ends_at or now + DELIVERY,
        uses=visit.uses,
        zone=visit.zone,
        host_id=chat.person_id,
        host_name=chat.person_name,
        made_at=now,
    )
    grants = choosing_right.grants(chat, visit.doors, wanted.ends_at)
    made = await chat.services.passes.make(
        caller=chat.person_id, wanted=wanted, grants=grants, update_key=chat.update_key
    )
    is_delivered = await send_link(chat, made)
    if chat.replaces is not None:
        await chat.say(texts.TELL_BELOW if is_delivered else texts.LINK_LOST)
    elif not chat.is_private:
        await chat.say(code_texts.SENT_PRIVATELY if is_delivered else code_texts.NOT_SENT_PRIVATELY)


async def send_link(chat: ChatContext, made: MadePass) -> bool:
    one, link = made.guest_pass, create_deep_linked_url(chat.bot.username, made.token)
    # Whom other managers let in is not told to this one.
    overlaps = made.overlaps if chat.is_owner else [other for other in made.overlaps if other.host_id == one.host_id]
    keyboard = buttons.keyboard([
        buttons.pass_on_row(labels.SEND_ON, link, texts.to_pass_on(one, chat.locale)),
        *_code_rows(chat, one),
        buttons.data_row([(labels.REVOKE_PASS, PageTurn(REVOKE, 0, str(one.id)))]),
    ])  # fmt: skip
    text = texts.made(one, link, overlaps, chat.locale)
    return await send_with_picture(chat, link, text, keyboard, lost=texts.LINK_LOST)


def _code_rows(chat: ChatContext, one: GuestPass) -> list[Row]:
    """Where the lock can make codes, in the name of whoever presses."""
    doors = [door for name in one.doors if (door := chat.services.doors.get(name)) and door.can(Action.PIN)]
    return [
        buttons.data_row([(labels.guest_code(door), PageTurn(CODE, 0, f"{one.id}{SEPARATOR}{door.name}"))])
        for door in doors
    ]


def _doors(chat: ChatContext) -> list[Door]:
    return choosing_right.offered_doors(chat)


def _asked_at(chat: ChatContext) -> datetime:
    return datetime.fromtimestamp(chat.asked_at, UTC) if chat.asked_at else chat.services.clock.datetime()


def below_picture(chat: ChatContext) -> ChatContext:
    # Telegram has no edit that turns a picture into a text, so the question is a new message.
    is_picture = chat.pressed is not None and bool(chat.pressed.photo)
    return replace(chat, replaces=None) if is_picture else chat
