"""Content of one document put into another: copies with their styles, lists, parts, notes and comments."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

from lxml import etree

from polydesk.office.docx.importing_lists import ListMap
from polydesk.office.docx.importing_styles import StyleMap
from polydesk.office.docx.inline import W_ID, W_P, W_R, W_VAL
from polydesk.office.docx.parts import PartCopier, ensured_part
from polydesk.office.docx.revisions import Revisions
from polydesk.office.docx.stories import Stories
from polydesk.office.ooxml.names import MC, W14, WP, R, W, local_name
from polydesk.office.ooxml.part import Element, XmlPart

_STYLE_REFERENCES = {
    f"{W}pStyle": "paragraph",
    f"{W}rStyle": "character",
    f"{W}tblStyle": "table",
}
_COMMENT_MARKS = frozenset({f"{W}commentRangeStart", f"{W}commentRangeEnd", f"{W}commentReference"})
_RANGES = ("permStart", "permEnd", "moveFromRangeStart", "moveFromRangeEnd", "moveToRangeStart", "moveToRangeEnd")
_DROPPED = frozenset(f"{W}{name}" for name in ("proofErr", "lastRenderedPageBreak", "altChunk", *_RANGES))
_NOTES = {f"{W}footnoteReference": "footnotes", f"{W}endnoteReference": "endnotes"}
_IDENTITIES = (f"{W14}paraId", f"{W14}textId")


class Importer:
    """Brings elements of `source` into `target`, mapping every reference that they hold."""

    def __init__(self, source: Stories, target: Stories, revisions: Revisions) -> None:
        self.source, self.target = source, target
        self.revisions = revisions
        self.lists = ListMap(source, target)
        self.styles = StyleMap(source, target, self.lists)
        self.parts = PartCopier(source.package, target.package, strict=target.main.is_strict)
        self.comments: dict[str, str] = {}
        """Numbers of the source's comments, with their numbers in the target; marks of others are left out."""
        self._notes: dict[tuple[str, str], str] = {}
        self._bookmarks = {
            mark.get(f"{W}name")
            for part in target.story_parts()
            if b"bookmarkStart" in target.part(part).text
            for mark in target.part(part).root.iter(f"{W}bookmarkStart")
        }
        self._ranges: dict[str, tuple[str, Element]] = {}
        """By number of a bookmark of the source whose end is to come: its number in the target, and its beginning."""
        self._drawings = 0

    def brought(self, element: Element, source_part: str, target_part: str) -> Element:
        """A copy of `element` for `target_part` of the target, with all that it refers to."""
        copy = deepcopy(element)
        copy.tail = None
        self.adopt(copy, source_part, target_part)
        return _with_prefixes(copy, element)

    def adopt(self, copy: Element, source_part: str, target_part: str) -> None:
        """Map what a copied element refers to, in place."""
        for node in list(copy.iter("*")):
            self._drop_identities(node)
            if node.tag in _DROPPED or not self._keeps(node):
                _take_out(node)
                continue
            self._map(node, source_part, target_part)

    def close_ranges(self) -> None:
        """Give an end to each bookmark whose own end did not come along."""
        for new, start in self._ranges.values():
            end = etree.Element(f"{W}bookmarkEnd")
            end.set(W_ID, new)
            start.addnext(end)
        self._ranges.clear()

    def wants(self, mark: Element) -> bool:
        """Whether the target lacks a range's end, or a run with a comment reference, that the source has."""
        node = _mark_in(mark)
        if node.tag in _COMMENT_MARKS:
            return node.get(W_ID, "") in self.comments
        return node.tag == f"{W}bookmarkStart" and node.get(f"{W}name") not in self._bookmarks

    def brought_mark(self, mark: Element) -> Element | None:
        """A copy of a range's end, or of a run with a comment reference; None where it cannot stand in the target."""
        copy = deepcopy(mark)
        copy.tail = None
        node = _mark_in(copy)
        if node.tag in _DROPPED or not self._keeps(node):
            return None
        self._map_mark(node)
        for child in copy.iter("*"):
            self._map_names(child)
        return copy

    def look(self, properties: Element | None) -> Element | None:
        """A copy of run or paragraph properties of the source, mapped; None for None."""
        if properties is None:
            return None
        copy = deepcopy(properties)
        copy.tail = None
        for node in copy.iter("*"):
            self._map_names(node)
        return copy

    def _drop_identities(self, node: Element) -> None:
        for name in list(node.attrib):
            if name in _IDENTITIES or local_name(name).startswith("rsid"):
                del node.attrib[name]

    def _keeps(self, node: Element) -> bool:
        """Whether a mark can stand in the target: its comment came along, its bookmark's name is free."""
        if node.tag in _COMMENT_MARKS:
            return node.get(W_ID, "") in self.comments
        if node.tag == f"{W}bookmarkStart":
            name = node.get(f"{W}name")
            if name in self._bookmarks:
                return False
            self._bookmarks.add(name)
            self._ranges[node.get(W_ID, "")] = (self.revisions.new_id(), node)
        if node.tag == f"{W}bookmarkEnd":
            return node.get(W_ID, "") in self._ranges
        return True

    def _map(self, node: Element, source_part: str, target_part: str) -> None:
        self._map_names(node)
        self._map_mark(node)
        if node.tag in _NOTES:
            node.set(W_ID, self.note(_NOTES[node.tag], node.get(W_ID, "")))
        elif node.tag == f"{WP}docPr":
            node.set("id", self._drawing_number())
        elif node.tag == f"{W}sdtPr":
            for name in ("id", "dataBinding"):
                for child in node.findall(f"{W}{name}"):
                    node.remove(child)
        for name in [name for name in map(str, node.attrib) if name.startswith(R)]:
            new = self.parts.relate(source_part, target_part, node.get(name, ""))
            if new is not None:
                node.set(name, new)

    def _map_mark(self, node: Element) -> None:
        if node.tag in (f"{W}bookmarkStart", f"{W}bookmarkEnd"):
            number = node.get(W_ID, "")
            new, _ = self._ranges[number] if node.tag.endswith("Start") else self._ranges.pop(number)
            node.set(W_ID, new)
        elif node.tag in _COMMENT_MARKS:
            node.set(W_ID, self.comments[node.get(W_ID, "")])

    def _map_names(self, node: Element) -> None:
        kind = _STYLE_REFERENCES.get(node.tag)
        if kind is not None:
            node.set(W_VAL, self.styles.mapped(node.get(W_VAL, ""), kind))
        elif node.tag == f"{W}numId":
            node.set(W_VAL, self.lists.mapped(node.get(W_VAL, "")))

    def _drawing_number(self) -> str:
        if not self._drawings:
            known = [
                int(number)
                for part in self.target.story_parts()
                for item in self.target.part(part).root.iter(f"{WP}docPr")
                if (number := item.get("id", "")).isdecimal() and len(number) < 10
            ]
            self._drawings = max(known, default=0)
        self._drawings += 1
        return str(self._drawings)

    def note(self, kind: str, number: str) -> str:
        """Number in the target of a copy of the source's note, made the first time."""
        if (kind, number) not in self._notes:
            self._notes[kind, number] = self._note(kind, number)
        return self._notes[kind, number]

    def _note(self, kind: str, number: str) -> str:
        part = self.target.part(ensured_part(self.target, kind))
        source_name = self.source.related(kind)
        found = None if source_name is None else note_of(self.source.part(source_name), number)
        copy = etree.Element(f"{W}{kind.removesuffix('s')}")
        if source_name is not None and found is not None:
            copy = deepcopy(found)
            copy.tail = None
            self.adopt(copy, source_name, part.name)
            copy = _with_prefixes(copy, found)
        else:
            etree.SubElement(copy, W_P)
        new = free_note_number(part)
        copy.set(W_ID, new)
        part.append(part.root, copy)
        return new


