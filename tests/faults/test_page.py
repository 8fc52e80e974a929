"""The page on survival says what the tests of faults found."""

from __future__ import annotations

from pathlib import Path

import pytest

from polydesk.inference.going_on import INSTRUCTION
from polydesk.inference.survival import Survival
from tests.faults.outages import OUTAGES
from tests.faults.rows import ROWS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "survival.md"


def faults_table() -> str:
    rows = [f"| {row.name} | {row.whole or ''} | {row.streamed or ''} | {row.survived} |" for row in ROWS]
    head = "| fault of the first vendor | whole answer | streamed | with another model in the plan |"
    return "\n".join([head, "|---|---|---|---|", *rows])


def outages_table() -> str:
    rows = [f"| {one.vendor} | {one.on or ''} | {one.what} | <{one.source}> |" for one in OUTAGES]
    return "\n".join(["| vendor | day | what clients saw | told by |", "|---|---|---|---|", *rows])


@pytest.mark.parametrize("table", [faults_table(), outages_table()], ids=["faults", "outages"])
def test_the_tables_are_those_of_the_tests(table: str) -> None:
    assert table in PAGE.read_text()


def test_the_page_names_every_habit() -> None:
    page = PAGE.read_text()
    assert [name for name in Survival.__struct_fields__ if f"`{name}`" not in page] == []


def test_the_page_quotes_the_instruction() -> None:
    assert " ".join(INSTRUCTION.replace("{anchor}", "…").split()) in " ".join(
        PAGE.read_text().replace("> ", "").split()
    )
