"""Text of a new deck that does not fit its place: set smaller within limits, or divided over slides."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence

import msgspec
from lxml import etree

from polydesk.office.ooxml.names import A, P
from polydesk.office.ooxml.part import Element
from polydesk.office.pptx.deck import Deck, SlideEntry
from polydesk.office.pptx.deck_tables import rows_that_fit
from polydesk.office.pptx.fit import Fit, Fitting
from polydesk.office.pptx.outlines import BulletsSlide, Slide, TableSlide
from polydesk.office.pptx.shapes import Shape

SMALLEST_SCALE = 0.85
"""Text is set no smaller than this share of the layout's size: 24 points become 20.4."""
_SPACING_CUT = 0.1
_STEPS = (0.95, 0.9, SMALLEST_SCALE)
_PART = re.compile(r" \((\d+) of (\d+)\)$")


def divided(deck: Deck, slides: Sequence[Slide]) -> tuple[list[Slide], list[str]]:
    """The slides with those in parts whose text is too much for one even at the smallest size, and what was done."""
    fitting = Fitting(deck)
    made: list[Slide] = []
    notes: list[str] = []
    for entry, slide in zip(deck.slides, slides, strict=True):
        parts = _parts(deck, fitting, entry, slide)
        made += parts
        if len(parts) > 1:
            notes.append(f"{_PART.sub('', slide.title)!r} is too much for one slide and continues on another.")
    return _numbered(made), notes


def fit_slides(deck: Deck, slides: Sequence[Slide]) -> list[str]:
    """Set text smaller where it does not fit, as PowerPoint's autofit does; what was done, and what still overflows.

    Places of the same kind and height on a slide, such as two columns, take the same size.
    """
    fitting = Fitting(deck)
    notes: list[str] = []
    for entry, slide in zip(deck.slides, slides, strict=True):
        for shapes in _alike(deck, fitting, entry):
            note = _shrink(deck, fitting, entry, shapes)
            if note is not None:
                notes.append(f"Slide {entry.number} ({slide.title!r}): {note}")
    return notes


def _alike(deck: Deck, fitting: Fitting, entry: SlideEntry) -> list[list[Shape]]:
    """The shapes with text of a slide, those together that stand for the same kind of thing."""
    groups: dict[tuple[str | None, int], list[Shape]] = {}
    for shape in deck.shapes(entry.part):
        fit = fitting.measure(entry.part, shape)
        if fit is not None:
            kind = None if shape.placeholder is None else shape.placeholder.get("type", "obj")
            groups.setdefault((kind, fit.room_emu), []).append(shape)
    return list(groups.values())


def _shrink(deck: Deck, fitting: Fitting, entry: SlideEntry, shapes: Sequence[Shape]) -> str | None:
    """Set the text of some shapes smaller until it fits in all of them; what was done, None for nothing."""
    if not _overflows(fitting, entry, shapes):
        return None
    for scale in _STEPS:
        for shape in shapes:
            _set_scale(deck, entry, shape, scale)
        if not _overflows(fitting, entry, shapes):
            return f"text is set at {scale:.0%} of the layout's size."
    return f"text does not fit even at {SMALLEST_SCALE:.0%} of the layout's size; shorten it."


def _overflows(fitting: Fitting, entry: SlideEntry, shapes: Sequence[Shape]) -> bool:
    fits = (fitting.measure(entry.part, shape) for shape in shapes)
    return any(fit is not None and fit.overflow_emu > 0 for fit in fits)


def _set_scale(deck: Deck, entry: SlideEntry, shape: Shape, scale: float) -> None:
    body = shape.body
    properties = None if body is None else body.find(f"{A}bodyPr")
    if properties is None:
        return
    deck.part(entry.part).touch(properties)
    for child in list(properties):
        if child.tag in (f"{A}noAutofit", f"{A}normAutofit", f"{A}spAutoFit"):
            properties.remove(child)
    autofit = etree.SubElement(properties, f"{A}normAutofit")
    autofit.set("fontScale", str(round(scale * 100_000)))
    autofit.set("lnSpcReduction", str(round(_SPACING_CUT * 100_000)))
    _put_first(properties, autofit)


