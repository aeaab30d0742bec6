"""/panel: the pinned message of a chat that always shows its doors."""

from bot.chat import buttons
from bot.chat.context import ChatContext, NotUnderstood
from bot.chat.handlers.naming import named_doors, topic_door
from bot.chat.render import labels
from bot.chat.render import panels as texts
from bot.chat.services import Services
from bot.chat.telegram.sender import Content
from bot.domain.panels import MOST_DOORS, DoorsSeen, Panel

PANEL = "panel"
OFF, ALL, PLUS, MINUS = "off", "all", "+", "-"
TAKEN_DOWN = Content(texts.OVER)


async def panel(chat: ChatContext) -> None:
    """/panel [off|all|DOOR, DOOR …]"""
    said = chat.words.strip().casefold()
    before = await _here(chat)
    if said == OFF:
        await _end(chat, before)
    elif said == ALL:
        await _set_up(chat, None)
    elif not said:
        await _set_up(chat, before.doors if before else await _at_first(chat))
    else:
        await _set_up(chat, named_doors(chat, said))


async def press(chat: ChatContext, argument: str) -> None:
    """A button under the answer to /panel."""
    # Each says what is to be, not what is to change: a second press does nothing more.
    before, sign, door = await _here(chat), argument[:1], argument[1:]
    if before is None:
        await chat.say(texts.NONE_HERE)
    elif argument == OFF:
        await _end(chat, before)
    elif sign in (PLUS, MINUS):
        shown = {one.name for one in before.shows(chat.services.doors)}
        await _set_up(chat, frozenset(shown | {door} if sign == PLUS else shown - {door}))
    else:
        await _set_up(chat, before.doors)


async def compose(services: Services, panel: Panel, seen: DoorsSeen) -> Content:
    """The message as it is to be now."""
    doors = panel.shows(services.doors)
    names = [door.name for door in doors]
    alarms = [one for one in await services.lockdowns.standing() if any(map(one.reaches, names))]
    text = texts.panel(doors, seen, alarms, services.locale)
    # Without a sound: it changes with every door, and notices are there for what one has to hear.
    return Content(text, buttons.panel(doors[:MOST_DOORS]), is_silent=True)


async def _set_up(chat: ChatContext, doors: frozenset[str] | None) -> None:
    known = {door.name for door in chat.services.doors}
    if doors is not None and not doors & known:
        raise NotUnderstood(texts.ONE_AT_LEAST)
    place = chat.destination
    panel = Panel(
        chat_id=place.chat_id,
        thread_id=place.thread_id,
        # Who ticks all of them means the house, also with a door that is added to the settings later.
        doors=None if doors is None or known <= doors else doors & known,
        set_up_by=chat.person_id,
    )
    await chat.services.panels.set_up(chat.rights, panel, now=chat.services.clock.datetime())
    shown = None if panel.doors is None else panel.shows(chat.services.doors)
    await chat.say(texts.set_up(shown), _choices(chat, panel))


def _choices(chat: ChatContext, panel: Panel) -> buttons.Keyboard:
    shown = {door.name for door in panel.shows(chat.services.doors)}
    rows = [
        buttons.view_row(
            [
                (
                    labels.ticked(door.title, is_on=door.name in shown),
                    PANEL,
                    f"{MINUS if door.name in shown else PLUS}{door.name}",
                )
            ]
        )
        for door in chat.services.doors
    ]
    return buttons.keyboard([*rows[:MOST_DOORS], buttons.view_row([(texts.END_PANEL, PANEL, OFF)])])


async def _at_first(chat: ChatContext) -> frozenset[str] | None:
    """Every door; in the topic of a door that one."""
    door = await topic_door(chat)
    return frozenset({door.name}) if door else None


async def _end(chat: ChatContext, panel: Panel | None) -> None:
    if panel is None:
        await chat.say(texts.NONE_HERE)
        return
    await chat.services.panels.end(chat.rights, panel, now=chat.services.clock.datetime())
    await chat.say(texts.ENDED)


async def _here(chat: ChatContext) -> Panel | None:
    return await chat.services.panels.get(chat.destination.chat_id, chat.destination.thread_id)
