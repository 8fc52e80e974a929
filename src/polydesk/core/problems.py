"""What is wrong with a file that a person wrote, said so that the person finds the place and knows what to do."""

from __future__ import annotations

import msgspec


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong."""

    file: str
    line: int | None
    """From 1; None when the place is not known, or is the whole file."""
    path: str
    """Such as `provider[2].base_url`, where rows are counted from 1; empty for the whole file."""
    what: str
    """One sentence without its full stop, and without the value where that might be a secret."""
    remedy: str
    """What to do, in one sentence."""

    def __str__(self) -> str:
        """All of it in one line."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return ": ".join(part for part in (place, self.path, f"{self.what}. {self.remedy}") if part)
