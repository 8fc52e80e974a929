"""The process that calculates a workbook: a request on its standard input, values on its standard output.

It holds the engine apart, so that a workbook which makes it fail, hang or swell takes nothing along.
"""

from __future__ import annotations

import datetime
import resource
import sys
from typing import Any

import msgspec

MAX_MEMORY_BYTES = 4 << 30
_ERRORS = {
    "Div": "#DIV/0!",
    "Na": "#N/A",
    "NA": "#N/A",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Ref": "#REF!",
    "Value": "#VALUE!",
}
"""What Excel calls an error of the engine's; those not here have no name that a file could hold."""


class Request(msgspec.Struct, frozen=True, array_like=True):
    """A workbook and the cells whose values are wanted."""

    data: bytes
    cells: list[tuple[str, int, int]]
    """Sheet, row and column, from 1."""


class Calculated(msgspec.Struct, frozen=True, array_like=True):
    """The value of one cell."""

    kind: str
    """`n`, `str`, `b` or `e` as in a file; `date` for a moment as text; `unknown` for what the engine cannot say."""
    value: float | str | bool | None = None


def calculated(value: Any) -> Calculated:
    """A value of the engine's, as it goes to the asking process."""
    match value:
        case None:
            return Calculated("n", 0.0)
        case bool():
            return Calculated("b", value)
        case int() | float():
            return Calculated("n", float(value))
        case str():
            return Calculated("str", value)
        case datetime.datetime() | datetime.date() | datetime.time():
            return Calculated("date", value.isoformat())
        case datetime.timedelta():
            return Calculated("n", value.total_seconds() / 86_400)
        case {"type": "Error", "kind": kind} if kind in _ERRORS:
            return Calculated("e", _ERRORS[str(kind)])
        case _:
            return Calculated("unknown")


def main() -> None:
    """Answer the one request."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    import formualizer  # under the limit, and only in this process

    request = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Request)
    engine: Any = formualizer
    book = engine.load_workbook_bytes(request.data)
    book.evaluate_all()
    values = [calculated(book.get_value(sheet, row, column)) for sheet, row, column in request.cells]
    sys.stdout.buffer.write(msgspec.msgpack.encode(values))


if __name__ == "__main__":
    main()
