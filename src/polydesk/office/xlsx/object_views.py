"""What lies on and around the cells of a sheet, as views: tables, charts, pivots, comments, rules, what is hidden."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, cast

from polydesk.office.ooxml.names import R, local_name
from polydesk.office.ooxml.part import Element
from polydesk.office.opc.xml import parse_xml
from polydesk.office.xlsx.addresses import MAX_ROW, Area, area_name, cell_name
from polydesk.office.xlsx.escapes import unescaped
from polydesk.office.xlsx.guards import linked_parts
from polydesk.office.xlsx.numerals import whole
from polydesk.office.xlsx.views import ChartView, CommentView, PivotView, RuleView, TableView

if TYPE_CHECKING:
    from polydesk.office.xlsx.state import SheetState, WorkbookState

MAX_LISTED = 50
_SPARKLINE = "{*}sparkline"


def tables(state: WorkbookState, sheet: SheetState) -> Iterator[TableView]:
    """The tables of a sheet (ECMA-376-1 §18.5)."""
    for _, root in _roots(state, sheet, "table"):
        style = root.find("{*}tableStyleInfo")
        yield TableView(
            name=root.get("displayName") or root.get("name") or "",
            at=root.get("ref", ""),
            columns=tuple(unescaped(column.get("name", "")) for column in root.iterfind("{*}tableColumns/*")),
            totals=root.get("totalsRowCount", "0") not in ("", "0"),
            style=None if style is None else style.get("name"),
        )


def pivots(state: WorkbookState, sheet: SheetState) -> Iterator[PivotView]:
    """The pivot tables of a sheet, with the source of their caches (§18.10)."""
    for part, root in _roots(state, sheet, "pivotTable"):
        location = root.find("{*}location")
        source = None
        for link in state.package.relationships(part):
            cache = state.package.resolve(part, link) if link.kind == "pivotCacheDefinition" else None
            if cache is not None:
                source = _source(parse_xml(state.package.read(cache), part=cache, path=state.path))
        at = "" if location is None else location.get("ref", "")
        yield PivotView(name=root.get("name", ""), at=at, source=source)


def _source(cache: Element) -> str | None:
    found = cache.find("{*}cacheSource/{*}worksheetSource")
    if found is None:
        return None
    name, sheet, ref = found.get("name"), found.get("sheet"), found.get("ref")
    return name or (f"{sheet}!{ref}" if sheet else ref)


def charts(state: WorkbookState, sheet: SheetState) -> Iterator[ChartView]:
    """The charts of a sheet, newer kinds (chartex) included."""
    for drawing, root in _roots(state, sheet, "drawing"):
        links = {link.id: link for link in state.package.relationships(drawing)}
        for frame in root.iterfind(".//{*}graphicFrame"):
            reference = next(iter(frame.iterfind(".//{*}graphicData/{*}chart")), None)
            link = None if reference is None else links.get(reference.get(f"{R}id", "") or _strict_id(reference))
            part = None if link is None else state.package.resolve(drawing, link)
            if part is not None:
                yield _chart(parse_xml(state.package.read(part), part=part, path=state.path), covered(frame))


def _strict_id(element: Element) -> str:
    return next((str(value) for name, value in element.attrib.items() if str(name).endswith("}id")), "")


def _chart(root: Element, at: Area | None) -> ChartView:
    plots = [
        local_name(item.tag) for item in root.iterfind(".//{*}plotArea/*") if local_name(item.tag).endswith("Chart")
    ]
    series = next(iter(root.iterfind(".//{*}series")), None)
    kind = plots[0].removesuffix("Chart") if plots else "" if series is None else series.get("layoutId", "")
    direction = next(iter(root.iterfind(".//{*}plotArea/*/{*}barDir")), None)
    if kind == "bar" and direction is not None and direction.get("val", "col") == "col":
        kind = "column"
    title = root.find(".//{*}chart/{*}title")
    words = [] if title is None else [item.text or "" for item in title.iter("{*}t")]
    ranges = dict.fromkeys((item.text or "").strip() for item in root.iter("{*}f"))
    place = None if at is None else area_name(at)
    return ChartView(kind=kind, at=place, title="".join(words) or None, ranges=tuple(ranges)[:12])


def covered(frame: Element) -> Area | None:
    """The cells from the corner of a drawing's anchor to the other; None when it is tied to none."""
    anchor = next((item for item in frame.iterancestors() if local_name(item.tag).endswith("Anchor")), None)
    start, end = ([] if anchor is None else [anchor.find("{*}from"), anchor.find("{*}to")]) or (None, None)
    if start is None:
        return None
    top, left = _line(start, "row"), _line(start, "col")
    if end is None:
        return Area.cell(top, left)
    return Area(top, left, max(top, _last(end, "row")), max(left, _last(end, "col")))


def _line(corner: Element, name: str) -> int:
    return min(whole(corner.findtext("{*}" + name)), 1_048_575) + 1


def _last(corner: Element, name: str) -> int:
    """The last row or column that a corner reaches into; none of its own when it has no offset there."""
    return _line(corner, name) - (whole(corner.findtext("{*}" + name + "Off")) <= 0)


def pictures_and_shapes(state: WorkbookState, sheet: SheetState) -> tuple[int, int]:
    """How many pictures and how many shapes lie on a sheet."""
    pictures = shapes = 0
    for _, root in _roots(state, sheet, "drawing"):
        pictures += sum(1 for _ in root.iter("{*}pic"))
        shapes += sum(1 for _ in root.iter("{*}sp", "{*}cxnSp"))
    return pictures, shapes


