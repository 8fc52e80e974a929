"""A Word package with its story parts parsed on demand, and the places in them that anchors name."""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath

from polydesk.core.errors import AnchorNotFoundError, UnreadableDocumentError
from polydesk.office.docx.inline import W_P, paragraph_text
from polydesk.office.docx.order import order_of
from polydesk.office.ooxml.names import W
from polydesk.office.ooxml.part import Element, XmlPart
from polydesk.office.opc.package import Package

TRACKED = (
    *("p", "tbl", "tr", "tc", "sdt", "sdtContent", "body", "txbxContent"),
    *("comment", "footnote", "endnote", "commentEx", "sectPr"),
)
"""Local names of the elements that an edit replaces as one piece of bytes."""

_TRACKED_BESIDE = {
    "numbering": ("abstractNum", "num", "numPicBullet"),
    "styles": ("style",),
    "settings": tuple(name.rpartition("}")[2] for name in order_of(f"{W}settings")),
}
"""Likewise in parts without text, by their relationship."""

_STORY_KINDS = ("header", "footer", "footnotes", "endnotes", "comments")
_ANCHOR = re.compile(
    r"(?P<story>[^#~]+?)/(?P<place>p[0-9]{1,9}|t[0-9]{1,9}(?:/r[0-9]{1,9}(?:/c[0-9]{1,9})?)?)(?:~(?P<hash>[0-9a-f]{8}))?"
)


class Stories:
    """The parts of one document that hold text, under the short names that anchors use."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.main_part = package.main_part()
        self._parts: dict[str, XmlPart] = {}
        self._paragraphs: dict[str, list[Element]] = {}
        self._tables: dict[str, list[Element]] = {}
        self.names = self._named()
        self._name_of = {part: name for name, part in self.names.items()}

    def part(self, part: str) -> XmlPart:
        """The parsed part called `part` (such as `/word/document.xml`)."""
        if part not in self._parts:
            kind = next((kind for kind in _TRACKED_BESIDE if part in self._related(kind)), None)
            tracked = TRACKED if kind is None else _TRACKED_BESIDE[kind]
            self._parts[part] = XmlPart(self.package.read(part), name=part, path=self.package.path, tracked=tracked)
        return self._parts[part]

    def is_open(self, part: str) -> bool:
        """Whether `part` has been parsed, so that it may have changed."""
        return part in self._parts

    @property
    def main(self) -> XmlPart:
        """The part with the body."""
        part = self.part(self.main_part)
        if part.root.tag != f"{W}document":
            raise UnreadableDocumentError(
                f"{self.package.path or 'the file'} is no Word document: its main part {self.main_part} begins with "
                f"<{part.root.tag}>",
                path=self.package.path,
                part=self.main_part,
            )
        return part

    def story_parts(self) -> list[str]:
        """Every part that holds text a reader sees, the body first."""
        return list(self.names.values())

    def related(self, kind: str) -> str | None:
        """The main part's related part of `kind`, such as `comments` or `styles`; None when there is none."""
        return next(iter(self._related(kind)), None)

    def name_of(self, part: str) -> str:
        """The short name of a story part."""
        return self._name_of[part]

    def add_story(self, name: str, part: str) -> None:
        """Make a part that was just added to the package known under `name`."""
        self.names[name] = part
        self._name_of[part] = name

    def part_of(self, name: str) -> str:
        """The story part with the short name `name`. Raises AnchorNotFoundError."""
        if name not in self.names:
            raise AnchorNotFoundError(
                f"there is no story called {name!r}; there are {', '.join(self.names)}", path=self.package.path
            )
        return self.names[name]

    def paragraphs(self, part: str) -> list[Element]:
        """Every paragraph of the part as first read, text boxes and tables included, in the order of the file."""
        if part not in self._paragraphs:
            self._paragraphs[part] = [element for element in self.part(part).elements if element.tag == W_P]
        return self._paragraphs[part]

    def tables(self, part: str) -> list[Element]:
        """Every table of the part as first read, nested ones included, in the order of the file."""
        if part not in self._tables:
            self._tables[part] = [element for element in self.part(part).elements if element.tag == f"{W}tbl"]
        return self._tables[part]

    def paragraph_at(self, anchor: str) -> tuple[XmlPart, Element]:
        """The paragraph that `anchor` names. Raises AnchorNotFoundError when it is gone or reads otherwise now."""
        part, element = self._at(anchor, "p")
        return part, element

    def row_at(self, anchor: str) -> tuple[XmlPart, Element]:
        """The table row that `anchor` names. Raises AnchorNotFoundError."""
        return self._at(anchor, "r")

    def cell_at(self, anchor: str) -> tuple[XmlPart, Element]:
        """The table cell that `anchor` names. Raises AnchorNotFoundError."""
        return self._at(anchor, "c")

    def table_at(self, anchor: str) -> tuple[XmlPart, Element]:
        """The table that `anchor` names. Raises AnchorNotFoundError."""
        return self._at(anchor, "t")

    def save(self) -> bytes:
        """The document's bytes with every changed part put in."""
        for name, part in self._parts.items():
            if part.changed:
                self.package.replace(name, part.data())
        return self.package.save()

    def _related(self, kind: str) -> list[str]:
        return [
            target
            for relationship in self.package.relationships(self.main_part)
            if relationship.kind == kind and (target := self.package.resolve(self.main_part, relationship)) is not None
        ]

    def _named(self) -> dict[str, str]:
        parts = [part for kind in _STORY_KINDS for part in sorted(self._related(kind), key=_natural)]
        named = {"body": self.main_part}
        for part in dict.fromkeys(parts):
            stem = PurePosixPath(part).stem
            named[stem if stem not in named else part.strip("/").replace("/", ":")] = part
        return named

    def _at(self, anchor: str, level: str) -> tuple[XmlPart, Element]:
        match = _ANCHOR.fullmatch(anchor)
        wanted = {"p": "paragraph", "t": "table", "r": "table row", "c": "table cell"}[level]
        if match is None or _level(match["place"]) != level:
            raise AnchorNotFoundError(
                f"{anchor!r} is no anchor of a {wanted}; take one from `polydesk show`", path=self.package.path
            )
        name = self.part_of(match["story"])
        element = self._element(name, match["place"])
        if element is None:
            raise AnchorNotFoundError(
                f"there is no {wanted} at {anchor}: the document has changed; read it again with `polydesk show`",
                path=self.package.path,
                part=name,
            )
        if match["hash"] is not None and match["hash"] != content_hash(element):
            raise AnchorNotFoundError(
                f"the {wanted} at {anchor} no longer holds what the anchor saw: the document has changed; "
                "read it again with `polydesk show`",
                path=self.package.path,
                part=name,
            )
        return self.part(name), element

    def _element(self, part: str, place: str) -> Element | None:
        numbers = [int(number) for number in re.findall(r"\d+", place)]
        if place.startswith("p"):
            return _nth(self.paragraphs(part), numbers[0])
        element = _nth(self.tables(part), numbers[0])
        for children, number in zip((table_rows, row_cells), numbers[1:], strict=False):
            element = None if element is None else _nth(children(element), number)
        return element


