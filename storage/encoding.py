"""Events and remarks as JSON: the one place that knows how their fields are spelt on disk."""

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from bot.domain.events import EVENTS, Event
from bot.domain.remarks import Remark
from bot.domain.times import from_ms, to_ms


def encode_event(event: Event) -> str:
    plain = {field.name: _plain(getattr(event, field.name)) for field in fields(event)}
    return json.dumps({"event": event.name, **plain})


def decode_event(text: str) -> Event:
    """Fields that this version does not know are passed over; those that an older one did not write have their default.

    ValueError, TypeError or KeyError if it is no event of this version.
    """
    stored: Mapping[str, Any] = json.loads(text)
    kind = EVENTS[stored["event"]]
    # What must be there and is missing is read as None, which `_typed` refuses.
    hints = {name: hint for name, hint in _hints(kind.name).items() if name in stored or name in _needed(kind.name)}
    return kind(**{name: _typed(stored.get(name), hint) for name, hint in hints.items()})


def encode_remark(remark: Remark | None) -> str | None:
    return None if remark is None else json.dumps(_plain(remark))


def decode_remark(text: str | None) -> Remark | None:
    return None if text is None else Remark(**json.loads(text))


# Remembered: Python evaluates an event's annotations anew whenever they are asked for.
@cache
def _hints(name: str) -> Mapping[str, Any]:
    kind = EVENTS[name]
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


@cache
def _needed(name: str) -> frozenset[str]:
    return frozenset(field.name for field in fields(EVENTS[name]) if field.default is MISSING)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return to_ms(value)
    if isinstance(value, Remark):
        return {"code": value.code, "parameters": dict(value.parameters)}
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _typed(value: Any, hint: Any) -> Any:
    if get_origin(hint) in (Union, UnionType):
        if value is None:
            return None
        (hint,) = (kind for kind in get_args(hint) if kind is not type(None))
    if value is None:
        raise ValueError("a field is missing")
    if get_origin(hint) is tuple:
        kind, _ = get_args(hint)
        return tuple(_typed(item, kind) for item in value)
    if hint is datetime:
        return from_ms(value)
    if is_dataclass(hint) and hint is not Remark:
        return hint(**{name: _typed(value.get(name), kind) for name, kind in get_type_hints(hint).items()})  # type: ignore[operator]
    return Remark(**value) if hint is Remark else hint(value)
