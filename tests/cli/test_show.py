"""What people and programs are shown of a document."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from polydesk.office.docx.document import open_document
from polydesk.office.docx.views import DocumentView
from tests.cli.command import polydesk
from tests.docx_builder import comment, dele, docx, footnote, image, ins, p, tbl, tc, textbox, tr

Written = Callable[[bytes], Path]


def shown(path: Path, *options: str) -> str:
    ran = polydesk("show", path, *options)
    assert (ran.code, ran.err) == (0, "")
    return ran.out


def test_headings_carry_their_level_and_number(report: Path) -> None:
    lines = shown(report, "--no-anchors").splitlines()
    assert "# 1 Executive summary" in lines
    assert "### 2.2.1 Cash" in lines


def test_every_anchor_is_shown_or_none(report: Path) -> None:
    view = open_document(report).view()
    anchors = [block.anchor for story in view.stories if story.kind != "comment" for block in story.blocks]
    assert [anchor for anchor in anchors if f"[{anchor}]" not in shown(report)] == []
    assert [anchor for anchor in anchors if anchor in shown(report, "--no-anchors")] == []


def test_what_is_not_characters_is_named_where_it_stands(written: Written) -> None:
    path = written(
        docx(
            p("See", footnote(1), " here ", comment(0, "this"), "."),
            p("Left ", image("A chart"), " right"),
            p(textbox("Boxed words.")),
            footnotes={1: "A note."},
            comments={0: "Why?"},
            header=["Top of the page"],
        )
    )
    out = shown(path, "--no-anchors")
    for line in ("See[footnote#1] here this[comment#0].", "Left [image: A chart] right", "Boxed words."):
        assert line in out.splitlines()
    assert "── Header\nTop of the page" in out
    assert "── footnote#1\n A note." in out
    assert "on “this”" in out
    assert "    Why?" in out


def test_changes_stand_at_their_paragraph_and_in_a_list(written: Written) -> None:
    path = written(docx(p("One ", dele("old", author="Ann"), ins("new", author="Ann"), " word.")))
    lines = shown(path).splitlines()
    assert "One new word." in lines
    (mark,) = [line for line in lines if line.startswith("  ± ")]
    listed = lines[lines.index("── Tracked changes") + 1 :]
    assert [line.split("  ")[0] for line in listed] == mark.removeprefix("  ± ").split(", ")
    assert [line.split("  ")[1] for line in listed] == [
        "deleted “old” (Ann, 2026-01-15)",
        "inserted “new” (Ann, 2026-01-15)",
    ]


def test_a_table_is_drawn_with_its_spans_and_merges(written: Written) -> None:
    table = tbl(
        tr(tc("Wide", span=2), tc("c")),
        tr(tc("a", vmerge="restart"), tc("b"), tc("c")),
        tr(tc("", vmerge="continue"), tc("longer words"), tc("c")),
    )
    lines = shown(written(docx(table)), "--no-anchors").splitlines()
    assert lines[:7] == [
        "┌────────┬──────────────┬────────┐",
        "│ Wide                  │ c      │",
        "├────────┼──────────────┼────────┤",
        "│ a      │ b            │ c      │",
        "├────────┼──────────────┼────────┤",
        "│ ″      │ longer words │ c      │",
        "└────────┴──────────────┴────────┘",
    ]


def test_a_table_wider_than_the_page_is_wrapped_into_it(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    lines = shown(written(docx(tbl(["word " * 20, "x", "word " * 5]))), "--no-anchors").splitlines()
    assert {len(line) for line in lines if line.startswith(("│", "┌", "└"))} == {40}


def test_what_stands_in_the_way_of_edits_comes_first(written: Written) -> None:
    out = shown(written(docx("One.", kind="document", settings='<w:writeProtection w:recommended="1"/>')))
    assert out.startswith("! ")


def test_control_characters_do_not_reach_the_terminal(written: Written) -> None:
    assert "\x9b" not in shown(written(docx("A \x9b31m red one.")))


def test_json_is_the_whole_view(report: Path) -> None:
    assert msgspec.json.decode(shown(report, "--json"), type=DocumentView) == open_document(report).view()


def test_json_is_utf8_whatever_the_terminal(report: Path) -> None:
    assert "£43.2 million" in json.dumps(json.loads(shown(report, "--json")), ensure_ascii=False)


@pytest.mark.parametrize("name", ["missing.docx", "folder", "text.docx"])
def test_what_is_no_document_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.docx").write_text("just words")
    ran = polydesk("show", tmp_path / name)
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("polydesk: ")
    assert name in ran.err
