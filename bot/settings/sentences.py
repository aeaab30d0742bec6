"""What pydantic finds wrong, in a sentence that says what to write. The library's own sentences are never shown."""

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from bot.settings.findings import Finding
from bot.settings.names import WRITE_A_DOOR, closest

NEEDED = "is needed and is not set"
LIMITS = {"ge": "from", "gt": "above", "le": "up to", "lt": "below"}
NUMBERS = ("int_", "float_", "finite_number", "greater_than", "less_than")


def findings_on(error: ValidationError, kind: type[BaseModel], door: str | None = None) -> Iterator[Finding]:
    """A line for each fault of the settings of `kind`, which are those of a door or those of the house."""
    # Never the input: it may be a token that was pasted into the wrong line.
    for fault in error.errors(include_url=False, include_input=False):
        name = str(fault["loc"][0]) if fault["loc"] else ""
        where = "__".join(part.upper() for part in ("doors" if door else "", door or "", name) if part)
        yield Finding(where, f"{where}: {_sentence(fault['type'], fault.get('ctx', {}), fault['msg'], name, kind)}")


def _sentence(found: str, context: dict[str, Any], message: str, name: str, kind: type[BaseModel]) -> str:
    if found == "value_error":
        return message.removeprefix("Value error, ")  # written by us
    if found == "missing":
        return NEEDED
    if found == "extra_forbidden":
        right = closest(name, kind.model_fields)
        return f"is not a setting of this kind of door{f': do you mean {right.upper()}?' if right else ''}"
    if found == "dict_type":
        return WRITE_A_DOOR
    if found == "literal_error":
        return f"must be {context['expected'].replace(chr(39), '')}"
    if found == "string_too_long":
        return f"must not be longer than {context['max_length']} letters"
    if found.startswith("bool_"):
        return "must be true or false"
    if found.startswith("date_"):
        return "must be a day, like 2026-11-01"
    if found.startswith(NUMBERS):
        return _number(kind.model_fields[name])
    return "is not what it has to be: .env.example shows how it is written"


def _number(field: FieldInfo) -> str:
    whole = field.annotation is int or int in get_args(field.annotation)
    found = ((word, getattr(limit, sign, None)) for limit in field.metadata for sign, word in LIMITS.items())
    limits = "".join(f" {word} {value}" for word, value in found if value is not None)
    example = "" if field.default is None or field.is_required() else f", like {field.default:g}"
    return f"must be a {'whole ' if whole else ''}number{limits}{example}"
