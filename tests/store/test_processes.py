"""Several connections of one process, and other processes that come and go, on one file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from polydesk.store.call_log import CallLog
from polydesk.store.integrity import damages
from polydesk.store.store import Store
from tests.store.samples import call_receipt

ROOT = Path(__file__).parents[2]
VISITOR = """
import sys
from pathlib import Path
from polydesk.store.store import Store

store = Store.open(Path(sys.argv[1]))
print(len(list(store.calls())))
store.close()
"""


async def test_who_leaves_takes_no_log_away_from_those_who_stay(tmp_path: Path) -> None:
    """A process that thinks itself the last one moves the log into the file and removes it."""
    path = tmp_path / "records.db"
    store = Store.open(path)
    log = CallLog(path, durability="process")
    for number in range(40):
        await log.record(call_receipt(f"rcp_{number:03}"))
        if number % 10 == 9:
            assert visited(path) == number + 1
            assert path.with_name("records.db-wal").exists(), "it was still in use"
    assert len(list(store.calls())) == 40
    await log.close()
    store.close()
    assert damages(path) == []
    assert visited(path) == 40


def visited(path: Path) -> int:
    """How many calls another process finds, which then leaves."""
    words = [sys.executable, "-c", VISITOR, str(path)]
    return int(subprocess.run(words, cwd=ROOT / "src", capture_output=True, check=True).stdout)
