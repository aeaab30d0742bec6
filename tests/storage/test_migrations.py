"""Migrations: each is applied once, whole or not at all."""

from pathlib import Path

import pytest

from bot.domain.failures import StorageFailed
from storage import Database
from storage.database import statements

TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
APPLIED = "SELECT name FROM migrations ORDER BY name"


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of migrations in the place of the real one."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    monkeypatch.setattr("storage.database.files", lambda package: folder)
    return folder


async def found(path: Path, sql: str) -> list[str]:
    database = await Database.open(path)
    names = [name for (name,) in await database.rows(sql)]
    await database.close()
    return names


async def test_opening_again_changes_nothing(path: Path) -> None:
    database = await Database.open(path)
    before = await database.rows("SELECT sql FROM sqlite_master ORDER BY name")
    await database.close()
    database = await Database.open(path)
    assert await database.rows("SELECT sql FROM sqlite_master ORDER BY name") == before
    await database.close()


async def test_migrations_run_in_order_and_each_is_recorded(path: Path, scripts: Path) -> None:
    (scripts / "0002_more.sql").write_text("ALTER TABLE a ADD COLUMN b;")
    (scripts / "0001_first.sql").write_text("CREATE TABLE a (id);")
    assert await found(path, APPLIED) == ["0001_first.sql", "0002_more.sql"]


async def test_a_new_migration_is_added_to_an_old_database(path: Path, scripts: Path) -> None:
    (scripts / "0001_first.sql").write_text("CREATE TABLE a (id);")
    await found(path, APPLIED)
    (scripts / "0002_more.sql").write_text("CREATE TABLE b (id);")
    assert await found(path, TABLES) == ["a", "b", "migrations"]


async def test_a_failing_migration_leaves_nothing_of_itself(path: Path, scripts: Path) -> None:
    (scripts / "0001_first.sql").write_text("CREATE TABLE a (id);")
    (scripts / "0002_broken.sql").write_text("CREATE TABLE b (id);\nINSERT INTO a VALUES (1);\nINSERT INTO nowhere;")
    with pytest.raises(StorageFailed):
        await Database.open(path)
    (scripts / "0002_broken.sql").unlink()
    assert await found(path, TABLES) == ["a", "migrations"]
    assert await found(path, "SELECT id FROM a") == []


async def test_a_failed_migration_is_tried_again_next_time(path: Path, scripts: Path) -> None:
    (scripts / "0001_first.sql").write_text("CREATE TABLE a (id);\nINSERT INTO nowhere;")
    with pytest.raises(StorageFailed):
        await Database.open(path)
    (scripts / "0001_first.sql").write_text("CREATE TABLE a (id);")
    assert await found(path, APPLIED) == ["0001_first.sql"]


async def test_only_sql_files_are_migrations(path: Path, scripts: Path) -> None:
    (scripts / "README").write_text("nothing to run")
    assert await found(path, APPLIED) == []


def test_a_triggers_body_stays_in_one_statement() -> None:
    trigger = "CREATE TRIGGER t BEFORE UPDATE ON a\nBEGIN\n    SELECT RAISE(ABORT, 'no');\nEND;\n"
    assert list(statements("CREATE TABLE a (id);\n" + trigger)) == ["CREATE TABLE a (id);\n", trigger]


def test_a_last_statement_without_a_semicolon_is_not_lost() -> None:
    assert list(statements("CREATE TABLE a (id);\nCREATE TABLE b (id)")) == [
        "CREATE TABLE a (id);\n",
        "CREATE TABLE b (id)\n",
    ]
