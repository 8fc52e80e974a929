"""The values of formulas by a spreadsheet engine (formualizer), which works in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import NamedTuple

import msgspec

from polydesk.office.xlsx.calculation_worker import Calculated, Request

LIMIT_S = 120.0
_EPOCH_1900 = datetime(1899, 12, 30)  # noqa: DTZ001  # a workbook's days have no zone
_EPOCH_1904 = datetime(1904, 1, 1)  # noqa: DTZ001


class CalculationError(Exception):
    """The engine could not calculate the workbook; the message says what became of it."""


class Outcome(NamedTuple):
    """The value of a formula, as a file holds it."""

    type: str
    """The `t` attribute: `n`, `str`, `b` or `e`."""
    value: float | str | bool


def calculate(
    data: bytes, cells: Sequence[tuple[str, int, int]], *, date1904: bool, limit_s: float = LIMIT_S
) -> list[Outcome | None]:
    """The values of formula cells (sheet, row, column) of a workbook; None where the engine has no answer.

    Raises CalculationError when it cannot read the workbook, fails, or takes longer than `limit_s`.
    """
    request = msgspec.msgpack.encode(Request(data, list(cells)))
    command = (sys.executable, "-I", "-m", "polydesk.office.xlsx.calculation_worker")
    try:
        done = subprocess.run(command, input=request, capture_output=True, timeout=limit_s, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as exc:
        raise CalculationError(f"its calculation took longer than {limit_s:g} s") from exc
    if done.returncode != 0:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise CalculationError(f"the engine could not calculate it ({lines[-1][:200] if lines else done.returncode})")
    values = msgspec.msgpack.decode(done.stdout, type=list[Calculated])
    return [_outcome(value, _EPOCH_1904 if date1904 else _EPOCH_1900) for value in values]


def _outcome(found: Calculated, epoch: datetime) -> Outcome | None:
    if found.kind == "unknown" or found.value is None:
        return None
    if found.kind == "date":
        return Outcome("n", _serial(str(found.value), epoch))
    return Outcome(found.kind, found.value)


def _serial(text: str, epoch: datetime) -> float:
    """A moment as a number of days; a time without a day is a part of one."""
    if "-" not in text:
        moment = time.fromisoformat(text)
        return (moment.hour * 3600 + moment.minute * 60 + moment.second + moment.microsecond / 1e6) / 86_400
    day = datetime.fromisoformat(text) if "T" in text else datetime.combine(date.fromisoformat(text), time())
    days = (day - epoch).total_seconds() / 86_400
    # Before March 1900 Excel counts a day that never was (29 February 1900).
    return days - 1 if epoch == _EPOCH_1900 and days < 61 else days
