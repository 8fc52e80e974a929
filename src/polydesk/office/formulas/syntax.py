"""What keeps a text from being a formula that a spreadsheet program can read."""

from __future__ import annotations

from itertools import pairwise

from polydesk.office.formulas.tokens import Token, tokenize

_PAIRS = {"(": ")", "{": "}"}
_SIGNS = frozenset("+-@")
"""Operators that may stand in front of what they belong to."""
_BEHIND = frozenset("%#")
"""Operators that stand behind it."""


def syntax_fault(formula: str) -> str | None:
    """What is wrong with a formula without its equals sign, in words; None where nothing is seen.

    Excel calls a workbook damaged for a formula that it cannot read. Brackets, quotes, separators and operators are
    looked at (ISO/IEC 29500-1, 18.17.2); whether functions and names exist is not.
    """
    tokens = [token for token in tokenize(formula) if token.kind != "space"]
    faults = (fault for token in tokens if (fault := _token_fault(token)))
    return next(faults, None) or _nesting(tokens) or _order(tokens)


def _token_fault(token: Token) -> str | None:
    if token.kind == "string" and (token.text.count('"') % 2 or len(token.text) < 2):
        return 'a text begins with " and does not end'
    return f"{token.text} has no meaning there" if token.kind == "other" else None


def _nesting(tokens: list[Token]) -> str | None:
    waiting: list[str] = []
    for token in tokens:
        if token.kind == "open":
            waiting.append(_PAIRS[token.text])
        elif token.kind == "close" and (not waiting or waiting.pop() != token.text):
            return f"{token.text} closes nothing"
        elif token.text == ";" and token.kind == "separator" and "}" not in waiting:
            return "; separates rows of {…} only; arguments are separated by commas"
    return f"{waiting[-1]} is missing" if waiting else None


def _order(tokens: list[Token]) -> str | None:
    for one, other in pairwise((None, *tokens, None)):
        ends = other is None or other.kind in ("separator", "close")
        if one is not None and one.kind == "operator" and one.text not in _BEHIND and ends:
            return f"nothing follows {one.text}"
        begins = one is None or one.kind in ("separator", "open")
        if other is not None and other.kind == "operator" and other.text not in _SIGNS and begins:
            return f"nothing stands before {other.text}"
        if one is not None and other is not None and {one.kind, other.kind} <= {"number", "string"}:
            return f"no operator stands between {one.text} and {other.text}"
    return None
