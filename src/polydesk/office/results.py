"""What became of edits, in the same words for every format."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from polydesk.core.errors import OfficeError
from polydesk.office.edits import TypedEdit

DEFAULT_AUTHOR = "Polydesk"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedEdit:
    """What one edit left in the file."""

    edit: TypedEdit
    change_ids: tuple[str, ...] = ()
    """Ids of the tracked changes that it made; empty for a direct edit, or one that changed nothing.

    Replacements of words in one paragraph are made together and share their ids.
    """
    comment_ids: tuple[str, ...] = ()
    """Ids of the comments that it made."""
    before: str | None = None
    """What stood there, as a reader sees it; None where nothing did, and in formats that track changes."""
    after: str | None = None
    """What stands there now; None where nothing is left, and in formats that track changes."""
    notes: tuple[str, ...] = ()
    """Sentences on what followed from the edit, or needs a reader's eye."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueChange:
    """A formula whose value is another after the edits."""

    at: str
    """Address of its cell."""
    before: str | None
    """None when it had not been calculated."""
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A file with edits applied. The original is untouched."""

    data: bytes
    """The new file; the identical bytes of the original when nothing changed."""
    edits: tuple[AppliedEdit, ...]
    changed_parts: tuple[str, ...]
    """Names of the parts that differ from the original, added ones included."""
    values: tuple[ValueChange, ...] = ()
    """Formulas of a workbook whose values follow from the edits, once these have been worked out."""
    notes: tuple[str, ...] = ()
    """Sentences on the result as a whole that need a reader's eye."""

    @property
    def sha256(self) -> str:
        """Of the new file's bytes."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An edit that cannot be made, and why."""

    index: int
    """Position in the list, from 0."""
    error: OfficeError
