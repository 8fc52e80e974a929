"""Numbers in attributes, as foreign files write them: what is no number counts as the default."""

from __future__ import annotations

import math
from typing import TypeVar, overload

Default = TypeVar("Default")
_DIGITS = 18
"""More are no number that a workbook has use for, and Python refuses thousands of them."""


@overload
def whole(text: str | bytes | None) -> int: ...
@overload
def whole(text: str | bytes | None, default: Default) -> int | Default: ...
def whole(text: str | bytes | None, default: object = 0) -> object:
    """A whole number of a few ASCII digits."""
    if text is None or len(text) > _DIGITS or not (text.isascii() and text.isdigit()):
        return default
    return int(text)


def decimal(text: str | None, default: Default) -> float | Default:
    """A finite number."""
    try:
        number = float(text) if text is not None else math.nan
    except ValueError:
        return default
    return number if math.isfinite(number) else default
