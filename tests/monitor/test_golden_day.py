"""One day of a house, and exactly what is told of it: nothing missing, nothing twice, at night only trouble.

The day is in golden_day.txt, to be read. `REWRITE_GOLDEN=1` writes it anew after a change that was meant.
"""

import os
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from operator import itemgetter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.house import FORUM, FRONT, GROUP, OLGA, SHED, TOPIC, House, a_house

GOLDEN = Path(__file__).with_name("golden_day.txt")
PARIS = ZoneInfo("Europe/Paris")
STEP = timedelta(minutes=5)
BEGIN = datetime(2026, 3, 1, 13, 5, tzinfo=PARIS)
CHATS = {GROUP: "House", FORUM: "Forum"}
Act = Callable[[House], Awaitable[object]]


def by_hand(gateway: str, lock: int, bolt: str) -> Act:
    async def turn(house: House) -> None:
        getattr(house, gateway).turn_by_hand(lock, bolt)

    return turn


def network(gateway: str, *, is_down: bool) -> Act:
    async def cut(house: House) -> None:
        getattr(house, gateway).offline = is_down

    return cut


async def empty_the_battery(house: House) -> None:
    house.shed.lock(SHED).battery_mv = 5000


async def restart_the_lock(house: House) -> None:
    house.shed.lock(SHED).rebooted = True


async def keep_open(house: House) -> None:
    await house.poll_once()
    await house.member.tap("Keep open 30 min")


async def flap(house: House) -> None:
    for bolt in ["unlocked", "locked"] * 4:
        house.shed.turn_by_hand(SHED, bolt)
        house.hands.turn(3)
        await house.owner.say("/status shed")


DAY: dict[str, tuple[str, Act]] = {
    "13:10": ("Max opens the front door", lambda house: house.member.say("/open front")),
    "14:00": ("Olga opens the shed", lambda house: house.owner.say("/open shed")),
    "14:30": ("Olga closes the shed", lambda house: house.owner.say("/close shed")),
    "15:00": ("somebody opens the front door with a key", by_hand("gateway", FRONT, "unlocked")),
    "16:00": ("Max opens the front door", lambda house: house.member.say("/open front")),
    "16:05": ("and keeps it open", keep_open),
    "18:00": ("the front door's gateway loses its network", network("gateway", is_down=True)),
    "20:00": ("somebody opens the front door with a key", by_hand("gateway", FRONT, "unlocked")),
    "20:30": ("the network is back", network("gateway", is_down=False)),
    "21:30": ("the shed's battery is nearly empty", empty_the_battery),
    "23:00": ("Max opens the front door", lambda house: house.member.say("/open front")),
    "02:00": ("the shed's lock restarts", restart_the_lock),
    "02:30": ("Olga turns its bolt by hand", by_hand("shed", SHED, "locked")),
    "04:00": ("the shed's gateway loses its network", network("shed", is_down=True)),
    "04:45": ("the network is back", network("shed", is_down=False)),
    "08:00": ("somebody plays with the shed's bolt", flap),
    "11:00": ("Latchkey is restarted", House.restart),
}


async def live(house: House) -> dict[int, str]:
    """The day; which of Telegram's events came right after what."""
    happened = {}
    for step in range(int(timedelta(hours=23, minutes=50) / STEP)):
        moment = BEGIN + step * STEP
        await house.wait(max(0.0, moment.timestamp() - house.now()))
        await house.wait(5)  # what had to wait for its turn in a chat is delivered
        if act := DAY.get(f"{moment:%H:%M}"):
            happened[len(house.telegram.events)] = f"{moment:%a %H:%M}    {act[0]}"
            await act[1](house)
            await house.wait(5)
    return happened


def told(house: House, happened: dict[int, str], since: int) -> str:
    """What happened, and under it what was told: where, whether with a sound, and what."""
    sounds = iter([not call.get("disable_notification") for call in house.calls("sendMessage")])
    paragraphs: list[list[tuple[str, str, str]]] = [[]]
    for number, event in enumerate(house.telegram.events):
        if number in happened:
            paragraphs.append([("", "", f"\n{happened[number]}")])
        if event.what not in ("message", "edited") or not event.detail["message"]["from"]["is_bot"]:
            continue
        is_loud = next(sounds) if event.what == "message" else False
        if number >= since and is_notice(event.detail["message"]):
            how = "edited" if event.what == "edited" else "loud" if is_loud else "silent"
            at, chat = f"{datetime.fromtimestamp(event.at, PARIS):%a %H:%M}", CHATS[event.detail["message"]["chat"]]
            text = re.sub(r" · \d\d:\d\d:\d\d CET", "", event.detail["message"]["text"])
            shown = text.replace("\n", "\n" + " " * 30)
            paragraphs[-1].append((at, chat, f"    {at}  {chat:6} {how:7} {shown}"))
    # Which of two chats is told first is nobody's promise.
    told = [line for paragraph in paragraphs for _, _, line in sorted(paragraph, key=itemgetter(0, 1))]
    return "\n".join([*DESCRIPTION, *told, ""])


DESCRIPTION = (
    "A day from Sunday 13:00 to Monday 13:00. At the margin what happens, below it what is told, where and how loud.",
    "House hears of everything and is quiet from 22 to 7. Forum hears of trouble and batteries only.",
    "The front door closes by itself after 10 minutes; of the shed it is told when it is open for 20.",
)


def is_notice(message: dict[str, Any]) -> bool:
    """Not an answer: in groups those reply, and in private chats nobody subscribed here."""
    return message["chat"] in (GROUP, FORUM) and message["reply_to"] is None


async def test_a_day_is_told_as_it_is_written(path: Path) -> None:
    doors = {"front": {"auto_lock_minutes": 10}, "shed": {"open_reminder_minutes": 20}}
    async with a_house(path, doors=doors, poll_seconds=240) as house:
        await house.in_group(OLGA).say("/notify on")
        await house.in_group(OLGA).say("/notify quiet 22-7")
        forum = house.in_group(OLGA, FORUM, TOPIC)
        await forum.say("/notify on")
        await house.poll_once()
        await forum.tap("☑ Opened")
        await forum.tap("☑ Closed")
        since = len(house.telegram.events)
        happened = await live(house)
        day = told(house, happened, since)
    if os.environ.get("REWRITE_GOLDEN"):
        GOLDEN.write_text(day)
    assert day == GOLDEN.read_text()
