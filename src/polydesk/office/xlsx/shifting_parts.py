"""The parts beside the sheets that name cells, under a change of structure: each follows in its own XML."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from polydesk.office.formulas.shift import SheetShift
from polydesk.office.ooxml.names import local_name
from polydesk.office.ooxml.part import Element, XmlPart
from polydesk.office.opc.package import Package
from polydesk.office.xlsx.addresses import Area, area_name, cell_name, parse_area
from polydesk.office.xlsx.escapes import from_xml, to_xml
from polydesk.office.xlsx.shifting import Change
from polydesk.office.xlsx.shifting_grid import follow_anchor

_CONTROL = ("fmlaLink", "fmlaRange", "fmlaGroup", "fmlaTxbx")
_PIVOT_NAME = re.compile(r"(?P<book>.*\])(?P<sheet>[^\]]*)!(?P<name>[^!]*)")


def linked_parts(package: Package, source: str, *kinds: str) -> list[str]:
    """The parts that a part's relationships of some kinds lead to, each once."""
    found = (package.resolve(source, link) for link in package.relationships(source) if link.kind in kinds)
    return list(dict.fromkeys(part for part in found if part is not None))


def patched(package: Package, name: str, tracked: Iterable[str], change: Callable[[XmlPart], None]) -> None:
    """Change one part in place; it keeps its bytes when nothing in it changes."""
    part = XmlPart(package.read(name), name=name, path=package.path, tracked=tracked)
    change(part)
    if part.changed:
        package.replace(name, part.data())


def follow_drawing(package: Package, name: str, change: Change, shift: SheetShift | None) -> None:
    """A drawing: its objects' anchors, the cells that they show, and its charts with their own drawings."""

    def follow(part: XmlPart) -> None:
        if shift is not None:
            for anchor in list(part.root.iter("{*}twoCellAnchor", "{*}oneCellAnchor")):
                follow_anchor(part, anchor, shift)
        follow_shown_cells(part, change)

    patched(package, name, ("twoCellAnchor", "oneCellAnchor", "from", "to", "row", "col", "rowOff", "colOff"), follow)
    for chart in linked_parts(package, name, "chart", "chartEx"):
        follow_chart(package, chart, change)


def follow_chart(package: Package, name: str, change: Change) -> None:
    """A chart: the ranges of its series, titles and labels, and its user shapes."""

    def follow(part: XmlPart) -> None:
        for element in part.root.iter("{*}f", "{*}sqref"):
            _follow_text(part, element, change)
        for source in part.root.iter("{*}pivotSource"):
            for element in source.iterchildren("{*}name"):
                _set_text(part, element, _pivot_name(element.text or "", change))

    patched(package, name, ("f", "sqref", "pivotSource"), follow)
    for shapes in linked_parts(package, name, "chartUserShapes"):
        patched(package, shapes, ("sp",), lambda part: follow_shown_cells(part, change))


def follow_shown_cells(part: XmlPart, change: Change) -> None:
    """Shapes that show a cell's text (`textlink`), and pictures of ranges (`cellRange`)."""
    for element in part.root.iter("*"):
        for attribute in ("textlink", "cellRange"):
            value = element.get(attribute)
            if value:
                _set(part, element, attribute, change.formula(value, sheet=""))


def _pivot_name(text: str, change: Change) -> str:
    """The pivot table that a chart shows, `[file.xlsx]Sheet!PivotTable1`, whose sheet may be renamed."""
    match = _PIVOT_NAME.fullmatch(text)
    if match is None:
        return text
    sheet = match["sheet"].replace("'", "''")
    new = change.formula(f"'{sheet}'!A1", sheet="").rpartition("!")[0]
    if new.startswith("'"):
        new = new[1:-1].replace("''", "'")
    return text if new == "#REF" else f"{match['book']}{new}!{match['name']}"


def follow_control(package: Package, name: str, change: Change, sheet: str) -> None:
    """A form control: the cells that it is linked to and takes its list from."""

    def follow(part: XmlPart) -> None:
        for attribute in _CONTROL:
            value = part.root.get(attribute)
            if value:
                _set(part, part.root, attribute, change.formula(value, sheet=sheet))

    patched(package, name, (), follow)


