"""The layouts of the built-in template as data: which placeholders stand where, and how their text looks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

EMU_PER_INCH = 914_400
SLIDE_WIDTH, SLIDE_HEIGHT = 12_192_000, 6_858_000

Inches = tuple[float, float, float, float]
"""Left, top, width and height."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How the text of a placeholder looks where it differs from the master's."""

    size: float | None = None
    """Of the first level, in points; deeper levels are smaller by the master's steps. None is the master's."""
    colour: str | None = None
    bold: bool | None = None
    italic: bool | None = None
    anchor: Literal["t", "ctr", "b"] | None = None
    bullets: bool = True
    align: Literal["l", "ctr", "r"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One placeholder of a layout."""

    type: str | None
    """None takes anything: text, a table, a chart, a picture."""
    index: int
    name: str
    prompt: str
    box: Inches | None = None
    """None is the master's place."""
    look: Look = field(default_factory=Look)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A shape that is only to be looked at."""

    box: Inches
    fill: str
    """A theme colour; with `:` and lumMod in percent behind it for a darker one."""
    form: str = "rect"
    flipped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One layout."""

    name: str
    type: str | None
    """Of ST_SlideLayoutType; None for one of our own."""
    slots: tuple[Slot, ...]
    ground: str = "bg1"
    drawn: tuple[Drawn, ...] = ()
    footers: bool = True
    without_bar: bool = False
    """Whether the master's bar is left out, which suits light grounds and the usual title alone."""


_LEFT, _WIDTH = 0.65, 12.03
TITLE_BOX: Inches = (_LEFT, 0.42, _WIDTH, 0.95)
BAR_BOX: Inches = (_LEFT, 1.47, 0.62, 0.06)
BODY_BOX: Inches = (_LEFT, 1.85, _WIDTH, 4.85)
_HALF = 5.84
_RIGHT = _LEFT + _WIDTH - _HALF

_TITLE = Slot(type="title", index=0, name="Title", prompt="Title")
_PALE = "bg1:85"


def _content(index: int, name: str, box: Inches | None, look: Look | None = None) -> Slot:
    return Slot(type=None, index=index, name=name, prompt="Text", box=box, look=look or Look())


def _text(index: int, name: str, prompt: str, box: Inches, look: Look) -> Slot:
    return Slot(type="body", index=index, name=name, prompt=prompt, box=box, look=look)


_COVER = (
    Drawn(box=(9.0, 3.4, 4.334, 4.1), fill="accent1", form="rtTriangle", flipped=True),
    Drawn(box=(11.1, 5.0, 2.234, 2.5), fill="accent1:75", form="rtTriangle", flipped=True),
    Drawn(box=(0.95, 3.88, 0.9, 0.07), fill="accent1:60+40"),
)

LAYOUTS: tuple[Layout, ...] = (
    Layout(
        name="Title Slide",
        type="title",
        ground="tx2",
        drawn=_COVER,
        footers=False,
        without_bar=True,
        slots=(
            Slot(
                type="ctrTitle",
                index=0,
                name="Title",
                prompt="Title of the presentation",
                box=(0.95, 1.6, 9.6, 2.1),
                look=Look(size=44, colour="bg1", anchor="b"),
            ),
            Slot(
                type="subTitle",
                index=1,
                name="Subtitle",
                prompt="Subtitle, name, date",
                box=(0.95, 4.12, 7.6, 1.5),
                look=Look(size=22, colour=_PALE, bullets=False, anchor="t"),
            ),
        ),
    ),
    Layout(name="Title and Content", type="obj", slots=(_TITLE, _content(1, "Content", None))),
    Layout(
        name="Section Header",
        type="secHead",
        ground="accent1",
        footers=False,
        without_bar=True,
        drawn=(Drawn(box=(0, 0, 0.35, 7.5), fill="tx2"), Drawn(box=(0.95, 3.88, 0.9, 0.07), fill="bg1")),
        slots=(
            Slot(
                type="title",
                index=0,
                name="Title",
                prompt="Section",
                box=(0.95, 1.9, 11.2, 1.8),
                look=Look(size=40, colour="bg1", anchor="b"),
            ),
            _text(
                1,
                "Text",
                "What the section is about",
                (0.95, 4.12, 10.0, 1.6),
                Look(size=20, colour="bg1", bullets=False, anchor="t"),
            ),
        ),
    ),
    Layout(
        name="Two Content",
        type="twoObj",
        slots=(
            _TITLE,
            _content(1, "Left", (_LEFT, 1.85, _HALF, 4.85), Look(size=22)),
            _content(2, "Right", (_RIGHT, 1.85, _HALF, 4.85), Look(size=22)),
        ),
    ),
    Layout(
        name="Comparison",
        type="twoTxTwoObj",
        slots=(
            _TITLE,
            _text(
                1,
                "Left heading",
                "Heading",
                (_LEFT, 1.75, _HALF, 0.55),
                Look(size=22, bold=True, colour="accent1", bullets=False, anchor="b"),
            ),
            _content(2, "Left", (_LEFT, 2.45, _HALF, 4.25), Look(size=20)),
            _text(
                3,
                "Right heading",
                "Heading",
                (_RIGHT, 1.75, _HALF, 0.55),
                Look(size=22, bold=True, colour="accent1", bullets=False, anchor="b"),
            ),
            _content(4, "Right", (_RIGHT, 2.45, _HALF, 4.25), Look(size=20)),
        ),
        drawn=(
            Drawn(box=(_LEFT, 2.35, _HALF, 0.02), fill="accent1"),
            Drawn(box=(_RIGHT, 2.35, _HALF, 0.02), fill="accent1"),
        ),
    ),
    Layout(name="Title Only", type="titleOnly", slots=(_TITLE,)),
    Layout(
        name="Picture with Text",
        type="picTx",
        without_bar=True,
        drawn=(Drawn(box=(_LEFT, 1.97, 0.62, 0.06), fill="accent1"),),
        slots=(
            Slot(
                type="title", index=0, name="Title", prompt="Title", box=(_LEFT, 0.42, 5.6, 1.45), look=Look(anchor="b")
            ),
            Slot(type="pic", index=13, name="Picture", prompt="Picture", box=(6.8, 0, 6.534, 7.5)),
            _text(1, "Text", "Text", (_LEFT, 2.35, 5.6, 4.35), Look(size=22)),
        ),
    ),
    Layout(
        name="Quote",
        type=None,
        ground="bg2",
        without_bar=True,
        drawn=(Drawn(box=(1.0, 1.5, 0.08, 4.5), fill="accent1"),),
        slots=(
            Slot(
                type="title",
                index=0,
                name="Quote",
                prompt="What was said",
                box=(1.45, 1.5, 10.6, 3.2),
                look=Look(size=34, bold=False, colour="tx2", anchor="b"),
            ),
            _text(
                1,
                "Source",
                "Who said it",
                (1.45, 5.1, 10.6, 0.9),
                Look(size=20, colour="accent1", bold=True, bullets=False, anchor="t"),
            ),
        ),
    ),
    Layout(
        name="Closing",
        type=None,
        ground="tx2",
        drawn=_COVER,
        footers=False,
        without_bar=True,
        slots=(
            Slot(
                type="title",
                index=0,
                name="Title",
                prompt="Thank you",
                box=(0.95, 1.6, 9.6, 2.1),
                look=Look(size=44, colour="bg1", anchor="b"),
            ),
            _text(
                1,
                "Text",
                "How to reach us",
                (0.95, 4.12, 7.6, 2.0),
                Look(size=20, colour=_PALE, bullets=False, anchor="t"),
            ),
        ),
    ),
    Layout(name="Blank", type="blank", slots=()),
)
