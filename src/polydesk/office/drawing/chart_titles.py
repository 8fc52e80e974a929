"""Titles of a chart that is there, changed in place: the words are new, their look stays."""

from __future__ import annotations

from lxml import etree

from polydesk.office.drawing.chart_change import open_for_change
from polydesk.office.drawing.chart_read import axis_of, plots_of, title_text
from polydesk.office.drawing.chart_text import title_xml
from polydesk.office.drawing.markup import xml_text
from polydesk.office.ooxml.names import A, C, R, local_name
from polydesk.office.ooxml.part import Element, XmlPart

_BEFORE_AXIS_TITLE = ("axId", "scaling", "delete", "axPos", "majorGridlines", "minorGridlines")


def with_title(data: bytes, title: str | None, *, part: str = "the chart", path: str | None = None) -> bytes:
    """The chart part with another title; None takes it away. Lines are paragraphs.

    Words that a cell gave are replaced by typed ones. Raises UnsupportedEditError for the format of Office 2016.
    """
    chart = open_for_change(data, part=part, path=path)
    holder = chart.root.find(f"{C}chart")
    if holder is not None and not (title is None and holder.find(f"{C}title") is None and _is_deleted(holder)):
        _set(chart, holder, title, at=0)
        _set_deleted(chart, holder, deleted=title is None)
    return chart.data()


def with_axis_title(
    data: bytes, title: str | None, *, value: bool, part: str = "the chart", path: str | None = None
) -> bytes:
    """The chart part with another title at its value axis, or else its category axis; None takes it away.

    A chart without that axis, such as a pie, comes back as it was.
    """
    chart = open_for_change(data, part=part, path=path)
    plot = next(plots_of(chart.root), None)
    axis = None if plot is None else axis_of(chart.root, plot, int(value))
    if axis is not None:
        _set(chart, axis, title, at=sum(local_name(child.tag) in _BEFORE_AXIS_TITLE for child in axis))
    return chart.data()


def _set(chart: XmlPart, holder: Element, title: str | None, *, at: int) -> None:
    present = holder.find(f"{C}title")
    if title is None:
        if present is not None:
            chart.remove(present)
    elif present is None:
        turned = holder.tag == f"{C}valAx" and _place(holder) in ("l", "r")
        chart.touch(holder)
        holder.insert(at, _parsed(title_xml(title, turned=turned), holder))
    elif title_text(present) != title or present.find(f"{C}tx/{C}strRef") is not None:
        chart.touch(present)
        _set_words(present, title)


def _place(axis: Element) -> str:
    place = axis.find(f"{C}axPos")
    return "" if place is None else place.get("val", "")


def _parsed(markup: str, parent: Element) -> Element:
    """Our own markup as an element that fits into `parent`'s namespaces."""
    names = f'xmlns:c="{C[1:-1]}" xmlns:a="{A[1:-1]}" xmlns:r="{R[1:-1]}"'
    return etree.fromstring(f"<root {names}>{markup}</root>")[0]


def _set_words(title: Element, words: str) -> None:
    """Put `words` into a title, each line in a paragraph that looks as the first."""
    rich = title.find(f"{C}tx/{C}rich")
    if rich is None:
        _set_typed(title, words)
        return
    paragraphs = rich.findall(f"{A}p")
    pattern = _pattern(paragraphs[0]) if paragraphs else _parsed("<a:p><a:r><a:t/></a:r></a:p>", rich)
    for paragraph in paragraphs:
        rich.remove(paragraph)
    for line in words.split("\n"):
        paragraph = etree.fromstring(etree.tostring(pattern))
        text = paragraph.find(f"{A}r/{A}t")
        assert text is not None
        text.text = xml_text(line)
        rich.append(paragraph)


def _pattern(paragraph: Element) -> Element:
    """The paragraph with its properties and one run, the first, without words."""
    pattern = etree.fromstring(etree.tostring(paragraph))
    pattern.tail = None
    runs = list(pattern.iterchildren(f"{A}r", f"{A}fld", f"{A}br"))
    keep = next((run for run in runs if run.tag == f"{A}r"), None)
    for run in runs:
        if run is not keep:
            pattern.remove(run)
    if keep is None:
        keep = etree.SubElement(pattern, f"{A}r")
        pattern.insert(sum(child.tag == f"{A}pPr" for child in pattern), keep)
    if keep.find(f"{A}t") is None:
        etree.SubElement(keep, f"{A}t")
    return pattern


def _set_typed(title: Element, words: str) -> None:
    """Typed words instead of a cell's, or where the application made the title of a series' name."""
    tx = title.find(f"{C}tx")
    if tx is not None:
        title.remove(tx)
    new = _parsed(title_xml(words), title)[0]
    look = title.find(f"{C}txPr")
    if look is not None:  # which says how words that are not typed here look
        for paragraph in new.iter(f"{A}p"):
            paragraph[:] = [*_copies(look.findall(f"{A}p/{A}pPr")[:1]), *paragraph.findall(f"{A}r")]
        title.remove(look)
    title.insert(0, new)


def _copies(elements: list[Element]) -> list[Element]:
    return [etree.fromstring(etree.tostring(element)) for element in elements]


def _is_deleted(holder: Element) -> bool:
    flag = holder.find(f"{C}autoTitleDeleted")
    return flag is not None and flag.get("val", "1") in ("1", "true")


def _set_deleted(chart: XmlPart, holder: Element, *, deleted: bool) -> None:
    """Say whether the application may make a title of its own; `c:autoTitleDeleted` follows `c:title`."""
    flag = holder.find(f"{C}autoTitleDeleted")
    if _is_deleted(holder) == deleted:
        return
    if flag is None:
        chart.touch(holder)
        flag = etree.SubElement(holder, f"{C}autoTitleDeleted")
        holder.insert(sum(child.tag == f"{C}title" for child in holder), flag)
    else:
        chart.touch(flag)
    flag.set("val", "1" if deleted else "0")
