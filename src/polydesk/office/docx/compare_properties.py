"""Properties of paragraphs' marks, tables, rows, cells and sections exchanged, and the exchange recorded."""

from __future__ import annotations

from copy import deepcopy

from lxml import etree

from polydesk.office.docx.importing import Importer
from polydesk.office.docx.inline import W_PPR, W_RPR
from polydesk.office.docx.order import put_child
from polydesk.office.docx.properties import mark_look, same_xml
from polydesk.office.docx.revisions import Revisions
from polydesk.office.docx.runs import look_of
from polydesk.office.docx.weaving import look_key
from polydesk.office.ooxml.names import W, local_name
from polydesk.office.ooxml.part import Element, XmlPart

_NOT_IN_RECORD = {
    f"{W}sectPr": frozenset(f"{W}{name}" for name in ("headerReference", "footerReference", "printerSettings")),
    f"{W}trPr": frozenset({f"{W}ins", f"{W}del", f"{W}cnfStyle"}),
    f"{W}tcPr": frozenset(f"{W}{name}" for name in ("cellIns", "cellDel", "cellMerge", "cnfStyle")),
    f"{W}tblPr": frozenset[str](),
}
"""What a record of old properties does not speak of, or what follows from other things."""


def exchange_look(part: XmlPart, paragraph: Element, look: Element | None, revisions: Revisions) -> None:
    """Give the paragraph's mark the look `look` (None: none of its own)."""
    old = paragraph.find(f"{W_PPR}/{W_RPR}")
    if look_key(old) == look_key(look):
        return
    part.touch(paragraph)
    was = etree.Element(W_RPR) if old is None else look_of(old)
    properties = mark_look(paragraph)
    for child in list(properties):
        if local_name(child.tag) not in ("ins", "del", "moveFrom", "moveTo"):
            properties.remove(child)
    for child in [] if look is None else list(look_of(look)):
        properties.append(child)
    change = revisions.mark("rPrChange")
    change.append(was)
    properties.append(change)


def exchange_section(part: XmlPart, old: Element, new: Element, importer: Importer, revisions: Revisions) -> None:
    """Give a section the page that another one has, its headers and footers aside."""
    theirs = importer.look(new)
    assert theirs is not None
    _exchange(part, old, theirs, revisions)


def exchange_properties(
    part: XmlPart, holder: Element, name: str, theirs: Element | None, importer: Importer, revisions: Revisions
) -> None:
    """Give a table, row or cell the `name` (`tblPr`, `trPr`, `tcPr`) of another one (None: none)."""
    mine = holder.find(f"{W}{name}")
    new = importer.look(theirs)
    if new is None:
        new = etree.Element(f"{W}{name}")
    if mine is None:
        mine = etree.Element(f"{W}{name}")
        if same_xml(_recorded(mine), _recorded(new)):
            return
        part.touch(holder)
        holder.insert(sum(1 for child in holder if child.tag == f"{W}tblPrEx"), mine)
    _exchange(part, mine, new, revisions)


def _exchange(part: XmlPart, mine: Element, theirs: Element, revisions: Revisions) -> None:
    old, new = _recorded(mine), _recorded(theirs)
    if same_xml(old, new):
        return
    part.touch(mine)
    kept = _NOT_IN_RECORD[mine.tag]
    for child in list(mine):
        if child.tag not in kept:
            mine.remove(child)
    for child in list(new):
        put_child(mine, child)
    change = revisions.mark(f"{local_name(mine.tag)}Change")
    change.append(old)
    mine.append(change)


def _recorded(properties: Element) -> Element:
    """A copy of what a record speaks of."""
    kept = _NOT_IN_RECORD[properties.tag]
    copy = etree.Element(properties.tag)
    for child in properties:
        if local_name(child.tag) and child.tag not in kept and not child.tag.endswith("Change"):
            new = deepcopy(child)
            new.tail = None
            copy.append(new)
    return copy
