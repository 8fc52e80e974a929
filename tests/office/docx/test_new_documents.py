"""New documents from outlines: on the built-in template, and on every template that others have made."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest

from polydesk.core.errors import OfficeError, UsageError
from polydesk.office.docx.document import Document
from polydesk.office.docx.edits import AcceptChange, ReplaceText
from polydesk.office.docx.new_documents import new_document
from polydesk.office.docx.outline_markdown import outline_from_markdown
from polydesk.office.docx.outlines import Outline, parse_outline
from polydesk.office.docx.template import built_in_template
from polydesk.office.docx.views import ParagraphView, TableView
from tests.corpus_files import corpus_files, corpus_id
from tests.docx_builder import PNG, docx, image, p
from tests.libreoffice import LibreOffice

MARKDOWN = """# Heat pumps

*For the board*

[TOC]

## Summary

The change costs **£1.9 million**; see [this](https://example.org) and `heat.csv`.

- First
  - Deeper
    - Deepest
- Second

Table: Cost by site

| Site | Cost |
|---|---|
| Tarnwater | 1.2 |
| Hollin Mill | 0.7 |

1. One
2. Two

### Details

1. One again

> Said by somebody.

![A dot](dot.png "What it shows")

---

## End

Last words.
"""
OUTLINE = outline_from_markdown(MARKDOWN)
FILES = corpus_files(".docx", ".docm", ".dotx", ".dotm")


def made(template: bytes | None = None, outline: Outline = OUTLINE) -> bytes:
    return new_document(outline, template, pictures={"dot.png": PNG}).data


def blocks(data: bytes) -> list[tuple[str | None, str | None, str]]:
    found = Document(data).view().stories[0].blocks
    return [(b.style, b.label, b.text) for b in found if isinstance(b, ParagraphView)]


def test_markdown_becomes_headings_lists_tables_and_figures() -> None:
    assert blocks(made()) == [
        ("Title", None, "Heat pumps"),
        ("Subtitle", None, "For the board"),
        ("TOC Heading", None, "Contents"),
        ("toc 1", None, "Summary"),
        ("toc 2", None, "Details"),
        ("toc 1", None, "End"),
        ("heading 1", None, "Summary"),
        (None, None, "The change costs £1.9 million; see this and heat.csv."),
        ("List Bullet", "\N{BULLET}", "First"),
        ("List Bullet 2", "\N{EN DASH}", "Deeper"),
        ("List Bullet 3", "\N{BULLET}", "Deepest"),
        ("List Bullet", "\N{BULLET}", "Second"),
        ("caption", None, "Table 1. Cost by site"),
        (None, None, ""),
        ("List Number", "1.", "One"),
        ("List Number", "2.", "Two"),
        ("heading 2", None, "Details"),
        ("List Number", "1.", "One again"),
        ("Quote", None, "Said by somebody."),
        (None, None, ""),
        ("caption", None, "Figure 1. What it shows"),
        ("heading 1", None, "End"),
        (None, None, "Last words."),
    ]


def test_it_is_accessible() -> None:
    """Language, title, heading row and description are there, and text stands out by 7:1 (WCAG 2.2, 1.4.6)."""
    data = made()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        styles, core = (archive.read(name).decode() for name in ("word/styles.xml", "docProps/core.xml"))
        body = archive.read("word/document.xml").decode()
    assert 'w:lang w:val="en-GB"' in styles
    assert "<dc:title>Heat pumps</dc:title>" in core
    assert (body.count("<w:tblHeader"), 'descr="A dot"' in body) == (1, True)
    colors = set(re.findall(r'<w:color w:val="([0-9A-F]{6})"', styles)) - {"FFFFFF"}
    assert {color for color in colors if contrast(color, "FFFFFF") < 7} == set()


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("file", FILES[::2], ids=corpus_id)
def test_any_document_serves_as_a_template(file: Path) -> None:
    data = file.read_bytes()
    try:
        before = Document(data).view()
    except OfficeError:
        pytest.skip("cannot be read, which the package tests look at")
    result = made(data)
    view = Document(result).view()
    texts = [block.text for block in view.stories[0].blocks if isinstance(block, ParagraphView)]
    assert [text for text in texts if text] == [text for _, _, text in blocks(made()) if text]
    assert [block for block in view.stories[0].blocks if isinstance(block, TableView)] != []
    headers = [story.blocks for story in before.stories if story.kind in ("header", "footer")]
    assert [story.blocks for story in view.stories if story.kind in ("header", "footer")] == headers
    edit = ReplaceText(at="body/p1", text="Still editable")
    tracked = Document(result).apply([edit], ignore_protection=True)
    assert Document(tracked.data).apply([AcceptChange(change="*")], ignore_protection=True).changed_parts


@pytest.mark.parametrize("file", FILES[::12], ids=corpus_id)
def test_libreoffice_reads_what_was_made_on_foreign_templates(file: Path, libreoffice: LibreOffice) -> None:
    try:
        data = made(file.read_bytes())
    except OfficeError:
        pytest.skip("cannot be read, which the package tests look at")
    body = libreoffice.read(data).body
    assert [text for text in ("Heat pumps", "Deepest", "Hollin Mill", "Last words.") if text not in body] == []


def test_the_same_outline_gives_the_same_bytes() -> None:
    assert made() == made()


def test_a_template_becomes_a_document_and_its_logo_stays_in_the_header() -> None:
    template = docx(p("Sample"), header=[p(image("Logo"))], kind="template")
    result = made(template)
    with zipfile.ZipFile(io.BytesIO(result)) as archive:
        types = archive.read("[Content_Types].xml").decode()
    assert ("template.main" in types, "document.main" in types) == (False, True)
    (header,) = [story for story in Document(result).view().stories if story.kind == "header"]
    assert [mark.ref for block in header.blocks if isinstance(block, ParagraphView) for mark in block.marks] == ["Logo"]


def test_what_a_template_lacks_is_added_and_told() -> None:
    notes = new_document(OUTLINE, docx("Sample"), pictures={"dot.png": PNG}).notes
    assert any("'List Bullet'" in note or "'toc 1'" in note for note in notes)


def test_the_language_names_tables_and_contents() -> None:
    texts = [text for _, _, text in blocks(made(outline=outline_from_markdown(MARKDOWN, language="de-DE")))]
    assert {"Inhalt", "Tabelle 1. Cost by site", "Abbildung 1. What it shows"} <= set(texts)


def test_an_outline_in_json_is_checked() -> None:
    assert parse_outline('{"blocks": [{"type": "heading", "text": "One"}]}').blocks
    with pytest.raises(UsageError, match=r"o\.json.*blocks\[0\]"):
        parse_outline('{"blocks": [{"type": "heading", "text": 1}]}', path="o.json")


def test_missing_pictures_and_empty_outlines_are_refused() -> None:
    with pytest.raises(UsageError, match=r"dot\.png"):
        new_document(OUTLINE)
    with pytest.raises(UsageError, match="no words"):
        outline_from_markdown("\n\n")


def test_the_built_in_template_is_a_document_without_words() -> None:
    view = Document(built_in_template("en-GB")).view()
    assert ([story.kind for story in view.stories], view.findings) == (["body", "footer"], ())
