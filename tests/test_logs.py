"""Logs: no secret in any of them, whoever wrote it and however it was spelt."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.logs import MASK, RedactingFormatter, Redactor, set_up_logging

SECRET = "canary/Sé+cret key='7\"\\%"
TOKEN = "1234567890:AAEhBP0av28-fZ_canary_canary_canary"


class Paper:
    """A logger that writes on paper."""

    def __init__(self, redact: Redactor) -> None:
        self._text = io.StringIO()
        handler = logging.StreamHandler(self._text)
        handler.setFormatter(RedactingFormatter(redact))
        self.log = logging.Logger("paper")
        self.log.addHandler(handler)

    @property
    def text(self) -> str:
        return self._text.getvalue()


@pytest.fixture
def paper() -> Paper:
    return Paper(Redactor([SECRET]))


@pytest.fixture
def quiet_logging() -> Iterator[None]:
    """Leave the root logger and the hook as they were."""
    root, hook = logging.getLogger(), sys.excepthook
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], sys.excepthook = handlers, hook
    root.setLevel(level)


def test_a_secret_in_the_message_is_masked(paper: Paper) -> None:
    paper.log.error(f"the key is {SECRET}!")
    assert f"the key is {MASK}!" in paper.text


def test_a_secret_in_the_arguments_is_masked(paper: Paper) -> None:
    paper.log.error("the key is %s, or %r", SECRET, {"key": SECRET})
    assert paper.text.count(MASK) == 2
    assert "canary" not in paper.text


def test_a_secret_in_a_traceback_is_masked(paper: Paper) -> None:
    try:
        raise ValueError(SECRET) from KeyError(SECRET)
    except ValueError:
        paper.log.exception("failed")
    assert "Traceback" in paper.text
    assert "canary" not in paper.text


def test_a_secret_in_a_stack_dump_is_masked(paper: Paper) -> None:
    paper.log.error("here", stack_info=True)
    record = logging.LogRecord("paper", logging.ERROR, __file__, 1, "here", None, None, sinfo=f"Stack: {SECRET}")
    assert "canary" not in RedactingFormatter(Redactor([SECRET])).format(record)


def test_nothing_from_outside_forges_a_line_or_is_obeyed_by_a_terminal(paper: Paper) -> None:
    forged = "\x1b[2J\u202e\n2026-03-01 12:00:00,000 INFO    latchkey: all is well"
    try:
        raise ValueError(forged)
    except ValueError:
        paper.log.exception("a group called %s", forged)
    assert not {"\x1b", "\u202e"} & set(paper.text)
    assert [line for line in paper.text.splitlines() if not line.startswith("  ")] == [paper.text.splitlines()[0]]


def test_a_record_whose_arguments_do_not_fit_shows_no_secret(paper: Paper, capsys: pytest.CaptureFixture[str]) -> None:
    """Python's logging prints the arguments of a faulty call to stderr, past every formatter."""
    paper.log.error("%d locks", SECRET)
    assert "canary" not in paper.text + "".join(capsys.readouterr())
    assert "could not be written" in paper.text


@pytest.mark.parametrize(
    "spelt",
    [
        quote(SECRET),
        quote(SECRET, safe=""),
        quote(SECRET, safe="").lower(),
        quote_plus(SECRET),
        str(httpx.URL("https://x.test/", params={"key": SECRET})),
        str(httpx.URL("https://x.test/" + quote(SECRET, safe="/"))),
        repr(SECRET),
        repr([SECRET]),
        ascii(SECRET),
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
    ],
)
def test_a_secret_is_masked_however_it_is_spelt(spelt: str) -> None:
    assert "canary" not in Redactor([SECRET])(f"before {spelt} after")


@given(secret=st.text(st.characters(codec="utf-8"), min_size=4), safe=st.text("!$&'()*+,;=:@/?~", max_size=6))
def test_any_secret_is_masked_in_any_url(secret: str, safe: str) -> None:
    redact = Redactor([secret])
    for spelt in (secret, quote(secret, safe=safe), quote_plus(secret, safe=safe), repr(secret)[1:-1]):
        assert redact(f"<{spelt}>") == f"<{MASK}>"


@pytest.mark.parametrize(
    "text", ["{}", "https://api.telegram.org/bot{}/getMe", "bot{}", "Bot[token={}]", "token:{}", "'{}'"]
)
def test_whatever_looks_like_a_bot_token_is_masked_although_nobody_named_it(text: str) -> None:
    assert Redactor()(text.format(TOKEN)) == text.format(MASK)
    assert "canary" not in Redactor()(text.format(quote(TOKEN, safe="")))


def test_the_longer_of_two_secrets_is_masked_whole() -> None:
    assert Redactor(["canary", "canary-and-more"])("<canary-and-more>") == f"<{MASK}>"


def test_a_secret_learnt_later_is_masked_from_then_on() -> None:
    redact = Redactor(["first"])
    redact.learn(["second"])
    assert redact("first second") == f"{MASK} {MASK}"


def test_empty_secrets_mask_nothing() -> None:
    assert Redactor(["", ""])("nothing to hide") == "nothing to hide"


def test_ordinary_text_stays_as_it_is() -> None:
    line = "2026-03-01 12:00:00 INFO latchkey: front opened in 3.2 s by 1234567890: fine"
    assert Redactor([SECRET])(line) == line


def test_a_planted_leak_is_visible_when_the_redactor_is_off() -> None:
    """The negative control of this file: the secret does reach the paper unless it is redacted."""
    paper = Paper(Redactor())
    paper.log.error("the key is %s", SECRET)
    assert "canary" in paper.text


@pytest.mark.usefixtures("quiet_logging")
def test_urls_of_requests_are_not_logged() -> None:
    set_up_logging("DEBUG", Redactor())
    for chatty in ("httpx", "httpcore", "telegram.Bot", "aiosqlite"):
        assert not logging.getLogger(chatty).isEnabledFor(logging.INFO), chatty
    assert logging.getLogger("latchkey").isEnabledFor(logging.DEBUG)


def test_an_error_that_stops_the_bot_shows_no_secret() -> None:
    program = f"""
from bot.logs import Redactor, set_up_logging
set_up_logging("INFO", Redactor(["canary"]))
raise ValueError("the key is {"can" + "ary"}")
"""
    stopped = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "stopped by an error" in stopped.stderr
    assert "canary" not in stopped.stderr.replace('"canary"', "")
