"""Formulas follow sheets that are renamed, deleted and moved."""

from __future__ import annotations

import pytest

from polydesk.office.formulas.sheets import delete_sheets, move_sheets, qualify, rename_sheet, sheets_named

ORDER = ["One", "Two", "Three", "Four"]


@pytest.mark.parametrize(
    ("before", "new", "after"),
    [
        ("Old!A1+old!$B$2", "New", "New!A1+New!$B$2"),
        ("'Old'!A1", "It's new", "'It''s new'!A1"),
        ("Old:Other!A1", "N 1", "'N 1:Other'!A1"),
        ("Old!name", "New", "New!name"),
        ("Old!A1", "R1C1", "'R1C1'!A1"),
        ("Old!A1", "A1", "'A1'!A1"),
        ("Old!A1", "2019", "'2019'!A1"),
        ("[1]Old!A1", "New", "[1]Old!A1"),
        ('"Old!A1"', "New", '"Old!A1"'),
        ("Older!A1", "New", "Older!A1"),
    ],
)
def test_renamed(before: str, new: str, after: str) -> None:
    assert rename_sheet(before, "Old", new) == after


@pytest.mark.parametrize(
    ("before", "gone", "after"),
    [
        ("Two!A1+Three!A1", {"Two"}, "#REF!A1+Three!A1"),
        ("One:Three!A1", {"One"}, "Two:Three!A1"),
        ("One:Three!A1", {"Three", "Two"}, "One!A1"),
        ("One:Three!A1", {"Two"}, "One:Three!A1"),
        ("Two:Three!A1", {"Two", "Three"}, "#REF!A1"),
        ("Two!name", {"Two"}, "#REF!name"),
    ],
)
def test_deleted(before: str, gone: set[str], after: str) -> None:
    assert delete_sheets(before, gone, ORDER) == after


@pytest.mark.parametrize(
    ("order", "after"),
    [
        (["One", "Three", "Four", "Two"], "One:Three!A1"),
        (["Three", "One", "Two", "Four"], "One:Two!A1"),
        (["Two", "Three", "Four", "One"], "Two:Three!A1"),
    ],
    ids=["the middle leaves", "the last goes in front", "the first goes behind"],
)
def test_moved(order: list[str], after: str) -> None:
    assert move_sheets("One:Three!A1", ORDER, order) == after


def test_a_formula_that_leaves_its_sheet_names_it() -> None:
    assert qualify("A1+Two!A1+T[x]+name", "My sheet") == "'My sheet'!A1+Two!A1+T[x]+name"


def test_sheets_that_a_formula_names() -> None:
    assert sheets_named("One:Three!A1+'Two'!x+[1]Four!A1+#REF!A1") == {"One", "Two", "Three"}
