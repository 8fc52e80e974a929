"""Structured references: what changes of tables, their columns, and defined names do to formulas.

A structured reference is `Table1[…]` with a column, a special item such as `#Totals`, or several of them, each in
brackets of its own ([MS-XLSX] 2.2.2). In a column's name an apostrophe stands before `[`, `]`, `#` and `'`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from functools import partial

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


def delete_columns(
    formula: str, table: str, gone: Collection[str], order: Sequence[str], *, inside: bool = False
) -> str:
    """The formula after columns of a table have gone: what names one is `#REF!`, a range of columns shrinks.

    `order` lists the table's columns as they were.
    """
    lost = {name.casefold() for name in gone}

    def names_lost(token: Token) -> bool:
        if token.kind != "structured" or not _of_table(token, table, inside=inside):
            return False
        return not lost.isdisjoint(name.casefold() for name in columns_named(token))

    return _each(formula, names_lost, lambda token: _shrunk(token, lost, order))


def _shrunk(token: Token, lost: set[str], order: Sequence[str]) -> str:
    """A reference to a range of columns without those at its ends that have gone; `#REF!` for any other."""
    named = [name.casefold() for name in columns_named(token)]
    names = [name.casefold() for name in order]
    if len(named) != 2 or not set(named) <= set(names):
        return REF_ERROR
    low, high = sorted(map(names.index, named))
    left = [order[index] for index in range(low, high + 1) if names[index] not in lost]
    if not left:
        return REF_ERROR
    ends = {named[0]: left[0], named[1]: left[-1]}
    return _with_columns(token, lambda name: ends.get(name.casefold(), name))


def this_row_written(formula: str, table: str | None) -> str:
    """The formula with `Table[@Net]`, as Excel shows it, as files have it: `Table[[#This Row],[Net]]`.

    `table` is what `[@Net]` without a table means. Raises ValueError where that is None and needed.
    """
    return _each(formula, lambda token: token.kind == "structured" and _shows_at(token), partial(_this_row, table))


def _shows_at(token: Token) -> bool:
    return _body(token).partition("[")[2].startswith("@")


def _this_row(table: str | None, token: Token) -> str:
    name, _, inner = _body(token).partition("[")
    if not name and table is None:
        raise ValueError(token.text)
    column = inner[:-1].removeprefix("@").strip()
    if not column:
        return f"{token.prefix}{name or table}[#This Row]"
    column = column if column.startswith("[") else f"[{column}]"
    return f"{token.prefix}{name or table}[[#This Row],{column}]"


def columns_named(token: Token) -> list[str]:
    """The columns that a structured reference names."""
    return [_unescaped(item) for item in _items(token) if not item.startswith("#")]


def specials_named(token: Token) -> set[str]:
    """The special items of a structured reference in lower case, such as `#totals`; `@` is `#this row`."""
    _, _, inner = _body(token).partition("[")
    found = {item.casefold() for item in _items(token) if item.startswith("#")}
    return found | ({"#this row"} if inner.startswith("@") else set())


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
