"""Whatever names cells in a sheet outside its rows: views, merged cells, filters, formats, links, breaks, extensions.

Elements are told by their local names, so that those of the extensions (x14, xm) are met with the rest. An area that
is gone takes its element with it, and a container that is empty then.
"""

from __future__ import annotations

from polydesk.office.ooxml.names import local_name
from polydesk.office.ooxml.part import Element, XmlPart
from polydesk.office.xlsx.addresses import Area, area_name, parse_area
from polydesk.office.xlsx.numerals import whole
from polydesk.office.xlsx.shifting import Change

_AREAS = {
    "mergeCell": "ref",
    "autoFilter": "ref",
    "sortState": "ref",
    "sortCondition": "ref",
    "hyperlink": "ref",
    "webPublishItem": "sourceRef",
    "cellWatch": "r",
    "inputCells": "r",
    "cellSmartTags": "r",
}
"""Elements with one area, and the attribute that has it (ECMA-376-1 §18.3.1)."""
_AREA_LISTS = {"conditionalFormatting", "dataValidation", "protectedRange", "ignoredError", "scenarios"}
"""Elements with a list of areas in `sqref`."""
_POINTS = {"sheetView": ("topLeftCell",), "customSheetView": ("topLeftCell",)}
_FORMULAS = {"controlPr": ("linkedCell", "listFillRange"), "hyperlink": ("location",)}
_CONTAINERS = {
    "mergeCells", "hyperlinks", "dataValidations", "protectedRanges", "ignoredErrors", "cellWatches", "scenarios",
    "scenario", "smartTags", "conditionalFormattings", "sparklines", "sparklineGroup", "sparklineGroups", "ext",
    "extLst", "webPublishItems", "rowBreaks", "colBreaks",
}  # fmt: skip
"""Elements that mean nothing, or are not allowed, without children."""


