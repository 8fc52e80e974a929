"""One store for the whole run: its database is opened, but calls are kept in memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from polydesk.store.store import Store


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = Store.open(tmp_path_factory.mktemp("faults") / "records.db")
    yield opened
    opened.close()
