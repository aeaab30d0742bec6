"""A week of a house, and exactly what is told of it: nothing missing, nothing twice, at night only what cannot wait.

Six doors, four people, two groups. The week is in golden_week.txt, to be read. `REWRITE_GOLDEN=1` writes it anew after
a change that was meant.
"""

import os
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from simulators import kas, the_keys
from tests.chat.test_inviting import token_in
from tests.house import (
    API_KEY,
    FORUM,
    FRONT,
    GRETA,
    GROUP,
    MAX,
    OLGA,
    SAM,
    SHARE_CODE,
    SHED,
    TOPIC,
    Chat,
    House,
    a_house,
)  # fmt: skip

GOLDEN = Path(__file__).with_name("golden_week.txt")
PARIS = ZoneInfo("Europe/Paris")
BEGIN, END = datetime(2026, 3, 1, 13, 5, tzinfo=PARIS), datetime(2026, 3, 8, 13, 0, tzinfo=PARIS)
CLOSE, FAR = timedelta(minutes=5), timedelta(minutes=30)
BUSY = timedelta(minutes=45)
"""So long after something happened time goes by in small steps."""
CHATS = {GROUP: "House", FORUM: "Forum", OLGA: "Olga", MAX: "Max", GRETA: "Greta", SAM: "Sam"}
CELLAR, ATTIC, GATE = 45961125, 45961126, "SS000511"
SENDING = ("sendMessage", "sendPhoto", "sendDocument")
QUIET = range(22, 24), range(7)
Act = Callable[[House], Awaitable[object]]
DESCRIPTION = (
    "A week from Sunday 13:00 to Sunday 13:00. At the margin what happens, below it what is told, where and how loud.",
    "House hears of doors, trouble and batteries, is quiet from 22 to 7, has a digest at 8. Forum: trouble, batteries.",
    "Olga, Max, Greta and Sam are told things in their own chats; answers to them are left out.",
    "Front door: closes by itself after 10 minutes. Garden shed: told when it is open for 20.",
    "Cellar: asked about at 22:30 if it is open, and closed at 23:00. Attic: behind the gateway of shed and cellar.",
    "Garage and Gate: behind a cloud that cannot be asked what they look like.",
)


def by_hand(gateway: str, lock: int, bolt: str) -> Act:
    async def turn(house: House) -> None:
        getattr(house, gateway).turn_by_hand(lock, bolt)

    return turn


def network(gateway: str, *, is_down: bool) -> Act:
    async def cut(house: House) -> None:
        getattr(house, gateway).offline = is_down

    return cut


def says(who: int, words: str) -> Act:
    async def say(house: House) -> None:
        await Chat(house, who, who).say(words)

    return say


def presses(who: int, label: str) -> Act:
    async def press(house: House) -> None:
        await house.poll_once()
        await Chat(house, who, who).tap(label)

    return press


def battery(millivolts: int) -> Act:
    async def change(house: House) -> None:
        house.shed.lock(SHED).battery_mv = millivolts

    return change


async def restart_the_lock(house: House) -> None:
    house.shed.lock(SHED).rebooted = True


async def flap(house: House) -> None:
    for bolt in ["unlocked", "locked"] * 3:
        house.shed.turn_by_hand(SHED, bolt)
        house.hands.turn(3)
        await house.owner.say("/status shed")


async def claim(house: House) -> None:
    await house.stranger.say(f"/start {token_in(house.owner)}")


async def break_the_glass(house: House) -> None:
    await house.guest.say("/start")
    for label in ("🔨 Break the glass: Attic, with others", "🔨 Break the glass"):
        await presses(GRETA, label)(house)


