"""Widths and heights of text by the fonts of this machine, without drawing anything.

A font that is missing is replaced by one with the same widths where there is one (Carlito for Calibri, Liberation Sans
for Arial, …); else by a sans serif at hand, and then what is measured is an estimate and says so.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from fontTools import ttLib  # pyright: ignore[reportMissingTypeStubs]  # it has annotations for a few functions

_TTCollection: Any = ttLib.TTCollection
_TTFont: Any = ttLib.TTFont
_DAMAGED = (ttLib.TTLibError, KeyError, ValueError, AssertionError, AttributeError, struct.error)

Likeness = Literal["same", "same_widths", "estimate"]

_SAME_WIDTHS: dict[str, tuple[str, ...]] = {
    "calibri": ("carlito",),
    "cambria": ("caladea",),
    "arial": ("liberation sans", "arimo"),
    "helvetica": ("liberation sans", "arimo"),
    "arial narrow": ("liberation sans narrow",),
    "times new roman": ("liberation serif", "tinos"),
    "times": ("liberation serif", "tinos"),
    "courier new": ("liberation mono", "cousine"),
    "courier": ("liberation mono", "cousine"),
    "georgia": ("gelasio",),
}
"""Fonts made to have the widths of others (their projects say so: Carlito, Caladea, Liberation, Croscore, Gelasio)."""
_SIMILAR: dict[str, tuple[str, ...]] = {
    "aptos": ("carlito",),
    "aptos display": ("carlito",),
    "calibri light": ("carlito",),
    "segoe ui": ("open sans", "liberation sans"),
    "verdana": ("dejavu sans",),
    "tahoma": ("dejavu sans condensed", "liberation sans"),
    "consolas": ("liberation mono", "dejavu sans mono"),
    "garamond": ("eb garamond", "liberation serif"),
}
_FALLBACK = ("carlito", "liberation sans", "arimo", "dejavu sans")
_AVERAGE_WIDTH, _WIDE_WIDTH, _LINE = 0.52, 1.0, 1.2
"""Of the font size, where there is no font at all: a Latin letter of Calibri to Arial, an ideograph, a line."""
_ITALIC, _BOLD = 1, 1 << 5
"""Bits of fsSelection (OpenType, OS/2)."""
_SUFFIXES = frozenset({".ttf", ".otf", ".ttc", ".otc"})
_MAX_FONTS = 5000
_WIDE_FROM, _WIDE_RANGES = (
    0x1100,
    ((0x1100, 0x11FF), (0x2E80, 0xA4CF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFF00, 0xFF60)),
)


@dataclass(frozen=True, slots=True)
class Face:
    """One font at hand, or what stands for it."""

    family: str
    likeness: Likeness
    """Whether it is the font that was asked for, one with the same widths, or an estimate."""
    widths: dict[int, float]
    """Advance by code point, as a share of the font size."""
    missing: float
    """Of characters that it does not have."""
    ascent: float
    """Above the baseline, as a share of the font size."""
    line: float
    """Height of a line at single spacing, as a share of the font size."""

    def width(self, text: str, size: float) -> float:
        """The width of text set in one line, in the unit of `size`, without kerning."""
        widths, missing = self.widths, self.missing
        return size * sum(widths.get(ord(char), _stand_in(ord(char), missing)) for char in text)


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    number: int


def face(family: str, *, bold: bool = False, italic: bool = False) -> Face:
    """The face of a family by its name in the file, or what comes nearest to it on this machine."""
    return _face(family.strip().lower() or "calibri", bold, italic)


@lru_cache(maxsize=256)
def _face(family: str, bold: bool, italic: bool) -> Face:
    index = _index()
    for names, likeness in _candidates(family):
        for name in names:
            styles = index.get(name)
            if styles is None:
                continue
            exact = (bold, italic) in styles
            file = styles.get((bold, italic)) or styles.get((bold, False)) or next(iter(styles.values()))
            made = _read(file, name, likeness if exact or likeness == "estimate" else "estimate")
            if made is not None:
                return made
    return Face(family, "estimate", {}, _AVERAGE_WIDTH, 0.95, _LINE)


def _candidates(family: str) -> Iterator[tuple[tuple[str, ...], Likeness]]:
    yield (family,), "same"
    yield _SAME_WIDTHS.get(family, ()), "same_widths"
    yield _SIMILAR.get(family, ()), "estimate"
    yield _FALLBACK, "estimate"


def _stand_in(code: int, missing: float) -> float:
    """The width of a character that the font lacks: a wide script's is a square."""
    if code >= _WIDE_FROM and any(first <= code <= last for first, last in _WIDE_RANGES):
        return _WIDE_WIDTH
    return 0.0 if 0x300 <= code <= 0x36F else missing


