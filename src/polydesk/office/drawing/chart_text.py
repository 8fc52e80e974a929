"""Titles, axes' lines and the look of a chart's text."""

from __future__ import annotations

from polydesk.office.drawing.markup import chars, element, val

_QUIET = {"lumMod": 65000, "lumOff": 35000}
"""The text colour lightened as Office does for charts: 7:1 against white where text is black."""
_FAINT = {"lumMod": 15000, "lumOff": 85000}


def scheme_fill(colour: str, changes: dict[str, int] | None = None) -> str:
    """A solid fill of a theme colour, with changes such as `lumMod` in thousandths of a percent."""
    inner = (element(f"a:{name}", val=value) for name, value in (changes or {}).items())
    return element("a:solidFill", element("a:schemeClr", *inner, val=colour))


def text_look(size_pt: float | None = None, *, bold: bool = False) -> str:
    """A paragraph that says how text looks, as `c:txPr` demands one."""
    return element("a:p", _paragraph_look(size_pt, bold=bold), element("a:endParaRPr", lang="en-US"))


def title_xml(title: str | None, *, size_pt: float | None = None, turned: bool = False) -> str:
    """A `c:title`; lines of `title` are its paragraphs. `turned` is for an axis that stands upright."""
    body = element("a:bodyPr", rot=-5400000, vert="horz") if turned else element("a:bodyPr")
    lines = [
        element("a:p", _paragraph_look(size_pt, bold=True), element("a:r", chars("a:t", line)))
        for line in (title or "").split("\n")
    ]
    rich = element("c:rich", body, element("a:lstStyle"), *lines)
    return element("c:title", element("c:tx", rich), val("overlay", False))


def axis_line() -> str:
    """The line of a category axis."""
    return element("c:spPr", element("a:ln", scheme_fill("tx1", {"lumMod": 50000, "lumOff": 50000}), w=9525))


def gridlines() -> str:
    """Faint lines that lead the eye and no more."""
    return element("c:majorGridlines", element("c:spPr", element("a:ln", scheme_fill("tx1", _FAINT), w=9525)))


def _paragraph_look(size_pt: float | None, *, bold: bool) -> str:
    size = {} if size_pt is None else {"sz": round(size_pt * 100)}
    return element("a:pPr", element("a:defRPr", scheme_fill("tx1", _QUIET), **size, b=bold))
