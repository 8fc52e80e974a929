"""Replacing the text of a paragraph, tracked or directly."""

from __future__ import annotations

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.docx.inline import W_PPR, W_RPR, pieces
from polydesk.office.docx.revisions import Revisions
from polydesk.office.docx.runs import (
    clean_text,
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
from polydesk.office.ooxml.part import Element
from polydesk.office.worddiff import Replacement, word_differences


def replace_text(paragraph: Element, new: str, revisions: Revisions, *, tracked: bool) -> None:
    """Make `paragraph` read `new` by the smallest difference in words.

    What has no characters (notes, drawings, fields' marks, bookmarks, comments) stays where it is.
    """
    old = "".join(piece.text for piece in pieces(paragraph))
    for difference in reversed(word_differences(old, clean_text(new))):
        _replace(paragraph, difference, revisions, tracked=tracked)


def find_span(text: str, *, find: str | None, start: int | None, end: int | None, at: str) -> tuple[int, int]:
    """The characters that an edit names, as offsets; the whole text when it names none.

    Raises UnsupportedEditError when the words do not occur exactly once or the offsets lie outside.
    """
    if find is not None:
        count = text.count(find) if find else 0
        if count != 1:
            raise UnsupportedEditError(
                f"{find!r} occurs {count} times in the paragraph at {at}; quote words that occur exactly once, or "
                "give start and end"
            )
        position = text.index(find)
        return position, position + len(find)
    if start is None and end is None:
        return 0, len(text)
    first, last = start or 0, len(text) if end is None else end
    if not 0 <= first <= last <= len(text):
        raise UnsupportedEditError(
            f"characters {first} to {last} lie outside the paragraph at {at}, which has {len(text)}"
        )
    return first, last


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
    before, after = piece_before(paragraph, change.start), piece_after(paragraph, change.start)
    neighbour = before or after
    look = paragraph.find(f"{W_PPR}/{W_RPR}") if neighbour is None else neighbour.run.find(W_RPR)
    if before is not None and after is not None and after.depth < before.depth:
        neighbour, look = after, after.run.find(W_RPR)  # Outside a link or field rather than inside its end.
    run = new_run(change.text, look)
    new = _marked(run, revisions, tracked=tracked)
    if neighbour is None:
        paragraph.append(new)
    elif neighbour is before:
        put_after(neighbour.run, new, paragraph, revisions)
    else:
        put_before(neighbour.run, new, paragraph, revisions)


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
    position = 0
    for piece in pieces(paragraph):
        end = position + len(piece.text)
        if (
            piece.is_words
            and position <= change.start < end
            and change.end <= end
            and change.end - change.start < len(piece.text)
        ):
            set_words(
                piece.node, piece.text[: change.start - position] + change.text + piece.text[change.end - position :]
            )
            return True
        position = end
    return False
