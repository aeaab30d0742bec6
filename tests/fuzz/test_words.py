"""Whatever people write and clients send back: understood or politely not, and never as something else."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.chat.button_data import KINDS, PRESSABLE, ButtonData, decode
from bot.chat.handlers.choosing_person import LARGEST_ID
from bot.chat.handlers.choosing_right import MOST_DOORS
from bot.chat.joining_buttons import CHOICES, For, RightChoice
from bot.chat.senders import sanitize_name
from bot.domain.doors import Capability, Door, Doors, NoSuchDoor, find, key_of, nearest
from bot.domain.durations import LONGEST, NotADuration, Span, decode_span, parse_span, spell_duration
from bot.throttle import Throttle
from tests.bench import Hands
from tests.fuzz import COUNT, Noise

MEANT = (" FRONT ", "gArAge", "front  door")
NOW, ZONE = datetime(2026, 3, 1, 12, 0, tzinfo=UTC), ZoneInfo("Europe/Paris")
PARTS = (
    "do",
    "ok",
    "go",
    "list",
    "m",
    "open",
    "close",
    "pin",
    "revoke",
    "status",
    "front",
    "2a",
    "0",
    "-1",
    "x",
    "",
    "confirm",
    "may",
    "ask",
    "r",
    "1d",
)


def test_callback_data_is_decoded_to_what_encodes_the_same_or_to_nothing() -> None:
    noise = Noise()
    understood = 0
    for number in range(COUNT):
        words = noise.random.choices(PARTS, k=noise.random.randrange(7))
        data = ":".join(words) if number % 2 else noise.word()
        found = decode(data)
        assert found is None or isinstance(found, KINDS)
        if isinstance(found, ButtonData):
            understood += 1
            assert found.action in PRESSABLE
        if found:
            assert decode(found.encode()) == found
    assert understood


def test_a_right_that_is_chosen_comes_back_and_fits_into_64_bytes() -> None:
    random = Noise().random
    for _ in range(COUNT):
        doors = random.randrange(1 << random.randrange(1, MOST_DOORS + 1))
        choice = RightChoice(
            random.choice(list(For)), random.randrange(LARGEST_ID), doors, "0a1b2c", random.choice(CHOICES)
        )
        assert decode(choice.encode()) == choice
        assert len(choice.encode().encode()) <= 64


def test_what_we_encode_comes_back_and_fits_into_64_bytes() -> None:
    noise = Noise()
    for _ in range(COUNT):
        press = ButtonData(
            noise.random.choice(PRESSABLE),
            "".join(noise.random.choices("abcdefghijklmnopqrstuvwxyz0123456789_", k=noise.random.randrange(1, 25))),
            noise.random.random() < 0.5,
            noise.random.choice(("", "120", "@1900000000", str(noise.random.randrange(10**6)))),
        )
        assert decode(press.encode()) == press
        assert len(press.encode().encode()) <= 64


def test_a_length_is_a_length_or_none() -> None:
    noise = Noise()
    lengths = 0
    units = ("m", "h", "d", "w", "M", "H", "x", " ", " hours", "min", " days ")
    for _ in range(COUNT // 10):
        text = f"{noise.random.randrange(10**6)}{noise.random.choice(units)}"
        text = text if noise.random.random() < 0.5 else noise.word()
        try:
            span = parse_span(text, now=NOW, zone=ZONE)
        except NotADuration as error:
            assert error.said == text  # noqa: PT017 - either is fine
        else:
            lengths += 1
            assert timedelta(0) < span.length <= LONGEST
            assert spell_duration(span.length)
    assert lengths


def test_a_length_in_a_button_comes_back_or_is_refused() -> None:
    noise = Noise()
    for _ in range(COUNT):
        span = Span(timedelta(minutes=noise.random.randrange(1, 366 * 24 * 60)))
        assert decode_span(span.encode(), now=NOW) == span
        forged = decode_span(noise.word(), now=NOW)
        assert forged is None or timedelta(0) < forged.length <= LONGEST


def test_a_name_finds_a_door_by_name_or_title_only() -> None:
    noise = Noise()
    doors = Doors([Door("front", "Front door", Capability(0)), Door("garage", "Garage", Capability(0))])
    for _ in range(COUNT):
        text = noise.word() if noise.random.random() < 0.7 else noise.random.choice(MEANT)
        try:
            found = find(text, doors)
        except NoSuchDoor as error:
            assert error.said == text  # noqa: PT017 - either is fine
        else:
            assert key_of(text) in (found.name, found.title.casefold())
        assert nearest(text[:200], doors) in (None, *doors)


def test_a_shown_name_is_one_short_line_without_marks() -> None:
    noise = Noise()
    for _ in range(COUNT):
        name = sanitize_name(noise.word())
        assert 0 < len(name) <= 64
        assert name == " ".join(name.split())
        assert name.encode()
        assert not set(name) & set("\u202e\u2066\u2069\x00\n\r")


def test_a_crowd_fills_no_memory() -> None:
    hands = Hands()
    throttle = Throttle(times=1, seconds=600, clock=lambda: hands.boot)
    for number in range(COUNT):
        throttle.allows(number)
        hands.turn(0.01)
    kept = [len(value) for value in vars(throttle).values() if hasattr(value, "__len__")]
    assert max(kept) <= 10_000
