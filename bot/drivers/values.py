"""What the values of settings look like, each with the sentence that is said when one does not."""

import re

import httpx
from pydantic import AfterValidator, BeforeValidator, SecretStr

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
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


as_text = BeforeValidator(_as_text)
