"""/stats: when doors are opened and by whom, and how the batteries are doing."""

import asyncio
from datetime import timedelta

from bot.chat.context import ChatContext, NotUnderstood
from bot.chat.handlers.history import known
from bot.chat.render import statistics as texts
from bot.chat.telegram.sender import Attachment, Content
from bot.history import picture
from bot.history.words import NotAQuestion, read_question

USUAL, LONGEST = timedelta(days=30), timedelta(days=366)


async def stats(chat: ChatContext) -> None:
    """/stats [door] [30d], always in private."""
    try:
        question = read_question(chat.words, await known(chat))
    except NotAQuestion:
        raise NotUnderstood(texts.USAGE) from None
    if question.person_id or question.topic or question.until:
        raise NotUnderstood(texts.USAGE)
    now = chat.services.clock.datetime()
    length = min(now - question.since, LONGEST) if question.since else USUAL
    counted = await chat.services.history.statistics(
        chat.rights, door=question.door, length=max(length, timedelta(hours=1)), zone=chat.services.zone
    )
    reply = chat.private_reply()
    if picture.is_available():
        # Drawing takes a moment, and doors do not wait for it.
        data = await asyncio.to_thread(picture.draw, counted, texts.labels(counted, chat.locale))
        if await chat.send_file(Attachment("stats.png", data, texts.caption(counted, chat.locale), is_picture=True)):
            if not chat.is_private:
                await chat.say(texts.SENT_PRIVATELY)
            return
    await reply.finish(Content(texts.as_text(counted, chat.locale, can_draw=picture.is_available())))
    await chat.say_where(reply)
