"""What is said about topics that stand for a door."""

from collections.abc import Iterable
from html import escape

from bot.chat.render.locale import Locale
from bot.domain.doors import Door
from bot.domain.events import TopicMade

WITHOUT_A_NAME = "<code>/open</code>, /close, /status, /history and /pin need no name"
TOLD_HERE = "and what happens to it is told here. <code>/topic off</code> ends that."
ONLY_IN_TOPICS = (
    "Write this in the topic that is to stand for a door. The general topic cannot; <code>/topics</code> makes one for"
    " each door."
)
MAY_NOT = (
    "⛔ I may not make topics here: make me an administrator who may manage topics, and write <code>/topics</code>"
    " again. Or make them yourself, and write <code>/topic front</code> in each."
)
NO_TOPICS = (
    "⛔ This group has no topics. Turn them on in the settings of the group, and write <code>/topics</code> again."
)
NO_TOPICS_IN_PRIVATE = (
    "⛔ This chat has no topics. Turn on topics for this bot with @BotFather, and write <code>/topics</code> again."
)
REFUSED = "⛔ Telegram does not let me make topics here. The log has its reason."
LATER = "⏱ Telegram takes no more just now. Write <code>/topics</code> again in a minute for the rest."


def made(doors: Iterable[Door]) -> str:
    return f"✅ New topics: {_titles(doors)}. There {WITHOUT_A_NAME}, and what happens to the door is told there."


def all_there(doors: Iterable[Door]) -> str:
    return f"Every door has its topic here: {_titles(doors)}."


def stands_for(title: str) -> str:
    return f"🚪 This topic stands for {title}: {WITHOUT_A_NAME} here, {TOLD_HERE}"


def stands_for_none(example: Door) -> str:
    makes = f"<code>/topic {example.name}</code> makes it the topic of {escape(example.title)}"
    return f"This topic stands for no door. {makes}."


def ended(title: str) -> str:
    return f"This topic stands for {title} no more, and is told nothing of it."


def begins(happened: TopicMade, locale: Locale) -> str:
    return stands_for(locale.title(happened.door))


def _titles(doors: Iterable[Door]) -> str:
    return ", ".join(escape(door.title) for door in doors)
