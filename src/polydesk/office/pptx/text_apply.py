"""How each edit of text is planned and made."""

from __future__ import annotations

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.ooxml.characters import clean_text
from polydesk.office.ooxml.names import A
from polydesk.office.ooxml.part import Element, XmlPart
from polydesk.office.pptx import animations
from polydesk.office.pptx.anchors import Place, find_place
from polydesk.office.pptx.editing import INSERTION, LOOKS, REMOVAL, WORDS, Editing, Plans
from polydesk.office.pptx.mirrors import mirror_of
from polydesk.office.pptx.notes import notes_body
from polydesk.office.pptx.paragraphs import (
    Line,
    delete_paragraph,
    fill,
    lines_text,
    new_paragraph,
    parse_lines,
    set_level,
    set_lines,
)
from polydesk.office.pptx.shapes import shape_id
from polydesk.office.pptx.text import MAX_LEVEL, body_paragraphs, level_of, paragraph_text
from polydesk.office.pptx.text_edits import (
    DeleteParagraph,
    InsertParagraph,
    MoveParagraph,
    ReplaceText,
    SetCell,
    SetLevel,
    SetNotes,
    SetText,
)
from polydesk.office.spans import find_span


def one_side(after: str | None, before: str | None) -> tuple[str, bool]:
    """The anchor, and whether the new thing goes in front of it. Raises UnsupportedEditError for both or neither."""
    if (after is None) == (before is None):
        raise UnsupportedEditError("give either `after` or `before`, one of the two")
    return (before, True) if before is not None else (after or "", False)


def claim_body(editing: Editing, index: int, body: Element) -> None:
    """Take a whole text body for an edit: its paragraphs, and what may come between them."""
    editing.claim(index, body, "paragraphs")
    for paragraph in body_paragraphs(body):
        for facet in ("text", "level", "being"):
            editing.claim(index, paragraph, facet)


def write_lines(editing: Editing, index: int, part: XmlPart, body: Element, lines: list[Line]) -> None:
    """Make the body read `lines` and tell what became of it."""
    before = lines_text(body)
    count = len(body_paragraphs(body))
    lost = set_lines(part, body, lines)
    _tell_lost(editing, index, lost)
    editing.told(index, before=before, after=lines_text(body))
    shape = next((node for node in body.iterancestors() if node.tag.endswith("}sp")), None)
    if shape is None or len(body_paragraphs(body)) == count:
        return
    if animations.animates_paragraphs(part.root, shape_id(shape)):
        animations.trim_paragraphs(part, shape_id(shape), count, len(body_paragraphs(body)))
        editing.note(index, "Paragraphs of this text are animated one by one, by their number: look at the animations.")


def _replace(editing: Editing, index: int, edit: ReplaceText) -> None:
    place = find_place(editing.deck, edit.at, "paragraph")
    paragraph, part = place.element, place.part
    old = paragraph_text(paragraph)
    start, end = find_span(old, find=edit.find, start=edit.start, end=edit.end, at=edit.at)
    is_first = editing.span(index, paragraph, start, end, clean_text(edit.text))
    if not is_first:
        return
    mirror = mirror_of(paragraph)

    def make() -> None:
        new = editing.with_spans(paragraph, old)
        for target in (paragraph, mirror):
            if target is not None:
                part.touch(target)
                lost = fill(target, new)
                _tell_lost(editing, index, lost)
        for other in editing.editors(paragraph):
            editing.told(other, before=old, after=new)

    editing.step(WORDS, index, make)


def _set_text(editing: Editing, index: int, edit: SetText) -> None:
    place = find_place(editing.deck, edit.at, "shape")
    body = None if place.shape is None else place.shape.body
    if body is None:
        raise UnsupportedEditError(
            f"the shape at {edit.at} holds no text of its own; name a shape, a placeholder or a table cell"
        )
    claim_body(editing, index, body)
    lines = parse_lines(edit.text)
    editing.step(WORDS, index, lambda: write_lines(editing, index, place.part, body, lines))


def _set_cell(editing: Editing, index: int, edit: SetCell) -> None:
    place = find_place(editing.deck, edit.at, "cell")
    if any(place.element.get(name) in ("1", "true") for name in ("hMerge", "vMerge")):
        raise UnsupportedEditError(f"the cell at {edit.at} is covered by a merged one; name the one that spans over it")
    body = place.element.find(f"{A}txBody")
    if body is None:
        raise UnsupportedEditError(f"the cell at {edit.at} has no text body; open and save the file in Office first")
    claim_body(editing, index, body)
    lines = parse_lines(edit.text)
    editing.step(WORDS, index, lambda: write_lines(editing, index, place.part, body, lines))


def _set_notes(editing: Editing, index: int, edit: SetNotes) -> None:
    place = find_place(editing.deck, edit.at, "slide", "notes")
    lines = parse_lines(edit.text)
    existing = editing.deck.notes_part(place.slide.part)
    editing.claim(index, place.slide.part, "notes")
    if existing is not None:
        for shape in editing.deck.every_shape(existing):
            if shape.body is not None and (shape.placeholder is not None and shape.placeholder.get("type") == "body"):
                claim_body(editing, index, shape.body)

    def make() -> None:
        part, body = notes_body(editing.deck, place.slide)
        write_lines(editing, index, part, body, lines)

    editing.step(WORDS, index, make)


