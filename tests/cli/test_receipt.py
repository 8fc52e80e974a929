"""Where each change came from, also when another program has saved the file since."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from polydesk.office.docx.document import open_document
from tests.cli.command import polydesk
from tests.docx_builder import dele, docx, p
from tests.libreoffice import LibreOffice

Written = Callable[[bytes], Path]


@pytest.fixture
def edited(written: Written) -> Path:
    """A file with two tracked edits and a comment of Polydesk's and one change of Ann's."""
    file = written(docx(p("The first paragraph", dele(" indeed", author="Ann")), p("The second.")))
    first, second = [block["anchor"] for block in polydesk("show", file, "--json").json()["stories"][0]["blocks"]]
    edits: list[dict[str, Any]] = [
        {"edit": "replace_text", "at": first, "find": "first", "text": "opening"},
        {"edit": "add_comment", "at": first, "text": "Is this clear?"},
        {"edit": "insert_paragraph", "after": second, "text": "The third."},
        {"edit": "replace_text", "at": second, "text": "The 2nd.", "tracked": False},
    ]
    assert polydesk("apply", file, "-", stdin=json.dumps(edits)).code == 0
    return file.with_name("a.edited.docx")


def saved_by_word(path: Path) -> Path:
    """The file as Word saves it: revisions numbered anew, times to the minute, packed differently."""
    numbers = iter(range(5_000, 6_000))
    source = zipfile.ZipFile(path)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "word/document.xml":
                text = re.sub(r'(<w:(?:ins|del)\b[^>]*w:id=")\d+', lambda m: f"{m[1]}{next(numbers)}", content.decode())
                content = re.sub(r'(w:date="[^"]{16}):\d\d', r"\1:00", text).encode()
            target.writestr(name, content)
    out = path.with_name("saved.docx")
    out.write_bytes(data.getvalue())
    return out


def origins(path: Path) -> dict[str, str | None]:
    """What each change or comment came from, by its words."""
    changes = polydesk("receipt", path, "--json").json()["changes"]
    return {change["kind"] + " " + change["text"]: change["edit"] for change in changes}


EXPECTED = {
    "deletion  indeed": None,
    "deletion first": "replace_text",
    "insertion opening": "replace_text",
    "paragraph_insertion ": "insert_paragraph",
    "insertion The third.": "insert_paragraph",
    "comment Is this clear?": "add_comment",
}


def test_each_change_is_led_back_to_its_edit(edited: Path) -> None:
    assert origins(edited) == EXPECTED


def test_changes_are_recognised_after_another_program_has_saved_the_file(edited: Path) -> None:
    saved = saved_by_word(edited)
    assert open_document(saved).sha256 != open_document(edited).sha256
    assert not {change.id for change in open_document(saved).changes()} & {
        change.id for change in open_document(edited).changes()
    }
    assert origins(saved) == EXPECTED
    receipt = polydesk("receipt", saved, "--json").json()
    assert (receipt["exact"], [one["output_name"] for one in receipt["history"]]) == (False, ["a.edited.docx"])
    assert "Saved by another program since" in polydesk("receipt", saved).out


def test_changes_are_recognised_after_libreoffice_has_saved_the_file(edited: Path, libreoffice: LibreOffice) -> None:
    saved = edited.with_name("saved.docx")
    saved.write_bytes(libreoffice.convert(edited.read_bytes(), "docx"))
    assert origins(saved) == EXPECTED


def test_polydesks_changes_can_be_undone_after_another_program_has_saved_the_file(edited: Path) -> None:
    saved = saved_by_word(edited)
    ours = [change.id for change in open_document(saved).changes() if change.author == "Polydesk"]
    assert polydesk("undo", saved, *ours).code == 0
    assert [change.author for change in open_document(saved.with_name("saved.undone.docx")).changes()] == ["Ann"]


def test_the_history_leads_back_to_the_first_original(edited: Path) -> None:
    out = edited.with_name("b.docx")
    assert polydesk("accept", edited, "--all", "-o", out).code == 0
    history = polydesk("receipt", out, "--json").json()["history"]
    assert [(one["input_name"], one["output_name"]) for one in history] == [
        ("a.edited.docx", "b.docx"),
        ("a.docx", "a.edited.docx"),
    ]


def test_people_see_edits_changes_of_others_and_what_left_no_mark(edited: Path) -> None:
    out = polydesk("receipt", edited).out
    lines = [line.partition("] ")[2] or line for line in out.splitlines()]
    (receipt,) = polydesk("receipt", "--json").json()["documents"]
    at = lines.index(f"replace_text, given as an edit, {receipt['id']}")
    assert {line.split("  ")[-1] for line in lines[at + 1 : at + 3]} == {"deletion “first”", "insertion “opening”"}
    at = lines.index("Ann, not Polydesk")
    assert lines[at + 1].endswith("  deletion “indeed”")
    assert "replace text “The second.” → “The 2nd.”" in out


def test_a_receipt_is_found_by_its_id(edited: Path) -> None:
    (latest,) = polydesk("receipt", "--json").json()["documents"]
    found = polydesk("receipt", latest["id"], "--json").json()
    assert found == latest
    assert "insert paragraph “The third.”" in polydesk("receipt", latest["id"]).out


def test_the_latest_come_first(edited: Path) -> None:
    polydesk("accept", edited, "--all")
    names = [one["input_name"] for one in polydesk("receipt", "--json").json()["documents"]]
    assert names == ["a.edited.docx", "a.docx"]
    assert polydesk("receipt").out.splitlines()[0].endswith("a.edited.docx → a.edited.accepted.docx")


@pytest.mark.parametrize("name", ["doc_00000000000000000000000000", "rcp_00000000000000000000000000"])
def test_an_unknown_id_is_not_found(name: str) -> None:
    assert polydesk("receipt", name).code == 13


def test_a_file_that_nothing_is_known_of_is_not_found(written: Written) -> None:
    assert polydesk("receipt", written(docx(p("Own ", dele("words", author="Polydesk"))))).code == 13


def test_what_is_neither_file_nor_receipt_is_unreadable() -> None:
    assert polydesk("receipt", "nothing.docx").code == 3
