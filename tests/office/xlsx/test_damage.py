"""Damaged and hostile workbooks: a clear refusal, or a result; never a crash."""

from __future__ import annotations

import io
import random
import re
import zipfile
from pathlib import Path

import pytest

from polydesk.core.errors import OfficeError
from polydesk.office.xlsx.cell_edits import ClearCells, SetCells, SetNumberFormat, SetStyle, TypedValue
from polydesk.office.xlsx.drawing import lines
from polydesk.office.xlsx.workbook import Workbook
from tests.corpus_files import corpus_files
from tests.xlsx_builder import sheet, xlsx

FILES = [
    path
    for path in corpus_files(".xlsx", ".xlsm", ".xltx")
    if path.stat().st_size < 60_000 and zipfile.is_zipfile(path)
]
_PIECES = (
    b"<", b">", b"/>", b'"', b"&", b"\0", b"\xff", b"<!--", b"]]>", b"<c", b"</row>", b"</sheetData>", b"<row>", b"<f",
    b"999999999999", b"-1", b"A1048577", b"XFE1", b"&#x110000;", b'r=""', b"e308", b"<sheetData/>",
)  # fmt: skip

_VALUES = (b"", b"x", b"-1", b"99999999999999", b"1.5", b"A1:B2", b"#REF!", "\u00b2".encode(), b"1e400")


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The bytes with a few stretches cut, doubled or overwritten."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(changed) + 1)
        end = min(len(changed), at + chance.randint(0, 12))
        changed[at:end] = chance.choice((chance.choice(_PIECES), b"", changed[at:end] * 2))
    return bytes(changed)


def retagged(data: bytes, chance: random.Random) -> bytes:
    """XML with one tag changed, lost, doubled or robbed of an attribute, so that it is mostly still well-formed."""
    pieces = re.split(rb"(<[^>?]*>)", data)
    if len(pieces) < 2:
        return data
    at = chance.randrange(1, len(pieces), 2)
    match chance.randrange(4):
        case 0:
            pieces[at] = re.sub(rb'\s[\w:]+="[^"]*"', b"", pieces[at], count=1)
        case 1:
            pieces[at] = re.sub(rb'"[^"]*"', lambda _: b'"%s"' % chance.choice(_VALUES), pieces[at], count=1)
        case 2:
            pieces[at - 1] = chance.choice(_VALUES)
        case _:
            pieces[at] += chance.choice((b"<c/>", b"<row/>", b"<!-- c -->", b"<f/>", b"<v>1</v>", b"<xf/>", b"<si/>"))
    return b"".join(pieces)


def mutated_package(data: bytes, chance: random.Random) -> bytes:
    """A package with one or two of its parts mutated."""
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        parts = {name: source.read(name) for name in source.namelist() if not name.endswith("/")}
    likely = [name for name in parts if "sheet" in name or "styles" in name or "Strings" in name or "Chain" in name]
    for name in chance.sample(likely or list(parts), min(2, len(likely or parts))):
        parts[name] = (mutated if chance.random() < 0.4 else retagged)(parts[name], chance)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name, content)
    return out.getvalue()


def use(data: bytes) -> bool:
    """Open, look at and edit a workbook; false when it is refused."""
    try:
        book = Workbook(data)
        view = book.view()
        lines(view)
        book.findings()
        name = "'" + view.sheets[0].name.replace("'", "''") + "'" if view.sheets else "None"
        book.apply(
            [
                SetCells(at=f"{name}!A1:B2", value="text"),
                SetCells(at=f"{name}!C1", value=TypedValue(formula="A1")),
                ClearCells(at=f"{name}!A11:E15", what="all"),
                SetNumberFormat(at=f"{name}!A1:F3", format="0.00"),
                SetStyle(at=f"{name}!2:3", bold=True),
            ],
            ignore_protection=True,
        )
    except OfficeError:
        return False
    return True


@pytest.mark.parametrize("seed", range(8))
def test_mutated_parts_are_refused_or_edited(seed: int) -> None:
    chance = random.Random(seed)
    done = [use(mutated_package(chance.choice(FILES).read_bytes(), chance)) for _ in range(60)]
    assert any(done)


@pytest.mark.parametrize("seed", range(4))
def test_mutated_files_are_refused_or_edited(seed: int) -> None:
    chance = random.Random(seed)
    assert not all(use(mutated(chance.choice(FILES).read_bytes(), chance)) for _ in range(60))


@pytest.mark.parametrize(
    "data",
    [
        xlsx(sheet('<row r="99999999999999999999"><c r="A1"/></row>')),
        xlsx(sheet('<row r="0"><c r="A0"><v>1</v></c></row>')),
        xlsx(sheet('<row r="1"><c r="ZZZZZZZZZZ1"><v>1</v></c></row>')),
        xlsx(sheet('<row r="1"><c r="A1" s="99999999999999999999"><v>1e999</v></c></row>')),
        xlsx(sheet('<row r="1"><c r="A1" t="s"><v>99999999999999999999</v></c></row>'), strings=[]),
        xlsx(sheet('<row r="1"><c r="A1"><v>nan</v></c><c r="B1"><v>-inf</v></c><c r="C1"><v>1_0</v></c></row>')),
        xlsx(sheet('<row r="1"><c r="A1"><f t="shared" si="0"/></c></row>')),
        xlsx(sheet('<row r="1"><c r="A1"><f t="array" ref="A1:XFD1048576">1</f></c></row>')),
        xlsx(sheet("", before='<cols><col min="0" max="99999999999" width="x" style="-1"/><col/></cols>')),
        xlsx(sheet("", after='<mergeCells><mergeCell ref="A1:XFD1048576"/><mergeCell/></mergeCells>')),
        xlsx(sheet(""), styles='<styleSheet xmlns="{S}"/>'),
        xlsx(sheet(""), styles=None),
        xlsx(sheet('<row r="1"><c r="A1" s="7"/></row>'), styles='<styleSheet xmlns="{S}"><cellXfs/></styleSheet>'),
        xlsx(b"", sheet("")),
        xlsx(b"<worksheet><sheetData><row>"),
        xlsx(b"<sheetData"),
        xlsx(sheet(""), chain="<c/><c r='x' i='y'/>"),
        xlsx(),
    ],
)  # fmt: skip
def test_absurd_content_is_refused_or_edited(data: bytes) -> None:
    use(data)


def test_a_damaged_sheet_is_named(tmp_path: Path) -> None:
    with pytest.raises(OfficeError, match=r"/xl/worksheets/sheet1\.xml breaks off"):
        Workbook(xlsx(b"<worksheet><sheetData><row>")).view()
