"""The write-ahead log is moved into the database while others write, and does not grow without end."""

from __future__ import annotations

from pathlib import Path

from polydesk.store.checkpoints import Checkpoints
from polydesk.store.store import Store
from tests.store.engines import connection_of
from tests.store.samples import priced_receipt


def test_a_large_log_starts_over(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    store = Store.open(path)
    connection_of(store).execute("PRAGMA wal_autocheckpoint = 0")
    checkpoints = Checkpoints(path, large_log_pages=50)
    sizes: list[int] = []
    for round in range(6):
        store.record_calls([priced_receipt(f"rcp_{round}_{number:03}") for number in range(100)])
        checkpoints._checkpoint()
        sizes.append(path.with_name("records.db-wal").stat().st_size)
    assert sizes[-1] <= 2 * sizes[0]
    assert path.stat().st_size > 300_000
    assert len(list(store.calls())) == 600
    checkpoints.stop()
    store.close()


def test_a_reader_keeps_the_log_from_starting_over_and_nobody_from_writing(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    store, reader = Store.open(path), Store.open(path)
    store.record_calls([priced_receipt("rcp_0")])
    connection_of(reader).execute("BEGIN")
    connection_of(reader).execute("SELECT count(*) FROM call_receipts").fetchone()
    checkpoints = Checkpoints(path, large_log_pages=0)
    checkpoints._connection.execute("PRAGMA busy_timeout = 1")
    checkpoints._checkpoint()
    store.record_calls([priced_receipt("rcp_1")])
    connection_of(reader).execute("COMMIT")
    checkpoints._checkpoint()
    assert len(list(reader.calls())) == 2
    checkpoints.stop()
    store.close()
    reader.close()
