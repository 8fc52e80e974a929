"""Makes large Word documents for measuring: long reports with headings, tables, footnotes, lists and formatted words.

    python bench/documents.py --pages 1000 OUT.docx

Standard library only; the same arguments give the same bytes. The words come from a small grammar, so that they
compress and wrap much as English does; they mean nothing.
"""

from __future__ import annotations

import argparse
import io
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_ROOT = (
    f'xmlns:w="{_MAIN}" xmlns:r="{_OFFICE}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" mc:Ignorable="w14"'
)

_NOUNS = (
    "programme office supplier customer board team review contract forecast warehouse course network survey "
    "design committee laboratory branch standard study audit authority budget canal catalogue depot drawing "
    "engine estimate factory ferry fleet garden harbour heating index interview kitchen ladder lease library "
    "market meter method mill museum notice orchard permit pipeline quarry railway register roof sample schedule "
    "school shelter signal station storm tender terminal timetable tower tunnel turbine valley vehicle village "
    "voucher winter workshop"
)
_KINDS = (
    "annual brief careful central coastal common daily digital earlier eastern final formal general heavy "
    "independent joint large late local main modern narrow national new northern older open partial permanent "
    "public recent regional rural second separate shared simple southern special steady technical temporary third "
    "urban usual western wider"
)
_VERBS = (
    "has reduced", "will extend", "depends on", "has replaced", "does not yet include", "was delayed by", "supports",
    "has measured", "will report on", "has agreed", "compares well with", "leaves open", "makes use of", "exceeded",
)  # fmt: skip
_ENDINGS = (
    "by the end of the quarter", "without additional funds", "in most of the districts", "as the appendix explains",
    "although the data are incomplete", "for reasons that are set out below", "since the agreement was signed",
    "which was not foreseen", "after two rounds of consultation", "at a lower price than expected",
)  # fmt: skip
_OPENINGS = ("In practice, ", "On the whole, ", "According to the register, ", "Even so, ", "Over the same period, ")
_TOPICS = (
    "Scope",
    "Method",
    "Findings",
    "Costs",
    "Timetable",
    "Staffing",
    "Quality",
    "Delivery",
    "Risks",
    "Next steps",
)
_LOOKS = ("<w:b/>", "<w:i/>", '<w:color w:val="1F3A5F"/>', '<w:u w:val="single"/>', "<w:b/><w:i/>")
_LINKED = '<w:u w:val="single"/>'

_BLOCKS_PER_PAGE = 5.75
"""Paragraphs, tables, lists and headings on an average A4 page; measured with LibreOffice."""


def make_docx(*, pages: int = 1000, seed: int = 7) -> bytes:
    """Return a .docx file of about `pages` A4 pages (within a tenth, as LibreOffice lays it out)."""
    story = _Story(random.Random(seed))
    blocks = "".join(story.blocks(round(pages * _BLOCKS_PER_PAGE)))
    section = (
        '<w:sectPr><w:headerReference w:type="default" r:id="rId4"/><w:pgSz w:w="11906" w:h="16838"/><w:pgMar '
        'w:top="1440" w:right="1440" w:bottom="1440" w:left="1440" w:header="708" w:footer="708" w:gutter="0"/>'
        "</w:sectPr>"
    )
    return _zipped({
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relationships([("officeDocument", "word/document.xml")]),
        "word/document.xml": f"{_HEAD}<w:document {_ROOT}><w:body>{blocks}{section}</w:body></w:document>",
        "word/_rels/document.xml.rels": _relationships(
            [(name, f"{name}.xml") for name in ("styles", "numbering", "footnotes")]
            + [("header", "header1.xml"), ("hyperlink", "https://www.example.com/report")]
        ),
        "word/styles.xml": _styles(),
        "word/numbering.xml": _numbering(),
        "word/footnotes.xml": f"{_HEAD}<w:footnotes {_ROOT}>{_SEPARATORS}{''.join(story.footnotes)}</w:footnotes>",
        "word/header1.xml": f'{_HEAD}<w:hdr {_ROOT}><w:p><w:pPr><w:jc w:val="right"/></w:pPr>{_PAGE}</w:p></w:hdr>',
    })  # fmt: skip