class SheetFollower:
    """Lets one sheet's elements follow a change."""

    def __init__(self, part: XmlPart, change: Change, sheet: str) -> None:
        self._part = part
        self._change = change
        self._sheet = sheet
        self.unlinked: list[str] = []
        """Ids of relationships whose hyperlinks are gone."""

    def follow(self) -> None:
        """Change every element below the root that names cells."""
        for element in list(self._part.root.iter("*")):
            if element.getparent() is not None:  # not taken out with an earlier one
                self._element(element, local_name(element.tag))

    def _element(self, element: Element, name: str) -> None:
        if name in ("conditionalFormatting", "dataValidation"):
            self._region_formulas(element)
        for attribute in _FORMULAS.get(name, ()):
            self._set_formula(element, attribute)
        if name in _AREAS:
            self._area(element, _AREAS[name])
        elif name == "selection":
            self._selection(element)
        elif name in _AREA_LISTS and element.get("sqref") is not None:
            self._areas(element)
        elif name == "sqref":
            self._extension(element)
        elif name == "dimension":
            self._dimension(element)
        for attribute in _POINTS.get(name, ()):
            self._point(element, attribute)

    def _set(self, element: Element, attribute: str, value: str) -> None:
        if element.get(attribute) != value:
            self._part.set_attribute(element, attribute, value)

    def _set_text(self, element: Element, value: str) -> None:
        if (element.text or "") != value:
            self._part.touch(element)
            element.text = value

    def _set_formula(self, element: Element, attribute: str) -> None:
        value = element.get(attribute)
        if value:
            self._set(element, attribute, self._change.formula(value, sheet=self._sheet))

    def _area(self, element: Element, attribute: str) -> None:
        area = parse_area(element.get(attribute, ""))
        if area is None:
            return
        moved = self._change.area(self._sheet, area)
        name = local_name(element.tag)
        if moved is None or (
            name == "mergeCell" and (moved.height, moved.width) == (1, 1) != (area.height, area.width)
        ):
            self._take_out(element)
            return
        if name == "autoFilter":
            self._filter_columns(element, area, moved)
        self._set_area(element, attribute, area, moved)

    def _set_area(self, element: Element, attribute: str, area: Area, moved: Area) -> None:
        if area != moved:
            self._set(element, attribute, area_name(moved))

    def _filter_columns(self, element: Element, area: Area, moved: Area) -> None:
        """Give each column's filter its number in the moved range (ECMA-376-1 §18.3.2.7)."""
        for column in list(element.iterchildren("{*}filterColumn")):
            index = whole(column.get("colId"), 0)
            cell = self._change.area(self._sheet, Area.cell(area.top, area.left + index)) or self._change.area(
                self._sheet, Area(area.top, area.left + index, area.bottom, area.left + index)
            )
            if cell is None:
                self._part.touch(element)
                element.remove(column)
            else:
                self._set(column, "colId", str(cell.left - moved.left))

    def _areas(self, element: Element) -> None:
        moved = self._list(element.get("sqref", ""))
        if moved:
            self._set(element, "sqref", moved)
        else:
            self._take_out(element)

    def _list(self, text: str) -> str:
        """A list of areas as it is now; empty when nothing is left."""
        found: list[str] = []
        for item in text.split():
            area = parse_area(item)
            moved = area and self._change.area(self._sheet, area)
            if area is None or moved == area:
                found.append(item)
            elif moved is not None:
                found.append(area_name(moved))
        return text if found == text.split() else " ".join(dict.fromkeys(found))

    def _selection(self, element: Element) -> None:
        moved = self._list(element.get("sqref", "A1"))
        active = parse_area(element.get("activeCell", "A1"))
        active_moved = active and self._change.area(self._sheet, active)
        if moved and active and active_moved:
            if element.get("sqref") is not None or moved != "A1":
                self._set(element, "sqref", moved)
            if active != active_moved:
                self._set(element, "activeCell", area_name(active_moved))

    def _point(self, element: Element, attribute: str) -> None:
        area = parse_area(element.get(attribute, ""))
        moved = area and self._change.area(self._sheet, area)
        if area is not None and moved is not None:
            self._set_area(element, attribute, area, moved)

    def _dimension(self, element: Element) -> None:
        area = parse_area(element.get("ref", ""))
        moved = area and self._change.area(self._sheet, area)
        if area is not None and self._change.cells(self._sheet):
            self._set_area(element, "ref", area, moved or Area.cell(1, 1))

    def _region_formulas(self, element: Element) -> None:
        """The formulas of a conditional format or a validation, which its cells share."""
        lists = [element.get("sqref") or ""]
        lists += [child.text or "" for child in element.iterchildren("{*}sqref")]
        areas = [area for text in lists for item in text.split() if (area := parse_area(item)) is not None]
        if not areas:
            return
        home = areas[0]
        for area in areas[1:]:
            home = home.joined(area)
        for child in element.iter("{*}formula", "{*}formula1", "{*}formula2", "{*}f"):
            if child.text and not len(child):
                self._set_text(child, self._change.region(child.text, sheet=self._sheet, home=home))
        for cfvo in element.iter("{*}cfvo"):
            value = cfvo.get("val")
            if value and cfvo.get("type") == "formula":
                self._set(cfvo, "val", self._change.region(value, sheet=self._sheet, home=home))

    def _extension(self, element: Element) -> None:
        """An `xm:sqref`, whose parent is the format, validation or sparkline ([MS-XLSX] 2.6)."""
        owner = element.getparent()
        if owner is None:
            return
        moved = self._list(element.text or "")
        if not moved:
            self._take_out(owner)
            return
        self._set_text(element, moved)
        if local_name(owner.tag) == "sparkline":
            for formula in owner.iterchildren("{*}f"):
                self._set_text(formula, self._change.formula(formula.text or "", sheet=self._sheet))

    def _take_out(self, element: Element) -> None:
        """Remove an element, and what holds nothing then."""
        for link in element.iter("{*}hyperlink"):
            self.unlinked += [str(value) for name, value in link.attrib.items() if local_name(name) == "id"]
        parent = element.getparent()
        if parent is None:
            return
        name = local_name(parent.tag)
        self._remove(element)
        if name in _CONTAINERS and next(parent.iterchildren("*"), None) is None:
            self._take_out(parent)
        elif parent.get("count") is not None:
            self._set(parent, "count", str(sum(1 for _ in parent.iterchildren("*"))))

    def _remove(self, element: Element) -> None:
        self._part.remove(element)


def follow_groups(part: XmlPart, change: Change, sheet: str) -> None:
    """Formulas that a group of sparklines shares for its dates."""
    for group in part.root.iter("{*}sparklineGroup"):
        for formula in group.iterchildren("{*}f"):
            new = change.formula(formula.text or "", sheet=sheet)
            if new != formula.text:
                part.touch(formula)
                formula.text = new
