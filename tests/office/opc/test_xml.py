"""XML that could harm or mislead is refused before a tree is built; all that Office may write is read."""

from __future__ import annotations

import pytest

from polydesk.core.errors import UnreadableDocumentError
from polydesk.office.opc.xml import parse_xml

DECLARED = '<?xml version="1.0" encoding="{}"?><!-- a <!DOCTYPE in a comment --><?p <!DOCTYPE ?><a>é</a>'
LAUGHS = '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;">]><a b="&y;"/>'
OUTSIDE = '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'


def parsed(data: bytes) -> str | None:
    return parse_xml(data, part="/a.xml", path="a.docx").text


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("UTF-8", "utf-8"),
        ("utf-8", "utf-8-sig"),
        ("UTF-16", "utf-16"),
        ("UTF-16", "utf-16-le"),
        ("UTF-16", "utf-16-be"),
        ("ISO-8859-1", "latin-1"),
        ("windows-1252", "cp1252"),
    ],
)
def test_office_encodings_are_read(label: str, codec: str) -> None:
    assert parsed(DECLARED.format(label).encode(codec)) == "é"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [LAUGHS, OUTSIDE, "<!DOCTYPE a><a/>", f"\n <!-- x --><?p ?>{LAUGHS}"])
def test_a_document_type_is_refused(text: str, codec: str) -> None:
    with pytest.raises(UnreadableDocumentError, match=r"declares a document type|not begin as XML"):
        parsed(text.encode(codec))


@pytest.mark.parametrize("declaration", ['<?xml version="1.0"?>', '<?xml version="1.0" encoding="UTF-8"?>'])
def test_a_document_type_behind_a_declaration_is_refused(declaration: str) -> None:
    with pytest.raises(UnreadableDocumentError, match="declares a document type"):
        parsed((declaration + LAUGHS).encode())


@pytest.mark.parametrize(
    ("label", "codec"),
    [("UTF-7", "utf-7"), ("UTF-32", "utf-32"), ("UTF-32", "utf-32-le"), ("UTF-32", "utf-32-be"), ("cp037", "cp037")],
)
def test_an_encoding_that_could_hide_a_document_type_is_refused(label: str, codec: str) -> None:
    with pytest.raises(UnreadableDocumentError, match=r"declares the encoding|does not begin as XML does"):
        parsed(f'<?xml version="1.0" encoding="{label}"?>{LAUGHS}'.encode(codec))


def test_a_document_type_inside_a_comment_is_none() -> None:
    assert parsed(b"<!--><!DOCTYPE a [<!ENTITY x 'y'>]>--><a>ok</a>") == "ok"


def test_an_entity_without_declaration_is_refused() -> None:
    with pytest.raises(UnreadableDocumentError, match="not XML that can be read"):
        parsed(b"<a>&x;</a>")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"  ", "does not begin as XML does"),
        (b"plain", "does not begin as XML does"),
        (b"<a><b></a>", "not XML that can be read"),
        (b"<a/><b/>", "not XML that can be read"),
        (b"<a>\xff</a>", "not XML that can be read"),
        (b"<a>\x00</a>", "not XML that can be read"),
        (b"<!-- never closed", "not XML that can be read"),
        (b"<", "not XML that can be read"),
        (b"<p:a/>", None),
        (b"\xff\xfe<", "not XML that can be read|not begin"),
    ],
)
def test_malformed_xml_is_refused_with_part_and_path(data: bytes, reason: str | None) -> None:
    with pytest.raises(UnreadableDocumentError, match=reason) as caught:
        parsed(data)
    assert (caught.value.path, caught.value.part) == ("a.docx", "/a.xml")


@pytest.mark.parametrize("depth", [2_049, 100_000, 2_000_000])
def test_bottomless_nesting_is_refused(depth: int) -> None:
    with pytest.raises(UnreadableDocumentError, match="Excessive depth") as caught:
        parsed(b"<a>" * depth + b"</a>" * depth)
    assert "huge" not in str(caught.value).lower()


def test_nesting_that_a_document_may_have_is_read_and_freed() -> None:
    assert parsed(b"<a>" * 2_000 + b"</a>" * 2_000) is None


def test_a_text_over_ten_megabytes_is_read() -> None:
    text = parsed(b"<a>" + b"x" * 10_500_000 + b"</a>")
    assert text is not None
    assert len(text) == 10_500_000


def test_more_markup_than_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("polydesk.office.opc.limits.MAX_TAGS", 5_000_000)
    with pytest.raises(UnreadableDocumentError, match="more than 5,000,000 tags"):
        parsed(b"<a>" + b"<b/>" * 5_000_000 + b"</a>")
