"""What the call log has acknowledged is in the database; what it could not write it has not acknowledged."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import msgspec
import psycopg
import pytest

from polydesk.core.charges import charges_of
from polydesk.core.errors import StoreError
from polydesk.store.places import PostgresPlace
from polydesk.store.postgres.call_log import PostgresCallLog
from polydesk.store.store import Store
from tests.postgres import Cluster
from tests.store.samples import priced_receipt
from tests.store.test_kill import run_until_killed

WRITER = """
import asyncio
import sys
from polydesk.store.places import PostgresPlace
from polydesk.store.postgres.call_log import PostgresCallLog
from tests.store.samples import priced_receipt

async def main(url, password, durability):
    log = PostgresCallLog(PostgresPlace(url=url, password=password), durability=durability)
    async def ask(task):
        for number in range(1_000_000):
            name = f"{task:02}_{number:06}"
            await log.record(priced_receipt(f"rcp_{name}"))
            print(name, flush=True)
    await asyncio.gather(*(ask(task) for task in range(16)))

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
def place(postgres_cluster: Cluster) -> PostgresPlace:
    place = postgres_cluster.new_place()
    Store.open(place).close()
    return place


@pytest.fixture
async def log(place: PostgresPlace) -> AsyncIterator[PostgresCallLog]:
    opened = PostgresCallLog(place)
    yield opened
    await opened.close()


def recorded(place: PostgresPlace) -> list[str]:
    """The ids in the database, as another reader sees them."""
    with closing(Store.open(place)) as store:
        return sorted(receipt.id for receipt in store.calls())


async def test_a_call_is_in_the_database_when_it_is_acknowledged(log: PostgresCallLog, place: PostgresPlace) -> None:
    for number in range(3):
        await log.record(priced_receipt(f"rcp_{number}"))
        assert recorded(place) == [f"rcp_{one}" for one in range(number + 1)]


async def test_calls_of_one_turn_of_the_loop_share_a_commit(log: PostgresCallLog, place: PostgresPlace) -> None:
    commits: list[int] = []
    log.on_commit = lambda calls, seconds: commits.append(calls)
    await asyncio.gather(*(log.record(priced_receipt(f"rcp_{number:03}")) for number in range(50)))
    assert commits == [50]
    assert len(recorded(place)) == 50


async def test_a_caller_who_goes_away_does_not_undo_the_call(log: PostgresCallLog, place: PostgresPlace) -> None:
    log.record(priced_receipt("rcp_gone")).cancel()
    await log.record(priced_receipt("rcp_here"))
    assert recorded(place) == ["rcp_gone", "rcp_here"]


async def test_a_call_that_is_refused_does_not_take_others_with_it(log: PostgresCallLog, place: PostgresPlace) -> None:
    odd = priced_receipt("rcp_odd")
    dear = msgspec.structs.replace(odd.attempts[0], cost_usd=Decimal(10) ** 12)
    odd = msgspec.structs.replace(odd, attempts=(dear,))
    calls = [priced_receipt("rcp_1"), priced_receipt("rcp_2"), priced_receipt("rcp_1"), odd, priced_receipt("rcp_3")]
    results = await asyncio.gather(*map(log.record, calls), return_exceptions=True)
    assert [type(one).__name__ for one in results] == ["NoneType", "NoneType", "StoreError", "StoreError", "NoneType"]
    assert recorded(place) == ["rcp_1", "rcp_2", "rcp_3"]
    assert log.fault is None


async def test_reasons_that_calls_share_come_back(log: PostgresCallLog, place: PostgresPlace) -> None:
    receipts = [priced_receipt(f"rcp_{number}") for number in range(3)]
    await log.record(receipts[0])
    await asyncio.gather(*map(log.record, receipts[1:]))
    with closing(Store.open(place)) as store:
        assert list(store.calls()) == receipts
        assert len(store._database.rows("SELECT id FROM rejections")) == 1


async def test_a_connection_that_is_cut_between_two_calls_is_not_noticed(
    log: PostgresCallLog, place: PostgresPlace, postgres_cluster: Cluster
) -> None:
    await log.record(priced_receipt("rcp_1"))
    postgres_cluster.do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'polydesk'")
    await log.record(priced_receipt("rcp_2"))
    assert recorded(place) == ["rcp_1", "rcp_2"]


