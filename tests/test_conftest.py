"""What guards every test must itself hold."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

import pytest

from tests.conftest import REAL_MODELS, NetworkForbiddenError

BEYOND = ("192.0.2.1", 9)
"""TEST-NET-1 of RFC 5737: an address that nobody has."""


def test_a_test_cannot_connect_beyond_this_machine() -> None:
    with socket.socket() as plug, pytest.raises(NetworkForbiddenError):
        plug.connect(BEYOND)


def test_a_test_cannot_ask_for_an_address_beyond_this_machine() -> None:
    with pytest.raises(NetworkForbiddenError):
        socket.create_connection(("vendor.example", 443))


async def test_an_event_loop_cannot_connect_beyond_this_machine() -> None:
    with pytest.raises(NetworkForbiddenError):
        await asyncio.open_connection(*BEYOND)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_is_open(host: str) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection((host, server.getsockname()[1])) as plug,
    ):
        assert plug.getpeername() == server.getsockname()


def test_a_test_has_a_home_of_its_own(own_home: Path) -> None:
    assert Path.home() == own_home
    assert list(own_home.iterdir()) == []


def test_no_key_and_no_setting_of_the_developer_is_seen() -> None:
    ours = [name for name in os.environ if name.startswith(("POLYDESK_", "XDG_")) or name.endswith("_API_KEY")]
    assert ours == []


def test_the_weights_are_the_users_own_and_not_the_tests(models_cache: Path, own_home: Path) -> None:
    assert models_cache == REAL_MODELS
    assert not models_cache.is_relative_to(own_home)


def test_the_small_weights_are_a_gguf_file(small_weights: Path) -> None:
    with small_weights.open("rb") as file:
        assert file.read(4) == b"GGUF"
