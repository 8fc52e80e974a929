"""Structured references: what changes of tables, their columns, and defined names do to formulas.

A structured reference is `Table1[…]` with a column, a special item such as `#Totals`, or several of them, each in
brackets of its own ([MS-XLSX] 2.2.2). In a column's name an apostrophe stands before `[`, `]`, `#` and `'`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from polydesk.office.formulas.references import REF_ERROR
from polydesk.office.formulas.tokens import Token, join, tokenize

_ITEM = re.compile(r"\[((?:'.|[^\[\]'])*)\]", re.DOTALL)
_ESCAPED = re.compile(r"'(.)", re.DOTALL)
_SPECIAL = re.compile(r"([\[\]#'])")


def rename_table(formula: str, old: str, new: str) -> str:
    """The formula with a table called otherwise, whether with columns or alone."""

    def renamed(token: Token) -> str:
        return token.prefix + new + _body(token)[len(old) :]

    return _each(formula, lambda token: _is_table(token, old), renamed)


def delete_table(formula: str, table: str) -> str:
    """The formula after a table has gone with its cells."""
    return _each(formula, lambda token: _is_table(token, table), lambda token: REF_ERROR)


def rename_column(formula: str, table: str, old: str, new: str, *, inside: bool = False) -> str:
    """The formula with a table's column called otherwise.

    `inside` says that the formula stands in the table itself, where the table's name may be left out.
    """
    return _each(
        formula,
        lambda token: token.kind == "structured" and _of_table(token, table, inside=inside),
        lambda token: _with_columns(token, lambda name: new if name.casefold() == old.casefold() else name),
    )


def delete_column(formula: str, table: str, column: str, *, inside: bool = False) -> str:
    """The formula after a table's column has gone: what names it is `#REF!`."""
    return _each(
        formula,
        lambda token: (
            token.kind == "structured"
            and _of_table(token, table, inside=inside)
            and column.casefold() in {name.casefold() for name in columns_named(token)}
        ),
        lambda token: REF_ERROR,
    )


def rename_name(formula: str, old: str, new: str) -> str:
    """The formula with a defined name called otherwise."""
    return _each(
        formula,
        lambda token: token.kind in ("name", "function") and _body(token).casefold() == old.casefold(),
        lambda token: token.prefix + new,
    )


def columns_named(token: Token) -> list[str]:
    """The columns that a structured reference names."""
    return [_unescaped(item) for item in _items(token) if not item.startswith("#")]


def table_of(token: Token) -> str:
    """The table that a structured reference names; empty when it leaves that out."""
    return _body(token).partition("[")[0]


def _items(token: Token) -> list[str]:
    """What stands in the innermost brackets, still escaped; `@` of Excel's own display is left out."""
    _, _, inner = _body(token).partition("[")
    inner = inner[:-1]
    found = _ITEM.findall(inner)
    return found or [inner.removeprefix("@")] if inner else []


def _with_columns(token: Token, change: Callable[[str], str]) -> str:
    table, _, inner = _body(token).partition("[")
    inner = inner[:-1]
    at = "@" if inner.startswith("@") else ""

    def changed(item: str) -> str:
        name = _unescaped(item)
        return item if item.startswith("#") or change(name) == name else escaped_column(change(name))

    if _ITEM.search(inner):
        inner = _ITEM.sub(lambda match: f"[{changed(match[1])}]", inner)
    else:
        inner = at + changed(inner.removeprefix("@"))
    return f"{token.prefix}{table}[{inner}]"


def escaped_column(name: str) -> str:
    """A column's name as it stands in a structured reference."""
    return _SPECIAL.sub(r"'\1", name)


def _unescaped(item: str) -> str:
    return _ESCAPED.sub(r"\1", item)


def _body(token: Token) -> str:
    return token.text[len(token.prefix) :]


def _is_table(token: Token, table: str) -> bool:
    if token.kind == "structured":
        return _of_table(token, table, inside=False)
    return token.kind == "name" and token.prefix in ("", "[0]!") and _body(token).casefold() == table.casefold()


def _of_table(token: Token, table: str, *, inside: bool) -> bool:
    if token.prefix not in ("", "[0]!"):
        return False
    name = table_of(token)
    return name.casefold() == table.casefold() if name else inside


def _each(formula: str, wanted: Callable[[Token], bool], change: Callable[[Token], str]) -> str:
    tokens = tokenize(formula)
    changed = [token._replace(text=change(token)) if wanted(token) else token for token in tokens]
    return join(changed)
