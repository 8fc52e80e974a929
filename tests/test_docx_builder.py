"""The test documents are what they say they are: other programs read them so."""

from __future__ import annotations

import io
import zipfile

import docx as python_docx
import pytest
from lxml import etree

from tests.docx_builder import (
    NAMESPACES,
    PNG,
    Comment,
    Kind,
    b,
    bookmark,
    comment,
    comment_end,
    comment_start,
    dele,
    docx,
    endnote,
    field,
    footnote,
    i,
    image,
    ins,
    link,
    member,
    move_from,
    move_to,
    p,
    page_break,
    r,
    raw,
    restyled,
    sdt,
    simple_field,
    tbl,
    tc,
    textbox,
    tr,
    u,
)
from tests.libreoffice import LibreOffice

W = f"{{{NAMESPACES['w']}}}"
STRICT = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"


def rich(prefix: str = "w", strict: bool = False) -> bytes:
    """Return a document with everything that the builder can make."""
    return docx(
        p("Heading", style="Heading1", num=(1, 0), para_id="00000001"),
        p("Plain ", b("bold"), " ", i("italic"), " ", u("under"), " & <escaped>\ttab\nline", align="both"),
        p(ins("new", author='Ann "A"'), dele(" old ", b("bold old")), restyled("changed", was="<w:i/>")),
        p(move_from("moved")),
        p(move_to("moved"), inserted_by="Ann"),
        p("gone", deleted_by="Ann"),
        p(link("site", url="https://example.org/?a=1&b=2"), link("there", anchor="mark"), bookmark("mark", "target")),
        p(field("REF mark \\h", "target"), simple_field("NUMPAGES", "2"), footnote(1), endnote(1)),
        p(comment(0, "why"), comment_start(1), "from here"),
        p("to there", comment_end(1), comment(2, " and back"), page_break()),
        sdt(p("inside"), tag="block", alias="Block"),
        p("Period: ", sdt("spring", tag="inline"), textbox("boxed", p("twice")), image("A dot")),
        tbl(
            tr("one", "two", header=True),
            [tc("wide", span=2)],
            [tc("tall", vmerge="restart"), "x"],
            tr(tc(vmerge="continue"), tc(tbl(["nested"])), inserted_by="Ann"),
        ),
        header=["Top", p(link("home", url="https://example.org"))],
        footer=[p("Page ", field("PAGE", "1"))],
        footnotes={1: "A note."},
        endnotes={1: "An end."},
        comments={0: "Why?", 1: Comment(blocks=["One", "two"], resolved=True), 2: Comment(blocks=["Yes"], reply_to=1)},
        settings="<w:trackRevisions/>",
        prefix=prefix,
        strict=strict,
    )


def document(data: bytes) -> etree._Element:
    return etree.fromstring(member(data, "word/document.xml"))


def test_the_same_call_gives_the_same_bytes() -> None:
    assert rich() == rich()


def test_python_docx_reads_the_words() -> None:
    read = python_docx.Document(io.BytesIO(rich()))
    assert read.paragraphs[1].text == "Plain bold italic under & <escaped>\ttab\nline"
    assert [run.text for run in read.paragraphs[1].runs if run.bold] == ["bold"]
    assert [[cell.text for cell in row.cells] for row in read.tables[0].rows][:3] == [
        ["one", "two"],
        ["wide", "wide"],
        ["tall", "x"],
    ]
    assert read.tables[0].cell(3, 1).tables[0].cell(0, 0).text == "nested"
    assert read.sections[0].header.paragraphs[0].text == "Top"


@pytest.mark.parametrize("prefix", ["w", "x"])
@pytest.mark.parametrize("strict", [False, True])
def test_every_part_parses_under_any_prefix_and_namespace(prefix: str, strict: bool) -> None:
    data = rich(prefix, strict)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                etree.fromstring(archive.read(name))
    root = document(data)
    assert root.prefix == prefix
    assert root.tag == f"{STRICT if strict else W}document"
    assert (NAMESPACES["w"].encode() in member(data, "word/styles.xml")) is not strict


def test_a_prefix_changes_names_and_nothing_else() -> None:
    usual, unusual = (etree.tostring(document(rich(prefix)), method="c14n2", exclusive=True) for prefix in "wx")
    tags = [[each.tag for each in etree.fromstring(form).iter()] for form in (usual, unusual)]
    assert tags[0] == tags[1]
    kept = [[dict(each.attrib) for each in etree.fromstring(form).iter()] for form in (usual, unusual)]
    assert kept[0] == kept[1]


