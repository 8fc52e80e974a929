"""How each edit of slides and sections is planned and made."""

from __future__ import annotations

import hashlib

from lxml import etree

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.ooxml.characters import clean_text
from polydesk.office.ooxml.names import P
from polydesk.office.ooxml.part import Element
from polydesk.office.pptx.anchors import find_place, notes_shape
from polydesk.office.pptx.copies import copy_slide
from polydesk.office.pptx.deck import Deck, SlideEntry
from polydesk.office.pptx.editing import LOOKS, SECTIONS, SLIDE_MOVES, SLIDE_REMOVAL, SLIDES, Editing, Plans
from polydesk.office.pptx.layouts import add_slide, find_layout, slots_of
from polydesk.office.pptx.links import collect_orphans, cut_links
from polydesk.office.pptx.names import R_ID
from polydesk.office.pptx.new_parts import relate
from polydesk.office.pptx.notes import make_notes
from polydesk.office.pptx.numbers import whole
from polydesk.office.pptx.paragraphs import parse_lines, set_lines
from polydesk.office.pptx.sections import add_section, drop_slide, find_section, place_slide, remove_section
from polydesk.office.pptx.slide_edits import (
    AddSection,
    AddSlide,
    DeleteSlide,
    DuplicateSlide,
    HideSlide,
    MoveSlide,
    RemoveSection,
    RenameSection,
)
from polydesk.office.pptx.text import paragraph_text
from polydesk.office.pptx.text_apply import one_side


def _add(editing: Editing, index: int, edit: AddSlide) -> None:
    deck = editing.deck
    if edit.after is not None and edit.before is not None:
        raise UnsupportedEditError("give `after` or `before`, not both")
    anchor = edit.after or edit.before
    beside = None if anchor is None else find_place(deck, anchor, "slide").slide
    like = beside if beside is not None else deck.slides[-1] if deck.slides else None
    layout = find_layout(deck, edit.layout)
    slots = slots_of(deck, layout, edit.content, like)
    notes = None if edit.notes is None else parse_lines(edit.notes)
    for slot in slots:
        parse_lines(slot.text or "")

    def make() -> None:
        part = add_slide(deck, layout, slots, like, creation_id=_creation_id(deck, index))
        before = edit.before is not None
        id = _list(editing, part, beside, before=before)
        if notes is not None:
            name = make_notes(deck, part)
            shape = notes_shape(deck, name)
            body = None if shape is None else shape.body
            assert body is not None
            set_lines(deck.part(name), body, notes)
        editing.told(index, after=f"s{id}: {next((slot.text for slot in slots if slot.text), '')}")
        editing.note(index, f"The new slide is s{id}.")
        empty = [f"{slot.type}:{slot.index}" for slot in slots if not slot.text and not slot.is_footer]
        if empty:
            editing.note(index, f"Placeholders left empty: {', '.join(empty)}.")

    editing.step(SLIDES, index, make)


def _duplicate(editing: Editing, index: int, edit: DuplicateSlide) -> None:
    deck = editing.deck
    slide = find_place(deck, edit.at, "slide").slide
    beside = slide if edit.after is None else find_place(deck, edit.after, "slide").slide
    has_comments = bool(deck.all_related(slide.part, "comments"))

    def make() -> None:
        part = copy_slide(deck, slide, creation_id=_creation_id(deck, index))
        id = _list(editing, part, beside, before=False)
        editing.told(index, after=f"s{id}")
        editing.note(index, f"The copy is s{id}.")
        if has_comments:
            editing.note(index, "Its comments were not copied.")

    editing.step(SLIDES, index, make)


def _delete(editing: Editing, index: int, edit: DeleteSlide) -> None:
    deck = editing.deck
    slide = find_place(deck, edit.at, "slide").slide
    editing.claim(index, slide.part, "being")
    title = _title(deck, slide)

    def make() -> None:
        collect_orphans(editing, index)
        drop_slide(deck, slide.id)
        deck.main.remove(slide.element)
        touched = cut_links(deck, slide.part, keep=_own_parts(deck, slide))
        editing.told(index, before=title)
        linking = sorted(part for part in touched if part.startswith("/ppt/slides/"))
        if linking:
            editing.note(index, f"Links to it were taken out of {', '.join(linking)}.")

    editing.step(SLIDE_REMOVAL, index, make)


def _move(editing: Editing, index: int, edit: MoveSlide) -> None:
    anchor, before = one_side(edit.after, edit.before)
    deck = editing.deck
    slide = find_place(deck, edit.at, "slide").slide
    target = find_place(deck, anchor, "slide").slide
    if slide.element is target.element:
        raise UnsupportedEditError("a slide cannot be moved next to itself")
    editing.claim(index, slide.part, "being")

    def make() -> None:
        beside = target.element if before else editing.last_after.get(target.element, target.element)
        deck.main.remove(slide.element)
        if before:
            deck.main.insert_before(beside, slide.element)
        else:
            deck.main.insert_after(beside, slide.element)
            editing.last_after[target.element] = slide.element
        place_slide(deck, slide.id, whole(beside.get("id")), before=before)
        editing.told(index, before=f"slide {slide.number}", after=f"{'before' if before else 'after'} {target.name}")

    editing.step(SLIDE_MOVES, index, make)


