"""What leads to a part, and what is left without a way to it once something has gone."""

from __future__ import annotations

from collections.abc import Iterator

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.ooxml.names import P, R, local_name
from polydesk.office.ooxml.part import Element, XmlPart
from polydesk.office.opc.names import is_relationships_name, source_name
from polydesk.office.opc.package import Package
from polydesk.office.opc.relationships import Relationship
from polydesk.office.pptx.deck import Deck
from polydesk.office.pptx.editing import Editing

_CLICKS = frozenset({"hlinkClick", "hlinkHover", "hlinkMouseOver"})
_LISTS = frozenset({f"{P}sld", f"{P}sldId"})


def leading_to(package: Package, part: str) -> Iterator[tuple[str | None, Relationship]]:
    """Every relationship of the package that leads to `part`, with its source."""
    leaf = part.rpartition("/")[2].lower()
    for name in package.part_names():
        if not is_relationships_name(name):
            continue
        source = source_name(name)
        for relationship in package.relationships(source):
            if relationship.target.lower().endswith(leaf) and package.resolve(source, relationship) == part:
                yield source, relationship


def cut_links(deck: Deck, part: str, *, keep: set[str]) -> list[str]:
    """Take out every relationship to a slide, with the clicks and list entries that use it; return the sources.

    Sources in `keep` are left alone. Raises UnsupportedEditError where something else is built on the link.
    """
    touched: list[str] = []
    for source, relationship in list(leading_to(deck.package, part)):
        if source is None or source in keep:
            continue
        _cut(deck, deck.part(source), relationship.id)
        deck.package.remove_relationship(source, relationship.id)
        deck.related_again(source)
        touched.append(source)
    return touched


def drop_relationship(deck: Deck, part: XmlPart, id: str | None) -> None:
    """Take a relationship out that nothing in its part uses any more."""
    if id is None or all(relationship.id != id for relationship in deck.package.relationships(part.name)):
        return
    if any(value == id for node in part.root.iter("*") for name, value in node.attrib.items() if _is_reference(name)):
        return
    deck.package.remove_relationship(part.name, id)
    deck.related_again(part.name)


def references_below(element: Element) -> list[str]:
    """The relationship ids that an element and what is in it use."""
    found = (str(value) for node in element.iter("*") for name, value in node.attrib.items() if _is_reference(name))
    return list(dict.fromkeys(found))


def reachable(package: Package) -> set[str]:
    """Every part that the package's relationships lead to, step by step."""
    found: set[str] = set()
    waiting: list[str | None] = [None]
    while waiting:
        source = waiting.pop()
        for relationship in package.relationships(source):
            target = package.resolve(source, relationship)
            if target is not None and target not in found:
                found.add(target)
                waiting.append(target)
    return found


def collect_orphans(editing: Editing, index: int) -> None:
    """Have the parts removed in the end that an edit leaves without a way to them, once for the whole list."""
    if editing.at_end:
        return
    before = reachable(editing.deck.package)

    def remove() -> None:
        gone = remove_orphans(editing.deck, before)
        others = [part for part in gone if not part.startswith(("/ppt/slides/", "/ppt/notesSlides/"))]
        if others:
            editing.note(index, f"Nothing leads any more to {', '.join(others)}; that went too.")

    editing.at_end.append(remove)


def remove_orphans(deck: Deck, before: set[str]) -> list[str]:
    """Remove the parts that could be reached `before` and no longer can; return them."""
    after = reachable(deck.package)
    gone = [part for part in deck.package.part_names() if part in before and part not in after]
    for part in gone:
        deck.package.remove(part)
        deck.forget(part)
    return gone


def _is_reference(name: object) -> bool:
    return isinstance(name, str) and name.startswith(R)


def _cut(deck: Deck, part: XmlPart, id: str) -> None:
    for node in [node for node in part.root.iter("*") if id in (node.get(f"{R}id"), node.get(f"{R}embed"))]:
        if local_name(node.tag) in _CLICKS or node.tag in _LISTS:
            part.remove(node)
        else:
            raise UnsupportedEditError(
                f"{part.name} is built on this slide (<{local_name(node.tag)}>, such as a slide zoom); "
                "delete that first",
                path=deck.package.path,
                part=part.name,
            )
