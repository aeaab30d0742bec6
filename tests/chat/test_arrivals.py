"""A day and two hours before a guest comes the host hears whether they will get in, or what to mend."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.arrivals import Advance, due
from bot.domain.passes import GuestPass
from tests.chat.test_guests import TO_FRIDAY, WORDS
from tests.house import FRONT, GRETA, MAX, OLGA, Chat, House
from tests.keypads import Keypads, a_house_with_keypads

HOUR, DAY = 3600, 86_400
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def wait(house: House, seconds: float) -> None:
    """Also for what is told of it to arrive."""
    await house.wait(seconds)
    await house.wait(31)
    await house.wait(5)
    await house.poll_once()


def told(chat: Chat) -> list[str]:
    return [text for text in chat.seen if text.startswith(("✅ Ready", "🛠"))]


async def test_a_green_tick_a_day_and_two_hours_before_and_no_oftener(house: House, owner: Chat) -> None:
    await owner.say(WORDS)
    await wait(house, HOUR)
    assert told(owner) == []
    await wait(house, TO_FRIDAY - DAY - HOUR)
    assert told(owner) == [
        "✅ Ready: Dupont comes Fri 6 Mar 15:00 CET, Front door. Lock, battery and clock were looked at just now."
    ]
    assert house.calls("sendMessage")[-1].get("disable_notification")
    assert owner.buttons == ["Check again"]
    await house.restart()
    await wait(house, HOUR)
    assert len(told(owner)) == 1
    await wait(house, 21 * HOUR)
    assert len(told(owner)) == 2
    await house.restart()
    await wait(house, DAY)
    assert len(told(owner)) == 2


async def test_what_is_wrong_is_named_with_what_to_do_and_checked_again(house: House, owner: Chat) -> None:
    house.gateway.offline = True
    await owner.say("/guest Dupont 1d front")
    await wait(house, 0)
    said = told(owner)[-1]
    assert "Mend this now: Dupont can come now, Front door." in said
    assert "Front door: the lock cannot be reached. The gateway cannot be reached." in said
    assert "→ Look whether gateway and network have power" in said
    house.gateway.offline = False
    house.gateway.lock(FRONT).battery_mv = 5000
    said = await owner.tap("Check again")
    assert "Front door: the battery is low" in said
    assert "→ Change the battery" in said
    house.gateway.lock(FRONT).battery_mv = 7783
    assert "Ready: Dupont can come now" in await owner.tap("Check again")


async def test_a_battery_that_will_not_last_until_the_end_is_told(house: House, owner: Chat) -> None:
    for day in range(20):
        at = datetime.fromtimestamp(house.now(), UTC) - timedelta(days=20 - day)
        await house.storage.batteries.keep("front", at=at, percent=95 - day)
    await owner.say("/guest Dupont until 1 jun front")
    await owner.say("/guest Dupont 90d front")
    await wait(house, 0)
    assert "at its pace is low" in told(owner)[-1]


async def test_a_pass_that_is_revoked_is_not_checked(house: House, owner: Chat) -> None:
    await owner.say(WORDS)
    await house.inside.passes.revoke(caller=OLGA, pass_id=1)
    await wait(house, TO_FRIDAY - HOUR)
    assert told(owner) == []
    await owner.forge("go:gcheck:0:1")
    assert "is over, revoked" in owner.seen[-1]


async def test_others_cannot_check(house: House, owner: Chat) -> None:
    await owner.say("/guest Dupont 1d front")
    before = house.requests()
    for person in (MAX, GRETA):
        chat = Chat(house, person, person)
        await chat.say("/whoami")
        await chat.forge("go:gcheck:0:1")
        assert told(chat) == []
    assert house.requests() == before


@pytest.fixture
async def keypads(path: Path) -> AsyncIterator[Keypads]:
    async with a_house_with_keypads(path) as keypads:
        yield keypads


async def test_a_code_that_the_lock_does_not_have_is_told(keypads: Keypads) -> None:
    owner = keypads.owner
    await owner.say("/guest Dupont fri 15:00 - sun 11:00 front")
    await owner.tap("A code for Front door")
    await owner.tap("Make a code for Front door")
    await wait(keypads, TO_FRIDAY - DAY)
    assert "✅ Ready" in told(owner)[-1]
    assert "no code was made" not in told(owner)[-1]
    keypads.keys_cloud.shares.clear()
    assert "Front door: the lock does not have the code of the pass." in await owner.tap("Check again")


async def test_a_door_without_a_code_says_so(keypads: Keypads) -> None:
    await keypads.owner.say("/guest Dupont 1d front")
    await wait(keypads, 0)
    assert "Front door: no code was made; the guest opens it with the bot." in told(keypads.owner)[-1]


@pytest.mark.parametrize(
    ("made_before", "now_before", "done", "expected"),
    [
        (48, 25, (), None),
        (48, 24, (), Advance.DAY),
        (48, 23, ("day",), None),
        (48, 2, ("day",), Advance.HOURS),
        (48, 1, (), Advance.HOURS),  # the bot was down a day before
        (48, 1, ("hours",), None),
        (48, -1, (), None),
        (20, 20, (), Advance.MADE),
        (20, 19, (), None),
        (20, 2, ("made",), Advance.HOURS),
        (1, 1, (), Advance.MADE),
        (1, 0.9, ("made",), None),
        (0, 0, (), Advance.MADE),
    ],
)
def test_when_a_pass_is_checked(
    made_before: float, now_before: float, done: tuple[str, ...], expected: Advance | None
) -> None:
    one = GuestPass(
        id=1, label="Dupont", doors=("front",), starts_at=NOW, ends_at=NOW + timedelta(days=2), uses=None, host_id=OLGA,
        host_name="Olga", made_at=NOW - timedelta(hours=made_before),
    )  # fmt: skip
    assert due(one, frozenset(done), NOW - timedelta(hours=now_before)) is expected
