"""Word files from one-liners, for tests.

Every function returns a piece of WordprocessingML (an `Xml`, which is a `str`); a plain `str` is words and is escaped.
`docx` gathers the pieces into a complete, valid package. Words get their run and paragraph where those are missing:

    docx("One paragraph.")
    docx(p("Hello ", b("bold"), ins(" new", author="Ann"), dele(" old")), tbl(["a", "b"], ["c", "d"]))
    docx(p("See", footnote(1), " and ", comment(0, "this"), "."), footnotes={1: "A note."}, comments={0: "Why?"})
    docx("Body", header=["Top of the page"], kind="template", strict=True)

The same call gives the same bytes. Revisions, bookmarks, shapes and content controls are numbered over the whole file
from 101 unless an id is given; ids of comments and notes are yours. Escape hatches: `raw`, the `rpr`, `ppr` and `tcpr`
arguments, `parts` and `rels`.

Structure after ISO/IEC 29500-1:2016 clauses 17 and 20; comment threads after [MS-DOCX] 2.5.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape

from tests.docx_package import AUTO_ID, COMPAT, NAMESPACES, NUMBERING, OFFICE, PNG, STYLES, WORD_TYPES, Kind, Parts

__all__ = [
    "DATE",
    "NAMESPACES",
    "OFFICE",
    "PNG",
    "Comment",
    "Kind",
    "Piece",
    "Xml",
    "b",
    "bookmark",
    "comment",
    "comment_end",
    "comment_start",
    "dele",
    "docx",
    "endnote",
    "field",
    "footnote",
    "i",
    "image",
    "ins",
    "link",
    "member",
    "move_from",
    "move_to",
    "p",
    "page_break",
    "r",
    "raw",
    "restyled",
    "sdt",
    "simple_field",
    "tbl",
    "tc",
    "textbox",
    "tr",
    "u",
]

DATE = "2026-01-15T09:30:00Z"
"""The date of every revision and comment that names no other."""


class Xml(str):
    """A piece of finished WordprocessingML with the prefixes of `NAMESPACES`."""

    __slots__ = ()


Piece = str | Xml


# Text and runs ----------------------------------------------------------------------------------------------


def raw(xml: str) -> Xml:
    """Return `xml` as it is: `raw('<w:cr/>')` is an element, not words."""
    return Xml(xml)


def r(
    *content: Piece,
    style: str | None = None,
    bold: bool = False,
    italic: bool = False,
    strike: bool = False,
    underline: str | None = None,
    color: str | None = None,
    half_points: int | None = None,
    rpr: str = "",
) -> Xml:
    """Return one run; tabs and line ends in words become `w:tab` and `w:br`.

    `rpr` is further properties, placed last: `r("x", rpr='<w:lang w:val="de-DE"/>')`.
    """
    properties = "".join((
        f'<w:rStyle w:val="{style}"/>' if style else "",
        "<w:b/>" if bold else "",
        "<w:i/>" if italic else "",
        "<w:strike/>" if strike else "",
        f'<w:color w:val="{color}"/>' if color else "",
        f'<w:sz w:val="{half_points}"/>' if half_points else "",
        f'<w:u w:val="{underline}"/>' if underline else "",
        rpr,
    ))  # fmt: skip
    inner = "".join(piece if isinstance(piece, Xml) else _words(piece) for piece in content)
    return Xml(f"<w:r>{f'<w:rPr>{properties}</w:rPr>' if properties else ''}{inner}</w:r>")


def b(*content: Piece) -> Xml:
    """Return a bold run."""
    return r(*content, bold=True)


def i(*content: Piece) -> Xml:
    """Return an italic run."""
    return r(*content, italic=True)


def u(*content: Piece) -> Xml:
    """Return an underlined run."""
    return r(*content, underline="single")


def restyled(*content: Piece, author: str = "A", was: str = "", rpr: str = "<w:b/>", date: str = DATE) -> Xml:
    """Return a run whose properties `author` changed from `was` to `rpr` (a tracked `w:rPrChange`)."""
    return r(*content, rpr=f"{rpr}<w:rPrChange {_by(author, date, None)}><w:rPr>{was}</w:rPr></w:rPrChange>")


def page_break() -> Xml:
    """Return a run that starts a new page."""
    return r(raw('<w:br w:type="page"/>'))


def image(alt: str = "A picture", *, width_emu: int = 914400, height_emu: int = 914400) -> Xml:
    """Return a run with an inline picture; its part and relationship are added by `docx`."""
    return Xml(
        f'<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{width_emu}" '
        f'cy="{height_emu}"/><wp:docPr id="{AUTO_ID}" name="Picture" descr="{_attribute(alt)}"/>'
        f'<wp:cNvGraphicFramePr/><a:graphic><a:graphicData uri="{NAMESPACES["pic"]}"><pic:pic><pic:nvPicPr>'
        '<pic:cNvPr id="0" name="image1.png"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip '
        'r:embed="to-image:media/image1.png"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm>'
        f'<a:off x="0" y="0"/><a:ext cx="{width_emu}" cy="{height_emu}"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/>'
        "</a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )


def textbox(*blocks: Piece, width_emu: int = 1828800, height_emu: int = 914400) -> Xml:
    """Return a run with a text box as Word writes it: a shape in `mc:Choice` and its VML twin in `mc:Fallback`."""
    story = f"<w:txbxContent>{_blocks(blocks)}</w:txbxContent>"
    points = f"width:{width_emu / 12700:g}pt;height:{height_emu / 12700:g}pt"
    return Xml(
        '<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:inline distT="0" distB="0" distL="0" '
        f'distR="0"><wp:extent cx="{width_emu}" cy="{height_emu}"/><wp:docPr id="{AUTO_ID}" name="Text Box"/>'
        f'<wp:cNvGraphicFramePr/><a:graphic><a:graphicData uri="{NAMESPACES["wps"]}"><wps:wsp>'
        f'<wps:cNvSpPr txBox="1"/><wps:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{width_emu}" cy="{height_emu}"/>'
        f'</a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></wps:spPr><wps:txbx>{story}</wps:txbx>'
        "<wps:bodyPr/></wps:wsp></a:graphicData></a:graphic></wp:inline></w:drawing></mc:Choice><mc:Fallback><w:pict>"
        f'<v:shape style="{points}"><v:textbox>{story}</v:textbox></v:shape></w:pict></mc:Fallback>'
        "</mc:AlternateContent></w:r>"
    )


# Around runs ------------------------------------------------------------------------------------------------


def ins(*content: Piece, author: str = "A", date: str = DATE, id: int | None = None) -> Xml:
    """Return runs that `author` inserted."""
    return Xml(f"<w:ins {_by(author, date, id)}>{_runs(content)}</w:ins>")


def dele(*content: Piece, author: str = "A", date: str = DATE, id: int | None = None) -> Xml:
    """Return runs that `author` deleted; their `w:t` become `w:delText`."""
    return Xml(f"<w:del {_by(author, date, id)}>{_deleted(_runs(content))}</w:del>")


def move_from(*content: Piece, name: str = "move1", author: str = "A", date: str = DATE) -> Xml:
    """Return runs that `author` moved away; `name` ties them to their `move_to`."""
    return _move("moveFrom", content, name, author, date)


def move_to(*content: Piece, name: str = "move1", author: str = "A", date: str = DATE) -> Xml:
    """Return runs that `author` moved here; `name` ties them to their `move_from`."""
    return _move("moveTo", content, name, author, date)


def field(instruction: str, *result: Piece, dirty: bool = False) -> Xml:
    """Return a complex field (begin, instruction, separate, result, end): `field("PAGE", "3")`."""
    flag = ' w:dirty="true"' if dirty else ""
    begin = f'<w:fldChar w:fldCharType="begin"{flag}/>'
    return Xml(
        f'<w:r>{begin}</w:r><w:r><w:instrText xml:space="preserve"> {escape(instruction)} </w:instrText></w:r>'
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{_runs(result)}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def simple_field(instruction: str, *result: Piece) -> Xml:
    """Return a simple field (`w:fldSimple`)."""
    return Xml(f'<w:fldSimple w:instr=" {_attribute(instruction)} ">{_runs(result)}</w:fldSimple>')


def link(*content: Piece, url: str | None = None, anchor: str | None = None) -> Xml:
    """Return a hyperlink to `url` (its relationship is added by `docx`) or to the bookmark `anchor`."""
    target = f'r:id="to-link:{_attribute(url)}"' if url else f'w:anchor="{_attribute(anchor or "")}"'
    return Xml(f"<w:hyperlink {target}>{_runs(content)}</w:hyperlink>")


def bookmark(name: str, *content: Piece, id: int | None = None) -> Xml:
    """Return runs between the ends of the bookmark `name`; an `id` is needed only where bookmarks are nested."""
    number = f"{AUTO_ID}={name}" if id is None else str(id)
    return Xml(f'<w:bookmarkStart w:id="{number}" w:name="{name}"/>{_runs(content)}<w:bookmarkEnd w:id="{number}"/>')


def comment_start(id: int) -> Xml:
    """Return where comment `id` begins; with `comment_end` in a later paragraph it spans both."""
    return Xml(f'<w:commentRangeStart w:id="{id}"/>')


def comment_end(id: int) -> Xml:
    """Return where comment `id` ends, and its reference."""
    return Xml(f'<w:commentRangeEnd w:id="{id}"/><w:r><w:commentReference w:id="{id}"/></w:r>')


def comment(id: int, *content: Piece) -> Xml:
    """Return runs that comment `id` is about; its words are in `docx(comments={id: ...})`."""
    return Xml(comment_start(id) + _runs(content) + comment_end(id))


def footnote(id: int) -> Xml:
    """Return the reference to footnote `id`, counted from 1; its words are in `docx(footnotes={id: ...})`."""
    return Xml(f'<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:footnoteReference w:id="{id}"/></w:r>')


def endnote(id: int) -> Xml:
    """Return the reference to endnote `id`, counted from 1; its words are in `docx(endnotes={id: ...})`."""
    return Xml(f'<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:endnoteReference w:id="{id}"/></w:r>')


def sdt(*content: Piece, tag: str = "control", alias: str | None = None, plain: bool = True) -> Xml:
    """Return a content control: around blocks if `content` holds a paragraph or table first, else around runs."""
    block = bool(content) and re.match(r"<w:(p|tbl)[ >/]", content[0]) is not None
    inner = "".join(content) if block else _runs(content)
    title = f'<w:alias w:val="{_attribute(alias)}"/>' if alias else ""
    kind = "<w:text/>" if plain and not block else ""
    return Xml(
        f'<w:sdt><w:sdtPr>{title}<w:tag w:val="{_attribute(tag)}"/><w:id w:val="{AUTO_ID}"/>{kind}</w:sdtPr>'
        f"<w:sdtContent>{inner}</w:sdtContent></w:sdt>"
    )


# Blocks -----------------------------------------------------------------------------------------------------


def p(
    *content: Piece,
    style: str | None = None,
    num: tuple[int, int] | None = None,
    align: str | None = None,
    para_id: str | None = None,
    inserted_by: str | None = None,
    deleted_by: str | None = None,
    ppr: str = "",
    ppr_end: str = "",
) -> Xml:
    """Return a paragraph.

    `num` is (numbering id, level from 0); `inserted_by` and `deleted_by` track its mark; `para_id` is `w14:paraId`,
    eight hexadecimal digits below 80000000; `ppr` is further properties before alignment (borders, tabs, spacing,
    indents), `ppr_end` after the mark (`w:sectPr`, `w:pPrChange`).
    """
    mark = "".join((
        f"<w:ins {_by(inserted_by, DATE, None)}/>" if inserted_by else "",
        f"<w:del {_by(deleted_by, DATE, None)}/>" if deleted_by else "",
    ))  # fmt: skip
    properties = "".join((
        f'<w:pStyle w:val="{style}"/>' if style else "",
        f'<w:numPr><w:ilvl w:val="{num[1]}"/><w:numId w:val="{num[0]}"/></w:numPr>' if num else "",
        ppr,
        f'<w:jc w:val="{align}"/>' if align else "",
        f"<w:rPr>{mark}</w:rPr>" if mark else "",
        ppr_end,
    ))  # fmt: skip
    identity = f' w14:paraId="{para_id}" w14:textId="77777777"' if para_id else ""
    return Xml(f"<w:p{identity}>{f'<w:pPr>{properties}</w:pPr>' if properties else ''}{_runs(content)}</w:p>")


def tbl(*rows: Xml | Sequence[Piece], widths: Sequence[int] | None = None, style: str = "TableGrid") -> Xml:
    """Return a table; a row is a `tr` or a list of cells, a cell a `tc`, a block or words.

    `widths` are the grid's columns in twentieths of a point; without them, as many equal columns as the widest row has.
    """
    made = [row if isinstance(row, Xml) else tr(*row) for row in rows]
    columns = widths or [9000 // (n := max((_width_of(row) for row in made), default=1))] * n
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in columns)
    return Xml(
        f'<w:tbl><w:tblPr><w:tblStyle w:val="{style}"/><w:tblW w:w="0" w:type="auto"/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(made)}</w:tbl>"
    )


def tr(*cells: Piece, header: bool = False, inserted_by: str | None = None, deleted_by: str | None = None) -> Xml:
    """Return a row; `inserted_by` and `deleted_by` track the row as a whole (not the words in it)."""
    properties = "".join((
        "<w:tblHeader/>" if header else "",
        f"<w:ins {_by(inserted_by, DATE, None)}/>" if inserted_by else "",
        f"<w:del {_by(deleted_by, DATE, None)}/>" if deleted_by else "",
    ))  # fmt: skip
    made = "".join(cell if cell.startswith(("<w:tc>", "<w:sdt>")) else tc(cell) for cell in cells)
    return Xml(f"<w:tr>{f'<w:trPr>{properties}</w:trPr>' if properties else ''}{made}</w:tr>")


def tc(*blocks: Piece, span: int = 1, vmerge: Literal["restart", "continue"] | None = None, tcpr: str = "") -> Xml:
    """Return a cell over `span` columns; `vmerge` starts or continues a merge downwards.

    A cell that ends in a nested table gets the empty paragraph that Word demands after it.
    """
    properties = "".join((
        '<w:tcW w:w="0" w:type="auto"/>',
        f'<w:gridSpan w:val="{span}"/>' if span > 1 else "",
        f'<w:vMerge w:val="{vmerge}"/>' if vmerge else "",
        tcpr,
    ))  # fmt: skip
    inner = _blocks(blocks) or p()
    return Xml(f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}{p() if inner.endswith('</w:tbl>') else ''}</w:tc>")


# Packages ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment with more than words: `comments={0: Comment(blocks=["Why?"], author="Ann", resolved=True)}`."""

    blocks: Sequence[Piece]
    author: str = "A"
    initials: str = "A"
    date: str = DATE
    resolved: bool = False
    reply_to: int | None = None
    """The id of the comment that this one answers; None starts a thread. Word anchors answers in the body too."""


