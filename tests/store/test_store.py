"""The store keeps what it says it keeps, and says what is wrong with a file it cannot use."""

from __future__ import annotations

import hashlib
import multiprocessing
import sqlite3
import stat
import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from polydesk.core.errors import RecordNotFoundError, StoreError
from polydesk.store.places import RecordsPlace
from polydesk.store.rows import CHARGE_COLUMNS
from polydesk.store.schema import APPLICATION_ID, MIGRATIONS
from polydesk.store.store import Store
from tests.store.engines import connection_of
from tests.store.samples import NOON, call_receipt, charge, document_receipt


def _raw(path: Path, *statements: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        rows: list[tuple[object, ...]] = []
        for statement in statements:
            rows = connection.execute(statement).fetchall()
        return rows
    finally:
        connection.close()


def test_a_call_comes_back_as_it_was_recorded(store: Store) -> None:
    store.record_call(call_receipt(), [charge(cost=Decimal("0.0000001"))])
    assert store.call_receipt("rcp_1") == call_receipt()
    assert store.charges() == [charge(cost=Decimal("0.0000001"))]


def test_records_survive_closing(store: Store) -> None:
    store.record_call(call_receipt(), [])
    store.close()
    again = Store.open(store.place)
    assert again.call_receipts() == [call_receipt()]
    again.close()


def test_an_unknown_cost_is_null_and_never_zero(file_store: Store, path: Path) -> None:
    file_store.record_call(call_receipt(), [charge(cost=None)])
    rows = _raw(path, "SELECT BilledCost, EffectiveCost, ContractedCost, ListCost FROM charges")
    assert rows == [(None, None, None, None)]
    assert file_store.charges()[0].billed_cost is None


def test_money_is_kept_as_exact_plain_text(file_store: Store, path: Path) -> None:
    file_store.record_call(call_receipt(), [charge(cost=Decimal("1E-7"))])
    assert _raw(path, "SELECT BilledCost, typeof(BilledCost) FROM charges") == [("0.0000001", "text")]


def test_the_table_has_the_columns_of_a_charge(file_store: Store, path: Path) -> None:
    columns = [row[1] for row in _raw(path, "PRAGMA table_info(charges)")]
    assert sorted(map(str, columns)) == sorted(CHARGE_COLUMNS)


def test_a_call_and_its_charges_are_kept_together_or_not_at_all(store: Store) -> None:
    twice = charge(cost=None)
    with pytest.raises(StoreError):
        store.record_call(call_receipt(), [twice, twice])
    assert store.call_receipts() == []
    assert store.charges() == []
    store.record_call(call_receipt(), [twice])


def test_charges_are_found_by_time_and_by_call(store: Store) -> None:
    early = charge("chg_a", cost=None, at=NOON - timedelta(days=1))
    late = charge("chg_b", receipt="rcp_2", cost=None)
    store.record_call(call_receipt("rcp_2"), [late, early])
    assert store.charges() == [early, late]
    assert store.charges(since=NOON) == [late]
    assert store.charges(until=NOON) == [early]
    assert store.charges(receipt_id="rcp_2") == [late]


def test_receipts_come_latest_first(store: Store) -> None:
    for minute in (2, 0, 1):
        store.record_call(call_receipt(f"rcp_{minute}", at=NOON + timedelta(minutes=minute)), [])
    assert [receipt.id for receipt in store.call_receipts(limit=2)] == ["rcp_2", "rcp_1"]


@pytest.mark.parametrize(
    "ask", [lambda s: s.call_receipt("rcp_9"), lambda s: s.document_receipt("doc_9"), lambda s: s.blob("9" * 64)]
)
def test_what_is_not_there_is_not_found(store: Store, ask: Callable[[Store], object]) -> None:
    with pytest.raises(RecordNotFoundError, match="9"):
        ask(store)


def test_a_document_is_found_by_id_output_and_change(store: Store) -> None:
    receipt = document_receipt()
    store.record_document(receipt)
    assert store.document_receipt("doc_1") == receipt
    assert store.document_by_output_sha256("d" * 64) == receipt
    assert store.document_by_fingerprint("f1") == receipt
    assert store.document_receipts() == [receipt]
    assert store.document_by_output_sha256("e" * 64) is None
    assert store.document_by_fingerprint("f2") is None


def test_the_latest_document_with_a_change_wins(store: Store) -> None:
    store.record_document(document_receipt("doc_2", at=NOON + timedelta(hours=1)))
    store.record_document(document_receipt("doc_1"))
    found = store.document_by_fingerprint("f1")
    assert found is not None
    assert found.id == "doc_2"


def _keep(store: Store, id: str, original: bytes) -> str:
    """Keep a document's original; gives its hash."""
    sha256 = hashlib.sha256(original).hexdigest()
    store.record_document(document_receipt(id, input_sha256=sha256), original=original)
    return sha256


def test_the_original_of_a_document_comes_back_identical(store: Store) -> None:
    original = bytes(range(256)) * 999
    sha256 = hashlib.sha256(original).hexdigest()
    store.record_document(document_receipt(input_sha256=sha256), original=original)
    assert store.blob(sha256) == original
    store.record_document(document_receipt("doc_again", input_sha256=sha256), original=original)
    assert store.blob(sha256) == original, "keeping it twice is the same as once"


def test_an_original_that_is_another_file_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="not the file"):
        store.record_document(document_receipt(), original=b"another")
    assert store.document_receipts() == []


