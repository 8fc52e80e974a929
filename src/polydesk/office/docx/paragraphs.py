"""Inserting, deleting, moving and restyling paragraphs, tracked or directly.

A tracked paragraph is tracked by its mark: rejecting an inserted mark, or accepting a deleted one, joins the
paragraph to the next. The last mark of a cell or story cannot go, so there the mark before it is tracked instead and
the properties are exchanged, with the exchange recorded (`w:pPrChange`): both ways then end in the right look.
"""

from __future__ import annotations

from copy import deepcopy

from lxml import etree

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.docx.inline import CONTAINERS, DELETIONS, W_ID, W_P, W_PPR, W_R
from polydesk.office.docx.properties import (
    W_PPR_CHANGE,
    base_properties,
    has_section,
    is_last,
    mark_paragraph,
    paragraph_properties,
    previous_paragraph,
    remember_properties,
    set_base_properties,
    set_style_id,
    style_id,
    uniform_look,
)
from polydesk.office.docx.revisions import Revisions
from polydesk.office.docx.runs import new_run, wrap
from polydesk.office.docx.styles import Style, Styles
from polydesk.office.ooxml.characters import clean_text
from polydesk.office.ooxml.names import W14, M, W
from polydesk.office.ooxml.part import Element, XmlPart

_RANGE_NAMES = ("bookmark", "commentRange", "perm", "moveFromRange", "moveToRange")
RANGE_MARKS = frozenset(f"{W}{name}{side}" for name in _RANGE_NAMES for side in ("Start", "End"))
"""Elements that only mark where a range begins or ends."""
_NOT_COPIED = RANGE_MARKS | {f"{W}proofErr", f"{W}lastRenderedPageBreak"}
_CANNOT_MOVE = {
    f"{W}footnoteReference": "a footnote reference",
    f"{W}endnoteReference": "an endnote reference",
    f"{W}ins": "a tracked insertion",
    f"{W}del": "a tracked deletion",
    f"{W}moveFrom": "a tracked move",
    f"{W}moveTo": "a tracked move",
    f"{W}sdt": "a content control",
    f"{W}drawing": "a drawing",
    f"{W}pict": "a drawing",
    f"{W}object": "an embedded object",
}


def insert_after(
    part: XmlPart, reference: Element, new: Element, revisions: Revisions, *, tracked: bool, kind: str = "ins"
) -> None:
    """Put the paragraph `new`, whose runs are unmarked, behind `reference`."""
    if not tracked:
        part.insert_after(reference, new)
        return
    wrap(live_runs(new), kind, revisions)
    if reference.tag != W_P:
        part.insert_after(reference, new)
        mark_paragraph(new, kind, revisions)
        return
    if not has_no_next(reference, revisions):
        part.insert_after(reference, new)
        mark_paragraph(new, kind, revisions)
        return
    part.touch(reference)
    recorded = reference.find(f"{W_PPR}/{W_PPR_CHANGE}")
    was_ours = recorded is not None and recorded in revisions.made
    old = deepcopy(recorded[0]) if recorded is not None and was_ours else base_properties(reference)
    mark_paragraph(reference, kind, revisions)
    part.insert_after(reference, new)
    remember_properties(new, old, revisions)


def insert_before(part: XmlPart, reference: Element, new: Element, revisions: Revisions, *, tracked: bool) -> None:
    """Put the paragraph `new`, whose runs are unmarked, in front of `reference`."""
    part.insert_before(reference, new)
    if tracked:
        wrap(live_runs(new), "ins", revisions)
        mark_paragraph(new, "ins", revisions)


def new_paragraph(text: str, neighbour: Element, style: str | None, styles: Styles) -> Element:
    """A paragraph with `text` that looks as Word would make it beside `neighbour`."""
    paragraph = etree.Element(W_P)
    chosen = styles.paragraph_style(style) if style is not None else _following(neighbour, styles)
    if chosen is None:
        base = base_properties(neighbour)
        if len(base):
            paragraph.append(base)
    else:
        set_style_id(paragraph, chosen.id)
    if text:
        look = uniform_look(neighbour) if chosen is None else None
        paragraph.append(new_run(clean_text(text), look))
    return paragraph


def delete_paragraph(part: XmlPart, paragraph: Element, revisions: Revisions, *, tracked: bool) -> None:
    """Delete the paragraph; where one must remain, empty it."""
    if has_section(paragraph):
        raise UnsupportedEditError(
            "this paragraph ends a section; deleting it would give its text the page layout of the next section. "
            "Replace its text instead",
            part=part.name,
        )
    if tracked:
        mark_deleted(part, paragraph, revisions)
    else:
        _remove(part, paragraph, _joinable(paragraph) if is_last(paragraph) else None)


