"""Typed edits onto a presentation: places found first, conflicts refused, then each edit made."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import datetime

from polydesk.core.errors import OfficeError, UnsupportedEditError
from polydesk.office.edits import TypedEdit, kind_of
from polydesk.office.pptx import (
    comment_apply,
    object_apply,
    picture_apply,
    slide_apply,
    table_apply,
    text_apply,
)
from polydesk.office.pptx.deck import Deck
from polydesk.office.pptx.editing import Editing, Plans
from polydesk.office.pptx.edits import Edit
from polydesk.office.results import AppliedEdit

PLANS: Plans = {
    **text_apply.PLANS,
    **slide_apply.PLANS,
    **comment_apply.PLANS,
    **object_apply.PLANS,
    **picture_apply.PLANS,
    **table_apply.PLANS,
}
"""How each type of edit is planned, but for those of charts."""


def apply_edits(deck: Deck, edits: Sequence[Edit], *, author: str, at: datetime) -> list[AppliedEdit]:
    """Make every edit and return what each did, in the order given.

    Raises OfficeError, naming the number of the edit; the deck is then half changed and must be dropped.
    """
    editing = Editing(deck, len(edits), author=author, at=at)
    for index, edit in enumerate(edits):
        with _numbered(index, edit):
            plan = PLANS.get(type(edit)) or _chart_plans().get(type(edit))
            if plan is None:
                raise UnsupportedEditError("this is no edit of a presentation")
            plan(editing, index, edit)
    for step in sorted(editing.steps, key=lambda step: (step.phase, step.index)):
        with _numbered(step.index, edits[step.index]):
            step.make()
    for finish in editing.at_end:
        finish()
    return [
        AppliedEdit(
            edit=edit,
            comment_ids=tuple(outcome.comment_ids),
            before=outcome.before,
            after=outcome.after,
            notes=tuple(outcome.notes),
        )
        for edit, outcome in zip(edits, editing.outcomes, strict=True)
    ]


def _chart_plans() -> Plans:
    """How edits of charts are planned. They bring the whole workbook engine along, which takes a third of a start."""
    from polydesk.office.pptx import chart_apply

    return chart_apply.PLANS


@contextmanager
def _numbered(index: int, edit: TypedEdit) -> Generator[None]:
    """Adds to an OfficeError which edit of the list it is about."""
    try:
        yield
    except OfficeError as error:
        error.args = (f"edit {index + 1} ({kind_of(edit)}): {error}",)
        raise
