"""A formula cut into tokens that join to the very same text.

The language is that of ISO/IEC 29500-1, 18.17 and of [MS-XLSX] 2.2.2, as it stands in files: English function names,
commas, A1 references. A leading `=`, which some programs write, is an operator like any other. Nothing is refused:
what is no formula becomes tokens of kind `other`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

Kind = Literal[
    "number", "string", "error", "reference", "structured", "function", "name",
    "operator", "separator", "open", "close", "space", "other",
]  # fmt: skip

_WORD = r"[^\x00-\x2d/:->@\[\]^`{-\xa0\u2000-\u206f]"
"""Letters, digits, `_`, `.`, `\\`, `?` and all beyond ASCII but for spaces and marks, said by what it is not: a class
of wide ranges takes a tenth of a second to compile."""
_COLUMN = r"\$?(?:[a-z]{1,2}|[a-w][a-z]{2}|x[a-e][a-z]|xf[a-d])"
_ROW = r"\$?(?:[1-9]\d{0,5}|10[0-3]\d{4}|104[0-7]\d{3}|1048[0-4]\d{2}|10485[0-6]\d|104857[0-6])"
_CELL = _COLUMN + _ROW
_AFTER_CELL = rf"(?!{_WORD}|[(!])"
_AREA = (
    rf"(?:{_CELL}:{_CELL}{_AFTER_CELL}|{_CELL}{_AFTER_CELL}"
    rf"|{_COLUMN}:{_COLUMN}{_AFTER_CELL}|{_ROW}:{_ROW}{_AFTER_CELL})"
)
_QUOTED = r"'(?:[^']|'')*+'"
_SHEET = _WORD
_PREFIX = rf"(?:{_QUOTED}|\#REF|(?:\[[^\[\]]*+\])?(?:(?!{_CELL}:){_SHEET}++(?::{_SHEET}++)?)?)!"
_COLUMNS = r"\[(?:'.|[^\[\]']|\[(?:'.|[^\[\]'])*+\])*+\]"
_NAME = rf"(?!\d|\.|\?){_WORD}++"
_ERRORS = (
    "REF!|NULL!|DIV/0!|VALUE!|NAME\\?|NUM!|N/A|GETTING_DATA|SPILL!|CALC!|FIELD!|BLOCKED!|UNKNOWN!|CONNECT!|EXTERNAL!"
    "|BUSY!|PYTHON!|TIMEOUT!"
)
_TOKEN = re.compile(
    rf"""
      (?P<string> "(?:[^"]|"")*+(?:"|\Z) )
    | (?P<prefix> {_PREFIX} )?
      (?: (?P<reference> {_AREA} )
        | (?P<broken> \#REF! )
        | (?P<structured> (?:{_NAME})?{_COLUMNS} )
        | (?P<function> {_NAME}(?=\() )
        | (?P<name> (?(prefix)(?:{_NAME}|{_QUOTED})|{_NAME}) )
      )
    | (?P<error> \#(?:{_ERRORS}) )
    | (?P<number> (?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)? )
    | (?P<space> [ \t\r\n\xa0]+ )
    | (?P<operator> <>|<=|>=|[-+*/^&=<>%:@\#~] )
    | (?P<separator> [,;] )
    | (?P<open> [({{] )
    | (?P<close> [)}}] )
    | (?P<other> '(?:[^']|'')*+(?:'|\Z) | . )
    """,
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_AREA_PARTS = re.compile(r"(\$?)([a-z]{0,3})(\$?)(\d{0,7})(?::(\$?)([a-z]{0,3})(\$?)(\d{0,7}))?", re.IGNORECASE)


class Token(NamedTuple):
    """A piece of a formula."""

    kind: Kind
    """`reference` is a cell, range, rows or columns; `structured` a part of a table; `name` also `TRUE` and `FALSE`,
    and the item of a DDE link; `function` the name alone, before its `(`."""
    text: str
    """The token as it stands, its sheet included."""
    prefix: str = ""
    """The part of `text` that names sheet or workbook, with its `!`: `Sheet1!`, `'[1]a b'!`, `#REF!`; else empty."""


def tokenize(formula: str) -> list[Token]:
    """The tokens of a formula; their texts join to the formula."""
    return [_token(match) for match in _TOKEN.finditer(formula)]


def join(tokens: Iterable[Token]) -> str:
    """The formula that the tokens make."""
    return "".join(token.text for token in tokens)


def area_parts(text: str) -> tuple[str | None, ...]:
    """`$`, column, `$`, row of both corners of a reference without its prefix; None for the second of a single cell."""
    match = _AREA_PARTS.fullmatch(text)
    assert match is not None, text
    return match.groups()


def is_area(text: str) -> bool:
    """Whether the text is a reference without a prefix."""
    return _WHOLE_AREA.fullmatch(text) is not None


_WHOLE_AREA = re.compile(_AREA, re.IGNORECASE)


def _token(match: re.Match[str]) -> Token:
    kind = match.lastgroup
    if kind == "broken":
        # `Sheet1!#REF!` is a reference whose cells are gone; `#REF!` alone an error value.
        return Token("reference" if match["prefix"] else "error", match[0], match["prefix"] or "")
    return Token(kind, match[0], match["prefix"] or "")  # type: ignore[arg-type]  # the groups are named for the kinds
