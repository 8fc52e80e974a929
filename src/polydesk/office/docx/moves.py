"""What exists only once in a paragraph follows it when its tracked move is accepted."""

from __future__ import annotations

from polydesk.office.docx.inline import W_PPR, W_R, pieces, shown_characters
from polydesk.office.docx.paragraphs import RANGE_MARKS
from polydesk.office.docx.runs import piece_before, split_at
from polydesk.office.ooxml.names import W, local_name
from polydesk.office.ooxml.part import Element, XmlPart

_REFERENCE = f"{W}commentReference"


def carry_over(part: XmlPart, source: Element, target: Element) -> None:
    """Take bookmarks and comment marks from the origin of a move to its destination, to the same characters.

    A pending move shows the paragraph twice, but a bookmark or comment can stand in one place alone: until then it
    stays at the origin, so that rejecting the move loses nothing.
    """
    marks = _marks(source)
    if not marks:
        return
    part.touch(source)
    part.touch(target)
    for offset, mark in marks:
        split_at(target, offset)
        before = piece_before(target, offset)
        if before is None:
            target.insert(0 if target.find(W_PPR) is None else 1, mark)
            continue
        node = before.run
        while (parent := node.getparent()) is not None and next(node.iterancestors(W_R), None) is not None:
            node = parent  # Words with a reading above them are runs within a run.
        while (following := node.getnext()) is not None and any(following is placed for _, placed in marks):
            node = following
        node.addnext(mark)


def _marks(source: Element) -> list[tuple[int, Element]]:
    """Each mark with the number of characters before it."""
    position, found = 0, list[tuple[int, Element]]()
    nodes = {piece.node for piece in pieces(source)}
    for node in source.iter():
        if node.tag in RANGE_MARKS and not local_name(node.tag).startswith("move"):
            found.append((position, node))
        elif node.tag == _REFERENCE:
            run = node.getparent()
            if run is not None and run.tag == W_R:
                found.append((position, run))
        elif node in nodes:
            position += len(shown_characters(node))
    return found
