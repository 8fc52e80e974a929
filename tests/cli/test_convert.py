"""`polydesk convert`: CSV to a workbook and back, told and whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import polydesk

ORDERS = "item,amount\nScrews,12.50\n=1+1,3.00\n"


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(ORDERS, encoding="utf-8")
    return path


def test_csv_becomes_a_workbook_and_csv_again(orders: Path) -> None:
    out, back = orders.with_name("out.xlsx"), orders.with_name("back.csv")
    ran = polydesk("convert", orders, out)
    assert (ran.code, "divided by ,, 3 rows" in ran.err) == (0, True)
    ran = polydesk("convert", out, back, "--sheet", "orders")
    assert (ran.code, "got an apostrophe" in ran.err) == (0, True)
    assert back.read_bytes() == b"item,amount\r\nScrews,12.50\r\n'=1+1,3.00\r\n"
    said = polydesk("convert", out, back, "--raw", "--values", "--overwrite", "--bom", "--json").json()
    assert back.read_bytes() == b"\xef\xbb\xbfitem,amount\r\nScrews,12.5\r\n=1+1,3\r\n"
    assert said["output"] == str(back)


def test_a_range_is_written_divided_by_tabs(orders: Path) -> None:
    out, back = orders.with_name("out.xlsx"), orders.with_name("back.tsv")
    assert polydesk("convert", orders, out).code == 0
    assert polydesk("convert", out, back, "--range", "orders!A1:B2").code == 0
    assert back.read_bytes() == b"item\tamount\r\nScrews\t12.50\r\n"


def test_nothing_is_replaced_unasked_and_other_kinds_are_refused(orders: Path) -> None:
    ran = polydesk("convert", orders, orders)
    assert (ran.code, "--overwrite" in ran.err) == (2, True)
    ran = polydesk("convert", orders, orders.with_name("out.docx"))
    assert (ran.code, "cannot become" in ran.err) == (2, True)
    assert orders.read_text(encoding="utf-8") == ORDERS
