"""Stores on both engines, and on a file alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from polydesk.store.places import RecordsPlace
from polydesk.store.store import Store


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, path: Path) -> RecordsPlace:
    """A place without records, on each engine."""
    return path if request.param == "sqlite" else request.getfixturevalue("postgres_cluster").new_place()


@pytest.fixture
def store(place: RecordsPlace) -> Iterator[Store]:
    opened = Store.open(place)
    yield opened
    opened.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that is not there yet, nor its folder."""
    return tmp_path / "records" / "polydesk.db"


@pytest.fixture
def file_store(path: Path) -> Iterator[Store]:
    """A store in the file at `path`."""
    opened = Store.open(path)
    yield opened
    opened.close()