WEEK: dict[str, tuple[str, Act]] = {
    "Sun 13:10": ("Max opens the front door", says(MAX, "/open front")),
    "Sun 14:00": ("Olga opens the shed", says(OLGA, "/open shed")),
    "Sun 14:30": ("Olga closes the shed", says(OLGA, "/close shed")),
    "Sun 15:00": ("somebody opens the front door with a key", by_hand("gateway", FRONT, "unlocked")),
    "Sun 16:00": ("Max opens the front door", says(MAX, "/open front")),
    "Sun 16:05": ("and keeps it open", presses(MAX, "Keep open 30 min")),
    "Sun 18:00": ("the front door's gateway loses its network", network("gateway", is_down=True)),
    "Sun 20:00": ("somebody opens the front door with a key", by_hand("gateway", FRONT, "unlocked")),
    "Sun 20:30": ("the network is back", network("gateway", is_down=False)),
    "Sun 21:30": ("the shed's battery is nearly empty", battery(5000)),
    "Sun 23:00": ("Max opens the front door", says(MAX, "/open front")),
    "Mon 02:00": ("the shed's lock restarts", restart_the_lock),
    "Mon 02:30": ("Olga turns its bolt by hand", by_hand("shed", SHED, "locked")),
    "Mon 04:00": ("the network of shed, cellar and attic is down", network("shed", is_down=True)),
    "Mon 04:45": ("the network is back", network("shed", is_down=False)),
    "Mon 09:00": ("somebody plays with the shed's bolt", flap),
    "Mon 10:00": ("Olga changes the shed's battery", battery(7783)),
    "Mon 11:00": ("Latchkey is restarted", House.restart),
    "Mon 12:00": ("Olga lets Greta in until Wednesday", says(OLGA, "/grant Greta front open until wed 18:00")),
    "Mon 12:05": ("and makes a glass for the attic", says(OLGA, "/breakglass attic 2 of Max, Greta")),
    "Mon 12:10": ("and a pass for a guest", says(OLGA, "/guest Dupont thu 15:00 - sat 11:00 front x6")),
    "Mon 12:15": ("Sam opens its link", claim),
    "Mon 19:00": ("Greta opens the front door", says(GRETA, "/open front")),
    "Tue 09:00": ("Greta tries the shed", says(GRETA, "/open shed")),
    "Tue 12:00": ("Greta opens the garage", says(GRETA, "/open garage")),
    "Tue 20:00": ("Olga opens the cellar", says(OLGA, "/open cellar")),
    "Wed 12:00": ("the network of shed, cellar and attic is down", network("shed", is_down=True)),
    "Wed 12:30": ("Latchkey is restarted", House.restart),
    "Wed 14:00": ("the network is back", network("shed", is_down=False)),
    "Thu 10:00": ("Olga locks the house down for an hour", says(OLGA, "/lockdown 1h")),
    "Thu 15:20": ("Sam comes", says(SAM, "/open front")),
    "Fri 02:00": ("somebody opens the attic with a key", by_hand("shed", ATTIC, "unlocked")),
    "Fri 02:30": ("and closes it", by_hand("shed", ATTIC, "locked")),
    "Sat 14:00": ("Greta breaks the glass of the attic", break_the_glass),
    "Sat 14:05": ("Max agrees", presses(MAX, "I agree")),
    "Sat 14:07": ("Greta opens the attic", presses(GRETA, "Open Attic")),
    "Sat 14:30": ("Olga closes it", says(OLGA, "/close attic")),
    "Sat 15:00": ("and renews the glass", says(OLGA, "/breakglass attic 2 of Max, Greta")),
}


def furnish(house: House) -> None:
    for identifier in (CELLAR, ATTIC):
        house.shed.add(the_keys.Smartlock(identifier, SHARE_CODE))
    house.cloud.add(kas.KasLock(GATE))


def settings() -> dict[str, dict[str, object]]:
    behind_the_shed = {"driver": "the_keys", "share_code": SHARE_CODE, "host": "shed.test"}
    return {
        "front": {"auto_lock_minutes": 10},
        "shed": {"open_reminder_minutes": 20},
        "cellar": {
            **behind_the_shed, "title": "Cellar", "identifier": str(CELLAR),
            "ask_if_open_at": "22:30", "close_at": "23:00",
        },
        "attic": {**behind_the_shed, "title": "Attic", "identifier": str(ATTIC)},
        "gate": {
            "driver": "kas", "title": "Gate", "factory_number": GATE, "api_key": API_KEY, "base_url": "https://kas.test",
        },
    }  # fmt: skip


@dataclass
class Told:
    """What happened by the number of the event of Telegram's that came next, and which messages are answers."""

    happened: dict[int, str] = field(default_factory=dict)
    answers: set[tuple[int, int]] = field(default_factory=set)

    async def act(self, house: House, moment: datetime, what: str, act: Act) -> None:
        events, first = house.telegram.events, len(house.telegram.events)
        self.happened[first] = f"{moment:%a %H:%M}    {what}"
        await act(house)
        actors = {event.detail.get("person") for event in events[first:]} | {None}
        said = [event.detail["message"] for event in events[first:] if event.what in ("message", "edited")]
        writers = {message["from"]["id"] for message in said} | actors
        self.answers |= {(one["chat"], one["message_id"]) for one in said if one["chat"] in writers}


