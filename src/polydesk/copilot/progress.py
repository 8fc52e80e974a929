"""What a task tells while it works."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One step that begins."""

    text: str
    """What is being done, such as `paragraph 3 of 12`."""
    done: int
    """Steps finished before this one."""
    total: int
    """Steps in all, as far as is known now."""


OnProgress = Callable[[Progress], None]


def no_progress(progress: Progress) -> None:
    """Tell nobody."""
