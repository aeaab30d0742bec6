"""Panels: what is kept of the messages that always show the doors."""

from bot.domain.panels import Panel
from storage import Storage

PANEL = Panel(
    chat_id=-5, thread_id=None, doors=frozenset({"front", "shed"}), set_up_by=42, message_id=7, is_pinned=True
)  # fmt: skip


async def test_a_panel_comes_back_as_saved(storage: Storage) -> None:
    every = Panel(chat_id=-5, thread_id=3, doors=None, set_up_by=42, is_told=True)
    await storage.panels.save(PANEL)
    await storage.panels.save(every)
    assert await storage.panels.all() == (PANEL, every)


async def test_what_became_of_the_message_changes_no_choice(storage: Storage) -> None:
    await storage.panels.save(PANEL)
    await storage.panels.write_down(-5, None, message_id=9, is_pinned=False, is_told=True)
    (kept,) = await storage.panels.all()
    assert (kept.doors, kept.message_id, kept.is_pinned, kept.is_told) == (PANEL.doors, 9, False, True)


async def test_in_a_supergroup_it_is_written_anew_and_telling_that_twice_changes_nothing(storage: Storage) -> None:
    await storage.panels.save(PANEL)
    await storage.panels.migrate(-5, -1005)
    await storage.panels.write_down(-1005, None, message_id=2, is_pinned=True, is_told=False)
    await storage.panels.migrate(-5, -1005)
    (kept,) = await storage.panels.all()
    assert (kept.chat_id, kept.doors, kept.message_id) == (-1005, PANEL.doors, 2)


async def test_what_was_rolled_back_is_not_remembered(storage: Storage) -> None:
    try:
        async with storage.transaction():
            await storage.panels.save(PANEL)
            assert await storage.panels.all() == (PANEL,)
            raise RuntimeError
    except RuntimeError:
        pass
    assert await storage.panels.all() == ()
