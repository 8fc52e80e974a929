"""Number format codes, parsed: sections with their conditions, and each section's tokens (ECMA-376-1 §18.8.31)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple

TokenKind = Literal[
    "literal", "digit", "point", "comma", "percent", "exponent", "slash", "date", "elapsed", "halves", "subsecond",
    "text", "general",
]  # fmt: skip
Kind = Literal["number", "scientific", "fraction", "date", "text", "general"]

_TOKEN = re.compile(
    r"""
      (?P<quoted> "[^"]*"?)
    | \\(?P<escaped> .)
    | _(?P<space> .)
    | \*(?P<fill> .)
    | \[(?P<elapsed> h+|m+|s+)\]
    | \[\$(?P<currency> [^\]-]*)(?:-[^\]]*)?\]
    | \[(?P<condition> (?:<=|>=|<>|<|>|=)\s*-?[\d.]+(?:E[+-]?\d+)?)\]
    | (?P<dropped> \[[^\]]*\])
    | (?P<general> General)
    | (?P<halves> AM/PM|A/P)
    | (?P<subsecond> (?<=s)\.0{1,3})
    | (?P<exponent> E[+-](?=[0#?]))
    | (?P<date> y+|m+|d+|h+|s+|e+|b+|g+)
    | (?P<digit> [0#?])
    | (?P<point> \.)
    | (?P<comma> ,)
    | (?P<percent> %)
    | (?P<slash> /)
    | (?P<text> @)
    | (?P<literal> .)
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_DATE_ONLY = re.compile(r"\[\$-F800\]", re.IGNORECASE)
_TIME_ONLY = re.compile(r"\[\$-F400\]", re.IGNORECASE)


class Token(NamedTuple):
    """One piece of a section."""

    kind: TokenKind
    text: str


class Section(NamedTuple):
    """One section of a code."""

    kind: Kind
    tokens: tuple[Token, ...]
    condition: tuple[str, float] | None
    """Operator and number of a condition in brackets; None when the section's place decides."""


@lru_cache(maxsize=4096)
def sections(code: str) -> tuple[Section, ...]:
    """The sections of a format code, at least one, at most four."""
    if _DATE_ONLY.match(code):
        code = "dddd, mmmm dd, yyyy"  # the reader's own long date in Excel; this is that of the United States
    elif _TIME_ONLY.match(code):
        code = "h:mm:ss AM/PM"
    return tuple(_section(part) for part in _split(code)[:4])


def _split(code: str) -> list[str]:
    """The code at its semicolons, those in quotes and behind backslashes left alone."""
    parts, start = [""], 0
    for match in re.finditer(r'"[^"]*"?|\\.|_.|\*.|\[[^\]]*\]|;', code, re.DOTALL):
        if match[0] == ";":
            parts[-1] += code[start : match.start()]
            parts.append("")
            start = match.end()
    parts[-1] += code[start:]
    return parts


def _section(code: str) -> Section:
    tokens: list[Token] = []
    condition: tuple[str, float] | None = None
    for match in _TOKEN.finditer(code):
        kind, text = match.lastgroup or "literal", match[match.lastgroup or 0]
        match kind:
            case "quoted":
                tokens.append(Token("literal", text.strip('"')))
            case "escaped" | "currency":
                tokens.append(Token("literal", text))
            case "space":
                tokens.append(Token("literal", " "))
            case "condition":
                condition = _condition(text)
            case "fill" | "dropped":
                pass
            case "elapsed" | "date" | "general" | "halves" | "subsecond" | "exponent" | "digit" | "point":
                tokens.append(Token(kind, text.lower() if kind in ("elapsed", "date") else text))
            case "comma" | "percent" | "slash" | "text":
                tokens.append(Token(kind, text))
            case _:
                tokens.append(Token("literal", text))
    kind = _kind(tokens)
    return Section(kind, tuple(_minutes(tokens) if kind == "date" else tokens), condition)


def _condition(text: str) -> tuple[str, float]:
    match = re.match(r"[<>=]+", text)
    assert match is not None
    try:
        return match[0], float(text[match.end() :])
    except ValueError:
        return match[0], 0.0


def _kind(tokens: list[Token]) -> Kind:
    kinds = {token.kind for token in tokens}
    if kinds & {"date", "elapsed", "halves"}:
        return "date"
    if "general" in kinds:
        return "general"
    if "text" in kinds:
        return "text"
    if "exponent" in kinds:
        return "scientific"
    return "fraction" if "slash" in kinds and "digit" in kinds else "number"


def _minutes(tokens: list[Token]) -> list[Token]:
    """The tokens with `m` next to hours or seconds as `n`, minutes."""
    timed = [index for index, token in enumerate(tokens) if token.kind in ("date", "elapsed")]
    for place, index in enumerate(timed):
        token = tokens[index]
        if token.kind == "date" and token.text in ("m", "mm"):
            before = tokens[timed[place - 1]].text[0] if place else ""
            after = tokens[timed[place + 1]].text[0] if place + 1 < len(timed) else ""
            if before == "h" or after == "s":
                tokens[index] = Token("date", "n" * len(token.text))
    return tokens
