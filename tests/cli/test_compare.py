"""Documents by `polydesk compare` and `merge`: tracked changes, with a receipt that undoes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from polydesk.office.docx.document import open_document
from tests.cli.command import polydesk
from tests.docx_builder import docx, ins, p

Written = Callable[[bytes], Path]


@pytest.fixture
def pair(tmp_path: Path, written: Written) -> tuple[Path, Path]:
    """The old and the new document."""
    old = written(docx(p("The first paragraph."), p("The second paragraph.")))
    new = tmp_path / "new.docx"
    new.write_bytes(docx(p("The very first paragraph."), p("The second paragraph."), header=["Top"]))
    return old, new


def test_the_result_lies_beside_the_first_and_undo_gives_it_back(pair: tuple[Path, Path]) -> None:
    old, new = pair
    ran = polydesk("compare", old, new, "--author", "Legal")
    out = old.with_name(f"{old.stem}.compared.docx")
    assert (ran.code, "very" in ran.out) == (0, True)
    assert {change.author for change in open_document(out).changes()} == {"Legal"}
    assert polydesk("undo", out, "-o", old.with_name("back.docx")).code == 0
    assert old.with_name("back.docx").read_bytes() == old.read_bytes()


def test_json_lists_the_changes_and_the_receipt_is_kept(pair: tuple[Path, Path]) -> None:
    old, new = pair
    said = polydesk("compare", old, new, "-o", old.with_name("out.docx"), "--json").json()
    assert [change["text"] for change in said["changes"] if change["kind"] == "insertion"] == ["very ", "Top"]
    receipt = polydesk("receipt", said["receipt_id"], "--json").json()
    assert {change["kind"] for change in receipt["changes"]} == {"compare"}


def test_nothing_is_written_over_and_other_formats_are_refused(pair: tuple[Path, Path], tmp_path: Path) -> None:
    old, new = pair
    assert polydesk("compare", old, new, "-o", new).code != 0
    mail = tmp_path / "mail.eml"
    mail.write_bytes(b"From: a@example.org\r\nTo: b@example.org\r\nSubject: Hi\r\n\r\nHello\r\n")
    assert polydesk("compare", old, mail, "-o", tmp_path / "x.docx").code != 0
    assert not (tmp_path / "x.docx").exists()


def test_reviews_are_merged_and_contradictions_told(tmp_path: Path, written: Written) -> None:
    base = written(docx(p("We meet on Monday.")))
    for name, day in (("ann", "Tuesday"), ("bob", "Friday")):
        (tmp_path / f"{name}.docx").write_bytes(docx(p(f"We meet on {day}.")))
    (tmp_path / "cy.docx").write_bytes(docx(p("We meet on Monday", ins(" at noon", author="Cy"), ".")))
    ran = polydesk("merge", base, *(tmp_path / f"{name}.docx" for name in ("ann", "bob", "cy")))
    assert (ran.code, "Contradiction: bob" in ran.err) == (0, True)
    merged = open_document(base.with_name(f"{base.stem}.merged.docx"))
    assert {change.author for change in merged.changes()} == {"ann", "Cy"}
    assert [comment.author for comment in merged.view().comments] == ["bob"]
