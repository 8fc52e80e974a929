"""Edits of controls, fields, notes, lists, sections and merged cells: what follows from them, and what stays."""

from __future__ import annotations

import io
import zipfile

import pytest

from polydesk.core.errors import AnchorNotFoundError, UnsupportedEditError
from polydesk.office.docx.document import Document
from polydesk.office.docx.edits import AcceptChange, Edit, RejectChange, ReplaceText
from polydesk.office.docx.edits_content import FillControl, InsertNote, InsertReference, InsertToc, SetProperties
from polydesk.office.docx.edits_layout import InsertSectionBreak, SetList
from polydesk.office.docx.edits_tables import InsertColumn, MergeCells, SplitCell
from polydesk.office.docx.views import ParagraphView, TableView
from polydesk.office.results import Result
from tests.docx_builder import bookmark, docx, field, footnote, member, p, raw, sdt, tbl, tc

M = "http://schemas.openxmlformats.org/officeDocument/2006/math"
ITEM = "{11111111-2222-3333-4444-555555555555}"
DATA = b'<?xml version="1.0"?><a:form xmlns:a="urn:form"><a:name kind="x">old</a:name><!-- kept --></a:form>'
PROPERTIES = (
    f'<ds:datastoreItem xmlns:ds="http://schemas.openxmlformats.org/officeDocument/2006/customXml" ds:itemID="{ITEM}"/>'
).encode()
RELS = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/customXmlProps" '
    b'Target="itemProps1.xml"/></Relationships>'
)


def applied(data: bytes, *edits: Edit, tracked: bool = True) -> Result:
    return Document(data).apply(list(edits), tracked=tracked)


def paragraphs(data: bytes) -> list[ParagraphView]:
    return [b for b in Document(data).view().stories[0].blocks if isinstance(b, ParagraphView)]


def control(properties: str, shown: str = "old", tag: str = "c") -> bytes:
    inner = f"<w:sdtContent><w:r><w:t>{shown}</w:t></w:r></w:sdtContent>"
    w14 = 'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
    return docx(p("Is: ", raw(f'<w:sdt {w14}><w:sdtPr><w:tag w:val="{tag}"/>{properties}</w:sdtPr>{inner}</w:sdt>')))


CHOICES = '<w:listItem w:displayText="Red" w:value="r"/><w:listItem w:displayText="Blue" w:value="b"/>'
BOX = (
    '<w14:checkbox><w14:checked w14:val="0"/><w14:checkedState w14:val="2612"/>'
    '<w14:uncheckedState w14:val="2610"/></w14:checkbox>'
)


@pytest.mark.parametrize(
    ("properties", "value", "shown"),
    [
        ("<w:text/>", "new", "new"),
        (f"<w:dropDownList>{CHOICES}</w:dropDownList>", "b", "Blue"),
        (f"<w:comboBox>{CHOICES}</w:comboBox>", "Green", "Green"),
        ('<w:date><w:dateFormat w:val="d MMMM yyyy"/></w:date>', "2026-11-04", "4 November 2026"),
        (BOX, "true", "\N{BALLOT BOX WITH X}"),
        ("<w:showingPlcHdr/><w:text/>", "new", "new"),
    ],
)
def test_a_control_takes_what_its_kind_takes(properties: str, value: str, shown: str) -> None:
    result = applied(control(properties), FillControl(control="c", value=value))
    assert paragraphs(result.data)[0].text == f"Is: {shown}"
    assert b"showingPlcHdr" not in member(result.data, "word/document.xml")


@pytest.mark.parametrize(
    ("properties", "value"),
    [
        (f"<w:dropDownList>{CHOICES}</w:dropDownList>", "Green"),
        ("<w:date/>", "tomorrow"),
        (BOX, "perhaps"),
        ('<w:lock w:val="contentLocked"/><w:text/>', "new"),
        ("<w:picture/>", "new"),
        ("<w:text/>", "two\nlines"),
    ],
)
def test_a_control_refuses_what_it_does_not_take(properties: str, value: str) -> None:
    with pytest.raises(UnsupportedEditError):
        applied(control(properties), FillControl(control="c", value=value))


def test_data_that_a_control_is_bound_to_change_with_it_and_nothing_else_of_them() -> None:
    binding = (
        f'<w:dataBinding w:prefixMappings="xmlns:f=\'urn:form\'" w:xpath="/f:form/f:name" w:storeItemID="{ITEM}"/>'
    )
    data = docx(
        p(raw(f'<w:sdt><w:sdtPr><w:tag w:val="c"/>{binding}<w:text/></w:sdtPr><w:sdtContent/></w:sdt>')),
        parts={
            "customXml/item1.xml": DATA,
            "customXml/itemProps1.xml": PROPERTIES,
            "customXml/_rels/item1.xml.rels": RELS,
        },
        rels=[
            (
                "http://schemas.openxmlformats.org/officeDocument/2006/relationships/customXml",
                "../customXml/item1.xml",
            )
        ],
    )
    result = applied(data, FillControl(control="c", value="Ann & Bob"))
    assert member(result.data, "customXml/item1.xml") == DATA.replace(b">old<", b">Ann &amp; Bob<")
    assert set(result.changed_parts) == {"/word/document.xml", "/customXml/item1.xml"}


def test_controls_with_one_name_are_told_apart_by_number() -> None:
    data = docx(p(sdt("a", tag="x"), " ", sdt("b", tag="x")))
    with pytest.raises(AnchorNotFoundError, match="2 content controls"):
        applied(data, FillControl(control="x", value="y"))
    assert paragraphs(applied(data, FillControl(control="#2", value="y")).data)[0].text == "a y"


