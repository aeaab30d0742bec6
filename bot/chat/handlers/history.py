"""/history with its filters and files, and /receipt."""

from collections.abc import AsyncIterator
from dataclasses import replace

from bot.chat import buttons
from bot.chat.buttons import Row
from bot.chat.context import ChatContext, NotUnderstood
from bot.chat.courtesy import may
from bot.chat.handlers.naming import topic_door
from bot.chat.history_link import HistoryLink
from bot.chat.render import history as texts
from bot.chat.render import labels
from bot.chat.telegram.replies import Reply
from bot.chat.telegram.sender import Attachment, Content
from bot.domain.actions import Action
from bot.domain.doors import Door
from bot.domain.history import HistoryEntry, Topic
from bot.domain.people import Person
from bot.history import NoSuchEntry
from bot.history.export import csv_lines, json_lines
from bot.history.words import Known, NotAQuestion, read_question

# As short as can be: what a list is asked with takes up to 57 of a button's 64 bytes.
PAGE, CSV, JSON = "h", "hc", "hj"
# A file of some megabytes, which is put together in memory.
MOST_ROWS = 20_000
# Excel takes a file without it for one in the alphabet of its own country.
BYTE_ORDER_MARK = "\ufeff"


async def history(chat: ChatContext) -> None:
    """/history [door] [person] [when] [kind], always in private: it tells who comes and goes."""
    try:
        question = read_question(chat.words, await known(chat))
    except NotAQuestion as error:
        raise NotUnderstood(texts.not_a_question(error)) from None
    if question.door is None and (door := await topic_door(chat)):
        question = replace(question, door=door.name)
    reply = chat.private_reply()
    await _show(chat, HistoryLink(question), reply)
    await chat.say_where(reply)


async def show_page(chat: ChatContext, argument: str) -> None:
    await _show(chat, HistoryLink.decode(argument), chat.private_reply())


async def export(chat: ChatContext, argument: str, form: str) -> None:
    """Everything that the list shows page by page, as a file."""
    question = HistoryLink.decode(argument).question
    # Telegram takes the answer to a press for some seconds only, and reading the journal may take longer.
    chat.pop_up()
    counted = _Counted(chat.services.history.entries(chat.rights, question))
    lines = [line async for line in (csv_lines if form == CSV else json_lines)(counted.newest())]
    mark = BYTE_ORDER_MARK if form == CSV else ""
    name = f"latchkey-history.{'csv' if form == CSV else 'json'}"
    caption = texts.exported(question, chat.locale, is_whole=counted.is_whole)
    if not await chat.send_file(Attachment(name, "".join([mark, *lines]).encode(), caption)):
        await chat.private_reply().finish(Content(texts.FILE_NOT_SENT))


class _Counted:
    """Not more entries than a file may have."""

    def __init__(self, entries: AsyncIterator[HistoryEntry]) -> None:
        self._entries = entries
        self.is_whole = True

    async def newest(self) -> AsyncIterator[HistoryEntry]:
        count = 0
        async for entry in self._entries:
            count += 1
            if count > MOST_ROWS:
                self.is_whole = False
                return
            yield entry


async def receipt(chat: ChatContext) -> None:
    """/receipt NUMBER"""
    said = chat.words.removeprefix("#")
    if not (said.isascii() and said.isdecimal() and len(said) < 17):
        raise NotUnderstood(texts.USAGE_RECEIPT)
    try:
        made = await chat.services.history.receipt(chat.rights, int(said))
    except NoSuchEntry:
        raise NotUnderstood(texts.no_such_entry(said)) from None
    reply = chat.private_reply()
    if made is None:
        await reply.finish(Content(texts.NOT_SEALED_YET))
    elif await chat.send_file(
        Attachment(f"receipt-{said}.json", made.encode().encode(), texts.receipt(said, made.head))
    ):
        if not chat.is_private:
            await chat.say(texts.SENT_PRIVATELY)
    else:
        await reply.finish(Content(texts.FILE_NOT_SENT))


async def known(chat: ChatContext) -> Known:
    """The doors and people whose names this caller may say: of others they are not told that they exist."""
    people = [Person(id=chat.person_id, name=name, added_by=0, added_at=chat.services.clock.datetime())
              for name in (chat.person_name, "me")]  # fmt: skip
    now = chat.services.clock.datetime()
    if may(chat, Action.SEE_HISTORY):
        people += [entry.person for entry in await chat.services.people.register.entries()]
    doors = [door for door in chat.services.doors if _is_familiar(chat, door)]
    return Known(doors, people, now, chat.services.zone)


def _is_familiar(chat: ChatContext, door: Door) -> bool:
    """Whether the caller has, or had, any right to it."""
    return chat.is_owner or any(chat.rights.reaches(grant, door.name) for grant in chat.rights.valid_grants)


async def _show(chat: ChatContext, link: HistoryLink, reply: Reply) -> None:
    page = await chat.services.history.page(chat.rights, link.question, before=link.before)
    text = texts.page(page, link.question, chat.locale, own_id=chat.person_id)
    await reply.finish(Content(text, buttons.keyboard(_rows(link, page.older, is_empty=not page.entries))))


def _rows(link: HistoryLink, older: int | None, *, is_empty: bool) -> list[Row]:
    turning = [(labels.NEWEST, PAGE, link.newest().encode())] if link.before else []
    turning += [(labels.OLDER, PAGE, link.older_than(older).encode())] if older else []
    kinds: list[tuple[str, Topic | None]] = [(labels.EVERYTHING, None), *((labels.TOPICS[one], one) for one in Topic)]
    filters = [(label, PAGE, link.about(topic).encode()) for label, topic in kinds if topic is not link.question.topic]
    argument = link.newest().encode()
    files = [] if is_empty else [(labels.AS_CSV, CSV, argument), (labels.AS_JSON, JSON, argument)]
    return [buttons.view_row(row) for row in (turning, filters, files)]
