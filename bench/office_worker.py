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


PROGRAMS: dict[str, Callable[[], Callable[[Path, Path], None]]] = {
    "polydesk tracked": lambda: _polydesk(tracked=True),
    "polydesk direct": lambda: _polydesk(tracked=False),
    "polydesk view": _polydesk_view,
    "python-docx": _python_docx,
    "python-docx text": _python_docx_text,
    "unzip and zip": _zip,
}

if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
