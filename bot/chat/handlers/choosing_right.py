"""Doors and a length, chosen with buttons: for somebody who asks, for an invitation, for a person who was picked."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from telegram import InlineKeyboardMarkup

from bot.access.scope import within_own
from bot.chat import buttons
from bot.chat.buttons import Row
from bot.chat.context import ChatContext
from bot.chat.handlers.naming import permitted_doors
from bot.chat.joining_buttons import For, RightChoice
from bot.chat.render import labels
from bot.domain.actions import Action
from bot.domain.doors import Door
from bot.domain.people import Grant

LENGTHS = {"1h": timedelta(hours=1), "1d": timedelta(days=1), "1w": timedelta(weeks=1), "ever": None}
# No codes: a code opens the door without the bot, so that is given in words.
USUAL = (Action.OPEN, Action.CLOSE, Action.STATUS)
BESIDES = {
    For.REQUEST: ((labels.REFUSE, "no"), (labels.BAN, "ban")),
    For.INVITATION: ((labels.PICK_DATE, "date"), (labels.PICK_INSTEAD, "pick")),
    For.PERSON: ((labels.PICK_DATE, "date"),),
}
"""What one can choose instead of a length."""
# Telegram takes a hundred buttons. Of more doors the others are named in words: /allow.
MOST_DOORS = 60


def offered_doors(chat: ChatContext) -> list[Door]:
    return permitted_doors(chat, Action.OPEN)[:MOST_DOORS]


def begin(purpose: For, subject: int, doors: Sequence[Door], chosen: Iterable[Door] = ()) -> RightChoice:
    """Where there is only one door it is chosen already."""
    picked = set(chosen) or set(doors if len(doors) == 1 else ())
    bits = sum(1 << place for place, door in enumerate(doors) if door in picked)
    return RightChoice(purpose, subject, bits, _offer(doors))


def is_current(choice: RightChoice, doors: Sequence[Door]) -> bool:
    """Whether its bits mean these doors."""
    # With a door more in the settings the same bits would give a right to another door.
    return choice.offer == _offer(doors) and choice.doors < 1 << len(doors)


def keyboard(
    doors: Sequence[Door], now: RightChoice, rooms: Iterable[tuple[str, str, str]] = ()
) -> InlineKeyboardMarkup:
    """`rooms`: lists that one can go to instead."""
    places = range(len(doors)) if len(doors) > 1 else ()
    rows = [buttons.data_row([_toggle(doors[place], place, now)]) for place in places]
    lengths = [(label, choice) for choice, label in labels.LENGTHS.items()]
    rows += [_row(now, lengths), _row(now, BESIDES[now.purpose]), buttons.view_row(rooms)]
    return InlineKeyboardMarkup([row for row in rows if row])


def chosen_doors(choice: RightChoice, doors: Sequence[Door]) -> list[Door]:
    return [door for place, door in enumerate(doors) if choice.doors >> place & 1]


def grants(chat: ChatContext, doors: Iterable[Door], ends_at: datetime | None) -> list[Grant]:
    """What is usual, as far as the door can do it, and for managers as far as their own right covers it."""
    return [within_own(chat.rights, _grant(chat, door, ends_at)) for door in doors]


def end_of(chat: ChatContext, choice: str) -> datetime | None:
    # A length counts from the press, so that a press that waited gives no longer right.
    length = LENGTHS[choice]
    now = chat.services.clock.datetime()
    asked = datetime.fromtimestamp(chat.asked_at, UTC) if chat.asked_at else now
    return None if length is None else min(asked, now) + length


def _grant(chat: ChatContext, door: Door, ends_at: datetime | None) -> Grant:
    return Grant(
        id=0,
        person_id=None,
        door=door.name,
        actions=frozenset(action for action in USUAL if action is Action.STATUS or door.can(action)),
        ends_at=ends_at,
        granted_by=chat.person_id,
        granted_at=chat.services.clock.datetime(),
    )


def _toggle(door: Door, place: int, now: RightChoice) -> tuple[str, RightChoice]:
    is_chosen = bool(now.doors >> place & 1)
    after = RightChoice(now.purpose, now.subject, now.doors ^ 1 << place, now.offer)
    return labels.ticked(door.title, is_on=is_chosen), after


def _row(now: RightChoice, choices: Iterable[tuple[str, str]]) -> Row:
    return buttons.data_row(
        [(label, RightChoice(now.purpose, now.subject, now.doors, now.offer, choice)) for label, choice in choices]
    )


def _offer(doors: Iterable[Door]) -> str:
    # The names do not fit a button. Six digits notice a change of the settings, and rights are judged anyhow.
    return hashlib.sha256("\n".join(door.name for door in doors).encode()).hexdigest()[:6]
