"""The columns of a sheet: widths, formats and what is hidden, as `cols` has them in runs (ECMA-376-1 §18.3.1.13)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping

from polydesk.office.ooxml.part import Element
from polydesk.office.xlsx.addresses import MAX_COLUMN
from polydesk.office.xlsx.elements import attributes, drop_attribute, sibling
from polydesk.office.xlsx.frame import Frame
from polydesk.office.xlsx.numerals import whole

_WIDEST_RUN = 256
"""Longer runs are formats of the whole sheet, which no cell of its own is made for."""


class ColumnStyles:
    """The formats that columns give to their cells."""

    def __init__(self, frame: Frame) -> None:
        self.runs = sorted((*_span(col), whole(col.get("style"), 0)) for col in _cols(frame))
        """First column, last column, format."""
        self._starts = [run[0] for run in self.runs]

    def __call__(self, column: int) -> int:
        at = bisect_right(self._starts, column) - 1
        return self.runs[at][2] if at >= 0 and column <= self.runs[at][1] else 0

    def formatted(self, first: int, last: int) -> list[int]:
        """The columns of a span that have a format."""
        runs = [(low, high) for low, high, style in self.runs if style and high - low < _WIDEST_RUN]
        return [column for low, high in runs for column in range(max(low, first), min(high, last) + 1)]


def set_columns(frame: Frame, first: int, last: int, change: Callable[[Element], Mapping[str, str | None]]) -> None:
    """Change the columns from `first` to `last`: runs that reach beyond are split, columns without one get one.

    `change` returns the attributes to set, None taking one off, for a `col` element as it is.
    """
    container = frame.child("cols")
    if container is None:
        container = frame.new("cols")
        frame.put(container)
    frame.part.touch(container)
    at = first
    for col in sorted(container.iterchildren("{*}col"), key=_span):
        low, high = _span(col)
        if high < at or low > last:
            continue
        if low > at:
            _put(container, frame, at, low - 1, change)
            at = low
        if low < at:
            _split(col, at)
            col = _after(col)
        if high > last:
            _split(col, last + 1)
        _apply(col, change)
        at = min(high, last) + 1
    if at <= last:
        _put(container, frame, at, last, change)


def _cols(frame: Frame) -> list[Element]:
    return [col for container in frame.children("cols") for col in container.iterchildren("{*}col")]


def _span(col: Element) -> tuple[int, int]:
    low = whole(col.get("min"), 1)
    return low, max(low, min(whole(col.get("max"), low), MAX_COLUMN))


def _split(col: Element, at: int) -> None:
    """Make two of a run, the second beginning at `at`."""
    second = sibling(col, "col")
    for name, value in attributes(col).items():
        second.set(name, value)
    _, high = _span(col)
    col.set("max", str(at - 1))
    second.set("min", str(at))
    second.set("max", str(high))
    col.addnext(second)


def _after(col: Element) -> Element:
    following = col.getnext()
    assert following is not None
    return following


def _put(
    container: Element, frame: Frame, low: int, high: int, change: Callable[[Element], Mapping[str, str | None]]
) -> None:
    new = frame.new("col")
    new.set("min", str(low))
    new.set("max", str(high))
    _apply(new, change)
    following = next((col for col in container.iterchildren("{*}col") if _span(col)[0] > high), None)
    if following is None:
        container.append(new)
    else:
        following.addprevious(new)


def _apply(col: Element, change: Callable[[Element], Mapping[str, str | None]]) -> None:
    for name, value in change(col).items():
        if value is None:
            drop_attribute(col, name)
        else:
            col.set(name, value)
    if "width" not in col.attrib:
        col.set("width", "9.140625")  # Excel calls a run without one damaged; this is its own default.
