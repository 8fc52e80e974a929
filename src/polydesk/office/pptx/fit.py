"""How much room the text of a shape takes: lines broken by word with real widths, spacing, insets and autofit.

Kerning is ignored. Rules of the properties: ISO/IEC 29500-1, 21.1.2.1 (`a:bodyPr`) and 21.1.2.2 (`a:pPr`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from polydesk.office.drawing.fonts import face
from polydesk.office.ooxml.names import A, P
from polydesk.office.ooxml.part import Element
from polydesk.office.pptx.bullets import Labels
from polydesk.office.pptx.deck import Deck
from polydesk.office.pptx.inheritance import Box, Inheritance, emu
from polydesk.office.pptx.line_breaks import Piece, laid
from polydesk.office.pptx.shapes import Shape
from polydesk.office.pptx.text import body_paragraphs, pieces
from polydesk.office.pptx.text_properties import autofit_of, first_number, first_text, line_spacing, percent, space
from polydesk.office.pptx.themes import Themes

EMU_PER_POINT = 12_700
_INSETS = {"lIns": 91_440, "rIns": 91_440, "tIns": 45_720, "bIns": 45_720}
_UPRIGHT = ("vert", "vert270", "wordArtVert", "eaVert", "mongolianVert", "wordArtVertRtl")
_TEXT_SHARE = {
    "ellipse": (0.7071, 0.7071),
    "diamond": (0.5, 0.5),
    "triangle": (0.5, 0.5),
    "hexagon": (0.8, 0.8),
    "parallelogram": (0.75, 0.75),
}
"""Of forms that leave less than their whole box to text, at their usual adjustments."""
_DEFAULT_SIZE_PT = 18.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How text fits into its shape."""

    lines: int
    height_emu: int
    """Of the text, at the scale that the shape's autofit gives it, without the insets."""
    room_emu: int
    """Height between the insets of the shape."""
    overflow_emu: int
    """How far the text reaches beyond its room; 0 where it fits, or where the shape grows with it."""
    too_wide_emu: int
    """How far the longest word, or line that may not break, reaches beyond the width."""
    estimate: bool
    """Whether a font was not at hand, so that widths are those of another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The room that a shape has for text, and how it is filled."""

    width: float
    """Between the insets, in points; of one column where there are several."""
    height: float
    columns: int
    wraps: bool
    font_scale: float
    spacing_cut: float
    """What autofit takes from line spacing, as a share."""
    grows: bool
    """Whether the shape grows with its text."""
    shrinks: bool
    """Whether the application may set text smaller when it next lays it out (`a:normAutofit`)."""


