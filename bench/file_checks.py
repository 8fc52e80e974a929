"""Workbooks, presentations and mails under measurement: opened, edited in every way, compared byte by byte."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.edit_checks import FileResult, Measured
from bench.file_cases import FileCase
from bench.packages import Comparison, compare
from polydesk.core.errors import OfficeError, UnreadableDocumentError
from polydesk.office.files import Format, OfficeFile, format_of

Cases = Callable[[OfficeFile, int], list[FileCase]]
"""The cases of an opened file, each kind of edit at up to so many places."""
Editor = Callable[[bytes], tuple[bytes, bytes, str]]
"""A peer's edit: the bytes after an edit, those after a save without one, and a regular expression for the members
that the edit names. Raises OpeningError for a file that it does not open, and anything while editing."""


class OpeningError(Exception):
    """A peer does not open a file."""


class NothingToEditError(Exception):
    """A file holds nothing that the peer's edit could be made on."""


def measured_file(program: str, path: str, places: int, cases: Cases) -> dict[str, Any]:
    """What Polydesk does with one file, as plain data."""
    return asdict(_with_polydesk(program, path, Path(path).read_bytes(), places, cases))


def measured_peer(program: str, path: str, editor: Editor) -> dict[str, Any]:
    """What a peer does with one file, as plain data."""
    return asdict(_with_peer(program, path, Path(path).read_bytes(), editor))


def _with_polydesk(program: str, path: str, data: bytes, places: int, cases: Cases) -> FileResult:
    result = FileResult(path, program)
    try:
        form = format_of(data, path=path)
        file = form.open(data, path=path)
        file.view()
        every = cases(file, places)
    except UnreadableDocumentError as exc:
        result.refused = str(exc)
        return result
    except Exception as exc:  # a door: crashes are counted
        result.crashed = _told(exc)
        return result
    result.opened = True
    result.unchanged_save = file.apply([]).data == data
    result.edits = [_edited(form, file, case) for case in every]
    return result


def _edited(form: Format, file: OfficeFile, case: FileCase) -> Measured:
    measured = Measured(case.label, tracked=False)
    try:
        started = time.process_time()
        opened = form.open(file.data)
        result = opened.apply([case.edit], ignore_protection=True)
        measured.cpu_ms = (time.process_time() - started) * 1000
        if file.data.startswith(b"PK"):
            _check_members(compare(file.data, result.data), case.may_change, measured)
        _check_content(form, file, form.open(result.data), case, measured)
    except OfficeError as exc:
        if measured.cpu_ms is None:
            measured.refused = f"{type(exc).__name__}: {exc}"
        else:
            measured.crashed = f"the result is not read again: {exc}"
    except Exception as exc:  # a door: crashes are counted
        measured.crashed = _told(exc)
    return measured


def _check_members(comparison: Comparison, may_change: tuple[str, ...], measured: Measured) -> None:
    every = {*comparison.same, *comparison.repacked, *comparison.changed, *comparison.lost, *comparison.added}
    named = {name for name in every if any(re.fullmatch(pattern, name) for pattern in may_change)}
    measured.others_raw = comparison.others_same_raw(named)
    measured.others_content = comparison.others_same_content(named)
    measured.parts_kept = comparison.share_of_parts_kept(named)


def _check_content(form: Format, before: OfficeFile, after: OfficeFile, case: FileCase, measured: Measured) -> None:
    after.view()
    if case.shown is not None:
        measured.shown = case.shown(after)
    if case.inverse is not None and case.content is not None:
        back = form.open(after.apply(case.inverse(after), ignore_protection=True).data)
        measured.undone = case.content(back) == case.content(before)


def _with_peer(program: str, path: str, data: bytes, editor: Editor) -> FileResult:
    result = FileResult(path, program)
    measured = Measured("its own small edit", tracked=False)
    try:
        started = time.process_time()
        edited, saved, named = editor(data)
        measured.cpu_ms = (time.process_time() - started) * 1000 / 2  # it opened and saved twice
        result.opened = True
        if data.startswith(b"PK"):
            _check_members(compare(data, edited), (named,), measured)
        result.unchanged_save = saved == data
    except OpeningError as exc:
        result.refused = str(exc)
        return result
    except NothingToEditError:
        result.opened = True
        return result
    except Exception as exc:  # a door: crashes are counted
        result.opened = True
        measured.crashed = _told(exc)
    result.edits.append(measured)
    return result


def _told(exc: BaseException) -> str:
    return f"{type(exc).__name__}: {exc}"


# Peers -------------------------------------------------------------------------------------------------------


def with_openpyxl(data: bytes) -> tuple[bytes, bytes, str]:
    """A number into a free cell below the first sheet's last row."""
    import openpyxl

    def saved(*, edited: bool) -> bytes:
        book = _opened(lambda: openpyxl.load_workbook(io.BytesIO(data), keep_vba=True))
        if edited:
            sheet = book.worksheets[0]
            sheet.cell(row=(sheet.max_row or 0) + 2, column=1).value = 12345.678
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()

    return saved(edited=True), saved(edited=False), _FIRST_SHEET


def with_wolfxl(data: bytes) -> tuple[bytes, bytes, str]:
    """The same with WolfXL, which patches the file."""
    import tempfile

    import wolfxl

    def saved(*, edited: bool) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder) / "in.xlsx", Path(folder) / "out.xlsx"
            source.write_bytes(data)
            book = _opened(lambda: wolfxl.load_workbook(str(source), modify=True))
            if edited:
                sheet = book[book.sheetnames[0]]
                sheet.cell(row=(sheet.max_row or 0) + 2, column=1).value = 12345.678
            book.save(str(target))
            return target.read_bytes()

    return saved(edited=True), saved(edited=False), _FIRST_SHEET


def with_python_pptx(data: bytes) -> tuple[bytes, bytes, str]:
    """A run onto the first text of the first slide that has one."""
    import pptx

    return _deck(lambda source: pptx.Presentation(source), data)


def with_wolfppt(data: bytes) -> tuple[bytes, bytes, str]:
    """The same with WolfPPT."""
    import wolfppt

    return _deck(lambda source: wolfppt.Presentation(source), data)


def _deck(load: Callable[[str], Any], data: bytes) -> tuple[bytes, bytes, str]:
    import tempfile

    def saved(*, edited: bool) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder) / "in.pptx", Path(folder) / "out.pptx"
            source.write_bytes(data)
            deck = _opened(lambda: load(str(source)))
            if edited and not any(_appended(shape) for slide in deck.slides for shape in slide.shapes):
                raise NothingToEditError
            deck.save(str(target))
            return target.read_bytes()

    return saved(edited=True), saved(edited=False), r"ppt/slides/[^/]+\.xml"


def _appended(shape: Any) -> bool:
    if not getattr(shape, "has_text_frame", False) or not shape.text_frame.text.strip():
        return False
    run = next((run for paragraph in shape.text_frame.paragraphs for run in paragraph.runs), None)
    if run is None:
        return False
    run.text += " indeed"
    return True


def with_email(data: bytes) -> tuple[bytes, bytes, str]:
    """Parsed and written again by the standard library."""
    import email

    saved = _opened(lambda: email.message_from_bytes(data)).as_bytes()
    return saved, saved, ""


def _opened(load: Callable[[], Any]) -> Any:
    try:
        return load()
    except Exception as exc:
        raise OpeningError(_told(exc)) from exc


_FIRST_SHEET = r"xl/worksheets/[^/]+\.xml"
