"""Text with formatting: Telegram's HTML read into entities, entities found in plain text, and both written as HTML."""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass

from simulators.telegram.parameters import ApiRefusal, Json, bad_request

TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "span": "spoiler",
    "tg-spoiler": "spoiler", "code": "code", "pre": "pre", "blockquote": "blockquote", "a": "text_link",
    "tg-time": "date_time",
}  # fmt: skip
SAFE_LINK = re.compile(r"(?:https?|tg)://", re.IGNORECASE)
NAME = re.compile(r"[^\s>]*", re.ASCII)
SPACE = re.compile(r"\s*", re.ASCII)
ATTRIBUTE = re.compile(r"""([^\s=>/"']+)(?:\s*=\s*("[^"]*"|'[^']*'|[\w.-]+))?""", re.ASCII)
REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(lt|gt|amp|quot)(?![A-Za-z]));?", re.ASCII)
FOUND = re.compile(
    r"(?P<url>https?://[^\s<>]*[^\s<>.,;:!?)])"
    r"|(?<![\w/@])(?P<bot_command>/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?)(?![\w/@])"
    r"|(?<![\w@/])(?P<mention>@[A-Za-z0-9_]{4,32})\b",
)


def utf16(text: str) -> int:
    """Telegram counts offsets in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


@dataclass
class _OpenTag:
    tag: str
    offset: int
    place: int
    attributes: dict[str, str]


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.out: list[str] = []
        self.offset = 0
        self.open: list[_OpenTag] = []
        self.entities: list[Json] = []

    def read(self) -> tuple[str, list[Json]]:
        while self.at < len(self.source):
            if self.source.startswith("</", self.at):
                self._end_tag()
            elif self.source[self.at] == "<":
                self._start_tag()
            else:
                self._character()
        if self.open:
            raise bad_request(f"can't parse entities: Can't find end tag corresponding to start tag "
                              f'"{self.open[-1].tag}"')  # fmt: skip
        return "".join(self.out), self.entities

    def _character(self) -> None:
        reference = REFERENCE.match(self.source, self.at)
        char = _decoded(reference) if reference else ""
        self.at = reference.end() if reference and char else self.at + 1
        char = char or self.source[self.at - 1]
        self.out.append(char)
        self.offset += 2 if ord(char) > 0xFFFF else 1

    def _start_tag(self) -> None:
        begin = self.at
        self.at = _end(NAME, self.source, begin + 1)
        tag = self.source[begin + 1 : self.at].lower()
        if self.at == len(self.source):
            raise self._fault("Unclosed start tag", begin)
        if tag not in TAGS:
            raise self._fault(f'Unsupported start tag "{tag}"', begin)
        attributes = self._attributes(tag, begin)
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise self._fault('Tag "span" must have class "tg-spoiler"', begin)
        self.open.append(_OpenTag(tag, self.offset, len(self.out), attributes))

    def _attributes(self, tag: str, begin: int) -> dict[str, str]:
        found: dict[str, str] = {}
        while True:
            self.at = _end(SPACE, self.source, self.at)
            if self.source.startswith(">", self.at):
                self.at += 1
                return found
            match = ATTRIBUTE.match(self.source, self.at)
            if self.at == len(self.source):
                raise self._fault(f'Unclosed start tag "{tag}"', begin)
            if match is None:
                raise self._fault(f'Empty attribute name in the tag "{tag}"', begin)
            found[match[1].lower()] = html.unescape((match[2] or "").strip("\"'"))
            self.at = match.end()

    def _end_tag(self) -> None:
        begin = self.at
        if not self.open:
            raise self._fault("Unexpected end tag", begin)
        name_end = _end(NAME, self.source, begin + 2)
        found = self.source[begin + 2 : name_end].lower()
        self.at = _end(SPACE, self.source, name_end)
        if not self.source.startswith(">", self.at):
            raise self._fault("Unclosed end tag", begin)
        self.at += 1
        tag = self.open[-1].tag
        if found and found != tag:
            raise bad_request(f"can't parse entities: Unmatched end tag at byte offset {self._bytes(begin)}, "
                              f'expected "</{tag}>", found "</{found}>"')  # fmt: skip
        self._close(self.open.pop())

    def _close(self, opened: _OpenTag) -> None:
        length = self.offset - opened.offset
        if length == 0:
            return
        entity = {"type": TAGS[opened.tag], "offset": opened.offset, "length": length}
        self.entities.append({**entity, **_details(opened, "".join(self.out[opened.place :]))})

    def _fault(self, text: str, place: int) -> ApiRefusal:
        return bad_request(f"can't parse entities: {text} at byte offset {self._bytes(place)}")

    def _bytes(self, place: int) -> int:
        return len(self.source[:place].encode())


def _end(pattern: re.Pattern[str], source: str, at: int) -> int:
    match = pattern.match(source, at)
    return match.end() if match else at


def _decoded(reference: re.Match[str]) -> str:
    if reference[3]:
        return {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}[reference[3]]
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    return chr(code) if 0 < code < 0x10FFFF and not 0xD800 <= code < 0xE000 else ""


def _details(opened: _OpenTag, inner: str) -> Json:
    attributes = opened.attributes
    if opened.tag == "a":
        url = attributes.get("href") or inner
        return {"url": url if "://" in url else f"http://{url}"}
    if opened.tag == "blockquote" and "expandable" in attributes:
        return {"type": "expandable_blockquote"}
    if opened.tag == "tg-time":
        shown = attributes.get("format")
        return {"unix_time": int(attributes.get("unix", "0")), **({"date_time_format": shown} if shown else {})}
    return {}


def read_html(source: str) -> tuple[str, list[Json]]:
    return _Reader(source).read()


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
    """Telegram drops blank space around a message."""
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
    url = entity.get("url", html.unescape(inner)) if kind in {"url", "text_link"} else ""
    if SAFE_LINK.match(url):
        return f'<a href="{html.escape(url)}" rel="noreferrer">{inner}</a>'
    return inner
