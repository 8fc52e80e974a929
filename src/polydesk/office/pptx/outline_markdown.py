"""An outline out of Markdown: headings are slides, what stands below them says of which kind.

`# ` is the title slide at first and a section afterwards, `## ` a slide. Below it stand a list, paragraphs, a table, a
picture, a quotation, a chart (a fenced block `chart column` with CSV), or two `### ` columns. Notes stand in a fenced
block `notes`, or after a line `Notes:`. CommonMark and GitHub's tables are read by markdown-it-py.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import get_args

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from polydesk.core.errors import UsageError
from polydesk.office.drawing.charts import ChartKind, Grouping
from polydesk.office.pptx.chart_edits import SeriesData
from polydesk.office.pptx.outlines import (
    BulletsSlide,
    ChartSlide,
    ClosingSlide,
    ColumnsSlide,
    Outline,
    PictureSlide,
    QuoteSlide,
    SectionSlide,
    Slide,
    TableSlide,
    TitleSlide,
)

_CHART = re.compile(r"chart\s+(?P<kind>[a-z]+)(?:\s+(?P<grouping>stacked|percent))?", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?%?")
_SOURCE = re.compile(r"^\s*(?:[-\u2013\u2014]{1,3})\s*(?P<who>.+)$")
_GROUPINGS: dict[str, Grouping] = {"stacked": "stacked", "percent": "percent"}
_KINDS: tuple[ChartKind, ...] = get_args(ChartKind)


@dataclass(slots=True)
class _Found:
    """What stands below one heading."""

    level: int
    title: str
    line: int
    lines: list[str] = field(default_factory=list[str])
    columns: list[tuple[str, list[str]]] = field(default_factory=list[tuple[str, list[str]]])
    rows: list[tuple[str, ...]] | None = None
    picture: tuple[str, str] | None = None
    quote: list[str] | None = None
    chart: tuple[str, str] | None = None
    """The words behind the fence, and what stands in the block."""
    notes: list[str] = field(default_factory=list[str])
    in_notes: bool = False


def outline_from_markdown(text: str, *, path: str | None = None) -> Outline:
    """The outline that a Markdown text means.

    Raises UsageError, with the line, for a text without headings and for a chart that cannot be read.
    """
    where = path or "the outline"
    tree = SyntaxTreeNode(MarkdownIt("commonmark").enable("table").parse(text))
    found = list(_headings(tree))
    if not found:
        raise UsageError(f"{where} has no heading; begin with a line `# Title`, and each slide with `## Title`")
    slides: list[Slide] = []
    for number, item in enumerate(found):
        slides += _slides(item, is_first=number == 0, is_last=number == len(found) - 1, where=where)
    return Outline(slides=tuple(slides))


def _headings(tree: SyntaxTreeNode) -> Iterator[_Found]:
    current: _Found | None = None
    for node in tree.children:
        level = int(node.tag[1]) if node.type == "heading" else 0
        if level in (1, 2):
            if current is not None:
                yield current
            current = _Found(level, _words(node), _line(node))
        elif current is not None:
            _take(current, node, level)
    if current is not None:
        yield current


def _take(found: _Found, node: SyntaxTreeNode, level: int) -> None:
    """Add a block to what stands below its heading."""
    if level:
        found.columns.append((_words(node), []))
    elif node.type == "fence":
        _take_fence(found, node)
    elif node.type == "table":
        found.rows = list(_rows(node))
    elif node.type == "blockquote":
        found.quote = [line for child in node.children for line in _words(child).split("\n")]
    elif node.type in ("bullet_list", "ordered_list"):
        _lines(found).extend(_items(node, 0))
    elif node.type == "paragraph":
        _take_paragraph(found, node)


def _take_fence(found: _Found, node: SyntaxTreeNode) -> None:
    if node.info.strip().lower() == "notes":
        found.notes += node.content.strip().split("\n")
    elif _CHART.match(node.info.strip()):
        found.chart = (node.info.strip(), node.content)
    else:
        _lines(found).extend(node.content.rstrip("\n").split("\n"))


def _take_paragraph(found: _Found, node: SyntaxTreeNode) -> None:
    picture = next((child for child in node.walk() if child.type == "image"), None)
    if picture is not None:
        found.picture = (str(picture.attrs.get("src", "")), picture.content)
        return
    words = _words(node)
    start = re.match(r"notes?:\s*", words, re.IGNORECASE)
    if start is not None:
        found.in_notes = True
        words = words[start.end() :]
    for line in words.split("\n"):
        if line:
            _lines(found).append(line)


def _lines(found: _Found) -> list[str]:
    """Where the next paragraph belongs."""
    if found.in_notes:
        return found.notes
    return found.columns[-1][1] if found.columns else found.lines


def _items(node: SyntaxTreeNode, level: int) -> Iterator[str]:
    """The items of a list, a tab in front of them for each level."""
    for item in node.children:
        for child in item.children:
            if child.type in ("bullet_list", "ordered_list"):
                yield from _items(child, min(level + 1, 4))
            else:
                yield "\t" * level + _words(child).replace("\n", " ")


def _rows(node: SyntaxTreeNode) -> Iterator[tuple[str, ...]]:
    for row in (child for child in node.walk() if child.type == "tr"):
        yield tuple(_words(cell) for cell in row.children)


def _words(node: SyntaxTreeNode) -> str:
    """The words of a block without their markup."""
    pieces: list[str] = []
    for child in node.walk():
        if child.type in ("text", "code_inline"):
            pieces.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            pieces.append("\n" if node.type == "paragraph" else " ")
    return "".join(pieces).strip()


def _line(node: SyntaxTreeNode) -> int:
    return node.map[0] + 1 if node.map else 0


def _slides(found: _Found, *, is_first: bool, is_last: bool, where: str) -> Iterator[Slide]:
    """The slide of a heading; two where it has more than one kind of thing, such as a list and a table."""
    notes = "\n".join(found.notes) or None
    text = "\n".join(line.strip() for line in found.lines) or None
    bare = found.rows is None and found.picture is None and found.quote is None and found.chart is None
    if found.level == 1 and is_first:
        yield TitleSlide(title=found.title, subtitle=text, notes=notes)
    elif found.level == 1 and is_last and bare:
        yield ClosingSlide(title=found.title, text=text, notes=notes)
    elif found.level == 1:
        yield SectionSlide(title=found.title, text=text if bare else None, notes=notes)
    elif bare:
        yield _plain(found, notes)
    if not bare:
        if found.lines and found.picture is None and found.level == 2:
            yield BulletsSlide(title=found.title, bullets=tuple(found.lines))
        yield from _special(found, notes, where)


def _plain(found: _Found, notes: str | None) -> Slide:
    if len(found.columns) == 2 and not found.lines:
        (left, left_lines), (right, right_lines) = found.columns
        return ColumnsSlide(
            title=found.title,
            left=tuple(left_lines),
            right=tuple(right_lines),
            left_heading=left or None,
            right_heading=right or None,
            notes=notes,
        )
    lines = list(found.lines)
    for heading, below in found.columns:
        lines += [heading, *("\t" + line for line in below)]
    return BulletsSlide(title=found.title, bullets=tuple(lines), notes=notes)


def _special(found: _Found, notes: str | None, where: str) -> Iterator[Slide]:
    if found.rows is not None:
        yield TableSlide(title=found.title, rows=_squared(found.rows), notes=notes)
    if found.chart is not None:
        yield _chart(found, notes, where)
    if found.picture is not None:
        name, alt_text = found.picture
        yield PictureSlide(title=found.title, picture=name, alt_text=alt_text, bullets=tuple(found.lines), notes=notes)
    if found.quote is not None:
        *words, last = found.quote
        source = _SOURCE.match(last)
        quote = words if source and words else found.quote
        who = source["who"] if source and words else None
        yield QuoteSlide(title=found.title, quote=" ".join(quote), source=who, notes=notes)


def _squared(rows: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    width = max(map(len, rows), default=0)
    return tuple((*row, *[""] * (width - len(row))) for row in rows)


def _chart(found: _Found, notes: str | None, where: str) -> ChartSlide:
    assert found.chart is not None
    words, content = found.chart
    match = _CHART.match(words)
    assert match is not None
    kind: ChartKind | None = next((kind for kind in _KINDS if kind == match["kind"].lower()), None)
    if kind is None:
        raise UsageError(
            f"{where}, line {found.line}: there is no chart {match['kind']!r}; there is {', '.join(_KINDS)}"
        )
    rows = [row for row in csv.reader(io.StringIO(content), skipinitialspace=True) if row]
    if len(rows) < 2 or len(rows[0]) < 2 or any(len(row) != len(rows[0]) for row in rows):
        raise UsageError(
            f"{where}, line {found.line}: the chart below needs CSV with equally long lines: names of the series in "
            "the first, then a category and its values in each"
        )
    categories = [row[0] for row in rows[1:]]
    series = tuple(_series(rows, column, f"{where}, line {found.line}") for column in range(1, len(rows[0])))
    return ChartSlide(
        title=found.title,
        kind=kind,
        grouping=_GROUPINGS.get((match["grouping"] or "").lower(), "side_by_side"),
        categories=tuple(_value(word, where) or 0.0 for word in categories) if kind == "scatter" else tuple(categories),
        series=series,
        notes=notes,
    )


def _series(rows: Sequence[Sequence[str]], column: int, where: str) -> SeriesData:
    words = [row[column].strip() for row in rows[1:]]
    percent = any(word.endswith("%") for word in words)
    values = tuple(_value(word, where) for word in words)
    return SeriesData(name=rows[0][column].strip(), values=values, number_format="0%" if percent else None)


def _value(word: str, where: str) -> float | None:
    word = word.strip()
    if not word:
        return None
    if not _NUMBER.fullmatch(word):
        raise UsageError(f"{where}: {word!r} in the chart is no number; write it like 1234.5 or 12%")
    value = float(word.rstrip("%").replace(",", ""))
    return value / 100 if word.endswith("%") else value
