"""The workbook's list of sheets: their order, names and visibility, and all that counts by them.

Names of one sheet say which by its place (`localSheetId`), as do the views; docProps/app.xml lists the titles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from itertools import count as numbers_from

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.ooxml.names import R
from polydesk.office.ooxml.part import Element, XmlPart
from polydesk.office.opc.names import relationships_name
from polydesk.office.xlsx.numerals import whole
from polydesk.office.xlsx.state import SheetState, WorkbookState

_STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships/"
_TRANSITIONAL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
WORKSHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
EMPTY_SHEET = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{}"><sheetData/></worksheet>'


def free_part(state: WorkbookState, form: str) -> str:
    """The first name of a form such as `/xl/worksheets/sheet{}.xml` that no part has, nor left relationships behind."""
    names = (form.format(number) for number in numbers_from(1))
    return next(name for name in names if not any(map(state.package.has, (name, relationships_name(name)))))


def add_sheet(state: WorkbookState, name: str, part: str) -> Element:
    """Enter a part that the package holds as the last sheet, and return its element."""
    base = _STRICT if state.workbook.is_strict else _TRANSITIONAL
    id = state.package.add_relationship(state.main, base + "worksheet", part)
    container = _container(state)
    sheets = list(container.iterchildren("{*}sheet"))
    element = container.makeelement(f"{container.tag[: -len('sheets')]}sheet")
    element.set("name", name)
    element.set("sheetId", str(max((whole(sheet.get("sheetId"), 0) for sheet in sheets), default=0) + 1))
    element.set(f"{R}id", id)
    state.workbook.touch(container)
    container.append(element)
    return element


def reorder(state: WorkbookState, wanted: Sequence[Element]) -> None:
    """Put the `sheet` elements in an order; those left out are gone. Whatever counts sheets by place follows.

    Raises UnsupportedEditError when no visible sheet is left.
    """
    if not any(element.get("state", "visible") == "visible" for element in wanted):
        raise UnsupportedEditError("a workbook keeps at least one visible sheet", path=state.path)
    container = _container(state)
    before = list(container.iterchildren("{*}sheet"))
    places = {index: wanted.index(element) for index, element in enumerate(before) if element in wanted}
    if before != list(wanted):
        state.workbook.touch(container)
        for element in before:
            container.remove(element)
        for element in wanted:
            container.append(element)
    if len(places) != len(before) or any(index != place for index, place in places.items()):
        _follow_names(state, places)
    _follow_views(state, places, wanted)


def _container(state: WorkbookState) -> Element:
    container = state.workbook_child("sheets")
    assert container is not None
    return container


def _follow_names(state: WorkbookState, places: Mapping[int, int]) -> None:
    part = state.workbook
    for name in list(part.root.iter("{*}definedName")):
        local = name.get("localSheetId")
        if local is None or not local.isdigit():
            continue
        place = places.get(whole(local, -1))
        if place is not None:
            if str(place) != local:
                part.set_attribute(name, "localSheetId", str(place))
            continue
        parent = name.getparent()
        part.remove(name)
        if parent is not None and not len(parent):
            part.remove(parent)


def _follow_views(state: WorkbookState, places: Mapping[int, int], wanted: Sequence[Element]) -> None:
    """The active and the first tab stay the same sheets, or go to the next visible one."""
    visible = [index for index, element in enumerate(wanted) if element.get("state", "visible") == "visible"]
    for view in list(state.workbook.root.iter("{*}workbookView")):
        for name in ("activeTab", "firstSheet"):
            old = whole(view.get(name), 0)
            new = places.get(old, min(old, len(wanted) - 1))
            if name == "activeTab" and new not in visible:
                new = min(visible, key=lambda index: (abs(index - new), index))
            if new != old:
                state.workbook.set_attribute(view, name, str(new) if new else None)


def retitle(state: WorkbookState, before: Sequence[SheetState], after: Sequence[tuple[str, str]]) -> None:
    """Let docProps/app.xml list the sheets that there are, as (kind, name); a list that it does not keep stays so."""
    for name in _app_parts(state):
        part = XmlPart(state.package.read(name), name=name, path=state.path, tracked=("HeadingPairs", "TitlesOfParts"))
        _retitle(part, before, after)
        if part.changed:
            state.package.replace(name, part.data())


def _app_parts(state: WorkbookState) -> list[str]:
    package = state.package
    links = [link for link in package.relationships(None) if link.kind in ("extended-properties", "extendedProperties")]
    found = [package.resolve(None, link) for link in links]
    return [part for part in found if part is not None]


def _retitle(part: XmlPart, before: Sequence[SheetState], after: Sequence[tuple[str, str]]) -> None:
    pairs = next(part.root.iter("{*}HeadingPairs"), None)
    titles = next(part.root.iter("{*}TitlesOfParts"), None)
    counts = [] if pairs is None else list(pairs.iter("{*}i4"))
    items = [] if titles is None else list(titles.iter("{*}lpstr"))
    sizes = [whole(count.text, 0) for count in counts]
    if pairs is None or titles is None or sum(sizes) != len(items):
        return
    at = 0
    changed = False
    for count, size in zip(counts, sizes, strict=True):
        own = items[at : at + size]
        at += size
        kind = _kind({item.text or "" for item in own}, before)
        names = [name for sheet_kind, name in after if sheet_kind == kind]
        if kind is None or not names or [item.text for item in own] == names:
            continue
        part.touch(pairs)
        part.touch(titles)
        _replace(own, names)
        count.text = str(len(names))
        changed = True
    vector = next(titles.iterchildren("*"), None)
    if changed and vector is not None:
        vector.set("size", str(sum(1 for _ in vector.iterchildren("*"))))


def _kind(titles: set[str], before: Sequence[SheetState]) -> str | None:
    """The kind of sheets that some titles are of; None when they are of none, or of several."""
    for kind in ("worksheet", "chartsheet"):
        if titles and titles == {sheet.name for sheet in before if sheet.kind == kind}:
            return kind
    return None


def _replace(items: Sequence[Element], names: Sequence[str]) -> None:
    """Give titles other names, one element for each."""
    last = items[0]
    for item, name in zip(items, names, strict=False):
        item.text = name
        last = item
    for item in items[len(names) :]:
        parent = item.getparent()
        assert parent is not None
        parent.remove(item)
    for name in names[len(items) :]:
        new = copy(last)
        new.text = name
        last.addnext(new)
        last = new


def remove_parts(state: WorkbookState, gone: str) -> None:
    """Take a sheet's part out of the package, with all that nothing else leads to. Its relationship is gone already."""
    package = state.package
    hanging = _reachable(state, [gone])
    kept = _reachable(state, [None])
    for part in hanging - kept:
        package.remove(part)


def _reachable(state: WorkbookState, start: Sequence[str | None]) -> set[str]:
    """The parts that relationships lead to, `start` included."""
    package = state.package
    found = {part for part in start if part is not None}
    waiting = list(start)
    while waiting:
        source = waiting.pop()
        for link in package.relationships(source):
            target = package.resolve(source, link)
            if target is not None and target not in found:
                found.add(target)
                waiting.append(target)
    return found