def follow_comments(package: Package, name: str, change: Change, sheet: str) -> None:
    """Comments and threaded comments: each goes with its cell, or away with it."""

    def follow(part: XmlPart) -> None:
        for element in list(part.root.iter("{*}comment", "{*}threadedComment")):
            area = parse_area(element.get("ref", ""))
            if area is None:
                continue
            moved = change.area(sheet, area)
            if moved is None:
                part.remove(element)
            else:
                _set(part, element, "ref", element.get("ref", "") if moved == area else area_name(moved))

    patched(package, name, ("comment", "threadedComment"), follow)


def follow_single_cells(package: Package, name: str, change: Change, sheet: str) -> None:
    """Cells that are bound to XML data (ECMA-376-1 §18.5.2), and volatile functions."""

    def follow(part: XmlPart) -> None:
        for element in part.root.iter("{*}singleXmlCell"):
            area = parse_area(element.get("r", ""))
            moved = area and change.area(sheet, area)
            if moved is not None and moved != area:
                _set(part, element, "r", area_name(moved))

    patched(package, name, ("singleXmlCell",), follow)


def follow_pivot_table(package: Package, name: str, change: Change, sheet: str) -> None:
    """Where a pivot table stands."""

    def follow(part: XmlPart) -> None:
        for element in part.root.iterchildren("{*}location"):
            area = parse_area(element.get("ref", ""))
            moved = area and change.area(sheet, area)
            if moved is not None and moved != area:
                _set(part, element, "ref", area_name(moved))

    patched(package, name, ("location",), follow)


def follow_pivot_cache(package: Package, name: str, change: Change) -> None:
    """Where a pivot table's data come from: a range of a sheet, or a name."""

    def follow(part: XmlPart) -> None:
        for element in part.root.iter("{*}worksheetSource", "{*}rangeSet"):
            if any(local_name(attribute) == "id" for attribute in element.attrib):
                continue  # in another workbook
            _follow_source(part, element, change)

    patched(package, name, ("worksheetSource", "rangeSet"), follow)


def _follow_source(part: XmlPart, element: Element, change: Change) -> None:
    sheet, reference, name = element.get("sheet"), element.get("ref"), element.get("name")
    if name and not reference:
        _set(part, element, "name", change.formula(name, sheet=""))
        return
    if not sheet:
        return
    quoted = "'" + sheet.replace("'", "''") + "'!"
    new = change.formula(quoted + (reference or "A1"), sheet="")
    prefix, _, area = new.rpartition("!") if not new.endswith("#REF!") else ("", "", "")
    if not area or prefix == "#REF":
        return  # what is gone leaves the cache with the records that it has
    if prefix.startswith("'"):
        prefix = prefix[1:-1].replace("''", "'")
    _set(part, element, "sheet", prefix)
    if reference:
        _set(part, element, "ref", area)


def follow_connections(package: Package, name: str, change: Change) -> None:
    """Connections whose parameters are read from cells."""

    def follow(part: XmlPart) -> None:
        for element in part.root.iter("{*}parameter"):
            value = element.get("cell")
            if value:
                _set(part, element, "cell", change.formula(value, sheet=""))

    patched(package, name, ("parameter",), follow)


_ENTRY = re.compile(rb"<(?:[\w.-]+:)?c\s[^<>]*?/>")


def follow_calculation_chain(data: bytes, change: Change, sheets: dict[int, str]) -> bytes:
    """The chain's bytes with its cells where they are now; `sheets` has names by sheet id."""
    sheet = 0
    owed = 0

    def moved(match: re.Match[bytes]) -> bytes:
        nonlocal sheet, owed
        entry = match[0]
        own = re.search(rb"\si=\"(\d{1,9})\"", entry)
        if own is not None:
            sheet = int(own[1])
            owed = 0
        name = re.search(rb"\sr=\"([A-Za-z]+\d+)\"", entry)
        area = None if name is None else parse_area(name[1].decode())
        if name is None or area is None or sheet not in sheets:
            return entry
        new = change.area(sheets[sheet], area)
        if new is None:
            owed = sheet if own is not None or owed else 0
            return b""
        if owed:  # the entry that said the sheet for this one is gone
            entry = entry[:-2] + b' i="%d"/>' % owed
            owed = 0
        if new == area:
            return entry
        return entry.replace(name[0], b' r="%s"' % cell_name(new.top, new.left).encode(), 1)

    return _ENTRY.sub(moved, data)


