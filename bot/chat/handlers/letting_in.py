"""Somebody asks to come in, an owner answers with a button; and rights for a person who was picked."""

from dataclasses import replace
from functools import partial

from telegram import InlineKeyboardMarkup

from bot.access.changes import role_of
from bot.access.requests import AskedToJoin
from bot.chat import buttons, paging
from bot.chat.button_data import PageTurn, read_number
from bot.chat.context import ChatContext
from bot.chat.courtesy import may
from bot.chat.handlers import choosing_right, dates, home, inviting
from bot.chat.handlers.choosing_person import ChosenPerson, Purpose, ask_for_person, is_person
from bot.chat.handlers.confirming import confirm_if_late
from bot.chat.handlers.dates import Picking
from bot.chat.joining_buttons import For, RightChoice
from bot.chat.paging import Item
from bot.chat.render import choosing, denials, joining, labels
from bot.chat.render import people as texts
from bot.chat.services import Services
from bot.chat.telegram.replies import Reply
from bot.chat.telegram.sender import Content
from bot.domain.actions import Action
from bot.domain.calendars import Window
from bot.domain.drafts import Draft, DraftFor
from bot.domain.events import Event, InvitationClaimed, JoinAsked
from bot.domain.joining import JoinAnswer
from bot.domain.people import Grant

BANS, LIFT_BAN = inviting.BANS, "lift"
REFUSALS = {"no": JoinAnswer.REFUSED, "ban": JoinAnswer.BANNED}
ASKED = {
    AskedToJoin.NOW: joining.ASKED_NOW,
    AskedToJoin.ALREADY: joining.ASKED_ALREADY,
    AskedToJoin.TOO_SOON: joining.ASKED_TOO_SOON,
    AskedToJoin.TOO_MANY: joining.ASKED_TOO_MANY,
}


async def ask(chat: ChatContext) -> None:
    """The button under the answer to a stranger. Whoever is on the list already gets the home screen."""
    if chat.rights.known:
        await home.show_home(chat)
        return
    username = chat.pressed_by.username if chat.pressed_by else None
    asked = await chat.services.requests.ask(chat.person_id, chat.person_name, username)
    if asked is not AskedToJoin.BANNED:
        await chat.say(ASKED[asked])
    elif await chat.services.requests.tells_banned(chat.person_id):
        await chat.say(joining.BANNED)


def keyboard_under(services: Services, event: Event) -> InlineKeyboardMarkup | None:
    """Of the events that the bot tells unasked some want an answer."""
    if isinstance(event, InvitationClaimed):
        return inviting.take_back_keyboard(event)
    return _card_keyboard(services, event.request) if isinstance(event, JoinAsked) else None


def _card_keyboard(services: Services, request_id: int) -> InlineKeyboardMarkup:
    """Under the message that asks the owners."""
    doors = list(services.doors)[: choosing_right.MOST_DOORS]
    return choosing_right.keyboard(doors, choosing_right.begin(For.REQUEST, request_id, doors))


async def press(chat: ChatContext, choice: RightChoice) -> None:
    """A button of a card, of an invitation or of a picked person. Access judges again, in its transaction."""
    doors = choosing_right.offered_doors(chat)
    if not chat.is_private or not _may(chat, choice):
        is_request = choice.purpose is For.REQUEST
        await chat.refuse(denials.OWNERS_ONLY if is_request else denials.only_for(Action.CHANGE_PEOPLE))
    elif choice.purpose is For.PERSON and not is_person(chat, choice.subject):
        await chat.refuse(choosing.NOT_A_PERSON)
    # The bits of the button would mean other doors now: begun anew, with none chosen.
    elif not choosing_right.is_current(choice, doors):
        chat.pop_up(joining.DOORS_CHANGED)
        await _show_again(chat, choosing_right.begin(choice.purpose, choice.subject, doors))
    elif choice.choice in choosing_right.LENGTHS:
        await _chosen(chat, choice)
    elif choice.purpose is For.REQUEST and choice.choice in REFUSALS:
        await confirm_if_late(chat, partial(_refuse, request_id=choice.subject, answer=REFUSALS[choice.choice]))
    elif choice.choice == "date" and choice.purpose is not For.REQUEST:
        await _pick_end(chat, choice)
    elif choice.purpose is For.INVITATION and choice.choice == "pick":
        await ask_for_person(chat, joining.WHO_COMES, Purpose.LET_IN)
    else:
        await _show_again(chat, choice)


def _may(chat: ChatContext, choice: RightChoice) -> bool:
    if choice.purpose is For.REQUEST:
        return chat.is_owner
    return may(chat, Action.CHANGE_PEOPLE)


async def _show_again(chat: ChatContext, choice: RightChoice, question: str = "") -> None:
    """The same message with other doors chosen. `question`: in place of what the message says."""
    # The words of the message stay: they say who asks to come in, and that names are chosen freely.
    text = question or (chat.pressed.text_html if chat.pressed and chat.pressed.text else joining.CHOOSE)
    rooms = inviting.rooms(chat) if choice.purpose is For.INVITATION else ()
    await chat.say(text, choosing_right.keyboard(choosing_right.offered_doors(chat), choice, rooms))