class _Story:
    """Writes blocks in order and gathers the footnotes that they refer to."""

    def __init__(self, chance: random.Random) -> None:
        self.footnotes: list[str] = []
        self._chance = chance
        self._nouns, self._kinds = _NOUNS.split(), _KINDS.split()
        self._paragraphs = 0
        self._bookmarks = 0

    def blocks(self, number: int) -> Iterator[str]:
        """Return `number` blocks: a chapter every 60, a section every 12, a table every 15, lists between."""
        for n in range(number):
            if n % 60 == 0:
                yield self._heading(1, f"Part {n // 60 + 1}")
            if n % 12 == 0:
                yield self._heading(2, self._chance.choice(_TOPICS))
            if n % 15 == 8:
                yield self._table()
            elif n % 10 == 5:
                yield from (self._paragraph("ListBullet", 1) for _ in range(self._chance.randint(3, 5)))
            else:
                yield self._paragraph("", self._chance.randint(4, 8))

    def sentence(self) -> str:
        """Return a sentence of about sixteen words."""
        pick = self._chance.choice
        text = f"{self._noun()} {pick(_VERBS)} {self._noun()}"
        if self._chance.random() < 0.6:
            text += f", {pick(_ENDINGS)}"
        if self._chance.random() < 0.25:
            text += f" ({self._chance.randint(2, 97)}.{self._chance.randint(0, 9)}%)"
        if self._chance.random() < 0.2:
            return pick(_OPENINGS) + text + ". "
        return text[0].upper() + text[1:] + ". "

    def _noun(self) -> str:
        pick = self._chance.choice
        words = f"the {pick(self._kinds)} {pick(self._nouns)}"
        return words if self._chance.random() < 0.5 else f"{words} of the {pick(self._kinds)} {pick(self._nouns)}"

    def _p(self, style: str, runs: str) -> str:
        self._paragraphs += 1
        properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
        identity = f'w14:paraId="{self._paragraphs:08X}" w14:textId="77777777" w:rsidR="00A41C7E"'
        return f"<w:p {identity}>{properties}{runs}</w:p>"

    def _heading(self, level: int, words: str) -> str:
        self._bookmarks += 1
        number = self._bookmarks
        start = f'<w:bookmarkStart w:id="{number}" w:name="_Toc{100000000 + number}"/>'
        return self._p(f"Heading{level}", f'{start}{_run(words)}<w:bookmarkEnd w:id="{number}"/>')

    def _paragraph(self, style: str, sentences: int) -> str:
        runs: list[str] = []
        for _ in range(sentences):
            sentence, chance = self.sentence(), self._chance.random()
            if chance < 0.25:
                before, middle, after = _thirds(sentence)
                runs += [_run(before), _run(middle, self._chance.choice(_LOOKS)), _run(after)]
            elif chance < 0.28:
                runs.append(f'<w:hyperlink r:id="rId5">{_run(sentence, _LINKED)}</w:hyperlink>')
            else:
                runs.append(_run(sentence))
        if self._chance.random() < 0.1:
            runs.append(self._footnote())
        return self._p(style, "".join(runs))

    def _footnote(self) -> str:
        number = len(self.footnotes) + 1
        mark = '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr>{}</w:r>'
        note = self._p("FootnoteText", mark.format("<w:footnoteRef/>") + _run(f" {self.sentence()}"))
        self.footnotes.append(f'<w:footnote w:id="{number}">{note}</w:footnote>')
        return mark.format(f'<w:footnoteReference w:id="{number}"/>')

    def _table(self) -> str:
        columns = self._chance.randint(3, 5)
        width = 9026 // columns
        heads = self._row([_run(topic, "<w:b/>") for topic in self._chance.sample(_TOPICS, columns)], width)
        rows = [heads]
        for _ in range(self._chance.randint(4, 12)):
            numbers = [f"{self._chance.randint(0, 99999) / 10:,.1f}" for _ in range(columns - 1)]
            rows.append(self._row([_run(words) for words in (self._noun(), *numbers)], width))
        grid = f'<w:gridCol w:w="{width}"/>' * columns
        look = '<w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="0" w:type="auto"/></w:tblPr>'
        return f"<w:tbl>{look}<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"

    def _row(self, cells: list[str], width: int) -> str:
        size = f'<w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>'
        made = (f"<w:tc>{size}{self._p('', cell)}</w:tc>" for cell in cells)
        return f"<w:tr>{''.join(made)}</w:tr>"


