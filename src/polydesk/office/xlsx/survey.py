"""One look through a sheet before it is edited: what stands where edits will write, and which cells belong together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

from polydesk.office.xlsx.addresses import Area, parse_area
from polydesk.office.xlsx.cell_values import CellReader, CellValue, hashed_line
from polydesk.office.xlsx.grammar import attribute
from polydesk.office.xlsx.rows import RowBlock

if TYPE_CHECKING:
    from polydesk.office.xlsx.state import SheetState, WorkbookState


class Digest(Protocol):
    """A hash that is being made."""

    def update(self, data: bytes, /) -> None:
        """Add to it."""

    def hexdigest(self) -> str:
        """What it is."""
        ...


Digests = dict[int, Digest]

SAMPLE = 24
"""As many cells of an area are kept to tell what an edit replaced."""


class Array(NamedTuple):
    """Cells that one formula fills."""

    ref: Area
    row: int
    """Where the formula stands."""
    column: int
    kind: str
    """`array`, `dynamic array` or `data table`."""


@dataclass(slots=True)
class Watch:
    """An area that edits name, and what was seen in it."""

    area: Area
    hashes: bool
    """Whether all of it is read for its hash."""
    cells: list[CellValue] = field(default_factory=list[CellValue])
    """The first cells that hold anything, at most `SAMPLE`."""
    more: bool = False
    """Whether there are more."""
    hash: str = ""

    @property
    def full(self) -> bool:
        """Whether nothing more is to be seen."""
        return self.more and not self.hashes


@dataclass(slots=True)
class Survey:
    """What was seen in one sheet."""

    watches: list[Watch]
    arrays: list[Array] = field(default_factory=list[Array])


def survey(state: WorkbookState, sheet: SheetState, watches: list[Watch]) -> Survey:
    """Look through a sheet once for all areas that are watched."""
    found = Survey(watches)
    reader = CellReader(sheet.stream.start.grammar, state.strings)
    digests: Digests = {id(watch): hashlib.sha256() for watch in watches if watch.hashes}
    highest = 0
    for block in sheet.blocks():
        first, highest = (block.numbers[0] if block.numbers else 0), max(highest, block.last)
        wanted = [
            watch
            for watch in watches
            if not watch.full and watch.area.top <= block.last and min(first, block.before + 1) <= watch.area.bottom
        ]
        if wanted:
            _watch(block, wanted, reader, digests)
        if b"array" in block.data or b"dataTable" in block.data:
            found.arrays += _arrays(block)
    for watch in watches:
        watch.hash = digests[id(watch)].hexdigest()[:8] if watch.hashes else ""
    return found


def _watch(block: RowBlock, watches: list[Watch], reader: CellReader, digests: Digests) -> None:
    for row in block.rows():
        own = [watch for watch in watches if not watch.full and watch.area.top <= row.number <= watch.area.bottom]
        if not own:
            continue
        left, right = min(watch.area.left for watch in own), max(watch.area.right for watch in own)
        for cell in row.cells:
            if left <= cell.column <= right:
                value = reader.read(row, cell)
                if value.kind or value.formula is not None:
                    for watch in own:
                        _see(watch, value, digests)


def _see(watch: Watch, value: CellValue, digests: Digests) -> None:
    if not watch.area.has(value.row, value.column):
        return
    if len(watch.cells) < SAMPLE:
        watch.cells.append(value)
    else:
        watch.more = True
    if watch.hashes:
        digests[id(watch)].update(hashed_line(value))


def _arrays(block: RowBlock) -> Iterator[Array]:
    grammar = block.grammar
    for row in block.rows():
        stretch = block.data[row.place.start : row.place.end]
        if b"array" not in stretch and b"dataTable" not in stretch:
            continue
        for cell in row.cells:
            inner = row.inner(cell)
            found = grammar.formula.search(inner) if grammar.formula_mark in inner else None
            type = None if found is None else attribute(found[1], b"t")
            if found is None or type not in (b"array", b"dataTable"):
                continue
            ref = parse_area((attribute(found[1], b"ref") or b"").decode("ascii", "replace"))
            dynamic = attribute(cell.attributes, b"cm") is not None
            kind = "data table" if type == b"dataTable" else "dynamic array" if dynamic else "array"
            yield Array(ref or Area.cell(row.number, cell.column), row.number, cell.column, kind)
