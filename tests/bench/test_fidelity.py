"""The measurement of fidelity finds faults where there are some, and none in what we write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest

from bench.edit_cases import Case, cases
from bench.edit_checks import FileResult, Measured, check_bytes, measure
from bench.fidelity import faults, main, report
from polydesk.office.docx.document import open_document
from polydesk.office.docx.edits import Edit, ReplaceText
from polydesk.office.results import Result
from tests.docx_builder import comment, dele, docx, ins, p, tbl

DOCUMENT = docx(
    p("First paragraph here.", style="Heading1"),
    p("Second ", ins("new "), dele("old "), comment(0, "paragraph"), " here."),
    p("Third one."),
    tbl(["a", "b"], ["c", "d"]),
    p("The end."),
    comments={0: "Why?"},
)


def test_every_typed_edit_is_measured() -> None:
    labels = {case.label.partition(" ")[0] for case in cases(open_document(DOCUMENT).view(), 1)}
    wanting = {"replace_image", "set_alt_text", "fill_control", "split_cell"}
    assert labels == {edit.__struct_config__.tag for edit in get_args(Edit)} - wanting, (
        "the document has no such places"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "good.docx").write_bytes(DOCUMENT)
    (tmp_path / "broken.docx").write_bytes(b"PK\x03\x04 broken")
    (tmp_path / "notes.txt").write_text("no document")
    return tmp_path


def test_a_folder_is_measured_and_its_results_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main([str(folder), "--places", "2", "--json", str(folder / "out.json")])
    printed = capsys.readouterr().out
    results = json.loads((folder / "out.json").read_text())["results"]
    opened = [(result["program"], Path(result["path"]).name) for result in results if result["opened"]]
    assert (status, opened) == (0, [("polydesk", "good.docx"), ("python-docx", "good.docx")]), printed
    assert printed.endswith("Faults of polydesk\n  none\n")


def test_a_folder_without_documents_is_said_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("no office file below ")


def test_python_docx_answers_the_same_questions(folder: Path) -> None:
    result = measure(("python-docx", str(folder / "inner" / "good.docx"), 1))
    assert (result["opened"], len(result["edits"]), result["edits"][0]["crashed"]) == (True, 1, None)


def test_a_result_that_changes_another_paragraph_is_a_fault() -> None:
    document = open_document(DOCUMENT)
    first, third = (
        ReplaceText(at=f"body/p{number}", find="one", text="two") if number == 3
        else ReplaceText(at=f"body/p{number}", find="First", text="Other")
        for number in (1, 3)
    )  # fmt: skip
    case = Case(edit=first, label="replace_text", story="/word/document.xml", anchors=("body/p1",))
    answers: list[bool | None] = []
    for edits in ([first], [first, third]):
        result: Result = document.apply(edits, tracked=False)
        measured = Measured("replace_text", tracked=False)
        check_bytes(DOCUMENT, result, case, measured)
        answers.append(measured.only_the_edit)
    assert answers == [True, False]


def test_faults_name_file_edit_and_question() -> None:
    measured = {**_plain(Measured("set_cell", tracked=True)), "as_direct": False, "cpu_ms": 1.0}
    result = {**_plain(FileResult("x/a.docx", "polydesk", opened=True)), "unchanged_save": False, "edits": [measured]}
    assert faults([result]) == [
        "  a.docx: saving with no edit changes the file",
        "  a.docx: set_cell tracked: accept: no",
    ]
    assert "0.0 % (0/1)" in report([result])


def _plain(value: Measured | FileResult) -> dict[str, object]:
    return {name: getattr(value, name) for name in value.__slots__}
