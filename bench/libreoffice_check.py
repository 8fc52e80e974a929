"""What LibreOffice reads in a document after each edit, when it can read the document before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench.edit_cases import Case, cases
from polydesk.core.errors import OfficeError
from polydesk.office.docx.document import Document, open_document
from tests.libreoffice import LibreOffice, LibreOfficeError


def check(path: Path, office: LibreOffice) -> dict[str, Any]:
    """How many edits were asked about, and a line for each answer that is not as it should be.

    Every edit is made at the first place where it fits. Of a tracked one, rejecting all changes must give the words
    that the original gives, and accepting all those of the direct edit; any other result must be opened.
    """
    document = open_document(path)
    try:
        before = office.reject_all(document.data)
    except LibreOfficeError:
        return {"opened_before": False, "asked": 0, "problems": []}
    problems: list[str] = []
    asked = 0
    for case in cases(document.view(), 1):
        try:
            problem = _problem(document, case, before, office)
        except OfficeError:
            continue  # refused; counted elsewhere
        except LibreOfficeError as exc:
            problem = str(exc)
        asked += 1
        problems += [f"{case.label}: {problem}"] if problem else []
    return {"opened_before": True, "asked": asked, "problems": problems}


def _problem(document: Document, case: Case, before: list[str], office: LibreOffice) -> str | None:
    direct = document.apply([case.edit], tracked=False, ignore_protection=True).data
    wanted = office.accept_all(direct)
    if "tracked" not in case.edit.__struct_fields__:
        return None
    tracked = document.apply([case.edit], ignore_protection=True).data
    if _words(office.reject_all(tracked)) != _words(before):
        return "rejecting all changes does not give the words from before the edit"
    if _words(office.accept_all(tracked)) != _words(wanted):
        return "accepting all changes does not give the words of the direct edit"
    return None


def _words(paragraphs: list[str]) -> list[str]:
    """The paragraphs without the zero-width characters that LibreOffice puts beside objects and empty rows."""
    return [paragraph.translate(dict.fromkeys(map(ord, "\u200b\u200d\r"))) for paragraph in paragraphs]
