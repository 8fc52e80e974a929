"""Calls recorded by their receipts alone: the charges follow, each exactly once."""

from __future__ import annotations

import sqlite3
import threading
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from polydesk.core.charges import charges_of
from polydesk.core.errors import StoreError
from polydesk.core.receipts import Caller, Rejection
from polydesk.store.schema import MIGRATIONS
from polydesk.store.store import Store
from tests.store.samples import NOON, call_receipt, charge, priced_receipt

ANN = Caller(key_id="key_ann", team="red")
BOB = Caller(key_id="key_bob", team="blue")


def test_charges_follow_from_the_receipts(store: Store) -> None:
    receipts = [priced_receipt(f"rcp_{number}", attempts=number) for number in range(4)]
    store.record_calls(receipts)
    expected = [charge for receipt in receipts for charge in charges_of(receipt)]
    assert sorted(store.charges(), key=lambda one: one.id) == sorted(expected, key=lambda one: one.id)
    assert store.charges(receipt_id="rcp_2") == sorted(charges_of(receipts[2]), key=lambda one: one.id)
    assert len(store.charges()) == 6


def test_more_receipts_than_are_charged_at_once_are_all_charged(store: Store) -> None:
    store.record_calls([priced_receipt(f"rcp_{number:04}") for number in range(450)])
    assert len(store.charges()) == 450
    store.record_calls([priced_receipt("rcp_0450")])
    assert len(store.charges()) == 451


def test_a_call_that_came_with_its_charges_is_not_charged_again(store: Store) -> None:
    given = charge("chg_own", receipt="rcp_1", cost=Decimal(7))
    store.record_calls([priced_receipt("rcp_0")])
    store.record_call(priced_receipt("rcp_1"), [given])
    store.record_calls([priced_receipt("rcp_2")])
    assert store.charges(receipt_id="rcp_1") == [given]
    assert len(store.charges()) == 3


