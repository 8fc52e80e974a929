"""Replacing the words of a paragraph; what stays keeps its runs."""

from __future__ import annotations

import re
from copy import deepcopy

from lxml import etree

from polydesk.office.ooxml.characters import clean_text
from polydesk.office.ooxml.names import A
from polydesk.office.ooxml.part import Element
from polydesk.office.pptx.names import A_BR, A_END, A_R, A_RPR, A_T
from polydesk.office.pptx.text import Piece, pieces
from polydesk.office.worddiff import Replacement, word_differences

_TOKENS = re.compile(r"\n|[^\n]+")
_LINKS = (f"{A}hlinkClick", f"{A}hlinkMouseOver")


def replace_words(paragraph: Element, new: str) -> list[str]:
    """Make the paragraph read `new` by the smallest difference in words; return the types of fields made plain.

    Equations and fields whose text stays are left where they are.
    """
    content = pieces(paragraph)
    old, lost = "".join(piece.text for piece in content), list[str]()
    for difference in reversed(word_differences(old, clean_text(new), borders=_borders(content))):
        lost += _replace(paragraph, difference)
    return lost


def new_runs(text: str, look: Element | None) -> list[Element]:
    """Runs and line breaks that show `text`, each with a copy of the run properties `look`."""
    return [_new_piece(token, look) for token in _TOKENS.findall(text)]


def plain_look(paragraph: Element) -> Element | None:
    """The look that words put into an empty or new paragraph take: of its first run, else of its end; no link."""
    for piece in pieces(paragraph):
        if piece.kind in ("run", "field", "break"):
            return _without_links(piece.node.find(A_RPR))
    return paragraph.find(A_END)


def append_piece(paragraph: Element, new: Element) -> None:
    """Put a run last in a paragraph, in front of what describes its end."""
    end = paragraph.find(A_END)
    if end is None:
        paragraph.append(new)
    else:
        end.addprevious(new)


def _borders(content: list[Piece]) -> set[int]:
    """Offsets where the look changes or something else than words is."""
    found, position = set[int](), 0
    last: Piece | None = None
    for piece in content:
        if last is None or piece.kind != "run" or last.kind != "run" or not _is_alike(piece.node, last.node):
            found.add(position)
        position += len(piece.text)
        last = piece
    return found


def _is_alike(run: Element, other: Element) -> bool:
    looks = [None if node is None else etree.tostring(node) for node in (run.find(A_RPR), other.find(A_RPR))]
    return looks[0] == looks[1]


def _replace(paragraph: Element, change: Replacement) -> list[str]:
    if _replaced_in_place(paragraph, change):
        return []
    lost = _open_fields(paragraph, change)
    _split_at(paragraph, change.start)
    _split_at(paragraph, change.end)
    covered, before, after = _around(paragraph, change)
    look = _look(covered, before, after, paragraph)
    reference = covered[0].node if covered else None if before is None else before.node
    new = new_runs(change.text, look)
    if reference is None:
        for node in new:
            if after is not None:
                after.node.addprevious(node)
            else:
                append_piece(paragraph, node)
    else:
        for node in reversed(new):
            reference.addnext(node)
    for piece in covered:
        paragraph.remove(piece.node)
    return lost


def _around(paragraph: Element, change: Replacement) -> tuple[list[Piece], Piece | None, Piece | None]:
    """The pieces that show exactly the characters of the change, and the last with words before and first after it."""
    covered: list[Piece] = []
    before, after, position = None, None, 0
    for piece in pieces(paragraph):
        start, end = position, position + len(piece.text)
        position = end
        if not piece.text:
            continue
        if end <= change.start:
            before = piece
        elif start >= change.end:
            after = after or piece
        else:
            covered.append(piece)
    return covered, before, after


def _look(covered: list[Piece], before: Piece | None, after: Piece | None, paragraph: Element) -> Element | None:
    if covered:
        return covered[0].node.find(A_RPR)
    chosen = before
    if before is None or (_is_linked(before) and after is not None and not _is_linked(after)):
        chosen = after
    if chosen is None:
        return paragraph.find(A_END)
    look = chosen.node.find(A_RPR)
    inside = before is not None and after is not None and _is_linked(before) and _is_linked(after)
    return look if inside else _without_links(look)


def _is_linked(piece: Piece) -> bool:
    look = piece.node.find(A_RPR)
    return look is not None and any(look.find(link) is not None for link in _LINKS)


def _without_links(look: Element | None) -> Element | None:
    if look is None or all(look.find(link) is None for link in _LINKS):
        return look
    copy = deepcopy(look)
    for child in [child for child in copy if child.tag in _LINKS]:
        copy.remove(child)
    return copy


def _replaced_in_place(paragraph: Element, change: Replacement) -> bool:
    """Whether the change lay inside one run and was made in its text, which leaves all else as it is."""
    if "\n" in change.text:
        return False
    position = 0
    for piece in pieces(paragraph):
        start, end = change.start - position, change.end - position
        position += len(piece.text)
        if piece.kind != "run" or start < 0 or end > len(piece.text):
            continue
        at_edge = start == end and start in (0, len(piece.text))
        if at_edge and not (start and not _is_linked(piece)):
            continue  # An insertion takes the look of the words before it, and stays out of a link that ends there.
        if not at_edge and start == end == 0:
            continue
        new = piece.text[:start] + change.text + piece.text[end:]
        if not new:
            continue
        words = piece.node.find(A_T)
        if words is not None:
            words.text = new
            return True
    return False


def _open_fields(paragraph: Element, change: Replacement) -> list[str]:
    """Turn fields of which only a part is replaced into plain runs; return the types of all that go."""
    lost, position = list[str](), 0
    for piece in pieces(paragraph):
        start, end = position, position + len(piece.text)
        position = end
        touches = (start < change.end and change.start < end) or start < change.start == change.end < end
        if piece.kind == "field" and touches:
            lost.append(piece.node.get("type", "field"))
            if not (change.start <= start and end <= change.end):
                _make_plain(piece)
    return lost


def _make_plain(field: Piece) -> None:
    look = field.node.find(A_RPR)
    run = _new_piece(field.text, look)
    field.node.addprevious(run)
    parent = field.node.getparent()
    assert parent is not None
    parent.remove(field.node)


def _split_at(paragraph: Element, offset: int) -> None:
    """Make character `offset` a border between runs."""
    position = 0
    for piece in pieces(paragraph):
        at = offset - position
        position += len(piece.text)
        if 0 < at < len(piece.text) and piece.kind == "run":
            second = deepcopy(piece.node)
            second.tail = None
            for node, text in ((piece.node, piece.text[:at]), (second, piece.text[at:])):
                words = node.find(A_T)
                assert words is not None
                words.text = text
            piece.node.addnext(second)
            return


def _new_piece(text: str, look: Element | None) -> Element:
    node = etree.Element(A_BR if text == "\n" else A_R)
    if look is not None:
        copy = deepcopy(look)
        copy.tag, copy.tail = A_RPR, None
        node.append(copy)
    if text != "\n":
        etree.SubElement(node, A_T).text = text
    return node
