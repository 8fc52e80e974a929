"""What edits did to a document, for people: each place once, its words before and after."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from polydesk.cli.drawing import change_line, comment_lines
from polydesk.cli.output import quoted
from polydesk.copilot.provenance import Edited, texts_of
from polydesk.core.document_receipts import DocumentChange, DocumentReceipt
from polydesk.office.docx.views import ChangeView

_WIDTH = 100
_REWRITING = frozenset({"insertion", "deletion"})


def difference_lines(edited: Edited, receipt: DocumentReceipt) -> list[str]:
    """Lines on every change that `receipt` lists, in the order of the document, then what left no mark there."""
    ids = {id for change in receipt.changes for id in change.change_ids}
    places = {id: change.anchor for change in receipt.changes for id in change.change_ids}
    after = edited.after
    old, new = texts_of(edited.before), texts_of(after)
    lines: list[str] = []
    for group in _by_paragraph([change for change in after.changes if change.id in ids]):
        there, here = places[group[0].id], group[0].anchor or ""
        if len(group) > 1 and there in old and here in new and all(one.kind in _REWRITING for one in group):
            lines += _rewritten(group, there, old[there], new[here])
        else:
            lines += [change_line(change) for change in group]
    for comment in after.comments:
        if comment.id in ids:
            lines += comment_lines(comment, _WIDTH)
    return [*lines, *(unmarked_line(change) for change in receipt.changes if not change.change_ids)]


def unmarked_line(change: DocumentChange) -> str:
    """A change that left no mark, on one line."""
    words = " → ".join(text for text in (quoted(change.before), quoted(change.after)) if text)
    place = f"[{change.anchor}]" if change.anchor else ""
    return " ".join(part for part in (change.kind.replace("_", " "), words, place) if part)


def id_range(ids: Sequence[str]) -> str:
    """Ids for people: the first and last of many."""
    return ", ".join(ids) if len(ids) <= 3 else f"{ids[0]} … {ids[-1]} ({len(ids)} changes)"


def _by_paragraph(changes: Sequence[ChangeView]) -> Iterator[list[ChangeView]]:
    group: list[ChangeView] = []
    for change in changes:
        if group and (change.anchor is None or change.anchor != group[-1].anchor):
            yield group
            group = []
        group.append(change)
    if group:
        yield group


def _rewritten(group: Sequence[ChangeView], place: str, old: str, new: str) -> list[str]:
    return [
        f"[{place}] {id_range([change.id for change in group])}",
        *_marked_lines(old, "  - "),
        *_marked_lines(new, "  + "),
    ]


def _marked_lines(text: str, mark: str) -> list[str]:
    return [
        line
        for paragraph in text.splitlines() or [""]
        for line in textwrap.wrap(paragraph, _WIDTH, initial_indent=mark, subsequent_indent="    ") or [mark.rstrip()]
    ]
