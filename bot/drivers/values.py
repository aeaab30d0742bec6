"""What the values of settings look like, each with the sentence that is said when one does not."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
from pydantic import AfterValidator, BeforeValidator, SecretStr

from bot.domain.doors import ConfirmWhen
from bot.domain.schedules import NotHours
from bot.domain.second_factor import demanded_hours

MAX_PORT = 65535


def matching(pattern: str, sentence: str) -> AfterValidator:
    """The whole value matches, or the sentence says how to write it."""
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(sentence)
        return value

    return AfterValidator(check)


def secret(pattern: str, sentence: str) -> AfterValidator:
    """`matching` for what is never shown."""
    compiled = re.compile(pattern)

    def check(value: SecretStr) -> SecretStr:
        plain = value.get_secret_value().strip()
        if not compiled.fullmatch(plain):
            raise ValueError(sentence)
        return SecretStr(plain)

    return AfterValidator(check)


def read_web_address(value: str) -> str:
    """The address as it is; ValueError says how to write it."""
    url = _parse(value)
    if url is None or url.scheme not in ("http", "https"):
        raise ValueError("is not a web address: write it like https://host or http://host:8080")
    if url.userinfo or re.search(r"[\s?#]", value):
        # What stands in an address may be logged.
        raise ValueError("is more than a web address: leave out spaces, ?, # and any password")
    return value


def is_host(value: str) -> bool:
    """Whether `host` or `host:port` can be called at all."""
    return _parse(f"http://{value}") is not None


def _parse(value: str) -> httpx.URL | None:
    try:
        url = httpx.URL(value)
        is_address = bool(url.host) and (url.port is None or 1 <= url.port <= MAX_PORT)
    except (httpx.InvalidURL, ValueError):  # ValueError: a name that only looks like an international one
        return None
    return url if is_address else None


web_address = AfterValidator(read_web_address)


def _as_text(value: object) -> object:
    # Python callers may give a number; True is an int as well, and no identifier.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


as_text = BeforeValidator(_as_text)


# `CONFIRM` was true or false before it had three values, and settings files of that time still work.
ONCE_A_BOOLEAN = {
    **dict.fromkeys(("true", "yes", "on", "1", "t", "y"), ConfirmWhen.BUTTONS),
    **dict.fromkeys(("false", "no", "off", "0", "f", "n"), ConfirmWhen.NEVER),
}


def _confirm_when(value: object) -> ConfirmWhen:
    said = str(value).strip().casefold()
    try:
        return ONCE_A_BOOLEAN.get(said) or ConfirmWhen(said)
    except ValueError:
        raise ValueError("must be never, buttons or always") from None


def _hours_or_never(value: str) -> str:
    try:
        demanded_hours(value, ZoneInfo("UTC"))
    except NotHours:
        raise ValueError("must be never, always, or hours like 22:00-07:00 or fri-sat 22:00-06:00") from None
    return value


confirm_when = BeforeValidator(_confirm_when)
hours_or_never = AfterValidator(_hours_or_never)


def without_tilde(path: Path) -> Path:
    # Only shells know what it means: a folder of this name would be made.
    if path.parts[:1] and path.parts[0].startswith("~"):
        raise ValueError("must be written out: ~ is not a folder here")
    return path
