"""Makes board-report.docx: the quarterly board report of an imagined company, as rich as one saved by Word.

    python examples/make_board_report.py [OUT.docx]

Standard library only; the same bytes every time. Numbers are stated once, in `FIGURES`, or agree with it.
"""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from xml.sax.saxutils import escape

from board_report_chart import chart
from board_report_look import (
    HEAD,
    NAMESPACES,
    NAVY,
    PALE,
    RSIDS,
    TEAL,
    font_table,
    numbering,
    root,
    settings,
    styles,
    theme,
)

COMPANY = "Tarnwater Instruments plc"
CFO, FINANCE = "Chief Financial Officer", "Finance team"
REVENUE = (("Q3 2025", 38.4), ("Q4 2025", 39.6), ("Q1 2026", 40.1), ("Q2 2026", 41.7), ("Q3 2026", 43.2))
FIGURES = (
    ("Revenue", "38.4", "41.7", "43.2", "+12.5%"),
    ("of which instruments", "24.6", "25.9", "26.4", "+7.3%"),
    ("of which services", "13.8", "15.8", "16.8", "+21.7%"),
    ("Gross profit", "18.0", "19.9", "21.0", "+16.7%"),
    ("Operating costs", "12.6", "13.4", "13.9", "+10.3%"),
    ("Operating profit", "5.4", "6.5", "7.1", "+31.5%"),
    ("Operating margin", "14.1%", "15.6%", "16.4%", "+2.3 points"),
    ("Cash at the end of the quarter", "11.2", "12.9", "14.6", "+30.4%"),
)
"""£ million; the change is on the same quarter of the year before. Operating profit is gross profit less costs."""

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument"
_EMU_PER_CM = 360000


# Runs and paragraphs --------------------------------------------------------------------------------------------------


class Writer:
    """Numbers what must be unique: paragraphs, revisions, bookmarks, drawings."""

    def __init__(self) -> None:
        self._paragraphs: Iterator[int] = count(0x2A10C001, 0x0001_37B5)
        self._ids: Iterator[int] = count(1)

    def id(self) -> int:
        """Return the next number for a revision, bookmark or drawing."""
        return next(self._ids)

    def p(self, *runs: str, style: str = "", ppr: str = "") -> str:
        """Return a paragraph; a run that is not markup is escaped words."""
        named = f'<w:pStyle w:val="{style}"/>' if style else ""
        properties = f"<w:pPr>{named}{ppr}</w:pPr>" if named or ppr else ""
        inner = "".join(each if each.startswith("<") else t(each) for each in runs)
        identity = f'w14:paraId="{next(self._paragraphs):08X}" w14:textId="77777777"'
        rsids = f'w:rsidR="{RSIDS[0]}" w:rsidRDefault="{RSIDS[0]}"'
        return f"<w:p {identity} {rsids}>{properties}{inner}</w:p>"

    def bookmark(self, name: str, runs: str) -> str:
        """Return `runs` between the ends of a bookmark."""
        number = self.id()
        return f'<w:bookmarkStart w:id="{number}" w:name="{name}"/>{runs}<w:bookmarkEnd w:id="{number}"/>'

    def revision(self, kind: str, words: str) -> str:
        """Return `words` inserted (`ins`) or deleted (`del`) by the finance team."""
        tag, rsid = ("w:t", "w:rsidR") if kind == "ins" else ("w:delText", "w:rsidDel")
        who = f'w:id="{self.id()}" w:author="{FINANCE}" w:date="2026-10-12T16:20:00Z"'
        run = f'<w:r {rsid}="{RSIDS[1]}"><{tag} xml:space="preserve">{escape(words)}</{tag}></w:r>'
        return f"<w:{kind} {who}>{run}</w:{kind}>"

    def caption(self, label: str, number: int, bookmark: str, words: str) -> str:
        """Return a caption whose label and number (a SEQ field) are in `bookmark`."""
        numbered = t(f"{label} ") + field(f"SEQ {label} \\* ARABIC", str(number))
        return self.p(self.bookmark(bookmark, numbered), f". {words}", style="Caption")


