"""The reference page of the configuration, from the sections' own docstrings.

`python -m polydesk.configuration.reference` prints it.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from importlib import resources
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from polydesk.configuration.sections import Configuration

_HEAD = """\
# The configuration file

Made by `python -m polydesk.configuration.reference > docs/reference/configuration.md`; a test fails when it is out of
date.

Polydesk needs no file. Where there is one it is TOML, and the first of these is read:

1. the file that `--config` names, before the command: `polydesk --config polydesk.toml models`;
2. the file that `POLYDESK_CONFIG` names;
3. `$XDG_CONFIG_HOME/polydesk/polydesk.toml` (`~/.config/polydesk/polydesk.toml`), when it is there.

A `polydesk.toml` in the working folder is not read unasked: a folder that came from somebody else could send your keys
and documents to an address of its own.

What the environment says of a provider goes before the file, and the file before what is shipped
([settings](settings.md)). Keys never stand in the file: it names an environment variable (`key_env`) or another file
(`key_file`), and what looks like a key is refused.

`polydesk config check` says what would hold, or every fault at once with its line, what is wrong and what to do. Rows
are counted from 1, as in `provider[2].base_url`. An unknown key is a fault. `polydesk config example` prints a file
with every key.
"""
_TITLES = {
    "server": "[server]",
    "provider": "[[provider]]",
    "model": "[[model]]",
    "plans": '[plans."NAME"]',
    "budget": "[[budget]]",
    "limits": "[limits]",
    "cache": "[cache]",
    "survival": "[survival]",
    "telemetry": "[telemetry]",
    "records": "[records]",
    "shared_limits": "[shared_limits]",
    "mailboxes": '[mailboxes."NAME"]',
}
_WORDS = {
    "int": "whole number",
    "float": "number",
    "Decimal": "number",
    "str": "text",
    "bool": "true or false",
    "date": "day",
}
_COLLECTIONS = {tuple: "list of {}", frozenset: "list of {}", dict: "table of {}"}

_GROUPED_FROM = 10_000


def reference_page() -> str:
    """The whole page in Markdown: each section with its keys."""
    fields = {field.encode_name: field for field in msgspec.structs.fields(Configuration)}
    parts = [_section(title, _row_type(fields[key].type)) for key, title in _TITLES.items()]
    return "\n".join([_HEAD, *parts])


def example() -> str:
    """A file with every key, and comments."""
    return (resources.files("polydesk.configuration") / "example.toml").read_text(encoding="utf-8")


def field_docs(kind: type[msgspec.Struct]) -> dict[str, str]:
    """The docstring of each field of `kind`, on one line; empty for a field that has none."""
    (tree,) = ast.parse(inspect.getsource(kind)).body
    assert isinstance(tree, ast.ClassDef)
    docs: dict[str, str] = {}
    name = ""
    for node in tree.body:
        match node:
            case ast.AnnAssign(target=ast.Name(id=name)):
                docs[name] = ""
            case ast.Expr(value=ast.Constant(value=str(text))) if name:
                docs[name] = " ".join(text.split())
            case _:
                pass
    return docs


def _row_type(kind: Any) -> type[msgspec.Struct]:
    """The struct that a section's type is, or holds."""
    return next(part for part in (kind, *get_args(kind)) if isinstance(part, type) and issubclass(part, msgspec.Struct))


def _section(title: str, kind: type[msgspec.Struct]) -> str:
    docs = field_docs(kind)
    rows = [
        f"| `{field.encode_name}` | {_type_words(field.type)} | {_default_words(field)} | {docs[field.name]} |"
        for field in msgspec.structs.fields(kind)
    ]
    table = ["| key | value | left out | meaning |", "|---|---|---|---|", *rows]
    return "\n".join([f"## `{title}`", "", inspect.getdoc(kind) or "", "", *table, ""])


def _type_words(kind: Any) -> str:
    return " or ".join(dict.fromkeys(_kind_words(kind)))


def _kind_words(kind: Any) -> Iterator[str]:
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        form = next((mark.description for mark in parts[1:] if mark.description), None)
        yield from [form] if form else _kind_words(parts[0])
    elif origin in (Union, UnionType):
        for part in parts:
            yield from _kind_words(part)
    elif origin is Literal:
        yield from (f"`{choice}`" for choice in parts)
    elif origin in _COLLECTIONS:
        inner = [part for part in parts if part is not Ellipsis][-1]
        yield _COLLECTIONS[origin].format(_type_words(inner))
    elif kind is not NoneType:
        yield _WORDS[kind.__name__]


def _default_words(field: Any) -> str:
    if field.required:
        return "must be there"
    value = field.default if field.default is not msgspec.NODEFAULT else None
    match value:
        case None | ():
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return re.sub(r"\.0$", "", f"{value:_}" if value >= _GROUPED_FROM else str(value))
        case _:
            return f"`{value}`"


if __name__ == "__main__":
    sys.stdout.write(reference_page())
