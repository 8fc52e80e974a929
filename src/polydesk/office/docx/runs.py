"""Runs: splitting them at characters, building them from text, and wrapping them in marks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy

from lxml import etree

from polydesk.office.docx.inline import (
    DELETIONS,
    INSERTIONS,
    W_ID,
    W_R,
    W_RPR,
    W_SDT,
    W_T,
    Piece,
    pieces,
)
from polydesk.office.docx.revisions import Revisions
from polydesk.office.ooxml.names import XML, W
from polydesk.office.ooxml.part import Element

_XML_SPACE = f"{XML}space"
_TOKENS = re.compile("[\t\n\N{NON-BREAKING HYPHEN}\N{SOFT HYPHEN}]|[^\t\n\N{NON-BREAKING HYPHEN}\N{SOFT HYPHEN}]+")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ELEMENT_OF = {
    "\t": f"{W}tab",
    "\n": f"{W}br",
    "\N{NON-BREAKING HYPHEN}": f"{W}noBreakHyphen",
    "\N{SOFT HYPHEN}": f"{W}softHyphen",
}
_DELETED_NAME = {W_T: f"{W}delText", f"{W}instrText": f"{W}delInstrText"}
_LIVE_NAME = {deleted: live for live, deleted in _DELETED_NAME.items()}


def new_run(text: str, look: Element | None) -> Element:
    """A run that shows `text` with a copy of the run properties `look`; tabs and line breaks become elements."""
    run = etree.Element(W_R)
    if look is not None and len(look):
        run.append(look_of(look))
    for token in _TOKENS.findall(text):
        name = _ELEMENT_OF.get(token)
        if name is not None:
            etree.SubElement(run, name)
        else:
            set_words(etree.SubElement(run, W_T), token)
    return run


def look_of(properties: Element) -> Element:
    """A copy of run or paragraph-mark properties as a plain `w:rPr`, without marks of tracked changes."""
    copy = deepcopy(properties)
    copy.tail = None
    for child in list(copy):
        if child.tag in _MARKS:
            copy.remove(child)
    return copy


_MARKS = frozenset(f"{W}{name}" for name in ("ins", "del", "moveFrom", "moveTo", "rPrChange"))


def set_words(node: Element, text: str) -> None:
    """Give `w:t` or `w:delText` its characters, keeping white space at the ends."""
    node.text = text
    if text != text.strip():
        node.set(_XML_SPACE, "preserve")


def split_at(paragraph: Element, offset: int) -> None:
    """Make character `offset` a border between runs. No characters move."""
    position = 0
    for piece in pieces(paragraph):
        length = len(piece.text)
        if position < offset < position + length and piece.is_words:
            _split_words(piece, offset - position)
            return split_at(paragraph, offset)
        position += length
        if position == offset and length:
            _split_run_after(piece)
            return None
    return None


def runs_between(paragraph: Element, start: int, end: int) -> list[Element]:
    """The runs that show exactly the characters `start` to `end`, split off from others and from what has none."""
    split_at(paragraph, start)
    split_at(paragraph, end)
    position, chosen = 0, list[Piece]()
    for piece in pieces(paragraph):
        length = len(piece.text)
        if length and start <= position and position + length <= end:
            chosen.append(piece)
        position += length
    return _alone(chosen)


def piece_before(paragraph: Element, offset: int) -> Piece | None:
    """The piece whose last character stands directly before `offset`; None at the beginning."""
    position, found = 0, None
    for piece in pieces(paragraph):
        position += len(piece.text)
        if piece.text:
            found = piece
        if position >= offset:
            break
    return found if offset else None


def piece_after(paragraph: Element, offset: int) -> Piece | None:
    """The piece whose first character stands at `offset`; None at the end."""
    position = 0
    for piece in pieces(paragraph):
        if piece.text and position >= offset:
            return piece
        position += len(piece.text)
    return None


def wrap(runs: Sequence[Element], name: str, revisions: Revisions) -> list[Element]:
    """Put each group of neighbouring siblings among `runs` into one mark called `name`, such as `del`."""
    wrappers: list[Element] = []
    for group in _neighbours(runs):
        wrapper = revisions.mark(name)
        group[0].addprevious(wrapper)
        wrapper.extend(group)
        wrappers.append(wrapper)
        if name == "del":  # A moved run keeps `w:t` (ISO/IEC 29500-1, 17.13.5.22).
            for run in group:
                rename_words(run, deleted=True)
    return wrappers


def rename_words(element: Element, *, deleted: bool) -> None:
    """Turn `w:t` and `w:instrText` below `element` into their deleted forms, or back."""
    names = _DELETED_NAME if deleted else _LIVE_NAME
    for node in element.iter(*names):
        node.tag = names[node.tag]


def put_after(node: Element, new: Element, paragraph: Element, revisions: Revisions) -> None:
    """Put `new` behind `node`, outside every tracked insertion or deletion around it.

    A mark around `node` is split in two, as Word does: an insertion inside somebody else's would be lost with it.
    """
    around = _outermost_mark(node, paragraph)
    if around is None:
        node.addnext(new)
        return
    while node is not around:
        node = _split_parent_after(node, revisions)
    around.addnext(new)


def is_marked(run: Element, paragraph: Element) -> bool:
    """Whether the run lies in a tracked insertion, deletion or move."""
    return _outermost_mark(run, paragraph) is not None


def put_before(node: Element, new: Element, paragraph: Element, revisions: Revisions) -> None:
    """Put `new` in front of `node`, outside every tracked insertion or deletion around it."""
    around = _outermost_mark(node, paragraph)
    if around is None:
        node.addprevious(new)
        return
    previous = node.getprevious()
    while previous is None and node is not around:
        parent = node.getparent()
        assert parent is not None
        node, previous = parent, parent.getprevious()
    if node is around:
        around.addprevious(new)
    else:
        assert previous is not None
        put_after(previous, new, paragraph, revisions)


def _outermost_mark(node: Element, paragraph: Element) -> Element | None:
    found: Element | None = None
    for ancestor in node.iterancestors():
        if ancestor is paragraph or ancestor.tag == W_SDT:
            break  # A content control cannot be split: what is put into it stays inside.
        if ancestor.tag in INSERTIONS or ancestor.tag in DELETIONS:
            found = ancestor
    return found


def _split_parent_after(node: Element, revisions: Revisions) -> Element:
    """Split the parent of `node` behind it and return the first half, which ends with `node`."""
    parent = node.getparent()
    assert parent is not None
    following = list(node.itersiblings())
    if following:
        second = etree.Element(parent.tag)
        second.attrib.update(parent.attrib)
        if parent.tag in INSERTIONS or parent.tag in DELETIONS:
            second.set(W_ID, revisions.new_id())
            revisions.split_off.setdefault(parent, []).append(second)
        second.extend(following)
        parent.addnext(second)
    return parent


def _split_words(piece: Piece, at: int) -> None:
    text = piece.node.text or ""
    second = etree.Element(piece.node.tag)
    piece.node.addnext(second)
    set_words(piece.node, text[:at])
    set_words(second, text[at:])


def _split_run_after(piece: Piece) -> None:
    following = list(piece.node.itersiblings())
    if not following:
        return
    second = _sibling_run(piece.run)
    second.extend(following)


def _sibling_run(run: Element) -> Element:
    """An empty run with the same look, directly behind `run`."""
    second = etree.Element(W_R)
    second.attrib.update(run.attrib)
    properties = run.find(W_RPR)
    if properties is not None:
        second.append(deepcopy(properties))
    run.addnext(second)
    return second


def _alone(chosen: list[Piece]) -> list[Element]:
    """Runs that hold the chosen pieces and no others, in order."""
    nodes = {piece.node for piece in chosen}
    found: list[Element] = []
    for run in dict.fromkeys(piece.run for piece in chosen):
        found += [part for part, selected in _parted(run, nodes) if selected]
    return found


def _parted(run: Element, nodes: set[Element]) -> Iterator[tuple[Element, bool]]:
    """Split `run` wherever chosen and other children meet."""
    content = [node for node in run.iterchildren("*") if node.tag != W_RPR]
    current, selected = run, content[0] in nodes
    moved: list[Element] = content[1:]
    while moved:
        if (moved[0] in nodes) == selected:
            moved.pop(0)
            continue
        yield current, selected
        current, selected = _sibling_run(current), not selected
        current.extend(moved)
    yield current, selected


def _neighbours(runs: Sequence[Element]) -> list[list[Element]]:
    groups: list[list[Element]] = []
    for run in runs:
        if groups and groups[-1][-1].getnext() is run:
            groups[-1].append(run)
        else:
            groups.append([run])
    return groups