class Fitting:
    """Measures the text of one deck's shapes."""

    def __init__(self, deck: Deck, inheritance: Inheritance | None = None, themes: Themes | None = None) -> None:
        self._inheritance = inheritance or Inheritance(deck)
        self._themes = themes or Themes(deck)
        self._plain = Shape(etree.Element(f"{P}sp"), "sh0")
        """What text in tables inherits like: a shape that is no placeholder."""

    def measure(
        self, part: str, shape: Shape, *, box: Box | None = None, font_scale: float | None = None
    ) -> Fit | None:
        """How the shape's text fits; None for a shape without text or without a place.

        `box` stands for the shape's own, `font_scale` (a share) for that of its autofit.
        """
        body = shape.body
        place = box or self._inheritance.box(part, shape.element)
        if body is None or place is None or not any(pieces(paragraph) for paragraph in body_paragraphs(body)):
            return None
        frame = self.frame(part, shape, place)
        scale = frame.font_scale if font_scale is None else font_scale
        return self._fit(part, shape, body_paragraphs(body), frame, scale)

    def table_height(self, part: str, table: Element) -> int:
        """The height of an `a:tbl` in EMU: rows are as high as they say, or as their fullest cell needs."""
        widths = [emu(column.get("w")) for column in table.iterfind(f"{A}tblGrid/{A}gridCol")]
        return sum(
            max(
                emu(row.get("h")),
                *(self._cell_height(part, cell, width) for cell, width in _open_cells(row, widths)),
                0,
            )
            for row in table.iterchildren(f"{A}tr")
        )

    def _cell_height(self, part: str, cell: Element, width: int) -> int:
        """What the text of a cell needs with its margins (`a:tcPr`; their defaults are those of a text body)."""
        body, properties = cell.find(f"{A}txBody"), cell.findall(f"{A}tcPr")
        across = first_number(properties, "marL", _INSETS["lIns"]) + first_number(properties, "marR", _INSETS["rIns"])
        down = first_number(properties, "marT", _INSETS["tIns"]) + first_number(properties, "marB", _INSETS["bIns"])
        turned = first_text(properties, "vert", "horz") in _UPRIGHT
        if body is None or turned:
            return 0
        frame = Frame(
            width=max(width - across, 0) / EMU_PER_POINT,
            height=math.inf,
            columns=1,
            wraps=True,
            font_scale=1.0,
            spacing_cut=0.0,
            grows=True,
            shrinks=False,
        )
        fit = self._fit(part, self._plain, body_paragraphs(body), frame, 1.0)
        return fit.height_emu + round(down)

    def frame(self, part: str, shape: Shape, box: Box) -> Frame:
        """The room of a shape that stands in `box`."""
        properties = self._inheritance.body_properties(part, shape.element)
        inset = {name: first_number(properties, name, default) for name, default in _INSETS.items()}
        inner = _inside(shape.element, box)
        width, height = inner[0] - inset["lIns"] - inset["rIns"], inner[1] - inset["tIns"] - inset["bIns"]
        if first_text(properties, "vert", "horz") in _UPRIGHT:
            width, height = height, width
        columns = min(max(1, int(first_number(properties, "numCol", 1))), 16)
        gap = first_number(properties, "spcCol", 0)
        autofit = autofit_of(properties)
        scale = 1.0 if autofit is None else percent(autofit.get("fontScale"), 1.0)
        return Frame(
            width=max((width - gap * (columns - 1)) / columns, 0) / EMU_PER_POINT,
            height=max(height, 0) / EMU_PER_POINT,
            columns=columns,
            wraps=first_text(properties, "wrap", "square") != "none",
            font_scale=scale,
            spacing_cut=0.0 if autofit is None else percent(autofit.get("lnSpcReduction"), 0.0),
            grows=autofit is not None and autofit.tag == f"{A}spAutoFit",
            shrinks=autofit is not None and autofit.tag == f"{A}normAutofit",
        )

    def _fit(self, part: str, shape: Shape, paragraphs: Sequence[Element], frame: Frame, scale: float) -> Fit:
        total, lines, widest, estimate = 0.0, 0, 0.0, False
        labels = Labels()
        for number, paragraph in enumerate(paragraphs):
            chain = self._inheritance.paragraph_properties(part, shape.element, paragraph)
            found = self._pieces(part, shape, paragraph, chain, scale)
            estimate = estimate or any(piece.face.likeness == "estimate" for piece in found)
            has_label = labels.label(paragraph, chain) is not None
            broken = laid(found, _widths(chain, frame, has_label=has_label))
            size = max((piece.size for piece in found), default=_DEFAULT_SIZE_PT)
            spacing = line_spacing(chain, frame.spacing_cut)
            total += sum(spacing(height) for height in broken.heights)
            total += space(chain, "spcAft", size) if number < len(paragraphs) - 1 else 0
            total += space(chain, "spcBef", size) if number else 0
            lines += len(broken.heights)
            widest = max(widest, broken.widest)
        height = total / frame.columns
        beyond = 0.0 if frame.grows else max(height - frame.height, 0)
        return Fit(
            lines=lines,
            height_emu=round(height * EMU_PER_POINT),
            room_emu=0 if math.isinf(frame.height) else round(frame.height * EMU_PER_POINT),
            overflow_emu=round(beyond * EMU_PER_POINT),
            too_wide_emu=round(max(widest - frame.width, 0) * EMU_PER_POINT) if frame.wraps else 0,
            estimate=estimate,
        )

    def _pieces(
        self, part: str, shape: Shape, paragraph: Element, chain: Sequence[Element], scale: float
    ) -> list[Piece]:
        """The runs of a paragraph with their faces; of an empty one its end mark, which gives the line its height."""
        usual = [
            look
            for properties in chain
            if properties.tag != f"{A}pPr"
            for look in properties.iterchildren(f"{A}defRPr")
        ]
        found: list[Piece] = []
        for piece in pieces(paragraph):
            own = piece.node.find(f"{A}rPr")
            found.append(self._piece(part, shape, piece.text, usual if own is None else [own, *usual], scale))
        if not found:
            end = paragraph.find(f"{A}endParaRPr")
            found.append(self._piece(part, shape, "", usual if end is None else [end, *usual], scale))
        return found

    def _piece(self, part: str, shape: Shape, text: str, looks: Sequence[Element], scale: float) -> Piece:
        size = first_number(looks, "sz", _DEFAULT_SIZE_PT * 100) / 100
        if any(look.get("cap") == "all" for look in looks[:1]) or first_text(looks, "cap", "none") == "all":
            text = text.upper()
        family = self._themes.family(part, _typeface(looks, shape))
        bold, italic = (first_text(looks, name, "0") in ("1", "true") for name in ("b", "i"))
        return Piece(text, face(family, bold=bold, italic=italic), size * scale)


