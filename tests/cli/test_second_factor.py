"""latchkey second-factor reset: for whoever lost theirs and has nobody to reset it."""

from pathlib import Path

from bot.domain.second_factor import SecondFactor
from storage import Storage
from storage.process_lock import only_process_on
from tests.bench import OWNER, START
from tests.cli.conftest import Latchkey, with_storage


async def set_up(storage: Storage) -> None:
    factor = SecondFactor(person_id=OWNER, salt="00", check_value="00", set_up_at=START, last_step=1)
    await storage.second_factors.save(factor)


async def what_is_left(storage: Storage) -> tuple[object, list[str], list[object]]:
    kinds = [entry.kind for entry in await storage.journal.tail(10)]
    told = [(chat, event) for chat, event in await storage.database.rows("SELECT chat_id, event FROM outbox")]
    return await storage.second_factors.get(OWNER), kinds, [chat for chat, _ in told]


def test_it_resets_writes_it_down_and_tells_the_person(latchkey: Latchkey, path: Path) -> None:
    with_storage(path, set_up)
    result = latchkey("second-factor", "reset", OWNER)
    assert (result.exit_code, "Done" in result.output) == (0, True)
    factor, kinds, told = with_storage(path, what_is_left)
    assert (factor, kinds[-1], told) == (None, "second factor reset", [OWNER])
    assert latchkey("journal", "verify").exit_code == 0
    again = latchkey("second-factor", "reset", OWNER)
    assert (again.exit_code, "has no second factor" in again.output) == (1, True)


def test_not_while_the_bot_runs(latchkey: Latchkey, path: Path) -> None:
    with_storage(path, set_up)
    with only_process_on(path):
        result = latchkey("second-factor", "reset", OWNER)
    assert (result.exit_code, "stop that one first" in result.output) == (1, True)


def test_a_word_that_is_no_id_and_a_database_that_is_not_there_are_named(latchkey: Latchkey, path: Path) -> None:
    assert "is not a valid numeric id, which /whoami shows" in latchkey("second-factor", "reset", "abc").output
    result = latchkey("second-factor", "reset", OWNER)
    assert (result.exit_code, "there is no database at" in result.output) == (1, True)
    assert not path.exists()
