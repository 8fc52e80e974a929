"""LibreOffice opens what edits of cells have written, and its formulas see the values that were put there."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from polydesk.core.errors import OfficeError
from polydesk.office.xlsx.addresses import sheet_name
from polydesk.office.xlsx.cell_edits import SetCells, SetNumberFormat, SetStyle, Side, TypedValue
from polydesk.office.xlsx.edits import Edit
from polydesk.office.xlsx.workbook import Workbook
from tests.corpus_files import corpus_files
from tests.libreoffice import LibreOffice, missing
from tests.xlsx_builder import sheet, xlsx

WORKER = Path(__file__).with_name("calc_worker.py")
SAMPLE = 30

CELLS: list[tuple[Any, str, Any]] = [
    (12.5, "{0}*2", 25.0),
    (True, "IF({0},1,0)", 1.0),
    ("=1+1", 'IF(ISTEXT({0}),LEN({0}),0)', 4.0),
    (" a\nb ", "LEN({0})", 5.0),
    (TypedValue(date="2026-11-24"), "YEAR({0})*100+MONTH({0})", 202611.0),
    (TypedValue(time="06:00"), "HOUR({0})", 6.0),
    (TypedValue(error="#N/A"), "IF(ISNA({0}),1,0)", 1.0),
    (TypedValue(formula="=2^10"), "{0}+1", 1025.0),
    (None, "IF(ISBLANK({0}),1,0)", 1.0),
]  # fmt: skip


class Calc(LibreOffice):
    """LibreOffice as a spreadsheet."""

    def formulas(self, path: Path) -> dict[str, dict[str, list[Any]]]:
        """Every formula with its value, by sheet and by row and column counted from 0."""
        return self._exchange({"path": str(path), "edit": None}).get("sheets", {})


@pytest.fixture(scope="module")
def calc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Calc]:
    if (lack := missing()) is not None:
        pytest.skip(lack)
    office = Calc(tmp_path_factory.mktemp("calc"), worker=WORKER)
    yield office
    office.close()


def edits(sheet: str) -> list[Edit]:
    """Values in column A from row 3000 on, a formula about each in column B, and looks."""
    name = sheet_name(sheet)
    rows = tuple(
        (value, TypedValue(formula=text.format(f"A{row}"))) for row, (value, text, _) in enumerate(CELLS, 3000)
    )
    return [
        SetCells(at=f"{name}!A3000", values=rows),
        SetNumberFormat(at=f"{name}!B3000:B3008", format="0.00"),
        SetStyle(at=f"{name}!A3000:B3008", bold=True, fill="#FFEE00", border=Side(), font="Arial", size=9),
    ]


def check(calc: Calc, data: bytes, name: str, path: Path) -> None:
    path.write_bytes(Workbook(data).apply(edits(name), ignore_protection=True).data)
    found = calc.formulas(path)[name]
    assert [found[f"{row - 1},1"][1] for row in range(3000, 3000 + len(CELLS))] == [value for *_, value in CELLS]


@pytest.mark.parametrize("strict", [False, True])
def test_values_formats_and_formulas_arrive(calc: Calc, tmp_path: Path, strict: bool) -> None:
    check(calc, xlsx(sheet(""), strings=["one"], strict=strict), "Sheet1", tmp_path / "book.xlsx")


def test_values_arrive_in_real_files(calc: Calc, tmp_path: Path) -> None:
    files = corpus_files(".xlsx", ".xlsm")
    chance = random.Random(4)
    tried = 0
    for file in chance.sample(files, SAMPLE):
        try:
            book = Workbook(file.read_bytes())
            name = next(sheet.name for sheet in book.view().sheets if sheet.kind == "worksheet")
            book.apply(edits(name), ignore_protection=True)
        except (OfficeError, StopIteration):
            continue
        check(calc, book.data, name, tmp_path / f"book{file.suffix}")
        tried += 1
    assert tried > SAMPLE // 2
