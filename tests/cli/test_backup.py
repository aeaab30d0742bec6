"""latchkey backup and restore: nothing lost, nobody quietly back on the list, no timestamp used twice."""

import asyncio
import sqlite3
import stat
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.commands import DenialReason
from bot.domain.events import LockReachable
from bot.domain.joining import Invitation
from bot.domain.people import Grant, Person
from storage import Storage
from tests.bench import ANNA, OWNER, START, grant, person
from tests.cli.conftest import Latchkey, with_storage
from tests.house import House, a_house

LIST_UNCONFIRMED = "The people list was restored from a backup and no owner has confirmed it yet"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copy.db"


@pytest.fixture
def filled(path: Path) -> Path:
    """A database with one person, one right and a used timestamp."""

    async def fill(storage: Storage) -> None:
        await storage.people.save(person())
        await storage.grants.add(grant())
        await storage.journal.append("allowed", at=START, person_id=ANNA)
        await storage.counters.next("gateway", 1000)

    with_storage(path, fill)
    return path


def former(database: Path) -> list[Path]:
    """The databases that were kept beside this one."""
    return [file for file in database.parent.glob(f"{database.name}.before-*") if not file.name.endswith("-wal")]


async def people(storage: Storage) -> list[Person]:
    return list(await storage.people.all())


async def remove_anna(storage: Storage) -> None:
    await storage.people.remove(ANNA)
    await storage.journal.append("revoked", at=START, person_id=ANNA)


class TestBackup:
    @pytest.mark.usefixtures("filled")
    def test_holds_everything_and_only_its_owner_may_read_it(self, latchkey: Latchkey, copy: Path) -> None:
        result = latchkey("backup", copy)
        assert result.exit_code == 0
        assert "keep it as safe as the database" in result.output
        assert stat.filemode(copy.stat().st_mode) == "-rw-------"
        assert with_storage(copy, people) == [person()]

    async def test_of_a_running_bot_is_made_by_the_bot(self, bot: House, latchkey: Latchkey, copy: Path) -> None:
        await bot.member.say("/open front")
        result = await asyncio.to_thread(latchkey, "backup", copy)
        assert result.exit_code == 0, result.output
        storage = await Storage.open_to_read(copy)
        found = await storage.journal.verify()
        await storage.close()
        assert found.fault is None
        assert found.entries == (await bot.storage.journal.verify()).entries

    @pytest.mark.usefixtures("filled")
    def test_never_overwrites_a_file(self, latchkey: Latchkey, copy: Path) -> None:
        copy.write_text("precious")
        result = latchkey("backup", copy)
        assert (result.exit_code, copy.read_text()) == (1, "precious")
        assert "is already there" in result.output

    @pytest.mark.usefixtures("filled")
    def test_follows_no_link(self, latchkey: Latchkey, copy: Path, tmp_path: Path) -> None:
        copy.symlink_to(tmp_path / "somewhere else")
        result = latchkey("backup", copy)
        assert (result.exit_code, (tmp_path / "somewhere else").exists()) == (1, False)

    @pytest.mark.usefixtures("filled")
    def test_that_cannot_be_written_says_so(self, latchkey: Latchkey, tmp_path: Path) -> None:
        copy = tmp_path / "nowhere" / "copy.db"
        result = latchkey("backup", copy)
        assert result.exit_code == 1
        assert result.output.endswith(f"the backup {copy} cannot be made: No such file or directory\n")

    async def test_that_the_running_bot_cannot_write_says_so(
        self, bot: House, latchkey: Latchkey, tmp_path: Path
    ) -> None:
        result = await asyncio.to_thread(latchkey, "backup", tmp_path / "nowhere" / "copy.db")
        assert result.exit_code == 1
        assert "cannot be made" in result.output
        assert "🔓" in await bot.member.say("/open front")

    def test_of_no_database_says_so_and_leaves_nothing(self, latchkey: Latchkey, copy: Path, path: Path) -> None:
        result = latchkey("backup", copy)
        assert (result.exit_code, path.exists(), copy.exists()) == (1, False, False)

    def test_that_fails_half_way_leaves_no_file_that_looks_like_one(
        self, latchkey: Latchkey, filled: Path, copy: Path
    ) -> None:
        with filled.open("r+b") as file:
            file.seek(8192)
            file.write(b"\xff" * 4096)
        result = latchkey("backup", copy)
        assert (result.exit_code, copy.exists()) == (1, False)