def set_style(part: XmlPart, paragraph: Element, style: Style, revisions: Revisions, *, tracked: bool) -> None:
    """Give the paragraph the style."""
    if style_id(paragraph) == style.id or (style.default and style_id(paragraph) is None):
        return
    part.touch(paragraph)
    old = base_properties(paragraph)
    set_style_id(paragraph, style.id)
    if tracked:
        remember_properties(paragraph, old, revisions)


def move_paragraph(
    part: XmlPart, paragraph: Element, target: Element, revisions: Revisions, *, before: bool, tracked: bool
) -> None:
    """Move the paragraph in front of or behind `target`, which must be in the same part."""
    if paragraph is target:
        raise UnsupportedEditError("a paragraph cannot be moved next to itself", part=part.name)
    if has_section(paragraph):
        raise UnsupportedEditError("this paragraph ends a section and cannot be moved without it", part=part.name)
    if tracked:
        _move_tracked(part, paragraph, target, revisions, before=before)
    else:
        _move_directly(part, paragraph, target, before=before)


def content_of(paragraph: Element) -> list[Element]:
    """Everything in the paragraph but its properties."""
    return [child for child in paragraph if child.tag != W_PPR]


def _following(neighbour: Element, styles: Styles) -> Style | None:
    """The style that the neighbour's style says comes next; None to continue as the neighbour."""
    own = styles.by_id.get(style_id(neighbour) or "")
    if own is None or own.next is None or own.next == own.id:
        return None
    return styles.by_id.get(own.next)


def live_runs(paragraph: Element) -> list[Element]:
    """Runs and equations that are not in a tracked deletion."""
    found: list[Element] = []

    def walk(parent: Element) -> None:
        for child in parent:
            if child.tag in (W_R, f"{M}oMath", f"{M}oMathPara"):
                found.append(child)
            elif child.tag in CONTAINERS and child.tag not in DELETIONS:
                walk(child)

    walk(paragraph)
    return found


def mark_deleted(part: XmlPart, paragraph: Element, revisions: Revisions) -> None:
    """Mark the paragraph's words and its end as deleted."""
    part.touch(paragraph)
    wrap(live_runs(paragraph), "del", revisions)
    revisions.deleted.add(paragraph)
    last = paragraph if has_no_next(paragraph, revisions) else revisions.stand_ins.pop(paragraph, None)
    before = None if last is None else _joinable(paragraph)
    while before in revisions.deleted:
        before = _joinable(before)
    if last is None or before is None or _has_deleted_mark(before):
        if not is_last(paragraph):
            mark_paragraph(paragraph, "del", revisions)
        return
    part.touch(before)
    part.touch(last)
    old = base_properties(last)
    mark_paragraph(before, "del", revisions)
    revisions.stand_ins[before] = last
    set_base_properties(last, base_properties(before))
    if last.find(f"{W_PPR}/{W_PPR_CHANGE}") not in revisions.made:  # Ours says already what was there at first.
        remember_properties(last, old, revisions)


def has_no_next(paragraph: Element, revisions: Revisions) -> bool:
    """Whether the paragraph's mark cannot be joined to a paragraph behind it, so that the one before must stand in.

    In front of a table a mark can go in Word, but other programs leave an empty paragraph there; so the one before
    stands in as at the end of a story, unless properties that are recorded for others would be lost by it.
    """
    if is_last(paragraph):
        return True
    following = next((sibling for sibling in paragraph.itersiblings() if sibling.tag not in RANGE_MARKS), None)
    recorded = paragraph.find(f"{W_PPR}/{W_PPR_CHANGE}")
    kept = recorded is None or recorded in revisions.made
    return kept and not has_section(paragraph) and (following is None or following.tag != W_P)


def _has_deleted_mark(paragraph: Element) -> bool:
    look = paragraph.find(f"{W_PPR}/{W}rPr")
    return look is not None and any(child.tag in DELETIONS for child in look)


def _remove(part: XmlPart, paragraph: Element, before: Element | None) -> None:
    if is_last(paragraph) and before is None:
        part.touch(paragraph)
        for child in content_of(paragraph):
            if child.tag not in RANGE_MARKS:
                paragraph.remove(child)
        return
    _keep_open_ranges(part, paragraph, before)
    part.remove(paragraph)


def _keep_open_ranges(part: XmlPart, paragraph: Element, before: Element | None) -> None:
    """Hand the ends of ranges that reach beyond the paragraph to its neighbour."""
    open_marks = _open_marks(paragraph)
    if not open_marks:
        return
    following = next((sibling for sibling in paragraph.itersiblings() if sibling.tag == W_P), None)
    heir = following if following is not None else before
    if heir is None:
        return
    part.touch(heir)
    if heir is following:
        position = 0 if heir.find(W_PPR) is None else 1
        for offset, mark in enumerate(open_marks):
            heir.insert(position + offset, mark)
    else:
        heir.extend(open_marks)


