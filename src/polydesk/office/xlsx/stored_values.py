"""The stored values of formulas replaced in a sheet's stream; the formulas and everything else keep their bytes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from polydesk.office.xlsx.calculation import Outcome
from polydesk.office.xlsx.escapes import to_xstring
from polydesk.office.xlsx.grammar import Grammar, with_attribute
from polydesk.office.xlsx.rows import CellPlace, Row, RowBlock
from polydesk.office.xlsx.state import RowTransform, WorkbookState

Values = dict[int, dict[int, Outcome]]
"""By row and column."""


def store_values(state: WorkbookState, outcomes: Mapping[tuple[str, int, int], Outcome]) -> None:
    """Have the values of formulas (by sheet, row and column) written when the workbook is saved."""
    by_sheet: dict[str, Values] = defaultdict(lambda: defaultdict(dict))
    for (sheet, row, column), outcome in outcomes.items():
        by_sheet[sheet][row][column] = outcome
    for name, values in by_sheet.items():
        state.sheet(name).transforms.append(_transform(values))


def _transform(values: Values) -> RowTransform:
    def transform(blocks: Iterator[RowBlock]) -> Iterator[RowBlock]:
        for block in blocks:
            touched = [number for number in block.numbers if number in values]
            yield RowBlock(_rewritten(block, values), block.grammar, block.before) if touched else block

    return transform


def _rewritten(block: RowBlock, values: Values) -> bytes:
    pieces: list[bytes] = []
    at = 0
    for row in block.rows():
        wanted = values.get(row.number)
        for cell in row.cells if wanted else ():
            outcome = wanted.get(cell.column) if wanted else None
            if outcome is not None:
                pieces += (block.data[at : cell.start], _cell(block, row, cell, outcome))
                at = cell.end
    pieces.append(block.data[at:])
    return b"".join(pieces)


def _cell(block: RowBlock, row: Row, cell: CellPlace, outcome: Outcome) -> bytes:
    """The cell with another value; its formula as it stands."""
    grammar = block.grammar
    inner = row.inner(cell)
    found = grammar.formula.search(inner)
    formula = b"" if found is None else found[0]
    type = None if outcome.type == "n" else outcome.type.encode()
    attributes = with_attribute(cell.attributes, b"t", type)
    name = grammar.prefix
    value = b"<" + name + b"v>" + _raw(outcome) + b"</" + name + b"v>"
    return b"<" + name + b"c" + attributes + b">" + _kept(inner, formula, grammar, value) + b"</" + name + b"c>"


def _kept(inner: bytes, formula: bytes, grammar: Grammar, value: bytes) -> bytes:
    """The cell's children with `value` for the old one, behind the formula where there was none."""
    old = grammar.value.search(inner, inner.find(formula) + len(formula))
    if old is not None:
        return inner[: old.start()] + value + inner[old.end() :]
    end = inner.find(formula) + len(formula)
    return inner[:end] + value + inner[end:]


def _raw(outcome: Outcome) -> bytes:
    value = outcome.value
    if isinstance(value, bool):
        return b"1" if value else b"0"
    if isinstance(value, float):
        return (f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else repr(value)).encode()
    return to_xstring(str(value)).encode()
