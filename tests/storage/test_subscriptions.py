"""What a chat chose to hear, and when not."""

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from bot.domain.events import BatteryChanged, LockUnreachable
from bot.domain.notices import AT_FIRST, Group, Kind, NoticeMessage, QuietHours
from storage import Storage
from storage.database import statements
from tests.bench import OWNER, START

CHAT = -500
NIGHT = QuietHours(22 * 60, 7 * 60)
LUNCH = QuietHours(12 * 60, 13 * 60)
GOOD = BatteryChanged(door="front", is_low=False, percent=90, at=START)
BAD = LockUnreachable(door="front", at=START)


async def subscribe(storage: Storage, quiet: QuietHours | None = None, kinds: frozenset[Kind] = AT_FIRST) -> None:
    group = Group(chat_id=CHAT, thread_id=None, title="Home", added_by=OWNER, added_at=START, kinds=kinds, quiet=quiet)
    await storage.groups.save(group)


async def test_what_was_chosen_stays_when_the_chat_is_saved_again(storage: Storage) -> None:
    await subscribe(storage)
    await storage.groups.choose(CHAT, None, kinds=frozenset({Kind.CODES}), quiet=NIGHT)
    await subscribe(storage)
    [group] = await storage.groups.all()
    assert (group.kinds, group.quiet) == (frozenset({Kind.CODES}), NIGHT)


@pytest.mark.parametrize(
    ("kinds", "told"), [({Kind.BATTERY}, True), ({Kind.OPENED, Kind.TROUBLE}, False), (set(), False)]
)
async def test_only_what_was_chosen_goes_into_the_outbox(storage: Storage, kinds: set[Kind], *, told: bool) -> None:
    await subscribe(storage, kinds=frozenset(kinds))
    assert await storage.outbox.put_for_groups(GOOD, added_by=[OWNER]) == ({CHAT} if told else set())


@pytest.mark.parametrize(
    ("quiet", "minute", "waits"),
    [
        (NIGHT, 22 * 60 - 1, False), (NIGHT, 22 * 60, True), (NIGHT, 0, True), (NIGHT, 7 * 60 - 1, True),
        (NIGHT, 7 * 60, False), (LUNCH, 12 * 60 - 1, False), (LUNCH, 12 * 60, True), (LUNCH, 13 * 60, False),
        (None, 0, False),
    ],
)  # fmt: skip
async def test_good_news_waits_for_the_end_of_quiet_hours(
    storage: Storage, quiet: QuietHours | None, minute: int, *, waits: bool
) -> None:
    await subscribe(storage, quiet)
    await storage.outbox.put_for_groups(GOOD, added_by=[OWNER])
    await storage.outbox.put_for_groups(BAD, added_by=[OWNER])
    [message] = await storage.outbox.next_per_chat(minute=minute)
    assert message.event == (BAD if waits else GOOD)


async def test_answers_never_wait(storage: Storage) -> None:
    await subscribe(storage, NIGHT)
    await storage.outbox.put(CHAT, None, GOOD)
    assert len(await storage.outbox.next_per_chat(minute=0)) == 1


async def test_a_group_that_moves_keeps_what_it_chose_and_begins_new_messages(storage: Storage) -> None:
    await subscribe(storage, NIGHT)
    await storage.notice_messages.save(CHAT, None, "bolt front", NoticeMessage(7, ("open",), START))
    assert await storage.notice_messages.get(CHAT, None, "bolt front") == NoticeMessage(7, ("open",), START)
    await storage.groups.choose_at(CHAT, None, "front", kinds=frozenset({Kind.BATTERY}))
    await storage.groups.mute(CHAT, None, START)
    await storage.groups.migrate(CHAT, -100500)
    [group] = await storage.groups.all()
    assert (group.chat_id, group.quiet, group.muted_until) == (-100500, NIGHT, START)
    assert group.doors == {"front": frozenset({Kind.BATTERY})}
    assert await storage.notice_messages.get(CHAT, None, "bolt front") is None


async def test_a_door_may_have_a_choice_of_its_own(storage: Storage) -> None:
    await subscribe(storage, kinds=frozenset())
    await storage.groups.choose_at(CHAT, None, "front", kinds=frozenset({Kind.BATTERY}))
    assert await storage.outbox.put_for_groups(GOOD, added_by=[OWNER]) == {CHAT}
    assert await storage.outbox.put_for_groups(replace(GOOD, door="shed"), added_by=[OWNER]) == frozenset()
    assert await storage.outbox.put_for_groups(replace(BAD, others=("shed",)), added_by=[OWNER]) == frozenset()
    await storage.groups.choose_at(CHAT, None, "shed", kinds=frozenset({Kind.TROUBLE}))
    assert await storage.outbox.put_for_groups(replace(BAD, others=("shed",)), added_by=[OWNER]) == {CHAT}
    await storage.groups.choose_at(CHAT, None, "front", kinds=None)
    assert await storage.outbox.put_for_groups(GOOD, added_by=[OWNER]) == frozenset()


async def test_what_a_chat_chose_before_opened_and_closed_were_two_is_kept(path: Path) -> None:
    storage = await Storage.open(path)
    await subscribe(storage)
    script = (files("storage") / "migrations" / "0014_subscriptions.sql").read_text("utf-8")
    first = next(statements(script))
    for old, new in (("moves", {Kind.OPENED, Kind.CLOSED}), ("battery,moves,people", None), ("", set())):
        await storage.database.rows("UPDATE subscriptions SET kinds = $1", old)
        await storage.database.rows(first)
        [group] = await storage.groups.all()
        wanted = {Kind.OPENED, Kind.CLOSED, Kind.BATTERY, Kind.PEOPLE} if new is None else new
        assert group.kinds == wanted
    await storage.close()