def _run(words: str, look: str = "") -> str:
    properties = f"<w:rPr>{look}</w:rPr>" if look else ""
    return f'<w:r>{properties}<w:t xml:space="preserve">{words}</w:t></w:r>'


def _thirds(sentence: str) -> tuple[str, str, str]:
    words = sentence.split(" ")
    third = len(words) // 3
    return " ".join(words[:third]) + " ", " ".join(words[third : 2 * third]), " " + " ".join(words[2 * third :])


_PAGE = '<w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple>'
_SEPARATORS = "".join(
    f'<w:footnote w:type="{kind}" w:id="{id}"><w:p><w:r><w:{kind}/></w:r></w:p></w:footnote>'
    for kind, id in (("separator", -1), ("continuationSeparator", 0))
)


def _styles() -> str:
    paragraph = '<w:style w:type="paragraph" w:styleId="{}"><w:name w:val="{}"/><w:basedOn w:val="Normal"/>{}</w:style>'
    heading = (
        '<w:pPr><w:keepNext/><w:spacing w:before="{}" w:after="120"/><w:outlineLvl w:val="{}"/></w:pPr>'
        '<w:rPr><w:b/><w:sz w:val="{}"/></w:rPr>'
    )
    note = '<w:pPr><w:spacing w:after="0"/></w:pPr><w:rPr><w:sz w:val="18"/></w:rPr>'
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    borders = "".join(f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="auto"/>' for side in sides)
    return (
        f'{_HEAD}<w:styles {_ROOT}><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Calibri" w:hAnsi="Calibri"/>'
        '<w:sz w:val="22"/><w:lang w:val="en-GB"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:after="160" '
        'w:line="259" w:lineRule="auto"/></w:pPr></w:pPrDefault></w:docDefaults><w:style w:type="paragraph" '
        'w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>'
        + paragraph.format("Heading1", "heading 1", heading.format(480, 0, 32))
        + paragraph.format("Heading2", "heading 2", heading.format(280, 1, 26))
        + paragraph.format("ListBullet", "List Bullet", '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>')
        + paragraph.format("FootnoteText", "footnote text", note)
        + '<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/><w:pPr><w:spacing w:after="0"/>'
        f"</w:pPr><w:tblPr><w:tblBorders>{borders}</w:tblBorders></w:tblPr></w:style></w:styles>"
    )  # fmt: skip


def _numbering() -> str:
    level = (
        '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="bullet"/><w:lvlText w:val="\u2022"/><w:lvlJc '
        'w:val="left"/><w:pPr><w:ind w:left="720" w:hanging="360"/></w:pPr></w:lvl>'
    )
    kind = '<w:multiLevelType w:val="hybridMultilevel"/>'
    return (
        f'{_HEAD}<w:numbering {_ROOT}><w:abstractNum w:abstractNumId="0">{kind}{level}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    )


def _relationships(rows: list[tuple[str, str]]) -> str:
    made = ""
    for n, (kind, target) in enumerate(rows, start=1):
        mode = ' TargetMode="External"' if kind == "hyperlink" else ""
        made += f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{target}"{mode}/>'
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{made}</Relationships>'


def _content_types() -> str:
    kinds = {"document": "document.main", "header1": "header"}
    kinds |= {name: name for name in ("styles", "numbering", "footnotes")}
    made = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{_TYPES}.{kind}+xml"/>' for name, kind in kinds.items()
    )
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="{rels}"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{made}</Types>'
    )


def _zipped(members: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in members.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text.encode())
    return out.getvalue()


def main() -> None:
    """Write the document that the command line asks for."""
    parser = argparse.ArgumentParser(description="Make a large Word document for measuring.")
    parser.add_argument("--pages", type=int, default=1000, help="about how many A4 pages (default 1000)")
    parser.add_argument("--seed", type=int, default=7, help="another seed gives other words (default 7)")
    parser.add_argument("out", type=Path, help="where to write the .docx file")
    asked = parser.parse_args()
    asked.out.write_bytes(make_docx(pages=asked.pages, seed=asked.seed))


if __name__ == "__main__":
    main()
