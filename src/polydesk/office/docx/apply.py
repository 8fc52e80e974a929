"""Typed edits onto a Word document: places found first, conflicts refused, then each edit made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from polydesk.core.errors import EditConflictError, OfficeError, UnsupportedEditError
from polydesk.office.docx.apply_further import further_step
from polydesk.office.docx.changes import Change, Verdict, changes, choose, settle
from polydesk.office.docx.comments import add_comment, reply_comment, resolve_comment
from polydesk.office.docx.edits import (
    AcceptChange,
    AddComment,
    DeleteParagraph,
    DeleteRow,
    Edit,
    InsertParagraph,
    InsertRow,
    MoveParagraph,
    RejectChange,
    ReplaceText,
    ReplyComment,
    ResolveComment,
    SetCell,
    SetStyle,
)
from polydesk.office.docx.fields import StaleFields
from polydesk.office.docx.inline import paragraph_text
from polydesk.office.docx.mirrors import mirror_of
from polydesk.office.docx.paragraphs import (
    delete_paragraph,
    insert_after,
    insert_before,
    move_paragraph,
    new_paragraph,
    set_style,
)
from polydesk.office.docx.planning import COMMENT, INSERTION, REMOVAL, SETTLE, WORDS, Plan, Span, Step, one_side
from polydesk.office.docx.revisions import Revisions
from polydesk.office.docx.stories import Stories
from polydesk.office.docx.styles import Styles
from polydesk.office.docx.tables import delete_row, insert_row, set_cell
from polydesk.office.docx.text import replace_text
from polydesk.office.ooxml.characters import clean_text
from polydesk.office.ooxml.part import Element
from polydesk.office.spans import find_span


@dataclass(slots=True)
class Applied:
    """What one edit did."""

    edit: Edit
    made: list[Element] = field(default_factory=list[Element])
    """The marks and comments that it made, those included that a later edit took out again."""
    notes: list[str] = field(default_factory=list[str])


def apply_edits(
    stories: Stories, edits: Sequence[Edit], revisions: Revisions, *, authors: Sequence[str] | None = None
) -> list[Applied]:
    """Make every edit and return what each did, in the order given. `authors` names the author of each edit.

    All places are found before anything changes, so anchors mean the document as it was. Raises OfficeError, naming
    the number of the edit; the package is then half changed and must be dropped.
    """
    applied = [Applied(edit) for edit in edits]
    planner = _Planner(Plan(stories, revisions, Styles(stories), authors))
    steps = sorted(planner.steps(edits), key=lambda step: (step.phase, step.index))
    stale = StaleFields(stories, planner.plan.styles, planner.plan.touched)
    for step in steps:
        before = len(revisions.made)
        if authors is not None:
            revisions.author = authors[step.index]
        with _numbered(step.index, edits[step.index]):
            note = step.make()
        for index in step.edits:
            applied[index].made += revisions.made[before:]
            if isinstance(note, str):
                applied[index].notes.append(note)
    count = stale.mark(planner.plan.touched)
    if count:
        what = "One field that shows" if count == 1 else f"{count} fields that show"
        applied[-1].notes.append(f"{what} changed text will be worked out anew when Word opens the file.")
    return applied


class _numbered:  # noqa: N801  # reads as a phrase where it is used
    """Adds to an OfficeError which edit of the list it is about."""

    def __init__(self, index: int, edit: Edit) -> None:
        self._index, self._edit = index, edit

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OfficeError):
            name = type(self._edit).__struct_config__.tag
            error.args = (f"edit {self._index + 1} ({name}): {error}",)


class _Planner:
    """Finds the places of a list of edits."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._words: dict[tuple[Element, str | None], Step] = {}
        self._own: dict[tuple[Element, str | None], list[Span]] = {}
        self._word_tracking: dict[Element, bool] = {}
        self._present: list[Change] | None = None
        self._verdicts: dict[Element, Verdict] = {}

    def steps(self, edits: Sequence[Edit]) -> list[Step]:
        """One step for each edit; replacements in one paragraph share one."""
        found: list[Step] = []
        for index, edit in enumerate(edits):
            with _numbered(index, edit):
                step = self._step(index, edit)
            if step is not None:
                found.append(step)
        return found

    def _step(self, index: int, edit: Edit) -> Step | None:
        match edit:
            case ReplaceText():
                return self._replace(index, edit)
            case InsertParagraph():
                return self._insert(index, edit)
            case DeleteParagraph():
                return self._delete(index, edit)
            case MoveParagraph():
                return self._move(index, edit)
            case SetStyle():
                return self._restyle(index, edit)
            case AddComment():
                return self._comment(index, edit)
            case ReplyComment():
                return self.plan.step(
                    COMMENT,
                    index,
                    lambda: reply_comment(
                        self.plan.stories, edit.comment, edit.text, self.plan.revisions, self.plan.styles
                    ),
                )
            case ResolveComment():
                return self.plan.step(
                    COMMENT,
                    index,
                    lambda: resolve_comment(
                        self.plan.stories, edit.comment, self.plan.revisions, resolved=edit.resolved
                    ),
                )
            case SetCell():
                return self._cell(index, edit)
            case InsertRow():
                return self._new_row(index, edit)
            case DeleteRow():
                return self._old_row(index, edit)
            case AcceptChange() | RejectChange():
                return self._verdict(index, edit)
            case _:
                return further_step(self.plan, index, edit)

    def _replace(self, index: int, edit: ReplaceText) -> Step | None:
        part, paragraph = self.plan.paragraph_at(edit.at)
        start, end = find_span(paragraph_text(paragraph), find=edit.find, start=edit.start, end=edit.end, at=edit.at)
        span = Span(start, end, clean_text(edit.text), index)
        self.plan.claim_span(index, part, paragraph, span, edit.at)
        tracked = self.plan.tracked(edit.tracked)
        if self._word_tracking.setdefault(paragraph, tracked) is not tracked:
            raise EditConflictError(
                f"another edit of the list replaces words at {edit.at} with another choice of tracked", part=part.name
            )
        key = (paragraph, None if self.plan.authors is None else self.plan.authors[index])
        own = self._own.setdefault(key, [])
        own.append(span)
        step = self._words.get(key)
        if step is not None:
            step.edits.append(index)
            return None

        def make() -> None:
            twin = mirror_of(paragraph)
            new = self.plan.exchanged(paragraph, own)
            for target in (paragraph, twin):
                if target is not None:
                    part.touch(target)
                    replace_text(target, new, self.plan.revisions, tracked=tracked)

        step = self._words[key] = Step(WORDS, index, [index], make)
        return step

    def _insert(self, index: int, edit: InsertParagraph) -> Step:
        anchor, before = one_side(edit.after, edit.before)
        part, reference = self.plan.stories.paragraph_at(anchor)
        if edit.style is not None:
            self.plan.styles.paragraph_style(edit.style)
        tracked = self.plan.tracked(edit.tracked)

        def make() -> None:
            new = new_paragraph(edit.text, reference, edit.style, self.plan.styles)
            self.plan.touched[new] = None
            if before:
                insert_before(part, reference, new, self.plan.revisions, tracked=tracked)
                return
            # Several insertions after one paragraph stand in the order of the list.
            insert_after(
                part, self.plan.last_after.get(reference, reference), new, self.plan.revisions, tracked=tracked
            )
            self.plan.last_after[reference] = new

        return self.plan.step(INSERTION, index, make)

    def _delete(self, index: int, edit: DeleteParagraph) -> Step:
        part, paragraph = self.plan.paragraph_at(edit.at)
        self.plan.claim(index, part, paragraph)
        tracked = self.plan.tracked(edit.tracked)
        return self.plan.step(
            REMOVAL, index, lambda: delete_paragraph(part, paragraph, self.plan.revisions, tracked=tracked)
        )

    def _move(self, index: int, edit: MoveParagraph) -> Step:
        anchor, before = one_side(edit.after, edit.before)
        part, paragraph = self.plan.paragraph_at(edit.at)
        target_part, target = self.plan.stories.paragraph_at(anchor)
        if target_part is not part:
            raise UnsupportedEditError(
                f"a paragraph can be moved within one part only; {edit.at} and {anchor} are in different ones"
            )
        self.plan.claim(index, part, paragraph)
        tracked = self.plan.tracked(edit.tracked)
        return self.plan.step(
            REMOVAL,
            index,
            lambda: move_paragraph(part, paragraph, target, self.plan.revisions, before=before, tracked=tracked),
        )

    def _restyle(self, index: int, edit: SetStyle) -> Step:
        part, paragraph = self.plan.paragraph_at(edit.at)
        style = self.plan.styles.paragraph_style(edit.style)
        tracked = self.plan.tracked(edit.tracked)
        return self.plan.step(
            WORDS, index, lambda: set_style(part, paragraph, style, self.plan.revisions, tracked=tracked)
        )

    def _comment(self, index: int, edit: AddComment) -> Step:
        part, paragraph = self.plan.stories.paragraph_at(edit.at)
        span = find_span(paragraph_text(paragraph), find=edit.find, start=edit.start, end=edit.end, at=edit.at)
        return self.plan.step(
            COMMENT,
            index,
            lambda: add_comment(
                self.plan.stories, part, paragraph, span, edit.text, self.plan.revisions, self.plan.styles
            ),
        )

    def _cell(self, index: int, edit: SetCell) -> Step:
        part, cell = self.plan.stories.cell_at(edit.at)
        self.plan.claim(index, part, cell)
        tracked = self.plan.tracked(edit.tracked)
        return self.plan.step(
            WORDS,
            index,
            lambda: set_cell(part, cell, edit.text, self.plan.styles, self.plan.revisions, tracked=tracked),
        )

    def _new_row(self, index: int, edit: InsertRow) -> Step:
        anchor, before = one_side(edit.after, edit.before)
        part, neighbour = self.plan.stories.row_at(anchor)
        tracked = self.plan.tracked(edit.tracked)

        def make() -> None:
            beside = neighbour if before else self.plan.last_after.get(neighbour, neighbour)
            row = insert_row(part, beside, edit.cells, self.plan.revisions, before=before, tracked=tracked)
            if not before:
                self.plan.last_after[neighbour] = row

        return self.plan.step(INSERTION, index, make)

    def _old_row(self, index: int, edit: DeleteRow) -> Step:
        part, row = self.plan.stories.row_at(edit.at)
        self.plan.claim(index, part, row)
        tracked = self.plan.tracked(edit.tracked)
        return self.plan.step(REMOVAL, index, lambda: delete_row(part, row, self.plan.revisions, tracked=tracked))

    def _verdict(self, index: int, edit: AcceptChange | RejectChange) -> Step:
        verdict: Verdict = "accept" if isinstance(edit, AcceptChange) else "reject"
        if self._present is None:
            self._present = changes(self.plan.stories)
        chosen = choose(self._present, edit.change, path=self.plan.stories.package.path)
        for change in chosen:
            if self._verdicts.setdefault(change.element, verdict) != verdict:
                raise EditConflictError(f"another edit of the list settles {change.id} the other way", part=change.part)

        def make() -> None:
            halves = [
                replace(change, element=half)
                for change in chosen
                for half in self.plan.revisions.split_off.get(change.element, ())
            ]
            settle(self.plan.stories, [*chosen, *halves], verdict)

        return self.plan.step(SETTLE, index, make)
