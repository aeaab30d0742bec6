"""/breakglass: owners say who may break which glass, and keyholders break it."""

from dataclasses import replace
from functools import partial

from telegram import InlineKeyboardMarkup

from bot.access.glasses import NotAKeyholder
from bot.chat import buttons, paging
from bot.chat.button_data import PageTurn, read_number
from bot.chat.context import ChatContext, NotUnderstood
from bot.chat.door_buttons import Approve
from bot.chat.handlers.choosing_person import find_person
from bot.chat.handlers.confirming import confirm_if_late, request_confirmation
from bot.chat.handlers.naming import no_such_door, resolve_door_and_rest
from bot.chat.paging import Item
from bot.chat.render import glass as texts
from bot.chat.render import labels
from bot.chat.telegram.sender import Content
from bot.domain.approvals import ApprovalAnswer
from bot.domain.doors import Door, NoSuchDoor
from bot.domain.events import GlassBreaking
from bot.domain.glass import Glass, GlassReader, GlassStep, WhyNot
from bot.domain.glass_terms import NotTerms, Terms, parse_terms

GLASSES, REVOKE, RESTORE, RENEW, BREAK = "glass", "unglass", "reglass", "newglass", "break"


async def breakglass(chat: ChatContext) -> None:
    """/breakglass [DOOR [K of NAMES|NAME after LENGTH]] for owners; everybody else breaks one of theirs."""
    if not chat.is_owner:
        await show_own(chat)
    elif not chat.words:
        await show_glasses(chat)
    else:
        await _set_up(chat)


async def _set_up(chat: ChatContext) -> None:
    door, terms = _door_and_terms(chat)
    people = [await _named(chat, name) for name in terms.names]
    try:
        glass = await chat.services.glasses.set_up(
            caller=chat.person_id,
            caller_name=chat.person_name,
            door=door.name,
            keyholders=people,
            votes_needed=terms.votes_needed,
            silence=terms.silence,
            update_key=chat.update_key,
        )
    except NotAKeyholder as error:
        name = terms.names[people.index(error.person_id)]
        raise NotUnderstood(texts.unfit(name, error.why)) from None
    await chat.say(texts.made(glass, chat.locale), _under(labels.UNDO, REVOKE, glass))


def _door_and_terms(chat: ChatContext) -> tuple[Door, Terms]:
    doors = list(chat.services.doors)
    try:
        return resolve_door_and_rest(chat.words, doors, parse_terms)
    except NoSuchDoor as nowhere:
        raise no_such_door(nowhere.said or chat.words, doors) from None
    except NotTerms as error:
        raise NotUnderstood(texts.lacking(error)) from None


async def show_glasses(chat: ChatContext, page: int = 0, *, above: str = "") -> None:
    """Every glass there is, for owners."""
    states = await chat.services.glasses.standing(caller=chat.person_id)
    items = [
        Item(texts.listed(state, number, chat.locale), buttons.data_row(_changes(state.glass, number, state.is_whole)))
        for number, state in enumerate(states, 1)
    ]
    last = texts.seen(await chat.services.signs.last(), chat.locale)
    head = "\n".join(filter(None, [above, texts.LIST if items else texts.NONE, last]))
    text, keyboard = paging.show(head, items, view=GLASSES, page=page)
    await chat.reply().finish(Content(text, keyboard))


def _changes(glass: Glass, number: int, is_whole: bool) -> list[tuple[str, PageTurn]]:
    renew = [] if is_whole else [(labels.renew_glass(number), PageTurn(RENEW, 0, str(glass.id)))]
    return [*renew, (labels.revoke_glass(number), PageTurn(REVOKE, 0, str(glass.id)))]


async def _named(chat: ChatContext, name: str) -> int:
    """The whole name is one person's."""
    # Without the message, whose mention or answered message would stand for each of the names.
    chosen = await find_person(replace(chat, words=name, message=None))
    if chosen is None or chosen.words:
        raise NotUnderstood(texts.nobody_called(name))
    return chosen.id


async def revoke(chat: ChatContext, argument: str) -> None:
    glass = await chat.services.glasses.revoke(
        caller=chat.person_id, caller_name=chat.person_name, glass_id=read_number(argument)
    )
    if glass is None:
        await chat.say(texts.GONE)
    else:
        await chat.say(texts.revoked(glass, chat.locale), _under(labels.UNDO, RESTORE, glass))


