"""All cells of a sheet in one pass, as raw pieces: fast where a writer writes as Excel does, right everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from polydesk.office.xlsx.grammar import attribute
from polydesk.office.xlsx.rows import RowBlock, column_of


class RawCell(NamedTuple):
    """One cell, its text not yet decoded."""

    column: int
    style: bytes
    """Empty for format 0."""
    type: bytes
    """Empty for a number."""
    formula: bytes
    """The start tag of its formula; empty when it has none."""
    formula_text: bytes
    value: bytes
    """Text of `v`, or the whole inline string."""


_PLAIN = re.compile(
    rb'<c r="([A-Z]{1,3})(\d{1,9})"(?: s="(\d+)")?(?: t="([a-zA-Z]+)")?'
    rb"(?:/>|>(?:(<f[^<>]*>)(?:([^<]*)</f>)?)?(?:<v>([^<]*)</v>)?</c>)"
)


def raw_rows(block: RowBlock) -> Iterator[tuple[int, list[RawCell]]]:
    """Row numbers with the cells that hold something."""
    found = _PLAIN.findall(block.data) if not block.grammar.prefix else []
    if found and len(found) == block.shape.count(b"<c ") + block.shape.count(b"<c>"):
        yield from _grouped(found)
    else:
        yield from _parsed(block)


def _grouped(found: list[tuple[bytes, ...]]) -> Iterator[tuple[int, list[RawCell]]]:
    current, cells = b"", list[RawCell]()
    for letters, number, style, type, formula, text, value in found:
        if number != current:
            if cells:
                yield int(current), cells
            current, cells = number, []
        if value or formula:
            cells.append(RawCell(_column(letters), style, type, formula, text, value))
    if cells:
        yield int(current), cells


@lru_cache(maxsize=16_384)
def _column(letters: bytes) -> int:
    return column_of(letters)


def _parsed(block: RowBlock) -> Iterator[tuple[int, list[RawCell]]]:
    grammar = block.grammar
    for row in block.rows():
        cells: list[RawCell] = []
        for cell in row.cells:
            inner = row.inner(cell)
            if not inner:
                continue
            type = attribute(cell.attributes, b"t") or b""
            formula = grammar.formula.search(inner) if grammar.formula_mark in inner else None
            rest = inner if formula is None else inner[: formula.start()] + inner[formula.end() :]
            value = grammar.value.search(rest)
            raw = rest if type == b"inlineStr" else (value[1] or b"") if value is not None else b""
            if raw.strip() or formula is not None:
                tag = b"" if formula is None else b"<f" + formula[1] + b">"
                text = b"" if formula is None else formula[2] or b""
                style = attribute(cell.attributes, b"s") or b""
                cells.append(RawCell(cell.column, style, type, tag, text, raw))
        if cells:
            yield row.number, cells