def _hide(editing: Editing, index: int, edit: HideSlide) -> None:
    slide = find_place(editing.deck, edit.at, "slide").slide
    editing.claim(index, slide.part, "hidden")
    part = editing.deck.part(slide.part)
    was = part.root.get("show", "1") in ("0", "false", "off")

    def make() -> None:
        editing.told(index, before="hidden" if was else "shown", after="hidden" if edit.hidden else "shown")
        if was != edit.hidden:
            part.set_root_attribute("show", "0" if edit.hidden else None)

    editing.step(LOOKS, index, make)


def _add_section(editing: Editing, index: int, edit: AddSection) -> None:
    slide = find_place(editing.deck, edit.at, "slide").slide
    editing.claim(index, slide.part, "section")
    name = _section_name(edit.name)

    def make() -> None:
        add_section(editing.deck, slide, name)
        editing.told(index, after=name)

    editing.step(SECTIONS, index, make)


def _rename_section(editing: Editing, index: int, edit: RenameSection) -> None:
    section = find_section(editing.deck, edit.section)
    editing.claim(index, section, "name")
    name = _section_name(edit.name)

    def make() -> None:
        editing.deck.main.touch(section)
        editing.told(index, before=section.get("name"), after=name)
        section.set("name", name)

    editing.step(LOOKS, index, make)


def _remove_section(editing: Editing, index: int, edit: RemoveSection) -> None:
    section = find_section(editing.deck, edit.section)
    editing.claim(index, section, "being")

    def make() -> None:
        editing.told(index, before=section.get("name"))
        remove_section(editing.deck, section)

    editing.step(SECTIONS, index, make)


def _section_name(name: str) -> str:
    name = clean_text(name)
    if not name.strip() or "\n" in name:
        raise UnsupportedEditError("a section's name is one line of text")
    return name


def _list(editing: Editing, part: str, beside: SlideEntry | None, *, before: bool) -> int:
    """Put a new slide into the presentation's list; return its id."""
    deck = editing.deck
    id = deck.free_slide_id()
    entry = etree.Element(f"{P}sldId")
    entry.set("id", str(id))
    entry.set(R_ID, relate(deck, deck.main_part, "slide", part))
    neighbour = None if beside is None else beside.element
    if neighbour is None:
        listing = deck.main.root.find(f"{P}sldIdLst")
        neighbour = None if listing is None else next(listing.iterchildren(f"{P}sldId", reversed=True), None)
    if neighbour is None:
        _start_list(deck, entry)
        place_slide(deck, id, None)
        return id
    if before:
        deck.main.insert_before(neighbour, entry)
    else:
        neighbour = editing.last_after.get(neighbour, neighbour)
        deck.main.insert_after(neighbour, entry)
        editing.last_after[beside.element if beside is not None else neighbour] = entry
    place_slide(deck, id, whole(neighbour.get("id")), before=before)
    return id


def _start_list(deck: Deck, entry: Element) -> None:
    """The first slide of a presentation: its list stands behind those of the masters."""
    main = deck.main
    slides = main.root.find(f"{P}sldIdLst")
    if slides is not None:
        main.append(slides, entry)
        return
    slides = etree.Element(f"{P}sldIdLst")
    slides.append(entry)
    before = [main.root.find(f"{P}{name}") for name in ("handoutMasterIdLst", "notesMasterIdLst", "sldMasterIdLst")]
    last = next((listing for listing in before if listing is not None), None)
    if last is None:
        raise UnsupportedEditError("the presentation has no slide master to make slides from")
    main.insert_after(last, slides)


def _own_parts(deck: Deck, slide: SlideEntry) -> set[str]:
    """The slide and its notes page, whose links to it go with them."""
    notes = deck.notes_part(slide.part)
    return {slide.part} if notes is None else {slide.part, notes}


def _creation_id(deck: Deck, index: int) -> int:
    """A creation id that comes from the file and the edit, so that equal edits give equal files."""
    seen = f"{deck.free_slide_id()}\0{index}".encode() + deck.main.text[:4096]
    return int.from_bytes(hashlib.blake2b(seen, digest_size=4).digest(), "big") or 1


def _title(deck: Deck, slide: SlideEntry) -> str:
    for shape in deck.every_shape(slide.part):
        placeholder, body = shape.placeholder, shape.body
        if body is not None and placeholder is not None and placeholder.get("type") in ("title", "ctrTitle"):
            return " ".join(paragraph_text(paragraph) for paragraph in body.iter("{*}p"))
    return slide.name


PLANS: Plans = {
    AddSlide: _add,
    DuplicateSlide: _duplicate,
    DeleteSlide: _delete,
    MoveSlide: _move,
    HideSlide: _hide,
    AddSection: _add_section,
    RenameSection: _rename_section,
    RemoveSection: _remove_section,
}