class TestRestore:
    def test_brings_the_backup_back_and_keeps_the_former_file(
        self, latchkey: Latchkey, filled: Path, copy: Path
    ) -> None:
        latchkey("backup", copy)
        with_storage(filled, remove_anna)
        result = latchkey("restore", "--yes", copy)
        assert result.exit_code == 0, result.output
        assert with_storage(filled, people) == [person()]
        [kept] = former(filled)
        assert str(kept) in result.output
        assert with_storage(kept, people) == []
        assert stat.filemode(filled.stat().st_mode) == "-rw-------"

    @pytest.mark.usefixtures("filled")
    def test_asks_first(self, latchkey: Latchkey, copy: Path, path: Path) -> None:
        latchkey("backup", copy)
        before = path.read_bytes()
        result = latchkey("restore", copy, given="n\n")
        assert (result.exit_code, path.read_bytes()) == (1, before)

    @pytest.mark.usefixtures("filled")
    def test_where_there_was_no_database_makes_one(self, latchkey: Latchkey, copy: Path, path: Path) -> None:
        latchkey("backup", copy)
        path.unlink()
        result = latchkey("restore", "--yes", copy)
        assert result.exit_code == 0
        assert "former" not in result.output
        assert with_storage(path, people) == [person()]

    def test_over_a_damaged_database_still_works(self, latchkey: Latchkey, filled: Path, copy: Path) -> None:
        latchkey("backup", copy)
        filled.write_bytes(b"scratched disk" * 100)
        result = latchkey("restore", "--yes", copy)
        assert result.exit_code == 0, result.output
        assert with_storage(filled, people) == [person()]
        [kept] = former(filled)
        assert kept.read_bytes() == b"scratched disk" * 100

    def test_keeps_what_was_only_in_the_write_ahead_log(self, latchkey: Latchkey, filled: Path, copy: Path) -> None:
        latchkey("backup", copy)
        whole = filled.parent / "crashed"
        whole.mkdir()
        with closing(sqlite3.connect(filled)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("DELETE FROM grants")
            connection.commit()
            for left in ("", "-wal"):
                (whole / f"latchkey.db{left}").write_bytes((filled.parent / f"latchkey.db{left}").read_bytes())
        for left in ("", "-wal"):
            (filled.parent / f"latchkey.db{left}").write_bytes((whole / f"latchkey.db{left}").read_bytes())
        assert latchkey("restore", "--yes", copy).exit_code == 0
        [kept] = former(filled)
        assert with_storage(kept, lambda storage: storage.grants.all()) == []
        assert with_storage(filled, lambda storage: storage.grants.all()) == [replace(grant(), id=1)]

    @pytest.mark.usefixtures("filled")
    def test_timestamps_never_fall_back(self, latchkey: Latchkey, copy: Path, path: Path) -> None:
        latchkey("backup", copy)
        last = with_storage(path, lambda storage: storage.counters.next("gateway", 5000))
        latchkey("restore", "--yes", copy)
        assert with_storage(path, lambda storage: storage.counters.next("gateway", 1)) == last + 1

    @pytest.mark.usefixtures("filled")
    def test_notices_that_waited_then_are_not_sent_now(self, latchkey: Latchkey, copy: Path, path: Path) -> None:
        with_storage(path, lambda storage: storage.outbox.put(OWNER, None, LockReachable(door="front", at=START)))
        latchkey("backup", copy)
        latchkey("restore", "--yes", copy)
        assert with_storage(path, lambda storage: storage.outbox.next_per_chat()) == []

    @pytest.mark.usefixtures("filled")
    def test_links_that_were_open_then_let_nobody_in(self, latchkey: Latchkey, copy: Path, path: Path) -> None:
        """They may have been used or taken back since."""
        now = datetime.now(UTC)
        open_then = Invitation(
            id=0, grants=(grant(),), invited_by=OWNER, inviter_name="Olga", invited_at=now,
            expires_at=now + timedelta(days=7),
        )  # fmt: skip
        with_storage(path, lambda storage: storage.invitations.add(open_then, "hash"))
        latchkey("backup", copy)
        latchkey("restore", "--yes", copy)
        assert with_storage(path, lambda storage: storage.invitations.open(now)) == []

    @pytest.mark.usefixtures("filled")
    def test_is_in_the_journal_which_stays_whole(self, latchkey: Latchkey, copy: Path) -> None:
        latchkey("backup", copy)
        latchkey("restore", "--yes", copy)
        assert "restored  file=copy.db" in latchkey("journal", "tail", "-n", 1).output
        assert latchkey("journal", "verify").exit_code == 0

    async def test_refuses_while_the_bot_runs(self, bot: House, latchkey: Latchkey, copy: Path) -> None:
        await asyncio.to_thread(latchkey, "backup", copy)
        result = await asyncio.to_thread(latchkey, "restore", "--yes", copy)
        assert result.exit_code == 1
        assert "stop that one first" in result.output
        assert "🔓" in await bot.member.say("/open front")

    @pytest.mark.parametrize(
        "content", [b"", b"not a database" * 1000, b"SQLite format 3\x00" + b"\x00" * 5000], ids=["empty", "text", "0"]
    )
    def test_refuses_what_is_no_backup_and_touches_nothing(
        self, latchkey: Latchkey, filled: Path, copy: Path, content: bytes
    ) -> None:
        copy.write_bytes(content)
        before = filled.read_bytes()
        result = latchkey("restore", "--yes", copy)
        assert result.exit_code == 1
        assert "copy.db" in result.output
        assert filled.read_bytes() == before
        assert not list(filled.parent.glob("*.before-*")) + list(filled.parent.glob("*.restoring"))

    def test_refuses_a_database_of_somebody_else(self, latchkey: Latchkey, filled: Path, copy: Path) -> None:
        with closing(sqlite3.connect(copy)) as connection:
            connection.execute("CREATE TABLE cookies (id INTEGER)")
        result = latchkey("restore", "--yes", copy)
        assert result.exit_code == 1
        assert "is not a backup of Latchkey" in result.output
        assert with_storage(filled, people) == [person()]

    def test_refuses_a_damaged_backup(self, latchkey: Latchkey, filled: Path, copy: Path) -> None:
        latchkey("backup", copy)
        with copy.open("r+b") as file:
            file.seek(8192)
            file.write(b"\xff" * 4096)
        result = latchkey("restore", "--yes", copy)
        assert result.exit_code == 1
        assert with_storage(filled, people) == [person()]

    def test_cut_off_before_its_end_leaves_no_unconfirmed_list(
        self, latchkey: Latchkey, filled: Path, copy: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        latchkey("backup", copy)
        with_storage(filled, remove_anna)

        def killed(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(sys.modules["bot.cli.backup"], "put_in_place", killed)
        assert latchkey("restore", "--yes", copy).exit_code == 1
        assert with_storage(filled, people) == []
        monkeypatch.undo()
        monkeypatch.setenv("DATABASE", str(filled))
        assert latchkey("restore", "--yes", copy).exit_code == 0
        assert with_storage(filled, people) == [person()]


class TestAfterwards:
    async def test_no_door_opens_until_an_owner_has_confirmed_the_list(
        self, path: Path, latchkey: Latchkey, copy: Path
    ) -> None:
        async with a_house(path):
            await asyncio.to_thread(latchkey, "backup", copy)
        assert (await asyncio.to_thread(latchkey, "restore", "--yes", copy)).exit_code == 0
        house = House(path)
        await house.start()
        for chat in (house.member, house.owner):
            assert LIST_UNCONFIRMED in await chat.say("/open front")
        assert house.commands_sent() == []

        await house.restart()
        assert LIST_UNCONFIRMED in await house.member.say("/open front")
        await house.owner.say("/people")
        [confirm] = [row[0] for row in house.owner.last["buttons"] if row[0]["text"] == "This list is right"]
        await house.member.forge(confirm["data"])
        assert "Only an owner" in house.member.alerts[-1]
        assert LIST_UNCONFIRMED in await house.member.say("/open front")

        await house.owner.tap("This list is right")
        assert house.inside.control.lockouts == frozenset()
        assert "🔓" in await house.member.say("/open front")
        assert len(await house.journal("list confirmed")) == 1
        await house.restart()
        assert DenialReason.LIST_UNCONFIRMED not in house.inside.control.lockouts
        await house.owner.say("/people")
        assert "This list is right" not in house.owner.buttons
        await house.stop()

    async def test_a_right_that_was_taken_since_is_back_and_says_nothing_until_then(
        self, path: Path, latchkey: Latchkey, copy: Path
    ) -> None:
        async with a_house(path) as house:
            await asyncio.to_thread(latchkey, "backup", copy)
            await house.owner.say("/deny 43")
        await asyncio.to_thread(latchkey, "restore", "--yes", copy)
        house = House(path)
        await house.start()
        assert LIST_UNCONFIRMED in await house.member.say("/open front")
        await house.owner.say("/deny 43")
        await house.owner.say("/people")
        await house.owner.tap("This list is right")
        await house.member.say("/open front")
        assert house.commands_sent() == []
        await house.stop()


async def test_grants_survive_the_round_trip(path: Path, copy: Path, storage: Storage) -> None:
    given: Grant = grant("open")
    await storage.people.save(person())
    await storage.grants.add(given)
    await storage.database.back_up(copy)
    restored = await Storage.open(copy)
    assert await restored.grants.all() == [replace(given, id=1)]
    await restored.close()
