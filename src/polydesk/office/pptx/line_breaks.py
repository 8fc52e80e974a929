"""Lines of a paragraph: broken by word with real widths, between ideographs, after hyphens."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from polydesk.office.drawing.fonts import Face

_IDEOGRAPH = "\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60"
_TOKEN = re.compile(rf"\s+|[{_IDEOGRAPH}]|[^\s{_IDEOGRAPH}-]*-+|[^\s{_IDEOGRAPH}-]+")

_MOST_BREAKS = 200
"""Lines that one word is broken into at most: no text that is read has longer ones."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters of one look."""

    text: str
    face: Face
    size: float
    """In points, scaled."""


@dataclass(slots=True)
class Lines:
    """What a paragraph came to."""

    heights: list[float]
    widest: float = 0.0


def laid(found: Sequence[Piece], widths: tuple[float, float]) -> Lines:
    """The lines of a paragraph; `widths` of its first line and of the others."""
    breaker = _Breaker(found, widths)
    for words in _words(found):
        breaker.take(words)
    breaker.end_line()
    return breaker.lines


class _Breaker:
    """The line that is being filled, and those that are full."""

    def __init__(self, found: Sequence[Piece], widths: tuple[float, float]) -> None:
        self.lines = Lines([])
        self._room, self._others = widths
        self._used = self._gap = self._height = 0.0
        self._usual = max(map(_line_height, found), default=0.0)

    def take(self, words: Sequence[Piece]) -> None:
        """Put what stays together into the line, or into a new one."""
        if words[0].text == "\n":
            self._height = max(self._height, _line_height(words[0]))
            self.end_line()
            return
        width = sum(piece.face.width(piece.text, piece.size) for piece in words)
        if words[0].text.isspace():
            self._gap += width  # which counts only where another word follows in the line
        else:
            self._take_word(width, max(map(_line_height, words)))
        self._height = max(self._height, *map(_line_height, words))

    def end_line(self) -> None:
        """Begin another line."""
        self.lines.heights.append(self._height or self._usual)
        self._room, self._used, self._gap, self._height = self._others, 0.0, 0.0, 0.0

    def _take_word(self, width: float, height: float) -> None:
        if self._used and self._used + self._gap + width > self._room:
            self.end_line()
        if width > self._room > 0:
            more = math.ceil(width / self._room) - 1
            self.lines.widest = max(self.lines.widest, width)
            self.lines.heights += [height] * min(more, _MOST_BREAKS)
            width -= more * self._room
            self._room = self._others
        self._used, self._gap = self._used + self._gap + width, 0.0


def _line_height(piece: Piece) -> float:
    return piece.face.line * piece.size


def _words(found: Sequence[Piece]) -> Iterable[list[Piece]]:
    """What stays together in a line: words of one or several runs, spaces, and breaks each for itself."""
    word: list[Piece] = []
    for item in _atoms(found):
        if word and (_ends_word(word[-1].text) or item.text.isspace() or _is_square(item.text)):
            yield word
            word = []
        word.append(item)
    if word:
        yield word


def _atoms(found: Sequence[Piece]) -> Iterable[Piece]:
    """The pieces cut where a line may break."""
    for piece in found:
        for part in re.split("(\n)", piece.text):
            for text in [part] if part == "\n" else _TOKEN.findall(part):
                yield Piece(text, piece.face, piece.size)


def _ends_word(text: str) -> bool:
    return text.isspace() or text.endswith("-") or _is_square(text)


def _is_square(token: str) -> bool:
    return len(token) == 1 and re.match(f"[{_IDEOGRAPH}]", token) is not None