_SHAPE = re.compile(rb"<v:shape\s.*?</v:shape>", re.DOTALL)
_NUMBER = re.compile(r"-?\d{1,9}")
_LINE = re.compile(rb"\s*\d{1,9}\s*")
_CLIENT = {
    name: re.compile(rb"(<x:" + name + rb">)([^<]*)(</x:" + name + rb">)")
    for name in (b"Anchor", b"Row", b"Column", b"FmlaLink", b"FmlaRange", b"FmlaGroup", b"FmlaTxbx", b"FmlaPict")
}


def follow_vml(data: bytes, change: Change, sheet: str, shift: SheetShift | None) -> bytes:
    """Legacy shapes ([MS-OI29500] 2.1.1869): notes go with their cells, controls and pictures with their anchors."""
    return _SHAPE.sub(lambda match: _followed_shape(match[0], change, sheet, shift), data)


def _followed_shape(shape: bytes, change: Change, sheet: str, shift: SheetShift | None) -> bytes:
    for name in (b"FmlaLink", b"FmlaRange", b"FmlaGroup", b"FmlaTxbx", b"FmlaPict"):
        shape = _CLIENT[name].sub(lambda match: match[1] + _formula(match[2], change, sheet) + match[3], shape)
    row, column = _CLIENT[b"Row"].search(shape), _CLIENT[b"Column"].search(shape)
    down = right = 0
    if row is not None and column is not None and _LINE.fullmatch(row[2]) and _LINE.fullmatch(column[2]):
        old = Area.cell(int(row[2]) + 1, int(column[2]) + 1)
        new = change.area(sheet, old)
        if new is None:
            return b""
        down, right = new.top - old.top, new.left - old.left
        shape = _CLIENT[b"Row"].sub(rb"\g<1>%d\g<3>" % (new.top - 1), shape)
        shape = _CLIENT[b"Column"].sub(rb"\g<1>%d\g<3>" % (new.left - 1), shape)
    elif shift is None:
        return shape
    return _CLIENT[b"Anchor"].sub(lambda match: match[1] + _anchor(match[2], down, right, shift) + match[3], shape)


def _formula(text: bytes, change: Change, sheet: str) -> bytes:
    old = from_xml(text)
    new = change.formula(old, sheet=sheet)
    return text if new == old else to_xml(new).encode()


def _anchor(text: bytes, down: int, right: int, shift: SheetShift | None) -> bytes:
    """Left, its offset, top, its offset, right, its offset, bottom, its offset; lines counted from 0."""
    parts = text.decode("ascii", "replace").split(",")
    if len(parts) != 8 or not all(_NUMBER.fullmatch(part.strip()) for part in parts):
        return text
    numbers = [int(part) for part in parts]
    if not (down or right) and shift is not None:
        down = shift.rows.landing(numbers[2] + 1) - numbers[2] - 1
        right = shift.columns.landing(numbers[0] + 1) - numbers[0] - 1
    if not (down or right):
        return text
    for index in (0, 4):
        numbers[index] = max(0, numbers[index] + right)
        numbers[index + 2] = max(0, numbers[index + 2] + down)
    left = iter(numbers)
    return re.sub(rb"-?\d+", lambda _: str(next(left)).encode(), text)


def _follow_text(part: XmlPart, element: Element, change: Change) -> None:
    if element.text and not len(element):
        _set_text(part, element, change.formula(element.text, sheet=""))


def _set_text(part: XmlPart, element: Element, value: str) -> None:
    if (element.text or "") != value:
        part.touch(element)
        element.text = value


def _set(part: XmlPart, element: Element, attribute: str, value: str) -> None:
    if element.get(attribute) != value:
        part.set_attribute(element, attribute, value)


def follow_named_views(package: Package, name: str, change: Change, sheet: str) -> None:
    """Named sheet views: the ranges of their filters ([MS-XLSX] 2.6.229)."""
    patched(package, name, ("nsvFilter",), lambda part: _follow_filters(part, change, sheet))


def _follow_filters(part: XmlPart, change: Change, sheet: str) -> None:
    for element in part.root.iter("{*}nsvFilter"):
        area = parse_area(element.get("ref", ""))
        moved = area and change.area(sheet, area)
        if moved is not None and moved != area:
            _set(part, element, "ref", area_name(moved))
