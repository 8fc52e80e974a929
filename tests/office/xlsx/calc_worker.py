"""A LibreOffice that inserts and deletes rows and columns of workbooks, and tells their formulas and values.

As tests/libreoffice_worker.py, whose connection it uses: it is executed by the Python that has LibreOffice's `uno`
module, and never imported by a test.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
worker: Any = importlib.import_module("libreoffice_worker")
FORMULAS = 16
"""com.sun.star.sheet.CellFlags.FORMULA"""


def ask(context: Any, question: dict[str, Any]) -> dict[str, Any]:
    desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    document = desktop.loadComponentFromURL(Path(question["path"]).as_uri(), "_blank", 0, worker.load_properties())
    if document is None:
        return {"error": "LibreOffice cannot open the workbook"}
    try:
        if question["edit"] is not None:
            edit(document, *question["edit"])
        document.calculateAll()
        return {"sheets": {sheet.Name: formulas(sheet) for sheet in worker.items(document.Sheets)}}
    finally:
        document.close(True)


def edit(document: Any, kind: str, sheet: str, first: int, count: int) -> None:
    """Insert or delete lines; the first is counted from 1."""
    action, _, axis = kind.partition("_")
    lines = getattr(document.Sheets.getByName(sheet), "Rows" if axis == "rows" else "Columns")
    (lines.insertByIndex if action == "insert" else lines.removeByIndex)(first - 1, count)


def formulas(sheet: Any) -> dict[str, list[Any]]:
    """Each formula and its value, by row and column counted from 0."""
    found: dict[str, list[Any]] = {}
    for place in sheet.queryContentCells(FORMULAS).getRangeAddresses():
        cells = sheet.getCellRangeByPosition(place.StartColumn, place.StartRow, place.EndColumn, place.EndRow)
        for down, (texts, values) in enumerate(zip(cells.getFormulaArray(), cells.getDataArray(), strict=True)):
            for right, (text, value) in enumerate(zip(texts, values, strict=True)):
                found[f"{place.StartRow + down},{place.StartColumn + right}"] = [text, value]
    return found


if __name__ == "__main__":
    worker.ask = ask
    worker.main()
