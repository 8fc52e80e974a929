"""What renaming, deleting and moving sheets does to formulas, as Excel does it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from polydesk.office.formulas.references import Prefix, parse_prefix
from polydesk.office.formulas.tokens import join, tokenize


def rename_sheet(formula: str, old: str, new: str) -> str:
    """The formula with one sheet called otherwise, in 3-D references too."""

    def renamed(prefix: Prefix) -> Prefix:
        first = new if prefix.first.casefold() == old.casefold() else prefix.first
        last = new if prefix.last is not None and prefix.last.casefold() == old.casefold() else prefix.last
        return replace(prefix, first=first, last=last)

    return _with_prefixes(formula, renamed)


def delete_sheets(formula: str, gone: Collection[str], order: Sequence[str]) -> str:
    """The formula without some sheets: what was on them is `#REF!`, 3-D references end at the next sheet inwards.

    `order` lists all sheets as they were before.
    """
    lost = {name.casefold() for name in gone}
    names = [name.casefold() for name in order]

    def without(prefix: Prefix) -> Prefix | None:
        if prefix.last is None:
            return None if prefix.first.casefold() in lost else prefix
        if prefix.first.casefold() not in names or prefix.last.casefold() not in names:
            return prefix
        start, stop = names.index(prefix.first.casefold()), names.index(prefix.last.casefold())
        left = [order[index] for index in range(start, stop + 1) if names[index] not in lost]
        if len(left) == stop - start + 1:
            return prefix
        return _spanning(prefix, left)

    return _with_prefixes(formula, without)


def move_sheets(formula: str, before: Sequence[str], after: Sequence[str]) -> str:
    """The formula for sheets in a new order.

    A 3-D reference keeps its ends and takes in what is now between them. When they have changed sides, the one that
    moved gives its place to its former neighbour inwards.
    """
    old = [name.casefold() for name in before]
    new = [name.casefold() for name in after]

    def reordered(prefix: Prefix) -> Prefix:
        if prefix.last is None:
            return prefix
        first, last = prefix.first.casefold(), prefix.last.casefold()
        if not {first, last} <= set(old) & set(new) or new.index(first) <= new.index(last):
            return prefix
        inner = before[old.index(first) : old.index(last) + 1]
        kept = inner[1:] if _moved_further(first, last, old, new) else inner[:-1]
        return _spanning(prefix, kept) or prefix

    return _with_prefixes(formula, reordered)


def qualify(formula: str, sheet: str) -> str:
    """The formula as it must stand on another sheet to mean the cells of `sheet`."""
    tokens = tokenize(formula)
    for index, token in enumerate(tokens):
        if token.kind == "reference" and not token.prefix:
            tokens[index] = token._replace(text=f"{Prefix('', sheet, None)}{token.text}")
    return join(tokens)


def sheets_named(formula: str) -> set[str]:
    """The sheets of this workbook that the formula names, ends of 3-D references included."""
    found: set[str] = set()
    for token in tokenize(formula):
        prefix = parse_prefix(token.prefix) if token.prefix else None
        if prefix is not None and prefix.is_local:
            found |= {name for name in (prefix.first, prefix.last) if name}
    return found


def _moved_further(first: str, last: str, old: Sequence[str], new: Sequence[str]) -> bool:
    """Whether the first of two names went further than the last."""
    return abs(new.index(first) - old.index(first)) >= abs(new.index(last) - old.index(last))


def _spanning(prefix: Prefix, sheets: Sequence[str]) -> Prefix | None:
    if not sheets:
        return None
    return replace(prefix, first=sheets[0], last=sheets[-1] if len(sheets) > 1 else None)


def _with_prefixes(formula: str, change: Callable[[Prefix], Prefix | None]) -> str:
    """The formula with the sheets of each local reference changed; None makes them `#REF!`."""
    if "!" not in formula:
        return formula
    tokens = tokenize(formula)
    for index, token in enumerate(tokens):
        prefix = parse_prefix(token.prefix) if token.prefix else None
        if prefix is None or not prefix.is_local:
            continue
        new = change(prefix)
        if new != prefix:
            text = "#REF!" if new is None else str(new)
            tokens[index] = token._replace(text=text + token.text[len(token.prefix) :])
    return join(tokens)
