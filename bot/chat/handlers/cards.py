"""/people: the list, each person a card, each right with the buttons that change it."""

from bot.access.second_factors import Standing
from bot.chat import buttons
from bot.chat.button_data import read_number
from bot.chat.buttons import Row
from bot.chat.context import ChatContext
from bot.chat.handlers.granting import title_of
from bot.chat.render import cards as texts
from bot.chat.render import labels
from bot.chat.telegram.replies import Reply
from bot.chat.telegram.sender import Content
from bot.domain.people import Grant, Role
from bot.domain.register import Entry

PEOPLE, PERSON, RIGHT, EXTEND, HOURS, CHANGE, STANDING, ROLES, END_DATE, PICK_HOURS = (
    "people", "person", "right", "extend", "hours", "change", "standing", "roles", "enddate", "pickhours",
)  # fmt: skip
RESET_FACTOR = "reset2fa"
RIGHTS_A_PAGE = 12
# Bytes: the words of a search go along in the buttons that turn the page.
LONGEST_SEARCH = 20
LENGTHS = {"1d": "1 day", "1w": "1 week", "30d": "30 days", "": "For good"}
WEEKS = ("mon-fri 8-18", "mon-sun 8-20", "sat-sun 9-18", "mon-sun 20-6")
# Between parts of an argument. The colon stands between the parts of a button's data already.
SEPARATOR = "~"


async def people(chat: ChatContext) -> None:
    """/people [name] — always in private: it is nobody else's business."""
    reply = chat.private_reply()
    await show_people(chat, 0, _searchable(chat.words), reply=reply)
    await chat.say_where(reply)


async def show_people(chat: ChatContext, page: int = 0, search: str = "", *, reply: Reply | None = None) -> None:
    found = await chat.services.people.register.page(chat.rights, search, page)
    lines = [texts.head(found, search), *(texts.line(entry, chat.locale) for entry in found.entries)]
    rows = [
        buttons.view_row([(entry.person.name, PERSON, _joined(entry.person.id, found.number, search))])
        for entry in found.entries
    ]
    # Rights of a group's members are on nobody's card, so they stand once, at the end.
    if found.number == found.count - 1 and not search and chat.is_owner:
        groups = [
            (await title_of(chat, one.chat_id or 0), one) for one in await chat.services.people.register.group_grants()
        ]
        lines += texts.group_rights(groups, chat.locale)
        rows += [buttons.view_row([(labels.right(one, chat.locale), RIGHT, str(one.id))]) for _, one in groups]
    if found.count > 1:
        rows.append(buttons.page_row(PEOPLE, found.number, found.count, search))
    content = Content("\n".join(filter(None, lines)), buttons.keyboard(rows))
    await (reply or chat.private_reply()).finish(content)


