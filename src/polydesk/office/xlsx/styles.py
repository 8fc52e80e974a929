"""Cell formats: read by index, and new ones appended, each made of an old one and a change (ECMA-376-1 §18.8).

Nothing that is in the file is changed or moved, so every index that anything holds stays true. A new format that
equals one in the file, or one made before, takes its index.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.ooxml.names import local_name
from polydesk.office.ooxml.part import Element, XmlPart
from polydesk.office.opc.package import Package
from polydesk.office.xlsx.elements import attributes, sibling
from polydesk.office.xlsx.numerals import whole

ORDER: list[str] = [
    "numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles", "colors",
    "extLst",
]  # fmt: skip
"""The children of a style sheet in the order of the schema (CT_Stylesheet, §18.8.39)."""

MAX_FORMATS = 65_490
"""Excel's bound on cell formats ("Excel specifications and limits", support.microsoft.com, checked 2026-11-24)."""

FIRST_CUSTOM_FORMAT = 164
"""Number format ids below are Excel's own (§18.8.30)."""

_TRACKED = [*ORDER, "xf", "font", "fill", "border", "numFmt", "cellStyle", "dxf"]
_MINIMAL = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
    b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b'<fonts count="1"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts>'
    b'<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    b'</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    b'<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    b'<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>'
    b'<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_RELATIONSHIP = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles"


