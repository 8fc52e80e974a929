"""Whether LibreOffice opens a document after an edit, when it opened it before."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from bench.edit_cases import cases
from polydesk.core.errors import OfficeError
from polydesk.office.document import open_document
from tests.libreoffice import LibreOffice, LibreOfficeError


def check(path: Path, *, limit_s: float) -> str:
    """`ok`, `not opened before`, `no edit fits`, or what LibreOffice said of the result.

    One tracked replacement, which is made in nearly every file, stands for all; the tests ask about the other edits.
    """
    data = path.read_bytes()
    document = open_document(data)
    case = next(iter(cases(document.view(), 1)), None)
    if case is None:
        return "not opened before"
    try:
        edited = document.apply([case.edit], ignore_protection=True).data
    except OfficeError as exc:
        return str(exc)
    with TemporaryDirectory() as folder:
        office = LibreOffice(Path(folder), timeout_s=limit_s)
        try:
            before = office.reject_all(data)
            after = office.reject_all(edited)
        except LibreOfficeError as exc:
            return "not opened before" if "before" not in locals() else str(exc)
        finally:
            office.close()
    return "ok" if before == after else "rejecting all changes gives other words than before the edit"
