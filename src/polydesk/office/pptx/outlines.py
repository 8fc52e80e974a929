"""What a new presentation is to hold, as typed values with a JSON form: one value for each slide."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from polydesk.core.errors import UsageError
from polydesk.office.drawing.charts import ChartKind, DataLabels, Grouping, LegendPlace
from polydesk.office.pptx.chart_edits import SeriesData

PAGE = "docs/how-to/make-a-deck.md"


class _Slide(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="slide"
):
    """One slide."""

    title: str
    """Every slide has one: readers who do not see the slide find their way by it."""
    notes: str | None = None
    """What the speaker says."""


class TitleSlide(_Slide, frozen=True, tag="title", kw_only=True):
    """The first slide."""

    subtitle: str | None = None
    """Lines are paragraphs."""


class SectionSlide(_Slide, frozen=True, tag="section", kw_only=True):
    """The beginning of a section."""

    text: str | None = None


class BulletsSlide(_Slide, frozen=True, tag="bullets", kw_only=True):
    """A title and paragraphs."""

    bullets: tuple[str, ...]
    """Each tab in front of a paragraph makes it one level deeper."""


class ColumnsSlide(_Slide, frozen=True, tag="columns", kw_only=True):
    """Two columns, with a heading each or without."""

    left: tuple[str, ...]
    """As `bullets`."""
    right: tuple[str, ...]
    left_heading: str | None = None
    right_heading: str | None = None


class TableSlide(_Slide, frozen=True, tag="table", kw_only=True):
    """A table."""

    rows: tuple[tuple[str, ...], ...]
    """The cells' texts, row by row, equally many in each; the first row is the header."""


class ChartSlide(_Slide, frozen=True, tag="chart", kw_only=True):
    """A chart, which "Edit Data" in PowerPoint opens."""

    kind: ChartKind
    grouping: Grouping = "side_by_side"
    categories: tuple[str | float, ...]
    """What stands along the axis; x values in a scatter chart."""
    series: tuple[SeriesData, ...]
    category_title: str | None = None
    value_title: str | None = None
    number_format: str | None = None
    """Format code of the value axis and the labels."""
    legend: LegendPlace | None = None
    labels: DataLabels | None = None
    alt_text: str | None = None
    """None has a description made of the data."""


class PictureSlide(_Slide, frozen=True, tag="picture", kw_only=True):
    """A picture, with text beside it or alone."""

    picture: str
    """Its name among the pictures that are given with the outline."""
    alt_text: str
    """The description that is read to those who cannot see it."""
    bullets: tuple[str, ...] = ()


class QuoteSlide(_Slide, frozen=True, tag="quote", kw_only=True):
    """What somebody said. `title` stands below it, with the source, on a layout for quotations."""

    quote: str
    source: str | None = None
    """Who said it."""


class ClosingSlide(_Slide, frozen=True, tag="closing", kw_only=True):
    """The last slide."""

    text: str | None = None
    """Lines are paragraphs."""


Slide = (
    TitleSlide
    | SectionSlide
    | BulletsSlide
    | ColumnsSlide
    | TableSlide
    | ChartSlide
    | PictureSlide
    | QuoteSlide
    | ClosingSlide
)


class Outline(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A presentation to be made."""

    slides: tuple[Slide, ...]


def parse_outline(data: bytes | str, *, path: str | None = None) -> Outline:
    """The outline of a JSON object with `slides`, or of a list of them.

    Raises UsageError that names the file, the place and what is expected there.
    """
    where = path or "the outline"
    try:
        value: Any = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise UsageError(f"{where} is not JSON: {exc}") from exc
    found = {"slides": cast("list[Any]", value)} if isinstance(value, list) else value
    try:
        return msgspec.convert(found, Outline)
    except msgspec.ValidationError as exc:
        raise UsageError(f"{where}: {exc}. {PAGE} shows every kind of slide with its fields.") from exc


def outline_schema() -> dict[str, Any]:
    """JSON Schema of an outline, for a model's structured output and for other programs."""
    return msgspec.json.schema(Outline)
