"""Replacing the text of a paragraph, tracked or directly."""

from __future__ import annotations

from polydesk.office.docx.inline import W_DEL, W_ID, W_INS, W_PPR, W_RPR, Piece, pieces, text_of
from polydesk.office.docx.properties import same_xml
from polydesk.office.docx.revisions import Revisions
from polydesk.office.docx.runs import (
    is_marked,
    new_run,
    piece_after,
    piece_before,
    put_after,
    put_before,
    runs_between,
    set_words,
    split_at,
    wrap,
)
from polydesk.office.ooxml.characters import clean_text
from polydesk.office.ooxml.part import Element
from polydesk.office.worddiff import Replacement, word_differences


def replace_text(paragraph: Element, new: str, revisions: Revisions, *, tracked: bool) -> None:
    """Make `paragraph` read `new` by the smallest difference in words.

    What has no characters (notes, drawings, fields' marks, bookmarks, comments) stays where it is.
    """
    content = pieces(paragraph)
    differences = word_differences(text_of(content), clean_text(new), borders=_borders(content))
    first = len(revisions.made)
    for difference in reversed(differences):
        _replace(paragraph, difference, revisions, tracked=tracked)
    _number_in_order(paragraph, revisions, first)


def _number_in_order(paragraph: Element, revisions: Revisions, first: int) -> None:
    """Let the ids of the marks made from `first` on, which came from the end, rise as a reader meets them."""
    made = set(revisions.made[first:])
    in_order = [mark for mark in paragraph.iter(W_INS, W_DEL) if mark in made]
    ids = sorted((mark.get(W_ID, "") for mark in in_order), key=int)
    for mark, id in zip(in_order, ids, strict=True):
        mark.set(W_ID, id)
    revisions.made[first:] = in_order


def _borders(content: list[Piece]) -> set[int]:
    """Offsets where the look changes, a link, field or control begins or ends, or something without characters is."""
    found, position = set[int](), 0
    last: Piece | None = None
    for piece in content:
        if last is None or not (piece.run is last.run or _is_alike(piece.run, last.run)) or not piece.text:
            found.add(position)
        position += len(piece.text)
        last = piece if piece.text else None
    return found


def _is_alike(run: Element, other: Element) -> bool:
    one, two = run.find(W_RPR), other.find(W_RPR)
    if run.getparent() is not other.getparent() or (one is None) != (two is None):
        return False
    return one is None or two is None or same_xml(one, two)


def _replace(paragraph: Element, change: Replacement, revisions: Revisions, *, tracked: bool) -> None:
    if not tracked and _replaced_in_place(paragraph, change):
        return
    old_runs = runs_between(paragraph, change.start, change.end) if change.end > change.start else []
    if change.text:
        _insert(paragraph, change, old_runs, revisions, tracked=tracked)
    if tracked:
        wrap(old_runs, "del", revisions)
        return
    for run in old_runs:
        parent = run.getparent()
        assert parent is not None
        parent.remove(run)


def _insert(
    paragraph: Element, change: Replacement, old_runs: list[Element], revisions: Revisions, *, tracked: bool
) -> None:
    if old_runs:
        run = new_run(change.text, old_runs[0].find(W_RPR))
        put_after(old_runs[-1], _marked(run, revisions, tracked=tracked), paragraph, revisions)
        return
    split_at(paragraph, change.start)
    neighbour, is_before = _neighbour(paragraph, change.start)
    look = paragraph.find(f"{W_PPR}/{W_RPR}") if neighbour is None else neighbour.run.find(W_RPR)
    run = new_run(change.text, look)
    new = _marked(run, revisions, tracked=tracked)
    if neighbour is None:
        paragraph.append(new)
    elif is_before:
        put_after(neighbour.run, new, paragraph, revisions)
    else:
        put_before(neighbour.run, new, paragraph, revisions)


def _neighbour(paragraph: Element, offset: int) -> tuple[Piece | None, bool]:
    """The piece whose look words inserted at `offset` take, and whether it stands before them."""
    before, after = piece_before(paragraph, offset), piece_after(paragraph, offset)
    if before is not None and after is not None and after.depth < before.depth:
        return after, False  # Outside a link or field rather than inside its end.
    return (after, False) if before is None else (before, True)


def _marked(run: Element, revisions: Revisions, *, tracked: bool) -> Element:
    if not tracked:
        return run
    mark = revisions.mark("ins")
    mark.append(run)
    return mark


def _replaced_in_place(paragraph: Element, change: Replacement) -> bool:
    """Whether the change lay inside one `w:t` and was made there, which leaves the runs as they are."""
    if any(character in change.text for character in "\t\n\N{NON-BREAKING HYPHEN}\N{SOFT HYPHEN}"):
        return False
    chosen = _neighbour(paragraph, change.start)[0] if change.end == change.start else None
    position = 0
    for piece in pieces(paragraph):
        start, end = change.start - position, change.end - position
        position += len(piece.text)
        inside = 0 <= start < end <= len(piece.text)
        if chosen is not None:
            at_border = piece.node is chosen.node and start in (0, len(piece.text))
            inside = 0 < start < len(piece.text) or at_border
        if inside and piece.is_words and end - start < len(piece.text) and not is_marked(piece.run, paragraph):
            set_words(piece.node, piece.text[:start] + change.text + piece.text[end:])
            return True
    return False
