"""Parameters as Telegram reads them, and the refusals it answers with."""

import json
import re
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


class Refused(Exception):
    """The Bot API says no: {"ok": false, "error_code": …, "description": …}."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def json(self) -> Json:
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        return {**body, "parameters": self.parameters} if self.parameters else body


class Impossible(Exception):
    """What a person was asked to do cannot be done in this world."""


def bad_request(text: str, **parameters: int) -> Refused:
    return Refused(400, f"Bad Request: {text}", **parameters)


def forbidden(text: str) -> Refused:
    return Refused(403, f"Forbidden: {text}")


@dataclass(frozen=True, slots=True)
class Params:
    """One call's parameters; form posts carry everything as text, JSON posts carry values."""

    raw: Json

    def text(self, name: str) -> str:
        value = self.raw.get(name)
        return "" if value is None else str(value)

    def integer(self, name: str, default: int = 0) -> int:
        number = re.match(r"-?[0-9]+", self.text(name))
        return int(number[0]) if number else default

    def flag(self, name: str) -> bool:
        return self.text(name).lower() in {"true", "yes", "1"}

    def json(self, name: str) -> Any:
        value = self.raw.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None

    def object(self, name: str) -> Json | None:
        value = self.json(name)
        if value is not None and not isinstance(value, dict):
            raise bad_request(f"object expected as {name.replace('_', ' ')}")
        return value

    def array(self, name: str, kind: type = dict) -> list[Any]:
        value = self.json(name) or []
        if not isinstance(value, list) or not all(isinstance(item, kind) for item in value):
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object")
        return value
