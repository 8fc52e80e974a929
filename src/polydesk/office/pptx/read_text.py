"""Paragraphs and cells as a reader sees them, with what layouts and masters give them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from polydesk.office.ooxml.names import A
from polydesk.office.ooxml.part import Element
from polydesk.office.pptx.anchors import cell_hash, paragraph_hash, row_hash
from polydesk.office.pptx.bullets import Labels
from polydesk.office.pptx.deck import Deck
from polydesk.office.pptx.inheritance import Inheritance, emu
from polydesk.office.pptx.names import R_ID
from polydesk.office.pptx.numbers import whole
from polydesk.office.pptx.shapes import Shape
from polydesk.office.pptx.text import Piece, body_paragraphs, body_text, equation_text, level_of, look_of, pieces
from polydesk.office.pptx.views import CellView, ParagraphView, RowView, RunView

_TRUE = ("1", "true", "on")
_MAX_SPAN = 99_999
"""More columns or rows than this no cell spans: it is taken for damage."""
_JUMPS = "ppaction://hlinkshowjump?jump="


class TextReader:
    """Reads the text of one part."""

    def __init__(self, deck: Deck, inheritance: Inheritance, part: str) -> None:
        self._deck, self._inheritance, self._part = deck, inheritance, part

    def paragraphs(self, shape: Shape, body: Element | None, prefix: str) -> tuple[ParagraphView, ...]:
        """The paragraphs of a text body; `prefix` is the anchor of what holds it, without hash."""
        if body is None:
            return ()
        labels, found = Labels(), list[ParagraphView]()
        for number, paragraph in enumerate(body_paragraphs(body), 1):
            properties = self._inheritance.paragraph_properties(self._part, shape.element, paragraph)
            content = pieces(paragraph)
            equations = (equation_text(piece.node) for piece in content if piece.kind == "other")
            found.append(
                ParagraphView(
                    anchor=f"{prefix}/p{number}~{paragraph_hash(paragraph)}",
                    text="".join(piece.text for piece in content),
                    level=level_of(paragraph),
                    label=labels.label(paragraph, properties),
                    runs=self._runs(content, properties),
                    equations=tuple(equation for equation in equations if equation is not None),
                )
            )
        # A body that holds nothing but its obligatory paragraph has no text to show, though a place to write.
        return tuple(found)

    def rows(self, shape: Shape, prefix: str) -> tuple[RowView, ...]:
        """The rows of a table."""
        table = shape.table
        found: list[RowView] = []
        for number, row in enumerate([] if table is None else table.iterchildren(f"{A}tr"), 1):
            place = f"{prefix}/r{number}"
            cells = (
                self._cell(shape, cell, f"{place}/c{column}")
                for column, cell in enumerate(row.iterchildren(f"{A}tc"), 1)
            )
            found.append(RowView(anchor=f"{place}~{row_hash(row)}", cells=tuple(cells), height=emu(row.get("h"))))
        return tuple(found)

    def link(self, element: Element | None) -> str | None:
        """Where an `a:hlinkClick` leads; None for no link."""
        if element is None:
            return None
        action, id = element.get("action", ""), element.get(R_ID)
        if action.startswith(_JUMPS):
            return action.removeprefix(_JUMPS)
        address = self._deck.external_target(self._part, id)
        if address is not None:
            return address
        target = self._deck.target(self._part, id)
        entry = next((entry for entry in self._deck.slides if entry.part == target), None)
        return f"slide {entry.name}" if entry is not None else action or target

    def _cell(self, shape: Shape, cell: Element, place: str) -> CellView:
        body = cell.find(f"{A}txBody")
        paragraphs = self.paragraphs(shape, body, place)
        plain = len(paragraphs) == 1 and not (paragraphs[0].runs or paragraphs[0].level or paragraphs[0].label)
        return CellView(
            anchor=f"{place}~{cell_hash(cell)}",
            text=body_text(body),
            paragraphs=() if plain else paragraphs,
            columns=span_of(cell, "gridSpan"),
            rows=span_of(cell, "rowSpan"),
            merged=any(cell.get(name) in _TRUE for name in ("hMerge", "vMerge")),
        )

    def _runs(self, content: Sequence[Piece], properties: Sequence[Element]) -> tuple[RunView, ...]:
        usual = _usual(properties)
        found: list[RunView] = []
        for piece in content:
            if not piece.text:
                continue
            view = self._run(piece, usual)
            last = found[-1] if found else None
            if last is not None and _same_look(last, view):
                found[-1] = _joined(last, view)
            else:
                found.append(view)
        return () if all(_is_usual(view, usual) for view in found) else tuple(found)

    def _run(self, piece: Piece, usual: Callable[[str], str | None]) -> RunView:
        look = look_of(piece)

        def value(name: str) -> str | None:
            own = None if look is None else look.get(name)
            return usual(name) if own is None else own

        size = None if look is None else look.get("sz")
        return RunView(
            text=piece.text,
            bold=value("b") in _TRUE,
            italic=value("i") in _TRUE,
            underline=(value("u") or "none") != "none",
            strike=(value("strike") or "noStrike") != "noStrike",
            size_pt=None if size is None or size == usual("sz") else emu(size) / 100,
            color=None if look is None else color_of(look),
            link=None if look is None else self.link(look.find(f"{A}hlinkClick")),
            field=piece.node.get("type", "") if piece.kind == "field" else None,
        )


def span_of(cell: Element, name: str) -> int:
    """`gridSpan` or `rowSpan` of a cell; 1 where it spans no more than itself."""
    span = whole(cell.get(name), 1)
    return span if 0 < span <= _MAX_SPAN else 1


def color_of(look: Element) -> str | None:
    """The colour of a plain fill, as written; None without one."""
    for color in look.iterfind(f"{A}solidFill/*"):
        return color.get("val") or color.get("lastClr")
    return None


def _usual(properties: Iterable[Element]) -> Callable[[str], str | None]:
    """What runs of the paragraph have where they say nothing, by the name of the attribute."""
    defaults = [found for element in properties if (found := element.find(f"{A}defRPr")) is not None]

    def value(name: str) -> str | None:
        return next((default.get(name) for default in defaults if default.get(name) is not None), None)

    return value


def _is_usual(view: RunView, usual: Callable[[str], str | None]) -> bool:
    """Whether a run looks as all text of its kind does, so that there is nothing to say of it."""
    return view == RunView(
        text=view.text,
        bold=usual("b") in _TRUE,
        italic=usual("i") in _TRUE,
        underline=(usual("u") or "none") != "none",
        strike=(usual("strike") or "noStrike") != "noStrike",
    )


def _same_look(one: RunView, two: RunView) -> bool:
    return one.field is None and two.field is None and _joined(one, two) == _joined(two, one, swapped=True)


def _joined(one: RunView, two: RunView, *, swapped: bool = False) -> RunView:
    """`one` with the text of both."""
    text = two.text + one.text if swapped else one.text + two.text
    return RunView(
        text=text,
        bold=one.bold,
        italic=one.italic,
        underline=one.underline,
        strike=one.strike,
        size_pt=one.size_pt,
        color=one.color,
        link=one.link,
        field=one.field,
    )
