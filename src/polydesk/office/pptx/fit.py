"""How much room the text of a shape takes: lines broken by word with real widths, spacing, insets and autofit.

Kerning is ignored. Rules of the properties: ISO/IEC 29500-1, 21.1.2.1 (`a:bodyPr`) and 21.1.2.2 (`a:pPr`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from polydesk.office.drawing.fonts import Face, face
from polydesk.office.ooxml.names import A
from polydesk.office.ooxml.part import Element
from polydesk.office.pptx.bullets import Labels
from polydesk.office.pptx.deck import Deck
from polydesk.office.pptx.inheritance import Box, Inheritance, emu
from polydesk.office.pptx.shapes import Shape
from polydesk.office.pptx.text import body_paragraphs, pieces
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
_IDEOGRAPH = "\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60"
_TOKEN = re.compile(rf"\s+|[{_IDEOGRAPH}]|[^\s{_IDEOGRAPH}-]*-+|[^\s{_IDEOGRAPH}-]+")


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


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    face: Face
    size: float
    """In points, scaled."""


@dataclass(slots=True)
class _Lines:
    """What a paragraph came to."""

    heights: list[float]
    widest: float = 0.0


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

    def frame(self, part: str, shape: Shape, box: Box) -> Frame:
        """The room of a shape that stands in `box`."""
        properties = self._inheritance.body_properties(part, shape.element)
        inset = {name: _first(properties, name, default) for name, default in _INSETS.items()}
        inner = _inside(shape.element, box)
        width, height = inner[0] - inset["lIns"] - inset["rIns"], inner[1] - inset["tIns"] - inset["bIns"]
        if _first_text(properties, "vert", "horz") in _UPRIGHT:
            width, height = height, width
        columns = min(max(1, int(_first(properties, "numCol", 1))), 16)
        gap = _first(properties, "spcCol", 0)
        autofit = _autofit(properties)
        scale = 1.0 if autofit is None else _percent(autofit.get("fontScale"), 1.0)
        return Frame(
            width=max((width - gap * (columns - 1)) / columns, 0) / EMU_PER_POINT,
            height=max(height, 0) / EMU_PER_POINT,
            columns=columns,
            wraps=_first_text(properties, "wrap", "square") != "none",
            font_scale=scale,
            spacing_cut=0.0 if autofit is None else _percent(autofit.get("lnSpcReduction"), 0.0),
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
            laid = _laid(found, _widths(chain, frame, has_label=has_label))
            size = max((piece.size for piece in found), default=_DEFAULT_SIZE_PT)
            spacing = _line_spacing(chain, frame.spacing_cut)
            total += sum(spacing(height) for height in laid.heights)
            total += _space(chain, "spcAft", size) if number < len(paragraphs) - 1 else 0
            total += _space(chain, "spcBef", size) if number else 0
            lines += len(laid.heights)
            widest = max(widest, laid.widest)
        height = total / frame.columns
        beyond = 0.0 if frame.grows else max(height - frame.height, 0)
        return Fit(
            lines=lines,
            height_emu=round(height * EMU_PER_POINT),
            room_emu=round(frame.height * EMU_PER_POINT),
            overflow_emu=round(beyond * EMU_PER_POINT),
            too_wide_emu=round(max(widest - frame.width, 0) * EMU_PER_POINT) if frame.wraps else 0,
            estimate=estimate,
        )

    def _pieces(
        self, part: str, shape: Shape, paragraph: Element, chain: Sequence[Element], scale: float
    ) -> list[_Piece]:
        """The runs of a paragraph with their faces; of an empty one its end mark, which gives the line its height."""
        usual = [
            look
            for properties in chain
            if properties.tag != f"{A}pPr"
            for look in properties.iterchildren(f"{A}defRPr")
        ]
        found: list[_Piece] = []
        for piece in pieces(paragraph):
            own = piece.node.find(f"{A}rPr")
            found.append(self._piece(part, shape, piece.text, usual if own is None else [own, *usual], scale))
        if not found:
            end = paragraph.find(f"{A}endParaRPr")
            found.append(self._piece(part, shape, "", usual if end is None else [end, *usual], scale))
        return found

    def _piece(self, part: str, shape: Shape, text: str, looks: Sequence[Element], scale: float) -> _Piece:
        size = _first(looks, "sz", _DEFAULT_SIZE_PT * 100) / 100
        if any(look.get("cap") == "all" for look in looks[:1]) or _first_text(looks, "cap", "none") == "all":
            text = text.upper()
        family = self._themes.family(part, _typeface(looks, shape))
        bold, italic = (_first_text(looks, name, "0") in ("1", "true") for name in ("b", "i"))
        return _Piece(text, face(family, bold=bold, italic=italic), size * scale)


def _laid(found: Sequence[_Piece], widths: tuple[float, float]) -> _Lines:
    """The lines of a paragraph; `widths` of its first line and of the others."""
    lines = _Lines([])
    room, used, gap, height = widths[0], 0.0, 0.0, 0.0

    def end_line() -> None:
        nonlocal room, used, gap, height
        lines.heights.append(height or tallest)
        room, used, gap, height = widths[1], 0.0, 0.0, 0.0

    tallest = max((piece.face.line * piece.size for piece in found), default=0.0)
    for words in _words(found):
        if words[0].text == "\n":
            height = max(height, words[0].face.line * words[0].size)
            end_line()
            continue
        width = sum(piece.face.width(piece.text, piece.size) for piece in words)
        if words[0].text.isspace():
            gap += width
        else:
            if used and used + gap + width > room:
                end_line()
            more = math.ceil(width / room) - 1 if width > room > 0 else 0
            if more:
                lines.widest = max(lines.widest, width)
                lines.heights += [max(piece.face.line * piece.size for piece in words)] * min(more, 200)
                room, width = widths[1], width - more * room
            used, gap = used + gap + width, 0.0
        height = max(height, *(piece.face.line * piece.size for piece in words))
    end_line()
    return lines


def _words(found: Sequence[_Piece]) -> Iterable[list[_Piece]]:
    """What stays together in a line: words of one or several runs, spaces, and breaks each for itself."""
    word: list[_Piece] = []
    for item in _atoms(found):
        if word and (_ends_word(word[-1].text) or item.text.isspace() or _is_square(item.text)):
            yield word
            word = []
        word.append(item)
    if word:
        yield word


def _atoms(found: Sequence[_Piece]) -> Iterable[_Piece]:
    """The pieces cut where a line may break."""
    for piece in found:
        for part in re.split("(\n)", piece.text):
            for text in [part] if part == "\n" else _TOKEN.findall(part):
                yield _Piece(text, piece.face, piece.size)


def _ends_word(text: str) -> bool:
    return text.isspace() or text.endswith("-") or _is_square(text)


def _is_square(token: str) -> bool:
    return len(token) == 1 and re.match(f"[{_IDEOGRAPH}]", token) is not None


def _widths(chain: Sequence[Element], frame: Frame, *, has_label: bool) -> tuple[float, float]:
    """The widths of a paragraph's first line and of the others, in points."""
    if not frame.wraps:
        return (math.inf, math.inf)
    left, right = _first(chain, "marL", 0), _first(chain, "marR", 0)
    hanging = _first(chain, "indent", 0)
    first = left if has_label and hanging < 0 else left + hanging
    width = frame.width
    return (
        max(width - max(first, 0) / EMU_PER_POINT - right / EMU_PER_POINT, 1.0),
        max(width - left / EMU_PER_POINT - right / EMU_PER_POINT, 1.0),
    )