def _widths(chain: Sequence[Element], frame: Frame, *, has_label: bool) -> tuple[float, float]:
    """The widths of a paragraph's first line and of the others, in points."""
    if not frame.wraps:
        return (math.inf, math.inf)
    left, right = first_number(chain, "marL", 0), first_number(chain, "marR", 0)
    hanging = first_number(chain, "indent", 0)
    first = left if has_label and hanging < 0 else left + hanging
    width = frame.width
    return (
        max(width - max(first, 0) / EMU_PER_POINT - right / EMU_PER_POINT, 1.0),
        max(width - left / EMU_PER_POINT - right / EMU_PER_POINT, 1.0),
    )


def _open_cells(row: Element, widths: Sequence[int]) -> Iterator[tuple[Element, int]]:
    """The cells of a row that its height depends on, each with its width: not those merged away or over rows."""
    for at, cell in enumerate(row.iterchildren(f"{A}tc")):
        merged = any(cell.get(name) in ("1", "true") for name in ("hMerge", "vMerge"))
        if not merged and cell.get("rowSpan", "1") == "1":
            span = cell.get("gridSpan", "1")
            count = int(span) if span.isascii() and span.isdecimal() and len(span) < 5 else 1
            yield cell, sum(widths[at : at + count])


def _typeface(looks: Sequence[Element], shape: Shape) -> str:
    for look in looks:
        latin = look.find(f"{A}latin")
        if latin is not None and latin.get("typeface"):
            return latin.get("typeface", "")
    font = shape.element.find(f"{{*}}style/{A}fontRef")
    return "+mj-lt" if font is not None and font.get("idx") == "major" else "+mn-lt"


def _inside(shape: Element, box: Box) -> tuple[float, float]:
    """Width and height of the rectangle for text in a shape's form (the `rect` of presetShapeDefinitions.xml)."""
    geometry = shape.find(f"{{*}}spPr/{A}prstGeom")
    form = "rect" if geometry is None else geometry.get("prst", "rect")
    if form == "roundRect":
        corner = min(box.width, box.height) * 0.16667 * 0.29289
        return box.width - 2 * corner, box.height - 2 * corner
    across, down = _TEXT_SHARE.get(form, (1.0, 1.0))
    return box.width * across, box.height * down
