"""What may be said in place of a message that Telegram does not take: never silence."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from telegram.constants import ParseMode

from bot.chat.render.limits import CUT_OFF, EMPTY, NO_BUTTONS
from bot.chat.telegram.limits import LONGEST_TEXT, cut, fits, plain_text, utf16_length, without_people

if TYPE_CHECKING:
    from bot.chat.telegram.sender import Content

# Servers of an older Bot API do not know it, and refuse the whole text.
TIME = re.compile(r"</?tg-time[^>]*>")


def forms(content: "Content") -> Iterator[tuple["Content", str | None]]:
    """The content, and what may be said in its place, each with its parse mode."""
    plain = plain_text(content.text)
    if utf16_length(plain) <= LONGEST_TEXT:
        if fits(content.keyboard):
            yield content, ParseMode.HTML
            # From here on each form gives up what Telegram most likely refused, and as little as can be.
            if (kept := without_people(content.keyboard)) != content.keyboard:
                yield replace(content, keyboard=kept), ParseMode.HTML
            if TIME.search(content.text):
                yield replace(content, text=TIME.sub("", content.text)), ParseMode.HTML
        if content.keyboard:
            yield replace(content, text=f"{content.text}\n{NO_BUTTONS}", keyboard=None), ParseMode.HTML
    # Without markup: a tag that Telegram does not take, or that the cut tore, would fail again.
    yield replace(content, text=cut(plain, LONGEST_TEXT, CUT_OFF) or EMPTY, keyboard=None), None
    yield replace(content, text=EMPTY, keyboard=None), None
