"""The boxes of notes: shapes of a legacy drawing in VML, one for each note ([MS-OI29500] 2.1.1869, ECMA-376-4 §19.4).

Such a part need not be well-formed XML, since Excel itself writes unclosed tags into it; it is changed as bytes.
"""

from __future__ import annotations

import re

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.ooxml.names import R
from polydesk.office.xlsx.addresses import MAX_COLUMN, MAX_ROW
from polydesk.office.xlsx.numerals import whole
from polydesk.office.xlsx.sheet_drawings import relationship_type
from polydesk.office.xlsx.sheet_tabs import free_part
from polydesk.office.xlsx.state import SheetState, WorkbookState

_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_RELATIONSHIP = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/vmlDrawing"
_NAMESPACES = {
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
    "x": "urn:schemas-microsoft-com:office:excel",
}
_DECLARED = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in _NAMESPACES.items())
_EMPTY = f'<xml {_DECLARED}><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="{{}}"/></o:shapelayout></xml>'
_BOX = (
    '<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
_SHAPE = (
    '<v:shape id="_x0000_s{id}" type="#_x0000_t202" style="position:absolute;margin-left:60pt;margin-top:2pt;'
    'width:108pt;height:60pt;z-index:1;visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto">'
    '<v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>'
    '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
    '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor>'
    "<x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
)
_SHAPES = re.compile(rb"<v:shape\s.*?</v:shape>\s*", re.DOTALL)
_IDS = re.compile(rb"_x0000_s(\d{1,9})\b")
_MAPS = re.compile(rb"<o:idmap\b[^>]*?\bdata=\"([\d,\s]*)\"")
_IDS_OF_A_BLOCK = 1024
"""A drawing's shapes are numbered within blocks of so many, and `o:idmap` says which blocks are its own."""


def put_box(state: WorkbookState, sheet: SheetState, row: int, column: int) -> None:
    """Give a note its box, in the sheet's drawing or a new one."""
    name = _drawing(state, sheet) or _new_drawing(state, sheet)
    data = _read(state, name)
    box = "" if b'"_x0000_t202"' in data else _BOX
    shape = _SHAPE.format(id=_free_id(data), anchor=_anchor(row, column), row=row - 1, column=column - 1)
    head = data[: max(data.find(b">", data.find(b"<xml")), 0)]
    missing = [
        f'xmlns:{prefix}="{text}"' for prefix, text in _NAMESPACES.items() if f"xmlns:{prefix}=".encode() not in head
    ]
    if missing:
        added = " ".join(missing)
        box = box.replace("<v:shapetype ", f"<v:shapetype {added} ")
        shape = shape.replace("<v:shape ", f"<v:shape {added} ")
    at = data.rfind(b"</xml>")
    if at < 0:
        raise UnsupportedEditError(f"{name} is no drawing that a note can be added to", path=state.path, part=name)
    state.package.replace(name, data[:at] + (box + shape).encode() + data[at:])


def drop_box(state: WorkbookState, sheet: SheetState, row: int, column: int) -> None:
    """Take a note's box away, and the drawing when nothing is left in it."""
    name = _drawing(state, sheet)
    if name is None:
        return
    marks = (
        re.compile(rb"<x:Row>\s*%d\s*</x:Row>" % (row - 1)),
        re.compile(rb"<x:Column>\s*%d\s*</x:Column>" % (column - 1)),
    )

    def kept(match: re.Match[bytes]) -> bytes:
        is_it = b'ObjectType="Note"' in match[0] and all(mark.search(match[0]) for mark in marks)
        return b"" if is_it else match[0]

    before = _read(state, name)
    data = _SHAPES.sub(kept, before)
    state.package.replace(name, data)
    if data != before and not _SHAPES.search(data) and b"<v:group" not in data:
        _drop_drawing(state, sheet, name)


def _read(state: WorkbookState, name: str) -> bytes:
    data = state.package.read(name)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in data[:4]:
        raise UnsupportedEditError(f"{name} is in UTF-16; save the file in Excel first", path=state.path, part=name)
    return data


def _link_id(sheet: SheetState) -> str:
    element = sheet.frame.child("legacyDrawing")
    return "" if element is None else element.get(f"{R}id", "")


def _drawing(state: WorkbookState, sheet: SheetState) -> str | None:
    """The part that the sheet's `legacyDrawing` names; that of headers and footers is another."""
    id = _link_id(sheet)
    for link in state.package.relationships(sheet.part):
        if link.id == id:
            return state.package.resolve(sheet.part, link)
    return None


def _new_drawing(state: WorkbookState, sheet: SheetState) -> str:
    assert sheet.part is not None
    name = free_part(state, "/xl/drawings/vmlDrawing{}.vml")
    state.package.add(name, _EMPTY.format(_free_block(state)).encode(), _TYPE)
    link = state.package.add_relationship(sheet.part, relationship_type(state, _RELATIONSHIP), name)
    old = sheet.frame.child("legacyDrawing")
    if old is not None:  # it led nowhere
        sheet.frame.part.remove(old)
    element = sheet.frame.new("legacyDrawing")
    element.set(f"{R}id", link)
    sheet.frame.put(element)
    return name


def _drop_drawing(state: WorkbookState, sheet: SheetState, name: str) -> None:
    id = _link_id(sheet)
    element = sheet.frame.child("legacyDrawing")
    assert element is not None
    assert sheet.part is not None
    sheet.frame.part.remove(element)
    state.package.remove_relationship(sheet.part, id)
    state.package.remove(name)


def _free_block(state: WorkbookState) -> int:
    """The first block of shape ids that no drawing of the workbook has."""
    taken = [0]
    for name in state.package.part_names():
        if name.lower().endswith(".vml"):
            for blocks in _MAPS.findall(state.package.read(name)):
                taken += [whole(block, 0) for block in blocks.decode().replace(",", " ").split()]
    return max(taken) + 1


def _free_id(data: bytes) -> int:
    """A shape id that the drawing has not, within its own blocks as long as they last."""
    taken = {int(id) for id in _IDS.findall(data)}
    blocks = [whole(block, 0) for found in _MAPS.findall(data) for block in found.decode().replace(",", " ").split()]
    for block in blocks:
        for id in range(block * _IDS_OF_A_BLOCK + 1, (block + 1) * _IDS_OF_A_BLOCK):
            if id not in taken:
                return id
    return max(taken, default=_IDS_OF_A_BLOCK) + 1


def _anchor(row: int, column: int) -> str:
    """Right of the cell: left column and its offset, top row, right column, bottom row; lines counted from 0."""
    left, top = min(column, MAX_COLUMN - 3), min(max(row - 2, 0), MAX_ROW - 5)
    return f"{left}, 15, {top}, 10, {left + 2}, 15, {top + 4}, 4"
