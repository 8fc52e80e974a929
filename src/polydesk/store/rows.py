"""Charges as rows of a table, both ways."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

from polydesk.core.charges import Charge

_FIELDS = tuple((field.name, field.encode_name) for field in msgspec.structs.fields(Charge))
CHARGE_COLUMNS = tuple(column for _, column in _FIELDS)
"""Names of the columns in the order of the fields."""


_WIDTH = len("2026-11-24T12:00:00.000000")


def time_text(at: datetime) -> str:
    """`at` as UTC text of one width, so that texts sort as the times do. Raises ValueError for a time without zone."""
    if at.tzinfo is None:
        raise ValueError("a recorded time needs its zone")
    utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return utc.isoformat(timespec="microseconds")[:_WIDTH] + "Z"


def quoted(column: str) -> str:
    """The name of a column as both engines keep it: unquoted, PostgreSQL makes capitals small."""
    return f'"{column}"'


def charge_row(charge: Charge) -> tuple[str | int | None, ...]:
    """The columns of `charge`, in the order of `CHARGE_COLUMNS`."""
    return tuple(_column(getattr(charge, name)) for name, _ in _FIELDS)


def charge_of_row(row: Mapping[str, Any]) -> Charge:
    """The charge that a row holds. Raises msgspec.ValidationError for a row that is none."""
    return msgspec.convert(row, Charge)


def _column(value: Decimal | datetime | str | int | None) -> str | int | None:
    match value:
        case Decimal():
            return format(value, "f")  # never 1E-7, which other programs read as text
        case datetime():
            return time_text(value)
        case _:
            return value
