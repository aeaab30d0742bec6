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


def _web_address(value: str) -> str:
    try:
        url = httpx.URL(value)
    except (httpx.InvalidURL, ValueError):  # ValueError: of the library for international names
        url = httpx.URL("")
    port = 1 if url.port is None else url.port
    if url.scheme not in ("http", "https") or not url.host or not 1 <= port <= MAX_PORT:
        raise ValueError("is not a web address: write it like https://host or http://host:8080")
    if url.userinfo or url.query or url.fragment or re.search(r"\s|[?#]", value):
        # What stands in an address may be logged.
        raise ValueError("is more than a web address: leave out spaces, ?, # and any password")
    return value


web_address = AfterValidator(_web_address)


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


as_text = BeforeValidator(_as_text)
