"""Tracked changes listed, accepted, rejected, and Polydesk's own taken back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from polydesk.office.docx.document import open_document
from polydesk.office.docx.views import ParagraphView
from tests.cli.command import polydesk
from tests.docx_builder import comment, dele, docx, ins, p

Written = Callable[[bytes], Path]


@pytest.fixture
def file(written: Written) -> Path:
    return written(docx(p("One ", dele("old", author="Ann", id=7), ins("new", author="Ben", id=8), " word.")))


def text(path: Path) -> str:
    (block,) = open_document(path).view().stories[0].blocks
    assert isinstance(block, ParagraphView)
    return block.text


def ids(path: Path) -> list[str]:
    return [change.id for change in open_document(path).changes()]


def test_changes_are_listed_for_people_and_programs(file: Path) -> None:
    lines = polydesk("changes", file).out.splitlines()
    assert [line.partition("  [")[0] for line in lines] == [
        "body#7  deleted “old” (Ann, 2026-01-15)",
        "body#8  inserted “new” (Ben, 2026-01-15)",
    ]
    assert [change["kind"] for change in polydesk("changes", file, "--json").json()] == ["deletion", "insertion"]


def test_a_document_without_changes_says_so(written: Written) -> None:
    file = written(docx("One."))
    assert polydesk("changes", file).err == f"{file} has no tracked changes.\n"
    assert polydesk("changes", file, "--json").json() == []


@pytest.mark.parametrize(
    ("command", "arguments", "left", "expected"),
    [
        ("accept", ["body#7"], ["body#8"], "One new word."),
        ("accept", ["body#7", "body#8"], [], "One new word."),
        ("accept", ["--all"], [], "One new word."),
        ("accept", ["*"], [], "One new word."),
        ("reject", ["body#8"], ["body#7"], "One  word."),
        ("reject", ["--all"], [], "One old word."),
    ],
)
def test_changes_are_settled_one_by_one_or_all(
    command: str, arguments: list[str], left: list[str], expected: str, file: Path
) -> None:
    ran = polydesk(command, file, *arguments)
    out = file.with_name(f"a.{command}ed.docx")
    assert (ran.code, ids(out), text(out)) == (0, left, expected)
    assert len(ran.out.splitlines()) == 2 - len(left)
    assert ids(file) == ["body#7", "body#8"]


def test_what_was_settled_is_in_the_receipt(file: Path) -> None:
    report = polydesk("reject", file, "--all", "--json").json()
    receipt = polydesk("receipt", report["receipt_id"], "--json").json()
    assert [(one["kind"], one["before"], one["after"]) for one in receipt["changes"]] == [
        ("reject_change", None, "old"),
        ("reject_change", "new", None),
    ]


@pytest.mark.parametrize(("command", "expected"), [("accept", [("old", None), (None, "new")])])
def test_an_accepted_change_is_recorded_as_what_it_does(
    command: str, expected: list[tuple[str | None, str | None]], file: Path
) -> None:
    report = polydesk(command, file, "--all", "--json").json()
    changes = polydesk("receipt", report["receipt_id"], "--json").json()["changes"]
    assert [(one["before"], one["after"]) for one in changes] == expected


@pytest.mark.parametrize("command", ["accept", "reject"])
def test_ids_or_all_must_be_said_and_not_both(command: str, file: Path) -> None:
    assert polydesk(command, file).code == 2
    assert polydesk(command, file, "body#7", "--all").code == 2


@pytest.mark.parametrize("command", ["accept", "reject", "undo"])
def test_an_unknown_id_is_refused(command: str, file: Path) -> None:
    ran = polydesk(command, file, "body#99")
    assert (ran.code, [entry.name for entry in file.parent.iterdir()]) == (4, ["a.docx"])
    assert "body#99" in ran.err


@pytest.fixture
def edited(file: Path) -> Path:
    """The file with changes of Polydesk's besides those of Ann and Ben."""
    anchor = polydesk("show", file, "--json").json()["stories"][0]["blocks"][0]["anchor"]
    edits = [
        {"edit": "replace_text", "at": anchor, "find": "word", "text": "sentence"},
        {"edit": "add_comment", "at": anchor, "text": "Better?"},
    ]
    assert polydesk("apply", file, "-", stdin=json.dumps(edits)).code == 0
    return file.with_name("a.edited.docx")


def ours(path: Path) -> list[str]:
    return [change.id for change in open_document(path).changes() if change.author == "Polydesk"]


def test_undo_gives_back_the_identical_original(edited: Path, file: Path) -> None:
    ran = polydesk("undo", edited, "--json")
    out = edited.with_name("a.edited.undone.docx")
    assert (ran.code, ran.json()["output"]) == (0, str(out))
    assert out.read_bytes() == file.read_bytes()


def test_undo_in_place_after_an_edit_in_place_is_as_if_nothing_had_been(file: Path) -> None:
    original = file.read_bytes()
    assert polydesk("accept", file, "--all", "--in-place").code == 0
    assert file.read_bytes() != original
    assert polydesk("undo", file, "--in-place").code == 0
    assert file.read_bytes() == original


def test_undo_goes_back_one_step_at_a_time(edited: Path, file: Path) -> None:
    assert polydesk("accept", edited, "--all", "-o", edited.with_name("b.docx")).code == 0
    assert polydesk("undo", edited.with_name("b.docx"), "-o", edited.with_name("c.docx")).code == 0
    assert edited.with_name("c.docx").read_bytes() == edited.read_bytes()


def test_undo_refuses_a_file_that_is_not_as_polydesk_left_it(file: Path) -> None:
    ran = polydesk("undo", file)
    assert (ran.code, ran.out) == (13, "")
    assert "made or saved by another program" in ran.err


def test_undo_by_id_rejects_those_changes_of_polydesks(edited: Path) -> None:
    assert polydesk("undo", edited, *ours(edited)).code == 0
    out = edited.with_name("a.edited.undone.docx")
    assert (text(out), ids(out)) == ("One new word.", ["body#7", "body#8"])


def test_undo_by_id_refuses_changes_of_others_and_names_reject(edited: Path) -> None:
    ran = polydesk("undo", edited, *ours(edited), "body#7")
    assert (ran.code, edited.with_name("a.edited.undone.docx").exists()) == (13, False)
    assert f"of Ann; `polydesk reject {edited} body#7`" in ran.err


def test_undo_by_id_refuses_a_comment(edited: Path) -> None:
    (comment,) = open_document(edited).view().comments
    assert polydesk("undo", edited, comment.id).code == 2


def test_undo_of_nothing_that_is_recorded_leaves_the_folder_alone(written: Written) -> None:
    file = written(docx(p("A ", comment(0, "word"), "."), comments={0: "Why?"}))
    assert polydesk("undo", file).code == 13
    assert [entry.name for entry in file.parent.iterdir()] == ["a.docx"]
