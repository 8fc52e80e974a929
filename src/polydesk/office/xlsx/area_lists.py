"""Lists of areas as elements have them (`sqref`, ECMA-376-1 §18.18.76), with an area taken out."""

from __future__ import annotations

from collections.abc import Iterable

from polydesk.office.formulas.relative import copied
from polydesk.office.ooxml.part import Element, XmlPart
from polydesk.office.xlsx.addresses import Area, area_name, cell_name, parse_area


def without(area: Area, hole: Area) -> list[Area]:
    """What is left of an area when another is taken out of it: up to four rectangles, from the top down."""
    if not area.meets(hole):
        return [area]
    top, bottom = max(area.top, hole.top), min(area.bottom, hole.bottom)
    pieces = [
        Area(area.top, area.left, top - 1, area.right),
        Area(top, area.left, bottom, hole.left - 1),
        Area(top, hole.right + 1, bottom, area.right),
        Area(bottom + 1, area.left, area.bottom, area.right),
    ]
    return [piece for piece in pieces if piece.top <= piece.bottom and piece.left <= piece.right]


def areas_of(element: Element) -> list[Area]:
    """The areas of a rule; an extension has them in a child (`xm:sqref`)."""
    text = element.get("sqref") or element.findtext("{*}sqref") or ""
    return [area for item in text.split() if (area := parse_area(item)) is not None]


def ref_of(area: Area) -> str:
    """The area as `ref` and `sqref` have it: by its corners, whole rows and columns too (ST_Ref, §18.18.62)."""
    first, last = cell_name(area.top, area.left), cell_name(area.bottom, area.right)
    return first if first == last else f"{first}:{last}"


def absolute(area: Area) -> str:
    """The area with every row and column fixed, such as `$B$2:$B$9` or `$3:$4`."""
    first, colon, last = area_name(area).partition(":")
    return _fixed(first) + colon + (_fixed(last) if last else "")


def _fixed(corner: str) -> str:
    letters = corner.rstrip("0123456789")
    digits = corner[len(letters) :]
    return (f"${letters}" if letters else "") + (f"${digits}" if digits else "")


def take_out(part: XmlPart, element: Element, hole: Area) -> bool:
    """Let a rule no longer apply to the cells of an area, and say whether it did to any; it goes when none is left.

    Its formulas are written as for the first cell of all its areas: when that is another one now, they move with it.
    """
    before = areas_of(element)
    if not any(area.meets(hole) for area in before):
        return False
    after = [piece for area in before for piece in without(area, hole)]
    if not after:
        remove_rule(part, element)
        return True
    text = " ".join(ref_of(area) for area in after)
    child = next(element.iterchildren("{*}sqref"), None)
    if child is None:
        part.set_attribute(element, "sqref", text)
    else:
        part.touch(child)
        child.text = text
    old, new = joined(before), joined(after)
    _rebase(part, element, new.top - old.top, new.left - old.left)
    return True


def joined(areas: Iterable[Area]) -> Area:
    """The smallest area that holds all of them."""
    first, *others = areas
    for area in others:
        first = first.joined(area)
    return first


def remove_rule(part: XmlPart, element: Element) -> None:
    """Take an element out, and every container that would be empty; counts are kept right."""
    parent = element.getparent()
    if parent is None:
        return
    part.remove(element)
    if parent.getparent() is None:
        return
    left = sum(1 for _ in parent.iterchildren("*"))
    if not left:
        remove_rule(part, parent)
    elif parent.get("count") is not None:
        part.set_attribute(parent, "count", str(left))


def _rebase(part: XmlPart, element: Element, rows: int, columns: int) -> None:
    """Rewrite the relative formulas of a rule for a first cell so many rows and columns further on."""
    if not (rows or columns):
        return
    for child in element.iter("{*}formula", "{*}formula1", "{*}formula2", "{*}f"):
        if child.text and not len(child):
            new = copied(child.text, rows=rows, columns=columns, wrap=True)
            if new != child.text:
                part.touch(child)
                child.text = new
    for cfvo in element.iter("{*}cfvo"):
        value = cfvo.get("val")
        if value and cfvo.get("type") == "formula":
            part.set_attribute(cfvo, "val", copied(value, rows=rows, columns=columns, wrap=True))


def extension(part: XmlPart, uri: str) -> Element | None:
    """The extension of a sheet with that URI (ECMA-376-1 §18.2.7); None when it has none."""
    for item in part.root.iterfind("{*}extLst/{*}ext"):
        if item.get("uri", "").upper() == uri.upper():
            return item
    return None