async def live(house: House) -> Told:
    told, moment, last = Told(), BEGIN, BEGIN
    acts = {datetime_of(name): act for name, act in WEEK.items()}
    while moment < END:
        await house.wait(max(0.0, moment.timestamp() - house.now()))
        await house.wait(5)  # what had to wait for its turn in a chat is delivered
        if found := acts.get(moment):
            last = moment
            await told.act(house, moment, *found)
            await house.wait(5)
        half_an_hour = moment + FAR - timedelta(minutes=moment.minute % 30)
        next_one = moment + CLOSE if moment - last < BUSY else half_an_hour
        moment = min([next_one, *(one for one in acts if one > moment)])
    return told


def datetime_of(name: str) -> datetime:
    """ "Mon 10:00" of this week."""
    day, clock = name.split()
    days = [BEGIN + timedelta(days=number) for number in range(8)]
    hour, minute = map(int, clock.split(":"))
    found = [one.replace(hour=hour, minute=minute) for one in days if f"{one:%a}" == day]
    return next(one for one in found if one >= BEGIN)


@dataclass(frozen=True)
class Line:
    at: datetime
    chat: str
    how: str
    text: str

    @property
    def minute(self) -> datetime:
        return self.at.replace(second=0, microsecond=0)

    def __str__(self) -> str:
        text = re.sub(r" · \d\d:\d\d:\d\d CET", "", self.text)
        text = re.sub(r"entry \d+: [0-9a-f]+", "entry …", text)
        shown = "\n".join(f"{' ' * 30}{line}".rstrip() for line in text.splitlines()).strip()
        return f"    {self.at:%a %H:%M}  {self.chat:6} {self.how:7} {shown}"


def lines_of(house: House, told: Told, since: int) -> list[tuple[str, list[Line]]]:
    """What happened, and what was told after it."""
    sent = [call for call in house.telegram.calls if call.method in SENDING and call.error is None]
    sounds = iter([not call.params.get("disable_notification") for call in sent])
    paragraphs: list[tuple[str, list[Line]]] = [("", [])]
    for number, event in enumerate(house.telegram.events):
        if number in told.happened:
            paragraphs.append((told.happened[number], []))
        if event.what not in ("message", "edited") or not event.detail["message"]["from"]["is_bot"]:
            continue
        message = event.detail["message"]
        is_loud = next(sounds) if event.what == "message" else False
        if number < since or message["reply_to"] or (message["chat"], message["message_id"]) in told.answers:
            continue
        how = "edited" if event.what == "edited" else "loud" if is_loud else "silent"
        at = datetime.fromtimestamp(event.at, PARIS)
        paragraphs[-1][1].append(Line(at, CHATS[message["chat"]], how, message["text"]))
    return paragraphs


def written(paragraphs: list[tuple[str, list[Line]]]) -> str:
    parts = list(DESCRIPTION)
    for what, lines in paragraphs:
        parts += [f"\n{what}"] if what else []
        # Which of two chats is told first within a minute is nobody's promise.
        parts += [
            str(line) for line in sorted(lines, key=lambda line: (line.at.replace(second=0, microsecond=0), line.chat))
        ]
    return "\n".join([*parts, ""])


async def test_a_week_is_told_as_it_is_written(path: Path) -> None:
    async with a_house(path, doors=settings(), furnish=furnish, poll_seconds=240) as house:
        await house.in_group(OLGA).say("/notify on")
        await house.in_group(OLGA).say("/notify quiet 22-7")
        await house.in_group(OLGA).say("/digest 8:00")
        forum = house.in_group(OLGA, FORUM, TOPIC)
        await forum.say("/notify on")
        await house.poll_once()
        await forum.tap("☑ Opened")
        await forum.tap("☑ Closed")
        since = len(house.telegram.events)
        paragraphs = lines_of(house, await live(house), since)
    week = written(paragraphs)
    if os.environ.get("REWRITE_GOLDEN"):
        GOLDEN.write_text(week)
    assert week == GOLDEN.read_text()
    lines = [line for _, lines in paragraphs for line in lines]
    at_night = [line for line in lines if line.chat == "House" and any(line.at.hour in hours for hours in QUIET)]
    assert [line for line in at_night if line.how == "silent"] == []
    told = [(line.at.date(), line.chat, line.text) for line in lines if line.how != "edited"]
    assert [line for line in told if told.count(line) > 1] == []
