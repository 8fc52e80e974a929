"""What structural edits must keep, on real files."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from polydesk.core.errors import OfficeError
from polydesk.office.xlsx.edits import Edit
from polydesk.office.xlsx.structure_edits import (
    CopySheet,
    DeleteColumns,
    DeleteRows,
    DeleteSheet,
    InsertColumns,
    InsertRows,
    InsertSheet,
    MoveRows,
    RenameSheet,
)
from polydesk.office.xlsx.workbook import Workbook
from tests.corpus_files import corpus_files

FILES = corpus_files(".xlsx", ".xlsm", ".xltx", ".xltm")
GROUPS = 12
OF = 5
_PLACELESS = re.compile(rb"<(?:\w+:)?c(?:\s(?!r=)[\w]+=\"[^\"]*\")*\s*/?>")
UNTOUCHED = re.compile(r"xl/(?:theme|media|styles|printerSettings|vbaProject|embeddings|richData).*")


def _books(group: int) -> Iterator[tuple[Path, Workbook, str]]:
    """Every fifth workbook of the corpus that has a worksheet, with the name of its first one."""
    for path in FILES[group :: GROUPS * OF]:
        try:
            book = Workbook(path.read_bytes(), path=path.name)
            sheets = [sheet.name for sheet in book.view().sheets if sheet.kind == "worksheet"]
        except OfficeError:
            continue
        if sheets:
            yield path, book, sheets[0]


def _applied(book: Workbook, edit: Edit) -> bytes | None:
    """The workbook with the edit; None when it is refused by name."""
    try:
        return book.apply([edit], ignore_protection=True).data
    except OfficeError:
        return None


def _address(sheet: str, area: str) -> str:
    quoted = sheet.replace("'", "''")
    return f"'{quoted}'!{area}"


def _members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def _canonical(data: bytes) -> bytes:
    """XML without what a reader does not see; `spans`, and the wish to calculate anew, are hints."""
    try:
        root = etree.fromstring(data, etree.XMLParser(huge_tree=True, resolve_entities=False))
    except etree.XMLSyntaxError:
        return data
    for element in root.iter("*"):
        name = etree.QName(element).localname
        for attribute in {"row": ("spans",), "calcPr": ("fullCalcOnLoad",)}.get(name, ()):
            if attribute in element.attrib:
                del element.attrib[attribute]
        areas = element.get("sqref")
        if areas is not None:
            element.set("sqref", re.sub(r"\b([A-Z]+\d+):\1\b", r"\1", areas))
        element.tail = None
        if name in ("row", "sheetData"):
            element.text = None
    return etree.tostring(root, method="c14n")


@pytest.mark.parametrize("group", range(GROUPS))
def test_every_result_is_a_workbook_and_parts_without_references_keep_their_bytes(group: int) -> None:
    for path, book, sheet in _books(group):
        before = _members(book.data)
        edits: list[Edit] = [
            InsertRows(before=_address(sheet, "3:3"), count=2),
            DeleteRows(at=_address(sheet, "2:3")),
            InsertColumns(before=_address(sheet, "B:B")),
            DeleteColumns(at=_address(sheet, "B:B")),
            MoveRows(at=_address(sheet, "2:2"), before=_address(sheet, "6:6")),
            InsertSheet(name="A new sheet"),
            CopySheet(sheet=sheet, name="A copy"),
            RenameSheet(sheet=sheet, name="Fred's"),
            DeleteSheet(sheet=sheet),
        ]
        for edit in edits:
            result = _applied(book, edit)
            if result is None:
                continue
            after = _members(result)
            for name, data in after.items():
                if data != before.get(name) and name.endswith((".xml", ".rels")):
                    etree.fromstring(data, etree.XMLParser(huge_tree=True, resolve_entities=False))
                if name in before and UNTOUCHED.fullmatch(name):
                    assert data == before[name], (path, edit, name)
            again = Workbook(result)
            assert len(again.view().sheets) == len(book.view().sheets) + isinstance(
                edit, InsertSheet | CopySheet
            ) - isinstance(edit, DeleteSheet), (path, edit)


@pytest.mark.parametrize("group", range(GROUPS))
def test_deleting_what_was_inserted_gives_the_workbook_back(group: int) -> None:
    for path, book, sheet in _books(group):
        for there, back in (
            (InsertRows(before=_address(sheet, "3:3"), count=2), DeleteRows(at=_address(sheet, "3:4"))),
            (InsertColumns(before=_address(sheet, "B:B")), DeleteColumns(at=_address(sheet, "B:B"))),
        ):
            inserted = _applied(book, there)
            result = None if inserted is None else _applied(Workbook(inserted), back)
            if result is None:
                continue
            before, after = _members(book.data), _members(result)
            assert before.keys() == after.keys(), path
            for name, data in before.items():
                if name == "xl/sharedStrings.xml":
                    continue  # the title of a table's new column stays in it, named by no cell
                # Columns to the edge lose what is pushed over it; cells that said no place say one where they moved.
                if after[name] != data and b"16384" not in data and not _PLACELESS.search(data):
                    assert _canonical(after[name]) == _canonical(data), (path, there, name)
