"""The commands that take files of any format: shown, edited, told, taken back, compared."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import xlsxwriter

from polydesk.office.files import open_file
from polydesk.office.mail.message import Message
from polydesk.office.pptx.new_decks import new_deck
from polydesk.office.pptx.outline_markdown import outline_from_markdown
from polydesk.office.pptx.presentation import Presentation
from tests.cli.command import polydesk

MAIL = b"From: Ann <ann@example.com>\r\nTo: bob@example.com\r\nSubject: Lunch\r\n\r\nAt noon?\r\n"


def workbook(folder: Path) -> Path:
    path = folder / "costs.xlsx"
    made = xlsxwriter.Workbook(str(path))
    sheet = made.add_worksheet("Costs")
    sheet.write_column(0, 0, [1, 2])
    sheet.write_formula("A3", "=SUM(A1:A2)", None, 3)
    made.close()
    return path


def deck(folder: Path) -> Path:
    path = folder / "talk.pptx"
    path.write_bytes(new_deck(outline_from_markdown("# Talk\n\n## Results\n\n- Up\n- Down\n")).data)
    return path


def mail(folder: Path) -> Path:
    path = folder / "lunch.eml"
    path.write_bytes(MAIL)
    return path


def cell_edit(path: Path) -> dict[str, Any]:
    return {"edit": "set_cells", "at": "Costs!A1", "value": 40}


def slide_edit(path: Path) -> dict[str, Any]:
    view = Presentation(path.read_bytes()).view()
    paragraph = next(one for shape in view.slides[1].shapes for one in shape.paragraphs if one.text == "Up")
    return {"edit": "replace_text", "at": paragraph.anchor, "text": "Up by a tenth"}


def mail_edit(path: Path) -> dict[str, Any]:
    anchor = Message(path.read_bytes()).view().anchor
    return {"edit": "set_categories", "at": anchor, "add": ["Food"]}


FORMATS = [
    pytest.param(workbook, cell_edit, "sheet Costs", "set cells", id="xlsx"),
    pytest.param(deck, slide_edit, "Slide 2", "replace text", id="pptx"),
    pytest.param(mail, mail_edit, "Lunch", "set categories", id="mail"),
]
Maker = Callable[[Path], Path]
Editor = Callable[[Path], dict[str, Any]]


@pytest.mark.parametrize(("make", "edit", "shown", "told"), FORMATS)
def test_a_file_is_shown_edited_told_of_and_given_back(
    make: Maker, edit: Editor, shown: str, told: str, tmp_path: Path
) -> None:
    path = make(tmp_path)
    edits = tmp_path / "edits.json"
    edits.write_text(json.dumps([edit(path)]))
    out = tmp_path / f"out{path.suffix}"
    assert shown in polydesk("show", str(path)).out
    applied = polydesk("apply", str(path), str(edits), "-o", str(out))
    assert applied.out.startswith(told)
    assert told in polydesk("receipt", str(out)).out
    back = tmp_path / f"back{path.suffix}"
    polydesk("undo", str(out), "-o", str(back))
    assert back.read_bytes() == path.read_bytes()


def test_values_that_follow_in_a_workbook_are_told(tmp_path: Path) -> None:
    path, edits = workbook(tmp_path), tmp_path / "edits.json"
    edits.write_text(json.dumps([cell_edit(path)]))
    done = polydesk("apply", str(path), str(edits), "-o", str(tmp_path / "out.xlsx"))
    assert done.out.splitlines()[-1] == "Costs!A3  3 → 42  (follows)"
    told = polydesk("apply", str(path), str(edits), "-o", str(tmp_path / "again.xlsx"), "--json")
    assert json.loads(told.out)["values"] == [{"at": "Costs!A3", "before": "3", "after": "42"}]


def test_edits_between_two_workbooks_lead_from_one_to_the_other(tmp_path: Path) -> None:
    path, edits, out = workbook(tmp_path), tmp_path / "edits.json", tmp_path / "out.xlsx"
    edits.write_text(json.dumps([cell_edit(path)]))
    polydesk("apply", str(path), str(edits), "-o", str(out))
    found = polydesk("diff", str(path), str(out), "--edits")
    edits.write_text(found.out)
    again = tmp_path / "again.xlsx"
    polydesk("apply", str(path), str(edits), "-o", str(again))
    views = [msgspec.to_builtins(open_file(one)[1].view()) for one in (out, again)]
    assert views[0] == views[1]
    assert "Both say the same." in polydesk("diff", str(out), str(again)).err


def test_files_of_different_formats_have_no_edits_between_them(tmp_path: Path) -> None:
    refused = polydesk("diff", str(workbook(tmp_path)), str(deck(tmp_path)))
    assert refused.code == 2
    assert "is an Excel workbook" in refused.err
    assert "is a PowerPoint presentation" in refused.err


def test_a_picture_is_read_from_its_file(tmp_path: Path) -> None:
    path, picture = deck(tmp_path), tmp_path / "dot.png"
    picture.write_bytes(bytes.fromhex(_PNG))
    slide = Presentation(path.read_bytes()).view().slides[1].anchor
    edit = {"edit": "add_picture", "at": slide, "file": str(picture), "alt_text": "A dot"}
    edits, out = tmp_path / "edits.json", tmp_path / "out.pptx"
    edits.write_text(json.dumps([edit]))
    polydesk("apply", str(path), str(edits), "-o", str(out))
    shapes = Presentation(out.read_bytes()).view().slides[1].shapes
    assert [shape.alt_text for shape in shapes if shape.kind == "picture"] == ["A dot"]
    picture.unlink()
    refused = polydesk("apply", str(path), str(edits), "-o", str(tmp_path / "no.pptx"))
    assert (refused.code, "dot.png cannot be read" in refused.err) == (2, True)


_PNG = (
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6364f8cf500f00038601805a34"
    "7d6a0000000049454e44ae426082"
)