def slicers(state: WorkbookState, sheet: SheetState) -> Iterator[str]:
    """The names of slicers and timelines on a sheet ([MS-XLSX] 2.6.101)."""
    for kind in ("slicer", "timeline"):
        for _, root in _roots(state, sheet, kind):
            for item in root.iterchildren("{*}" + kind):
                yield item.get("caption") or item.get("name", "")


def comments(state: WorkbookState, sheet: SheetState) -> Iterator[CommentView]:
    """Threaded comments, then the notes that are none of their stand-ins."""
    threaded = list(_threads(state, sheet))
    yield from threaded
    places = {comment.at for comment in threaded}
    for _, root in _roots(state, sheet, "comments"):
        authors = [item.text or "" for item in root.iterfind("{*}authors/{*}author")]
        for item in root.iterfind("{*}commentList/{*}comment"):
            at, author = item.get("ref", ""), item.get("authorId", "")
            if at in places:
                continue
            name = authors[whole(author)] if whole(author) < len(authors) else ""
            text = "".join(unescaped(piece.text or "") for piece in item.iter("{*}t"))
            yield CommentView(at=at, kind="note", author=name, text=text)


def _threads(state: WorkbookState, sheet: SheetState) -> Iterator[CommentView]:
    people = _people(state)
    for _, root in _roots(state, sheet, "threadedComment"):
        items = list(root.iterchildren("{*}threadedComment"))
        replies: dict[str, list[str]] = {}
        for item in items:
            if item.get("parentId"):
                words = f"{people.get(item.get('personId', ''), '')}: {item.findtext('{*}text') or ''}"
                replies.setdefault(item.get("parentId", ""), []).append(words)
        for item in items:
            if not item.get("parentId"):
                yield CommentView(
                    at=item.get("ref", ""),
                    kind="comment",
                    author=people.get(item.get("personId", ""), ""),
                    text=item.findtext("{*}text") or "",
                    done=item.get("done") in ("1", "true"),
                    replies=tuple(replies.get(item.get("id", ""), ())),
                )


def _people(state: WorkbookState) -> dict[str, str]:
    found: dict[str, str] = {}
    for link in state.package.relationships(state.main):
        part = state.package.resolve(state.main, link) if link.kind == "person" else None
        if part is not None:
            for item in parse_xml(state.package.read(part), part=part, path=state.path).iterchildren("{*}person"):
                found[item.get("id", "")] = item.get("displayName", "")
    return found


def validations(sheet: SheetState) -> Iterator[RuleView]:
    """Data validations, those of the extension list included (§18.3.1.32, [MS-XLSX] 2.6.6)."""
    for item in sheet.frame.root.iter("{*}dataValidation"):
        sqref = item.get("sqref") or (item.findtext("{*}sqref") or "")
        formulas = [
            "".join(str(text) for text in cast("Any", child).itertext()).strip()
            for child in item.iterchildren("{*}formula1", "{*}formula2")
        ]
        yield RuleView(at=sqref, kind=item.get("type", "none"), formulas=tuple(formulas))


def conditional_formats(sheet: SheetState) -> Iterator[RuleView]:
    """Conditional formats, those of the extension list included (§18.3.1.18, [MS-XLSX] 2.6.4)."""
    for item in sheet.frame.root.iter("{*}conditionalFormatting"):
        sqref = item.get("sqref") or (item.findtext("{*}sqref") or "")
        for rule in item.iterchildren("{*}cfRule"):
            formulas = [child.text or "" for child in rule.iterchildren("{*}formula", "{*}f")]
            yield RuleView(at=sqref, kind=rule.get("type", ""), formulas=tuple(formulas))


def links(state: WorkbookState, sheet: SheetState) -> Iterator[str]:
    """Where the hyperlinks of cells lead (§18.3.1.47)."""
    targets = {link.id: link.target for link in state.package.relationships(sheet.part)}
    for item in sheet.frame.root.iterfind("{*}hyperlinks/{*}hyperlink"):
        target = targets.get(item.get(f"{R}id", ""), "")
        location = item.get("location")
        yield f"{item.get('ref', '')}: {target}{'#' + location if location else ''}"


def sparklines(sheet: SheetState) -> int:
    """How many sparklines a sheet has ([MS-XLSX] 2.4.29)."""
    return sum(1 for _ in sheet.frame.root.iter(_SPARKLINE))


def hidden_columns(sheet: SheetState) -> Iterator[str]:
    """Runs of hidden columns, as `C:D`."""
    for item in sheet.frame.root.iterfind("{*}cols/{*}col"):
        if item.get("hidden", "0") in ("1", "true"):
            yield area_name(Area(1, whole(item.get("min"), 1), MAX_ROW, whole(item.get("max"), 1)))


def frozen(sheet: SheetState) -> str | None:
    """The first cell that scrolls; None when nothing is frozen."""
    pane = next(iter(sheet.frame.root.iterfind("{*}sheetViews/{*}sheetView/{*}pane")), None)
    if pane is None or pane.get("state") not in ("frozen", "frozenSplit"):
        return None
    counts = [pane.get(name, "0").split(".")[0] for name in ("ySplit", "xSplit")]
    row, column = (whole(count) + 1 for count in counts)
    return cell_name(row, column)


def joined_rows(rows: Iterable[int]) -> list[str]:
    """Row numbers as runs, such as `5:7`."""
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and row == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return [f"{low}:{high}" for low, high in runs]


def _roots(state: WorkbookState, sheet: SheetState, kind: str) -> Iterator[tuple[str, Element]]:
    for part in linked_parts(state, sheet, kind):
        yield part, parse_xml(state.package.read(part), part=part, path=state.path)
