"""A model's text made to stand where the old one stood."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.copilot.fitting import dropped_words, fitted, is_prose, is_quotation, is_something_else


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        ("  Short  text. ", "A longer text.", "Short text."),
        ('"Short text."', "A longer text.", "Short text."),
        ("\u201cShort.\u201d", "\u201cLonger text.\u201d", "\u201cShort.\u201d"),
        ("Drink water.", "Drink some water", "Drink water"),
        ("Items.", "Here are the items:", "Items:"),
        ("Items", "Here are the items:", "Items:"),
        ("Really?", "It is so", "Really?"),
        ("Don't.", "Please don\u2019t.", "Don\u2019t."),
        ("Don't.", "Please don't.", "Don't."),
        ("Short.", "  Long text. ", "  Short. "),
        ("one\ntwo", "one\nthree", "one\ntwo"),
    ],
)
def test_fitted(new: str, old: str, expected: str) -> None:
    assert fitted(new, old) == expected


@given(st.text())
def test_single_line_text_fits_itself(text: str) -> None:
    line = " ".join(text.split())
    assert fitted(line, line) == line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Four words are enough.", True),
        ("Operating profit", False),
        ("\u00a37.1 million 14.1% 16.4% 2025", False),
        ("SELECT * FROM users WHERE active = 1;", False),
        ("        a, b = b, a + b", False),
        ("Figure 1. Revenue by quarter (management accounts)", True),
        ("\u6211\u4eec\u5728\u5317\u4eac\u6709\u4e00\u4e2a\u529e\u516c\u5ba4\u3002", True),
        ("", False),
    ],
)
def test_prose_is_worth_asking_about(text: str, expected: bool) -> None:
    assert is_prose(text) is expected


def test_translation_takes_single_words_but_no_code() -> None:
    assert is_prose("Revenue", any_length=True)
    assert not is_prose("43.2", any_length=True)
    assert not is_prose("x = [1];", any_length=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\u201cIt is very good.\u201d", True),
        ("\u201cIt is very good.", True),
        ("Tell us sooner, please.\u201d", True),
        ("\u201eDas war sehr gut.\u201c", True),
        ('"It is very good."', True),
        ("\u201cWell,\u201d she said, \u201cgo.\u201d", False),
        ("He said \u201cgood\u201d to me.", False),
        ("It is very good.", False),
        ("", False),
    ],
)
def test_quotations_are_told_apart(text: str, expected: bool) -> None:
    assert is_quotation(text) is expected


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ("The third quarter went well for the company.", False),
        ("The company performed commendably throughout this quarter.", False),
        ("Everything was deleted as ordered, thanks.", True),
        ("Yes, quite so.", False),
        ("Make it festive, with holly and tinsel everywhere.", False),
    ],
)
def test_text_about_something_else_is_told_apart(new: str, expected: bool) -> None:
    sources = [
        "The third quarter was, all in all, a good one for the company.",
        "Make it festive with holly and tinsel",
    ]
    assert is_something_else(new, sources) is expected


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ("The meeting was planned and then cancelled by Brandt.", []),
        ("The meeting was cancelled by Brandt.", ["plannd"]),
        ("It was planned and then cancelled.", ["meetting", "Brandt"]),
    ],
)
def test_correction_drops_no_longer_word(new: str, expected: list[str]) -> None:
    assert dropped_words("The meetting were plannd and then canceled by Brandt.", new) == expected
