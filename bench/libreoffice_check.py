"""Whether LibreOffice opens a document after an edit, when it opened it before."""

from __future__ import annotations

from pathlib import Path

from bench.edit_cases import cases
from polydesk.core.errors import OfficeError
from polydesk.office.document import open_document
from tests.libreoffice import LibreOffice, LibreOfficeError


def check(path: Path, office: LibreOffice) -> str:
    """`ok`, `not opened before`, or what is wrong with the result.

    One tracked replacement, which fits nearly every file, stands for all; the tests ask about the other edits.
    """
    data = path.read_bytes()
    document = open_document(data)
    try:
        before = office.reject_all(data)
    except LibreOfficeError:
        return "not opened before"
    for case in cases(document.view(), 1)[:1]:
        try:
            after = office.reject_all(document.apply([case.edit], ignore_protection=True).data)
        except (OfficeError, LibreOfficeError) as exc:
            return str(exc)
        if before != after:
            return "rejecting all changes gives other words than before the edit"
    return "ok"