def test_a_damaged_blob_is_reported_rather_than_given_back(file_store: Store, path: Path) -> None:
    sha256 = _keep(file_store, "doc_1", b"original")
    _keep(file_store, "doc_2", b"other")
    _raw(path, "UPDATE blobs SET zlib = (SELECT zlib FROM blobs ORDER BY length(zlib) LIMIT 1)")
    with pytest.raises(StoreError, match="damaged"):
        file_store.blob(sha256)
    _raw(path, "UPDATE blobs SET zlib = x'00'")
    with pytest.raises(StoreError, match="damaged"):
        file_store.blob(sha256)


def test_a_damaged_record_is_reported(file_store: Store, path: Path) -> None:
    file_store.record_call(call_receipt(), [])
    _raw(path, "UPDATE call_receipts SET json = x'7b7d'")
    with pytest.raises(StoreError, match=r"damaged.*restore"):
        file_store.call_receipt("rcp_1")


def test_the_file_is_its_owners_alone(file_store: Store, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"this is not a database at all" * 100, "not a database"),
        (b"SQLite format 3\0" + b"\xff" * 4096, "database|damaged"),
    ],
    ids=["text", "torn header"],
)
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "records.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=says):
        Store.open(path)
    assert path.read_bytes() == content


def test_a_torn_page_is_called_damage(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    store = Store.open(path)
    for number in range(200):
        store.record_call(call_receipt(f"rcp_{number:03}"), [])
    store.close()
    data = bytearray(path.read_bytes())
    data[4096 * 2 :] = b"\xa5" * (len(data) - 4096 * 2)
    path.write_bytes(data)
    with pytest.raises(StoreError, match="damaged"):
        Store.open(path).call_receipts(limit=200)


def test_a_newer_form_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    Store.open(path).close()
    _raw(path, f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(StoreError, match="newer Polydesk"):
        Store.open(path)
    assert _raw(path, "PRAGMA user_version") == [(len(MIGRATIONS) + 1,)]


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    _raw(path, "CREATE TABLE things (name)")
    with pytest.raises(StoreError, match="another program"):
        Store.open(path)


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="records"):
        Store.open(tmp_path / "file" / "records.db")


def test_a_new_file_is_marked_as_ours(file_store: Store, path: Path) -> None:
    assert _raw(path, "PRAGMA application_id") == [(APPLICATION_ID,)]
    assert _raw(path, "PRAGMA user_version") == [(len(MIGRATIONS),)]
    assert _raw(path, "PRAGMA journal_mode") == [("wal",)]


def test_a_full_disk_keeps_nothing_of_the_record_and_everything_before(file_store: Store) -> None:
    file_store.record_call(call_receipt("rcp_before"), [])
    pages = connection_of(file_store).execute("PRAGMA page_count").fetchone()[0]
    connection_of(file_store).execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StoreError, match="disk is full"):
        _keep(file_store, "doc_1", hashlib.shake_256(b"noise").digest(100_000))
    assert [receipt.id for receipt in file_store.call_receipts()] == ["rcp_before"]
    connection_of(file_store).execute("PRAGMA max_page_count = 100000")
    _keep(file_store, "doc_1", hashlib.shake_256(b"noise").digest(100_000))


def test_a_store_locked_for_too_long_says_so(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    store = Store.open(path, busy_timeout_s=0.01)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked"):
        store.record_call(call_receipt(), [])
    holder.execute("ROLLBACK")
    holder.close()
    store.record_call(call_receipt(), [])
    store.close()


def test_opening_waits_for_another_process_that_is_making_the_file(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    opened: list[Store] = []
    maker = sqlite3.connect(path, isolation_level=None)
    maker.execute("BEGIN IMMEDIATE")  # here SQLite refuses a change of the journal mode at once, without waiting
    opener = threading.Thread(target=lambda: opened.append(Store.open(path)))
    opener.start()
    opener.join(timeout=0.1)
    assert opener.is_alive()
    maker.execute("ROLLBACK")
    maker.close()
    opener.join()
    assert opened[0].call_receipts() == []
    opened[0].close()


def test_a_commit_waits_for_the_disk(file_store: Store) -> None:
    full = 2  # https://sqlite.org/pragma.html#pragma_synchronous
    assert connection_of(file_store).execute("PRAGMA synchronous").fetchone()[0] == full


def _open_and_record(path: RecordsPlace, worker: int, count: int) -> None:
    store = Store.open(path)
    for number in range(count):
        name = f"{worker}_{number}"
        store.record_call(call_receipt(f"rcp_{name}"), [charge(f"chg_{name}", receipt=f"rcp_{name}", cost=Decimal(1))])
    store.close()


def test_several_processes_open_new_records_and_record_at_once(place: RecordsPlace) -> None:
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_open_and_record, args=(place, worker, 10)) for worker in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    store = Store.open(place)
    assert len(store.call_receipts(limit=100)) == 30
    assert len(store.charges()) == 30
    store.close()


def test_several_threads_share_one_store(store: Store) -> None:
    def record(worker: int) -> None:
        for number in range(10):
            store.record_call(call_receipt(f"rcp_{worker}_{number}"), [])

    threads = [threading.Thread(target=record, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.call_receipts(limit=100)) == 40
