"""A workbook with one of everything that lies on or behind cells, for tests and for the examples of the reference."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from tests.office.xlsx.grids import workbook

_THREADS = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
_RELATION = "http://schemas.microsoft.com/office/2017/10/relationships"
_ID, _PERSON = "{0B4C6D2E-0F4E-4A39-8B1E-7A5C2F1D9E01}", "{7A2B9C1D-3E4F-4A5B-8C6D-1E2F3A4B5C01}"
_THREAD = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    f'<ThreadedComments xmlns="{_THREADS}"><threadedComment ref="A1" dT="2026-11-20T10:00:00.00" personId="{_PERSON}" '
    f'id="{_ID}"><text>Is this right?</text></threadedComment></ThreadedComments>'
)
_PEOPLE = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    f'<personList xmlns="{_THREADS}"><person displayName="Ada" id="{_PERSON}" userId="Ada" providerId="None"/>'
    "</personList>"
)


def furnished() -> bytes:
    """Sales with figures, a note, a link and rules; Notes with a chart; Talk with a thread; the name Rate."""
    cells: dict[str, object] = {"A1": "Region", "B1": "Value", "C1": "Double"}
    for row in range(2, 7):
        cells |= {f"A{row}": f"R{row}", f"B{row}": 10 * row, f"C{row}": f"=B{row}*2"}
    return _with_thread(workbook({"Sales": cells, "Notes": {"A1": 7}, "Talk": {"A1": "=1+1"}}, _furnish))


def _furnish(book: Any) -> None:
    sales, notes, talk = (book.get_worksheet_by_name(name) for name in ("Sales", "Notes", "Talk"))
    sales.write_comment("B2", "Guessed.", {"author": "Ada"})
    sales.write_url("A4", "https://example.com/r4", string="R4")
    sales.data_validation("C2:C6", {"validate": "custom", "value": "=ISNUMBER(C2)"})
    sales.conditional_format("C2:C6", {"type": "formula", "criteria": "=B2>30", "format": book.add_format({"bold": 1})})
    book.define_name("Rate", "=0.19")
    chart = book.add_chart({"type": "line"})
    chart.add_series({"name": "=Sales!$B$1", "categories": "=Sales!$A$2:$A$6", "values": "=Sales!$B$2:$B$6"})
    chart.set_title({"name": "Values"})
    notes.insert_chart("B10", chart)
    talk.write_comment("A1", "[Threaded comment]\n\nComment:\n    Is this right?", {"author": f"tc={_ID}"})


def _with_thread(data: bytes) -> bytes:
    """The workbook with the thread that the note on Talk stands for, and its person."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "[Content_Types].xml":
                kind = "application/vnd.ms-excel"
                text = text.replace(
                    b"</Types>",
                    f'<Override PartName="/xl/threadedComments/threadedComment1.xml" ContentType="{kind}'
                    '.threadedcomments+xml"/><Override PartName="/xl/persons/person.xml" '
                    f'ContentType="{kind}.person+xml"/></Types>'.encode(),
                )
            elif name == "xl/_rels/workbook.xml.rels":
                text = _related(text, "person", "persons/person.xml")
            elif name == "xl/worksheets/_rels/sheet3.xml.rels":
                text = _related(text, "threadedComment", "../threadedComments/threadedComment1.xml")
            new.writestr(name, text)
        new.writestr("xl/threadedComments/threadedComment1.xml", _THREAD)
        new.writestr("xl/persons/person.xml", _PEOPLE)
    return out.getvalue()


def _related(text: bytes, kind: str, target: str) -> bytes:
    entry = f'<Relationship Id="rIdT" Type="{_RELATION}/{kind}" Target="{target}"/></Relationships>'
    return text.replace(b"</Relationships>", entry.encode())
