"""Properties of text along their chain, nearest first: the first that says something holds."""

from __future__ import annotations

import math
from collections.abc import Sequence

from polydesk.office.ooxml.names import A
from polydesk.office.ooxml.part import Element
from polydesk.office.pptx.inheritance import emu


class Spacing:
    """Line spacing: a share of the line's height, or points."""

    def __init__(self, share: float, points: float | None) -> None:
        self._share, self._points = share, points

    def __call__(self, height: float) -> float:
        return height * self._share if self._points is None else self._points


def line_spacing(chain: Sequence[Element], cut: float) -> Spacing:
    """The spacing of a paragraph's lines; `cut` is the share that autofit takes from it."""
    for properties in chain:
        spacing = properties.find(f"{A}lnSpc")
        for child in spacing if spacing is not None else ():
            if child.tag == f"{A}spcPts":
                return Spacing(1.0, number(child.get("val"), 0) / 100)
            return Spacing(max(percent(child.get("val"), 1.0) - cut, 0.1), None)
    return Spacing(1.0 - cut, None)


def space(chain: Sequence[Element], name: str, size: float) -> float:
    """Space before or after a paragraph, in points."""
    for properties in chain:
        spacing = properties.find(f"{A}{name}")
        for child in spacing if spacing is not None else ():
            if child.tag == f"{A}spcPts":
                return number(child.get("val"), 0) / 100
            return percent(child.get("val"), 0.0) * size * 1.2
    return 0.0


def autofit_of(properties: Sequence[Element]) -> Element | None:
    """What decides on autofit, nearest first; None where nothing does, which is no autofit."""
    kinds = (f"{A}noAutofit", f"{A}normAutofit", f"{A}spAutoFit")
    found = (child for element in properties for child in element if child.tag in kinds)
    return next(found, None)


def first_number(elements: Sequence[Element], name: str, default: float) -> float:
    """The attribute of the first element that has it, as a number; a length with a unit in EMU."""
    for element in elements:
        value = element.get(name)
        if value is not None:
            return float(emu(value))
    return float(default)


def first_text(elements: Sequence[Element], name: str, default: str) -> str:
    """The attribute of the first element that has it."""
    return next((value for element in elements if (value := element.get(name)) is not None), default)


def percent(written: str | None, default: float) -> float:
    """A percentage as a share: thousandths, or with a sign in strict files."""
    if written is None:
        return default
    text = written.strip()
    value = number(text[:-1], default * 100) / 100 if text.endswith("%") else number(text, default * 1e5) / 1e5
    return min(max(value, 0.0), 10.0)


def number(written: str | None, default: float) -> float:
    """A finite number as written; the default for anything else."""
    try:
        value = float(written or "")
    except ValueError:
        return default
    return value if math.isfinite(value) else default