async def _chosen(chat: ChatContext, choice: RightChoice) -> None:
    doors = choosing_right.chosen_doors(choice, choosing_right.offered_doors(chat))
    if not doors:
        await chat.refuse(joining.CHOOSE_DOORS)
        return
    rights = choosing_right.grants(chat, doors, choosing_right.end_of(chat, choice.choice))
    await confirm_if_late(chat, partial(GIVE[choice.purpose], subject=choice.subject, rights=rights))


async def _pick_end(chat: ChatContext, choice: RightChoice) -> None:
    if not choosing_right.chosen_doors(choice, choosing_right.offered_doors(chat)):
        await chat.refuse(joining.CHOOSE_DOORS)
        return
    details = {"choice": replace(choice, choice="").encode()}
    await dates.begin(chat, END_DATE, await chat.services.drafts.begin(chat.person_id, DraftFor.INVITATION, details))


async def _end_picked(chat: ChatContext, draft: Draft, window: Window) -> None:
    choice, doors = _drafted(draft), choosing_right.offered_doors(chat)
    # A calendar works for a week: rights and settings may have changed since it was opened.
    if choice is None or not _may(chat, choice) or not choosing_right.is_current(choice, doors):
        await chat.refuse(joining.DOORS_CHANGED)
        return
    rights = choosing_right.grants(chat, choosing_right.chosen_doors(choice, doors), window.ends_at)
    await GIVE[choice.purpose](chat, subject=choice.subject, rights=rights)


async def _about_end(chat: ChatContext, draft: Draft) -> str:
    choice = _drafted(draft)
    doors = choosing_right.chosen_doors(choice, choosing_right.offered_doors(chat)) if choice else []
    return joining.until_when(doors)


async def _back_to_lengths(chat: ChatContext, draft: Draft) -> None:
    if choice := _drafted(draft):
        await _show_again(chat, choice, _question(chat, choice))


def _question(chat: ChatContext, choice: RightChoice) -> str:
    if choice.purpose is For.PERSON:
        return joining.what_may(chat.services.acquaintances.name_of(choice.subject), choice.subject)
    return joining.CHOOSE


def _drafted(draft: Draft) -> RightChoice | None:
    return RightChoice.decode(str(draft.details["choice"]))


END_DATE = Picking(_end_picked, _back_to_lengths, _about_end, asks_start=False)


async def _let_in(chat: ChatContext, *, subject: int, rights: list[Grant]) -> None:
    await _answer(chat, subject, JoinAnswer.LET_IN, rights)


async def _refuse(chat: ChatContext, *, request_id: int, answer: JoinAnswer) -> None:
    await _answer(chat, request_id, answer, [])


async def _answer(chat: ChatContext, request_id: int, answer: JoinAnswer, rights: list[Grant]) -> None:
    done = await chat.services.requests.answer(
        caller=chat.person_id, caller_name=chat.person_name, request_id=request_id, answer=answer, grants=rights
    )
    if done is None:
        await chat.say(joining.NO_REQUEST)
    else:
        await chat.say(joining.answered(done.request, done.grants, chat.locale, by_you=done.is_first))


async def picked(chat: ChatContext, chosen: ChosenPerson) -> None:
    """A person came from Telegram's picker or as a contact: which doors, and for how long?"""
    # Telegram tells the name with the picking alone, and the buttons have no room for it.
    chat.services.acquaintances.met(chosen.id, chosen.name)
    doors = choosing_right.offered_doors(chat)
    if not doors:
        await chat.say(joining.NO_DOOR_TO_GIVE)
        return
    begun = choosing_right.begin(For.PERSON, chosen.id, doors)
    await chat.say(joining.what_may(chosen.name, chosen.id), choosing_right.keyboard(doors, begun))


async def _give(chat: ChatContext, *, subject: int, rights: list[Grant]) -> None:
    name = chat.services.acquaintances.name_of(subject)
    given = await chat.services.people.give_all(
        caller=chat.person_id,
        grants=[replace(grant, person_id=subject) for grant in rights],
        name=name,
        role=role_of(rights),
        update_key=chat.update_key,
    )
    reply = chat.message_to(subject)
    await reply.finish(Content(joining.you_may(given, chat.locale)))
    told = [] if reply.is_delivered else [texts.not_told(chat.bot.link)]
    await chat.say("\n".join([joining.given(name, subject, given, chat.locale), *told]))


GIVE = {For.REQUEST: _let_in, For.INVITATION: inviting.invite_to, For.PERSON: _give}


async def bans(chat: ChatContext) -> None:
    reply = chat.private_reply()
    await show_bans(chat, reply=reply)
    await chat.say_where(reply)


async def show_bans(chat: ChatContext, page: int = 0, argument: str = "", *, reply: Reply | None = None) -> None:
    items = []
    for person_id, name in await chat.services.requests.bans():
        items.append(Item(row=buttons.data_row([(labels.lift_ban(name), PageTurn(LIFT_BAN, 0, str(person_id)))])))
    text, keyboard = paging.show(joining.BANS if items else joining.NO_BANS, items, view=BANS, page=page)
    await (reply or chat.private_reply()).finish(Content(text, keyboard))


async def lift_ban(chat: ChatContext, argument: str) -> None:
    await confirm_if_late(chat, partial(_lift_ban, person_id=read_number(argument)))


async def _lift_ban(chat: ChatContext, *, person_id: int) -> None:
    await chat.services.requests.lift_ban(caller=chat.person_id, person_id=person_id)
    await show_bans(chat)