@lru_cache(maxsize=1)
def _index() -> dict[str, dict[tuple[bool, bool], _File]]:
    """Every font at hand: by family in lower case, then by whether bold and italic."""
    found: dict[str, dict[tuple[bool, bool], _File]] = {}
    for number, path in enumerate(_font_files(_folders())):
        if number >= _MAX_FONTS:
            break
        for index, font in enumerate(_fonts(path)):
            for family, style in _names(font):
                found.setdefault(family, {}).setdefault(style, _File(path, index))
    return found


def _folders() -> list[Path]:
    """Where fonts lie on this system (Font locations of fontconfig's default configuration, Windows and macOS)."""
    home = Path.home()
    if sys.platform == "win32":
        return [Path("C:/Windows/Fonts"), home / "AppData/Local/Microsoft/Windows/Fonts"]
    if sys.platform == "darwin":
        return [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"]
    return [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), home / ".local/share/fonts", home / ".fonts"]


def _font_files(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        if folder.is_dir():
            yield from sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES)


def _fonts(path: Path) -> Iterator[Any]:
    """The fonts of a file, opened so that a table is read when it is asked for; none of a damaged one."""
    try:
        if path.suffix.lower() in (".ttc", ".otc"):
            yield from _TTCollection(str(path), lazy=True).fonts
        else:
            with _TTFont(str(path), lazy=True) as font:
                yield font
    except (*_DAMAGED, OSError):
        return


def _names(font: Any) -> Iterator[tuple[str, tuple[bool, bool]]]:
    """Families under which a font goes, each with whether it is bold and italic."""
    try:
        names, marks = font["name"], font["OS/2"].fsSelection
    except _DAMAGED:
        return
    style = (bool(marks & _BOLD), bool(marks & _ITALIC))
    for number in (1, 16):
        family = names.getDebugName(number)
        if family and (number == 1 or names.getDebugName(17) in ("Regular", "Bold", "Italic", "Bold Italic")):
            yield str(family).lower(), style


def _read(file: _File, family: str, likeness: Likeness) -> Face | None:
    """The widths of a font; None when its tables are damaged."""
    for index, font in enumerate(_fonts(file.path)):
        if index == file.number:
            try:
                return _measured(font, family, likeness)
            except _DAMAGED:
                return None
    return None


def _measured(font: Any, family: str, likeness: Likeness) -> Face:
    # Read by hand: fontTools parses the whole table, and logs what it thinks of a font's dates.
    (unit,) = struct.unpack_from(">H", font.reader["head"], 18)
    advances: dict[str, tuple[int, int]] = font["hmtx"].metrics
    characters: dict[int, str] = font.getBestCmap() or {}
    widths = {code: advances[glyph][0] / unit for code, glyph in characters.items() if glyph in advances}
    header = font["hhea"]
    marks = font["OS/2"]
    tall = max(header.ascent - header.descent + header.lineGap, marks.usWinAscent + marks.usWinDescent)
    missing = widths.get(ord("n"), _AVERAGE_WIDTH)
    return Face(family, likeness, widths, missing, max(header.ascent, marks.usWinAscent) / unit, tall / unit)
