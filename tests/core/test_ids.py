"""Ids sort by time."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.core.ids import time_sortable_id

TIMES = st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis asks for naive bounds


def test_an_id_is_a_prefix_and_26_characters() -> None:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert time_sortable_id("rcp", epoch, bytes(10)) == "rcp_" + "0" * 26
    assert time_sortable_id("rcp", epoch + timedelta(milliseconds=33), b"\xff" * 10) == "rcp_0000000011" + "Z" * 16


@given(TIMES, TIMES)
def test_ids_sort_as_their_milliseconds(one: datetime, other: datetime) -> None:
    left, right = int(one.timestamp() * 1000), int(other.timestamp() * 1000)
    if left < right:
        assert time_sortable_id("a", one) < time_sortable_id("a", other)


def test_ids_of_one_instant_differ() -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    assert len({time_sortable_id("a", at) for _ in range(100)}) == 100


def test_a_forked_process_draws_ids_of_its_own() -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, time_sortable_id("a", at).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 100).decode() != time_sortable_id("a", at)
    os.close(read)
    os.close(write)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        time_sortable_id("a", datetime(2026, 1, 1))  # noqa: DTZ001 - the point of the test
    with pytest.raises(ValueError, match="10 bytes"):
        time_sortable_id("a", datetime(2026, 1, 1, tzinfo=UTC), b"short")