def t(words: str, rpr: str = "", *, rsid: str = "") -> str:
    """Return a run of words."""
    properties = f"<w:rPr>{rpr}</w:rPr>" if rpr else ""
    session = f' w:rsidR="{rsid}"' if rsid else ""
    return f'<w:r{session}>{properties}<w:t xml:space="preserve">{escape(words)}</w:t></w:r>'


def bold(words: str) -> str:
    """Return a bold run."""
    return t(words, "<w:b/><w:bCs/>")


def field(instruction: str, result: str) -> str:
    """Return a complex field."""
    code = f'<w:r><w:instrText xml:space="preserve"> {escape(instruction)} </w:instrText></w:r>'
    ends = {kind: f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end")}
    return ends["begin"] + code + ends["separate"] + t(result, "<w:noProof/>") + ends["end"]


def link(words: str, relation: str) -> str:
    """Return a hyperlink through the relationship `relation`."""
    run = t(words, '<w:rStyle w:val="Hyperlink"/>')
    return f'<w:hyperlink r:id="{relation}" w:history="1">{run}</w:hyperlink>'


def footnote(number: int) -> str:
    """Return the mark of footnote `number`."""
    return f'<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr><w:footnoteReference w:id="{number}"/></w:r>'


def commented(number: int, runs: str) -> str:
    """Return `runs` as the subject of comment `number`."""
    mark = f'<w:r><w:rPr><w:rStyle w:val="CommentReference"/></w:rPr><w:commentReference w:id="{number}"/></w:r>'
    return f'<w:commentRangeStart w:id="{number}"/>{runs}<w:commentRangeEnd w:id="{number}"/>{mark}'


# Drawings and tables --------------------------------------------------------------------------------------------------


def picture(number: int, relation: str, alt: str, width_cm: float, height_cm: float) -> str:
    """Return a run with an inline picture."""
    size = f'cx="{round(width_cm * _EMU_PER_CM)}" cy="{round(height_cm * _EMU_PER_CM)}"'
    return (
        f'<w:r><w:rPr><w:noProof/></w:rPr><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent '
        f'{size}/><wp:effectExtent l="0" t="0" r="0" b="0"/><wp:docPr id="{number}" name="Chart {number}" '
        f'descr="{escape(alt)}"/><wp:cNvGraphicFramePr><a:graphicFrameLocks noChangeAspect="1"/>'
        f'</wp:cNvGraphicFramePr><a:graphic><a:graphicData uri="{NAMESPACES["pic"]}"><pic:pic><pic:nvPicPr>'
        f'<pic:cNvPr id="{number}" name="revenue.png"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip '
        f'r:embed="{relation}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" '
        f'y="0"/><a:ext {size}/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )


def call_out(number: int, story: str, width_cm: float, height_cm: float) -> str:
    """Return a run with a text box at the right margin: a shape, and its VML twin for older programs."""
    size = f'cx="{round(width_cm * _EMU_PER_CM)}" cy="{round(height_cm * _EMU_PER_CM)}"'
    points = f"width:{width_cm * 72 / 2.54:.1f}pt;height:{height_cm * 72 / 2.54:.1f}pt"
    place = "position:absolute;margin-left:0;margin-top:4pt;mso-position-horizontal:right;"
    place += "mso-position-horizontal-relative:margin;mso-position-vertical-relative:text;z-index:251659264"
    box = f"<w:txbxContent>{story}</w:txbxContent>"
    kind = '<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    kind += '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
    return (
        '<w:r><w:rPr><w:noProof/></w:rPr><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:anchor '
        'distT="45720" distB="45720" distL="180000" distR="0" simplePos="0" relativeHeight="251659264" behindDoc="0" '
        'locked="0" layoutInCell="1" allowOverlap="0"><wp:simplePos x="0" y="0"/><wp:positionH relativeFrom="margin">'
        '<wp:align>right</wp:align></wp:positionH><wp:positionV relativeFrom="paragraph"><wp:posOffset>50800'
        f'</wp:posOffset></wp:positionV><wp:extent {size}/><wp:effectExtent l="0" t="0" r="0" b="0"/><wp:wrapSquare '
        f'wrapText="bothSides"/><wp:docPr id="{number}" name="Call-out {number}"/><wp:cNvGraphicFramePr/><a:graphic>'
        f'<a:graphicData uri="{NAMESPACES["wps"]}"><wps:wsp><wps:cNvSpPr txBox="1"/><wps:spPr><a:xfrm><a:off x="0" '
        f'y="0"/><a:ext {size}/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom><a:solidFill><a:srgbClr '
        f'val="{PALE}"/></a:solidFill><a:ln w="9525"><a:solidFill><a:srgbClr val="{TEAL}"/></a:solidFill></a:ln>'
        f'</wps:spPr><wps:txbx>{box}</wps:txbx><wps:bodyPr lIns="108000" tIns="72000" rIns="108000" bIns="72000" '
        'anchor="ctr"><a:noAutofit/></wps:bodyPr></wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing>'
        f'</mc:Choice><mc:Fallback><w:pict>{kind}<v:shape id="_x0000_s{1025 + number}" type="#_x0000_t202" '
        f'style="{place};{points}" fillcolor="#{PALE}" strokecolor="#{TEAL}"><v:textbox>{box}</v:textbox>'
        '<w10:wrap type="square" anchorx="margin"/></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r>'
    )


def cell(inner: str, width: int, *, span: int = 1, fill: str = "") -> str:
    """Return a table cell, `width` in twentieths of a point."""
    spanned = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>' if fill else ""
    properties = f'<w:tcW w:w="{width}" w:type="dxa"/>{spanned}{shade}<w:vAlign w:val="center"/>'
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}</w:tc>"


def row(cells: Sequence[str], *, header: bool = False) -> str:
    """Return a table row that no page break divides."""
    rsid = f'w:rsidR="{RSIDS[2]}" w:rsidTr="{RSIDS[2]}"'
    repeated = "<w:tblHeader/>" if header else ""
    return f"<w:tr {rsid}><w:trPr><w:cantSplit/>{repeated}</w:trPr>{''.join(cells)}</w:tr>"


def table(rows: Sequence[str], widths: Sequence[int], alt: str) -> str:
    """Return a table in the house style."""
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    look = 'w:val="0420" w:firstRow="1" w:lastRow="0" w:firstColumn="0" w:lastColumn="0" w:noHBand="0" w:noVBand="1"'
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="BoardTable"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblLayout '
        f'w:type="fixed"/><w:tblLook {look}/><w:tblDescription w:val="{escape(alt)}"/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


_RIGHT = '<w:jc w:val="right"/>'
_KEEP = "<w:keepNext/>"


def figures_table(w: Writer) -> str:
    """Return Table 1: a merged title row, a header row, and the figures ranged right."""
    widths = (3494, 1340, 1340, 1340, 1840)
    words = ("£ million", "Q3 2025", "Q2 2026", "Q3 2026", "Change on year")
    title = cell(w.p("Summary of results, unaudited", style="TableText", ppr=_KEEP), sum(widths), span=len(widths))
    heads = [
        cell(
            w.p(
                t(word, f'<w:b/><w:bCs/><w:color w:val="{NAVY}"/>'),
                style="TableText",
                ppr=_KEEP + (_RIGHT if n else ""),
            ),
            width,
            fill=PALE,
        )
        for n, (word, width) in enumerate(zip(words, widths, strict=True))
    ]
    rows = [row([title], header=True), row(heads, header=True)]
    for name, *numbers in FIGURES:
        indent = '<w:ind w:left="227"/>' if name.startswith("of which") else ""
        strong = "<w:b/><w:bCs/>" if name in ("Revenue", "Operating profit") else ""
        cells = [cell(w.p(t(name, strong), style="TableText", ppr=_KEEP + indent), widths[0])]
        for number, width in zip(numbers, widths[1:], strict=True):
            cells.append(cell(w.p(t(number, strong), style="TableText", ppr=_KEEP + _RIGHT), width))
        rows.append(row(cells))
    return table(rows, widths, "Results of the quarter against the year before and the quarter before")


def risks_table(w: Writer) -> str:
    """Return Table 2: the risks."""
    widths = (2354, 1200, 1200, 4600)
    rows = (
        ("Risk", "Likelihood", "Impact", "What we are doing"),
        (
            "Late components",
            "High",
            "Medium",
            "A second supplier of optical sensors is qualified; first deliveries are due in November.",
        ),
        ("Exchange rates", "Medium", "Medium", "70% of expected euro income for the next two quarters is hedged."),
        ("Loss of key skills", "Low", "High", "Eight apprentices joined the calibration laboratory in September."),
    )
    made: list[str] = []
    for n, words in enumerate(rows):
        cells = [cell(w.p(word, style="TableText"), width) for word, width in zip(words, widths, strict=True)]
        made.append(row(cells, header=n == 0))
    return table(made, widths, "The three main risks, their likelihood, their impact and the response to each")


# The report -----------------------------------------------------------------------------------------------------------


def body(w: Writer) -> Iterator[str]:
    """Return the paragraphs and tables, in order."""
    yield w.p(COMPANY, style="Title")
    yield w.p("Board report, third quarter 2026", style="Subtitle")
    period = (
        '<w:sdt><w:sdtPr><w:alias w:val="Reporting period"/><w:tag w:val="reporting-period"/><w:id w:val="1407325586"/>'
        '<w15:color w:val="2A7F8E"/><w:text/></w:sdtPr><w:sdtContent>'
        f"{t('1 July to 30 September 2026')}</w:sdtContent></w:sdt>"
    )
    yield w.p(bold("Reporting period: "), period, "  |  For the Board meeting of 22 October 2026")
    yield from executive_summary(w)
    yield from performance(w)
    yield from operations(w)
    yield w.p("Principal risks", style="Heading1")
    yield w.p(
        "The register was reviewed on 6 October. No risk has been added or closed; the likelihood of late "
        "components has been raised from medium to high. ",
        field("REF TableRisks \\h", "Table 2"),
        " shows the three that matter most.",
    )
    yield w.caption("Table", 2, "TableRisks", "Principal risks at 30 September 2026")
    yield risks_table(w)
    yield from outlook(w)


def executive_summary(w: Writer) -> Iterator[str]:
    """Return section 1: wordy on purpose, with one each of what a careful edit must keep."""
    yield w.p("Executive summary", style="Heading1")
    yield w.p(
        "It is fair to say that, taken as a whole and with everything considered, the third quarter of 2026 was a "
        "good one for the company. Revenue for the quarter came to ",
        w.bookmark("RevenueQ3", bold("£43.2 million")),
        ", which is an increase of 12.5% when it is compared with the £38.4 million that was reported for the same "
        "quarter of the previous year, and which is also ahead of the budget of £42.0 million.",
    )
    yield w.p(
        "As can be seen from ",
        field("REF TableResults \\h", "Table 1"),
        " further on in this report, operating profit rose to £7.1 million, and the operating margin therefore "
        "improved from 14.1% to 16.4%. ",
        commented(0, t("The growth in revenue came from new and existing customers alike.", rsid=RSIDS[2])),
    )
    yield w.p(
        "At the end of September there was cash of £14.6 million in the bank, and the order book stood at £61.5 "
        "million.",
        footnote(1),
        " With regard to the year as a whole, management remains of the view that the ",
        link("published guidance", "rId20"),
        " continues to be achievable, although it should be noted that on-time delivery, at 91.4%, is at the "
        "present moment in time still below the target of 95%.",
    )


def performance(w: Writer) -> Iterator[str]:
    """Return section 2: revenue with its chart, then profit with its table."""
    yield w.p("Financial performance", style="Heading1")
    yield w.p("Revenue", style="Heading2")
    lines = (bold("Sales outpace costs"), "Revenue: +12.5%", "Operating costs: +10.3%", "Operating profit: +31.5%")
    story = "".join(w.p(line, style="CallOut") for line in lines)
    yield w.p(
        call_out(w.id(), story, 5.2, 2.9),
        "Revenue grew by £4.8 million on the year, from £38.4 million to £43.2 million. Of that increase, £2.1 "
        "million came from customers who placed their first order within the last twelve months and £2.7 million "
        "from existing customers. Instruments contributed £1.8 million of the growth and services £3.0 million.",
    )
    yield w.p(
        "Against the second quarter, revenue rose by 3.6%. It was the fourth quarter of growth in succession, as ",
        field("REF FigureRevenue \\h", "Figure 1"),
        " shows. Services now make up 38.9% of revenue, against 35.9% a year ago.",
    )
    yield w.caption("Figure", 1, "FigureRevenue", "Revenue by quarter, £ million (management accounts)")
    values = ", ".join(f"{quarter} {value}" for quarter, value in REVENUE)
    alt = f"Bar chart of revenue by quarter in £ million: {values}."
    yield w.p(picture(w.id(), "rId21", alt, 15.6, 15.6 * 372 / 1320), ppr='<w:jc w:val="center"/>')
    yield w.p("Profit and cash", style="Heading2")
    yield w.p(
        "Gross profit rose by 16.7% to £21.0 million, and the gross margin from 46.9% to 48.6%. Operating costs "
        "rose by ",
        w.revision("del", "about a tenth"),
        w.revision("ins", "10.3%"),
        " to £13.9 million, which left operating profit of £7.1 million (£5.4 million a year ago).",
    )
    yield w.caption("Table", 1, "TableResults", "Results of the third quarter")
    yield figures_table(w)
    yield w.p("Changes are on the third quarter of 2025.", style="Source")
    yield w.p("Cash", style="Heading3")
    yield w.p(
        "Cash rose by £1.7 million in the quarter to £14.6 million. Customers paid after 47 days on average, two "
        "days sooner than in the second quarter.",
        footnote(2),
        " The loan facility of £10.0 million remains undrawn.",
    )


def operations(w: Writer) -> Iterator[str]:
    """Return section 3: a bulleted list and a quotation."""
    yield w.p("Customers and operations", style="Heading1")
    yield w.p("Orders", style="Heading2")
    yield w.p(
        "The order book grew by 8.1% in the quarter, from £56.9 million to £61.5 million. Three developments stand out:"
    )
    for lead, rest in (
        ("Water utilities. ", "Two framework contracts, worth £6.4 million over three years, were signed in August."),
        ("Hospital laboratories. ", "A first order for 40 analysers came from a customer new to the company."),
        ("Services. ", "91% of the maintenance contracts that fell due were renewed, most of them for three years."),
    ):
        yield w.p(bold(lead), rest, style="ListBullet")
    yield w.p("Delivery", style="Heading2")
    yield w.p(
        "91.4% of orders left the factory on the day that was promised, against 93.0% in the second quarter and a "
        "target of 95%. Nearly all of the shortfall is due to a single late component, the optical sensor of the "
        "300 series; without it the figure would have been 94.8%.",
    )
    yield w.p("“The instruments are excellent. Please tell us sooner when a date slips.”", style="Quote")
    yield w.p(
        "The remark above, from the customer survey of September, is representative: 88% of customers would "
        "recommend us, while notice of delays received the lowest mark of all questions.",
    )


def outlook(w: Writer) -> Iterator[str]:
    """Return section 5: what is expected, and what the Board is asked."""
    yield w.p("Outlook and decisions", style="Heading1")
    yield w.p(
        "After revenue of ",
        field("REF RevenueQ3 \\h \\* CHARFORMAT", "£43.2 million"),
        " in the third quarter, revenue for the first nine months of 2026 stands at £125.0 million. Guidance for "
        "the full year, of £165 million to £170 million, is unchanged.",
    )
    yield w.p("The Board is asked to:", ppr=_KEEP)
    for words in (
        "note the results of the quarter;",
        "approve spending of £1.2 million on a second assembly line for the 300 series;",
        "agree that notice of delays be added to the measures reported each quarter.",
    ):
        yield w.p(words, style="ListNumber")


def document(w: Writer) -> bytes:
    """Return document.xml."""
    page = (
        f'<w:sectPr w:rsidR="{RSIDS[0]}"><w:headerReference w:type="default" r:id="rId10"/><w:footerReference '
        'w:type="default" r:id="rId11"/><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1418" w:right="1276" '
        'w:bottom="1276" w:left="1276" w:header="680" w:footer="567" w:gutter="0"/><w:cols w:space="708"/>'
        '<w:docGrid w:linePitch="360"/></w:sectPr>'
    )
    return root("w:document", f"<w:body>{''.join(body(w))}{page}</w:body>")


def header(w: Writer) -> bytes:
    """Return header1.xml."""
    return root("w:hdr", w.p(COMPANY, "<w:r><w:tab/></w:r>", "Board report, third quarter 2026", style="Header"))


def footer(w: Writer) -> bytes:
    """Return footer1.xml with the page number."""
    page = (t("Page "), field("PAGE", "1"), t(" of "), field("NUMPAGES", "3"))
    return root("w:ftr", w.p("Confidential", "<w:r><w:tab/></w:r>", *page, style="Footer"))


def footnotes(w: Writer) -> bytes:
    """Return footnotes.xml."""
    made = ""
    tight = '<w:spacing w:after="0" w:line="240" w:lineRule="auto"/>'
    for number, kind in ((-1, "separator"), (0, "continuationSeparator")):
        made += f'<w:footnote w:type="{kind}" w:id="{number}">{w.p(f"<w:r><w:{kind}/></w:r>", ppr=tight)}</w:footnote>'
    mark = '<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr><w:footnoteRef/></w:r>'
    for number, words in (
        (1, " All figures in this report are unaudited. The order book counts signed orders only."),
        (2, " Trade receivables at the end of the quarter, divided by its revenue, times 92 days."),
    ):
        made += f'<w:footnote w:id="{number}">{w.p(mark, t(words), style="FootnoteText")}</w:footnote>'
    return root("w:footnotes", made)


def comments(w: Writer) -> dict[str, bytes]:
    """Return the parts that carry the one open comment: its words, its thread, its lasting id, its author."""
    mark = '<w:r><w:rPr><w:rStyle w:val="CommentReference"/></w:rPr><w:annotationRef/></w:r>'
    question = w.p(mark, "Can we say here how much of the growth came from new customers?", style="CommentText")
    para_id = question.split('w14:paraId="', 1)[1][:8]
    about = f'w:id="0" w:author="{CFO}" w:date="2026-10-13T08:45:00Z" w:initials="CFO"'
    presence = '<w15:presenceInfo w15:providerId="None" w15:userId="{0}"/>'
    people = "".join(f'<w15:person w15:author="{who}">{presence.format(who)}</w15:person>' for who in (CFO, FINANCE))
    thread = f'<w15:commentEx w15:paraId="{para_id}" w15:done="0"/>'
    lasting = f'<w16cid:commentId w16cid:paraId="{para_id}" w16cid:durableId="2C4E7A19"/>'
    return {
        "comments": root("w:comments", f"<w:comment {about}>{question}</w:comment>"),
        "commentsExtended": root("w15:commentsEx", thread, prefixes=("mc", "w15")),
        "commentsIds": root("w16cid:commentsIds", lasting, prefixes=("mc", "w16cid")),
        "people": root("w15:people", people, prefixes=("mc", "w15")),
    }


# The package ----------------------------------------------------------------------------------------------------------


def core_properties() -> bytes:
    """Return docProps/core.xml."""
    when = '<dcterms:{0} xsi:type="dcterms:W3CDTF">{1}</dcterms:{0}>'
    return (
        f'{HEAD}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>Board report, third quarter 2026</dc:title>'
        f"<dc:creator>{FINANCE}</dc:creator><cp:lastModifiedBy>{CFO}</cp:lastModifiedBy><cp:revision>7</cp:revision>"
        f"{when.format('created', '2026-10-05T09:10:00Z')}{when.format('modified', '2026-10-13T08:46:00Z')}"
        "</cp:coreProperties>"
    ).encode()


def app_properties() -> bytes:
    """Return docProps/app.xml."""
    space = "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"
    return (
        f'{HEAD}<Properties xmlns="{space}"><Template>Normal.dotm</Template><Pages>3</Pages>'
        f"<Application>Microsoft Office Word</Application><DocSecurity>0</DocSecurity><Company>{COMPANY}</Company>"
        "<SharedDoc>false</SharedDoc><AppVersion>16.0000</AppVersion></Properties>"
    ).encode()


def relationships(rows: Sequence[tuple[str, str, str]]) -> bytes:
    """Return a .rels part of (id, type, target); a type without an address is an office document type."""
    made = ""
    for id, kind, target in rows:
        mode = ' TargetMode="External"' if kind == "hyperlink" else ""
        full = kind if ":" in kind else f"{_OFFICE}/{kind}"
        made += f'<Relationship Id="{id}" Type="{full}" Target="{target}"{mode}/>'
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'{HEAD}<Relationships xmlns="{space}">{made}</Relationships>'.encode()


_WORD_TYPES = f"{_TYPES}.wordprocessingml"
_MICROSOFT = "http://schemas.microsoft.com/office"
PARTS = (
    ("rId1", "styles", "styles.xml", f"{_WORD_TYPES}.styles+xml"),
    ("rId2", "settings", "settings.xml", f"{_WORD_TYPES}.settings+xml"),
    ("rId3", "numbering", "numbering.xml", f"{_WORD_TYPES}.numbering+xml"),
    ("rId4", "fontTable", "fontTable.xml", f"{_WORD_TYPES}.fontTable+xml"),
    ("rId5", "theme", "theme/theme1.xml", f"{_TYPES}.theme+xml"),
    ("rId6", "footnotes", "footnotes.xml", f"{_WORD_TYPES}.footnotes+xml"),
    ("rId7", "comments", "comments.xml", f"{_WORD_TYPES}.comments+xml"),
    (
        "rId8",
        f"{_MICROSOFT}/2011/relationships/commentsExtended",
        "commentsExtended.xml",
        f"{_WORD_TYPES}.commentsExtended+xml",
    ),
    ("rId9", f"{_MICROSOFT}/2016/09/relationships/commentsIds", "commentsIds.xml", f"{_WORD_TYPES}.commentsIds+xml"),
    ("rId10", "header", "header1.xml", f"{_WORD_TYPES}.header+xml"),
    ("rId11", "footer", "footer1.xml", f"{_WORD_TYPES}.footer+xml"),
    ("rId12", f"{_MICROSOFT}/2011/relationships/people", "people.xml", f"{_WORD_TYPES}.people+xml"),
)
"""Relationship id, type, target below word/, content type."""


def content_types() -> bytes:
    """Return [Content_Types].xml."""
    overrides = [("/word/document.xml", f"{_WORD_TYPES}.document.main+xml")]
    overrides += [(f"/word/{target}", kind) for _, _, target, kind in PARTS]
    overrides.append(("/docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml"))
    overrides.append(("/docProps/app.xml", f"{_TYPES}.extended-properties+xml"))
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    made = f'<Default Extension="png" ContentType="image/png"/><Default Extension="rels" ContentType="{rels}"/>'
    made += '<Default Extension="xml" ContentType="application/xml"/>'
    made += "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in overrides)
    space = "http://schemas.openxmlformats.org/package/2006/content-types"
    return f'{HEAD}<Types xmlns="{space}">{made}</Types>'.encode()


def board_report() -> bytes:
    """Return the whole file."""
    w = Writer()
    core = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
    first = (("rId1", "officeDocument", "word/document.xml"), ("rId2", core, "docProps/core.xml"))
    inner = [(id, kind, target) for id, kind, target, _ in PARTS]
    inner.append(("rId20", "hyperlink", "https://www.example.com/investors/guidance"))
    inner.append(("rId21", "image", "media/image1.png"))
    members = {
        "[Content_Types].xml": content_types(),
        "_rels/.rels": relationships((*first, ("rId3", "extended-properties", "docProps/app.xml"))),
        "word/document.xml": document(w),
        "word/_rels/document.xml.rels": relationships(inner),
        "word/footnotes.xml": footnotes(w),
        "word/header1.xml": header(w),
        "word/footer1.xml": footer(w),
        **{f"word/{name}.xml": data for name, data in comments(w).items()},
        "word/media/image1.png": chart(REVENUE),
        "word/theme/theme1.xml": theme(),
        "word/settings.xml": settings(),
        "word/styles.xml": styles(),
        "word/numbering.xml": numbering(),
        "word/fontTable.xml": font_table(),
        "docProps/core.xml": core_properties(),
        "docProps/app.xml": app_properties(),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))  # the time that Word writes
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return out.getvalue()


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("board-report.docx")
    target.write_bytes(board_report())
