"""What every edit of cells must keep, on real files."""

from __future__ import annotations

import random

import pytest

from polydesk.core.errors import UnreadableDocumentError
from polydesk.office.xlsx.addresses import Area, address
from polydesk.office.xlsx.cell_edits import SetCells
from polydesk.office.xlsx.workbook import Workbook
from tests.corpus_files import CORPUS, corpus_files
from tests.office.xlsx.trials import applied, as_input, broken_laws, contents, opened, trial_edits

SUFFIXES = (".xlsx", ".xlsm", ".xltx", ".xltm")
PAIRS = CORPUS.parent / "spreadsheet-pairs"
FILES = [*corpus_files(*SUFFIXES), *sorted(path for path in PAIRS.glob("*.xls*"))]
GROUPS = 24


def workbooks(group: int, *, of: int, groups: int = GROUPS) -> list[Workbook]:
    """Every `of`-th file of a group that can be opened."""
    found: list[Workbook] = []
    for path in FILES[group :: groups * of]:
        try:
            found.append(Workbook(path.read_bytes(), path=path.name))
        except UnreadableDocumentError:
            continue
    return found


@pytest.mark.parametrize("group", range(GROUPS))
def test_without_edits_every_file_keeps_its_bytes(group: int) -> None:
    for workbook in workbooks(group, of=1):
        assert workbook.apply([]).data is workbook.data


@pytest.mark.parametrize("group", range(GROUPS))
def test_an_edit_changes_what_it_names_and_nothing_else(group: int) -> None:
    for workbook in workbooks(group, of=3):
        chance = random.Random(workbook.path)
        for edit in chance.sample(list(trial_edits(opened(workbook.data), chance)), 3):
            result = applied(workbook, [edit])
            if result is not None:
                assert broken_laws(workbook.data, edit, result) == [], (workbook.path, edit)


@pytest.mark.parametrize("group", range(GROUPS))
def test_edits_of_one_list_commute(group: int) -> None:
    for workbook in workbooks(group, of=6):
        chance = random.Random(f"commute {workbook.path}")
        edits = chance.sample(list(trial_edits(opened(workbook.data), chance)), 2)
        there, back = applied(workbook, edits), applied(workbook, edits[::-1])
        assert (there is None) == (back is None), (workbook.path, edits)
        if there is not None and back is not None:
            assert contents(opened(there.data)) == contents(opened(back.data)), (workbook.path, edits)


@pytest.mark.parametrize("group", range(GROUPS))
def test_the_inverse_gives_back_the_contents(group: int) -> None:
    for workbook in workbooks(group, of=6):
        before = opened(workbook.data)
        cells = contents(before)
        name = next((name for name in cells if name), None)
        if name is None:
            continue
        area = Area(2, 1, 4, 3)
        plain = [cells[name].get((row, column)) for row in range(2, 5) for column in range(1, 4)]
        if any(cell is not None and cell.formula is not None and cell.formula[1] != "normal" for cell in plain):
            continue
        if any(cell is not None and cell.kind == "d" for cell in plain):
            continue
        there = applied(workbook, [SetCells(at=address(name, area), value=3)])
        if there is None:
            continue
        rows = [tuple(as_input(cells[name].get((row, column))) for column in range(1, 4)) for row in range(2, 5)]
        back = applied(Workbook(there.data), [SetCells(at=address(name, Area.cell(2, 1)), values=tuple(rows))])
        assert back is not None, workbook.path
        again = contents(opened(back.data))
        for key in {*cells[name], *again[name]}:
            old, new = cells[name].get(key), again[name].get(key)
            held = (None, "", None) if old is None else (old.value, old.kind, old.formula)
            if area.has(*key) and held[2] is not None:
                held = (None, "", held[2])  # an old result is not to be trusted, so none is written
            assert (None if new is None else (new.value, new.kind, new.formula)) in (held, None), (workbook.path, key)
