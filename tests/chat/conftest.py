"""A test here is a conversation: somebody says or taps something, and the test reads on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.house import FORUM, TOPIC, Chat, House, a_house


@pytest.fixture
async def house(path: Path) -> AsyncIterator[House]:
    async with a_house(path) as house:
        yield house


@pytest.fixture
def owner(house: House) -> Chat:
    return house.owner


@pytest.fixture
def member(house: House) -> Chat:
    """May open, close and see the front door, and open the garage and make codes for it."""
    return house.member


@pytest.fixture
def guest(house: House) -> Chat:
    """May open the garage, and nothing else."""
    return house.guest


@pytest.fixture
def stranger(house: House) -> Chat:
    return house.stranger


@pytest.fixture
def owner_in_group(house: House) -> Chat:
    return house.in_group(house.owner.person)


@pytest.fixture
def member_in_group(house: House) -> Chat:
    return house.in_group(house.member.person)


@pytest.fixture
def member_in_topic(house: House) -> Chat:
    return house.in_group(house.member.person, FORUM, TOPIC)
