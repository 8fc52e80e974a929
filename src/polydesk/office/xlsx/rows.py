"""Rows and cells as they lie in a sheet's bytes: found by their marks, parsed only where they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from polydesk.office.xlsx.addresses import column_number
from polydesk.office.xlsx.grammar import Grammar, attribute, blanked
from polydesk.office.xlsx.numerals import whole

_DIGITS = b"0123456789$"


class RowBlock:
    """Some rows of a sheet that follow each other, with whatever stands before, between and behind them.

    A block is cut out of the stream; most of them pass through an edit without a look inside.
    """

    __slots__ = ("_numbers", "_shape", "before", "data", "grammar")

    def __init__(self, data: bytes, grammar: Grammar, before: int) -> None:
        self.data = data
        self.grammar = grammar
        self.before = before
        """Number of the last row before the block; 0 when there is none."""
        self._shape: bytes | None = None
        self._numbers: list[int] | None = None

    @property
    def shape(self) -> bytes:
        """The data with comments and CDATA blanked, byte for byte in place: what marks are looked for in."""
        if self._shape is None:
            self._shape = blanked(self.data)
        return self._shape

    @property
    def numbers(self) -> list[int]:
        """The rows' numbers in the order of the file; a row without one follows the row before it."""
        if self._numbers is None:
            found = self.grammar.row_number.findall(self.shape)
            if len(found) == self.shape.count(self.grammar.row_mark):
                self._numbers = list(map(int, found))
            else:
                self._numbers = [place.number for place in self.places()]
        return self._numbers

    @property
    def last(self) -> int:
        """Number of the last row; that of the row before the block when it has none."""
        numbers = self.numbers
        return numbers[-1] if numbers else self.before

    def places(self) -> Iterator[RowPlace]:
        """Where each row lies, in the order of the file."""
        shape, grammar = self.shape, self.grammar
        number, at = self.before, 0
        while (tag := grammar.row_tag.search(shape, at)) is not None:
            written = attribute(tag[1], b"r")
            number = whole(written, number + 1)
            if tag[2]:
                at = tag.end()
            else:
                end = grammar.row_end.search(shape, tag.end())
                at = len(shape) if end is None else end.end()
            yield RowPlace(number, tag.start(), tag.end(), at, tag[1], bool(tag[2]), written is not None)

    def rows(self) -> Iterator[Row]:
        """Each row with its cells, in the order of the file."""
        for place in self.places():
            yield Row(self, place)


class RowPlace(NamedTuple):
    """Where a row lies in its block."""

    number: int
    start: int
    tag_end: int
    """Where its start tag ends."""
    end: int
    attributes: bytes
    empty_tag: bool
    numbered: bool
    """Whether it says its number itself."""


@dataclass(slots=True)
class CellPlace:
    """One cell as it lies in its block."""

    column: int
    start: int
    end: int
    attributes: bytes
    inner_start: int
    """Where its children begin; -1 for an empty tag."""
    inner_end: int
    named: bool
    """Whether it says its reference itself."""


class Row:
    """One row of a block, its cells found when they are asked for."""

    __slots__ = ("_cells", "block", "place")

    def __init__(self, block: RowBlock, place: RowPlace) -> None:
        self.block = block
        self.place = place
        self._cells: list[CellPlace] | None = None

    @property
    def number(self) -> int:
        """Counted from 1."""
        return self.place.number

    @property
    def cells(self) -> list[CellPlace]:
        """The cells in the order of the file; one without a reference follows the one before it."""
        if self._cells is None:
            self._cells = list(self._found())
        return self._cells

    def inner(self, cell: CellPlace) -> bytes:
        """A cell's children as they stand in the file; empty when it has none."""
        return b"" if cell.inner_start < 0 else self.block.data[cell.inner_start : cell.inner_end]

    def _found(self) -> Iterator[CellPlace]:
        column = 0
        for found in self.block.grammar.cell.finditer(self.block.shape, self.place.tag_end, self.place.end):
            attributes = found[1]
            if attributes.startswith(b' r="'):  # as Excel writes it
                name = attributes[4 : attributes.find(b'"', 4)]
            else:
                name = attribute(attributes, b"r")
            column = (name and column_of(name)) or column + 1
            inner_start, inner_end = found.span(2)
            yield CellPlace(column, found.start(), found.end(), attributes, inner_start, inner_end, name is not None)


def column_of(name: bytes) -> int:
    """The column of a reference such as `B2`; 0 when it names none."""
    return _column_of(name.rstrip(_DIGITS))


@lru_cache(maxsize=20_000)
def _column_of(letters: bytes) -> int:
    letters = letters.lstrip(b"$")
    return column_number(letters.decode("ascii")) if letters.isalpha() and letters.isascii() else 0
