"""The cells that a chart names, with what they held when it was written (ISO/IEC 29500-1, 21.2.2: `c:numRef` etc.)."""

from __future__ import annotations

import math
from collections.abc import Iterable

from polydesk.office.drawing.charts import Point, Points
from polydesk.office.drawing.markup import chars, element, number, val


def name_xml(name: str | None, formula: str | None) -> str:
    """The `c:tx` of a series; empty for one without a name."""
    if formula is not None:
        return element("c:tx", _reference("str", formula, [name], ""))
    return "" if name is None else element("c:tx", chars("c:v", name))


def category_xml(tag: str, categories: Points | None) -> str:
    """`c:cat` or `c:xVal`; texts or numbers, by what the points are."""
    if categories is None:
        return ""
    return element(tag, _strings(categories)) if is_text(categories) else numbers_xml(tag, categories)


def numbers_xml(tag: str, values: Points) -> str:
    """`c:val`, `c:xVal` or `c:yVal`; a text among the values is an empty cell to a chart."""
    format_code = chars("c:formatCode", values.number_format)
    if values.formula is None:
        return element(tag, element("c:numLit", format_code, *cached(values.points, numbers=True)))
    return element(tag, _reference("num", values.formula, values.points, format_code))


def is_text(points: Points) -> bool:
    """Whether the cells are names rather than numbers."""
    return any(isinstance(point, str) for point in points.points)


def cached(points: Iterable[Point], *, numbers: bool) -> list[str]:
    """`c:ptCount` and the points that are not empty."""
    texts = list(map(number_text if numbers else point_text, points))
    full = ((index, text) for index, text in enumerate(texts) if text is not None)
    return [val("ptCount", len(texts)), *(element("c:pt", chars("c:v", text), idx=index) for index, text in full)]


def point_text(point: Point) -> str | None:
    """The point as a category's cache has it."""
    return point if isinstance(point, str) else number_text(point)


def number_text(point: Point) -> str | None:
    """The point as a number's cache has it; None for what is no number."""
    return None if not isinstance(point, float | int) or not math.isfinite(point) else number(point)


def _strings(categories: Points) -> str:
    if categories.formula is None:
        return element("c:strLit", *cached(categories.points, numbers=False))
    return _reference("str", categories.formula, categories.points, "")


def _reference(kind: str, formula: str, points: Iterable[Point], format_code: str) -> str:
    cache = element(f"c:{kind}Cache", format_code, *cached(points, numbers=kind == "num"))
    return element(f"c:{kind}Ref", chars("c:f", formula), cache)
