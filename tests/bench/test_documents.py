"""Large documents for measuring are ordinary Word files, and the same every time."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import docx
import pytest

from bench.documents import make_docx

WORDS_ON_A_PAGE = (300, 600)


def test_the_same_arguments_give_the_same_bytes() -> None:
    assert make_docx(pages=3) == make_docx(pages=3)
    assert make_docx(pages=3) != make_docx(pages=3, seed=8)


@pytest.mark.parametrize("pages", [10, 100])
def test_a_page_holds_as_many_words_as_a_printed_one(pages: int) -> None:
    document = docx.Document(io.BytesIO(make_docx(pages=pages)))
    words = sum(len(paragraph.text.split()) for paragraph in document.paragraphs)
    least, most = WORDS_ON_A_PAGE
    assert least * pages < words < most * pages


def test_ten_pages_hold_headings_tables_lists_footnotes_and_formatted_words() -> None:
    data = make_docx(pages=10)
    document = docx.Document(io.BytesIO(data))
    styles = {paragraph.style.name for paragraph in document.paragraphs if paragraph.style}
    assert styles == {"Normal", "Heading 1", "Heading 2", "List Bullet"}
    assert len(document.tables) >= 3
    assert any(run.bold for paragraph in document.paragraphs for run in paragraph.runs)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        references = archive.read("word/document.xml").count(b"<w:footnoteReference ")
        notes = archive.read("word/footnotes.xml").count(b"<w:footnoteRef/>")
    assert references == notes > 0


def test_the_command_writes_the_file(tmp_path: Path) -> None:
    out = tmp_path / "out.docx"
    script = Path(__file__).parents[2] / "bench" / "documents.py"
    subprocess.run([sys.executable, str(script), "--pages", "2", str(out)], check=True)
    assert out.read_bytes() == make_docx(pages=2)
