"""One edit of a workbook, a presentation or a mail, as bench/fidelity and bench/fuzz make it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from polydesk.office.edits import TypedEdit, kind_of
from polydesk.office.files import OfficeFile

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCase:
    """One edit, and what it may do."""

    edit: TypedEdit
    may_change: tuple[str, ...]
    """Regular expressions for the names of the members that the edit may change, add or take away, whole names."""
    how: str = ""
    """Tells this case from others of the same edit, with a space before it; empty for the only way."""
    shown: Callable[[OfficeFile], bool] | None = None
    """Whether the result, opened again, reads as the edit wants; None where the reader has no word for it."""
    content: Callable[[OfficeFile], Any] | None = None
    """What the inverse must give back, of a file; None where no inverse is given."""
    inverse: Callable[[OfficeFile], Sequence[TypedEdit]] | None = None
    """The edits of the result that take the edit back; None where there are none."""

    @property
    def label(self) -> str:
        """The row of the table that this case counts in."""
        return kind_of(self.edit) + self.how


def chosen(candidates: Sequence[T], places: int) -> list[T]:
    """Up to `places` of them: the first, the last, and some between at equal steps."""
    if len(candidates) <= places:
        return list(candidates)
    if places == 1:
        return [candidates[0]]
    return [candidates[round(n * (len(candidates) - 1) / (places - 1))] for n in range(places)]
