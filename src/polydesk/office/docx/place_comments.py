"""Comments of a reviewer's copy put on the same words of the base."""

from __future__ import annotations

from collections.abc import Sequence

from polydesk.office.docx.aligning import aligned
from polydesk.office.docx.comments import mark_span
from polydesk.office.docx.compare_stories import Block, likeness
from polydesk.office.docx.importing import Importer
from polydesk.office.docx.inline import W_ID, paragraph_text, pieces
from polydesk.office.docx.stories import Stories
from polydesk.office.docx.styles import Styles
from polydesk.office.ooxml.names import W
from polydesk.office.ooxml.part import Element

_MARKS = (f"{W}commentRangeStart", f"{W}commentRangeEnd", f"{W}commentReference")


def place_comments(importer: Importer, target: Stories, source: Stories, paragraphs: Sequence[Element]) -> list[str]:
    """Mark the words of `paragraphs` that the imported comments are about; sentences on those that lost their words.

    A comment stands on the paragraph that answers to its own: on the same words where they occur there once, else on
    all of it.
    """
    places = _places(importer, source)
    if not places:
        return []
    standing = [paragraph for paragraph in paragraphs if paragraph.getparent() is not None]
    theirs = source.paragraphs(source.main_part)
    pairs = aligned([Block(p) for p in standing], [Block(p) for p in theirs], lambda block: block.text, likeness)
    answers = {theirs[j]: standing[i] for i, j in pairs}
    styles = Styles(target)
    notes: list[str] = []
    for number, (paragraph, quote) in places.items():
        own = answers.get(paragraph)
        if own is None:
            notes.append(f"A comment on {quote!r} stands at the first paragraph: the base has no such words.")
            own = standing[0]
        text = paragraph_text(own)
        start = text.find(quote) if quote and text.count(quote) == 1 else -1
        span = (start, start + len(quote)) if start >= 0 else (0, len(text))
        target.main.touch(own)
        mark_span(own, span, importer.comments[number], styles)
    return notes


def _places(importer: Importer, source: Stories) -> dict[str, tuple[Element, str]]:
    """By number of an imported comment: the paragraph where its range begins, and its words there."""
    found: dict[str, tuple[Element, str]] = {}
    for paragraph in source.paragraphs(source.main_part):
        words = {piece.node: piece.text for piece in pieces(paragraph)}
        open_ranges: dict[str, list[str]] = {}
        for node in paragraph.iter("*"):
            number = node.get(W_ID, "")
            if node.tag in _MARKS and number not in importer.comments:
                continue
            if node.tag == _MARKS[0]:
                open_ranges[number] = []
                found[number] = (paragraph, "")
            elif node.tag == _MARKS[1] and number in open_ranges:
                found[number] = (paragraph, "".join(open_ranges.pop(number)))
            elif node.tag == _MARKS[2]:
                found.setdefault(number, (paragraph, ""))
            elif node in words:
                for quote in open_ranges.values():
                    quote.append(words[node])
    return found
