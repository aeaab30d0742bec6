"""Telegram's limits: how much may be sent when, and how long a message may be."""

import html
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from telegram import InlineKeyboardMarkup, ReplyKeyboardMarkup

Keyboard = InlineKeyboardMarkup | ReplyKeyboardMarkup
"""The second stands in place of the letters: a message keeps it only when it is sent, not when it is edited."""
# Telegram's documentation gives the lengths: of texts without their markup, of a button's data in bytes.
LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
LONGEST_TOAST = 200
# Telegram gives no number; beyond about a hundred it answers "reply markup is too long".
MOST_BUTTONS = 100
LONGEST_DATA_BYTES = 64
REMEMBERED_CHATS = 1000


@dataclass(frozen=True, slots=True)
class Limit:
    """So many messages in any so many seconds; `notices`: of these, how many may be taken by notices."""

    replies: int
    notices: int
    seconds: float


# Telegram's FAQ for bots: about one message a second in a chat with short bursts, 20 a minute in a group, 30 a second
# in all. Notices leave room, so that a reply does not wait for a burst of them.
IN_A_CHAT = Limit(replies=3, notices=2, seconds=3.0)
IN_A_GROUP = Limit(replies=20, notices=15, seconds=60.0)
# In a group, for the first minute: nobody knows what was sent before the start, and Telegram counts that, too.
AFTER_A_START = Limit(replies=20, notices=5, seconds=60.0)
OVERALL = Limit(replies=30, notices=20, seconds=1.0)


class FloodLimits:
    """What was sent a short while ago, and so how long the next message has to wait."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._started = now()
        self._overall: deque[float] = deque(maxlen=OVERALL.replies)
        self._chats: dict[int, deque[float]] = {}

    def seconds_to_wait(self, chat_id: int, *, urgent: bool, is_edit: bool) -> float:
        waits = [self._wait(self._overall, OVERALL, urgent=urgent)]
        if not is_edit and (sent := self._chats.get(chat_id)):
            waits.append(self._wait(sent, IN_A_CHAT, urgent=urgent))
            if chat_id < 0:
                is_new = self._now() - self._started < AFTER_A_START.seconds
                waits.append(self._wait(sent, AFTER_A_START if is_new else IN_A_GROUP, urgent=urgent))
        return max(waits)

    def count(self, chat_id: int, *, is_edit: bool) -> None:
        self._overall.append(self._now())
        # Telegram's limit for a chat counts messages. How many edits it takes is published nowhere.
        if is_edit:
            return
        # Looked through only when it is full, as a house has a handful of chats.
        if len(self._chats) >= REMEMBERED_CHATS:
            recent = self._now() - IN_A_GROUP.seconds
            self._chats = {chat: sent for chat, sent in self._chats.items() if sent[-1] > recent}
        self._chats.setdefault(chat_id, deque(maxlen=IN_A_GROUP.replies)).append(self._now())

    def _wait(self, sent: deque[float], limit: Limit, *, urgent: bool) -> float:
        count = limit.replies if urgent else limit.notices
        return max(0.0, sent[-count] + limit.seconds - self._now()) if len(sent) >= count else 0.0


def utf16_length(text: str) -> int:
    """As Telegram counts: an emoji is two."""
    # Half a character, which JSON can spell and Python keep, would otherwise raise here.
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def plain_text(markup: str) -> str:
    """What is left of HTML when it is shown; its length is what Telegram limits."""
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


def cut(text: str, longest: int, end: str = "…") -> str:
    """The text, or as much of its beginning as fits together with `end`."""
    if utf16_length(text) <= longest:
        return text
    units = text.encode("utf-16-le", "surrogatepass")[: 2 * (longest - utf16_length(end))]
    # The cut may fall between the two halves of an emoji.
    return units.decode("utf-16-le", "ignore").rstrip() + end


def without_people(keyboard: Keyboard | None) -> Keyboard | None:
    """The keyboard without links to people."""
    if not isinstance(keyboard, InlineKeyboardMarkup):
        return keyboard
    rows = [[one for one in row if not (one.url or "").startswith("tg://user")] for row in keyboard.inline_keyboard]
    return InlineKeyboardMarkup([row for row in rows if row])


def fits(keyboard: Keyboard | None) -> bool:
    rows = keyboard.inline_keyboard if isinstance(keyboard, InlineKeyboardMarkup) else ()
    buttons = [button for row in rows for button in row]
    data = [button.callback_data for button in buttons if isinstance(button.callback_data, str)]
    return len(buttons) <= MOST_BUTTONS and all(1 <= len(one.encode()) <= LONGEST_DATA_BYTES for one in data)
