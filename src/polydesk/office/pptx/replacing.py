"""Find and replace through a whole presentation, as edits that can be looked at one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from polydesk.core.errors import UsageError
from polydesk.office.pptx.text_edits import ReplaceText
from polydesk.office.pptx.views import CellView, PresentationView, ShapeView


def replacements(
    view: PresentationView, find: str, text: str, *, match_case: bool = True, whole_words: bool = False
) -> list[ReplaceText]:
    """One edit for each place where `find` stands: in shapes, groups, table cells and notes, in reading order.

    Charts, SmartArt and text of layouts are not looked at. Raises UsageError when there is nothing to find.
    """
    if not find:
        raise UsageError("there is nothing to find: give the words to be replaced")
    pattern = re.escape(find)
    if whole_words:
        pattern = rf"(?<!\w){pattern}(?!\w)"
    wanted = re.compile(pattern, 0 if match_case else re.IGNORECASE)
    return [
        ReplaceText(at=anchor, start=match.start(), end=match.end(), text=text)
        for anchor, paragraph in _paragraphs(view)
        for match in wanted.finditer(paragraph)
    ]


def _paragraphs(view: PresentationView) -> Iterator[tuple[str, str]]:
    for slide in view.slides:
        yield from _in_shapes(slide.shapes)
        if slide.notes is not None:
            yield from ((paragraph.anchor, paragraph.text) for paragraph in slide.notes.paragraphs)


def _in_shapes(shapes: Sequence[ShapeView]) -> Iterator[tuple[str, str]]:
    for shape in shapes:
        yield from ((paragraph.anchor, paragraph.text) for paragraph in shape.paragraphs)
        for row in shape.rows:
            for cell in row.cells:
                yield from _in_cell(cell)
        yield from _in_shapes(shape.shapes)


def _in_cell(cell: CellView) -> Iterator[tuple[str, str]]:
    if cell.paragraphs:
        yield from ((paragraph.anchor, paragraph.text) for paragraph in cell.paragraphs)
    elif not cell.merged:
        # The view leaves a plain cell's only paragraph out; the cell's text is its text.
        yield f"{cell.anchor.partition('~')[0]}/p1", cell.text.replace("\v", "\n")