def table_rows(table: Element) -> list[Element]:
    """The rows of `table` itself, those in content controls included."""
    return _through(table, f"{W}tr")


def row_cells(row: Element) -> list[Element]:
    """The cells of `row`, those in content controls included."""
    return _through(row, f"{W}tc")


def child_blocks(container: Element) -> list[Element]:
    """The paragraphs and tables of a body, cell, note or text box, those in content controls included."""
    return _through(container, W_P, f"{W}tbl")


def content_hash(element: Element) -> str:
    """Eight hexadecimal digits of what a reader sees at `element`: style and text."""
    seen = "\x1e".join(_seen(paragraph) for paragraph in element.iter(W_P))
    return hashlib.blake2b(seen.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


def _seen(paragraph: Element) -> str:
    style = paragraph.find(f"{W}pPr/{W}pStyle")
    return f"{'' if style is None else style.get(f'{W}val', '')}\x1f{paragraph_text(paragraph)}"


_TRANSPARENT = frozenset(
    {f"{W}sdt", f"{W}sdtContent", f"{W}customXml", f"{W}ins", f"{W}del", f"{W}moveTo", f"{W}moveFrom"}
)


def _through(parent: Element, *tags: str) -> list[Element]:
    found: list[Element] = []
    for child in parent:
        if child.tag in tags:
            found.append(child)
        elif child.tag in _TRANSPARENT:
            found += _through(child, *tags)
    return found


def _nth(elements: list[Element], number: int) -> Element | None:
    return elements[number - 1] if 0 < number <= len(elements) else None


def _level(place: str) -> str:
    return place.rpartition("/")[2][0]


def _natural(name: str) -> list[tuple[int, str]]:
    """Sort key by which header2 comes before header10."""
    return [(int(piece), "") if piece[:1].isdecimal() else (-1, piece) for piece in re.split(r"([0-9]{1,9})", name)]