class _Spacing:
    """Line spacing: a share of the line's height, or points."""

    def __init__(self, share: float, points: float | None) -> None:
        self._share, self._points = share, points

    def __call__(self, height: float) -> float:
        return height * self._share if self._points is None else self._points


def _line_spacing(chain: Sequence[Element], cut: float) -> _Spacing:
    for properties in chain:
        spacing = properties.find(f"{A}lnSpc")
        for child in spacing if spacing is not None else ():
            if child.tag == f"{A}spcPts":
                return _Spacing(1.0, _number(child.get("val"), 0) / 100)
            return _Spacing(max(_percent(child.get("val"), 1.0) - cut, 0.1), None)
    return _Spacing(1.0 - cut, None)


def _space(chain: Sequence[Element], name: str, size: float) -> float:
    """Space before or after a paragraph, in points."""
    for properties in chain:
        spacing = properties.find(f"{A}{name}")
        for child in spacing if spacing is not None else ():
            if child.tag == f"{A}spcPts":
                return _number(child.get("val"), 0) / 100
            return _percent(child.get("val"), 0.0) * size * 1.2
    return 0.0


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


def _autofit(properties: Sequence[Element]) -> Element | None:
    """What decides on autofit, nearest first; None where nothing does, which is no autofit."""
    kinds = (f"{A}noAutofit", f"{A}normAutofit", f"{A}spAutoFit")
    found = (child for element in properties for child in element if child.tag in kinds)
    return next(found, None)


def _first(elements: Sequence[Element], name: str, default: float) -> float:
    for element in elements:
        value = element.get(name)
        if value is not None:
            return float(emu(value))
    return float(default)


def _first_text(elements: Sequence[Element], name: str, default: str) -> str:
    return next((value for element in elements if (value := element.get(name)) is not None), default)


def _percent(written: str | None, default: float) -> float:
    """A percentage as a share: thousandths, or with a sign in strict files."""
    if written is None:
        return default
    text = written.strip()
    value = _number(text[:-1], default * 100) / 100 if text.endswith("%") else _number(text, default * 1e5) / 1e5
    return min(max(value, 0.0), 10.0)


def _number(written: str | None, default: float) -> float:
    try:
        value = float(written or "")
    except ValueError:
        return default
    return value if math.isfinite(value) else default
