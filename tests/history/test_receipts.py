"""Receipts: a file that proves a visit to whoever kept a head, without the database."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import Clock
from bot.domain.chain import Tree, path
from bot.history import History, NoSuchEntry
from bot.history.receipt import Hashed, Receipt, ReceiptWrong, Step, make_receipt
from storage import Storage
from tests.bench import START
from tests.history.journals import BEN, visit
from tests.history.test_questions import ANNA_HERSELF, OLGA

VISIT = 4
"""The number of the first entry of the visit in question."""


async def some_days(storage: Storage) -> list[str]:
    """Three seals with visits between them; the hash of each."""
    heads = []
    for day in range(3):
        for number in range(5):
            await visit(storage, day * 5 + number + 1)
        seal = await storage.seals.seal(at=START + timedelta(days=day + 1))
        assert seal
        heads.append(seal.hash)
    return heads


async def receipt_of(storage: Storage, seq: int = VISIT, head: str | None = None) -> Receipt:
    receipt = await make_receipt(storage, seq, head=head)
    assert receipt
    return Receipt.decode(receipt.encode())


async def test_a_receipt_proves_all_entries_of_a_visit_against_the_head_of_its_day(storage: Storage) -> None:
    heads = await some_days(storage)
    receipt = await receipt_of(storage)
    receipt.check(heads[0])
    assert [entry.body[2] for entry in receipt.entries] == ["started", "outcome", "evidence"]


@pytest.mark.parametrize("day", [0, 1, 2])
async def test_a_receipt_can_lead_to_any_later_head(storage: Storage, day: int) -> None:
    heads = await some_days(storage)
    receipt = await receipt_of(storage, head=heads[day])
    receipt.check(heads[day])
    assert len(receipt.steps) == day + 1


async def test_a_visit_on_both_sides_of_a_seal_is_proved_whole(storage: Storage) -> None:
    command: dict[str, Any] = {"command_id": 1, "person_id": 7, "chat_id": 7, "door": "front", "action": "open"}
    await storage.journal.append("started", at=START, **command)
    await storage.seals.seal(at=START)
    await storage.journal.append("outcome", at=START, **command)
    second = await storage.seals.seal(at=START)
    receipt = await receipt_of(storage, 1)
    assert second
    receipt.check(second.hash)
    assert len(receipt.entries) == 2


async def test_something_that_no_command_did_has_a_receipt_too(storage: Storage) -> None:
    await storage.journal.append("restored", at=START, file="backup.db")
    await storage.journal.append("restored", at=START, file="another.db")
    seal = await storage.seals.seal(at=START)
    receipt = await receipt_of(storage, 1)
    assert seal
    receipt.check(seal.hash)
    assert [entry.seq for entry in receipt.entries] == [1]


async def test_before_a_seal_there_is_no_receipt(storage: Storage) -> None:
    await visit(storage)
    assert await make_receipt(storage, 1, head=None) is None


async def test_there_is_no_receipt_for_a_head_that_never_was(storage: Storage) -> None:
    await some_days(storage)
    assert await make_receipt(storage, VISIT, head="0" * 64) is None


async def test_a_receipt_does_not_pass_for_another_head(storage: Storage) -> None:
    heads = await some_days(storage)
    with pytest.raises(ReceiptWrong, match="another head"):
        (await receipt_of(storage)).check(heads[1])


async def test_a_receipt_names_nobody_else(storage: Storage) -> None:
    await visit(storage, 1, person=BEN)
    await visit(storage, 2)
    await storage.seals.seal(at=START)
    receipt = await receipt_of(storage)
    people = [entry["entry"]["person_id"] for entry in json.loads(receipt.encode())["entries"]]
    assert set(people) == {7}
    assert '"person_id": 8' not in receipt.encode()


async def test_a_member_gets_receipts_of_their_own_visits_only(storage: Storage, clock: Clock) -> None:
    await visit(storage, 1, person=BEN)
    await visit(storage, 2)
    await storage.seals.seal(at=START)
    history = History(storage, clock)
    assert await history.receipt(ANNA_HERSELF, 4)
    assert await history.receipt(OLGA, 1)
    for seq in (1, 99):
        with pytest.raises(NoSuchEntry):
            await history.receipt(ANNA_HERSELF, seq)


Change = Callable[[Any], object]
CHANGES: dict[str, Change] = {
    "another door": lambda r: r["entries"][0]["entry"].update(door="garage"),
    "another person": lambda r: r["entries"][0]["entry"].update(person_id=8),
    "another time": lambda r: r["entries"][0]["entry"].update(at=0),
    "another number": lambda r: r["entries"][0]["entry"].update(seq=1),
    "another outcome": lambda r: r["entries"][1]["entry"].update(detail='{"result": "refused"}'),
    "another hash before it": lambda r: r["entries"][0].update(previous="0" * 64),
    "a hash beside the way": lambda r: r["seals"][0]["paths"]["4"].__setitem__(0, "0" * 64),
    "a hash less": lambda r: r["seals"][0]["paths"]["4"].pop(),
    "no way at all": lambda r: r["seals"][0]["paths"].clear(),
    "another root": lambda r: r["seals"][0]["entry"].update(detail='{"first": 1, "root": "00"}'),
    "no seal but another entry": lambda r: r["seals"][0]["entry"].update(kind="restored"),
    "nothing": lambda r: r["seals"].clear(),
    "no entries": lambda r: r["entries"].clear(),
    "no receipt": lambda r: r.clear(),
    "another version": lambda r: r.update(latchkey_receipt=2),
    "a number that is none": lambda r: r["entries"][0]["entry"].update(seq="four"),
    "a detail that is none": lambda r: r["seals"][0]["entry"].update(detail="[1"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_whatever_is_changed_in_a_receipt_is_found(storage: Storage, change: Change) -> None:
    heads = await some_days(storage)
    receipt = json.loads((await receipt_of(storage)).encode())
    change(receipt)
    with pytest.raises(ReceiptWrong):
        Receipt.decode(json.dumps(receipt)).check(heads[0])


async def test_a_seal_cannot_be_left_out_of_the_way(storage: Storage) -> None:
    heads = await some_days(storage)
    receipt = json.loads((await receipt_of(storage, head=heads[2])).encode())
    receipt["seals"].pop(1)
    with pytest.raises(ReceiptWrong):
        Receipt.decode(json.dumps(receipt)).check(heads[2])


async def test_an_entry_that_looks_like_a_seal_is_none(storage: Storage) -> None:
    """Details of other kinds may hold what a person wrote."""
    await visit(storage)
    tree = Tree()
    for entry in await storage.journal.tail(3):
        tree.add(entry.hash)
    await storage.journal.append("stranger", at=START, first=1, root=tree.root())
    visited, false_seal = (await storage.seals.hashed(1))[0], (await storage.seals.hashed(4))[0]
    hashes = [entry.hash for entry in await storage.journal.tail(4)][:3]
    receipt = Receipt((Hashed(*visited),), (Step(Hashed(*false_seal), {1: path(hashes, 0)}),))
    with pytest.raises(ReceiptWrong, match="do not fit"):
        receipt.check(receipt.head)


async def test_entries_of_two_visits_are_no_receipt(storage: Storage) -> None:
    """The start of one with the outcome of another would tell a story that never was."""
    heads = await some_days(storage)
    one, other = await receipt_of(storage, 1), await receipt_of(storage, VISIT)
    step = Step(one.steps[0].seal, {**one.steps[0].paths, **other.steps[0].paths})
    with pytest.raises(ReceiptWrong, match="not of one request"):
        Receipt((one.entries[0], other.entries[1]), (step,)).check(heads[0])


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
ENTRY = st.fixed_dictionaries({"previous": JSON, "entry": JSON})


@given(
    given=JSON
    | st.fixed_dictionaries({"latchkey_receipt": st.just(1), "entries": JSON | st.lists(ENTRY), "seals": JSON})
)
def test_whatever_a_file_holds_it_is_read_or_told_to_be_wrong(given: Any) -> None:
    with pytest.raises(ReceiptWrong):
        Receipt.decode(json.dumps(given)).check("0" * 64)
