"""Ids that sort by time."""

from __future__ import annotations

import os
import random
from datetime import datetime
from functools import lru_cache

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [left + right for left in _ALPHABET for right in _ALPHABET]
_ENTROPY_BYTES = 10
_RANDOM = random.Random()  # noqa: S311 - an id is no secret; seeded by the system, so that processes do not collide
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_RANDOM.seed)  # a forked process would draw the very ids of its parent


def time_sortable_id(prefix: str, at: datetime, entropy: bytes | None = None) -> str:
    """`prefix`, `_`, and 26 characters: 48 bits of milliseconds, then 80 random bits.

    Ids of one prefix sort as text in the order of their milliseconds; within one millisecond the order is random.
    `entropy` is 10 bytes; None draws them. Form: https://github.com/ulid/spec (checked 2026-11-24).
    Raises ValueError for a time without zone or of a length of `entropy` other than 10.
    """
    if at.tzinfo is None:
        raise ValueError("an id needs a time with its zone")
    if entropy is None:
        drawn = _RANDOM.getrandbits(80)
    elif len(entropy) == _ENTROPY_BYTES:
        drawn = int.from_bytes(entropy, "big")
    else:
        raise ValueError(f"an id needs {_ENTROPY_BYTES} bytes of entropy, not {len(entropy)}")
    milliseconds = int(at.timestamp() * 1000)
    upper, lower = drawn >> 40, drawn & 0xFF_FFFF_FFFF
    return (
        f"{prefix}_{_early(milliseconds >> 20)}{_PAIRS[milliseconds >> 10 & 1023]}{_PAIRS[milliseconds & 1023]}"
        f"{_PAIRS[upper >> 30]}{_PAIRS[upper >> 20 & 1023]}{_PAIRS[upper >> 10 & 1023]}{_PAIRS[upper & 1023]}"
        f"{_PAIRS[lower >> 30]}{_PAIRS[lower >> 20 & 1023]}{_PAIRS[lower >> 10 & 1023]}{_PAIRS[lower & 1023]}"
    )


@lru_cache(maxsize=64)
def _early(number: int) -> str:
    """The first six characters, which stay the same for a quarter of an hour."""
    return _PAIRS[number >> 20 & 1023] + _PAIRS[number >> 10 & 1023] + _PAIRS[number & 1023]
