"""The board report is what its script makes, valid, and agrees with itself."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from collections import Counter
from itertools import pairwise
from pathlib import Path, PurePosixPath

import docx
import pytest
from lxml import etree

from tests.libreoffice import LibreOffice

EXAMPLES = Path(__file__).parents[2] / "examples"
REPORT = (EXAMPLES / "board-report.docx").read_bytes()
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"

ORDER = {  # ISO/IEC 29500-1:2016 annex A, the children that the report uses
    "pPr": "pStyle keepNext keepLines numPr pBdr shd tabs spacing ind contextualSpacing jc outlineLvl rPr sectPr",
    "rPr": "rStyle rFonts b bCs i iCs noProof color sz szCs u vertAlign lang",
    "tcPr": "tcW gridSpan vMerge tcBorders shd vAlign",
    "tblPr": "tblStyle tblW tblInd tblBorders tblLayout tblCellMar tblLook tblDescription",
    "style": "name basedOn next link uiPriority unhideWhenUsed qFormat pPr rPr tblPr tblStylePr",
    "lvl": "start numFmt pStyle lvlText lvlJc pPr rPr",
    "settings": "zoom defaultTabStop characterSpacingControl footnotePr compat rsids themeFontLang clrSchemeMapping "
    "decimalSymbol listSeparator docId chartTrackingRefBased",
    "sectPr": "headerReference footerReference pgSz pgMar cols docGrid",
}


def parts() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(REPORT)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def tree(name: str) -> etree._Element:
    return etree.fromstring(parts()[name])


def words(element: etree._Element) -> str:
    return "".join(str(each.text) for each in element.iter(f"{W}t"))


def test_the_script_makes_the_committed_file(tmp_path: Path) -> None:
    made = tmp_path / "made.docx"
    subprocess.run([sys.executable, str(EXAMPLES / "make_board_report.py"), str(made)], check=True)
    assert made.read_bytes() == REPORT


def test_every_part_parses_and_has_a_content_type() -> None:
    members = parts()
    types = tree("[Content_Types].xml")
    typed = {each.get("PartName") for each in types} | {f"*.{each.get('Extension')}" for each in types}
    for name, data in members.items():
        if name.endswith((".xml", ".rels")):
            etree.fromstring(data)
        assert f"/{name}" in typed or f"*.{name.rpartition('.')[2]}" in typed, name
    assert {str(name) for name in typed if str(name).startswith("/")} <= {f"/{name}" for name in members}


@pytest.mark.parametrize(("rels", "folder"), [("_rels/.rels", ""), ("word/_rels/document.xml.rels", "word")])
def test_every_relationship_reaches_a_part_and_has_its_own_id(rels: str, folder: str) -> None:
    rows = list(tree(rels))
    ids = [row.get("Id") for row in rows]
    assert len(ids) == len(set(ids))
    inside = {str(PurePosixPath(folder) / str(row.get("Target"))) for row in rows if row.get("TargetMode") is None}
    assert inside <= set(parts())


def test_every_used_relationship_id_exists() -> None:
    known = {row.get("Id") for row in tree("word/_rels/document.xml.rels")}
    used = set(re.findall(rb'r:(?:id|embed)="([^"]+)"', parts()["word/document.xml"]))
    assert {each.decode() for each in used} <= known


def test_ids_are_unique() -> None:
    seen: Counter[str] = Counter()
    for element in tree("word/document.xml").iter(f"{W}ins", f"{W}del", f"{W}bookmarkStart"):
        seen[f"annotation {element.get(f'{W}id')}"] += 1
    for name in ("document", "footnotes", "comments", "header1", "footer1"):
        root = tree(f"word/{name}.xml")
        for twin in list(root.iter(f"{MC}Fallback")):
            twin.clear()  # repeats the ids of its choice, as Word has it
        seen.update(f"paragraph {p.get(f'{W14}paraId')}" for p in root.iter(f"{W}p"))
    assert "paragraph None" not in seen
    assert [id for id, times in seen.items() if times > 1] == []


@pytest.mark.parametrize("kind", ORDER)
def test_children_stand_in_the_order_of_the_schema(kind: str) -> None:
    order = ORDER[kind].split()
    found = 0
    for name in parts():
        if not name.startswith("word/") or not name.endswith(".xml"):
            continue
        for element in tree(name).iter(f"{W}{kind}"):
            places = [order.index(etree.QName(child).localname) for child in element if child.tag != f"{W14}docId"]
            places = places if kind != "settings" else places[:-1]
            assert all(before <= after for before, after in pairwise(places)), etree.tostring(element)
            found += 1
    assert found


def test_used_styles_are_defined() -> None:
    defined = {each.get(f"{W}styleId") for each in tree("word/styles.xml").iter(f"{W}style")}
    used: set[str | None] = set()
    for name in ("document", "footnotes", "comments", "header1", "footer1", "numbering"):
        for element in tree(f"word/{name}.xml").iter(f"{W}pStyle", f"{W}rStyle", f"{W}tblStyle"):
            used.add(element.get(f"{W}val"))
    assert used <= defined


def summary() -> list[etree._Element]:
    """Return the paragraphs of section 1."""
    children = list(tree("word/document.xml")[0])
    starts = [n for n, each in enumerate(children) if each.find(f".//{W}pStyle[@{W}val='Heading1']") is not None]
    return children[starts[0] + 1 : starts[1]]


def test_the_summary_has_what_a_careful_edit_must_keep() -> None:
    paragraphs = summary()
    assert 120 <= sum(len(words(paragraph).split()) for paragraph in paragraphs) <= 180
    kept = ("hyperlink", "footnoteReference", "bookmarkStart", "commentRangeStart", "commentReference", "b")
    found = Counter(etree.QName(each).localname for paragraph in paragraphs for each in paragraph.iter(etree.Element))
    assert {name: found[name] for name in kept} == dict.fromkeys(kept, 1)


def test_the_comment_asks_what_the_document_answers() -> None:
    (comment,) = tree("word/comments.xml")
    assert comment.get(f"{W}author") == "Chief Financial Officer"
    assert comment.get(f"{W}initials") == "CFO"
    assert words(comment) == "Can we say here how much of the growth came from new customers?"
    assert "£2.1 million came from customers who placed their first order" in words(tree("word/document.xml"))
    assert "2.1" not in "".join(words(paragraph) for paragraph in summary())


def test_one_insertion_and_one_deletion_wait_for_a_decision() -> None:
    document = tree("word/document.xml")
    waiting = [(etree.QName(each).localname, each.get(f"{W}author")) for each in document.iter(f"{W}ins", f"{W}del")]
    assert waiting == [("del", "Finance team"), ("ins", "Finance team")]


def test_the_figures_agree_with_each_other() -> None:
    table = docx.Document(io.BytesIO(REPORT)).tables[0]
    rows = {row.cells[0].text: [cell.text for cell in row.cells[1:]] for row in table.rows[2:]}
    for column in range(3):
        amount = {name: float(cells[column].rstrip("%")) for name, cells in rows.items()}
        assert amount["Revenue"] == pytest.approx(amount["of which instruments"] + amount["of which services"])
        assert amount["Operating profit"] == pytest.approx(amount["Gross profit"] - amount["Operating costs"])
        assert amount["Operating margin"] == round(100 * amount["Operating profit"] / amount["Revenue"], 1)
    for name, (before, _, now, change) in rows.items():
        if change.endswith("points"):
            assert change == f"+{float(now.rstrip('%')) - float(before.rstrip('%')):.1f} points"
        else:
            assert change == f"{100 * (float(now) / float(before) - 1):+.1f}%", name


def test_the_text_repeats_the_figures_of_the_table() -> None:
    document = docx.Document(io.BytesIO(REPORT))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    rows = {row.cells[0].text: row.cells for row in document.tables[0].rows}
    for name in ("Revenue", "Gross profit", "Operating costs", "Operating profit", "Cash at the end of the quarter"):
        assert f"£{rows[name][3].text} million" in text, name
    assert f"from {rows['Operating margin'][1].text} to {rows['Operating margin'][3].text}" in text


def test_libreoffice_shows_the_text_the_notes_the_comment_and_the_changes(libreoffice: LibreOffice) -> None:
    seen = libreoffice.read(REPORT)
    assert seen.body[:2] == ["Tarnwater Instruments plc", "Board report, third quarter 2026"]
    assert any(paragraph.startswith("As can be seen from Table 1 further on") for paragraph in seen.body)
    assert any(paragraph.startswith("After revenue of £43.2 million in the third quarter") for paragraph in seen.body)
    starts = [" ".join(notes).split()[0] for notes in seen.footnotes]
    assert starts == ["All", "Trade"]
    assert seen.headers == [["Tarnwater Instruments plc\tBoard report, third quarter 2026"]]
    assert [each.author for each in seen.comments] == ["Chief Financial Officer"]
    assert [(each.type, each.author, each.text) for each in seen.redlines] == [
        ("Delete", "Finance team", "about a tenth"),
        ("Insert", "Finance team", "10.3%"),
    ]
