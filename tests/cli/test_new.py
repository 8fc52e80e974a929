"""New files by `polydesk new`: the kind by the name, the look by the template, whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from polydesk.office.docx.document import open_document
from polydesk.office.files import open_file
from tests.cli.command import polydesk
from tests.docx_builder import PNG, docx, p

NOTES = "# A title\n\n## First\n\nSome *words*.\n\n- one\n- two\n\n![A dot](dot.png)\n"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    (tmp_path / "dot.png").write_bytes(PNG)
    path = tmp_path / "notes.md"
    path.write_text(NOTES, encoding="utf-8")
    return path


def test_markdown_becomes_a_word_document(notes: Path) -> None:
    out = notes.with_name("out.docx")
    assert polydesk("new", out, "--outline", notes).code == 0
    blocks = open_document(out).view().stories[0].blocks
    assert [getattr(block, "style", None) for block in blocks] == [
        *("Title", "heading 1", None, "List Bullet", "List Bullet", None)
    ]


def test_the_ending_of_the_name_says_what_is_made(notes: Path) -> None:
    out = notes.with_name("out.pptx")
    assert polydesk("new", out, "--outline", notes).code == 0
    assert open_file(out)[0].name == "pptx"
    ran = polydesk("new", notes.with_name("out.txt"), "--outline", notes)
    assert (ran.code != 0, ".docx" in ran.err) == (True, True)


def test_a_template_gives_its_look_and_loses_its_sample_text(notes: Path) -> None:
    template, out = notes.with_name("t.dotx"), notes.with_name("out.docx")
    template.write_bytes(docx(p("Sample text"), header=["Our house"], kind="template"))
    said = polydesk("new", out, "--outline", notes, "--template", template, "--json").json()
    view = open_document(out).view()
    words = [getattr(block, "text", "") for story in view.stories for block in story.blocks]
    assert ("Our house" in words, "Sample text" in words, said["output"]) == (True, False, str(out))


def test_json_is_an_outline_too(tmp_path: Path) -> None:
    outline, out = tmp_path / "o.json", tmp_path / "out.docx"
    outline.write_text(json.dumps({"blocks": [{"type": "heading", "text": "One"}]}), encoding="utf-8")
    assert polydesk("new", out, "--outline", outline).code == 0
    outline.write_text(json.dumps({"blocks": [{"type": "poem"}]}), encoding="utf-8")
    ran = polydesk("new", tmp_path / "x.docx", "--outline", outline)
    assert (ran.code != 0, str(outline) in ran.err) == (True, True)


@pytest.mark.parametrize("name", ["missing.png", "../outside.png", "https://example.org/a.png"])
def test_pictures_are_files_of_the_outlines_folder(tmp_path: Path, name: str) -> None:
    notes, out = tmp_path / "notes.md", tmp_path / "out.docx"
    notes.write_text(f"Words\n\n![x]({name})\n", encoding="utf-8")
    ran = polydesk("new", out, "--outline", notes)
    assert (ran.code != 0, out.exists()) == (True, False)


def test_a_file_in_the_way_stays(notes: Path) -> None:
    out = notes.with_name("out.docx")
    out.write_bytes(b"here")
    assert polydesk("new", out, "--outline", notes).code != 0
    assert out.read_bytes() == b"here"
    assert polydesk("new", out, "--outline", notes, "--overwrite").code == 0
