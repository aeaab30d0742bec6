"""Whoever may not, moves nothing: every command and every button, tried by those who have no right.

What is walked is read from the bot itself, so that new commands and buttons are tried from their first day on.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from bot.chat import button_data, guest_buttons
from bot.chat.button_data import PRESSABLE, ButtonData, Confirm, ConfirmList, PageTurn
from bot.chat.buttons import STUCK
from bot.chat.date_buttons import OF_DAYS, OF_MOMENTS, DateButton, DateStep
from bot.chat.door_buttons import AnswerCall, Approve, AskToOpen, CallWord, KeepOpen, LeaveAsItIs
from bot.chat.guest_buttons import CodeButton, GuestWish
from bot.chat.handlers import COMMANDS, VIEWS, arrivals, cards, choosing_right, codes, doors, reasons
from bot.chat.joining_buttons import CHOICES, AskToComeIn, For, RightChoice
from bot.chat.notice_buttons import Acknowledge, Mute
from bot.chat.render import labels
from bot.chat.space_buttons import SPACE_ANSWERS, ClosingTick, SpaceAnswer
from bot.domain.actions import GRANTABLE, Action
from bot.domain.alerts import AlertKind
from bot.domain.approvals import CHOICES as CAN_BE_SAID
from bot.domain.calendars import Month, Window
from bot.domain.code_wishes import CodeWish
from bot.domain.durations import Span
from bot.domain.people import Rights
from bot.domain.policy import Verdict
from tests.house import FORUM, FRONT, GROUP, MAX, OLGA, SAM, TITLES, TOPIC, Chat, House, a_house

DOORS = ("front", "shed", "garage")
WORDS = ("", "front", "Front door", "garage", "garage 2h", "*", "on", "44", "99 front all")
ARGUMENTS = {Action.REVOKE: "1"}
VIEW_ARGUMENTS = {
    cards.PERSON: "43",
    cards.RIGHT: "1",
    cards.END_DATE: "1",
    cards.PICK_HOURS: "1~1f",
    cards.CHANGE: "1~x",
    cards.STANDING: "43~x",
    reasons.WHO: "front",
    STUCK: "front",
    arrivals.CHECK: "1",
}
AT_ONCE, PACE_SECONDS = 10, 1.5
BUTTONS = {
    *(ButtonData, PageTurn, Confirm, ConfirmList, AskToComeIn, RightChoice, KeepOpen, LeaveAsItIs),
    *(Mute, Acknowledge, CodeButton),
    *(AskToOpen, Approve, AnswerCall, GuestWish, DateButton),
    *(SpaceAnswer, ClosingTick),
}
"""Every kind of button that `data_of_every_button` presses."""


@pytest.fixture
async def house(path: Path) -> AsyncIterator[House]:
    async with a_house(path, space_name="Club") as house:
        yield house


def every_command() -> Iterator[str]:
    for command in COMMANDS:
        for name in command.names:
            yield from (f"/{name} {words}".strip() for words in WORDS)


def data_of_every_button(house: House) -> Iterator[str]:
    for action in PRESSABLE:
        for door in DOORS:
            yield ButtonData(action, door, True, ARGUMENTS.get(action, "")).encode()
    for door in DOORS:
        yield KeepOpen(door).encode()
        yield LeaveAsItIs(door).encode()
    for view in VIEWS:
        yield PageTurn(view, 0, VIEW_ARGUMENTS.get(view, "120")).encode()
    for argument in ("on", "off", "quiet", "+codes", "@", "@front", "-opened@front", "=@front"):
        yield PageTurn("notify", 0, argument).encode()
    yield PageTurn("panel", 0, "off").encode()
    pending = house.inside.confirmations
    span = Span(timedelta(hours=2))
    for work in (
        partial(doors.move_door, door="front", action=Action.OPEN),
        partial(codes.make, name="garage", code=CodeWish(span)),
    ):
        at = house.inside.clock.now()
        yield Confirm(pending.add(person_id=OLGA, chat_id=OLGA, work=work, asked_at=at)).encode()
        yield Confirm(pending.add(person_id=OLGA, chat_id=GROUP, work=work, asked_at=at)).encode()
    yield ConfirmList("0123456789abcdef").encode()
    yield AskToComeIn().encode()
    for choice in ("", "1h", "off"):
        yield Mute(choice).encode()
    for fault in AlertKind:
        yield Acknowledge(fault, "front").encode()
    for what in SPACE_ANSWERS:
        yield SpaceAnswer(what, is_page=True).encode()
    yield ClosingTick(1, is_done=True).encode()
    yield from data_of_choices(house)


def data_of_choices(house: House) -> Iterator[str]:
    """Buttons that choose doors, lengths and answers."""
    offer = choosing_right.begin(For.REQUEST, 1, list(house.inside.doors)).offer
    for purpose in For:
        for choice in CHOICES:
            yield RightChoice(purpose, 1, 0b111, offer, choice).encode()
    for door in DOORS:
        yield AskToOpen(door).encode()
        for length in guest_buttons.STAYS:
            yield GuestWish(door, length, "Dupont").encode()
    yield from data_of_dates(house)
    for answer in CAN_BE_SAID:
        yield Approve(1, answer).encode()
    for word in CallWord:
        yield AnswerCall(1, word).encode()


def data_of_dates(house: House) -> Iterator[str]:
    """Every kind of page and choice of the date picker, of drafts that the buttons before have made."""
    now = house.inside.clock.datetime()
    day = now.date() + timedelta(days=1)
    values = dict.fromkeys(OF_DAYS, day) | dict.fromkeys(OF_MOMENTS, now + timedelta(days=1))
    for draft in range(1, 3):
        for step in DateStep:
            value = Month.of(day) if step is DateStep.MONTH else values.get(step)
            yield DateButton(draft, step, value).encode()
            yield DateButton(draft, step, value, now).encode()
        for door in DOORS:
            for choice in ("", *labels.CODE_LENGTHS):
                yield CodeButton(draft, door, choice).encode()
            yield CodeButton.between(draft, door, Window(now, now + timedelta(days=1))).encode()


async def walk(chat: Chat) -> None:
    """Try everything there is, at a pace that nothing is skipped for."""
    house = chat.house
    await chat.say("/start")
    commands = list(every_command())
    for start in range(0, len(commands), AT_ONCE):
        house.hands.turn(AT_ONCE * PACE_SECONDS)
        for words in commands[start : start + AT_ONCE]:
            chat.write(words)
        await house.quiet()
    for pressed in list(data_of_every_button(house)):
        house.hands.turn(PACE_SECONDS)
        await chat.forge(pressed)
        # Old presses are asked back; what is offered then is pressed as well.
        for row in chat.last["buttons"][:1]:
            if data := row[0].get("data"):
                await chat.forge(data, message_id=chat.last["message_id"])


class Untouched:
    """What must be the same after a walk as before it."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def look(self) -> tuple[object, ...]:
        house = self._house
        started = len(await house.journal("started"))
        groups = [(group.chat_id, group.thread_id) for group in await house.storage.groups.all()]
        chats = groups, await house.storage.panels.all(), await house.storage.door_topics.all()
        return house.requests(), house.moves(), started, await house.inside.people.register.entries(), chats


