"""Damaged workbooks meet structural edits with a clear refusal or a result, and with nothing else."""

from __future__ import annotations

import io
import random
import re
import zipfile
from pathlib import Path

import pytest

from polydesk.core.errors import OfficeError
from polydesk.office.xlsx.differences import edits_between
from polydesk.office.xlsx.edits import Edit
from polydesk.office.xlsx.structure_edits import (
    ColumnFilter,
    CopySheet,
    CreateTable,
    DeleteColumns,
    DeleteRows,
    DeleteSheet,
    Fill,
    InsertColumns,
    InsertRows,
    MergeCells,
    MoveRange,
    MoveRows,
    MoveSheet,
    RenameSheet,
    SetAutofilter,
    SortKey,
    SortRange,
)
from polydesk.office.xlsx.workbook import Workbook
from tests.corpus_files import corpus_files

JUNK = (
    b"",
    b"x",
    b"-1",
    b"0",
    b"9" * 5000,
    b"1.5",
    b"A0",
    b"A1:",
    b"#REF!",
    b"$A$1:$B$2",
    b"XFE1",
    b"A1:B2 C3",
    b"NaN",
)
FILES = [path for path in corpus_files(".xlsx", ".xlsm") if path.stat().st_size < 60_000]
_ATTRIBUTE = re.compile(rb"(?<=\s)[\w:]+=\"([^\"]*)\"")
_TEXT = re.compile(rb">([^<]+)<")
_EMPTY = re.compile(rb"<\w[^>]*/>")
_SPARED = re.compile(r"theme|styles|docProps|printer")


def _damaged(data: bytes, chance: random.Random) -> bytes:
    """A part with one to four attributes, texts or elements changed, taken out or doubled."""
    for _ in range(chance.randint(1, 4)):
        pattern = chance.choice((_ATTRIBUTE, _ATTRIBUTE, _TEXT, _EMPTY))
        found = list(pattern.finditer(data))
        if not found:
            continue
        match = chance.choice(found)
        start, end = match.span(0 if pattern is _EMPTY else 1)
        new = match[0] * chance.choice((0, 2)) if pattern is _EMPTY else chance.choice(JUNK)
        data = data[:start] + new + data[end:]
    return data


def _workbook(path: Path, chance: random.Random) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        names = [name for name in source.namelist() if name.endswith((".xml", ".vml")) and not _SPARED.search(name)]
        chosen = chance.choice(names)
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, _damaged(data, chance) if name == chosen else data)
    return out.getvalue()


def _edits(sheet: str) -> list[Edit]:
    name = "'" + sheet.replace("'", "''") + "'"
    return [
        InsertRows(before=f"{name}!2:2", count=2),
        DeleteRows(at=f"{name}!1:2"),
        InsertColumns(before=f"{name}!B:B"),
        DeleteColumns(at=f"{name}!A:B"),
        MoveRows(at=f"{name}!1:2", before=f"{name}!6:6"),
        MoveRange(at=f"{name}!A1:B3", to=f"{name}!D5"),
        SortRange(at=f"{name}!A1:C9", keys=(SortKey(column="A"),)),
        Fill(at=f"{name}!A1:C2", to=f"{name}!A1:C8", series=True),
        MergeCells(at=f"{name}!B2:C4"),
        SetAutofilter(at=f"{name}!A1:C9", columns=(ColumnFilter(column="A", condition=">1"),)),
        CreateTable(at=f"{name}!A1:C5", name="Made"),
        CopySheet(sheet=sheet, name="A copy"),
        RenameSheet(sheet=sheet, name="Another name"),
        MoveSheet(sheet=sheet, before=sheet),
        DeleteSheet(sheet=sheet),
    ]


@pytest.mark.parametrize("seed", range(20))
def test_damage_is_refused_or_survived(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(25):
        path = chance.choice(FILES)
        try:
            data = _workbook(path, chance)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, IndexError):
            continue
        try:
            book = Workbook(data, path=path.name)
            sheets = book.view().sheets
            edits = _edits(sheets[0].name) if sheets else []
            if edits:
                book.apply([chance.choice(edits)], ignore_protection=True)
            edits_between(book, Workbook(path.read_bytes()))
        except OfficeError:
            continue
