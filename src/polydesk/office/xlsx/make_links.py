"""How hyperlinks are put on cells and taken off (ECMA-376-1 §18.3.1.47)."""

from __future__ import annotations

import re
from copy import deepcopy

from polydesk.core.errors import AnchorNotFoundError, UnsupportedEditError
from polydesk.office.ooxml.names import R
from polydesk.office.ooxml.part import Element
from polydesk.office.xlsx.addresses import Area, address, is_anchor, parse_area
from polydesk.office.xlsx.area_lists import ref_of, remove_rule, without
from polydesk.office.xlsx.make_names import names_of
from polydesk.office.xlsx.making import OBJECTS, Maker, Makers, Making
from polydesk.office.xlsx.object_edits import RemoveHyperlink, SetHyperlink
from polydesk.office.xlsx.state import SheetState

MAX_TARGET, MAX_TIP, MAX_LINKS = 2_083, 255, 65_530
"""Characters of an address and of a tip; links of a sheet ("Excel specifications and limits" and "HYPERLINK
function", support.microsoft.com, checked 2026-11-24)."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
_SCHEMES = ("http", "https", "mailto", "ftp", "file", "tel")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_TRANSITIONAL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
_STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships/hyperlink"


def _prepare_set(making: Making, edit: SetHyperlink) -> None:
    sheet, area = making.place(edit.at)
    sheet.stream  # noqa: B018  # refuses a sheet without cells
    if (edit.target is None) is (edit.place is None):
        raise UnsupportedEditError("exactly one of target and place is given")
    if edit.target is not None:
        _refuse_target(edit.target)
    else:
        _location(making, edit.place or "")
    if edit.tip is not None and len(edit.tip) > MAX_TIP:
        raise UnsupportedEditError(f"the tip has {len(edit.tip):,} characters; {MAX_TIP} fit")
    making.claim(sheet, area, "hyperlink")
    making.outcome.before = _told(making, sheet, area)
    making.outcome.after = edit.target or edit.place


def _refuse_target(target: str) -> None:
    scheme = _SCHEME.match(target)
    if scheme is not None and scheme[1].lower() not in _SCHEMES:
        raise UnsupportedEditError(f"links with {scheme[1]}: are not made; {', '.join(_SCHEMES)} are")
    if not target or len(target) > MAX_TARGET or _CONTROL.search(target):
        raise UnsupportedEditError(
            f"a target has from 1 to {MAX_TARGET:,} characters, none of them a control character"
        )


def _location(making: Making, place: str) -> str:
    """A place of the workbook as a link has it. Raises AnchorNotFoundError."""
    if is_anchor(place):
        found = making.state.place(place)
        return address(found.sheet.name, found.area)
    if any(name.get("name", "").casefold() == place.casefold() for name in names_of(making.state)):
        return place
    raise AnchorNotFoundError(f"{place!r} is no address such as Notes!A1, and no defined name")


def _told(making: Making, sheet: SheetState, area: Area) -> str | None:
    """Where the cells lead now."""
    targets = {link.id: link.target for link in making.state.package.relationships(sheet.part)}
    found = [
        targets.get(link.get(f"{R}id", ""), link.get("location", "")) for link, own in _links(sheet) if own.meets(area)
    ]
    return ", ".join(found[:5]) or None


def _links(sheet: SheetState) -> list[tuple[Element, Area]]:
    found = [
        (link, parse_area(link.get("ref", ""))) for link in sheet.frame.root.iterfind("{*}hyperlinks/{*}hyperlink")
    ]
    return [(link, area) for link, area in found if area is not None]


def _make_set(making: Making, edit: SetHyperlink) -> None:
    sheet, area = making.place(edit.at)
    assert sheet.part is not None
    _take_off(making, sheet, area)
    frame = sheet.frame
    link = frame.new("hyperlink")
    link.set("ref", ref_of(area))
    if edit.target is not None:
        kind = _STRICT if making.state.workbook.is_strict else _TRANSITIONAL
        link.set(f"{R}id", making.state.package.add_relationship(sheet.part, kind, edit.target, external=True))
    else:
        link.set("location", _location(making, edit.place or ""))
    if edit.tip is not None:
        link.set("tooltip", _CONTROL.sub(" ", edit.tip))
    container = frame.child("hyperlinks")
    if container is None:
        container = frame.new("hyperlinks")
        container.append(link)
        frame.put(container)
    else:
        frame.part.append(container, link)
    if len(_links(sheet)) > MAX_LINKS:
        raise UnsupportedEditError(f"{sheet.name} would have more than {MAX_LINKS:,} links, and Excel opens no more")


def _take_off(making: Making, sheet: SheetState, area: Area) -> None:
    """Take the links off an area; those of more cells stay on the others."""
    part = sheet.frame.part
    ids: set[str] = set()
    for link, own in _links(sheet):
        if not own.meets(area):
            continue
        ids.add(link.get(f"{R}id", ""))
        pieces = without(own, area)
        for piece in reversed(pieces[1:]):
            copy = deepcopy(link)
            copy.tail = None
            copy.set("ref", ref_of(piece))
            part.insert_after(link, copy)
        if pieces:
            part.set_attribute(link, "ref", ref_of(pieces[0]))
        else:
            remove_rule(part, link)
    left = {str(value) for element in sheet.frame.root.iter("*") for value in (element.get(f"{R}id"),) if value}
    for id in ids - left - {""}:
        if any(link.id == id for link in making.state.package.relationships(sheet.part)):
            making.state.package.remove_relationship(sheet.part, id)


def _prepare_remove(making: Making, edit: RemoveHyperlink) -> None:
    sheet, area = making.place(edit.at)
    making.claim(sheet, area, "hyperlink")
    making.outcome.before = _told(making, sheet, area)
    if making.outcome.before is None:
        raise AnchorNotFoundError(f"{address(sheet.name, area)} has no link")


def _make_remove(making: Making, edit: RemoveHyperlink) -> None:
    sheet, area = making.place(edit.at)
    _take_off(making, sheet, area)


LINK_MAKERS: Makers = {
    SetHyperlink: Maker(OBJECTS, _prepare_set, _make_set),
    RemoveHyperlink: Maker(OBJECTS, _prepare_remove, _make_remove),
}
