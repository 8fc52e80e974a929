"""What was acknowledged is there after `kill -9`."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from polydesk.core.charges import charges_of
from polydesk.store.store import Store
from tests.store.samples import priced_receipt

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


GATEWAY = """
import asyncio
import sys
from pathlib import Path
from polydesk.core.receipts import Caller
from polydesk.store.call_log import CallLog
from tests.store.samples import priced_receipt

async def main(path, durability):
    log = CallLog(Path(path), durability=durability)
    async def ask(task):
        for number in range(1_000_000):
            name = f"{task:02}_{number:06}"
            caller = Caller(key_id=f"key_{task}", team="red")
            await log.record(priced_receipt(f"rcp_{name}", caller=caller))
            print(name, flush=True)
    await asyncio.gather(*(ask(task) for task in range(16)))

asyncio.run(main(*sys.argv[1:]))
"""

LEDGER = """
import sys
from pathlib import Path
from polydesk.store.store import Store

store = Store.open(Path(sys.argv[1]))
print("begun", flush=True)
store.charges()
"""


def run_until_killed(program: str, *arguments: str | Path, lines: int) -> list[str]:
    """Start `program`, kill it once it has said so many lines, and return every whole line that it said."""
    running = subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
    )
    assert running.stdout is not None
    said = [running.stdout.readline().strip() for _ in range(lines)]
    running.send_signal(signal.SIGKILL)
    said += [line.strip() for line in running.stdout if line.endswith("\n")]
    running.stdout.close()
    assert running.wait() == -signal.SIGKILL
    return said


def test_every_acknowledged_call_survives_a_kill_at_any_moment(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    acknowledged = run_until_killed(WRITER, path, lines=25)

    store = Store.open(path)
    receipts = {receipt.id.removeprefix("rcp_") for receipt in store.call_receipts(limit=100_000)}
    charges = {charge.id.removeprefix("chg_") for charge in store.charges()}
    store.close()
    assert "000024" in acknowledged
    assert set(acknowledged) <= receipts
    assert receipts == charges


@pytest.mark.parametrize("durability", ["process", "power"])
@pytest.mark.parametrize("round", range(3))
def test_every_call_of_a_killed_gateway_is_there_and_charged_once(tmp_path: Path, durability: str, round: int) -> None:
    path = tmp_path / "records.db"
    lines = random.Random(f"{durability}{round}").randrange(1, 800)
    acknowledged = run_until_killed(GATEWAY, path, durability, lines=lines)
    assert len(acknowledged) >= lines

    store = Store.open(path)
    receipts = {receipt.id.removeprefix("rcp_"): receipt for receipt in store.calls()}
    assert set(acknowledged) <= receipts.keys()
    expected = [charge.id for receipt in receipts.values() for charge in charges_of(receipt)]
    assert sorted(charge.id for charge in store.charges()) == sorted(expected)
    spent = sum(charge.billed_cost or 0 for charge in store.charges())
    # What was reserved when it was killed is nowhere: what is spent is what is written down.
    assert spent * 10**9 == store.spent_nano_usd("all", "", None) == len(receipts) * 250_000_000
    store.close()


def test_a_ledger_that_is_killed_while_it_is_written_is_taken_up_again(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    store = Store.open(path)
    store.record_calls([priced_receipt(f"rcp_{number:06}") for number in range(8_000)])
    for _ in range(3):
        run_until_killed(LEDGER, path, lines=1)
    charges = store.charges()
    assert len({charge.receipt_id for charge in charges}) == len(charges) == 8_000
    assert sum(charge.billed_cost or 0 for charge in charges) == Decimal(2_000)
    store.close()
