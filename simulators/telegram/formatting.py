"""Telegram's HTML read into text and entities, with its complaints about what it cannot read."""

import html
import re
from typing import NamedTuple

from simulators.telegram.entities import utf16
from simulators.telegram.parameters import ApiRefusal, Json, bad_request

TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "span": "spoiler",
    "tg-spoiler": "spoiler", "code": "code", "pre": "pre", "blockquote": "blockquote", "a": "text_link",
    "tg-time": "date_time",
}  # fmt: skip
PART = re.compile(r"<(?P<slash>/?)(?P<name>[^\s<>]*)(?P<attributes>[^>]*)(?P<close>>?)|[^<&]+|&[^<&]*", re.ASCII)
ATTRIBUTE = re.compile(r"""([^\s=>/"']+)(?:\s*=\s*("[^"]*"|'[^']*'|[\w.-]+))?""", re.ASCII)
# Telegram knows four names; others stay as they are.
REFERENCE = re.compile(r"&(?:#x[0-9a-fA-F]{1,6}|#\d{1,7}|(?:lt|gt|amp|quot)(?![A-Za-z]));?", re.ASCII)


class _OpenTag(NamedTuple):
    tag: str
    start: int
    attributes: dict[str, str]


def read_html(source: str) -> tuple[str, list[Json]]:
    text, opened, entities = "", list[_OpenTag](), list[Json]()
    for part in PART.finditer(source):
        if part["name"] is None:
            text += REFERENCE.sub(lambda found: html.unescape(found[0]), part[0])
        elif part["slash"]:
            entity = _entity(_closed(part, opened), text)
            entities += [entity] if entity["length"] else []
        else:
            opened.append(_OpenTag(part["name"].lower(), len(text), _attributes(part)))
    if opened:
        raise bad_request(f"can't parse entities: Can't find end tag corresponding to start tag \"{opened[-1].tag}\"")
    return text, entities


def _attributes(part: re.Match[str]) -> dict[str, str]:
    tag = part["name"].lower()
    if not part["close"] and not part["attributes"]:
        raise _fault("Unclosed start tag", part)
    if tag not in TAGS:
        raise _fault(f'Unsupported start tag "{tag}"', part)
    if not part["close"]:
        raise _fault(f'Unclosed start tag "{tag}"', part)
    found = {name.lower(): html.unescape(value.strip("\"'")) for name, value in ATTRIBUTE.findall(part["attributes"])}
    if tag == "span" and found.get("class") != "tg-spoiler":
        raise _fault('Tag "span" must have class "tg-spoiler"', part)
    return found


def _closed(part: re.Match[str], opened: list[_OpenTag]) -> _OpenTag:
    if not opened:
        raise _fault("Unexpected end tag", part)
    if not part["close"]:
        raise _fault("Unclosed end tag", part)
    tag, found = opened.pop(), part["name"].lower()
    if found not in {"", tag.tag}:
        raise _fault("Unmatched end tag", part, f', expected "</{tag.tag}>", found "</{found}>"')
    return tag


def _entity(tag: _OpenTag, text: str) -> Json:
    place = {"offset": utf16(text[: tag.start]), "length": utf16(text[tag.start :])}
    kind: Json = {"type": TAGS[tag.tag], **place}
    match tag.tag:
        case "a":
            url = tag.attributes.get("href") or text[tag.start :]
            return {**kind, "url": url if "://" in url else f"http://{url}"}
        case "blockquote" if "expandable" in tag.attributes:
            return {**kind, "type": "expandable_blockquote"}
        case "tg-time":
            shown = tag.attributes.get("format")
            time = {"unix_time": int(tag.attributes.get("unix", "0"))}
            return {**kind, **time, **({"date_time_format": shown} if shown else {})}
    return kind


def _fault(words: str, part: re.Match[str], more: str = "") -> ApiRefusal:
    place = len(part.string[: part.start()].encode())
    return bad_request(f"can't parse entities: {words} at byte offset {place}{more}")
