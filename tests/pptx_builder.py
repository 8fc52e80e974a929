"""Presentations built for tests: small, whole, and with what the corpus lacks."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence

P = "http://schemas.openxmlformats.org/presentationml/2006/main"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
P14 = "http://schemas.microsoft.com/office/powerpoint/2010/main"
P188 = "http://schemas.microsoft.com/office/powerpoint/2018/8/main"
NS = f'xmlns:a="{A}" xmlns:r="{R}" xmlns:p="{P}"'
_TYPES = "application/vnd.openxmlformats-officedocument."
_HEAD = (
    '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr>'
    '<p:grpSpPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/><a:chOff x="0" y="0"/><a:chExt cx="0" cy="0"/>'
    "</a:xfrm></p:grpSpPr>"
)
_STRICT = {
    P: "http://purl.oclc.org/ooxml/presentationml/main",
    A: "http://purl.oclc.org/ooxml/drawingml/main",
    R: "http://purl.oclc.org/ooxml/officeDocument/relationships",
    "http://schemas.openxmlformats.org/drawingml/2006/table": "http://purl.oclc.org/ooxml/drawingml/table",
}


def run(text: str, look: str = "", inner: str = "") -> str:
    """A run; `look` is attributes of its properties, `inner` what they hold."""
    properties = f"<a:rPr{' ' if look else ''}{look}>{inner}</a:rPr>" if look or inner else ""
    return f"<a:r>{properties}<a:t>{text}</a:t></a:r>"


def para(*content: str, ppr: str = "") -> str:
    """A paragraph of runs; plain texts become one run each."""
    inner = "".join(item if item.startswith("<") else run(item) for item in content)
    return f"<a:p>{f'<a:pPr {ppr}/>' if ppr else ''}{inner}</a:p>"


def sp(id: int, *paragraphs: str, ph: str = "", name: str = "", place: str = "", box: bool = False) -> str:
    """A shape with text; `ph` is the attributes of its placeholder, `place` four numbers."""
    holder = f"<p:nvPr><p:ph {ph}/></p:nvPr>" if ph else "<p:nvPr/>"
    texts = "".join(item if item.startswith(("<a:p>", "<a:p ")) else para(item) for item in paragraphs)
    of_box = ' txBox="1"' if box else ""
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{id}" name="{name or f"Shape {id}"}"/><p:cNvSpPr{of_box}/>{holder}</p:nvSpPr>'
        f"<p:spPr>{xfrm(place)}</p:spPr><p:txBody><a:bodyPr/><a:lstStyle/>{texts or '<a:p/>'}</p:txBody></p:sp>"
    )


def xfrm(place: str, tag: str = "a:xfrm") -> str:
    """A place and size from `x y width height`; nothing for an empty text."""
    if not place:
        return ""
    x, y, width, height = place.split()
    return f'<{tag}><a:off x="{x}" y="{y}"/><a:ext cx="{width}" cy="{height}"/></{tag}>'


def table(id: int, rows: Sequence[Sequence[str | tuple[str, str]]]) -> str:
    """A table; a cell is its text, or its text and the attributes of its `a:tc`."""

    def cell(item: str | tuple[str, str]) -> str:
        text, spans = item if isinstance(item, tuple) else (item, "")
        content = para(text) if text else "<a:p/>"
        return f"<a:tc {spans}><a:txBody><a:bodyPr/><a:lstStyle/>{content}</a:txBody><a:tcPr/></a:tc>"

    body = "".join(f'<a:tr h="370840">{"".join(map(cell, row))}</a:tr>' for row in rows)
    grid = "".join('<a:gridCol w="1000000"/>' for _ in rows[0])
    return (
        f'<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="{id}" name="Table {id}"/><p:cNvGraphicFramePr/><p:nvPr/>'
        f"</p:nvGraphicFramePr>{xfrm('100000 3000000 3000000 1000000', 'p:xfrm')}<a:graphic><a:graphicData "
        f'uri="http://schemas.openxmlformats.org/drawingml/2006/table"><a:tbl><a:tblPr firstRow="1"/><a:tblGrid>{grid}'
        f"</a:tblGrid>{body}</a:tbl></a:graphicData></a:graphic></p:graphicFrame>"
    )


def picture(id: int, reference: str, extra: str = "") -> str:
    """A picture of a relationship."""
    return (
        f'<p:pic><p:nvPicPr><p:cNvPr id="{id}" name="Picture {id}" descr="A picture"/><p:cNvPicPr/><p:nvPr/>'
        f"</p:nvPicPr>"
        f'<p:blipFill><a:blip r:embed="{reference}">{extra}</a:blip><a:srcRect l="1000"/><a:stretch/></p:blipFill>'
        f"<p:spPr>{xfrm('5000000 100000 900000 900000')}</p:spPr></p:pic>"
    )


def effect(id: int, shape: int, start: str = "clickEffect", paragraph: int | None = None) -> str:
    """One step of an animation, in its own groups."""
    target = f'<p:txEl><p:pRg st="{paragraph}" end="{paragraph}"/></p:txEl>' if paragraph is not None else ""
    return (
        f'<p:par><p:cTn id="{id}" presetID="1" presetClass="entr" fill="hold" nodeType="{start}"><p:childTnLst><p:set>'
        f'<p:cBhvr><p:cTn id="{id + 1}" dur="1"/><p:tgtEl><p:spTgt spid="{shape}">{target}</p:spTgt></p:tgtEl>'
        "<p:attrNameLst><p:attrName>style.visibility</p:attrName></p:attrNameLst></p:cBhvr><p:to>"
        '<p:strVal val="visible"/>'
        "</p:to></p:set></p:childTnLst></p:cTn></p:par>"
    )


def timing(*clicks: Sequence[str], builds: Sequence[int] = ()) -> str:
    """The timing of a slide: for each click the effects that it starts."""
    groups = "".join(
        f'<p:par><p:cTn id="{900 + 10 * number}" fill="hold"><p:childTnLst><p:par><p:cTn id="{901 + 10 * number}">'
        f"<p:childTnLst>{''.join(effects)}</p:childTnLst></p:cTn></p:par></p:childTnLst></p:cTn></p:par>"
        for number, effects in enumerate(clicks)
    )
    listed = "".join(f'<p:bldP spid="{id}" grpId="0"/>' for id in builds)
    return (
        '<p:timing><p:tnLst><p:par><p:cTn id="1" dur="indefinite" nodeType="tmRoot"><p:childTnLst><p:seq><p:cTn id="2" '
        f'nodeType="mainSeq"><p:childTnLst>{groups}</p:childTnLst></p:cTn></p:seq></p:childTnLst></p:cTn></p:par></p:tnLst>'
        f"{f'<p:bldLst>{listed}</p:bldLst>' if builds else ''}</p:timing>"
    )


def slide(*shapes: str, after: str = "", root: str = "") -> str:
    """A slide part; `after` stands behind its colour map: transition, timing, extensions."""
    return (
        f"<p:sld {NS} {root}><p:cSld><p:spTree>{_HEAD}{''.join(shapes)}</p:spTree></p:cSld>"
        f"<p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr>{after}</p:sld>"
    )


def _theme() -> str:
    names = ("dk1", "lt1", "dk2", "lt2", *(f"accent{n}" for n in range(1, 7)), "hlink", "folHlink")
    values = ("000000", "FFFFFF", "1F497D", "EEECE1", *("4F81BD",) * 6, "0000FF", "800080")
    colors = "".join(f'<a:{n}><a:srgbClr val="{v}"/></a:{n}>' for n, v in zip(names, values, strict=True))
    fonts = "".join(
        f'<a:{kind}Font><a:latin typeface="DejaVu Sans"/><a:ea typeface=""/><a:cs typeface=""/></a:{kind}Font>'
        for kind in ("major", "minor")
    )
    fill = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
    styles = (
        f"<a:fillStyleLst>{fill * 3}</a:fillStyleLst><a:lnStyleLst>{f'<a:ln>{fill}</a:ln>' * 3}</a:lnStyleLst>"
        f"<a:effectStyleLst>"
        f"{'<a:effectStyle><a:effectLst/></a:effectStyle>' * 3}</a:effectStyleLst>"
        f"<a:bgFillStyleLst>{fill * 3}</a:bgFillStyleLst>"
    )
    return (
        f'<a:theme {NS} name="T"><a:themeElements><a:clrScheme name="C">{colors}</a:clrScheme>'
        f'<a:fontScheme name="F">{fonts}'
        f'</a:fontScheme><a:fmtScheme name="M">{styles}</a:fmtScheme></a:themeElements></a:theme>'
    )


def _master() -> str:
    bullets = "".join(
        f'<a:lvl{n}pPr marL="{n * 300000}" indent="-200000"><a:buChar char="\u2022"/>'
        f'<a:defRPr sz="{2800 - n * 200}"/></a:lvl{n}pPr>'
        for n in range(1, 6)
    )
    shapes = sp(2, ph='type="title"', name="Title", place="500000 300000 8000000 1000000") + sp(
        3, ph='type="body" idx="1"', name="Text", place="500000 1500000 8000000 4500000"
    )
    colors = (
        'bg1="lt1" tx1="dk1" bg2="lt2" tx2="dk2" accent1="accent1" accent2="accent2" accent3="accent3"'
        ' accent4="accent4" '
        'accent5="accent5" accent6="accent6" hlink="hlink" folHlink="folHlink"'
    )
    return (
        f"<p:sldMaster {NS}><p:cSld><p:spTree>{_HEAD}{shapes}</p:spTree></p:cSld><p:clrMap {colors}/>"
        '<p:sldLayoutIdLst><p:sldLayoutId id="2147483649" r:id="rId1"/><p:sldLayoutId id="2147483650" r:id="rId2"/>'
        '</p:sldLayoutIdLst><p:txStyles><p:titleStyle><a:lvl1pPr><a:buNone/><a:defRPr sz="4000" b="1"/></a:lvl1pPr>'
        f"</p:titleStyle><p:bodyStyle>{bullets}</p:bodyStyle><p:otherStyle/></p:txStyles></p:sldMaster>"
    )


def _layout(name: str, *shapes: str) -> str:
    return (
        f'<p:sldLayout {NS}><p:cSld name="{name}"><p:spTree>{_HEAD}{"".join(shapes)}</p:spTree></p:cSld>'
        "<p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr></p:sldLayout>"
    )


def rels(*rows: tuple[str, str, str]) -> str:
    """A `.rels` part of rows of id, kind (or a whole type) and target; a target with `://` leads outside."""
    links = "".join(
        f'<Relationship Id="{id}" Type="{kind if "://" in kind else f"{R}/{kind}"}" Target="{target}"'
        f"{' TargetMode=' + chr(34) + 'External' + chr(34) if '://' in target else ''}/>"
        for id, kind, target in rows
    )
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{links}</Relationships>'
    )


def deck(
    slides: Sequence[str],
    *,
    slide_rels: Mapping[int, Sequence[tuple[str, str, str]]] | None = None,
    parts: Mapping[str, tuple[str, str | bytes]] | None = None,
    presentation: str = "",
    main_rels: Sequence[tuple[str, str, str]] = (),
    strict: bool = False,
) -> bytes:
    """A presentation of slide parts, with ids from 256 and two layouts.

    `slide_rels` are further relationships of slides by number from 1; `parts` further parts with type and content;
    `presentation` is what stands behind the slide size.
    """
    ids = "".join(f'<p:sldId id="{256 + n}" r:id="rId{10 + n}"/>' for n in range(len(slides)))
    members: dict[str, tuple[str, str | bytes]] = {
        "ppt/presentation.xml": (
            f"{_TYPES}presentationml.presentation.main+xml",
            f'<p:presentation {NS}><p:sldMasterIdLst><p:sldMasterId id="2147483648" r:id="rId1"/></p:sldMasterIdLst>'
            f'<p:sldIdLst>{ids}</p:sldIdLst><p:sldSz cx="9144000" cy="6858000"/><p:notesSz cx="6858000" cy="9144000"/>'
            f"{presentation}</p:presentation>",
        ),
        "ppt/slideMasters/slideMaster1.xml": (f"{_TYPES}presentationml.slideMaster+xml", _master()),
        "ppt/slideLayouts/slideLayout1.xml": (
            f"{_TYPES}presentationml.slideLayout+xml",
            _layout("Title and Text", sp(2, ph='type="title"'), sp(3, ph='idx="1"')),
        ),
        "ppt/slideLayouts/slideLayout2.xml": (
            f"{_TYPES}presentationml.slideLayout+xml",
            _layout(
                "Picture",
                sp(2, ph='type="title"'),
                sp(3, ph='type="pic" idx="13"', place="500000 1500000 4000000 2000000"),
                sp(4, ph='type="sldNum" idx="12"'),
            ),
        ),
        "ppt/theme/theme1.xml": (f"{_TYPES}theme+xml", _theme()),
        **{f"ppt/slides/slide{n}.xml": (f"{_TYPES}presentationml.slide+xml", text) for n, text in enumerate(slides, 1)},
        **(parts or {}),
    }
    links: dict[str, str] = {
        "_rels/.rels": rels(("rId1", "officeDocument", "ppt/presentation.xml")),
        "ppt/_rels/presentation.xml.rels": rels(
            ("rId1", "slideMaster", "slideMasters/slideMaster1.xml"),
            *((f"rId{10 + n}", "slide", f"slides/slide{n + 1}.xml") for n in range(len(slides))),
            *main_rels,
        ),
        "ppt/slideMasters/_rels/slideMaster1.xml.rels": rels(
            ("rId1", "slideLayout", "../slideLayouts/slideLayout1.xml"),
            ("rId2", "slideLayout", "../slideLayouts/slideLayout2.xml"),
            ("rId3", "theme", "../theme/theme1.xml"),
        ),
        **{
            f"ppt/slideLayouts/_rels/slideLayout{n}.xml.rels": rels(
                ("rId1", "slideMaster", "../slideMasters/slideMaster1.xml")
            )
            for n in (1, 2)
        },
        **{
            f"ppt/slides/_rels/slide{n}.xml.rels": rels(
                ("rId1", "slideLayout", "../slideLayouts/slideLayout1.xml"), *(slide_rels or {}).get(n, ())
            )
            for n in range(1, len(slides) + 1)
        },
    }
    return _zipped(members, links, strict=strict)


def _zipped(members: Mapping[str, tuple[str, str | bytes]], links: Mapping[str, str], *, strict: bool) -> bytes:
    overrides = "".join(
        f'<Override PartName="/{name}" ContentType="{type}"/>' for name, (type, _) in members.items() if type
    )
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="png" '
        f'ContentType="image/png"/>{overrides}</Types>'
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", types)
        for name, text in links.items():
            archive.writestr(name, _strict(text) if strict else text)
        for name, (_, content) in members.items():
            archive.writestr(name, _strict(content) if strict and isinstance(content, str) else content)
    return stream.getvalue()


def _strict(text: str) -> str:
    for transitional, name in _STRICT.items():
        text = text.replace(f'"{transitional}"', f'"{name}"').replace(f'"{transitional}/', f'"{name}/')
    return text


def rewritten(data: bytes, change: Mapping[str, str] | None = None, *, encoding: str | None = None) -> bytes:
    """The presentation with patterns of its slides replaced, or its slides in another encoding."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if re.fullmatch(r"ppt/slides/slide\d+\.xml", name):
                text = content.decode()
                for pattern, new in (change or {}).items():
                    text = re.sub(pattern, new, text)
                content = text.encode(encoding or "utf-8")
            target.writestr(name, content)
    return stream.getvalue()