async def test_a_database_that_is_away_is_told_until_it_is_back() -> None:
    cluster = Cluster()
    try:
        place = cluster.new_place()
        Store.open(place).close()
        log = PostgresCallLog(place)
        await log.record(priced_receipt("rcp_1"))
        cluster.stop()
        with pytest.raises(StoreError, match="see that it runs"):
            await log.record(priced_receipt("rcp_2"))
        assert log.fault is not None
        assert cluster.password not in log.fault
        await asyncio.to_thread(cluster.start)
        async with asyncio.timeout(30):
            while log.fault is not None:  # noqa: ASYNC110 - it looks by itself and sends no word
                await asyncio.sleep(0.02)
        await log.record(priced_receipt("rcp_3"))
        assert set(recorded(place)) >= {"rcp_1", "rcp_3"}
        await log.close()
    finally:
        cluster.close()


async def test_a_lock_that_another_holds_for_too_long_is_said(place: PostgresPlace) -> None:
    log = PostgresCallLog(place, busy_timeout_s=0.05)
    with psycopg.connect(place.url, password=place.password) as holder:
        holder.execute("LOCK TABLE call_receipts IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(StoreError):
            await log.record(priced_receipt("rcp_1"))
    await log.record(priced_receipt("rcp_2"))
    await log.close()
    assert "rcp_2" in recorded(place)


@pytest.mark.parametrize("durability", ["process", "power"])
def test_every_call_of_a_killed_writer_is_there_and_charged_once(durability: str, place: PostgresPlace) -> None:
    lines = random.Random(durability).randrange(1, 800)
    acknowledged = run_until_killed(WRITER, place.url, place.password or "", durability, lines=lines)
    assert len(acknowledged) >= lines
    with closing(Store.open(place)) as store:
        receipts = {receipt.id.removeprefix("rcp_"): receipt for receipt in store.calls()}
        assert set(acknowledged) <= receipts.keys()
        expected = [charge.id for receipt in receipts.values() for charge in charges_of(receipt)]
        assert sorted(charge.id for charge in store.charges()) == sorted(expected)


def test_no_call_is_left_out_of_a_ledger_that_is_written_while_calls_are(place: PostgresPlace) -> None:
    """Numbers are given before the commit: a call with a lower number may appear after one with a higher."""

    async def write(log: PostgresCallLog, name: str, store: Store) -> None:
        for number in range(60):
            await log.record(priced_receipt(f"rcp_{name}_{number:03}"))
            if number % 10 == 0:
                await asyncio.to_thread(store.charges)

    async def several() -> None:
        logs = [PostgresCallLog(place) for _ in range(4)]
        stores = [Store.open(place) for _ in logs]
        together = zip(logs, stores, strict=True)
        await asyncio.gather(*(write(log, str(index), store) for index, (log, store) in enumerate(together)))
        for log, store in zip(logs, stores, strict=True):
            await log.close()
            store.close()

    asyncio.run(several())
    with closing(Store.open(place)) as store:
        assert len(store.charges()) == 240


def test_the_address_is_shown_without_who_uses_it(place: PostgresPlace) -> None:
    assert "@" not in str(place)
    for words in (str(place), repr(place)):
        assert place.password is not None
        assert place.password not in words


def test_tables_of_another_program_are_refused(postgres_cluster: Cluster) -> None:
    place = postgres_cluster.new_place()
    postgres_cluster.do("CREATE TABLE charges (name TEXT)", database=str(place).rpartition("/")[2])
    with pytest.raises(StoreError, match=r"another program \(charges\)"):
        Store.open(place)


def test_a_newer_form_is_refused(place: PostgresPlace, postgres_cluster: Cluster) -> None:
    postgres_cluster.do("UPDATE polydesk_form SET version = 99", database=str(place).rpartition("/")[2])
    with pytest.raises(StoreError, match="newer Polydesk"):
        Store.open(place)


def test_a_wrong_password_is_said_and_not_repeated(place: PostgresPlace) -> None:
    with pytest.raises(StoreError, match="password") as caught:
        Store.open(PostgresPlace(url=place.url, password="wrong-one"))  # noqa: S106 - of nobody
    assert "wrong-one" not in str(caught.value)


def test_both_engines_have_the_same_tables(place: PostgresPlace, postgres_cluster: Cluster, tmp_path: Path) -> None:
    rows = postgres_cluster.do(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'",
        database=str(place).rpartition("/")[2],
    )
    with closing(Store.open(tmp_path / "records.db")) as store:
        names = [row["name"] for row in store._database.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        theirs = {
            (name, row["name"])
            for name in names
            for row in store._database.rows("SELECT name FROM pragma_table_info(?)", name)
        }
    assert {row for row in rows if row[0] != "polydesk_form"} == theirs
