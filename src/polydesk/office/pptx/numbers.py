"""Whole numbers as attributes have them; nonsense is read as a default, since damaged files are read too."""

from __future__ import annotations

_MAX_DIGITS = 10


def whole(written: str | None, default: int = 0) -> int:
    """The number; `default` for none, for a negative one and for what is no number."""
    if written is None or not written.isascii() or not written.isdecimal() or len(written) > _MAX_DIGITS:
        return default
    return int(written)
