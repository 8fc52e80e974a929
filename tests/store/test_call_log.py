"""What the call log has acknowledged is in the file; what it could not write it has not acknowledged."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from polydesk.core.errors import StoreError
from polydesk.store.call_log import CallLog
from polydesk.store.database import Durability
from polydesk.store.store import Store
from tests.store.samples import priced_receipt

DURABILITIES: tuple[Durability, ...] = ("process", "power")


@pytest.fixture(params=DURABILITIES)
async def log(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[CallLog]:
    opened = CallLog(tmp_path / "records.db", durability=request.param, busy_timeout_s=60.0)
    yield opened
    await opened.close()


@pytest.fixture
def recorded(tmp_path: Path, log: CallLog) -> Callable[[], list[str]]:
    """The ids in the file, as another reader sees them."""

    def read() -> list[str]:
        store = Store.open(tmp_path / "records.db")
        ids = [receipt.id for receipt in store.calls()]
        store.close()
        return sorted(ids)

    return read


async def test_a_call_is_in_the_file_when_it_is_acknowledged(log: CallLog, recorded: Callable[[], list[str]]) -> None:
    for number in range(3):
        await log.record(priced_receipt(f"rcp_{number}"))
        assert recorded() == [f"rcp_{one}" for one in range(number + 1)]


async def test_calls_of_one_turn_of_the_loop_share_a_commit(log: CallLog, recorded: Callable[[], list[str]]) -> None:
    before: list[str] = []
    log._connection.set_trace_callback(before.append)
    futures = [log.record(priced_receipt(f"rcp_{number:03}")) for number in range(50)]
    await asyncio.gather(*futures)
    assert before.count("COMMIT") == 1
    assert len(recorded()) == 50


async def test_many_tasks_at_once_are_all_written(log: CallLog, recorded: Callable[[], list[str]]) -> None:
    async def ask(task: int) -> None:
        for number in range(20):
            await log.record(priced_receipt(f"rcp_{task}_{number:02}"))

    await asyncio.gather(*(ask(task) for task in range(10)))
    assert len(recorded()) == 200


async def test_a_caller_who_goes_away_does_not_undo_the_call(log: CallLog, recorded: Callable[[], list[str]]) -> None:
    gone = log.record(priced_receipt("rcp_gone"))
    gone.cancel()
    await log.record(priced_receipt("rcp_here"))
    assert recorded() == ["rcp_gone", "rcp_here"]


async def test_whoever_wants_to_know_hears_of_it_before_the_caller_goes_on(log: CallLog) -> None:
    told: dict[str, bool] = {}

    def record(name: str) -> asyncio.Future[None]:
        return log.record(priced_receipt(name), None, lambda kept: told.update({name: kept}))

    gone = record("rcp_gone")
    gone.cancel()
    await record("rcp_here")
    assert told == {"rcp_gone": True, "rcp_here": True}
    with pytest.raises(StoreError):
        await log.record(priced_receipt("rcp_here"), None, lambda kept: told.update(again=kept))
    assert told["again"] is False


async def test_what_goes_wrong_there_is_no_business_of_the_other_calls(log: CallLog) -> None:
    loop, odd = asyncio.get_running_loop(), list[object]()
    loop.set_exception_handler(lambda _, context: odd.append(context["exception"]))
    error = ZeroDivisionError()

    def wrong(_: bool) -> None:
        raise error

    await asyncio.gather(log.record(priced_receipt("rcp_1"), None, wrong), log.record(priced_receipt("rcp_2")))
    assert odd == [error]


async def test_a_call_that_is_refused_does_not_take_others_with_it(
    log: CallLog, recorded: Callable[[], list[str]]
) -> None:
    calls = [log.record(priced_receipt(name)) for name in ("rcp_1", "rcp_2", "rcp_1", "rcp_3")]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(result) for result in results] == [type(None), type(None), StoreError, type(None)]
    assert recorded() == ["rcp_1", "rcp_2", "rcp_3"]


async def test_a_number_that_no_column_holds_does_not_either(log: CallLog, recorded: Callable[[], list[str]]) -> None:
    odd = priced_receipt("rcp_odd")
    dear = msgspec.structs.replace(odd.attempts[0], cost_usd=Decimal(10) ** 12)
    odd = msgspec.structs.replace(odd, attempts=(dear,))
    writing = [log.record(priced_receipt("rcp_1")), log.record(odd), log.record(priced_receipt("rcp_2"))]
    first, refused, second = await asyncio.gather(*writing, return_exceptions=True)
    assert (first, second) == (None, None)
    assert isinstance(refused, StoreError)
    await log.record(priced_receipt("rcp_3"))
    assert recorded() == ["rcp_1", "rcp_2", "rcp_3"]


async def test_it_waits_for_another_process_without_stopping_the_loop(
    log: CallLog, recorded: Callable[[], list[str]], tmp_path: Path
) -> None:
    holder = sqlite3.connect(tmp_path / "records.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    waiting = log.record(priced_receipt("rcp_1"))
    turns = 0
    for turns in range(100):  # noqa: B007 - counted
        await asyncio.sleep(0)
    assert (turns, waiting.done()) == (99, False)
    holder.execute("ROLLBACK")
    holder.close()
    await waiting
    assert recorded() == ["rcp_1"]


@pytest.mark.parametrize("durability", DURABILITIES)
async def test_a_file_locked_for_too_long_is_reported(tmp_path: Path, durability: Durability) -> None:
    log = CallLog(tmp_path / "records.db", durability=durability, busy_timeout_s=0.01)
    holder = sqlite3.connect(tmp_path / "records.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked"):
        await log.record(priced_receipt("rcp_1"))
    holder.execute("ROLLBACK")
    holder.close()
    await log.record(priced_receipt("rcp_2"))
    await log.close()


async def test_a_full_disk_acknowledges_nothing_and_keeps_what_was_there(
    log: CallLog, recorded: Callable[[], list[str]]
) -> None:
    await log.record(priced_receipt("rcp_0"))
    pages = log._connection.execute("PRAGMA page_count").fetchone()[0]
    log._connection.execute(f"PRAGMA max_page_count = {pages + 3}")
    calls = [log.record(priced_receipt(f"rcp_1{number:03}")) for number in range(100)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(result) for result in results} == {StoreError}
    assert "disk is full" in str(results[0])
    assert recorded() == ["rcp_0"]
    log._connection.execute("PRAGMA max_page_count = 1000000")
    await log.record(priced_receipt("rcp_2"))
    assert recorded() == ["rcp_0", "rcp_2"]


async def test_reasons_come_back_also_when_the_first_call_that_had_them_was_refused(
    log: CallLog, tmp_path: Path
) -> None:
    await log.record(msgspec.structs.replace(priced_receipt("rcp_1"), rejections=()))
    with pytest.raises(StoreError):
        await log.record(priced_receipt("rcp_1"))
    await asyncio.gather(*(log.record(priced_receipt(f"rcp_{number}")) for number in range(2, 5)))
    await log.record(priced_receipt("rcp_5"))
    store = Store.open(tmp_path / "records.db")
    expected = priced_receipt().rejections
    assert [receipt.rejections for receipt in store.calls()] == [(), *[expected] * 4]
    store.close()


async def test_closing_writes_what_waits(tmp_path: Path) -> None:
    for durability in DURABILITIES:
        path = tmp_path / durability / "records.db"
        log = CallLog(path, durability=durability)
        waiting = [log.record(priced_receipt(f"rcp_{number}")) for number in range(5)]
        await log.close()
        assert all(one.done() for one in waiting)
        store = Store.open(path)
        assert len(list(store.calls())) == 5
        store.close()


def test_the_durability_is_sqlites(tmp_path: Path) -> None:
    async def level(durability: Durability) -> int:
        log = CallLog(tmp_path / "records.db", durability=durability)
        found: int = log._connection.execute("PRAGMA synchronous").fetchone()[0]
        await log.close()
        return found

    # 1 is NORMAL, 2 is FULL: https://sqlite.org/pragma.html#pragma_synchronous (checked 2026-11-24)
    assert [asyncio.run(level(durability)) for durability in DURABILITIES] == [1, 2]


async def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "records.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 4096)
    with pytest.raises(StoreError):
        CallLog(tmp_path / "records.db")
