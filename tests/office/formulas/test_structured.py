"""Structured references follow tables and their columns."""

from __future__ import annotations

import pytest

from polydesk.office.formulas.structured import (
    columns_named,
    delete_columns,
    delete_table,
    rename_column,
    rename_table,
    this_row_written,
)
from polydesk.office.formulas.tokens import tokenize


def test_a_table_is_renamed_with_columns_and_alone() -> None:
    before = 'SUM(Sales[Net],sales[[#Totals],[Net]],Sales,Sales2[Net],"Sales[Net]",[1]!Sales[Net])'
    after = 'SUM(T[Net],T[[#Totals],[Net]],T,Sales2[Net],"Sales[Net]",[1]!Sales[Net])'
    assert rename_table(before, "Sales", "T") == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("T[Net]", "T[a'#b]"),
        ("T[[#This Row],[net]]", "T[[#This Row],[a'#b]]"),
        ("T[[Net]:[Tax]]", "T[[a'#b]:[Tax]]"),
        ("T[Netto]", "T[Netto]"),
        ("U[Net]", "U[Net]"),
        ("T[#All]", "T[#All]"),
        ("T[]", "T[]"),
    ],
)
def test_a_column_is_renamed(before: str, after: str) -> None:
    assert rename_column(before, "T", "Net", "a#b") == after


def test_inside_its_table_a_column_needs_no_table() -> None:
    assert rename_column("[@Net]*[Tax]", "T", "Net", "Gross", inside=True) == "[@Gross]*[Tax]"
    assert rename_column("[@Net]", "T", "Net", "Gross") == "[@Net]"


def test_what_is_deleted_is_an_error() -> None:
    columns = ["Net", "Tax", "Sum"]
    before = "T[Net]+T[[Net]:[Tax]]+T[[#Data],[Net]:[Sum]]+T[Tax]"
    assert delete_columns(before, "T", {"net", "Tax"}, columns) == "#REF!+#REF!+T[[#Data],[Sum]:[Sum]]+#REF!"
    assert delete_table("T[Net]+T+U[Net]", "T") == "#REF!+#REF!+U[Net]"


def test_columns_are_read_with_their_escapes() -> None:
    assert columns_named(tokenize("T[[#Data],[a']b]:[it''s]]")[0]) == ["a]b", "it's"]


@pytest.mark.parametrize(
    ("shown", "file"),
    [
        ("[@Net]/[@[Tax rate]]", "T[[#This Row],[Net]]/T[[#This Row],[Tax rate]]"),
        ("U[@Net]*2", "U[[#This Row],[Net]]*2"),
        ("SUM(U[@[Net]:[Tax]])", "SUM(U[[#This Row],[Net]:[Tax]])"),
        ("COUNTA(U[@])", "COUNTA(U[#This Row])"),
        ('U[[#This Row],[Net]]&U[Net]&"[@Net]"', 'U[[#This Row],[Net]]&U[Net]&"[@Net]"'),
    ],
)
def test_this_row_is_written_as_files_have_it(shown: str, file: str) -> None:
    assert this_row_written(shown, "T") == file


def test_this_row_of_no_table_is_refused() -> None:
    assert this_row_written("U[@Net]", None) == "U[[#This Row],[Net]]"
    with pytest.raises(ValueError, match=r"\[@Net\]"):
        this_row_written("U[@Net]+[@Net]", None)
