"""/neighbours: who is called, after the hosts, when somebody does not get in at a door."""

from dataclasses import replace

from bot.chat import buttons
from bot.chat.button_data import PageTurn, read_number
from bot.chat.context import ChatContext
from bot.chat.handlers.choosing_person import is_person, resolve_person
from bot.chat.handlers.naming import no_such_door, resolve_door_and_rest
from bot.chat.render import denials, labels
from bot.chat.render import neighbours as texts
from bot.domain.doors import NoSuchDoor

REMOVE = "noneighbour"
SEPARATOR = "~"


async def neighbours(chat: ChatContext) -> None:
    """/neighbours [door NAME]"""
    if not chat.words:
        await _show(chat)
        return
    known = list(chat.services.doors)
    try:
        door, said = resolve_door_and_rest(chat.words, known, str)
    except NoSuchDoor as nowhere:
        raise no_such_door(nowhere.said or chat.words, known) from None
    person = await resolve_person(replace(chat, words=said), texts.USAGE)
    is_one = await chat.services.neighbours.add(caller=chat.person_id, door=door.name, person_id=person.id)
    if is_one:
        await _show(chat)
    else:
        await chat.say(texts.has_no_right(person.name or str(person.id), door))


async def remove(chat: ChatContext, argument: str) -> None:
    door, _, number = argument.partition(SEPARATOR)
    person_id = read_number(number)
    if not is_person(chat, person_id):
        await chat.refuse(denials.BUTTON_UNKNOWN)
        return
    await chat.services.neighbours.remove(caller=chat.person_id, door=door, person_id=person_id)
    await _show(chat)


async def _show(chat: ChatContext) -> None:
    found = await chat.services.neighbours.all(chat.person_id)
    rows = [
        buttons.data_row([(labels.no_neighbour(name, chat.services.doors.title(door)), _remove(door, person_id))])
        for door, person_id, name in found
    ]
    await chat.say(texts.listed(found, chat.locale), buttons.keyboard(rows))


def _remove(door: str, person_id: int) -> PageTurn:
    return PageTurn(REMOVE, 0, f"{door}{SEPARATOR}{person_id}")