def _open_marks(paragraph: Element) -> list[Element]:
    marks = [mark for mark in paragraph.iter(*RANGE_MARKS) if mark.tag in RANGE_MARKS]
    count: dict[tuple[str, str | None], int] = {}
    for mark in marks:
        key = (_range_name(mark), mark.get(W_ID))
        count[key] = count.get(key, 0) + 1
    return [mark for mark in marks if count[_range_name(mark), mark.get(W_ID)] == 1]


def _range_name(mark: Element) -> str:
    return mark.tag.removesuffix("Start").removesuffix("End")


def _joinable(paragraph: Element) -> Element | None:
    """The paragraph before it that can be the last one in its stead; None when there is none."""
    before = previous_paragraph(paragraph)
    return None if before is None or has_section(before) else before


def _move_directly(part: XmlPart, paragraph: Element, target: Element, *, before: bool) -> None:
    if is_last(paragraph) and _joinable(paragraph) is None:
        raise UnsupportedEditError(
            "this is the only paragraph where it stands or the last of a section, and one must remain there; "
            "insert a copy and replace this one's text instead",
            part=part.name,
        )
    part.remove(paragraph)
    if before:
        part.insert_before(target, paragraph)
    else:
        part.insert_after(target, paragraph)


def _move_tracked(part: XmlPart, paragraph: Element, target: Element, revisions: Revisions, *, before: bool) -> None:
    obstacle = next((_CANNOT_MOVE[item.tag] for item in paragraph.iter(*_CANNOT_MOVE)), None)
    if obstacle is not None:
        raise UnsupportedEditError(
            f"this paragraph holds {obstacle}, which cannot stand in two places while a move is pending; "
            'move it directly with "tracked": false',
            part=part.name,
        )
    copy = _copy(paragraph)
    at_end = is_last(paragraph) or (not before and is_last(target))
    at_table = has_no_next(paragraph, revisions) or (not before and has_no_next(target, revisions))
    is_plain = next(paragraph.iter(*RANGE_MARKS, f"{W}commentReference"), None) is None
    if at_end or (at_table and is_plain):
        # There a move has no mark to go by: it is shown as a deletion and an insertion.
        if not is_plain:
            raise UnsupportedEditError(
                "this paragraph holds a comment or bookmark, which would not follow a tracked move to or from the end "
                'of a cell or story; move it directly with "tracked": false',
                part=part.name,
            )
        if before:
            insert_before(part, target, copy, revisions, tracked=True)
        else:
            insert_after(part, target, copy, revisions, tracked=True)
        delete_paragraph(part, paragraph, revisions, tracked=True)
        return
    name = f"move{revisions.new_id()}"
    part.touch(paragraph)
    wrap(live_runs(copy), "moveTo", revisions)
    mark_paragraph(copy, "moveTo", revisions)
    wrap(live_runs(paragraph), "moveFrom", revisions)
    mark_paragraph(paragraph, "moveFrom", revisions)
    bracket_move(paragraph, "moveFrom", name, revisions)
    bracket_move(copy, "moveTo", name, revisions)
    if before:
        part.insert_before(target, copy)
    else:
        part.insert_after(target, copy)


def bracket_move(paragraph: Element, kind: str, name: str, revisions: Revisions) -> None:
    """Name the moved range, so that both ends are known as one move (17.13.5.24)."""
    start = revisions.mark(f"{kind}RangeStart")
    start.set(f"{W}name", name)
    end = etree.Element(f"{W}{kind}RangeEnd")
    end.set(W_ID, start.get(W_ID, ""))
    paragraph.insert(list(paragraph).index(paragraph_properties(paragraph)) + 1, start)
    paragraph.append(end)


def _copy(paragraph: Element) -> Element:
    """A copy with nothing that may exist only once: ranges, comment references, paragraph ids."""
    copy = deepcopy(paragraph)
    copy.tail = None
    for element in list(copy.iter(*_NOT_COPIED)):
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)
    for reference in list(copy.iter(f"{W}commentReference")):
        run = reference.getparent()
        holder = None if run is None else run.getparent()
        if run is not None and holder is not None:
            holder.remove(run)
    change = copy.find(f"{W_PPR}/{W_PPR_CHANGE}")
    if change is not None:
        paragraph_properties(copy).remove(change)
    for item in copy.iter("*"):
        for attribute in (f"{W14}paraId", f"{W14}textId"):
            if attribute in item.attrib:
                del item.attrib[attribute]
    return copy
