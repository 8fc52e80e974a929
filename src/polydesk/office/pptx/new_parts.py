"""XML of parts and shapes that an edit makes, in the conformance class of the file they go into."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from polydesk.office.ooxml.names import STRICT_TO_TRANSITIONAL
from polydesk.office.ooxml.part import Element
from polydesk.office.opc.xml import parse_xml
from polydesk.office.pptx.deck import Deck

NAMESPACES = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
)
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
TREE_HEAD = (
    '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr><a:xfrm>'
    '<a:off x="0" y="0"/><a:ext cx="0" cy="0"/><a:chOff x="0" y="0"/><a:chExt cx="0" cy="0"/></a:xfrm></p:grpSpPr>'
)
_OPEN = "application/vnd.openxmlformats-officedocument.presentationml."
SLIDE_TYPE, NOTES_TYPE, NOTES_MASTER_TYPE = f"{_OPEN}slide+xml", f"{_OPEN}notesSlide+xml", f"{_OPEN}notesMaster+xml"
THEME_TYPE = "application/vnd.openxmlformats-officedocument.theme+xml"


def element(markup: str) -> Element:
    """The element that the markup describes; prefixes `a`, `r` and `p` are bound where it does not bind them itself."""
    head, _, tail = markup.partition(">")
    closed = head.endswith("/")
    head = head.removesuffix("/")
    missing = (binding for binding in NAMESPACES.split() if f" {binding.partition('=')[0]}=" not in head)
    text = f"{head} {' '.join(missing)}{'/' if closed else ''}>{tail}"
    return parse_xml(text.encode(), part="new markup", path=None)


def escaped(text: str) -> str:
    """The text as content or attribute value."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def add_part(deck: Deck, pattern: str, root: str, content_type: str) -> str:
    """Add a part whose root element is `root`, under the first free name of the pattern; return the name."""
    name = deck.free_part_name(pattern)
    add_bytes(deck, name, (DECLARATION + root).encode(), content_type)
    return name


def add_bytes(deck: Deck, name: str, data: bytes, content_type: str) -> None:
    """Add an XML part, its namespaces turned into those of the file's conformance class."""
    if deck.main.is_strict:
        for strict, transitional in STRICT_TO_TRANSITIONAL.items():
            data = data.replace(f'"{transitional}"'.encode(), f'"{strict}"'.encode())
    deck.package.add(name, data, content_type)


def serialised(root: Element) -> str:
    """The markup of a tree."""
    return etree.tostring(root, encoding="unicode")


def relate(deck: Deck, source: str, kind: str, target: str) -> str:
    """Add a relationship inside the package and return its id."""
    id = deck.package.add_relationship(source, deck.relationship_type(kind), target)
    deck.related_again(source)
    return id


def attributes(values: Mapping[str, str]) -> str:
    """Attributes as markup, each after a space."""
    return "".join(f' {name}="{escaped(value)}"' for name, value in values.items())
