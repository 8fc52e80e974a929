"""The built-in template: an accessible A4 report, made here so that every choice can be read.

Headings have outline levels, text is dark on white (every colour at least 7:1 against it), the language is set, tables
have heading rows, lists are true lists, and pages are numbered in the footer.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from xml.sax.saxutils import escape

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_INK, _ACCENT, _SOFT, _PALE, _RULE = "1F2933", "1B4965", "3E4C59", "EAF1F5", "9FB3C1"
_BODY, _DISPLAY, _FIXED = "Calibri", "Calibri", "Consolas"
_DAY = (1980, 1, 1, 0, 0, 0)
_BULLETS = ("\N{BULLET}", "\N{EN DASH}", "\N{BULLET}")
_NUMBERS = ("decimal", "lowerLetter", "lowerRoman")
_PAGE = (
    '<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1418" w:right="1418" w:bottom="1418" w:left="1418" '
    'w:header="709" w:footer="709" w:gutter="0"/>'
)


def built_in_template(language: str) -> bytes:
    """A document without words, with the styles, lists and footer that new documents use."""
    parts = {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relationships(("officeDocument", "word/document.xml")),
        "word/document.xml": _document(),
        "word/_rels/document.xml.rels": _relationships(
            ("styles", "styles.xml"),
            ("numbering", "numbering.xml"),
            ("settings", "settings.xml"),
            ("footer", "footer1.xml"),
        ),
        "word/styles.xml": f"{_HEAD}<w:styles {_W}>{_defaults(language)}{''.join(_styles())}</w:styles>",
        "word/numbering.xml": f"{_HEAD}<w:numbering {_W}>{''.join(_numbering())}</w:numbering>",
        "word/settings.xml": f"{_HEAD}<w:settings {_W}>{_settings()}</w:settings>",
        "word/footer1.xml": f"{_HEAD}<w:ftr {_W}>{_footer()}</w:ftr>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _DAY), text.encode(), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _content_types() -> str:
    overrides = {name: f"{_TYPES}.{name}+xml" for name in ("styles", "numbering", "settings")}
    overrides |= {"document": f"{_TYPES}.document.main+xml", "footer1": f"{_TYPES}.footer+xml"}
    made = "".join(f'<Override PartName="/word/{name}.xml" ContentType="{type}"/>' for name, type in overrides.items())
    return (
        f'{_HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        f'ContentType="application/xml"/>{made}</Types>'
    )


def _relationships(*targets: tuple[str, str]) -> str:
    made = "".join(
        f'<Relationship Id="rId{number}" Type="{_R}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'{_HEAD}<Relationships xmlns="{_RELS}">{made}</Relationships>'


def _document() -> str:
    section = f'<w:sectPr><w:footerReference w:type="default" r:id="rId4"/>{_PAGE}<w:cols w:space="708"/></w:sectPr>'
    return f'{_HEAD}<w:document {_W} xmlns:r="{_R}"><w:body>{section}</w:body></w:document>'


def _settings() -> str:
    compatibility = (
        '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
    )
    return f'<w:zoom w:percent="100"/><w:defaultTabStop w:val="709"/><w:compat>{compatibility}</w:compat>'


def _footer() -> str:
    number, total = (
        f'<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> {name} </w:instrText>'
        '</w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>1</w:t></w:r><w:r>'
        '<w:fldChar w:fldCharType="end"/></w:r>'
        for name in ("PAGE", "NUMPAGES")
    )
    return (
        '<w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr><w:r><w:tab/></w:r><w:r><w:tab/></w:r>'
        f'{number}<w:r><w:t xml:space="preserve"> / </w:t></w:r>{total}</w:p>'
    )


# Styles -----------------------------------------------------------------------------------------------------


def _defaults(language: str) -> str:
    fonts = f'<w:rFonts w:ascii="{_BODY}" w:hAnsi="{_BODY}" w:eastAsia="{_BODY}" w:cs="{_BODY}"/>'
    return (
        f'<w:docDefaults><w:rPrDefault><w:rPr>{fonts}<w:color w:val="{_INK}"/><w:sz w:val="22"/><w:szCs w:val="22"/>'
        f'<w:lang w:val="{escape(language)}" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault><w:pPrDefault>'
        '<w:pPr><w:spacing w:after="140" w:line="281" w:lineRule="auto"/></w:pPr></w:pPrDefault></w:docDefaults>'
    )


def _style(
    kind: str, id: str, name: str, *, based: str = "", next: str = "", ppr: str = "", rpr: str = "", rest: str = ""
) -> str:
    default = ' w:default="1"' if id in ("Normal", "DefaultParagraphFont", "TableNormal") else ""
    return "".join(
        (
            f'<w:style w:type="{kind}"{default} w:styleId="{id}"><w:name w:val="{name}"/>',
            f'<w:basedOn w:val="{based}"/>' if based else "",
            f'<w:next w:val="{next}"/>' if next else "",
            '<w:uiPriority w:val="99"/><w:semiHidden/>' if default and kind != "paragraph" else "<w:qFormat/>",
            f"<w:pPr>{ppr}</w:pPr>" if ppr else "",
            f"<w:rPr>{rpr}</w:rPr>" if rpr else "",
            f"{rest}</w:style>",
        )
    )


def _look(half_points: int, color: str, *, bold: bool = False, italic: bool = False) -> str:
    weight = ("<w:b/><w:bCs/>" if bold else "") + ("<w:i/><w:iCs/>" if italic else "")
    size = f'<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>'
    return f'<w:rFonts w:ascii="{_DISPLAY}" w:hAnsi="{_DISPLAY}"/>{weight}<w:color w:val="{color}"/>{size}'


def _gap(before: int, after: int, line: int = 264) -> str:
    return f'<w:spacing w:before="{before}" w:after="{after}" w:line="{line}" w:lineRule="auto"/>'


def _styles() -> Iterator[str]:
    yield _style("paragraph", "Normal", "Normal")
    yield _style("character", "DefaultParagraphFont", "Default Paragraph Font")
    yield _style("table", "TableNormal", "Normal Table", rest=_cell_margins(0, 108))
    yield from _headings()
    yield from _texts()
    yield from _lists()
    yield from _contents()
    yield from _characters()
    yield from _tables()


def _headings() -> Iterator[str]:
    sizes = ((32, _ACCENT, 400, 140), (26, _ACCENT, 300, 100), (23, _INK, 240, 80))
    for level in range(1, 10):
        size, color, before, after = sizes[min(level, 3) - 1]
        ppr = f'<w:keepNext/><w:keepLines/>{_gap(before, after, 240)}<w:outlineLvl w:val="{level - 1}"/>'
        look = _look(size if level <= 3 else 22, color, bold=True, italic=level > 4)
        yield _style(
            "paragraph", f"Heading{level}", f"heading {level}", based="Normal", next="Normal", ppr=ppr, rpr=look
        )
    rule = f'<w:pBdr><w:bottom w:val="single" w:sz="12" w:space="6" w:color="{_ACCENT}"/></w:pBdr>'
    yield _style(
        "paragraph",
        "Title",
        "Title",
        based="Normal",
        next="Normal",
        ppr=f"<w:keepNext/>{rule}{_gap(0, 160, 240)}<w:contextualSpacing/>",
        rpr=_look(52, _ACCENT, bold=True),
    )
    yield _style(
        "paragraph", "Subtitle", "Subtitle", based="Normal", next="Normal", ppr=_gap(0, 360), rpr=_look(26, _SOFT)
    )


def _texts() -> Iterator[str]:
    bar = f'<w:pBdr><w:left w:val="single" w:sz="18" w:space="12" w:color="{_ACCENT}"/></w:pBdr>'
    yield _style(
        "paragraph",
        "Quote",
        "Quote",
        based="Normal",
        next="Normal",
        ppr=f'{bar}{_gap(160, 160, 281)}<w:ind w:left="425" w:right="425"/>',
        rpr=f'<w:i/><w:iCs/><w:color w:val="{_SOFT}"/>',
    )
    yield _style(
        "paragraph",
        "Caption",
        "caption",
        based="Normal",
        next="Normal",
        ppr=f"<w:keepNext/>{_gap(160, 80, 240)}",
        rpr=f'<w:b/><w:bCs/><w:color w:val="{_SOFT}"/><w:sz w:val="19"/><w:szCs w:val="19"/>',
    )
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{_PALE}"/>'
    yield _style(
        "paragraph",
        "Code",
        "Code",
        based="Normal",
        ppr=f'<w:keepLines/>{shade}{_gap(160, 200, 240)}<w:ind w:left="142" w:right="142"/>',
        rpr=f'<w:rFonts w:ascii="{_FIXED}" w:hAnsi="{_FIXED}" w:cs="{_FIXED}"/><w:noProof/><w:sz w:val="19"/>',
    )
    tabs = '<w:tabs><w:tab w:val="center" w:pos="4535"/><w:tab w:val="right" w:pos="9070"/></w:tabs>'
    small = f'<w:color w:val="{_SOFT}"/><w:sz w:val="18"/><w:szCs w:val="18"/>'
    for id, name in (("Header", "header"), ("Footer", "footer")):
        yield _style("paragraph", id, name, based="Normal", ppr=f"{tabs}{_gap(0, 0, 240)}", rpr=small)
    for kind in ("footnote", "endnote"):
        id = kind.capitalize()
        yield _style("paragraph", f"{id}Text", f"{kind} text", based="Normal", ppr=_gap(0, 40, 240), rpr=small)
        yield _style("character", f"{id}Reference", f"{kind} reference", rpr='<w:vertAlign w:val="superscript"/>')


def _lists() -> Iterator[str]:
    for kind, number in (("Bullet", 1), ("Number", 2)):
        for level in range(3):
            suffix = "" if level == 0 else str(level + 1)
            place = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
            yield _style(
                "paragraph",
                f"List{kind}{suffix}",
                f"List {kind}{f' {suffix}' if suffix else ''}",
                based="Normal",
                ppr=f"{place}{_gap(0, 120, 276)}<w:contextualSpacing/>",
            )


def _contents() -> Iterator[str]:
    yield _style(
        "paragraph",
        "TOCHeading",
        "TOC Heading",
        based="Normal",
        next="Normal",
        ppr=f"<w:keepNext/>{_gap(240, 120, 240)}",
        rpr=_look(26, _ACCENT, bold=True),
    )
    for level in range(1, 10):
        tabs = '<w:tabs><w:tab w:val="right" w:leader="dot" w:pos="9070"/></w:tabs>'
        ppr = f'{tabs}{_gap(0, 60, 240)}<w:ind w:left="{220 * (level - 1)}"/>'
        yield _style("paragraph", f"TOC{level}", f"toc {level}", based="Normal", next="Normal", ppr=ppr)


def _characters() -> Iterator[str]:
    yield _style("character", "Hyperlink", "Hyperlink", rpr=f'<w:color w:val="{_ACCENT}"/><w:u w:val="single"/>')
    fixed = f'<w:rFonts w:ascii="{_FIXED}" w:hAnsi="{_FIXED}" w:cs="{_FIXED}"/><w:noProof/><w:sz w:val="20"/>'
    yield _style("character", "CodeCharacters", "Code Characters", rpr=fixed)


def _cell_margins(vertical: int, horizontal: int) -> str:
    sides = (("top", vertical), ("left", horizontal), ("bottom", vertical), ("right", horizontal))
    made = "".join(f'<w:{side} w:w="{width}" w:type="dxa"/>' for side, width in sides)
    return f'<w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar>{made}</w:tblCellMar></w:tblPr>'


def _tables() -> Iterator[str]:
    rules = "".join(
        f'<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="{color}"/>'
        for side, size, color in (("top", 8, _ACCENT), ("bottom", 8, _ACCENT), ("insideH", 4, _RULE))
    )
    margins = "".join(
        f'<w:{side} w:w="{width}" w:type="dxa"/>'
        for side, width in (("top", 70), ("left", 108), ("bottom", 70), ("right", 108))
    )
    properties = (
        f'<w:tblPr><w:tblStyleRowBandSize w:val="1"/><w:tblBorders>{rules}</w:tblBorders>'
        f"<w:tblCellMar>{margins}</w:tblCellMar></w:tblPr>"
    )
    fill = f'<w:tcPr><w:shd w:val="clear" w:color="auto" w:fill="{_ACCENT}"/></w:tcPr>'
    head = (
        f'<w:tblStylePr w:type="firstRow"><w:rPr><w:b/><w:bCs/><w:color w:val="FFFFFF"/></w:rPr>{fill}</w:tblStylePr>'
    )
    band = (
        '<w:tblStylePr w:type="band2Horz"><w:tcPr>'
        f'<w:shd w:val="clear" w:color="auto" w:fill="{_PALE}"/></w:tcPr></w:tblStylePr>'
    )
    yield _style(
        "table",
        "ReportTable",
        "Report Table",
        based="TableNormal",
        ppr='<w:spacing w:after="0" w:line="252" w:lineRule="auto"/>',
        rest=f"{properties}{head}{band}",
    )


# Lists ------------------------------------------------------------------------------------------------------


def _numbering() -> Iterator[str]:
    for number, kind in ((0, "bullet"), (1, "number")):
        levels = "".join(_level(depth, kind) for depth in range(9))
        yield (
            f'<w:abstractNum w:abstractNumId="{number}"><w:multiLevelType w:val="multilevel"/>{levels}</w:abstractNum>'
        )
    for number in (1, 2):
        yield f'<w:num w:numId="{number}"><w:abstractNumId w:val="{number - 1}"/></w:num>'


def _level(depth: int, kind: str) -> str:
    form = "bullet" if kind == "bullet" else _NUMBERS[depth % 3]
    text = _BULLETS[depth % 3] if kind == "bullet" else f"%{depth + 1}."
    style = f"List{kind.capitalize()}{'' if depth == 0 else depth + 1}"
    named = f'<w:pStyle w:val="{style}"/>' if depth < 3 else ""
    indent = f'<w:ind w:left="{425 * (depth + 1)}" w:hanging="425"/>'
    return (
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>{named}<w:lvlText w:val="{text}"/>'
        f'<w:lvlJc w:val="left"/><w:pPr>{indent}</w:pPr><w:rPr><w:color w:val="{_ACCENT}"/></w:rPr></w:lvl>'
    )