def test_several_readers_at_once_charge_each_call_once(store: Store) -> None:
    store.record_calls([priced_receipt(f"rcp_{number:04}") for number in range(1_000)])
    stores = [Store.open(store.place) for _ in range(4)]
    counts: list[int] = []
    threads = [threading.Thread(target=lambda one=one: counts.append(len(one.charges()))) for one in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in stores:
        one.close()
    assert counts == [1_000] * 4


def test_a_batch_is_kept_wholly_or_not_at_all(store: Store) -> None:
    with pytest.raises(StoreError):
        store.record_calls([priced_receipt("rcp_1"), priced_receipt("rcp_1")])
    assert store.call_receipts() == []


def test_a_damaged_receipt_is_reported_rather_than_left_out_of_the_ledger(store: Store) -> None:
    store.record_calls([priced_receipt()])
    with store._database.writing() as transaction:
        transaction.execute("UPDATE call_receipts SET json = ?", (b"{}",))
    with pytest.raises(StoreError, match="damaged"):
        store.charges()


def test_calls_are_read_by_time_oldest_first(store: Store) -> None:
    early, late = priced_receipt("rcp_b", at=NOON - timedelta(days=1)), priced_receipt("rcp_a")
    same = [priced_receipt(f"rcp_s{number:04}") for number in range(1_500)]
    store.record_calls([late, early, *same])
    assert list(store.calls(until=NOON)) == [early]
    assert list(store.calls(since=NOON)) == [late, *same]
    assert [one.id for one in store.calls()] == ["rcp_b", "rcp_a", *(one.id for one in same)]


@pytest.mark.parametrize(
    ("scope", "counted", "spent"),
    [("all", "", 1_750_000_001), ("team", "red", 1_250_000_001), ("team", "green", 0), ("key", "key_bob", 500_000_000)],
)
def test_what_was_spent_is_known_by_scope(store: Store, scope: str, counted: str, spent: int) -> None:
    store.record_calls(
        [
            priced_receipt("rcp_0", caller=ANN, cost=Decimal(9), at=NOON - timedelta(seconds=1)),
            priced_receipt("rcp_1", caller=ANN, cost=Decimal(1)),
            priced_receipt("rcp_2", caller=ANN, cost=Decimal("0.2500000001")),
            priced_receipt("rcp_3", caller=BOB, cost=Decimal("0.25"), attempts=2),
            priced_receipt("rcp_4", cost=None),
        ]
    )
    assert store.spent_nano_usd(scope, counted, NOON) == spent  # type: ignore[arg-type] - one of the scopes
    assert store.spent_nano_usd("all", "", None) == 10_750_000_001
    assert store.spent_nano_usd_by_key(NOON) == {"key_ann": 1_250_000_001, "key_bob": 500_000_000}


def test_records_of_the_first_form_are_brought_over_and_not_charged_again(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    old = sqlite3.connect(path, isolation_level=None)
    for statement in filter(str.strip, MIGRATIONS[0].split(";")):
        old.execute(statement)
    old.execute("PRAGMA application_id = 0x504F4C59")
    old.execute("PRAGMA user_version = 1")
    json = b'{"id":"rcp_1","cost_usd":"0.0000001","usage":{"input_tokens":10,"output_tokens":5}}'
    rows = [("rcp_2", "2026-11-24T12:00:00.000000Z", b"not json"), ("rcp_1", "2026-11-24T11:00:00.000000Z", json)]
    old.executemany("INSERT INTO call_receipts VALUES (?, ?, ?)", rows)
    old.close()
    store = Store.open(path)
    assert store.charges() == []
    columns = ("n", "id", "cost_nanousd", "tokens", "charged", "json")
    rows = store._database.rows("SELECT * FROM call_receipts ORDER BY n")
    found = [tuple(row[column] for column in columns) for row in rows]
    assert found == [(1, "rcp_2", 0, 0, 1, b"not json"), (2, "rcp_1", 100, 15, 1, json)]
    store.record_calls([priced_receipt("rcp_3")])
    assert [one.receipt_id for one in store.charges()] == ["rcp_3"]
    store.close()


@pytest.mark.parametrize("spent", [0, 10**15])
def test_what_was_spent_up_to_a_call_leaves_out_what_came_later(store: Store, spent: int) -> None:
    store.record_calls([priced_receipt("rcp_0", cost=Decimal(spent) / 10**9)])
    through = store.settled_through()
    store.record_calls([priced_receipt("rcp_1", cost=Decimal(5))])
    assert store.spent_nano_usd("all", "", None, through=through) == spent
    assert store.spent_nano_usd("all", "", NOON) == spent + 5 * 10**9
    calls = store.written_calls(["rcp_0", "rcp_1", "rcp_2"])
    assert {id: one.cost_nano for id, one in calls.items()} == {"rcp_0": spent, "rcp_1": 5 * 10**9}
    assert calls["rcp_0"].number <= through < calls["rcp_1"].number


def test_a_receipt_of_work_done_directly_has_no_key(store: Store) -> None:
    store.record_calls([call_receipt()])
    assert store.spent_nano_usd_by_key(None) == {}


def test_reasons_that_calls_share_are_kept_once_and_come_back(store: Store) -> None:
    reasons = tuple(
        Rejection(provider="south", model=f"m{number}", rule="no_credential", reason="There is no key.")
        for number in range(50)
    )
    receipts = [
        msgspec.structs.replace(priced_receipt(f"rcp_{number}"), rejections=reasons if number else ())
        for number in range(4)
    ]
    store.record_calls(receipts[:2])
    store.record_calls(receipts[2:])
    assert list(store.calls()) == receipts
    assert store.call_receipt("rcp_3") == receipts[3]
    assert store.call_receipts() == receipts[::-1]
    assert len(store._database.rows("SELECT * FROM rejections")) == 1
    assert len(store.charges()) == 4
