"""The oracle itself: it must see what is there, tell what it cannot open, and come back after it was lost."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from tests.libreoffice import LibreOffice, LibreOfficeError, Redline, Target

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
BY = 'w:author="Ada" w:date="2026-01-02T03:04:05Z"'
CHANGED = f"""
<w:p><w:r><w:t xml:space="preserve">Costs </w:t></w:r>
<w:del w:id="1" {BY}><w:r><w:delText>rose</w:delText></w:r></w:del>
<w:ins w:id="2" {BY}><w:r><w:t>fell</w:t><w:tab/><w:t>fast</w:t></w:r></w:ins></w:p>
<w:p><w:pPr><w:rPr><w:ins w:id="3" {BY}/></w:rPr></w:pPr><w:ins w:id="4" {BY}><w:r><w:t>New.</w:t></w:r></w:ins></w:p>
<w:p><w:r><w:t>End.</w:t></w:r></w:p>
"""


def document(body: str) -> bytes:
    """A minimal Word file around the body's XML."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Override PartName="/word/document.xml" ContentType='
            '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
        )
        package.writestr(
            "_rels/.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
            'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
            'Target="word/document.xml"/></Relationships>',
        )
        package.writestr("word/document.xml", f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>')
    return out.getvalue()


def test_kept_changes_show_both_the_old_and_the_new_words(libreoffice: LibreOffice) -> None:
    assert libreoffice.text(document(CHANGED)) == ["Costs rosefell\tfast", "New.", "End."]


def test_accepting_everything_leaves_the_new_words(libreoffice: LibreOffice) -> None:
    assert libreoffice.accept_all(document(CHANGED)) == ["Costs fell\tfast", "New.", "End."]


def test_rejecting_everything_leaves_the_old_words(libreoffice: LibreOffice) -> None:
    assert libreoffice.reject_all(document(CHANGED)) == ["Costs rose", "End."]


def test_each_tracked_change_has_its_kind_author_and_words(libreoffice: LibreOffice) -> None:
    assert libreoffice.redlines(document(CHANGED)) == [
        Redline(type="Delete", author="Ada", text="rose"),
        Redline(type="Insert", author="Ada", text="fell\tfast"),
        Redline(type="Insert", author="Ada", text="New.\n"),
    ]


@pytest.mark.parametrize(("to", "begin"), [("pdf", b"%PDF"), ("docx", b"PK"), ("odt", b"PK")])
def test_conversion_gives_a_file_of_the_asked_format(libreoffice: LibreOffice, to: Target, begin: bytes) -> None:
    assert libreoffice.convert(document(CHANGED), to)[: len(begin)] == begin


def test_conversion_can_accept_the_changes_first(libreoffice: LibreOffice) -> None:
    text = libreoffice.convert(document(CHANGED), "txt", changes="accept").decode("utf-8-sig")
    assert text.split() == ["Costs", "fell", "fast", "New.", "End."]


def test_a_file_of_no_format_is_an_error_and_the_next_question_is_answered(libreoffice: LibreOffice) -> None:
    with pytest.raises(LibreOfficeError):
        libreoffice.text(b"PK\x03\x04 this is no package")
    assert libreoffice.text(document("<w:p/>")) == [""]


def test_an_answer_that_does_not_come_in_time_is_an_error(tmp_path: Path) -> None:
    office = LibreOffice(tmp_path, timeout_s=0.001)
    with pytest.raises(LibreOfficeError, match="no answer within"):
        office.text(document("<w:p/>"))


def test_a_closed_oracle_starts_again_when_asked(tmp_path: Path) -> None:
    office = LibreOffice(tmp_path)
    try:
        first = office.text(document(CHANGED))
        office.close()
        assert office.text(document(CHANGED)) == first
    finally:
        office.close()
