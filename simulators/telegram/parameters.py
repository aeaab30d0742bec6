"""Parameters as Telegram reads them, and the refusals it answers with."""

import email
import email.policy
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

Json = dict[str, Any]


class ApiRefusal(Exception):
    """The Bot API says no: {"ok": false, "error_code": …, "description": …}."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def json(self) -> Json:
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        return {**body, "parameters": self.parameters} if self.parameters else body


class Impossible(ValueError):
    """What a person was asked to do cannot be done here."""


def bad_request(text: str, **parameters: int) -> ApiRefusal:
    return ApiRefusal(400, f"Bad Request: {text}", **parameters)


def forbidden(text: str) -> ApiRefusal:
    return ApiRefusal(403, f"Forbidden: {text}")


@dataclass(frozen=True, slots=True)
class SentFile:
    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Parameters:
    """One call's parameters; form posts carry everything as text, JSON posts carry values."""

    raw: Json
    files: dict[str, SentFile] = field(default_factory=dict)

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


def read_parameters(query: str, content_type: str, body: bytes) -> tuple[Json, dict[str, SentFile]]:
    """Everything the caller sent: query, form, multipart or JSON; and the files."""
    found: Json = dict(parse_qsl(query, keep_blank_values=True))
    if content_type.startswith("application/json"):
        return found | _json_object(body), {}
    if content_type.startswith("multipart/form-data"):
        fields, files = _multipart(content_type, body)
        return found | fields, files
    return found | dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)), {}


def _json_object(body: bytes) -> Json:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _multipart(content_type: str, body: bytes) -> tuple[Json, dict[str, SentFile]]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    fields: Json = {}
    files: dict[str, SentFile] = {}
    for part in email.message_from_bytes(head + body, policy=email.policy.HTTP).iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        content = bytes(part.get_payload(decode=True))
        if file_name := part.get_filename():
            files[name] = SentFile(file_name, part.get_content_type(), content)
            fields[name] = f"attach://{name}"
        else:
            fields[name] = content.decode("utf-8", "replace")
    return fields, files
