"""One measurement of bench/office: PROGRAM IN.docx OUT.docx, its processor time and peak memory as JSON.

Each program imports only what it needs before the clock starts.
"""

from __future__ import annotations

import json
import re
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any


def main(program: str, source: Path, target: Path) -> None:
    """Do it, and print what it took."""
    work = PROGRAMS[program]()
    started = time.process_time()
    work(source, target)
    cpu_s = time.process_time() - started
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    peak = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    print(json.dumps({"cpu_s": cpu_s, "peak_kib": int(peak[1]) if peak else None}))


def _polydesk(*, tracked: bool) -> Callable[[Path, Path], None]:
    from polydesk.office.docx.document import open_document
    from polydesk.office.docx.edits import ReplaceText

    def work(source: Path, target: Path) -> None:
        edit = ReplaceText(at="body/p1", text="Indeed, ", start=0, end=0)
        target.write_bytes(open_document(source).apply([edit], tracked=tracked).data)

    return work


def _polydesk_view() -> Callable[[Path, Path], None]:
    from polydesk.office.docx.document import open_document

    def work(source: Path, target: Path) -> None:
        open_document(source).view()

    return work


def _python_docx() -> Callable[[Path, Path], None]:
    import docx

    def work(source: Path, target: Path) -> None:
        document = docx.Document(str(source))
        document.paragraphs[0].add_run(" indeed")
        document.save(str(target))

    return work


def _python_docx_text() -> Callable[[Path, Path], None]:
    """The words of the body alone: less than a view, for a view has notes, headers, numbering, looks and anchors."""
    import docx

    def work(source: Path, target: Path) -> None:
        document = docx.Document(str(source))
        for paragraph in document.paragraphs:
            _ = (paragraph.text, paragraph.style and paragraph.style.name)
        for table in document.tables:
            for row in table.rows:
                _ = [cell.text for cell in row.cells]

    return work


def _zip() -> Callable[[Path, Path], None]:
    def work(source: Path, target: Path) -> None:
        with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
            for member in old.infolist():
                new.writestr(member, old.read(member))

    return work


def _excel() -> Callable[[Path, Path], None]:
    from polydesk.office.xlsx.cell_edits import SetCells
    from polydesk.office.xlsx.workbook import Workbook

    def work(source: Path, target: Path) -> None:
        book = Workbook(source.read_bytes(), path=str(source))
        target.write_bytes(book.apply([SetCells(at="Sales!D2", values=((12345.678,),))]).data)

    return work


def _excel_view() -> Callable[[Path, Path], None]:
    from polydesk.office.xlsx.workbook import Workbook

    def work(source: Path, target: Path) -> None:
        Workbook(source.read_bytes(), path=str(source)).view()

    return work


def _openpyxl() -> Callable[[Path, Path], None]:
    import openpyxl

    def work(source: Path, target: Path) -> None:
        book = openpyxl.load_workbook(source)
        book["Sales"]["D2"] = 12345.678
        book.save(target)

    return work


def _openpyxl_values() -> Callable[[Path, Path], None]:
    """Every value once, as a stream: less than a view, for a view finds regions, types and samples."""
    import openpyxl

    def work(source: Path, target: Path) -> None:
        for row in openpyxl.load_workbook(source, read_only=True)["Sales"].iter_rows(values_only=True):
            _ = row

    return work


def _wolfxl() -> Callable[[Path, Path], None]:
    import wolfxl

    def work(source: Path, target: Path) -> None:
        book = wolfxl.load_workbook(str(source), modify=True)
        book["Sales"]["D2"].value = 12345.678
        book.save(str(target))

    return work


def _powerpoint() -> Callable[[Path, Path], None]:
    from polydesk.office.pptx.presentation import Presentation
    from polydesk.office.pptx.text_edits import ReplaceText

    def work(source: Path, target: Path) -> None:
        deck = Presentation(source.read_bytes(), path=str(source))
        edit = ReplaceText(at="s256/sh2/p1", text="Indeed, ", start=0, end=0)
        target.write_bytes(deck.apply([edit]).data)

    return work


def _powerpoint_view() -> Callable[[Path, Path], None]:
    from polydesk.office.pptx.presentation import Presentation

    def work(source: Path, target: Path) -> None:
        Presentation(source.read_bytes(), path=str(source)).view()

    return work


def _python_pptx() -> Callable[[Path, Path], None]:
    import pptx

    return _run_of_first_slide(pptx.Presentation)


def _wolfppt() -> Callable[[Path, Path], None]:
    import wolfppt

    return _run_of_first_slide(wolfppt.Presentation)


def _run_of_first_slide(load: Callable[[str], Any]) -> Callable[[Path, Path], None]:
    def work(source: Path, target: Path) -> None:
        deck = load(str(source))
        shapes = next(iter(deck.slides)).shapes
        shape = next(shape for shape in shapes if shape.has_text_frame and shape.text_frame.text)
        run = next(run for paragraph in shape.text_frame.paragraphs for run in paragraph.runs)
        run.text = "Indeed, " + run.text
        deck.save(str(target))

    return work


def _python_pptx_text() -> Callable[[Path, Path], None]:
    """The words of the shapes alone: less than a view, which has levels, tables, charts, notes and anchors."""
    import pptx

    def work(source: Path, target: Path) -> None:
        for slide in pptx.Presentation(str(source)).slides:
            for shape in slide.shapes:
                _ = shape.has_text_frame and [paragraph.text for paragraph in shape.text_frame.paragraphs]

    return work


def _mail() -> Callable[[Path, Path], None]:
    from polydesk.office.mail.mbox import Mbox

    def work(source: Path, target: Path) -> None:
        _ = len(Mbox(source))

    return work


def _mailbox() -> Callable[[Path, Path], None]:
    import mailbox

    def work(source: Path, target: Path) -> None:
        _ = len(mailbox.mbox(source, create=False))

    return work


PROGRAMS: dict[str, Callable[[], Callable[[Path, Path], None]]] = {
    "polydesk tracked": lambda: _polydesk(tracked=True),
    "polydesk direct": lambda: _polydesk(tracked=False),
    "polydesk view": _polydesk_view,
    "python-docx": _python_docx,
    "python-docx text": _python_docx_text,
    "unzip and zip": _zip,
    "polydesk excel": _excel,
    "polydesk excel view": _excel_view,
    "openpyxl": _openpyxl,
    "openpyxl values": _openpyxl_values,
    "WolfXL": _wolfxl,
    "polydesk powerpoint": _powerpoint,
    "polydesk powerpoint view": _powerpoint_view,
    "python-pptx": _python_pptx,
    "python-pptx text": _python_pptx_text,
    "WolfPPT": _wolfppt,
    "polydesk mail": _mail,
    "mailbox": _mailbox,
}

if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
