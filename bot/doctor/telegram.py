"""How Telegram is, what it lets the bot do, and what time it is there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.clock import Clock
from bot.domain.diagnoses import BotAccount, BotPlace, Diagnosis, Grade, Switch, TelegramTrouble
from bot.health import Pulse
from storage import Storage

# The bot itself goes by Telegram's time. A host that is so far off is set by nobody, and gives its log wrong times.
WRONG_SECONDS = 60.0


class TelegramSide(Protocol):
    """Raises TelegramTrouble."""

    async def account(self) -> BotAccount: ...

    async def place(self, chat_id: int) -> BotPlace: ...

    async def title(self, chat_id: int) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BotGroup:
    """A group that the bot is used in, and for what."""

    chat_id: int
    title: str | None
    is_membership: bool
    is_written_to: bool
    has_panel: bool


async def account(side: TelegramSide) -> Sequence[Diagnosis]:
    try:
        found = await side.account()
    except TelegramTrouble as trouble:
        return [Diagnosis(trouble.code, Grade.BAD)]
    switches = [Diagnosis(f"switch.{switch}", Grade.WARNING) for switch in Switch if switch in found.switches]
    return [Diagnosis("telegram.reached", parameters={"username": found.username}), *switches]


def polling(pulse: Pulse) -> Sequence[Diagnosis]:
    if not pulse.is_running:
        said = pulse.health.sentence
        return [Diagnosis("bot.away", Grade.WARNING, {"says": said[:1].upper() + said[1:]})]
    if not pulse.health.good:
        return [Diagnosis("bot.unwell", Grade.BAD, {"says": pulse.health.sentence})]
    if pulse.polled_seconds is None:
        return [Diagnosis("bot.starts")]
    return [Diagnosis("bot.polls", parameters={"seconds": round(pulse.polled_seconds)})]


def host_clock(clock: Clock) -> Sequence[Diagnosis]:
    """That of this machine, by Telegram's time."""
    if clock.is_doubted:
        return [Diagnosis("clock.doubted", Grade.BAD)]
    ahead = clock.host_ahead_seconds
    if ahead is None:
        return []  # Telegram was not reached, which is said already.
    if abs(ahead) <= WRONG_SECONDS:
        return [Diagnosis("clock.right")]
    code = "clock.ahead" if ahead > 0 else "clock.behind"
    return [Diagnosis(code, Grade.WARNING, {"seconds": round(abs(ahead))})]


async def groups(storage: Storage) -> list[BotGroup]:
    # Ids below 0 are groups: in a private chat there are no rights to look for.
    told = {group.chat_id: group.title for group in await storage.groups.all() if group.chat_id < 0}
    members = await storage.grants.groups()
    panels = {panel.chat_id for panel in await storage.panels.all() if panel.chat_id < 0 and not panel.is_over}
    return [
        BotGroup(
            chat_id=chat,
            title=told.get(chat),
            is_membership=chat in members,
            is_written_to=chat in told or chat in panels,
            has_panel=chat in panels,
        )
        for chat in sorted({*told, *members, *panels}, reverse=True)
    ]


async def place(side: TelegramSide, group: BotGroup) -> Sequence[Diagnosis]:
    try:
        found = await side.place(group.chat_id)
        title = group.title or await side.title(group.chat_id)
    except TelegramTrouble as trouble:
        # Only a refusal says something of the group; anything else is a line that is down.
        code = "group.gone" if trouble.code == "telegram.refused" else "group.unknown"
        return [Diagnosis(code, Grade.BAD, {"group": group.title or str(group.chat_id)})]
    named = {"group": title}
    if not found.is_in:
        return [Diagnosis("group.gone", Grade.BAD, named)]
    wrong = [
        # By the Bot API only an administrator is told who leaves, and can surely ask who is in a group.
        Diagnosis("group.no_members", Grade.BAD, named) if group.is_membership and not found.is_administrator else None,
        Diagnosis("group.mute", Grade.BAD, named) if group.is_written_to and not found.can_write else None,
        Diagnosis("group.no_pin", Grade.WARNING, named) if group.has_panel and not found.can_pin else None,
    ]
    good = Diagnosis("group.runs" if found.is_administrator else "group.member", parameters=named)
    return [one for one in wrong if one] or [good]
