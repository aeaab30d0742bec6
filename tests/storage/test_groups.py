"""The groups that want to know, and what happens when one changes its id."""

from storage import Storage
from storage.records import Group
from tests.bench import OWNER, START

OLD, NEW = -500, -100500


def group(chat_id: int = OLD, thread_id: int | None = None, title: str = "Home") -> Group:
    return Group(chat_id=chat_id, thread_id=thread_id, title=title, added_by=OWNER, added_at=START)


async def addresses(storage: Storage) -> list[tuple[int, int | None]]:
    return [(group.chat_id, group.thread_id) for group in await storage.groups.everyone()]


async def test_a_group_comes_back_as_saved(storage: Storage) -> None:
    await storage.groups.save(group())
    assert await storage.groups.everyone() == [group()]


async def test_saving_again_renames(storage: Storage) -> None:
    await storage.groups.save(group())
    await storage.groups.save(group(title="Castle"))
    assert await storage.groups.everyone() == [group(title="Castle")]


async def test_topics_of_a_group_are_addresses_of_their_own(storage: Storage) -> None:
    await storage.groups.save(group(NEW, 3))
    await storage.groups.save(group(NEW))
    assert await storage.groups.remove(NEW, 3)
    assert await addresses(storage) == [(NEW, None)]


async def test_removing_what_is_not_there_says_so(storage: Storage) -> None:
    assert not await storage.groups.remove(OLD, None)
    assert not await storage.groups.forget(OLD)


async def test_forgetting_a_chat_forgets_its_topics(storage: Storage) -> None:
    await storage.groups.save(group(NEW, 3))
    await storage.groups.save(group(NEW))
    await storage.groups.save(group())
    assert await storage.groups.forget(NEW)
    assert await addresses(storage) == [(OLD, None)]


async def test_a_group_that_becomes_a_supergroup_keeps_its_place_and_its_letters(storage: Storage) -> None:
    await storage.groups.save(group())
    await storage.outbox.put(OLD, None, {"n": 1}, at=START)
    await storage.outbox.put(OLD, None, {"n": 2}, at=START)
    await storage.groups.migrate(OLD, NEW)
    assert await addresses(storage) == [(NEW, None)]
    assert [(letter.chat_id, letter.notice) for letter in await storage.outbox.heads()] == [(NEW, {"n": 1})]


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