async def show_person(chat: ChatContext, page: int, argument: str) -> None:
    """The card. `argument`: the person, and the page of the list that ‹ Back goes to."""
    number, _, place = argument.partition(SEPARATOR)
    entry = await chat.services.people.register.entry(chat.rights, read_number(number))
    if entry is None:
        await chat.say(texts.GONE)
        return
    # Rights that are over stay on the card for a while. They must not push the others off its first page.
    rights = sorted(entry.grants, key=lambda grant: grant.has_ended(chat.services.clock.datetime()))
    count = max(1, -(-len(rights) // RIGHTS_A_PAGE))
    page = min(page, count - 1)
    shown = rights[page * RIGHTS_A_PAGE : (page + 1) * RIGHTS_A_PAGE]
    sponsors = await names_of(chat, [entry.person.added_by, *(grant.granted_by for grant in shown)])
    lines = [texts.card(entry, sponsors, chat.locale)]
    lines += [texts.right_line(grant, sponsors, chat.locale) for grant in shown]
    readable = [grant for grant in shown if _is_readable(chat, grant)]
    rows = [buttons.view_row([(labels.right(grant, chat.locale), RIGHT, str(grant.id))]) for grant in readable]
    rows += [buttons.page_row(PERSON, page, count, argument)] if count > 1 else []
    rows += [*_person_rows(chat, entry), *await _factor_rows(chat, entry), _back(place)]
    await chat.say("\n".join(lines), buttons.keyboard(rows))


def _person_rows(chat: ChatContext, entry: Entry) -> list[Row]:
    person = entry.person
    # Managers suspend and remove whom they added themselves.
    if not chat.is_owner and person.added_by != chat.person_id:
        return []
    hold = (labels.RESUME, "r") if person.is_suspended else (labels.SUSPEND, "s")
    rows = [
        buttons.view_row(
            [(label, STANDING, _joined(person.id, what)) for label, what in (hold, (labels.REMOVE_PERSON, "x"))]
        )
    ]
    return [*rows, buttons.view_row([(labels.ROLE, ROLES, str(person.id))])] if chat.is_owner else rows


async def _factor_rows(chat: ChatContext, entry: Entry) -> list[Row]:
    """For owners, about others who have one."""
    person_id = entry.person.id
    if not chat.is_owner or person_id == chat.person_id:
        return []
    has_one = await chat.services.second_factors.standing(person_id) is not Standing.NONE
    return [buttons.view_row([(labels.RESET_FACTOR, RESET_FACTOR, str(person_id))])] if has_one else []


async def show_right(chat: ChatContext, _: int, argument: str) -> None:
    grant = await readable_right(chat, argument)
    if grant is None:
        await chat.say(texts.RIGHT_GONE)
        return
    hold = (labels.RESUME, "r") if grant.is_suspended else (labels.SUSPEND, "s")
    rows = [
        buttons.view_row([(labels.EXTEND, EXTEND, argument), (labels.HOURS, HOURS, argument)]),
        buttons.view_row([(label, CHANGE, _joined(grant.id, what)) for label, what in (hold, (labels.REMOVE, "x"))]),
        back_to(grant),
    ]
    sponsors = await names_of(chat, [grant.granted_by])
    text = texts.right_card(await whose(chat, grant), grant, sponsors, chat.locale)
    await chat.say(text, buttons.keyboard(rows))


async def choose_end(chat: ChatContext, _: int, argument: str) -> None:
    choices = [(label, CHANGE, _joined(argument, f"e{length}")) for length, label in LENGTHS.items()]
    choices.append((labels.PICK_DATE, END_DATE, argument))
    await _choose(chat, argument, texts.FOR_HOW_LONG, [buttons.view_row([choice]) for choice in choices])


async def choose_hours(chat: ChatContext, _: int, argument: str) -> None:
    choices = [(labels.ALWAYS, CHANGE, _joined(argument, "h"))]
    choices += [(week, CHANGE, _joined(argument, f"h{number}")) for number, week in enumerate(WEEKS)]
    choices.append((labels.OTHER_HOURS, PICK_HOURS, _joined(argument, "1f")))
    await _choose(chat, argument, texts.AT_WHICH_HOURS, [buttons.view_row([choice]) for choice in choices])


async def choose_role(chat: ChatContext, _: int, argument: str) -> None:
    rows = [buttons.view_row([(role.value.capitalize(), STANDING, _joined(argument, role.value))]) for role in Role]
    await chat.say(texts.WHICH_ROLE, buttons.keyboard([*rows, buttons.view_row([(labels.BACK, PERSON, argument)])]))


async def _choose(chat: ChatContext, argument: str, text: str, rows: list[Row]) -> None:
    grant = await readable_right(chat, argument)
    if grant is None:
        await chat.say(texts.RIGHT_GONE)
        return
    back = buttons.view_row([(labels.BACK, RIGHT, argument)])
    shown = texts.right_card(await whose(chat, grant), grant, await names_of(chat, [grant.granted_by]), chat.locale)
    await chat.say(f"{shown}\n{text}", buttons.keyboard([*rows, back]))


async def readable_right(chat: ChatContext, number: str) -> Grant | None:
    """None for a right that is not there, or that this person may not see."""
    grant = await chat.services.people.register.grant(read_number(number))
    # The number comes from the client, so every right that a manager did not give is nothing to them.
    return grant if grant and _is_readable(chat, grant) else None


def _is_readable(chat: ChatContext, grant: Grant) -> bool:
    return chat.is_owner or grant.granted_by == chat.person_id


async def whose(chat: ChatContext, grant: Grant) -> str:
    if grant.chat_id is not None:
        return texts.whose(None, await title_of(chat, grant.chat_id))
    return texts.whose((await chat.services.people.rights(grant.person_id or 0)).person)


async def names_of(chat: ChatContext, people: list[int]) -> dict[int, str]:
    return {**await chat.services.people.register.names(people), chat.person_id: texts.YOU}


def back_to(grant: Grant) -> Row:
    view = (PERSON, str(grant.person_id)) if grant.person_id else (PEOPLE, "")
    return buttons.view_row([(labels.BACK, *view)])


def _back(place: str) -> Row:
    page, _, search = place.partition(SEPARATOR)
    return buttons.view_row([(labels.BACK, PEOPLE, search)], page=read_number(page))


def _joined(*parts: object) -> str:
    return SEPARATOR.join(str(part) for part in parts)


def _searchable(words: str) -> str:
    kept = words.replace(":", " ").replace(SEPARATOR, " ").strip().encode()[:LONGEST_SEARCH]
    return kept.decode(errors="ignore")