def _insert(editing: Editing, index: int, edit: InsertParagraph) -> None:
    anchor, before = one_side(edit.after, edit.before)
    place = find_place(editing.deck, anchor, "paragraph")
    neighbour = place.element
    level = _checked_level(edit.level) if edit.level is not None else level_of(neighbour)
    line = Line(text=clean_text(edit.text), level=level)
    _share_body(editing, index, neighbour)

    def make() -> None:
        new = new_paragraph(line, neighbour)
        beside = neighbour if before else editing.last_after.get(neighbour, neighbour)
        at = _index(beside) + (not before)
        if before:
            place.part.insert_before(beside, new)
        else:
            place.part.insert_after(beside, new)
            editing.last_after[neighbour] = new
        editing.told(index, after=line.text)
        if _shift_animations(place, at, 1):
            editing.note(index, "The paragraphs around it are animated one by one; the new one is not.")

    editing.step(INSERTION, index, make)


def _delete(editing: Editing, index: int, edit: DeleteParagraph) -> None:
    place = find_place(editing.deck, edit.at, "paragraph")
    editing.claim(index, place.element, "being")
    _share_body(editing, index, place.element)
    old = paragraph_text(place.element)

    def make() -> None:
        at = _index(place.element)
        gone = delete_paragraph(place.part, place.element)
        editing.told(index, before=old, after=None if gone else "")
        if not gone:
            editing.note(index, "It was the only paragraph, so it stays as an empty one.")
        elif _shift_animations(place, at, -1):
            editing.note(index, "Its animation went with it.")

    editing.step(REMOVAL, index, make)


def _move(editing: Editing, index: int, edit: MoveParagraph) -> None:
    anchor, before = one_side(edit.after, edit.before)
    place = find_place(editing.deck, edit.at, "paragraph")
    target = find_place(editing.deck, anchor, "paragraph")
    if target.part is not place.part:
        raise UnsupportedEditError(
            f"a paragraph can be moved within one slide, or within its notes; {edit.at} and {anchor} are in different "
            "ones: insert it there and delete it here"
        )
    if target.element is place.element:
        raise UnsupportedEditError("a paragraph cannot be moved next to itself")
    editing.claim(index, place.element, "being")
    for element in (place.element, target.element):
        _share_body(editing, index, element)
    animated = [_animated(each) for each in (place, target)]

    def make() -> None:
        body = place.element.getparent()
        if body is not None and len(body_paragraphs(body)) == 1 and body is not target.element.getparent():
            place.part.insert_after(place.element, new_paragraph(Line(text="", level=0), place.element))
        place.part.remove(place.element)
        if before:
            place.part.insert_before(target.element, place.element)
        else:
            place.part.insert_after(editing.last_after.get(target.element, target.element), place.element)
            editing.last_after[target.element] = place.element
        editing.told(index, before=paragraph_text(place.element), after=paragraph_text(place.element))
        if any(animated):
            editing.note(index, "Paragraphs are animated one by one there; the steps keep their places.")

    editing.step(REMOVAL, index, make)


def _set_level(editing: Editing, index: int, edit: SetLevel) -> None:
    place = find_place(editing.deck, edit.at, "paragraph")
    level = _checked_level(edit.level)
    editing.claim(index, place.element, "level")
    mirror = mirror_of(place.element)

    def make() -> None:
        editing.told(index, before=str(level_of(place.element)), after=str(level))
        for paragraph in (place.element, mirror):
            if paragraph is not None:
                place.part.touch(paragraph)
                set_level(paragraph, level)

    editing.step(LOOKS, index, make)


def _checked_level(level: int) -> int:
    if not 0 <= level <= MAX_LEVEL:
        raise UnsupportedEditError(f"there is no level {level}; levels go from 0 to {MAX_LEVEL}")
    return level


def _share_body(editing: Editing, index: int, paragraph: Element) -> None:
    body = paragraph.getparent()
    assert body is not None
    editing.claim(index, body, "paragraphs", shared=True)


def _index(paragraph: Element) -> int:
    body = paragraph.getparent()
    return 0 if body is None else body_paragraphs(body).index(paragraph)


def _shift_animations(place: Place, at: int, by: int) -> bool:
    """Let animations of single paragraphs follow; whether there are any."""
    if not _animated(place):
        return False
    assert place.shape is not None
    change = animations.insert_paragraph if by > 0 else animations.remove_paragraph
    gone = change(place.part, shape_id(place.shape.element), at)
    return by > 0 or bool(gone)


def _animated(place: Place) -> bool:
    if place.shape is None or place.shape.body is None or place.in_notes:
        return False
    return animations.animates_paragraphs(place.part.root, shape_id(place.shape.element))


def _tell_lost(editing: Editing, index: int, lost: list[str]) -> None:
    for kind in lost:
        editing.note(index, f"A field ({kind}) became plain text, for its own words were replaced.")


PLANS: Plans = {
    ReplaceText: _replace,
    SetText: _set_text,
    InsertParagraph: _insert,
    DeleteParagraph: _delete,
    MoveParagraph: _move,
    SetLevel: _set_level,
    SetNotes: _set_notes,
    SetCell: _set_cell,
}