async def assert_nothing_is_reached_by(chat: Chat) -> None:
    untouched = Untouched(chat.house)
    before = await untouched.look()
    await walk(chat)
    assert await untouched.look() == before


async def put_off_the_list(house: House) -> None:
    await house.inside.people.deny(caller=OLGA, person_id=MAX, door=None)


async def without_rights(house: House) -> None:
    for door in DOORS:
        await house.inside.people.deny(caller=OLGA, person_id=MAX, door=door)


async def with_rights_that_ended(house: House) -> None:
    for door in DOORS:
        await house.inside.people.allow(
            caller=OLGA, person_id=MAX, name="Max", door=door, actions=GRANTABLE, length=timedelta(minutes=1)
        )
    await house.wait(61)
    await house.poll_once()


PLACES = {"in private": (None, None), "in a group": (GROUP, None), "in a topic": (FORUM, TOPIC)}
PEOPLE = {
    "put off the list": put_off_the_list,
    "without rights": without_rights,
    "with rights that ended": with_rights_that_ended,
}


@pytest.mark.parametrize("place", PLACES)
async def test_a_stranger_reaches_no_lock(house: House, place: str) -> None:
    group, thread = PLACES[place]
    chat = house.in_group(SAM, group, thread) if group else house.stranger
    await assert_nothing_is_reached_by(chat)
    assert not [title for title in TITLES for text in chat.seen if title in text]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("who", PEOPLE)
async def test_a_person_without_a_right_reaches_no_lock(house: House, who: str, place: str) -> None:
    group, thread = PLACES[place]
    await PEOPLE[who](house)
    await assert_nothing_is_reached_by(house.in_group(MAX, group, thread) if group else house.member)


async def test_a_right_to_one_door_reaches_no_other(house: House) -> None:
    before = len(house.gateway.requests), len(house.shed.requests)
    await walk(house.guest)
    assert (len(house.gateway.requests), len(house.shed.requests)) == before
    assert {event.what for event in house.cloud.events if event.request} == {"unlocked"}


async def test_it_is_the_decision_that_keeps_strangers_out_and_not_the_door_keeper(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Rights, "known", property(lambda rights: True))
    await assert_nothing_is_reached_by(house.stranger)


async def test_the_walk_notices_a_decision_that_says_yes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for room in ("bot.control.decision", "bot.chat.handlers.naming"):
        monkeypatch.setattr(f"{room}.decide", lambda *_, **__: Verdict())
    await without_rights(house)
    with pytest.raises(AssertionError):
        await assert_nothing_is_reached_by(house.member)
    assert {"/open", "/close"} <= set(house.commands_sent())


async def test_the_walk_reaches_every_lock_for_somebody_who_may(house: House) -> None:
    await walk(house.owner)
    assert {"unlocked", "locked", "pin created"} <= set(house.moves())
    assert house.gateway.lock(FRONT).last_log > 1000


def test_every_kind_of_button_is_pressed() -> None:
    assert set(get_args(get_type_hints(button_data.decode)["return"])) == BUTTONS | {type(None)}
