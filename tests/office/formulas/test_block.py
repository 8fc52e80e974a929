"""References follow cells that are cut and pasted."""

from __future__ import annotations

import pytest

from polydesk.office.formulas.block import BlockMove

DOWN = BlockMove(sheet="Data", box=(5, 1, 6, 2), to_sheet="Data", to_row=15, to_column=1)
AWAY = BlockMove(sheet="Data", box=(5, 1, 6, 2), to_sheet="New one", to_row=1, to_column=4)


@pytest.mark.parametrize(
    ("move", "before", "after"),
    [
        (DOWN, "A5+$B$6+A4", "A15+$B$16+A4"),
        (DOWN, "SUM(A5:B6)", "SUM(A15:B16)"),
        (DOWN, "SUM(A1:B6)", "SUM(A1:B16)"),
        (DOWN, "SUM(A1:C6)", "SUM(A1:C6)"),
        (DOWN, "A15+SUM(A15:B16)+SUM(A14:A20)", "#REF!+SUM(#REF!)+SUM(A14:A20)"),
        (DOWN, "More!A5+Data!A5", "More!A5+Data!A15"),
        (DOWN, "A:A+5:5", "A:A+5:5"),
        (AWAY, "A5+A4", "'New one'!D1+A4"),
        (AWAY, "Data!A5+'New one'!D1+'New one'!A1", "'New one'!D1+'New one'!#REF!+'New one'!A1"),
    ],
)
def test_formulas_outside(move: BlockMove, before: str, after: str) -> None:
    assert move.formula(before, sheet="Data") == after


def test_moved_formulas_mean_what_they_meant() -> None:
    assert DOWN.formula("A5+C9", sheet="Data", moves=True) == "A15+C9"
    assert AWAY.formula("A5+C9", sheet="Data", moves=True) == "D1+Data!C9"
