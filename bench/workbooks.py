"""Workbooks of any size, made as a stream: ten columns of numbers, words, dates and formulas."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
COLUMNS = 10
_WORDS = tuple(f"{first} {second}" for first in ("North", "South", "East", "West") for second in ("bolt", "nut", "rod"))


def make_xlsx(path: Path, *, cells: int, seed: int = 1) -> None:
    """Write a workbook of one sheet with about `cells` cells (whole rows of ten, a header first), a total at the end.

    One cell in a hundred is a formula.
    """
    rows = max(2, cells // COLUMNS)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as package:
        for name, text in _small_parts().items():
            package.writestr(name, _HEAD + text)
        with package.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for piece in _sheet(rows, random.Random(seed)):
                part.write(piece.encode())


def _sheet(rows: int, chance: random.Random) -> Iterator[str]:
    yield f'{_HEAD}<worksheet xmlns="{_MAIN}"><dimension ref="A1:J{rows}"/><sheetData>'
    heads = "".join(f'<c r="{column}1" t="s"><v>{len(_WORDS) + n}</v></c>' for n, column in enumerate("ABCDEFGHIJ"))
    yield f'<row r="1">{heads}</row>'
    batch: list[str] = []
    for row in range(2, rows + 1):
        batch.append(_row(row, chance))
        if len(batch) == 500:
            yield "".join(batch)
            batch.clear()
    yield "".join(batch)
    yield "</sheetData></worksheet>"


def _row(row: int, chance: random.Random) -> str:
    word = chance.randrange(len(_WORDS))
    numbers = [chance.randrange(1, 100_000) / 100 for _ in range(7)]
    cells = [f'<c r="A{row}"><v>{row - 1}</v></c><c r="B{row}" t="s"><v>{word}</v></c>']
    cells.append(f'<c r="C{row}" s="1"><v>{45000 + row % 700}</v></c>')
    cells += [f'<c r="{column}{row}"><v>{number}</v></c>' for column, number in zip("DEFGHI", numbers, strict=False)]
    if row % 10 == 0:
        cells.append(f'<c r="J{row}"><f>D{row}+E{row}</f><v>{numbers[0] + numbers[1]:.2f}</v></c>')
    else:
        cells.append(f'<c r="J{row}"><v>{numbers[6]}</v></c>')
    return f'<row r="{row}">{"".join(cells)}</row>'


def _small_parts() -> dict[str, str]:
    strings = [*_WORDS, "No", "Item", "Date", *(f"Value {n}" for n in range(1, 7)), "Sum"]
    items = "".join(f"<si><t>{text}</t></si>" for text in strings)
    return {
        "[Content_Types].xml": (
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
            f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
            f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_TYPE}.sharedStrings+xml"/></Types>'
        ),
        "_rels/.rels": _relationships(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": (
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="Data" sheetId="1" r:id="rId1"/>'
            "</sheets></workbook>"
        ),
        "xl/_rels/workbook.xml.rels": _relationships(
            ("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")
        ),
        "xl/styles.xml": (
            f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
            '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/>'
            '</fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
            '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
            '<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
            '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
        ),
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}" uniqueCount="{len(strings)}">{items}</sst>',
    }


def _relationships(*targets: tuple[str, str]) -> str:
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>'