def _put_first(properties: Element, autofit: Element) -> None:
    """Autofit follows text warps and precedes all else (CT_TextBodyProperties)."""
    properties.insert(sum(child.tag == f"{A}prstTxWarp" for child in properties), autofit)


def _parts(deck: Deck, fitting: Fitting, entry: SlideEntry, slide: Slide) -> list[Slide]:
    if isinstance(slide, BulletsSlide):
        fit = _body_fit(deck, fitting, entry)
        if fit is not None and fit.height_emu * _saved() > fit.room_emu:
            return _divided_bullets(slide, math.ceil(fit.height_emu * _saved() / fit.room_emu))
    if isinstance(slide, TableSlide):
        fitting_rows = rows_that_fit(deck, entry)
        if 1 < fitting_rows < len(slide.rows):
            return _divided_table(slide, fitting_rows)
    return [slide]


def _saved() -> float:
    """How high text stays at the smallest size: lines are lower, and fewer since more words go into each."""
    return SMALLEST_SCALE * (1 - _SPACING_CUT) * 0.95


def _body_fit(deck: Deck, fitting: Fitting, entry: SlideEntry) -> Fit | None:
    for shape in deck.shapes(entry.part):
        placeholder = shape.placeholder
        if (
            placeholder is not None
            and placeholder.get("type") not in ("title", "ctrTitle")
            and shape.element.tag == f"{P}sp"
        ):
            fit = fitting.measure(entry.part, shape, font_scale=1.0)
            if fit is not None:
                return fit
    return None


def _divided_bullets(slide: BulletsSlide, count: int) -> list[Slide]:
    """The paragraphs over `count` slides of like length; deeper ones stay with the paragraph that they belong to."""
    groups: list[list[str]] = []
    for line in slide.bullets:
        if groups and line.startswith("\t"):
            groups[-1].append(line)
        else:
            groups.append([line])
    if len(groups) < 2:
        groups = [[line] for line in slide.bullets]
    count = min(count, len(groups))
    if count < 2:
        return [slide]
    total = sum(map(_weight, groups))
    chunks: list[list[str]] = [[] for _ in range(count)]
    so_far = 0.0
    for group in groups:
        chunks[min(int((so_far + _weight(group) / 2) / total * count), count - 1)] += group
        so_far += _weight(group)
    full = [tuple(chunk) for chunk in chunks if chunk]
    return _parts_of(slide, [msgspec.structs.replace(slide, bullets=chunk) for chunk in full])


def _weight(lines: Sequence[str]) -> float:
    return sum(1.2 + len(line) / 80 for line in lines)


def _divided_table(slide: TableSlide, fitting_rows: int) -> list[Slide]:
    """The rows over several slides, each with the header."""
    header, *rows = slide.rows
    count = math.ceil(len(rows) / (fitting_rows - 1))
    size = math.ceil(len(rows) / count)
    chunks = [rows[start : start + size] for start in range(0, len(rows), size)]
    return _parts_of(slide, [msgspec.structs.replace(slide, rows=(header, *chunk)) for chunk in chunks])


def _parts_of(slide: BulletsSlide | TableSlide, parts: Sequence[BulletsSlide | TableSlide]) -> list[Slide]:
    """The parts with a number behind the title, which `_numbered` sets right; notes go with the first."""
    title = _PART.sub("", slide.title)
    return [
        msgspec.structs.replace(part, title=f"{title} (1 of 2)", notes=slide.notes if number == 0 else None)
        for number, part in enumerate(parts)
    ]


def _numbered(slides: Sequence[Slide]) -> list[Slide]:
    """Parts of one slide numbered through: a part may have been divided again."""
    found: list[Slide] = []
    for base, run in itertools.groupby(slides, key=_base):
        parts = list(run)
        if base is None or len(parts) == 1:
            found += parts
        else:
            titles = (f"{base[1]} ({number} of {len(parts)})" for number in range(1, len(parts) + 1))
            found += [msgspec.structs.replace(part, title=title) for part, title in zip(parts, titles, strict=True)]
    return found


def _base(slide: Slide) -> tuple[type[Slide], str] | None:
    """What the parts of one slide have in common; None for a slide that is no part."""
    match = _PART.search(slide.title)
    return None if match is None else (type(slide), slide.title[: match.start()])
