"""What a request asked for and a provider's dialect could not say."""

from __future__ import annotations

from typing import Literal

import msgspec


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """One thing of ours that the dialect has no word for."""

    parameter: str
    """Our name for it, such as `seed` or `messages[2].tool_result.image`."""
    action: Literal["dropped", "rewritten", "emulated"]
    """Left out; said in other words that mean nearly the same; or replaced by a way to get the same effect."""
    reason: str
    """One sentence for a reader."""
