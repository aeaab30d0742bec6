"""Whatever people write and clients send back: understood or politely not, and never as something else."""

from datetime import timedelta

from bot.access import Action
from bot.chat.buttons import Confirm, ConfirmList, Press, decode
from bot.chat.context import plain
from bot.doors import Door, Doors, find, nearest
from bot.durations import LONGEST, NotADuration, parse_duration, spell_duration
from bot.throttle import Throttle
from tests.bench import BenchLock, Hands
from tests.fuzz import COUNT, Noise

MEANT = (" FRONT ", "gArAge", "front  door")
PARTS = ("do", "ok", "people", "open", "close", "pin", "revoke", "status", "front", "2a", "0", "-1", "x", "", "confirm")


def test_callback_data_is_decoded_to_what_encodes_the_same_or_to_nothing() -> None:
    noise = Noise()
    understood = 0
    for number in range(COUNT):
        words = noise.random.choices(PARTS, k=noise.random.randrange(7))
        data = ":".join(words) if number % 2 else noise.word()
        found = decode(data)
        assert found is None or isinstance(found, (Press, Confirm, ConfirmList))
        if isinstance(found, Press):
            understood += 1
            assert found.action in Action
            assert decode(found.encode()) == found
    assert understood


def test_what_we_encode_comes_back_and_fits_into_64_bytes() -> None:
    noise = Noise()
    for _ in range(COUNT):
        press = Press(
            noise.random.choice(list(Action)),
            "".join(noise.random.choices("abcdefghijklmnopqrstuvwxyz0123456789_", k=noise.random.randrange(1, 25))),
            noise.random.randrange(2**52),
            noise.random.choice(("", "2h", "30m", "366d", "999999m", str(noise.random.randrange(10**6)))),
        )
        assert decode(press.encode()) == press
        assert len(press.encode().encode()) <= 64


def test_a_length_is_a_length_or_told_how_to_write_one() -> None:
    noise = Noise()
    lengths = 0
    for _ in range(COUNT):
        text = f"{noise.random.randrange(10**6)}{noise.random.choice('mhdwMHx ')}"
        text = text if noise.random.random() < 0.5 else noise.word()
        try:
            length = parse_duration(text)
        except NotADuration as error:
            refused = str(error)
            assert len(refused) < 200
        else:
            lengths += 1
            assert timedelta(0) < length <= LONGEST
            assert spell_duration(length)
            assert text.strip()[:-1].strip().isascii()
    assert lengths


def test_a_name_finds_a_door_by_name_or_title_only() -> None:
    noise = Noise()
    doors = Doors([Door("front", "Front door", BenchLock(Hands())), Door("garage", "Garage", BenchLock(Hands()))])
    for _ in range(COUNT):
        text = (
            noise.word() if noise.random.random() < 0.7 else noise.random.choice((" FRONT ", "gArAge", "front  door"))
        )
        found = find(text, doors)
        if found:
            assert " ".join(text.split()).casefold() in (found.name.casefold(), found.title.casefold())
        assert nearest(text[:200], doors) in (None, *doors)


def test_a_shown_name_is_one_short_line_without_marks() -> None:
    noise = Noise()
    for _ in range(COUNT):
        name = plain(noise.word())
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
