"""Typed edits onto a workbook: places found first, conflicts refused, then each edit made in its phase."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from polydesk.core.errors import OfficeError
from polydesk.office.edits import TypedEdit, kind_of
from polydesk.office.results import DEFAULT_AUTHOR, AppliedEdit
from polydesk.office.xlsx.make_cells import CELL_MAKERS
from polydesk.office.xlsx.make_looks import LOOK_MAKERS
from polydesk.office.xlsx.make_objects import OBJECT_MAKERS
from polydesk.office.xlsx.make_structure import STRUCTURE_MAKERS
from polydesk.office.xlsx.making import Claims, Makers, Making
from polydesk.office.xlsx.state import WorkbookState

MAKERS: Makers = {**CELL_MAKERS, **LOOK_MAKERS, **OBJECT_MAKERS, **STRUCTURE_MAKERS}


def apply_edits(
    state: WorkbookState, edits: Sequence[TypedEdit], *, author: str = DEFAULT_AUTHOR, at: datetime | None = None
) -> list[AppliedEdit]:
    """Make every edit and return what each did, in the order given. The state is then ready to be saved.

    `author` and `at` are those of comments that edits make.

    Raises OfficeError, naming the number of the edit; the state is then half changed and must be dropped.
    """
    claims = Claims(author=author, at=at)
    makings = [Making(state, claims, index, edit) for index, edit in enumerate(edits)]
    for making in makings:
        with _numbered(making):
            MAKERS[type(making.edit)].prepare(making, making.edit)
    for making in makings:
        with _numbered(making):
            making.check_hashes()
    for making in sorted(makings, key=lambda making: (MAKERS[type(making.edit)].phase, making.index)):
        with _numbered(making):
            MAKERS[type(making.edit)].make(making, making.edit)
    if claims.afterwards:
        state.settle()
    for step in claims.afterwards:
        step(state)
    return [_applied(making) for making in makings]


def _applied(making: Making) -> AppliedEdit:
    outcome = making.outcome
    return AppliedEdit(edit=making.edit, before=outcome.before, after=outcome.after, notes=tuple(outcome.notes))


class _numbered:  # noqa: N801  # reads as a phrase where it is used
    """Adds to an OfficeError which edit of the list it is about."""

    def __init__(self, making: Making) -> None:
        self._making = making

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OfficeError):
            error.args = (f"edit {self._making.index + 1} ({kind_of(self._making.edit)}): {error}",)
