"""Gateways and clouds: which doors are behind each."""

from collections.abc import Mapping

from bot.drivers.base import LockDriver, Peer


def doors_by_peer(drivers: Mapping[str, LockDriver]) -> dict[Peer, tuple[str, ...]]:
    """Each once, with its doors in the order of the house."""
    found: dict[Peer, tuple[str, ...]] = {}
    for door, driver in drivers.items():
        for peer in driver.peers():
            found[peer] = (*found.get(peer, ()), door)
    return found