def note_of(part: XmlPart, number: str) -> Element | None:
    """The note with that number in a notes part; None when there is none."""
    return next((note for note in part.root.iterchildren("*") if note.get(W_ID) == number), None)


def free_note_number(part: XmlPart) -> str:
    """A number that no note of the part has."""
    known = [int(text) for note in part.root if (text := note.get(W_ID, "")).lstrip("-").isdecimal() and len(text) < 9]
    return str(max([0, *known]) + 1)


def _mark_in(mark: Element) -> Element:
    """The mark itself, or the comment reference in a run."""
    if mark.tag == W_R:
        return next(node for node in mark.iter("*") if node.tag in _COMMENT_MARKS)
    return mark


def _take_out(node: Element) -> None:
    """Remove a mark, and the run that held nothing else."""
    parent = node.getparent()
    if parent is None:
        return
    parent.remove(node)
    if parent.tag == W_R and node.tag == f"{W}commentReference" and (holder := parent.getparent()) is not None:
        holder.remove(parent)


def _with_prefixes(copy: Element, original: Element) -> Element:
    """The copy, with the prefixes declared that its compatibility marks name (ISO/IEC 29500-3, 10.2)."""
    for node in list(copy.iter(f"{MC}AlternateContent")):
        names = {name for choice in node.iter(f"{MC}Choice") for name in choice.get("Requires", "").split()}
        missing = {name: uri for name in names if (uri := _uri(original, name)) and name not in node.nsmap}
        if not missing:
            continue
        new = etree.Element(node.tag, nsmap=missing)
        new.attrib.update(node.attrib)
        new.extend(list(node))
        new.tail = node.tail
        parent = node.getparent()
        if parent is None:
            return new
        parent.replace(node, new)
    return copy


def _uri(element: Element, prefix: str) -> str | None:
    """What the prefix means at the element or, where it is declared deeper, inside it."""
    if prefix in element.nsmap:
        return element.nsmap[prefix]
    return next((uri for uri in _declared(element, prefix)), None)


def _declared(element: Element, prefix: str) -> Iterator[str]:
    for node in element.iter("*"):
        if prefix in node.nsmap:
            yield node.nsmap[prefix]
