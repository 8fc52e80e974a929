"""Whole numbers in attributes, of which a damaged or hostile file may make anything."""

from __future__ import annotations

_DIGITS = 18
"""More are no number that a workbook has use for, and Python refuses thousands of them."""


def whole(text: str | bytes | None, missing: int = 0) -> int:
    """The number; `missing` for anything that is not a few ASCII digits."""
    if text is None or len(text) > _DIGITS or not (text.isascii() and text.isdigit()):
        return missing
    return int(text)