def docx(
    *body: Piece,
    header: Sequence[Piece] | None = None,
    footer: Sequence[Piece] | None = None,
    footnotes: Mapping[int, Piece] | None = None,
    endnotes: Mapping[int, Piece] | None = None,
    comments: Mapping[int, Piece | Comment] | None = None,
    settings: str = "",
    styles: str = "",
    numbering: str | None = None,
    section: str = "",
    strict: bool = False,
    prefix: str = "w",
    encoding: Literal["UTF-8", "UTF-16"] = "UTF-8",
    kind: Kind = "document",
    parts: Mapping[str, bytes] | None = None,
    rels: Sequence[tuple[str, str]] = (),
) -> bytes:
    """Return a .docx file, or a template or macro file by `kind`.

    `settings` and `styles` are children added to those parts, `section` to the last `w:sectPr`; `numbering` replaces
    the children of numbering.xml, where list 1 is decimal (1., 1.1) and list 2 bullets. `strict` writes ISO strict
    namespaces, `prefix` names the main namespace otherwise than `w`, `encoding` is the document part's. `parts` adds
    members by name (typed by their extension: xml, png, bin, rels), `rels` the document's (type, target).
    """
    story = Parts(kind=kind, strict=strict, prefix=prefix, encoding=encoding)
    ends = _page_ends(story, header, footer)
    _add_notes(story, "footnote", footnotes)
    _add_notes(story, "endnote", endnotes)
    _add_comments(story, comments)
    story.add("styles", f"<w:styles>{STYLES}{styles}</w:styles>")
    story.add("numbering", f"<w:numbering>{NUMBERING if numbering is None else numbering}</w:numbering>")
    story.add("settings", f"<w:settings>{settings}{COMPAT}</w:settings>")
    story.relationships += list(rels)
    page = '<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1440" w:right="1440" w:bottom="1440" w:left="1440" '
    page += 'w:header="708" w:footer="708" w:gutter="0"/>'
    closing = f"<w:sectPr>{ends}{page}{section}</w:sectPr>"
    story.add_document(f"<w:document><w:body>{_blocks(body)}{closing}</w:body></w:document>")
    return story.zipped(parts or {})


