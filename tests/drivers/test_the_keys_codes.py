"""Whatever bytes a gateway sends, they are read as an answer or refused as none; and the table says the right thing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.readings import Bolt, rssi_word
from bot.drivers import TEMPLATES, fix_of, say
from bot.drivers.errors import Busy, LockError, NotAuthorised, OutcomeUnknown, Refused, UnexpectedReply
from bot.drivers.http import HttpReply, Unreadable
from bot.drivers.the_keys.answers import read_gateway_status, read_lockers
from bot.drivers.the_keys.battery import battery_mv, battery_percent, rssi_dbm
from bot.drivers.the_keys.codes import CODES, error_of, read_number, read_reply

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
WORDS = st.sampled_from(
    ["ok", "ko", "OK", "Door open", "Door closed", "0", "49", "0x32", "33", "500", "busy", "-1", "٣٣"]
)
CODE = st.sampled_from([0, 1, 33, 37, 48, 49, 50, 400, 500, 99, True, None, 10**30]) | WORDS | SCALARS
REPLIES = st.fixed_dictionaries({}, optional={"status": WORDS | CODE, "code": CODE, "cause": SCALARS, "message": WORDS})
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)
BODIES = (
    st.binary()
    | st.builds(lambda value: json.dumps(value).encode(), JSON | REPLIES)
    | st.just(b"[" * 60_000)
    | st.just(b"9" * 60_000)
)


@given(BODIES)
def test_any_bytes_are_a_reply_or_unreadable(body: bytes) -> None:
    for read in (read_reply, read_gateway_status, read_lockers):
        try:
            read(body)
        except Unreadable:
            continue


@given(BODIES, st.booleans())
def test_any_bytes_are_a_yes_or_one_clear_error(body: bytes, command: bool) -> None:
    try:
        reply = read_reply(body)
    except Unreadable:
        return
    if reply.done:
        return
    error = error_of(reply, door="front", command=command)
    assert isinstance(error, LockError)
    assert not isinstance(error, UnexpectedReply if command else OutcomeUnknown)


@given(REPLIES)
def test_only_a_clear_yes_opens(fields: dict[str, object]) -> None:
    try:
        reply = read_reply(json.dumps(fields).encode())
    except Unreadable:
        return
    if reply.done:
        said = (fields.get("status", ""), fields.get("code", ""))
        assert all(isinstance(value, str) or type(value) is int for value in said)
        words = [word.strip().lower() for word in said if isinstance(word, str)]
        assert "ko" not in words
        assert not fields.get("cause")
        assert "ok" in words or read_number(fields.get("code")) == 0 or read_number(fields.get("status")) == 0


@given(st.text(max_size=40))
def test_no_word_of_the_gateway_reaches_a_sentence(word: str) -> None:
    reply = read_reply(json.dumps({"status": "ko", "code": 37, "cause": f"canary{word}"}).encode())
    error = error_of(reply, door="front", command=True)
    assert "canary" not in f"{error} {error.remark} {say(error)} {fix_of(error)}"


@pytest.mark.parametrize(
    ("fields", "ok", "code"),
    [
        ({"status": "ok", "code": 0}, True, 0),
        ({"status": "0", "code": "ok"}, True, 0),
        ({"status": "ko", "code": 33, "cause": "timestamp too old"}, False, 33),
        ({"status": "33"}, False, 33),
        ({"status": 34}, False, 34),
        ({"status": "ko", "code": "37"}, False, 37),
        ({"status": "500", "message": "busy"}, False, 500),
        ({"status": "400", "code": "missing parameter: ts"}, False, 400),
        ({"status": "Door closed", "code": 50}, True, 50),
        ({"status": "0", "code": 49}, True, 49),
        ({"status": "ok", "code": 33}, False, None),
        ({"status": "ko", "code": 50}, False, None),
        ({"status": "ko"}, False, None),
        ({"status": "ok"}, True, None),
        ({"status": "error", "code": 0}, False, None),
        ({"status": "500", "code": 0}, False, None),
        ({"status": "33", "code": 34}, False, None),
        ({"status": "0", "code": 33}, False, None),
        ({"status": "ok", "code": 0, "cause": "motor blocked"}, False, None),
        ({"status": "ok", "code": 0, "error": True}, False, None),
        ({"status": "ok", "code": 0, "message": "done", "cause": ""}, True, 0),
    ],
)
def test_both_dialects_say_the_same(fields: dict[str, object], ok: bool, code: int | None) -> None:
    reply = read_reply(json.dumps(fields).encode())
    assert (reply.ok, reply.code) == (ok, code)


@pytest.mark.parametrize(
    ("status", "code", "bolt"),
    [
        ("Door closed", 49, Bolt.LOCKED),
        ("Door open", 50, Bolt.UNLOCKED),
        ("Unknown", 48, Bolt.UNKNOWN),
        ("0", "0x31", Bolt.LOCKED),
        ("Door open", 0, None),
        ("Door jammed", 49, Bolt.JAMMED),
        ("Door jammed", 50, Bolt.JAMMED),
        ("Door jammed", 48, Bolt.JAMMED),
        ("Door blocked", 49, Bolt.JAMMED),
        ("Door open", 49, Bolt.UNLOCKED),
        ("Door closed", 50, Bolt.UNLOCKED),
        ("Door unlocked", 49, Bolt.UNLOCKED),
        ("Door locked", 49, Bolt.LOCKED),
        ("Door closed", 48, Bolt.UNKNOWN),
    ],
)
def test_where_code_and_text_differ_the_less_safe_is_believed(status: str, code: object, bolt: Bolt | None) -> None:
    assert read_reply(json.dumps({"status": status, "code": code}).encode()).bolt is bolt


STRANGE_CODES = (
    *("37.0", "0.0", "-0.0", "0e0", "NaN", "Infinity", "1e999", "99999999999999999"),
    *("[37]", "[0]", "{}", "true", "false", "null"),
)
BESIDE_OK = (
    '{"status": "ok", "code": %s}',
    '{"code": %s, "status": "ok"}',
    '{"status": %s, "code": "ok"}',
)


@pytest.mark.parametrize("code", STRANGE_CODES)
@pytest.mark.parametrize("body", BESIDE_OK)
def test_a_code_of_another_type_beside_ok_is_no_yes(body: str, code: str) -> None:
    with pytest.raises(Unreadable):
        read_reply((body % code).encode())


@pytest.mark.parametrize(
    "body",
    [
        '{"status": "ko", "code": 37, "status": "ok", "code": 0}',
        '{"status": "ok", "code": 37, "code": 0}',
        '{"status": "ok", "code": 0, "code": 0}',
        '{"status": "ok", "code": 0, "x": {"a": 1, "a": 2}}',
        '{"status": "ok", "code": 0, "x": NaN}',
        '{"status": "ok", "code": 0}{}',
        '\ufeff{"status": "ok", "code": 0}',
    ],
)
def test_what_two_readers_would_read_differently_is_no_answer(body: str) -> None:
    with pytest.raises(Unreadable):
        read_reply(body.encode())


@pytest.mark.parametrize("code", ["5_0", " 50", "+0", "00x31", "0x", "٣٣", "0.0", "1e2"])
def test_digits_spelt_otherwise_are_no_number(code: str) -> None:
    assert read_number(code) is None


@pytest.mark.parametrize(
    ("text", "incomplete"),
    [
        ("action already started", False),
        ("Action Started", False),
        ("motor is moving", False),
        ("", False),
        ("missing parameter: hash", True),
        ("Hash", True),
        ("ts", True),
        ("Timestamp is required", True),
        ("paramètre manquant", True),
        ("no identifier", True),
        ("bad request", True),
    ],
)
@pytest.mark.parametrize("where", ["code", "cause", "message", "error"])
def test_a_400_that_names_a_parameter_is_never_moving(text: str, incomplete: bool, where: str) -> None:
    fields = {"status": "400", "code": text} if where == "code" else {"status": "ko", "code": 400, where: text}
    if where == "code" and not text:
        fields = {"status": "400"}
    reply = read_reply(json.dumps(fields).encode())
    assert (reply.names_missing_part, reply.is_busy) == (incomplete, not incomplete)


def test_every_code_has_a_sentence_and_a_fix_with_the_door_s_name() -> None:
    for code in CODES:
        error = error_of(read_reply(json.dumps({"status": "ko", "code": code}).encode()), door="back", command=True)
        assert error.remark.code.startswith(f"the_keys.{code}")
        template = TEMPLATES[error.remark.code]
        assert say(error) == template.text
        assert "{" not in str(fix_of(error))
        assert "{env}" not in str(template.fix) or "DOORS__BACK__" in str(fix_of(error))


def test_some_rows_by_hand() -> None:
    def kind(code: int, *, command: bool) -> type[LockError]:
        return type(error_of(read_reply(b'{"status":"ko","code":%d}' % code), door="front", command=command))

    assert kind(33, command=True) is NotAuthorised
    assert kind(37, command=True) is OutcomeUnknown
    assert kind(500, command=True) is Busy
    assert kind(35, command=False) is Refused
    assert kind(99, command=True) is OutcomeUnknown
    assert kind(99, command=False) is UnexpectedReply


@pytest.mark.parametrize(
    ("millivolts", "percent"),
    [(4065, 100), (3100, 0), (3550, 50), (6395, 0), (7235, 46), (7783, 76), (8030, 90), (8204, 100)],
)
def test_the_battery_formula_fits_its_two_ranges(millivolts: int, percent: int) -> None:
    assert battery_percent(millivolts) == percent


@given(st.integers() | st.text() | st.none() | st.floats())
def test_any_battery_and_signal_is_plausible_or_none(value: object) -> None:
    millivolts, dbm = battery_mv(value), rssi_dbm(value)
    assert millivolts is None or 2500 <= millivolts <= 9000
    assert dbm is None or -130 < dbm < 0
    percent = battery_percent(value)
    assert percent is None or 0 <= percent <= 100


@pytest.mark.parametrize(("dbm", "word"), [(-50, "strong"), (-71, "fair"), (-90, "weak"), (None, "unknown")])
def test_signals_have_words(dbm: int | None, word: str) -> None:
    assert rssi_word(dbm) == word


def test_an_answer_that_is_not_json_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        HttpReply(200, b"[" * 60_000).json()
