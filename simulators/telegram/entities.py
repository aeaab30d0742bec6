"""Entities: those that Telegram finds in plain text, and text with entities written as HTML for the page."""

import html
import re
from collections.abc import Iterable

from simulators.telegram.parameters import Json

# Any other scheme, such as javascript:, would run in the demo's page.
SAFE_LINK = re.compile(r"(?:https?|tg)://", re.IGNORECASE)
FOUND = re.compile(
    r"(?P<url>https?://[^\s<>]*[^\s<>.,;:!?)])"
    r"|(?<![\w/@])(?P<bot_command>/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?)(?![\w/@])"
    r"|(?<![\w@/])(?P<mention>@[A-Za-z0-9_]{4,32})\b",
)


def utf16(text: str) -> int:
    # Telegram counts lengths and offsets in UTF-16 code units: an emoji is two.
    return len(text.encode("utf-16-le")) // 2


def found_in(text: str, taken: Iterable[Json] = ()) -> list[Json]:
    """The commands, mentions and links Telegram marks by itself, outside code and links."""
    closed = [e for e in taken if e["type"] in {"code", "pre", "text_link", "text_mention"}]
    found = []
    for match in FOUND.finditer(text):
        offset, length = utf16(text[: match.start()]), utf16(match[0])
        if all(offset + length <= e["offset"] or e["offset"] + e["length"] <= offset for e in closed):
            found.append({"type": str(match.lastgroup), "offset": offset, "length": length})
    return found


def trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    # Telegram drops blank space around a message, and the offsets move with it.
    cut = utf16(text) - utf16(text.lstrip())
    text = text.strip()
    kept = []
    for entity in entities:
        start = max(entity["offset"] - cut, 0)
        end = min(entity["offset"] + entity["length"] - cut, utf16(text))
        if end > start:
            kept.append({**entity, "offset": start, "length": end - start})
    return text, in_order(kept)


def in_order(entities: Iterable[Json]) -> list[Json]:
    return sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


def as_html(text: str, entities: list[Json]) -> str:
    units = text.encode("utf-16-le")
    return _written(units, 0, len(units) // 2, in_order(entities))


def _written(units: bytes, start: int, end: int, entities: list[Json]) -> str:
    parts, at = [], start
    while entities:
        entity, *entities = entities
        first, last = max(entity["offset"], at), min(entity["offset"] + entity["length"], end)
        if last <= first:
            continue
        inside = [e for e in entities if e["offset"] < last]
        entities = entities[len(inside) :]
        parts += [_escaped(units, at, first), _wrapped(entity, _written(units, first, last, inside))]
        at = last
    return "".join([*parts, _escaped(units, at, end)])


def _escaped(units: bytes, start: int, end: int) -> str:
    return html.escape(units[start * 2 : end * 2].decode("utf-16-le", "replace"))


SIMPLE = {
    "bold": "b", "italic": "i", "underline": "u", "strikethrough": "s", "code": "code", "pre": "pre",
    "blockquote": "blockquote", "expandable_blockquote": "blockquote",
}  # fmt: skip
SPANS = {"spoiler": "tg-spoiler", "bot_command": "command", "mention": "mention", "text_mention": "mention"}


def _wrapped(entity: Json, inner: str) -> str:
    kind = entity["type"]
    if kind in SIMPLE:
        return f"<{SIMPLE[kind]}>{inner}</{SIMPLE[kind]}>"
    if kind in SPANS:
        return f'<span class="{SPANS[kind]}">{inner}</span>'
    if kind == "date_time" and entity.get("date_time_format") == "r":
        return f'<time data-at="{int(entity["unix_time"])}">{inner}</time>'
    url = entity.get("url", html.unescape(inner)) if kind in {"url", "text_link"} else ""
    if SAFE_LINK.match(url):
        return f'<a href="{html.escape(url)}" rel="noreferrer">{inner}</a>'
    return inner
