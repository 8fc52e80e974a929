"""Typed edits onto a Word document: places found first, conflicts refused, then each edit made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from polydesk.core.errors import EditConflictError, OfficeError, UnsupportedEditError
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
from polydesk.office.docx.revisions import Revisions
from polydesk.office.docx.runs import clean_text
from polydesk.office.docx.stories import Stories
from polydesk.office.docx.styles import Styles
from polydesk.office.docx.tables import delete_row, insert_row, set_cell
from polydesk.office.docx.text import find_span, replace_text
from polydesk.office.ooxml.part import Element, XmlPart


@dataclass(slots=True)
class Applied:
    """What one edit did."""

    edit: Edit
    made: list[Element] = field(default_factory=list[Element])
    """The marks and comments that it made, those included that a later edit took out again."""


@dataclass(slots=True)
class _Step:
    """One edit with its place found, ready to be made."""

    phase: int
    index: int
    edits: list[int]
    make: Callable[[], object]


# Within one list: what leaves characters alone, then words and looks, then what is new, then what goes away, whose
# neighbours the new may be, then changes that were there before.
_COMMENT, _WORDS, _INSERTION, _REMOVAL, _SETTLE = range(5)


def apply_edits(stories: Stories, edits: Sequence[Edit], revisions: Revisions) -> list[Applied]:
    """Make every edit and return what each did, in the order given.

    All places are found before anything changes, so anchors mean the document as it was. Raises OfficeError, naming
    the number of the edit; the package is then half changed and must be dropped.
    """
    applied = [Applied(edit) for edit in edits]
    for step in sorted(_Planner(stories, revisions).steps(edits), key=lambda step: (step.phase, step.index)):
        before = len(revisions.made)
        with _numbered(step.index, edits[step.index]):
            step.make()
        for index in step.edits:
            applied[index].made += revisions.made[before:]
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

    def __init__(self, stories: Stories, revisions: Revisions) -> None:
        self._stories = stories
        self._revisions = revisions
        self._styles = Styles(stories)
        self._words: dict[Element, _Step] = {}
        self._word_tracking: dict[Element, bool] = {}
        self._spans: dict[Element, list[tuple[int, int, str]]] = {}
        self._gone: dict[Element, int] = {}
        self._last_after: dict[Element, Element] = {}
        self._present: list[Change] | None = None
        self._verdicts: dict[Element, Verdict] = {}

    def steps(self, edits: Sequence[Edit]) -> list[_Step]:
        """One step for each edit; replacements in one paragraph share one."""
        found: list[_Step] = []
        for index, edit in enumerate(edits):
            with _numbered(index, edit):
                step = self._step(index, edit)
            if step is not None:
                found.append(step)
        return found

    def _step(self, index: int, edit: Edit) -> _Step | None:
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
                return self._simple(
                    _COMMENT,
                    index,
                    lambda: reply_comment(self._stories, edit.comment, edit.text, self._revisions, self._styles),
                )
            case ResolveComment():
                return self._simple(
                    _COMMENT,
                    index,
                    lambda: resolve_comment(self._stories, edit.comment, self._revisions, resolved=edit.resolved),
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
                assert_never(edit)

    def _simple(self, phase: int, index: int, make: Callable[[], object]) -> _Step:
        return _Step(phase, index, [index], make)

    def _tracked(self, choice: bool | None) -> bool:
        return self._revisions.tracked if choice is None else choice

    def _replace(self, index: int, edit: ReplaceText) -> _Step | None:
        part, paragraph = self._stories.paragraph_at(edit.at)
        text = paragraph_text(paragraph)
        start, end = find_span(text, find=edit.find, start=edit.start, end=edit.end, at=edit.at)
        spans = self._spans.setdefault(paragraph, [])
        if any(
            (start < other_end and other_start < end) or (start, end) == (other_start, other_end)
            for other_start, other_end, _ in spans
        ):
            raise EditConflictError(
                f"another edit of the list replaces some of the same words at {edit.at}", part=part.name
            )
        spans.append((start, end, clean_text(edit.text)))
        tracked = self._tracked(edit.tracked)
        if self._word_tracking.setdefault(paragraph, tracked) is not tracked:
            raise EditConflictError(
                f"another edit of the list replaces words at {edit.at} with another choice of tracked", part=part.name
            )
        step = self._words.get(paragraph)
        if step is not None:
            step.edits.append(index)
            return None

        def make() -> None:
            new = _with_spans(text, self._spans[paragraph])
            for target in (paragraph, mirror_of(paragraph)):
                if target is not None:
                    part.touch(target)
                    replace_text(target, new, self._revisions, tracked=tracked)

        step = self._words[paragraph] = _Step(_WORDS, index, [index], make)
        return step

    def _insert(self, index: int, edit: InsertParagraph) -> _Step:
        anchor, before = _one_side(edit.after, edit.before)
        part, reference = self._stories.paragraph_at(anchor)
        if edit.style is not None:
            self._styles.paragraph_style(edit.style)
        tracked = self._tracked(edit.tracked)

        def make() -> None:
            new = new_paragraph(edit.text, reference, edit.style, self._styles)
            if before:
                insert_before(part, reference, new, self._revisions, tracked=tracked)
                return
            # Several insertions after one paragraph stand in the order of the list.
            insert_after(part, self._last_after.get(reference, reference), new, self._revisions, tracked=tracked)
            self._last_after[reference] = new

        return self._simple(_INSERTION, index, make)

    def _delete(self, index: int, edit: DeleteParagraph) -> _Step:
        part, paragraph = self._stories.paragraph_at(edit.at)
        self._claim(index, part, paragraph)
        tracked = self._tracked(edit.tracked)
        return self._simple(
            _REMOVAL, index, lambda: delete_paragraph(part, paragraph, self._revisions, tracked=tracked)
        )

    def _move(self, index: int, edit: MoveParagraph) -> _Step:
        anchor, before = _one_side(edit.after, edit.before)
        part, paragraph = self._stories.paragraph_at(edit.at)
        target_part, target = self._stories.paragraph_at(anchor)
        if target_part is not part:
            raise UnsupportedEditError(
                f"a paragraph can be moved within one part only; {edit.at} and {anchor} are in different ones"
            )
        self._claim(index, part, paragraph)
        tracked = self._tracked(edit.tracked)
        return self._simple(
            _REMOVAL,
            index,
            lambda: move_paragraph(part, paragraph, target, self._revisions, before=before, tracked=tracked),
        )

    def _claim(self, index: int, part: XmlPart, element: Element) -> None:
        """Refuse a second edit that takes away what another has taken."""
        if element in self._gone:
            raise EditConflictError(
                f"edit {self._gone[element] + 1} of the list deletes or moves the same place", part=part.name
            )
        self._gone[element] = index

    def _restyle(self, index: int, edit: SetStyle) -> _Step:
        part, paragraph = self._stories.paragraph_at(edit.at)
        style = self._styles.paragraph_style(edit.style)
        tracked = self._tracked(edit.tracked)
        return self._simple(_WORDS, index, lambda: set_style(part, paragraph, style, self._revisions, tracked=tracked))

    def _comment(self, index: int, edit: AddComment) -> _Step:
        part, paragraph = self._stories.paragraph_at(edit.at)
        span = find_span(paragraph_text(paragraph), find=edit.find, start=edit.start, end=edit.end, at=edit.at)
        return self._simple(
            _COMMENT,
            index,
            lambda: add_comment(self._stories, part, paragraph, span, edit.text, self._revisions, self._styles),
        )

    def _cell(self, index: int, edit: SetCell) -> _Step:
        part, cell = self._stories.cell_at(edit.at)
        self._claim(index, part, cell)
        tracked = self._tracked(edit.tracked)
        return self._simple(
            _WORDS,
            index,
            lambda: set_cell(part, cell, edit.text, self._styles, self._revisions, tracked=tracked),
        )

    def _new_row(self, index: int, edit: InsertRow) -> _Step:
        anchor, before = _one_side(edit.after, edit.before)
        part, neighbour = self._stories.row_at(anchor)
        tracked = self._tracked(edit.tracked)

        def make() -> None:
            beside = neighbour if before else self._last_after.get(neighbour, neighbour)
            row = insert_row(part, beside, edit.cells, self._revisions, before=before, tracked=tracked)
            if not before:
                self._last_after[neighbour] = row

        return self._simple(_INSERTION, index, make)

    def _old_row(self, index: int, edit: DeleteRow) -> _Step:
        part, row = self._stories.row_at(edit.at)
        self._claim(index, part, row)
        tracked = self._tracked(edit.tracked)
        return self._simple(_REMOVAL, index, lambda: delete_row(part, row, self._revisions, tracked=tracked))

    def _verdict(self, index: int, edit: AcceptChange | RejectChange) -> _Step:
        verdict: Verdict = "accept" if isinstance(edit, AcceptChange) else "reject"
        if self._present is None:
            self._present = changes(self._stories)
        chosen = choose(self._present, edit.change, path=self._stories.package.path)
        for change in chosen:
            if self._verdicts.setdefault(change.element, verdict) != verdict:
                raise EditConflictError(f"another edit of the list settles {change.id} the other way", part=change.part)

        def make() -> None:
            halves = [
                replace(change, element=half)
                for change in chosen
                for half in self._revisions.split_off.get(change.element, ())
            ]
            settle(self._stories, [*chosen, *halves], verdict)

        return self._simple(_SETTLE, index, make)


def _one_side(after: str | None, before: str | None) -> tuple[str, bool]:
    """The anchor, and whether the new thing goes in front of it."""
    if (after is None) == (before is None):
        raise UnsupportedEditError("give either `after` or `before`, one of the two")
    return (before, True) if before is not None else (after or "", False)


def _with_spans(text: str, spans: list[tuple[int, int, str]]) -> str:
    for start, end, new in sorted(spans, reverse=True):
        text = text[:start] + new + text[end:]
    return text