class Styles:
    """The workbook's formats."""

    def __init__(self, package: Package, workbook_part: str) -> None:
        self._package = package
        self._workbook_part = workbook_part
        found = (
            package.resolve(workbook_part, link)
            for link in package.relationships(workbook_part)
            if link.kind == "styles"
        )
        self._name = next((part for part in found if part is not None), None)
        self._keys: dict[str, dict[bytes, int]] = {}
        self._members: dict[str, list[Element]] = {}

    @cached_property
    def part(self) -> XmlPart:
        """The style sheet; a minimal one, to be added on `save`, when the workbook has none."""
        data = _MINIMAL if self._name is None else self._package.read(self._name)
        return XmlPart(data, name=self._name or self._free_name(), path=self._package.path, tracked=_TRACKED)

    def _free_name(self) -> str:
        """A name for a new style sheet; a part that nothing leads to may have the usual one."""
        names = ("/xl/styles.xml", *(f"/xl/styles{number}.xml" for number in range(2, 10_000)))
        return next(name for name in names if not self._package.has(name))

    def members(self, container: str) -> list[Element]:
        """The elements of `fonts`, `fills`, `cellXfs`, … in the order of their indexes, new ones included."""
        if container not in self._members:
            found = self._container(container)
            self._members[container] = [] if found is None else list(found.iterchildren("*"))
        return self._members[container]

    def format(self, index: int) -> Element | None:
        """The cell format `xf` at an index; None when there is none."""
        formats = self.members("cellXfs")
        return formats[index] if 0 <= index < len(formats) else None

    def number_format(self, index: int) -> tuple[int, str | None]:
        """Id and code of the number format of a cell format; the code is None for one of Excel's own ids."""
        xf = self.format(index)
        id = whole(xf.get("numFmtId") if xf is not None else None)
        return id, self.codes.get(id)

    @cached_property
    def codes(self) -> dict[int, str]:
        """Number format codes that the file defines, by id."""
        return {whole(item.get("numFmtId")): item.get("formatCode", "") for item in self.members("numFmts")}

    def code_id(self, code: str) -> int:
        """The id of a number format code that is not one of Excel's own; it is added when the file has it not."""
        for id, known in self.codes.items():
            if known == code:
                return id
        id = max([FIRST_CUSTOM_FORMAT - 1, *self.codes]) + 1
        element = self.new("numFmt")
        element.set("numFmtId", str(id))
        element.set("formatCode", code)
        self._append("numFmts", element)
        self.codes[id] = code
        return id

    def changed(self, container: str, index: int, change: Callable[[Element], None]) -> int:
        """The index of a copy of a member of `container`, changed; of an equal member when there is one."""
        members = self.members(container)
        base = members[index] if 0 <= index < len(members) else None
        copy = self.new(_SINGULAR[container]) if base is None else _copied(base)
        change(copy)
        return self.index(container, copy)

    def index(self, container: str, element: Element) -> int:
        """The index of a member equal to `element`, which is appended when there is none."""
        keys = self._keys.get(container)
        if keys is None:
            keys = self._keys[container] = {}
            for index, member in enumerate(self.members(container)):
                keys.setdefault(_key(member), index)
        key = _key(element)
        if key not in keys:
            keys[key] = len(self.members(container))
            self._refuse_too_many(container, keys[key])
            self._append(container, element)
        return keys[key]

    def new(self, name: str) -> Element:
        """A new element in the style sheet's namespace."""
        return sibling(self.part.root, name)

    def named(self, name: str) -> tuple[int, Element] | None:
        """Index and `xf` (in `cellStyleXfs`) of a named cell style, whatever its case; None when there is none."""
        for style in self.members("cellStyles"):
            if style.get("name", "").casefold() == name.casefold():
                index = whole(style.get("xfId"))
                formats = self.members("cellStyleXfs")
                return (index, formats[index]) if index < len(formats) else None
        return None

    def names(self) -> list[str]:
        """The names of the cell styles."""
        return [style.get("name", "") for style in self.members("cellStyles")]

    def save(self) -> None:
        """Write what was appended."""
        if "part" not in self.__dict__ or not self.part.changed:
            return
        if self._name is not None:
            self._package.replace(self._name, self.part.data())
            return
        self._package.add(self.part.name, self.part.data(), _CONTENT_TYPE)
        self._package.add_relationship(self._workbook_part, _RELATIONSHIP, self.part.name)

    def _container(self, name: str) -> Element | None:
        return next(self.part.root.iterchildren("{*}" + name), None)

    def _append(self, name: str, element: Element) -> None:
        container = self._container(name)
        if container is None:
            container = self._new_container(name)
        self.part.append(container, element)
        if "count" in container.attrib:
            self._count(container)
        members = self.members(name)
        if not members or members[-1] is not element:
            members.append(element)

    def _count(self, container: Element) -> None:
        self.part.set_attribute(container, "count", str(len(list(container.iterchildren("*")))))

    def _new_container(self, name: str) -> Element:
        container = self.new(name)
        container.set("count", "0")
        previous: Element | None = None
        for child in self.part.root.iterchildren("*"):
            if local_name(child.tag) in ORDER[: ORDER.index(name)]:
                previous = child
        first = next(self.part.root.iterchildren("*"), None)
        if previous is not None:
            self.part.insert_after(previous, container)
        elif first is not None:
            self.part.insert_before(first, container)
        else:
            self.part.append(self.part.root, container)
        self._members.pop(name, None)
        return container

    def _refuse_too_many(self, container: str, count: int) -> None:
        if container == "cellXfs" and count >= MAX_FORMATS:
            raise UnsupportedEditError(
                f"the workbook has {count:,} cell formats already, and Excel opens no more; clear some formats first",
                path=self._package.path,
                part=self._name,
            )


_SINGULAR = {"fonts": "font", "fills": "fill", "borders": "border", "cellXfs": "xf"}


def _copied(element: Element) -> Element:
    """A deep copy without comments, outside the tree."""
    copy = sibling(element, local_name(element.tag))
    copy.text = element.text
    for name, value in attributes(element).items():
        copy.set(name, value)
    for child in element.iterchildren("*"):
        copy.append(_copied(child))
    return copy


def _key(element: Element) -> bytes:
    """Equal for elements that mean the same: attributes in order, white space and comments left out."""
    children = b"".join(_key(child) for child in element.iterchildren("*"))
    own = repr(sorted(attributes(element).items())).encode()
    text = (element.text or "").strip().encode()
    return b"<" + local_name(element.tag).encode() + own + b">" + text + children
