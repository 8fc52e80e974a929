"""The metadata that makes a formula a dynamic array: a cell's `cm` counts into it (ECMA-376-1 §18.9, [MS-XLSX])."""

from __future__ import annotations

from polydesk.office.opc.package import Package
from polydesk.office.opc.xml import Element, parse_xml
from polydesk.office.xlsx.numerals import whole

_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheetMetadata+xml"
_RELATIONSHIP = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sheetMetadata"
_DYNAMIC = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
    b'<metadata xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    b'xmlns:xda="http://schemas.microsoft.com/office/spreadsheetml/2017/dynamicarray"><metadataTypes count="1">'
    b'<metadataType name="XLDAPR" minSupportedVersion="120000" copy="1" pasteAll="1" pasteValues="1" merge="1" '
    b'splitFirst="1" rowColShift="1" clearFormats="1" clearComments="1" assign="1" coerce="1" cellMeta="1"/>'
    b'</metadataTypes><futureMetadata name="XLDAPR" count="1"><bk><extLst>'
    b'<ext uri="{bdbb8cdc-fa1e-496e-a857-3c3f30c029c3}"><xda:dynamicArrayProperties fDynamic="1" fCollapsed="0"/></ext>'
    b'</extLst></bk></futureMetadata><cellMetadata count="1"><bk><rc t="1" v="0"/></bk></cellMetadata></metadata>'
)


class CellMetadata:
    """The workbook's metadata part, made when the first dynamic array is."""

    def __init__(self, package: Package, workbook_part: str) -> None:
        self._package = package
        self._main = workbook_part

    def dynamic(self) -> int | None:
        """What `cm` says of a dynamic array; None when the workbook has metadata of other kinds alone."""
        part = self._part()
        if part is None:
            self._package.add(self._free_name(), _DYNAMIC, _TYPE)
            self._package.add_relationship(self._main, _RELATIONSHIP, self._free_name(taken=True))
            return 1
        root = parse_xml(self._package.read(part), part=part, path=self._package.path)
        return next((index for index, record in enumerate(_records(root), 1) if _is_dynamic(root, record)), None)

    def _part(self) -> str | None:
        links = (link for link in self._package.relationships(self._main) if link.kind == "sheetMetadata")
        return next((part for part in (self._package.resolve(self._main, link) for link in links) if part), None)

    def _free_name(self, *, taken: bool = False) -> str:
        """The part's usual name, or one beside it when something else has that; `taken` gives what was added."""
        number = 0
        while self._package.has(name := f"/xl/metadata{number or ''}.xml"):
            if taken and self._package.content_type(name) == _TYPE:
                return name
            number += 1
        return name


def _records(root: Element) -> list[Element]:
    container = root.find("{*}cellMetadata")
    return [] if container is None else list(container.iterchildren("{*}bk"))


def _is_dynamic(root: Element, record: Element) -> bool:
    """Whether a record names a type XLDAPR whose properties say so."""
    types = [item.get("name") for item in root.iterfind("{*}metadataTypes/{*}metadataType")]
    for item in record.iterchildren("{*}rc"):
        type, value = whole(item.get("t")), whole(item.get("v"), -1)
        if not (0 < type <= len(types) and types[type - 1] == "XLDAPR"):
            continue
        future = [block for block in root.iterchildren("{*}futureMetadata") if block.get("name") == "XLDAPR"]
        blocks = [bk for block in future for bk in block.iterchildren("{*}bk")]
        if 0 <= value < len(blocks):
            return any(
                properties.get("fDynamic") in ("1", "true")
                for properties in blocks[value].iter("{*}dynamicArrayProperties")
            )
    return False