async def restore(chat: ChatContext, argument: str) -> None:
    """Undo, for ten minutes."""
    glass = await chat.services.glasses.restore(
        caller=chat.person_id, caller_name=chat.person_name, glass_id=read_number(argument)
    )
    await chat.say(texts.restored(glass, chat.locale) if glass else texts.TOO_LATE_TO_UNDO)


async def renew(chat: ChatContext, argument: str) -> None:
    # A press that may be old is asked about, as it gives people a way in.
    work = partial(_renew, number=read_number(argument))
    await confirm_if_late(chat, work, question=texts.MAY_BE_OLD, label=labels.RENEW_GLASS)


async def _renew(chat: ChatContext, *, number: int) -> None:
    glass = await chat.services.glasses.renew(caller=chat.person_id, caller_name=chat.person_name, glass_id=number)
    if glass is None:
        await chat.say(texts.GONE)
    else:
        await chat.say(texts.renewed(glass, chat.locale), _under(labels.REVOKE_GLASS, REVOKE, glass))


async def show_own(chat: ChatContext) -> None:
    """The glasses this person may break, in their own chat."""
    rows = await own_rows(chat)
    text = texts.YOURS if rows else texts.NONE_OF_YOURS
    reply = chat.private_reply()
    await reply.finish(Content(text, buttons.keyboard(rows)))
    await chat.say_where(reply)


async def own_rows(chat: ChatContext) -> list[buttons.Row]:
    """A button for each glass that this person may break."""
    # Owners open by their own right, and break nothing.
    held = [] if chat.is_owner else await chat.services.breaking.held_by(chat.person_id)
    rows = []
    for one in held:
        label = labels.break_glass(chat.services.doors.title(one.door), is_alone=one.silence is not None)
        rows.append(buttons.view_row([(label, BREAK, str(one.id))]))
    return rows


async def ask_to_break(chat: ChatContext, argument: str) -> None:
    """Says who will hear it, before it is done."""
    number = read_number(argument)
    prospect = await chat.services.breaking.prospect(person_id=chat.person_id, glass_id=number)
    if prospect.state is None or prospect.why_not:
        await chat.refuse(texts.REFUSALS[prospect.why_not or WhyNot.NOT_THEIRS])
        return
    text = texts.confirm(prospect, prospect.state.glass, chat.locale, seconds=chat.services.confirmations.seconds)
    await request_confirmation(chat, text, labels.BREAK_GLASS, partial(_break, number=number))


async def _break(chat: ChatContext, *, number: int) -> None:
    place = chat.destination
    broken = await chat.services.breaking.begin(
        person_id=chat.person_id, name=chat.person_name, glass_id=number, chat_id=place.chat_id,
        thread_id=place.thread_id,
    )  # fmt: skip
    if broken.state is None or broken.why_not:
        await chat.say(texts.REFUSALS[broken.why_not or WhyNot.NOT_THEIRS])
    else:
        await chat.say(texts.begun(broken.state.glass, chat.locale))


def keyboard(event: GlassBreaking, door: Door | None) -> InlineKeyboardMarkup | None:
    """Under what is told of it: owners allow or refuse, keyholders agree, and whoever broke it opens."""
    if event.step is GlassStep.OPENED and event.reader is GlassReader.OPENER:
        return buttons.open_now(door) if door else None
    if not has_answers(event):
        return None
    yes = Approve(event.request, ApprovalAnswer.ONCE)
    if event.reader is GlassReader.KEYHOLDER:
        return buttons.keyboard([buttons.data_row([(labels.AGREE, yes)])])
    no = Approve(event.request, ApprovalAnswer.REFUSED)
    return buttons.keyboard([buttons.data_row([(labels.ALLOW_NOW, yes), (labels.REFUSE, no)])])


def has_answers(event: GlassBreaking) -> bool:
    """Whether it is a card: a question to this reader."""
    # With a silence one keyholder is alone, and there is nobody to agree.
    may_agree = event.reader is GlassReader.KEYHOLDER and event.silence is None
    return event.step is GlassStep.ASKED and (event.reader is GlassReader.OWNER or may_agree)


def _under(label: str, view: str, glass: Glass) -> InlineKeyboardMarkup | None:
    return buttons.keyboard([buttons.view_row([(label, view, str(glass.id))])])
