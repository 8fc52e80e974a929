"""The look of the board report: theme, styles, numbering, settings, as Word would save them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
NAVY, TEAL, PALE, GREY, RULE = "1F3A5F", "2A7F8E", "E8F1F3", "5F6B76", "C9D3DA"
RSIDS = ("00A41C7E", "00B52D90", "00C63EA1")
"""The sessions in which Word would have written the text: first draft, review, figures."""

_MAIN = "http://schemas.openxmlformats.org"
NAMESPACES = {
    "w": f"{_MAIN}/wordprocessingml/2006/main",
    "r": f"{_MAIN}/officeDocument/2006/relationships",
    "mc": f"{_MAIN}/markup-compatibility/2006",
    "wp": f"{_MAIN}/drawingml/2006/wordprocessingDrawing",
    "a": f"{_MAIN}/drawingml/2006/main",
    "pic": f"{_MAIN}/drawingml/2006/picture",
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
    "w10": "urn:schemas-microsoft-com:office:word",
    "w14": "http://schemas.microsoft.com/office/word/2010/wordml",
    "w15": "http://schemas.microsoft.com/office/word/2012/wordml",
    "w16cid": "http://schemas.microsoft.com/office/word/2016/wordml/cid",
    "wp14": "http://schemas.microsoft.com/office/word/2010/wordprocessingDrawing",
    "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
}


def root(tag: str, inner: str, *, prefixes: Sequence[str] = tuple(NAMESPACES)) -> bytes:
    """Return one part: declaration, root element with its namespaces, `inner`."""
    declared = "".join(f' xmlns:{prefix}="{NAMESPACES[prefix]}"' for prefix in prefixes)
    ignorable = " ".join(prefix for prefix in ("w14", "w15", "w16cid", "wp14") if prefix in prefixes)
    return f'{HEAD}<{tag}{declared} mc:Ignorable="{ignorable}">{inner}</{tag}>'.encode()


# Styles ---------------------------------------------------------------------------------------------------------------


def styles() -> bytes:
    """Return styles.xml."""
    defaults = (
        '<w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:asciiTheme="minorHAnsi" w:eastAsiaTheme="minorHAnsi" '
        'w:hAnsiTheme="minorHAnsi" w:cstheme="minorBidi"/><w:sz w:val="22"/><w:szCs w:val="22"/>'
        '<w:lang w:val="en-GB" w:eastAsia="en-US" w:bidi="ar-SA"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr>'
        '<w:spacing w:after="140" w:line="276" w:lineRule="auto"/></w:pPr></w:pPrDefault></w:docDefaults>'
    )
    latent = (
        '<w:latentStyles w:defLockedState="0" w:defUIPriority="99" w:defSemiHidden="0" w:defUnhideWhenUsed="0" '
        'w:defQFormat="0" w:count="376"><w:lsdException w:name="Normal" w:uiPriority="0" w:qFormat="1"/>'
        '<w:lsdException w:name="heading 1" w:uiPriority="9" w:qFormat="1"/></w:latentStyles>'
    )
    made = "".join((*_paragraph_styles(), *_character_styles(), *_table_styles()))
    return root("w:styles", defaults + latent + made, prefixes=("mc", "r", "w", "w14", "w15"))


def _style(
    kind: str,
    id: str,
    name: str,
    *,
    based: str = "",
    next: str = "",
    link: str = "",
    rank: int = 99,
    ppr: str = "",
    rpr: str = "",
    rest: str = "",
    default: bool = False,
    quick: bool = False,
) -> str:
    flag = ' w:default="1"' if default else ""
    return "".join(
        (
            f'<w:style w:type="{kind}"{flag} w:styleId="{id}"><w:name w:val="{name}"/>',
            f'<w:basedOn w:val="{based}"/>' if based else "",
            f'<w:next w:val="{next}"/>' if next else "",
            f'<w:link w:val="{link}"/>' if link else "",
            f'<w:uiPriority w:val="{rank}"/>',
            "<w:qFormat/>" if quick else "<w:unhideWhenUsed/>",
            f"<w:pPr>{ppr}</w:pPr>" if ppr else "",
            f"<w:rPr>{rpr}</w:rPr>" if rpr else "",
            f"{rest}</w:style>",
        )
    )


def _look(size: int, color: str = "", *, bold: bool = False, italic: bool = False, major: bool = False) -> str:
    """Return run properties; `size` in half points."""
    fonts = '<w:rFonts w:asciiTheme="majorHAnsi" w:eastAsiaTheme="majorEastAsia" w:hAnsiTheme="majorHAnsi"/>'
    return "".join(
        (
            fonts if major else "",
            "<w:b/><w:bCs/>" if bold else "",
            "<w:i/><w:iCs/>" if italic else "",
            f'<w:color w:val="{color}"/>' if color else "",
            f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/>',
        )
    )


def _gap(before: int, after: int, line: int = 276) -> str:
    return f'<w:spacing w:before="{before}" w:after="{after}" w:line="{line}" w:lineRule="auto"/>'


def _paragraph_styles() -> Iterable[str]:
    yield _style("paragraph", "Normal", "Normal", rank=0, default=True, quick=True)
    for level, (size, color, gap) in enumerate(((32, NAVY, (400, 120)), (26, TEAL, (280, 80)), (23, NAVY, (200, 60)))):
        name = f"Heading{level + 1}"
        numbered = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr>'
        ppr = f'<w:keepNext/><w:keepLines/>{numbered}{_gap(*gap, 240)}<w:outlineLvl w:val="{level}"/>'
        look = _look(size, color, bold=True, major=True)
        quick = {"based": "Normal", "next": "Normal", "link": f"{name}Char", "rank": 9, "quick": True}
        yield _style("paragraph", name, f"heading {level + 1}", ppr=ppr, rpr=look, **quick)  # pyright: ignore[reportArgumentType]  # one table of options
    yield _style(
        "paragraph",
        "Title",
        "Title",
        based="Normal",
        next="Subtitle",
        rank=10,
        quick=True,
        ppr=f"{_gap(120, 40, 240)}<w:contextualSpacing/>",
        rpr=_look(56, NAVY, bold=True, major=True),
    )
    rule = f'<w:pBdr><w:bottom w:val="single" w:sz="12" w:space="6" w:color="{TEAL}"/></w:pBdr>'
    yield _style(
        "paragraph",
        "Subtitle",
        "Subtitle",
        based="Normal",
        next="Normal",
        rank=11,
        quick=True,
        ppr=rule + _gap(0, 160, 240),
        rpr=_look(28, TEAL),
    )
    for name, words, number in (("ListBullet", "List Bullet", 2), ("ListNumber", "List Number", 3)):
        ppr = f'<w:numPr><w:numId w:val="{number}"/></w:numPr>{_gap(0, 80)}'
        yield _style("paragraph", name, words, based="Normal", ppr=ppr, quick=True)
    bar = f'<w:pBdr><w:left w:val="single" w:sz="24" w:space="10" w:color="{TEAL}"/></w:pBdr>'
    ppr = f'{bar}{_gap(160, 200)}<w:ind w:left="567" w:right="567"/>'
    yield _style(
        "paragraph", "Quote", "Quote", based="Normal", rank=29, quick=True, ppr=ppr, rpr=_look(22, GREY, italic=True)
    )
    yield _style(
        "paragraph",
        "Caption",
        "caption",
        based="Normal",
        next="Normal",
        rank=35,
        quick=True,
        ppr="<w:keepNext/>" + _gap(160, 80, 240),
        rpr=_look(19, GREY, bold=True),
    )
    yield _style(
        "paragraph", "Source", "Source", based="Normal", ppr=_gap(60, 240, 240), rpr=_look(17, GREY), quick=True
    )
    yield _style(
        "paragraph", "TableText", "Table Text", based="Normal", ppr=_gap(40, 40, 240), rpr=_look(20), quick=True
    )
    yield _style(
        "paragraph", "CallOut", "Call-out", based="Normal", ppr=_gap(0, 40, 252), rpr=_look(21, NAVY), quick=True
    )
    ends = '<w:tabs><w:tab w:val="right" w:pos="9354"/></w:tabs><w:spacing w:after="0" w:line="240" w:lineRule="auto"/>'
    line = '<w:pBdr><w:{} w:val="single" w:sz="4" w:space="4" w:color="' + RULE + '"/></w:pBdr>'
    yield _style("paragraph", "Header", "header", based="Normal", ppr=line.format("bottom") + ends, rpr=_look(18, GREY))
    yield _style("paragraph", "Footer", "footer", based="Normal", ppr=line.format("top") + ends, rpr=_look(18, GREY))
    plain = '<w:spacing w:after="0" w:line="240" w:lineRule="auto"/>'
    for name, words in (("FootnoteText", "footnote text"), ("CommentText", "annotation text")):
        yield _style("paragraph", name, words, based="Normal", ppr=plain, rpr=_look(18 if "Foot" in name else 20))


def _character_styles() -> Iterable[str]:
    yield _style("character", "DefaultParagraphFont", "Default Paragraph Font", rank=1, default=True)
    for level, (size, color) in enumerate(((32, NAVY), (26, TEAL), (23, NAVY)), start=1):
        look, link = _look(size, color, bold=True, major=True), f"Heading{level}"
        yield _style(
            "character",
            f"{link}Char",
            f"Heading {level} Char",
            based="DefaultParagraphFont",
            link=link,
            rank=9,
            rpr=look,
        )
    raised, small = '<w:vertAlign w:val="superscript"/>', '<w:sz w:val="16"/><w:szCs w:val="16"/>'
    link = '<w:color w:val="0B6E99" w:themeColor="hyperlink"/><w:u w:val="single"/>'
    for id, name, rpr in (
        ("FootnoteReference", "footnote reference", raised),
        ("CommentReference", "annotation reference", small),
        ("Hyperlink", "Hyperlink", link),
        ("PlaceholderText", "Placeholder Text", '<w:color w:val="808080"/>'),
        ("Strong", "Strong", "<w:b/><w:bCs/>"),
    ):
        yield _style("character", id, name, based="DefaultParagraphFont", rpr=rpr)


def _table_styles() -> Iterable[str]:
    margins = '<w:tblCellMar><w:top w:w="{0}" w:type="dxa"/><w:left w:w="108" w:type="dxa"/><w:bottom w:w="{0}" w:type="dxa"/><w:right w:w="108" w:type="dxa"/></w:tblCellMar>'  # noqa: E501 one value
    inner = '<w:tblPr><w:tblInd w:w="0" w:type="dxa"/>{}</w:tblPr>'
    yield _style("table", "TableNormal", "Normal Table", rest=inner.format(margins.format(0)), default=True)
    border = '<w:{} w:val="single" w:sz="{}" w:space="0" w:color="{}"/>'
    rules = border.format("top", 12, NAVY) + border.format("bottom", 12, NAVY) + border.format("insideH", 4, RULE)
    head = (
        '<w:tblStylePr w:type="firstRow"><w:rPr><w:b/><w:bCs/><w:color w:val="FFFFFF"/></w:rPr><w:tcPr>'
        f'<w:shd w:val="clear" w:color="auto" w:fill="{NAVY}"/></w:tcPr></w:tblStylePr>'
    )
    body = inner.format(f"<w:tblBorders>{rules}</w:tblBorders>" + margins.format(20)) + head
    yield _style("table", "BoardTable", "Board Table", based="TableNormal", rank=40, rest=body, quick=True)


# Numbering and settings -----------------------------------------------------------------------------------------------


def numbering() -> bytes:
    """Return numbering.xml: 1 headings (1, 1.1, 1.1.1), 2 bullets, 3 numbers."""
    text = {0: "%1", 1: "%1.%2", 2: "%1.%2.%3"}
    heads = "".join(_level(n, "decimal", words, 709, 709, f"Heading{n + 1}") for n, words in text.items())
    mark = f'<w:rPr><w:rFonts w:ascii="Symbol" w:hAnsi="Symbol" w:hint="default"/><w:color w:val="{TEAL}"/></w:rPr>'
    lists = (
        ("3C5A1E20", "multilevel", heads),
        ("4D6B2F31", "hybridMultilevel", _level(0, "bullet", "\uf0b7", 425, 283, "ListBullet", mark)),
        ("5E7C3A42", "hybridMultilevel", _level(0, "decimal", "%1.", 425, 357, "ListNumber")),
    )
    made = "".join(
        f'<w:abstractNum w:abstractNumId="{n}" w15:restartNumberingAfterBreak="0"><w:nsid w:val="{nsid}"/>'
        f'<w:multiLevelType w:val="{kind}"/><w:tmpl w:val="{nsid[::-1]}"/>{levels}</w:abstractNum>'
        for n, (nsid, kind, levels) in enumerate(lists)
    )
    used = "".join(f'<w:num w:numId="{n + 1}"><w:abstractNumId w:val="{n}"/></w:num>' for n in range(len(lists)))
    return root("w:numbering", made + used)


def _level(n: int, kind: str, text: str, left: int, hanging: int, style: str, rpr: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{n}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/><w:pStyle w:val="{style}"/>'
        f'<w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/><w:pPr><w:ind w:left="{left}" w:hanging="{hanging}"/>'
        f"</w:pPr>{rpr}</w:lvl>"
    )


def settings() -> bytes:
    """Return settings.xml: Word 2013 and later, changes not being recorded at the moment."""
    compat = "".join(
        f'<w:compatSetting w:name="{name}" w:uri="http://schemas.microsoft.com/office/word" w:val="{value}"/>'
        for name, value in (
            ("compatibilityMode", 15),
            ("overrideTableStyleFontSizeAndJustification", 1),
            ("enableOpenTypeFeatures", 1),
            ("doNotFlipMirrorIndents", 1),
            ("differentiateMultirowTableHeaders", 1),
        )
    )
    notes = '<w:{0}Pr><w:{0} w:id="-1"/><w:{0} w:id="0"/></w:{0}Pr>'
    rsids = f'<w:rsidRoot w:val="{RSIDS[0]}"/>' + "".join(f'<w:rsid w:val="{rsid}"/>' for rsid in RSIDS)
    names = ("accent1", "accent2", "accent3", "accent4", "accent5", "accent6", "hyperlink", "followedHyperlink")
    colors = "".join(f' w:{n}="{n}"' for n in names)
    return root(
        "w:settings",
        '<w:zoom w:percent="100"/><w:defaultTabStop w:val="720"/><w:characterSpacingControl w:val="doNotCompress"/>'
        f"{notes.format('footnote')}<w:compat>{compat}</w:compat><w:rsids>{rsids}</w:rsids>"
        '<w:themeFontLang w:val="en-GB"/><w:clrSchemeMapping w:bg1="light1" w:t1="dark1" w:bg2="light2" w:t2="dark2"'
        f'{colors}/><w:decimalSymbol w:val="."/><w:listSeparator w:val=","/><w14:docId w14:val="2B8D4F61"/>'
        '<w15:chartTrackingRefBased/><w15:docId w15:val="{6C1F0A52-7D3B-4E94-8A15-90B2C3D4E5F6}"/>',
        prefixes=("mc", "o", "r", "v", "w", "w14", "w15"),
    )


def font_table() -> bytes:
    """Return fontTable.xml."""
    fonts = (
        ("Calibri", "020F0502020204030204", "00", "swiss", "variable"),
        ("Calibri Light", "020F0302020204030204", "00", "swiss", "variable"),
        ("Symbol", "05050102010706020507", "02", "roman", "variable"),
    )
    made = "".join(
        f'<w:font w:name="{name}"><w:panose1 w:val="{panose}"/><w:charset w:val="{charset}"/>'
        f'<w:family w:val="{family}"/><w:pitch w:val="{pitch}"/></w:font>'
        for name, panose, charset, family, pitch in fonts
    )
    return root("w:fonts", made, prefixes=("mc", "r", "w", "w14", "w15"))


def theme() -> bytes:
    """Return theme1.xml with the company's colours and Calibri."""
    colors = {
        "dk2": NAVY,
        "lt2": PALE,
        "accent1": NAVY,
        "accent2": TEAL,
        "accent3": "D98E2B",
        "accent4": GREY,
        "accent5": "7FB2BC",
        "accent6": "A23B4A",
        "hlink": "0B6E99",
        "folHlink": "6B4E8E",
    }
    system = '<a:dk1><a:sysClr val="windowText" lastClr="000000"/></a:dk1>'
    system += '<a:lt1><a:sysClr val="window" lastClr="FFFFFF"/></a:lt1>'
    scheme = system + "".join(f'<a:{name}><a:srgbClr val="{value}"/></a:{name}>' for name, value in colors.items())
    font = '<a:{0}Font><a:latin typeface="{1}"/><a:ea typeface=""/><a:cs typeface=""/></a:{0}Font>'
    fill = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
    lines = "".join(f'<a:ln w="{width}">{fill}<a:prstDash val="solid"/></a:ln>' for width in (6350, 12700, 19050))
    effects = "<a:effectStyle><a:effectLst/></a:effectStyle>" * 3
    return (
        f'{HEAD}<a:theme xmlns:a="{NAMESPACES["a"]}" name="Board report"><a:themeElements>'
        f'<a:clrScheme name="Board report">{scheme}</a:clrScheme><a:fontScheme name="Board report">'
        f"{font.format('major', 'Calibri')}{font.format('minor', 'Calibri')}</a:fontScheme>"
        f'<a:fmtScheme name="Board report"><a:fillStyleLst>{fill * 3}</a:fillStyleLst><a:lnStyleLst>{lines}'
        f"</a:lnStyleLst><a:effectStyleLst>{effects}</a:effectStyleLst>"
        f"<a:bgFillStyleLst>{fill * 3}</a:bgFillStyleLst></a:fmtScheme>"
        "</a:themeElements><a:objectDefaults/><a:extraClrSchemeLst/></a:theme>"
    ).encode()