def member(package: bytes, name: str) -> bytes:
    """Return the uncompressed bytes of one member: `member(data, "word/document.xml")`."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return archive.read(name)


def _page_ends(story: Parts, header: Sequence[Piece] | None, footer: Sequence[Piece] | None) -> str:
    ends = ""
    for kind, tag, blocks in (("header", "hdr", header), ("footer", "ftr", footer)):
        if blocks is not None:
            number = story.add(f"{kind}1", f"<w:{tag}>{_blocks(blocks) or p()}</w:{tag}>", relation=kind)
            ends += f'<w:{kind}Reference w:type="default" r:id="rId{number}"/>'
    return ends


def _add_notes(story: Parts, kind: str, notes: Mapping[int, Piece] | None) -> None:
    if notes is None:
        return
    rules = (("separator", -1, "separator"), ("continuationSeparator", 0, "continuationSeparator"))
    made = "".join(f'<w:{kind} w:type="{t}" w:id="{n}"><w:p><w:r><w:{e}/></w:r></w:p></w:{kind}>' for t, n, e in rules)
    for number, words in notes.items():
        mark = raw(f'<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:{kind}Ref/></w:r>')
        inner = words if _is_block(words) else p(mark, r(" "), words)
        made += f'<w:{kind} w:id="{number}">{inner}</w:{kind}>'
    story.add(f"{kind}s", f"<w:{kind}s>{made}</w:{kind}s>")


def _add_comments(story: Parts, comments: Mapping[int, Piece | Comment] | None) -> None:
    if comments is None:
        return
    full = {n: c if isinstance(c, Comment) else Comment(blocks=[c]) for n, c in comments.items()}
    made, threads = "", ""
    for number, each in full.items():
        *before, last = [_block(piece) for piece in each.blocks]
        identity = f' w14:paraId="{_comment_para_id(number)}" w14:textId="77777777"'
        last = last if "w14:paraId" in last else last.replace("<w:p", f"<w:p{identity}", 1)
        who = f'w:author="{_attribute(each.author)}" w:date="{each.date}" w:initials="{_attribute(each.initials)}"'
        made += f'<w:comment w:id="{number}" {who}>{"".join(before)}{last}</w:comment>'
        parent = "" if each.reply_to is None else f' w15:paraIdParent="{_comment_para_id(each.reply_to)}"'
        threads += f'<w15:commentEx w15:paraId="{_comment_para_id(number)}"{parent} w15:done="{int(each.resolved)}"/>'
    story.add("comments", f"<w:comments>{made}</w:comments>")
    if any(each.resolved or each.reply_to is not None for each in full.values()):
        story.add(
            "commentsExtended",
            f"<w15:commentsEx>{threads}</w15:commentsEx>",
            relation="http://schemas.microsoft.com/office/2011/relationships/commentsExtended",
            content_type=f"{WORD_TYPES}.commentsExtended+xml",
        )


# Inside -----------------------------------------------------------------------------------------------------


def _words(text: str) -> str:
    out = ""
    for piece in re.split(r"([\t\n])", text):
        if piece in ("\t", "\n"):
            out += "<w:tab/>" if piece == "\t" else "<w:br/>"
        elif piece:
            out += f'<w:t xml:space="preserve">{escape(piece)}</w:t>'
    return out


def _runs(content: Iterable[Piece]) -> str:
    return "".join(piece if isinstance(piece, Xml) else r(piece) for piece in content)


def _is_block(piece: Piece) -> bool:
    if not isinstance(piece, Xml):
        return False
    starts = re.match(r"<w:(p|tbl|sectPr|altChunk)[ >/]|<w:sdt>.*?<w:sdtContent><w:(p|tbl)[ >/]", piece)
    return starts is not None or "<w:r>" not in piece


def _block(piece: Piece) -> Xml:
    return Xml(piece) if _is_block(piece) else p(piece)


def _blocks(pieces: Iterable[Piece]) -> str:
    return "".join(_block(piece) for piece in pieces)


def _deleted(xml: str) -> str:
    xml = re.sub(r"<(/?)w:t(?=[ >])", r"<\1w:delText", xml)
    return re.sub(r"<(/?)w:instrText(?=[ >])", r"<\1w:delInstrText", xml)


def _move(kind: str, content: Iterable[Piece], name: str, author: str, date: str) -> Xml:
    end = f"{AUTO_ID}={kind} {_attribute(name)}"
    who = f'w:author="{_attribute(author)}" w:date="{date}" w:name="{_attribute(name)}"'
    start = f'<w:{kind}RangeStart w:id="{end}" {who}/>'
    runs = f"<w:{kind} {_by(author, date, None)}>{_runs(content)}</w:{kind}>"
    return Xml(f'{start}{runs}<w:{kind}RangeEnd w:id="{end}"/>')


def _by(author: str, date: str, id: int | None) -> str:
    return f'w:id="{AUTO_ID if id is None else id}" w:author="{_attribute(author)}" w:date="{date}"'


def _width_of(row: str) -> int:
    nested = re.sub(r"<w:tbl>.*</w:tbl>", "", row, flags=re.DOTALL)
    spans = re.findall(r'<w:gridSpan w:val="(\d+)"', nested)
    return nested.count("<w:tc>") + sum(int(span) - 1 for span in spans)


def _attribute(text: str) -> str:
    return escape(text, {'"': "&quot;"})


def _comment_para_id(number: int) -> str:
    return f"{0x0C000000 + number:08X}"
