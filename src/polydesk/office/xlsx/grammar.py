"""The tags of one sheet's rows and cells as byte patterns, for whatever prefix the sheet gives its namespace."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache

_ATTRIBUTES = rb"((?:[^>\"'/]|\"[^\"]*\"|'[^']*'|/(?!>))*)"
_ATTRIBUTE = re.compile(rb"\s([\w.:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_SKIPPED = rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>"
_ODD = re.compile(_SKIPPED, re.DOTALL)
SHEET_DATA = re.compile(_SKIPPED + rb"|<((?:[\w.-]+:)?)sheetData(?=[\s/>])" + _ATTRIBUTES + rb"(/?)>", re.DOTALL)
"""The start tag of the rows, or what may hold its like without being markup; groups: prefix, attributes, slash."""


class Grammar:
    """Patterns for one prefix, such as `x:`; empty for the default namespace."""

    def __init__(self, prefix: bytes) -> None:
        """`prefix` ends with its colon unless it is empty."""
        self.prefix = prefix
        name = re.escape(prefix)
        self.row_mark = b"<" + prefix + b"row"
        self.end_mark = b"</" + prefix + b"sheetData"
        self.formula_mark = b"<" + prefix + b"f"
        self.row_tag = re.compile(rb"<" + name + rb"row(?=[\s/>])" + _ATTRIBUTES + rb"(/?)>")
        self.row_number = re.compile(rb"<" + name + rb"row\s[^>]*?(?<=\s)r=[\"'](\d{1,9})[\"']")
        self.row_end = re.compile(rb"</" + name + rb"row\s*>")
        self.data_end = re.compile(rb"</" + name + rb"sheetData\s*>")
        self.cell = re.compile(
            rb"<" + name + rb"c(?=[\s/>])" + _ATTRIBUTES + rb"(?:/>|>(.*?)</" + name + rb"c\s*>)", re.DOTALL
        )

    @cached_property
    def formula(self) -> re.Pattern[bytes]:
        """A cell's formula; groups: attributes, text (None for an empty tag)."""
        name = re.escape(self.prefix)
        pattern = rb"<" + name + rb"f(?=[\s/>])" + _ATTRIBUTES + rb"(?:/>|>(.*?)</" + name + rb"f\s*>)"
        return re.compile(pattern, re.DOTALL)

    @cached_property
    def value(self) -> re.Pattern[bytes]:
        """A cell's stored value; group: text (None for an empty tag)."""
        name = re.escape(self.prefix)
        pattern = rb"<" + name + rb"v(?=[\s/>])[^>]*?(?:/>|>(.*?)</" + name + rb"v\s*>)"
        return re.compile(pattern, re.DOTALL)


@lru_cache(maxsize=32)
def grammar(prefix: bytes) -> Grammar:
    """The patterns for a prefix, compiled once."""
    return Grammar(prefix)


def blanked(data: bytes) -> bytes:
    """The data with comments, CDATA sections and processing instructions blanked, every other byte in its place.

    The same object when there are none, as in nearly every sheet.
    """
    if b"<!" not in data and b"<?" not in data:
        return data
    return _ODD.sub(lambda match: b" " * len(match[0]), data)


@lru_cache(maxsize=64)
def _value(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"\s" + re.escape(name) + rb"\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")


def attribute(attributes: bytes, name: bytes) -> bytes | None:
    """The raw value of an attribute; None when it is not there. `attributes` is what stands between name and `>`."""
    if name not in attributes:
        return None
    found = _value(name).search(attributes)
    if found is None:
        return None
    if attributes.count(b"=") > 1 and found.start() and b"=" in attributes[: found.start()]:
        return _after_others(attributes, name)
    return found[1] if found[1] is not None else found[2]


def _after_others(attributes: bytes, name: bytes) -> bytes | None:
    """The value where others precede it, in whose values its like might stand."""
    return next((found[2] if found[2] is not None else found[3] for found in _named(attributes, name)), None)


def with_attribute(attributes: bytes, name: bytes, value: bytes | None) -> bytes:
    """The attributes with one set, or taken out for None; all others keep their bytes."""
    for found in _named(attributes, name):
        new = b"" if value is None else b" " + name + b'="' + value + b'"'
        return attributes[: found.start()] + new + attributes[found.end() :]
    return attributes if value is None else attributes.rstrip() + b" " + name + b'="' + value + b'"'


def _named(attributes: bytes, name: bytes) -> list[re.Match[bytes]]:
    return [found for found in _ATTRIBUTE.finditer(attributes) if found[1] == name]
