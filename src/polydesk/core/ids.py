"""Ids that sort by time."""

from __future__ import annotations

import secrets
from datetime import datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [left + right for left in _ALPHABET for right in _ALPHABET]
_ENTROPY_BYTES = 10


def time_sortable_id(prefix: str, at: datetime, entropy: bytes | None = None) -> str:
    """`prefix`, `_`, and 26 characters: 48 bits of milliseconds, then 80 random bits.

    Ids of one prefix sort as text in the order of their milliseconds; within one millisecond the order is random.
    `entropy` is 10 bytes; None draws them. Form: https://github.com/ulid/spec (checked 2026-11-24).
    Raises ValueError for a time without zone or of a length of `entropy` other than 10.
    """
    if at.tzinfo is None:
        raise ValueError("an id needs a time with its zone")
    drawn = secrets.token_bytes(_ENTROPY_BYTES) if entropy is None else entropy
    if len(drawn) != _ENTROPY_BYTES:
        raise ValueError(f"an id needs {_ENTROPY_BYTES} bytes of entropy, not {len(drawn)}")
    number = int(at.timestamp() * 1000) << 80 | int.from_bytes(drawn, "big")
    return f"{prefix}_" + "".join([_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])
