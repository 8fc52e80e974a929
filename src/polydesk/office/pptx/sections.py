"""Sections of the slide list ([MS-PPTX] 2.2.3.9) kept in step with the slides."""

from __future__ import annotations

import hashlib

from lxml import etree

from polydesk.core.errors import AnchorNotFoundError, UnsupportedEditError
from polydesk.office.ooxml.names import P
from polydesk.office.ooxml.part import Element
from polydesk.office.pptx.deck import Deck, SlideEntry
from polydesk.office.pptx.names import P14, SECTIONS_EXT
from polydesk.office.pptx.new_parts import element, escaped
from polydesk.office.pptx.numbers import whole

_LIST, _ENTRY = f"{P14}sldIdLst", f"{P14}sldId"


def place_slide(deck: Deck, id: int, beside: int | None, *, before: bool = False) -> None:
    """Put a slide (by id) into the section list next to another, or at its end when None; nothing without sections."""
    sections = deck.section_list()
    if sections is None:
        return
    deck.main.touch(sections)
    drop_slide(deck, id)
    entry = etree.Element(_ENTRY)
    entry.set("id", str(id))
    neighbour = None if beside is None else _entry(sections, beside)
    if neighbour is not None:
        neighbour.addprevious(entry) if before else neighbour.addnext(entry)
        return
    last = sections.findall(f"{P14}section")
    if last:
        _list_of(last[-1]).append(entry)


def drop_slide(deck: Deck, id: int) -> None:
    """Take a slide out of the section list."""
    sections = deck.section_list()
    entry = None if sections is None else _entry(sections, id)
    if sections is not None and entry is not None:
        deck.main.touch(sections)
        parent = entry.getparent()
        assert parent is not None
        parent.remove(entry)


def find_section(deck: Deck, wanted: str) -> Element:
    """The section of that id or name. Raises AnchorNotFoundError, UnsupportedEditError where two have the name."""
    sections = deck.section_list()
    all = [] if sections is None else sections.findall(f"{P14}section")
    found = [section for section in all if wanted == section.get("id")] or [
        section for section in all if wanted == section.get("name")
    ]
    if not found:
        names = ", ".join(repr(section.get("name", "")) for section in all) or "none"
        raise AnchorNotFoundError(f"there is no section {wanted!r}; there are: {names}", path=deck.package.path)
    if len(found) > 1:
        raise UnsupportedEditError(f"{len(found)} sections are called {wanted!r}; name the one meant by its id")
    return found[0]


def add_section(deck: Deck, slide: SlideEntry, name: str) -> None:
    """Begin a section at a slide; the slides behind it in its old section come along."""
    main = deck.main
    sections = deck.section_list()
    order = [whole(entry.get("id")) for entry in main.root.iterfind(f"{P}sldIdLst/{P}sldId")]
    if sections is None:
        sections = _new_list(deck)
        before = order[: order.index(slide.id)]
        if before:
            _append_section(sections, "Default Section", before)
        _append_section(sections, name, order[order.index(slide.id) :])
        return
    main.touch(sections)
    entry = _entry(sections, slide.id)
    if entry is None:
        _append_section(sections, name, [slide.id])
        return
    following = [entry, *entry.itersiblings(_ENTRY)]
    holder = next(entry.iterancestors(f"{P14}section"))
    section = _section(name, [], salt=str(slide.id))
    _list_of(section).extend(following)
    holder.addnext(section)


def remove_section(deck: Deck, section: Element) -> None:
    """Remove a section; its slides join its neighbour's, and without a neighbour they are in none."""
    sections = section.getparent()
    assert sections is not None
    deck.main.touch(sections)
    before, after = section.getprevious(), section.getnext()
    entries = list(_list_of(section))
    if before is not None:
        _list_of(before).extend(entries)
    elif after is not None:
        for entry in reversed(entries):
            _list_of(after).insert(0, entry)
    sections.remove(section)
    if not len(sections):
        _drop_extension(deck, sections)


def _drop_extension(deck: Deck, sections: Element) -> None:
    extension = sections.getparent()
    holder = None if extension is None else extension.getparent()
    assert extension is not None
    assert holder is not None
    deck.main.touch(holder)
    holder.remove(extension)


def _entry(sections: Element, id: int) -> Element | None:
    return next((entry for entry in sections.iter(_ENTRY) if entry.get("id") == str(id)), None)


def _list_of(section: Element) -> Element:
    found = section.find(_LIST)
    if found is None:
        found = etree.SubElement(section, _LIST)
        section.insert(0, found)
    return found


def _new_list(deck: Deck) -> Element:
    main = deck.main
    extension = element(f'<p:ext uri="{SECTIONS_EXT}"><p14:sectionLst xmlns:p14="{P14[1:-1]}"/></p:ext>')
    extensions = main.root.find(f"{P}extLst")
    if extensions is None:
        extensions = etree.Element(f"{P}extLst")
        main.append(main.root, extensions)
        extensions.append(extension)
    else:
        main.touch(extensions)
        extensions.insert(0, extension)
    return extension[0]


def _append_section(sections: Element, name: str, ids: list[int]) -> None:
    sections.append(_section(name, ids, salt=str(len(sections))))


def _section(name: str, ids: list[int], *, salt: str) -> Element:
    """A section with an id of its own; equal edits give equal files, so it comes from what is in it."""
    digest = hashlib.blake2b(f"{name}\0{salt}\0{ids}".encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    parts = (digest[:8], digest[8:12], "4" + digest[13:16], "a" + digest[17:20], digest[20:])
    entries = "".join(f'<p14:sldId id="{id}"/>' for id in ids)
    return element(
        f'<p14:section xmlns:p14="{P14[1:-1]}" name="{escaped(name)}" id="{{{"-".join(parts).upper()}}}">'
        f"<p14:sldIdLst>{entries}</p14:sldIdLst></p14:section>"
    )
