"""What edits of names, links, rules, charts and comments must keep, on real files."""

from __future__ import annotations

import re
from typing import cast, get_args

import pytest

from bench.excel_cases import cases
from bench.packages import compare
from polydesk.core.errors import OfficeError
from polydesk.office.xlsx.edits import Edit
from polydesk.office.xlsx.object_edits import ObjectEdit
from polydesk.office.xlsx.workbook import Workbook
from tests.corpus_files import corpus_files

FILES = [path for path in corpus_files(".xlsx", ".xlsm", ".xltx", ".xltm") if path.stat().st_size < 300_000]
GROUPS, OF = 8, 4


@pytest.mark.parametrize("group", range(GROUPS))
def test_other_members_keep_their_bytes_and_the_inverse_takes_it_back(group: int) -> None:
    for path in FILES[group :: GROUPS * OF]:
        try:
            book = Workbook(path.read_bytes(), path=path.name)
            trials = [case for case in cases(book, 1) if isinstance(case.edit, get_args(ObjectEdit))]
        except OfficeError:
            continue
        for case in trials:
            try:
                result = book.apply(cast("list[Edit]", [case.edit]), ignore_protection=True)
            except OfficeError:
                continue  # refused by name
            found = compare(book.data, result.data)
            touched = {*found.repacked, *found.changed, *found.lost, *found.added}
            allowed = {name for name in touched if any(re.fullmatch(one, name) for one in case.may_change)}
            assert touched == allowed, (path, case.edit)
            assert found.in_order, (path, case.edit)
            again = Workbook(result.data)
            if case.shown is not None:
                assert case.shown(again), (path, case.edit)
            if case.inverse is not None and case.content is not None:
                back = Workbook(again.apply(cast("list[Edit]", case.inverse(again)), ignore_protection=True).data)
                assert case.content(back) == case.content(book), (path, case.edit)
