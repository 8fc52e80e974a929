"""What a reader finds in a Word document, as plain values that two documents can be compared by."""

from __future__ import annotations

from typing import Any

from polydesk.office.docx.document import Document
from polydesk.office.docx.sections import page_ends
from polydesk.office.docx.stories import Stories
from polydesk.office.docx.views import BlockView, ParagraphView, StoryView
from polydesk.office.opc.package import Package

_COUNTED = frozenset({"footnote", "endnote", "image", "object", "text_box", "equation"})


def contents(data: bytes, *, looks: bool = True) -> dict[str, Any]:
    """Body, headers and footers by section, notes that are referred to, and text boxes."""
    view = Document(data).view()
    by_part = {story.part: story for story in view.stories if story.kind in ("header", "footer")}
    notes = {story.ref: story for story in view.stories if story.kind in ("footnote", "endnote")}
    body = [story for story in view.stories if story.kind == "body"]
    stories = Stories(Package.open(data))
    last = list(page_ends(stories).values())[-1:]
    return {
        "body": [_blocks(story.blocks, looks=looks) for story in body],
        "notes": [_blocks(notes[ref].blocks, looks=looks) for ref in _references(body) if ref in notes],
        "page ends": {
            place: text
            for ends in last
            for place, part in ends.items()
            if (text := _text(by_part[part])) and part in by_part
        },
        "boxes": [
            _blocks(story.blocks, looks=looks)
            for story in view.stories
            if story.kind == "text_box" and story.part == body[0].part
        ],
    }


def _blocks(blocks: tuple[BlockView, ...], *, looks: bool) -> list[Any]:
    found: list[Any] = []
    if not blocks or not isinstance(blocks[-1], ParagraphView):
        # Word puts an empty paragraph there when it opens such a file.
        blocks = (*blocks, ParagraphView(anchor="", text=""))
    for block in blocks:
        if isinstance(block, ParagraphView):
            runs = [(run.text, run.bold, run.italic, run.underline, run.strike, run.link) for run in block.runs]
            kinds = [mark.kind for mark in block.marks if mark.kind in _COUNTED]
            found.append(
                (
                    block.text,
                    (block.style if looks and block.style != "Normal" else None),
                    runs if looks else None,
                    kinds,
                )
            )
        else:
            found.append(
                [[(_blocks(cell.blocks, looks=looks), cell.columns) for cell in row.cells] for row in block.rows]
            )
    return found


def _references(stories: list[StoryView]) -> list[str]:
    return [
        mark.ref
        for story in stories
        for paragraph in _paragraphs(story.blocks)
        for mark in paragraph.marks
        if mark.kind in ("footnote", "endnote") and mark.ref is not None
    ]


def _paragraphs(blocks: tuple[BlockView, ...]) -> list[ParagraphView]:
    found: list[ParagraphView] = []
    for block in blocks:
        if isinstance(block, ParagraphView):
            found.append(block)
        else:
            for row in block.rows:
                for cell in row.cells:
                    found += _paragraphs(cell.blocks)
    return found


def _text(story: StoryView) -> str:
    return "\n".join(paragraph.text for paragraph in _paragraphs(story.blocks))
