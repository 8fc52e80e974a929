"""The cached cells of a chart as points. A cache is what another program left: its counts are not believed."""

from __future__ import annotations

import math

from polydesk.office.drawing.charts import Point, Points
from polydesk.office.ooxml.names import A, C
from polydesk.office.ooxml.part import Element

MAX_POINTS = 1_048_576
"""The rows of a sheet: no reference along one column or row has more cells."""


def points_of(source: Element | None) -> Points | None:
    """The cells of a `c:cat`, `c:val`, `c:xVal`, `c:yVal` or `c:bubbleSize`; None without one, or for an empty one."""
    choice = None if source is None else next(source.iterchildren(f"{{{C[1:-1]}}}*"), None)
    if choice is None:
        return None
    formula = choice.findtext(f"{C}f")
    cache = next(choice.iterchildren(f"{C}numCache", f"{C}strCache", f"{C}multiLvlStrCache"), choice)
    levels = cache.findall(f"{C}lvl")
    is_number = cache.tag in (f"{C}numCache", f"{C}numLit")
    points = _joined(levels, _count(cache)) if levels else _points(cache, numbers=is_number)
    code = cache.findtext(f"{C}formatCode") or "General"
    return Points(formula=formula, points=points, number_format=code if is_number else "General")


def text_of(tx: Element) -> str | None:
    """The words of a `c:tx`: typed ones, or those cached of a cell."""
    rich = tx.find(f"{C}rich")
    if rich is not None:
        return "\n".join("".join(_runs(paragraph)) for paragraph in rich.iterchildren(f"{A}p"))
    cached = tx.find(f"{C}strRef/{C}strCache")
    if cached is not None:
        return " ".join(str(point) for point in _points(cached, numbers=False) if point is not None)
    return tx.findtext(f"{C}v")


def _runs(paragraph: Element) -> list[str]:
    return [
        "\n" if child.tag == f"{A}br" else child.findtext(f"{A}t") or ""
        for child in paragraph.iterchildren(f"{A}r", f"{A}br", f"{A}fld")
    ]


def _count(cache: Element) -> int:
    """How many points a cache says it has; 0 where it does not say, or not in figures."""
    count = cache.find(f"{C}ptCount")
    value = "" if count is None else count.get("val", "")
    return min(int(value), MAX_POINTS) if value.isascii() and value.isdigit() and len(value) < 10 else 0


def _points(cache: Element, *, numbers: bool) -> tuple[Point, ...]:
    found = _by_index(cache)
    size = _size(found, _count(cache))
    texts = (found.get(index) for index in range(size))
    return tuple(_number(text) if numbers else text for text in texts)


def _by_index(cache: Element) -> dict[int, str]:
    """The texts of a cache's points by their index; those with an index that no cell can have are left out."""
    found: dict[int, str] = {}
    for point in cache.iterchildren(f"{C}pt"):
        index = point.get("idx", "")
        if index.isascii() and index.isdigit() and len(index) < 8 and int(index) < MAX_POINTS:
            found[int(index)] = point.findtext(f"{C}v") or ""
    return found


def _size(found: dict[int, str], count: int) -> int:
    """How many points to give back: what the cache says, within reason of what it holds."""
    size = max(count, max(found, default=-1) + 1)
    return min(size, 16 * len(found) + 4096)


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text else None
    except ValueError:
        return None
    return value if value is not None and math.isfinite(value) else None


def _joined(levels: list[Element], count: int) -> tuple[Point, ...]:
    """Levels of categories as one name each; the file has the innermost first, and an outer name at its first point."""
    by_level = [_by_index(level) for level in levels]
    inner = by_level[0]
    names: list[Point] = []
    standing: list[str | None] = [None] * len(by_level)
    for index in range(_size(inner, count)):
        for number, level in enumerate(by_level[1:], 1):
            standing[number] = level.get(index, standing[number])
        words = [*(name for name in reversed(standing[1:]) if name), *([inner[index]] if index in inner else [])]
        names.append(" / ".join(words) if words else None)
    return tuple(names)
