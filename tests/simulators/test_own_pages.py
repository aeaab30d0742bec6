"""Under which names the control API and the page may be opened."""

import pytest

from simulators.demo.house import hosts_of
from simulators.own_pages import is_loopback, name_of


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("localhost:8080", "localhost"),
        ("LOCALHOST", "localhost"),
        ("127.0.0.1:8080", "127.0.0.1"),
        ("[::1]:8080", "::1"),
        ("[::1]", "::1"),
        ("house.example:80", "house.example"),
        ("", ""),
    ],
)
def test_a_host_is_a_name_and_perhaps_a_port(host: str, name: str) -> None:
    assert name_of(host) == name


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_this_machine_has_these_names(name: str) -> None:
    assert is_loopback(name)


@pytest.mark.parametrize("name", ["", "localhost.example", "127.0.0.1.example", "192.168.1.5", "0.0.0.0"])
def test_a_name_that_only_looks_like_this_machine_is_foreign(name: str) -> None:
    assert not is_loopback(name)


def test_in_the_network_the_page_is_opened_by_address_or_by_the_machines_own_name() -> None:
    knows = hosts_of("0.0.0.0")
    assert knows("192.168.1.5")
    assert knows("localhost")
    assert not knows("rebound.example")
