"""Who is measured on the files of each format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import edit_checks, file_checks

SUFFIXES = {
    "Word": (".docx", ".docm", ".dotx", ".dotm"),
    "Excel": (".xlsx", ".xlsm", ".xltx", ".xltm"),
    "PowerPoint": (".pptx", ".pptm", ".potx", ".potm", ".ppsx", ".ppsm"),
    "mail": (".eml", ".msg"),
}
POLYDESK = "polydesk"

Measure = Callable[[str, int], dict[str, Any]]
"""The measurements of a file, by its path, with edits at up to so many places, as plain data."""


def _word(program: str) -> Measure:
    return lambda path, places: edit_checks.measure((program, path, places))


def _peer(program: str, editor: file_checks.Editor) -> Measure:
    return lambda path, places: file_checks.measured_peer(program, path, editor)


def _excel(path: str, places: int) -> dict[str, Any]:
    from bench.excel_cases import cases

    return file_checks.measured_file(POLYDESK, path, places, cases)


def _powerpoint(path: str, places: int) -> dict[str, Any]:
    from bench.powerpoint_cases import cases

    return file_checks.measured_file(POLYDESK, path, places, cases)


def _mail(path: str, places: int) -> dict[str, Any]:
    from bench.mail_cases import cases

    return file_checks.measured_file(POLYDESK, path, places, cases)


PROGRAMS: dict[str, dict[str, Measure]] = {
    "Word": {name: _word(name) for name in (POLYDESK, "python-docx")},
    "Excel": {
        POLYDESK: _excel,
        "openpyxl": _peer("openpyxl", file_checks.with_openpyxl),
        "WolfXL": _peer("WolfXL", file_checks.with_wolfxl),
    },
    "PowerPoint": {
        POLYDESK: _powerpoint,
        "python-pptx": _peer("python-pptx", file_checks.with_python_pptx),
        "WolfPPT": _peer("WolfPPT", file_checks.with_wolfppt),
    },
    "mail": {POLYDESK: _mail, "email": _peer("email", file_checks.with_email)},
}
"""By application, then by program, Polydesk first."""


def application_of(path: str | Path) -> str:
    """The application of a file by its name; Word's for a name that says nothing."""
    suffix = Path(path).suffix.lower()
    return next((application for application, suffixes in SUFFIXES.items() if suffix in suffixes), "Word")


def measure(task: tuple[str, str, int]) -> dict[str, Any]:
    """The result for (program, path, places), as plain data."""
    program, path, places = task
    return PROGRAMS[application_of(path)][program](path, places)