def test_generated_ids_are_unique_and_ends_meet_their_starts() -> None:
    root = document(rich())
    kinds = ("ins", "del", "moveFrom", "moveTo", "rPrChange", "bookmarkStart", "moveFromRangeStart", "moveToRangeStart")
    ids = [each.get(f"{W}id") for each in root.iter(*(f"{W}{kind}" for kind in kinds))]
    assert len(ids) == len(set(ids)) > 8
    for start, end in (("bookmarkStart", "bookmarkEnd"), ("moveFromRangeStart", "moveFromRangeEnd")):
        starts, ends = ([each.get(f"{W}id") for each in root.iter(f"{W}{name}")] for name in (start, end))
        assert starts == ends


def test_deleted_words_are_deleted_text() -> None:
    (deletion,) = document(docx(p(dele("a", b("b"), field("PAGE", "1"))))).iter(f"{W}del")
    assert [each.text for each in deletion.iter(f"{W}delText")] == ["a", "b", "1"]
    assert [each.text for each in deletion.iter(f"{W}delInstrText")] == [" PAGE "]
    assert list(deletion.iter(f"{W}t", f"{W}instrText")) == []


def test_a_utf_16_part_is_utf_16() -> None:
    data = docx("Grüße", encoding="UTF-16")
    assert member(data, "word/document.xml")[:2] in (b"\xff\xfe", b"\xfe\xff")
    assert "".join(str(each.text) for each in document(data).iter(f"{W}t")) == "Grüße"


@pytest.mark.parametrize(
    ("kind", "content_type"),
    [
        ("document", "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"),
        ("template", "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml"),
        ("macro", "application/vnd.ms-word.document.macroEnabled.main+xml"),
        ("macro-template", "application/vnd.ms-word.template.macroEnabledTemplate.main+xml"),
    ],
)
def test_a_kind_is_its_content_type(kind: Kind, content_type: str) -> None:
    assert content_type.encode() in member(docx("x", kind=kind), "[Content_Types].xml")


def test_links_and_pictures_get_relationships_in_their_own_part() -> None:
    data = rich()
    assert b'Target="https://example.org/?a=1&amp;b=2" TargetMode="External"' in member(
        data, "word/_rels/document.xml.rels"
    )
    assert b'Target="https://example.org" TargetMode="External"' in member(data, "word/_rels/header1.xml.rels")
    assert member(data, "word/media/image1.png") == PNG


def test_raw_markup_and_extra_parts_are_kept() -> None:
    data = docx(p(r(raw("<w:cr/>"))), parts={"custom/data.bin": b"\x00"}, rels=[("urn:custom", "../custom/data.bin")])
    assert len(list(document(data).iter(f"{W}cr"))) == 1
    assert member(data, "custom/data.bin") == b"\x00"
    assert b'Type="urn:custom"' in member(data, "word/_rels/document.xml.rels")


def test_threads_are_written_only_when_there_are_any() -> None:
    with zipfile.ZipFile(io.BytesIO(docx(p(comment(0, "x")), comments={0: "y"}))) as archive:
        assert "word/commentsExtended.xml" not in archive.namelist()
    threads = etree.fromstring(member(rich(), "word/commentsExtended.xml"))
    name = f"{{{NAMESPACES['w15']}}}"
    assert [(each.get(f"{name}done"), each.get(f"{name}paraIdParent")) for each in threads] == [
        ("0", None),
        ("1", None),
        ("0", "0C000001"),
    ]


SPELLINGS = {
    "usual": {},
    "prefixed": {"prefix": "x"},
    "strict": {"strict": True},
    "utf16": {"encoding": "UTF-16"},
    "template": {"kind": "template"},
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_libreoffice_sees_the_same_changes_in_every_spelling(libreoffice: LibreOffice, spelling: str) -> None:
    changed = docx(
        p("Keep ", ins("new", author="Ann"), dele("old", author="Ben"), " words."),
        p(move_from("Moved.")),
        p("Last. ", move_to("Moved."), comment(0, "Said.")),
        comments={0: Comment(blocks=["Why?"], author="Ann", resolved=True)},
        **SPELLINGS[spelling],
    )
    assert libreoffice.accept_all(changed) == ["Keep new words.", "", "Last. Moved.Said."]
    assert libreoffice.reject_all(changed) == ["Keep old words.", "Moved.", "Last. Said."]
    seen = libreoffice.read(changed)
    assert [(each.type, each.author, each.text) for each in seen.redlines[:2]] == [
        ("Insert", "Ann", "new"),
        ("Delete", "Ben", "old"),
    ]
    assert [(each.author, each.text, each.resolved) for each in seen.comments] == [("Ann", "Why?", True)]


def test_libreoffice_reads_every_story(libreoffice: LibreOffice) -> None:
    seen = libreoffice.read(rich())
    assert seen.headers == [["Top", "home"]]
    assert [note.strip() for notes in (*seen.footnotes, *seen.endnotes) for note in notes] == ["A note.", "An end."]
    assert {(each.text, each.resolved) for each in seen.comments} == {
        ("Why?", False),
        ("One\ntwo", True),
        ("Yes", False),
    }
    assert {"Heading", "wide", "nested"} <= set(seen.body)
