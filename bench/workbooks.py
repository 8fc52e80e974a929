"""Large workbooks as Excel writes them: numbers, shared strings, dates, formulas, in as many cells as asked for.

python -m bench.workbooks CELLS OUT.xlsx
"""

from __future__ import annotations

import random
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

_S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
_COLUMNS = 100
_WORDS = ("North", "South", "East", "West", "Bikes", "Helmets", "Gloves", "Tyres", "Lights", "Locks")
_PARTS = {
    "[Content_Types].xml": f'{_HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    + "".join(
        f'<Override PartName="/xl/{name}" ContentType="application/vnd.openxmlformats-officedocument.'
        f'spreadsheetml.{kind}+xml"/>'
        for name, kind in (
            ("workbook.xml", "sheet.main"),
            ("worksheets/sheet1.xml", "worksheet"),
            ("styles.xml", "styles"),
            ("sharedStrings.xml", "sharedStrings"),
            ("calcChain.xml", "calcChain"),
        )
    )
    + "</Types>",
    "_rels/.rels": f'{_HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_R}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f"{_HEAD}<Relationships "
    'xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_R}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_R}/styles" Target="styles.xml"/>'
    f'<Relationship Id="rId3" Type="{_R}/sharedStrings" Target="sharedStrings.xml"/>'
    f'<Relationship Id="rId4" Type="{_R}/calcChain" Target="calcChain.xml"/></Relationships>',
    "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_S}" xmlns:r="{_R}"><sheets>'
    '<sheet name="Sales" sheetId="1" r:id="rId1"/></sheets><calcPr calcId="191029"/></workbook>',
    "xl/styles.xml": f'{_HEAD}<styleSheet xmlns="{_S}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/>'
    '</font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
    "xl/sharedStrings.xml": f'{_HEAD}<sst xmlns="{_S}" count="{{strings}}" uniqueCount="{len(_WORDS) + _COLUMNS}">'
    + "".join(f"<si><t>{word}</t></si>" for word in (*_WORDS, *(f"Column {n + 1}" for n in range(_COLUMNS))))
    + "</sst>",
}


def write_workbook(path: Path, *, cells: int) -> None:
    """A workbook whose one sheet, `Sales`, has `cells` cells in up to 100 columns: a header row, then in each row a
    word, a date, numbers, and a formula that sums them."""
    columns = min(_COLUMNS, max(4, cells // 10))
    rows = max(2, cells // columns)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in _PARTS.items():
            package.writestr(name, text.replace("{strings}", str(columns + rows - 1)))
        package.writestr("xl/calcChain.xml", _chain(rows, columns))
        with package.open("xl/worksheets/sheet1.xml", "w", force_zip64=False) as sheet:
            for text in _sheet(rows, columns):
                sheet.write(text.encode())


def _chain(rows: int, columns: int) -> str:
    entries = (f'<c r="{_name(columns)}{row}" i="1"/>' for row in range(2, rows + 1))
    return f'{_HEAD}<calcChain xmlns="{_S}">{"".join(entries)}</calcChain>'


def _sheet(rows: int, columns: int) -> Iterator[str]:
    chance = random.Random(rows)
    names = [_name(column) for column in range(1, columns + 1)]
    last = names[-1]
    yield f'{_HEAD}<worksheet xmlns="{_S}" xmlns:r="{_R}"><dimension ref="A1:{last}{rows}"/><sheetData>'
    header = (f'<c r="{name}1" t="s"><v>{len(_WORDS) + index}</v></c>' for index, name in enumerate(names))
    yield f'<row r="1" spans="1:{columns}">{"".join(header)}</row>'
    for row in range(2, rows + 1):
        numbers = [round(chance.uniform(0, 1000), 2) for _ in names[2:-1]]
        values = "".join(
            f'<c r="{name}{row}"><v>{value}</v></c>' for name, value in zip(names[2:-1], numbers, strict=True)
        )
        yield (
            f'<row r="{row}" spans="1:{columns}"><c r="A{row}" t="s"><v>{chance.randrange(len(_WORDS))}</v></c>'
            f'<c r="B{row}" s="1"><v>{chance.randrange(40000, 46000)}</v></c>{values}'
            f'<c r="{last}{row}"><f>SUM(C{row}:{names[-2]}{row})</f><v>{sum(numbers):.2f}</v></c></row>'
        )
    yield "</sheetData></worksheet>"


def _name(column: int) -> str:
    name = ""
    while column:
        column, letter = divmod(column - 1, 26)
        name = chr(65 + letter) + name
    return name


if __name__ == "__main__":
    write_workbook(Path(sys.argv[2]), cells=int(sys.argv[1]))
