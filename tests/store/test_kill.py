"""What was acknowledged is there after `kill -9`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from polydesk.store.store import Store

ROOT = Path(__file__).parents[2]

WRITER = """
import sys
from decimal import Decimal
from pathlib import Path
from polydesk.store.store import Store
from tests.store.samples import call_receipt, charge

store = Store.open(Path(sys.argv[1]))
number = 0
while True:
    name = f"{number:06}"
    store.record_call(call_receipt(f"rcp_{name}"), [charge(f"chg_{name}", receipt=f"rcp_{name}", cost=Decimal(1))])
    print(name, flush=True)
    number += 1
"""


def test_every_acknowledged_call_survives_a_kill_at_any_moment(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
    )
    assert writer.stdout is not None
    acknowledged = [writer.stdout.readline().strip() for _ in range(25)]
    writer.send_signal(signal.SIGKILL)
    acknowledged += [line.strip() for line in writer.stdout if line.endswith("\n")]
    writer.stdout.close()
    assert writer.wait() == -signal.SIGKILL

    store = Store.open(path)
    receipts = {receipt.id.removeprefix("rcp_") for receipt in store.call_receipts(limit=100_000)}
    charges = {charge.id.removeprefix("chg_") for charge in store.charges()}
    store.close()
    assert "000024" in acknowledged
    assert set(acknowledged) <= receipts
    assert receipts == charges
