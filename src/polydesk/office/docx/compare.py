"""Two documents into one with tracked changes: accepting them all gives the second, rejecting them all the first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from lxml import etree

from polydesk.office.docx.compare_stories import Comparer
from polydesk.office.docx.document import Document, refuse_protected
from polydesk.office.docx.edits import AcceptChange
from polydesk.office.docx.importing import Importer, note_of
from polydesk.office.docx.importing_comments import import_comments
from polydesk.office.docx.parts import new_part, related_id, relationship_type, w_uri
from polydesk.office.docx.revisions import Revisions
from polydesk.office.docx.sections import last_section, page_ends
from polydesk.office.docx.stories import Stories
from polydesk.office.ooxml.names import R, W
from polydesk.office.ooxml.part import Element, XmlPart
from polydesk.office.opc.package import Package
from polydesk.office.results import Result

_PAGE_ENDS = frozenset({f"{W}headerReference", f"{W}footerReference"})
_PageEnds = Mapping[Element, Mapping[tuple[str, str], str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(Result):
    """The first document with what leads to the second as tracked changes; `edits` is empty."""

    change_ids: tuple[str, ...]
    """Ids of the tracked changes, such as `body#17`, in the order of the document."""


def compare(a: Document, b: Document, *, author: str, at: datetime, ignore_protection: bool = False) -> Comparison:
    """Document `a` with tracked changes by `author` that lead to `b`.

    Where either holds tracked changes already, its text with all of them accepted is compared, and rejecting the
    result gives that text of `a`; a note says so. Everything but the compared parts is that of `a`; styles, lists,
    pictures, notes and comments that `b` brings are added. Raises ProtectedDocumentError for a signed or protected `a`
    unless `ignore_protection`.
    """
    if not ignore_protection:
        refuse_protected(Package.open(a.data, path=a.path))
    notes: list[str] = []
    old, new = _settled(a, "first", notes), _settled(b, "second", notes)
    target = Stories(Package.open(old, path=a.path))
    source = Stories(Package.open(new, path=b.path))
    revisions = Revisions(target, author=author, at=at)
    comparison = _Comparison(target, source, revisions, notes)
    comparison.run()
    data = target.save()
    result = Document(data, path=a.path)
    return Comparison(
        data=data,
        edits=(),
        changed_parts=tuple(_changed_parts(a.data, data)),
        change_ids=tuple(change.id for change in result.changes()),
        notes=tuple(dict.fromkeys(notes)),
    )


def _settled(document: Document, which: str, notes: list[str]) -> bytes:
    """The document's bytes with its tracked changes accepted."""
    count = len(document.changes())
    if not count:
        return document.data
    notes.append(
        f"The {which} document holds {count} tracked change{'s' if count > 1 else ''} already; its text with all of "
        "them accepted is what was compared."
    )
    return document.apply([AcceptChange(change="*")], ignore_protection=True).data


def _changed_parts(old: bytes, new: bytes) -> Iterator[str]:
    before, after = Package.open(old), Package.open(new)
    for part in after.part_names():
        if not before.has(part) or before.read(part) != after.read(part):
            yield part


class _Comparison:
    """Compares story by story, those that refer to others first."""

    def __init__(self, target: Stories, source: Stories, revisions: Revisions, notes: list[str]) -> None:
        self._target, self._source = target, source
        self._notes = notes
        self._importer = Importer(source, target, revisions)
        self._comparer = Comparer(target, source, self._importer, revisions)

    def run(self) -> None:
        """Compare everything."""
        import_comments(self._importer, self._target, self._source)
        body, other = self._target.main.root.find(f"{W}body"), self._source.main.root.find(f"{W}body")
        if body is None or other is None:
            return
        last = _ended_section(self._target.main, body), _ended_section(self._source.main, other)
        mine, theirs = page_ends(self._target), page_ends(self._source)
        self._comparer.containers(self._target.main, body, self._source.main, other)
        self._comparer.section(self._target.main, *last)
        self._compare_page_ends(mine, theirs)
        self._compare_notes()
        self._importer.close_ranges()
        if self._importer.styles.appended:
            added = ", ".join(self._importer.styles.appended)
            self._notes.append(f"Styles of the second document were added: {added}.")

    def _compare_page_ends(self, mine: _PageEnds, theirs: _PageEnds) -> None:
        """Compare the headers and footers of the sections that end at the same place, each part once."""
        done: dict[str, str | None] = {}
        for one, other in self._comparer.met_sections:
            here, there = mine.get(one, {}), theirs.get(other, {})
            for place in dict.fromkeys((*here, *there)):
                part = here.get(place) or self._new_page_end(one, place)
                if done.setdefault(part, there.get(place)) == there.get(place):
                    self._page_end(part, there.get(place), place[0])
                    done[part] = None
                elif done[part] is not None:
                    self._notes.append(f"{part} serves sections that differ in the second document; see each of them.")

    def _page_end(self, name: str, other: str | None, kind: str) -> None:
        part = self._target.part(name)
        if other is not None:
            there = self._source.part(other)
        else:
            there = XmlPart(_empty_page_end(kind).encode(), name=name, path=None, tracked=())
        self._comparer.containers(part, part.root, there, there.root)

    def _new_page_end(self, section: Element, place: tuple[str, str]) -> str:
        """An empty header or footer for the first document's section; what the second one says comes as inserted."""
        kind, pages = place
        type = f"application/vnd.openxmlformats-officedocument.wordprocessingml.{kind}+xml"
        relationship = relationship_type(self._target, kind)
        name = new_part(self._target, f"{kind}1", type, relationship, _empty_page_end(kind, w_uri(self._target)))
        self._target.add_story(PurePosixPath(name).stem, name)
        self._target.main.touch(section)
        reference = etree.Element(f"{W}{kind}Reference")
        reference.set(f"{W}type", pages)
        reference.set(f"{R}id", related_id(self._target.package, self._target.main_part, relationship, name))
        section.insert(sum(1 for child in section if child.tag in _PAGE_ENDS), reference)
        return name

    def _compare_notes(self) -> None:
        for kind, mine, theirs in self._comparer.met_notes:
            names = self._target.related(kind), self._source.related(kind)
            if names[0] is None or names[1] is None:
                continue
            part, there = self._target.part(names[0]), self._source.part(names[1])
            one, other = note_of(part, mine), note_of(there, theirs)
            if one is not None and other is not None:
                self._comparer.containers(part, one, there, other)


def _ended_section(part: XmlPart, body: Element) -> Element:
    """Properties of the last section; empty ones are made where the body has none."""
    section = last_section(body)
    if section is None:
        section = etree.Element(f"{W}sectPr")
        part.append(body, section)
    return section


def _empty_page_end(kind: str, uri: str = W[1:-1]) -> str:
    tag = {"header": "hdr", "footer": "ftr"}[kind]
    return f'<w:{tag} xmlns:w="{uri}"><w:p/></w:{tag}>'