# A deck with everything -----------------------------------------------------------------------------------------

_MATH = "http://schemas.openxmlformats.org/officeDocument/2006/math"
_MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"


def rich(*, strict: bool = False) -> bytes:
    """Animations, sections, a custom show, links, merged cells, alternatives, groups, threaded comments."""
    equation = (
        f'<mc:AlternateContent xmlns:mc="{_MC}">'
        f'<mc:Choice xmlns:a14="http://schemas.microsoft.com/office/drawing/2010/main" '
        'Requires="a14">{choice}</mc:Choice><mc:Fallback>{fallback}</mc:Fallback></mc:AlternateContent>'
    )
    formula = f'<a14:m><m:oMath xmlns:m="{_MATH}"><m:r><m:t>E=mc</m:t></m:r></m:oMath></a14:m>'
    link = '<a:hlinkClick r:id="rId8"/>'
    jump = '<a:hlinkClick r:id="rId9" action="ppaction://hlinksldjump"/>'
    one = slide(
        sp(2, "A title", ph='type="title"'),
        sp(
            3,
            para("First ", run("bold", 'b="1"'), " words, ", run("a link", "", link), " and more"),
            para("Second", "<a:br/>", "line", ppr='lvl="1"'),
            para("Third ", '<a:fld id="{1}" type="slidenum"><a:rPr/><a:t>1</a:t></a:fld>', " field"),
            ph='idx="1"',
        ),
        sp(4, "A box", box=True, place="100000 5000000 2000000 500000"),
        table(5, [["h1", "h2", "h3"], ["a", ("wide", 'gridSpan="2"'), ("", 'hMerge="1"')], ["x", "y", "z"]]),
        sp(4, "A second shape with that id", place="0 0 100 100"),
        '<p:cxnSp><p:nvCxnSpPr><p:cNvPr id="7" name="C"/><p:cNvCxnSpPr><a:stCxn id="8" idx="0"/></p:cNvCxnSpPr>'
        "<p:nvPr/>"
        '</p:nvCxnSpPr><p:spPr><a:prstGeom prst="line"><a:avLst/></a:prstGeom></p:spPr></p:cxnSp>',
        '<p:grpSp><p:nvGrpSpPr><p:cNvPr id="9" name="G"/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>'
        f"{sp(8, 'In a group', place='0 0 500 500')}</p:grpSp>",
        after="<p:transition><p:fade/></p:transition>"
        + timing(
            [effect(3, 3, paragraph=0), effect(5, 8, "withEffect")],
            [effect(7, 3, paragraph=1)],
            [effect(9, 3, paragraph=2)],
            builds=(3, 8),
        ),
    )
    two = slide(
        sp(2, para(run("Two", "", jump)), ph='type="title"'),
        equation.format(
            choice=sp(3, para("Formula ", formula, " here"), ph='idx="1"'),
            fallback=sp(3, para("Formula ", " here"), ph='idx="1"'),
        ),
        picture(4, "rId5"),
        table(6, [[("tall", 'rowSpan="2"'), "b"], [("", 'vMerge="1"'), "d"], ["e", "f"]]),
        root='show="0"',
    )
    three = slide(sp(2, "Three", ph='type="title"'), sp(3, ph='idx="1"'), picture(5, "rId5"))
    sections = (
        f'<p:extLst><p:ext uri="{{521415D9-36F7-43E2-AB2F-B90AF26B5E84}}"><p14:sectionLst xmlns:p14="{P14}">'
        f"<p14:section "
        'name="Start" id="{00000000-0000-4000-8000-000000000001}"><p14:sldIdLst><p14:sldId id="256"/></p14:sldIdLst>'
        '</p14:section><p14:section name="Rest" id="{00000000-0000-4000-8000-000000000002}"><p14:sldIdLst><p14:sldId '
        'id="257"/><p14:sldId id="258"/></p14:sldIdLst></p14:section></p14:sectionLst></p:ext></p:extLst>'
    )
    shows = (
        '<p:custShowLst><p:custShow name="Short" id="0"><p:sldLst><p:sld r:id="rId10"/><p:sld r:id="rId11"/></p:sldLst>'
        "</p:custShow></p:custShowLst>"
    )
    comment = (
        f'<p188:cmLst {NS} xmlns:p188="{P188}"><p188:cm id="{{11111111-0000-4000-A000-000000000000}}" '
        'authorId="{22222222-0000-4000-A000-000000000000}" created="2026-01-01T00:00:00.000"><p188:txBody><a:bodyPr/>'
        "<a:p><a:r><a:t>Sure?</a:t></a:r></a:p></p188:txBody></p188:cm></p188:cmLst>"
    )
    authors = (
        f'<p188:authorLst {NS} xmlns:p188="{P188}">'
        f'<p188:author id="{{22222222-0000-4000-A000-000000000000}}" name="Ann" '
        'initials="A" userId="a" providerId="None"/></p188:authorLst>'
    )
    modern = "http://schemas.microsoft.com/office/2018/10/relationships"
    return deck(
        [one, two, three],
        slide_rels={
            1: [("rId8", "hyperlink", "https://example.org/"), ("rId7", f"{modern}/comments", "../comments/c1.xml")],
            2: [("rId5", "image", "../media/image1.png"), ("rId9", "slide", "slide3.xml")],
            3: [("rId5", "image", "../media/image1.png")],
        },
        parts={
            "ppt/media/image1.png": ("", b"\x89PNG\r\n\x1a\n not much of a picture"),
            "ppt/comments/c1.xml": ("application/vnd.ms-powerpoint.comments+xml", comment),
            "ppt/authors.xml": ("application/vnd.ms-powerpoint.authors+xml", authors),
        },
        presentation=shows + sections,
        main_rels=[("rId50", f"{modern}/authors", "authors.xml")],
        strict=strict,
    )
