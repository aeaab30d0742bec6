"""Trees of hashes: every leaf's path leads to the root, and nothing else's does."""

from contextlib import suppress
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.chain import PathWrong, Tree, climb, path

HASHES = st.lists(st.integers(0, 2**256 - 1).map(lambda number: f"{number:064x}"), min_size=1, max_size=70)


def root(hashes: list[str]) -> str:
    tree = Tree()
    for one in hashes:
        tree.add(one)
    return tree.root()


@given(hashes=HASHES, data=st.data())
def test_the_path_of_every_leaf_leads_to_the_root(hashes: list[str], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(hashes) - 1))
    assert climb(hashes[index], index, len(hashes), path(hashes, index)) == root(hashes)


@given(hashes=HASHES, data=st.data())
def test_a_path_is_no_longer_than_the_tree_is_high(hashes: list[str], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(hashes) - 1))
    assert len(path(hashes, index)) <= (len(hashes) - 1).bit_length()


@given(hashes=HASHES, data=st.data(), other=st.integers(0, 2**256 - 1))
def test_another_leaf_does_not_lead_to_the_root(hashes: list[str], data: st.DataObject, other: int) -> None:
    index = data.draw(st.integers(0, len(hashes) - 1))
    stranger = f"{other:064x}"
    if stranger != hashes[index]:
        assert climb(stranger, index, len(hashes), path(hashes, index)) != root(hashes)


@given(hashes=HASHES, data=st.data())
def test_a_leaf_does_not_pass_at_another_place(hashes: list[str], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(hashes) - 1))
    elsewhere = data.draw(st.integers(-1, len(hashes)))
    if elsewhere != index and hashes.count(hashes[index]) == 1:
        with suppress(PathWrong):
            assert climb(hashes[index], elsewhere, len(hashes), path(hashes, index)) != root(hashes)


def test_the_tree_is_that_of_rfc_6962() -> None:
    """So that other people's tools can check it: the root over three leaves, put together by hand."""
    leaves = [sha256(b"\0" + bytes.fromhex(f"{n:064x}")).digest() for n in (1, 2, 3)]
    left = sha256(b"\1" + leaves[0] + leaves[1]).digest()
    assert root([f"{n:064x}" for n in (1, 2, 3)]) == sha256(b"\1" + left + leaves[2]).hexdigest()


@pytest.mark.parametrize("steps", [[], ["00" * 32] * 3, ["no hash", "00" * 32]])
def test_a_path_of_another_length_or_of_no_hashes_is_refused(steps: list[str]) -> None:
    with pytest.raises(PathWrong):
        climb("00" * 32, 1, 4, steps)
