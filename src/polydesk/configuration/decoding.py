"""Values of a TOML file made into sections, with every fault found at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from types import NoneType, UnionType
from typing import Any, Literal, TypeAlias, TypeGuard, cast, get_args, get_origin

import msgspec

from polydesk.configuration.positions import Place

_WORDS = {
    "`int`": "a whole number",
    "`float`": "a number",
    "`str`": "text in quotation marks",
    "`bool`": "true or false",
    "`array`": "a list",
    "`object`": "a table",
    "`decimal`": "a number",
    "`null`": "nothing",
    "`date`": "a day such as 2027-06-30",
    " | ": " or ",
}
_LIKENESS = 60
"""Of 100: names that are less alike are not suggested."""
_MOST_SHOWN = 12


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong, at its place."""

    place: Place
    what: str
    remedy: str


RowCheck: TypeAlias = Callable[[msgspec.Struct], Iterable[Fault]]
"""What is wrong with one struct by itself; the places are from the struct."""


class Decoder:
    """Makes values into structs and keeps every fault."""

    def __init__(self, check: RowCheck) -> None:
        self.faults: list[Fault] = []
        self._check = check

    def decode(self, value: Any, kind: Any, place: Place = ()) -> Any:
        """`value` as `kind`, which is a struct, a list or table of structs, or anything that msgspec converts.

        Where there are faults, what is given back means nothing.
        """
        if _is_struct(kind):
            return self._struct(value, kind, place)
        kind = _said_kind(kind)
        of = get_args(kind)
        if get_origin(kind) is tuple and _is_struct(of[0]):
            rows: list[Any] | None = self._expected(
                value, list, "a list of tables, each under a [[…]] of its own", place
            )
            return tuple(self.decode(row, of[0], (*place, number)) for number, row in enumerate(rows or []))
        if get_origin(kind) is dict:
            table: dict[str, Any] | None = self._expected(value, dict, "a table", place)
            return {name: self.decode(inner, of[1], (*place, name)) for name, inner in (table or {}).items()}
        return self._leaf(value, kind, place)

    def _struct(self, value: Any, kind: type[msgspec.Struct], place: Place) -> Any:
        table: dict[str, Any] | None = self._expected(value, dict, "a table", place)
        if table is None:
            return None
        before = len(self.faults)
        fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
        self.faults += _unknown(table, list(fields), place)
        found = {
            field.name: self.decode(table[key], field.type, (*place, key))
            for key, field in fields.items()
            if key in table
        }
        missing = [key for key, field in fields.items() if field.required and key not in table]
        self.faults += [Fault(place=place, what=f"`{key}` is missing", remedy=f"Add `{key} = …`.") for key in missing]
        if len(self.faults) > before:
            return None
        made = kind(**found)
        self.faults += [msgspec.structs.replace(one, place=(*place, *one.place)) for one in self._check(made)]
        return made

    def _leaf(self, value: Any, kind: Any, place: Place) -> Any:
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as exc:
            self.faults.append(_leaf_fault(str(exc), value, kind, place))
            return None

    def _expected(self, value: Any, kind: type[Any], words: str, place: Place) -> Any:
        if isinstance(value, kind):
            return value
        self.faults.append(Fault(place=place, what="this is of another kind", remedy=f"Write {words}."))
        return None


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The one of `known` that `name` was probably meant to be; None when none is much like it."""
    # Imported here, for it is slow and only a fault needs it.
    from rapidfuzz import process

    found = process.extractOne(name, list(known), score_cutoff=_LIKENESS)
    return None if found is None else found[0]


def suggestion(name: str, known: Sequence[str]) -> str:
    """What to write in place of an unknown `name`."""
    like = nearest(name, known)
    if like is not None:
        return f"Did you mean `{like}`?"
    shown = ", ".join(f"`{one}`" for one in known[:_MOST_SHOWN])
    return f"Known here: {shown}{' and others' if len(known) > _MOST_SHOWN else ''}."


def _unknown(table: dict[str, Any], known: Sequence[str], place: Place) -> list[Fault]:
    return [
        Fault(place=(*place, key), what="there is no such key", remedy=suggestion(key, known))
        for key in table
        if key not in known
    ]


def _leaf_fault(message: str, value: Any, kind: Any, place: Place) -> Fault:
    message, _, inside = message.partition(" - at ")
    number = re.search(r"\[(\d+)\]", inside)
    if number is not None and isinstance(value, list):
        place, value = (*place, int(number[1])), cast("list[Any]", value)[int(number[1])]
    form = _form(kind)
    if form is not None:
        return Fault(place=place, what="this is not written as it must be", remedy=f"Write {form}.")
    choices = list(_choices(kind))
    if message.startswith("Invalid enum value"):
        return Fault(place=place, what="this is none of the values that can be meant", remedy=_choose(value, choices))
    if not message.startswith("Expected "):  # text that should say something else, such as a day
        return Fault(place=place, what="this cannot be read", remedy=f"Write {_kind_name(kind)}.")
    expected, _, got = message.removeprefix("Expected ").partition(", got ")
    what = f"{_in_words(got)} stands here" if got else "the value is outside of what is allowed"
    others = f", or one of {', '.join(choices)}" if choices else ""
    return Fault(place=place, what=what, remedy=f"Write {_bounds(_in_words(expected))}{others}.")


def _choose(value: Any, choices: list[str]) -> str:
    like = nearest(value, choices) if isinstance(value, str) else None
    return (f"Did you mean `{like}`? " if like else "") + f"Write one of {', '.join(choices)}."


def _choices(kind: Any) -> Iterable[str]:
    if get_origin(kind) is Literal:
        yield from map(str, get_args(kind))
    else:
        for part in get_args(kind):
            yield from _choices(part)


def _in_words(text: str) -> str:
    for word, plain in _WORDS.items():
        text = text.replace(word, plain)
    return text


def _bounds(text: str) -> str:
    text = text.replace(" of length >= 1", " that is not empty")
    return re.sub(r" (>=|<=|>|<) ([\d.]+)", lambda found: f"{_BOUND_WORDS[found[1]]} {found[2]}", text)


_BOUND_WORDS = {">=": " of at least", "<=": " of at most", ">": " above", "<": " below"}


def _said_kind(kind: Any) -> Any:
    """What a value of `kind` is when it is there: TOML has no null."""
    parts = [part for part in get_args(kind) if part is not NoneType]
    return parts[0] if get_origin(kind) is UnionType and len(parts) == 1 else kind


def _kind_name(kind: Any) -> str:
    name = getattr(kind, "__name__", "value").lower()
    return _WORDS.get(f"`{name}`", f"a {name}")


def _form(kind: Any) -> str | None:
    """How a value of `kind` is written, where its type says so in words."""
    marks = (mark for mark in get_args(kind)[1:] if isinstance(mark, msgspec.Meta))
    return next((mark.description for mark in marks if mark.description is not None), None)


def _is_struct(kind: Any) -> TypeGuard[type[msgspec.Struct]]:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)
