"""Formulas are cut into tokens that lose nothing."""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.office.formulas.tokens import join, tokenize
from tests.corpus_files import corpus_files

_FORMULA = re.compile(
    r"<(?:\w+:)?(?:f|definedName|formula[12]?|calculatedColumnFormula|totalsRowFormula)(?:\s[^>]*)?(?<!/)>([^<]*)</"
)

KINDS = {
    "SUM(A1:B2)": "function:SUM open:( reference:A1:B2 close:)",
    "LOG10(A1)": "function:LOG10 open:( reference:A1 close:)",
    "A1:LOG10(2)": "reference:A1 operator:: function:LOG10 open:( number:2 close:)",
    "A1:B2:C3": "reference:A1:B2 operator:: reference:C3",
    "Sheet1!A1:Sheet1!B2": "reference:Sheet1!A1 operator:: reference:Sheet1!B2",
    "Ark1!A1:Ark1!B2": "reference:Ark1!A1 operator:: reference:Ark1!B2",
    "A1:Ark1!B2": "reference:A1 operator:: reference:Ark1!B2",
    "Sheet1:Sheet3!A1": "reference:Sheet1:Sheet3!A1",
    "[1]Sheet!A1": "reference:[1]Sheet!A1",
    "[1]!Name": "name:[1]!Name",
    "[1]!'item'": "name:[1]!'item'",
    "Sheet1!#REF!": "reference:Sheet1!#REF!",
    "#REF!A1": "reference:#REF!A1",
    "#REF!": "error:#REF!",
    "#N/A": "error:#N/A",
    "A1#": "reference:A1 operator:#",
    "@A1": "operator:@ reference:A1",
    "$A:$C": "reference:$A:$C",
    "1:$3": "reference:1:$3",
    "XFD1048576": "reference:XFD1048576",
    "XFE1": "name:XFE1",
    "A1048577": "name:A1048577",
    "TRUE": "name:TRUE",
    "1.5E-3%": "number:1.5E-3 operator:%",
    '"a""b"': 'string:"a""b"',
    "T[[#This Row],[a']b]]": "structured:T[[#This Row],[a']b]]",
    "T[#All]": "structured:T[#All]",
    "[@Price]": "structured:[@Price]",
    "{1,2;3}": "open:{ number:1 separator:, number:2 separator:; number:3 close:}",
    "_xlfn.XLOOKUP(1,A:A)": "function:_xlfn.XLOOKUP open:( number:1 separator:, reference:A:A close:)",
    '"open': 'string:"open',
    "'open": "other:'open",
    "日本!A1": "reference:日本!A1",
    "!A1": "reference:!A1",
}


@pytest.mark.parametrize(("formula", "expected"), KINDS.items())
def test_each_token_has_its_kind(formula: str, expected: str) -> None:
    assert " ".join(f"{token.kind}:{token.text}" for token in tokenize(formula)) == expected


def test_an_intersection_is_a_space_between_references() -> None:
    assert [token.kind for token in tokenize("A1:B2 B1:C3")] == ["reference", "space", "reference"]


def test_the_prefix_is_told_apart() -> None:
    assert [token.prefix for token in tokenize("'It''s'!A1+B2")] == ["'It''s'!", "", ""]


_PIECES = st.sampled_from(
    [
        *KINDS,
        "'",
        '"',
        "[",
        "]",
        "(",
        ")",
        "!",
        ":",
        "#",
        " ",
        "\n",
        "A1",
        "$",
        "'a b'!",
        "R1C1",
        ".",
        "\\",
        "é",
        "\x00",
    ]
)


@given(st.lists(_PIECES).map("".join) | st.text())
def test_tokens_join_to_the_formula(formula: str) -> None:
    assert join(tokenize(formula)) == formula


def _formulas(path: Path) -> Iterator[str]:
    try:
        with zipfile.ZipFile(path) as package:
            for name in package.namelist():
                if name.endswith(".xml"):
                    text = package.read(name).decode("utf-8", "replace")
                    yield from (html.unescape(found) for found in _FORMULA.findall(text))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):
        return


def test_every_formula_of_the_corpus_is_understood_and_kept() -> None:
    found = {formula for path in corpus_files(".xlsx", ".xlsm") for formula in _formulas(path)}
    assert len(found) > 1000
    for formula in found:
        tokens = tokenize(formula)
        assert join(tokens) == formula
        assert all(token.kind != "other" for token in tokens), formula
