"""A document's view as lines of text for people: headings, lists, tables drawn, marks named, changes shown."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator, Sequence

from polydesk.cli.output import quoted, shortened
from polydesk.office.docx.views import (
    BlockView,
    CellView,
    ChangeView,
    CommentView,
    DocumentView,
    MarkView,
    ParagraphView,
    RowView,
    StoryView,
    TableView,
)

_LEAST_COLUMN = 6
_POINTS = {"footnote": "[{ref}]", "endnote": "[{ref}]", "image": "[image: {ref}]", "object": "[object: {ref}]"}
_NAMED = {"text_box": "[text box: {ref}]", "equation": "[equation]"}
_TITLES = {"header": "Header", "footer": "Footer", "text_box": "Text box", "body": "Body"}
_CHANGE_WORDS = {
    "insertion": "inserted",
    "deletion": "deleted",
    "move_from": "moved away",
    "move_to": "moved here",
    "paragraph_insertion": "paragraph inserted",
    "paragraph_deletion": "paragraph deleted",
    "row_insertion": "row inserted",
    "row_deletion": "row deleted",
    "cell_insertion": "cell inserted",
    "cell_deletion": "cell deleted",
    "cell_merge": "cells merged",
    "formatting": "formatting changed:",
}


def drawn(view: DocumentView, *, width: int, anchors: bool) -> Iterator[str]:
    """The lines of the whole document: what to know first, then each story, then comments and changes."""
    for finding in view.findings:
        yield f"! {finding.text}"
    if view.findings:
        yield ""
    for number, story in enumerate(view.stories):
        if story.kind == "comment":
            continue  # drawn with its thread below
        if number:
            yield f"── {_title(story)}"
        for block in story.blocks:
            yield from _block(block, width, anchors=anchors)
    if view.comments:
        yield "── Comments"
        yield from (line for comment in view.comments for line in comment_lines(comment, width, anchors=anchors))
        yield ""
    if view.changes:
        yield "── Tracked changes"
        yield from (change_line(change, anchors=anchors) for change in view.changes)


def change_line(change: ChangeView, *, anchors: bool = True) -> str:
    """One tracked change on one line."""
    words = shortened(change.text) if change.kind == "formatting" else quoted(change.text)
    when = f", {change.date[:10]}" if change.date else ""
    where = f"  [{change.anchor}]" if anchors and change.anchor else ""
    what = " ".join(part for part in (_CHANGE_WORDS[change.kind], words) if part)
    return f"{change.id}  {what} ({change.author or 'unnamed'}{when}){where}"


def comment_lines(comment: CommentView, width: int, *, anchors: bool = True) -> list[str]:
    """One comment: who said it on what, and the words."""
    about = f" on {quoted(comment.quote)}" if comment.quote else ""
    answers = f", answers {comment.parent}" if comment.parent else ""
    state = ", resolved" if comment.resolved else ""
    where = f"  [{comment.anchor}]" if anchors and comment.anchor else ""
    when = f", {comment.date[:10]}" if comment.date else ""
    head = f"{comment.id}  {comment.author or 'unnamed'}{when}{about}{answers}{state}{where}"
    indent = "    " if comment.parent is None else "        "
    return [head, *_wrapped(comment.text, width, indent)]


def _title(story: StoryView) -> str:
    if story.kind in ("footnote", "endnote"):
        return story.ref or story.kind
    return _TITLES.get(story.kind, story.kind)


def _block(block: BlockView, width: int, *, anchors: bool) -> Iterator[str]:
    if isinstance(block, TableView):
        yield from _table(block, width, anchors=anchors)
    else:
        yield from _paragraph(block, width, anchors=anchors)
    yield ""


def _paragraph(paragraph: ParagraphView, width: int, *, anchors: bool) -> Iterator[str]:
    if anchors:
        style = f" · {paragraph.style}" if paragraph.style and paragraph.level is None else ""
        yield f"[{paragraph.anchor}]{style}"
    text = marked(paragraph)
    label = f"{paragraph.label} " if paragraph.label else ""
    if paragraph.level is not None:
        label = f"{'#' * paragraph.level} {label}"
    if text or label:
        lines = _wrapped(label + text, width, "", " " * _cells(label) if paragraph.level is None else "")
        yield from lines
    if paragraph.changes:
        yield f"  ± {', '.join(paragraph.changes)}"


def marked(paragraph: ParagraphView) -> str:
    """The text with what is not characters named where it stands."""
    text = paragraph.text
    for mark in sorted(paragraph.marks, key=lambda mark: mark.end, reverse=True):
        text = text[: mark.end] + _mark(mark) + text[mark.end :]
    return text


def _mark(mark: MarkView) -> str:
    if mark.kind == "comment":
        return f"[{mark.ref or 'comment'}]"
    form = _POINTS.get(mark.kind) or _NAMED.get(mark.kind)
    if form is None:
        return ""
    return form.format(ref=shortened(mark.ref, 100) or "unnamed")


def _table(table: TableView, width: int, *, anchors: bool) -> Iterator[str]:
    if anchors:
        yield f"[{table.anchor}]"
    columns = max((sum(cell.columns for cell in row.cells) for row in table.rows), default=0)
    if not columns:
        return
    widths = _column_widths(table.rows, columns, width)
    rule = "├" + "┼".join("─" * (cell + 2) for cell in widths) + "┤"
    yield rule.replace("├", "┌").replace("┼", "┬").replace("┤", "┐")
    for number, row in enumerate(table.rows):
        if number:
            yield rule
        yield from _row(row, widths)
        if row.change:
            yield f"  ± {row.change}"
    yield rule.replace("├", "└").replace("┼", "┴").replace("┤", "┘")
    if anchors:
        yield from (f"  [{row.anchor}] row {number}" for number, row in enumerate(table.rows, 1))


def _row(row: RowView, widths: Sequence[int]) -> Iterator[str]:
    cells: list[tuple[int, list[str]]] = []
    at = 0
    for cell in row.cells:
        span = widths[at : at + cell.columns]
        at += cell.columns
        inner = sum(span) + 3 * (len(span) - 1)
        cells.append((inner, _wrapped(cell_text(cell), inner, "") or [""]))
    cells += [(one, [""]) for one in widths[at:]]
    for line in range(max(len(lines) for _, lines in cells)):
        texts = (_padded(lines[line] if line < len(lines) else "", inner) for inner, lines in cells)
        yield "│ " + " │ ".join(texts) + " │"


def cell_text(cell: CellView) -> str:
    """What a reader sees in a cell: its paragraphs with their marks, the text of tables inside, on lines."""
    if cell.merged_above:
        return "″"
    lines: list[str] = []
    for block in cell.blocks:
        if isinstance(block, ParagraphView):
            lines.append(f"{block.label} {marked(block)}" if block.label else marked(block))
        else:
            lines += [" | ".join(shortened(cell_text(inner)) for inner in row.cells) for row in block.rows]
    return "\n".join(lines)


def _column_widths(rows: Sequence[RowView], columns: int, width: int) -> list[int]:
    """Widths that hold the longest words of one-column cells where the page has room; else an equal share less."""
    widths = [_LEAST_COLUMN] * columns
    for row in rows:
        at = 0
        for cell in row.cells:
            if cell.columns == 1 and at < columns:
                longest = max((_cells(line) for line in cell_text(cell).splitlines()), default=0)
                widths[at] = max(widths[at], longest)
            at += cell.columns
    room = width - 3 * columns - 1
    while sum(widths) > room and max(widths) > _LEAST_COLUMN:
        widths[widths.index(max(widths))] -= max(1, min(max(widths) - _LEAST_COLUMN, (sum(widths) - room) // columns))
    return widths


def _wrapped(text: str, width: int, first: str, rest: str | None = None) -> list[str]:
    """`text` cut at spaces into lines of at most `width` cells, its own lines kept."""
    lines: list[str] = []
    for line in text.expandtabs(4).splitlines():
        wrapper = textwrap.TextWrapper(
            width=max(width, 2),
            initial_indent=first,
            subsequent_indent=first if rest is None else rest,
            break_on_hyphens=False,
            drop_whitespace=True,
        )
        lines += wrapper.wrap(line) or [""]
    return lines


def _cells(text: str) -> int:
    """How many cells of a terminal `text` takes (Unicode Standard Annex 11)."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def _padded(text: str, width: int) -> str:
    return text + " " * max(0, width - _cells(text))