def test_fields_that_show_changed_text_are_marked_and_others_are_not() -> None:
    data = docx(
        p(field('TOC \\o "1-3"', "Heading")),
        p(bookmark("here", "Heading"), style="Heading1"),
        p("See ", field("REF here \\h", "Heading"), " and ", field("REF there \\h", "x"), field("PAGE", "1")),
    )
    result = applied(data, ReplaceText(at="body/p2", find="Heading", text="Title"))
    assert member(result.data, "word/document.xml").count(b'w:dirty="true"') == 2
    assert "2 fields" in result.edits[0].notes[0]
    plain = applied(data, ReplaceText(at="body/p3", find="See", text="Look at"))
    assert b"dirty" not in member(plain.data, "word/document.xml")


def test_an_equation_stays_when_the_words_around_it_change() -> None:
    equation = f'<m:oMath xmlns:m="{M}"><m:r><m:t>x+1</m:t></m:r></m:oMath>'
    result = applied(docx(p("Let ", raw(equation), " be given.")), ReplaceText(at="body/p1", text="Let that be known."))
    (paragraph,) = paragraphs(result.data)
    assert [mark.kind for mark in paragraph.marks] == ["equation"]
    assert b"x+1" in member(result.data, "word/document.xml")


def test_a_rejected_note_takes_its_words_away_and_others_stay() -> None:
    data = docx(p("One", footnote(1), " two."), footnotes={1: "Kept."})
    result = applied(data, InsertNote(at="body/p1", find="two", text="New."))
    notes = [s for s in Document(result.data).view().stories if s.kind == "footnote"]
    assert [getattr(s.blocks[0], "text", "").strip() for s in notes] == ["Kept.", "New."]
    rejected = Document(result.data).apply([RejectChange(change="*")]).data
    notes = [s for s in Document(rejected).view().stories if s.kind == "footnote"]
    assert [getattr(s.blocks[0], "text", "").strip() for s in notes] == ["Kept."]


def test_lists_continue_restart_and_change_level() -> None:
    data = docx(*(p(f"Item {n}") for n in range(5)))
    result = applied(
        data,
        SetList(at="body/p1", kind="number"),
        SetList(at="body/p2", kind="number"),
        SetList(at="body/p3", kind="number", level=1),
        SetList(at="body/p4", kind="number", restart=True),
        SetList(at="body/p5", kind="bullet"),
        tracked=False,
    )
    assert [paragraph.label for paragraph in paragraphs(result.data)] == ["1.", "2.", "a.", "1.", "\N{BULLET}"]


def test_a_section_keeps_its_header_when_it_is_cut_in_two() -> None:
    data = docx(p("One"), p("Two"), header=["Top"])
    result = applied(data, InsertSectionBreak(after="body/p1", start="odd_page"))
    body = member(result.data, "word/document.xml")
    assert (body.count(b"<w:sectPr"), body.count(b"headerReference"), b"oddPage" in body) == (2, 1, True)


def grid(data: bytes) -> list[list[tuple[str, int, bool]]]:
    (table,) = [b for b in Document(data).view().stories[0].blocks if isinstance(b, TableView)]
    return [[(cell.text, cell.columns, cell.merged_above) for cell in row.cells] for row in table.rows]


def test_cells_are_merged_and_taken_apart() -> None:
    data = docx(tbl(["a", "b", "c"], ["d", "e", "f"], ["g", "h", "i"]), p())
    merged = applied(data, MergeCells(at="body/t1/r1/c1", to="body/t1/r2/c2")).data
    assert grid(merged)[:2] == [
        [("a\nb\nd\ne", 2, False), ("c", 1, False)],
        [("", 2, True), ("f", 1, False)],
    ]
    apart = applied(merged, SplitCell(at="body/t1/r1/c1")).data
    assert grid(apart)[:2] == [
        [("a\nb\nd\ne", 1, False), ("", 1, False), ("c", 1, False)],
        [("", 1, False), ("", 1, False), ("f", 1, False)],
    ]


def test_a_column_widens_the_merged_cells_that_lie_across_it() -> None:
    data = docx(tbl([tc("a", span=2)], ["b", "c"]), p())
    result = applied(data, InsertColumn(after="body/t1/r2/c1", cells=("new",)), tracked=False)
    assert grid(result.data) == [[("a", 3, False)], [("b", 1, False), ("new", 1, False), ("c", 1, False)]]


def test_references_and_contents_are_there_at_once_and_marked_for_word() -> None:
    data = docx(p("Start"), p("First part", style="Heading1"), p("See "))
    result = applied(data, InsertReference(at="body/p3", to="body/p2"), InsertToc(before="body/p1"))
    accepted = Document(result.data).apply([AcceptChange(change="*")]).data
    assert [paragraph.text for paragraph in paragraphs(accepted)] == [
        "First part",
        "Start",
        "First part",
        "See First part",
    ]
    assert member(accepted, "word/document.xml").count(b'w:dirty="true"') == 2


def test_properties_are_set_taken_away_and_kept() -> None:
    once = applied(docx("x"), SetProperties(title="T & U", subject="S")).data
    twice = applied(once, SetProperties(subject="", keywords="k")).data
    with zipfile.ZipFile(io.BytesIO(twice)) as archive:
        core = archive.read("docProps/core.xml").decode()
    assert ("T &amp; U" in core, "subject" in core, "<cp:keywords>k<" in core) == (True, False, True)
