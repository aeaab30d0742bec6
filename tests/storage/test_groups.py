"""The groups that want to know, and what happens when one changes its id."""

from dataclasses import replace

from bot.domain.events import DelayedReply
from bot.domain.notices import Group
from storage import Storage
from tests.bench import OWNER, START

OLD, NEW = -500, -100500


def group(chat_id: int = OLD, thread_id: int | None = None, title: str = "Home") -> Group:
    return Group(chat_id=chat_id, thread_id=thread_id, title=title, added_by=OWNER, added_at=START)


async def addresses(storage: Storage) -> list[tuple[int, int | None]]:
    return [(group.chat_id, group.thread_id) for group in await storage.groups.all()]


async def test_a_group_comes_back_as_saved(storage: Storage) -> None:
    await storage.groups.save(group())
    assert await storage.groups.all() == [group()]


async def test_saving_again_renames(storage: Storage) -> None:
    await storage.groups.save(group())
    await storage.groups.save(group(title="Castle"))
    assert await storage.groups.all() == [group(title="Castle")]


async def test_topics_of_a_group_are_addresses_of_their_own(storage: Storage) -> None:
    await storage.groups.save(group(NEW, 3))
    await storage.groups.save(group(NEW))
    assert await storage.groups.remove(NEW, 3)
    assert await addresses(storage) == [(NEW, None)]


async def test_removing_what_is_not_there_says_so(storage: Storage) -> None:
    assert not await storage.groups.remove(OLD, None)
    assert not await storage.groups.remove_chat(OLD)


async def test_removing_a_chat_removes_its_topics(storage: Storage) -> None:
    await storage.groups.save(group(NEW, 3))
    await storage.groups.save(group(NEW))
    await storage.groups.save(group())
    assert await storage.groups.remove_chat(NEW)
    assert await addresses(storage) == [(OLD, None)]


async def test_a_group_that_becomes_a_supergroup_keeps_its_place_and_its_messages(storage: Storage) -> None:
    await storage.groups.save(group())
    first, second = (DelayedReply(text=text, edits=None, at=START) for text in "12")
    await storage.outbox.put(OLD, None, first)
    await storage.outbox.put(OLD, None, second)
    await storage.groups.migrate(OLD, NEW)
    assert await addresses(storage) == [(NEW, None)]
    assert [(one.chat_id, one.event) for one in await storage.outbox.next_per_chat()] == [(NEW, first)]


async def test_hearing_of_the_migration_twice_loses_nothing(storage: Storage) -> None:
    """Telegram tells it in the old chat, in the new one, and in the error of a send."""
    await storage.groups.save(group())
    await storage.groups.migrate(OLD, NEW)
    await storage.groups.migrate(OLD, NEW)
    assert await addresses(storage) == [(NEW, None)]


async def test_a_group_known_by_both_ids_becomes_one(storage: Storage) -> None:
    await storage.groups.save(group(OLD))
    await storage.groups.save(group(NEW))
    await storage.groups.save(group(NEW, 3))
    await storage.groups.migrate(OLD, NEW)
    assert sorted(await addresses(storage), key=str) == [(NEW, 3), (NEW, None)]


async def test_the_migration_of_an_unknown_group_changes_nothing(storage: Storage) -> None:
    await storage.groups.save(group(-7))
    await storage.groups.migrate(OLD, NEW)
    assert await addresses(storage) == [(-7, None)]


async def test_a_group_added_again_by_another_owner_is_that_owners(storage: Storage) -> None:
    """Else it would hear nothing once the first one is no owner any more."""
    await storage.groups.save(group())
    await storage.groups.save(replace(group(), added_by=OWNER + 1))
    assert [one.added_by for one in await storage.groups.all()] == [OWNER + 1]
