"""Cells that leave their places with all that they hold, and cells that are put somewhere, in a sheet's stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from polydesk.office.xlsx.addresses import Area, cell_name
from polydesk.office.xlsx.cell_values import CellReader, CellValue
from polydesk.office.xlsx.grammar import Grammar, with_attribute
from polydesk.office.xlsx.rows import Row, RowBlock
from polydesk.office.xlsx.shifting import Unsharing
from polydesk.office.xlsx.shifting_formulas import CellFormulas
from polydesk.office.xlsx.state import SheetState, WorkbookState


class RawCell(NamedTuple):
    """A cell as it stands in the file, and what it says."""

    attributes: bytes
    inner: bytes
    value: CellValue

    def at(self, row: int, column: int, prefix: bytes) -> bytes:
        """The cell's bytes for another place."""
        tag = b"<" + prefix + b"c" + with_attribute(self.attributes, b"r", cell_name(row, column).encode())
        return tag + b">" + self.inner + b"</" + prefix + b"c>" if self.inner else tag + b"/>"


def unshare(state: WorkbookState, sheet: SheetState, areas: Sequence[Area]) -> None:
    """Give every cell that meets the areas a formula of its own, and settle the state when any shared one."""
    change = Unsharing(sheet.name, areas)

    def rewritten(blocks: Iterator[RowBlock]) -> Iterator[RowBlock]:
        formulas = CellFormulas(change, sheet=sheet.name, part=sheet.part, path=state.path)
        return (formulas.rewritten(block) for block in blocks)

    formulas = CellFormulas(change, sheet=sheet.name, part=sheet.part, path=state.path)
    if any(formulas.rewritten(block) is not block for block in sheet.blocks()):
        sheet.transforms.append(rewritten)
        state.settle()


def raw_cells(state: WorkbookState, sheet: SheetState, area: Area) -> dict[tuple[int, int], RawCell]:
    """The cells of an area that are in the file, by row and column."""
    reader = CellReader(sheet.stream.start.grammar, state.strings)
    found: dict[tuple[int, int], RawCell] = {}
    for block in sheet.blocks():
        numbers = block.numbers
        if not numbers or max(numbers) < area.top or min(numbers) > area.bottom:
            continue
        for row in block.rows():
            if area.top <= row.number <= area.bottom:
                for cell in row.cells:
                    if area.left <= cell.column <= area.right:
                        inner = row.inner(cell)
                        found[row.number, cell.column] = RawCell(cell.attributes, inner, reader.read(row, cell))
    return found


class Relocation:
    """Takes the cells of some areas out of a sheet's stream, and puts others in."""

    def __init__(self, gone: Sequence[Area], put: Mapping[tuple[int, int], bytes]) -> None:
        self._gone = gone
        self._put: dict[int, dict[int, bytes]] = {}
        for (row, column), data in put.items():
            self._put.setdefault(row, {})[column] = data

    def relocated(self, blocks: Iterator[RowBlock]) -> Iterator[RowBlock]:
        """The sheet's blocks with the cells in their new places."""
        waiting = sorted(self._put)
        before = 0
        grammar: Grammar | None = None
        for block in blocks:
            grammar = block.grammar
            numbers = block.numbers
            rows = {row for row in waiting if numbers and row <= max(numbers)}
            touched = rows or any(
                numbers and area.top <= max(numbers) and min(numbers) <= area.bottom for area in self._gone
            )
            waiting = [row for row in waiting if row not in rows]
            made = RowBlock(self._block(block, rows), grammar, before) if touched else block
            before = made.last
            yield made
        if grammar is not None and waiting:
            yield RowBlock(b"".join(self._new_row(row, grammar) for row in waiting), grammar, before)

    def _block(self, block: RowBlock, rows: set[int]) -> bytes:
        pieces: list[bytes] = []
        left = sorted(rows)
        at = 0
        for row in block.rows():
            place = row.place
            pieces.append(block.data[at : place.start])
            while left and left[0] < row.number:
                pieces.append(self._new_row(left.pop(0), block.grammar))
            if left and left[0] == row.number:
                left.pop(0)
            pieces.append(self._row(row))
            at = place.end
        pieces += [self._new_row(number, block.grammar) for number in left]
        return b"".join([*pieces, block.data[at:]])

    def _row(self, row: Row) -> bytes:
        data, place, prefix = row.block.data, row.place, row.block.grammar.prefix
        put = self._put.get(row.number, {})
        if not put and not any(area.top <= row.number <= area.bottom for area in self._gone):
            return data[place.start : place.end]
        cells = {
            cell.column: data[cell.start : cell.end]
            for cell in row.cells
            if not any(area.has(row.number, cell.column) for area in self._gone)
        }
        cells.update(put)
        attributes = with_attribute(place.attributes, b"spans", None)
        attributes = with_attribute(attributes, b"r", b"%d" % row.number)
        inner = b"".join(cells[column] for column in sorted(cells))
        tag = b"<" + prefix + b"row" + attributes
        return tag + b">" + inner + b"</" + prefix + b"row>" if inner else tag + b"/>"

    def _new_row(self, number: int, grammar: Grammar) -> bytes:
        cells = self._put[number]
        inner = b"".join(cells[column] for column in sorted(cells))
        return b"<" + grammar.prefix + b'row r="%d">' % number + inner + b"</" + grammar.prefix + b"row>"
