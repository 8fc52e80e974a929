"""Text in a workbook's XML: ST_Xstring writes what XML cannot hold as `_xHHHH_` (ECMA-376-1 §22.9.2.19)."""

from __future__ import annotations

import re

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff\r]")
_ENTITY = re.compile(r"&(?:#(\d+)|#x([0-9A-Fa-f]+)|(lt|gt|amp|quot|apos));")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}


def to_xml(text: str) -> str:
    """The text as XML character data, or as an attribute value in double quotes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def to_xstring(text: str) -> str:
    """A cell's text as XML character data that reads back as the same text."""
    text = _LOOKS_ESCAPED.sub("_x005F_", text)
    return to_xml(_UNFIT.sub(lambda match: f"_x{ord(match[0]):04X}_", text))


def from_xml(data: bytes) -> str:
    """The text of raw character data without markup, in UTF-8; entities resolved, line ends as XML reads them."""
    text = data.decode("utf-8", "replace")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _ENTITY.sub(_resolved, text) if "&" in text else text


def from_xstring(data: bytes) -> str:
    """A cell's text from its raw character data."""
    text = from_xml(data)
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def unescaped(text: str) -> str:
    """The text of an ST_Xstring that a parser has read already."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def _resolved(match: re.Match[str]) -> str:
    decimal, hexadecimal, name = match.groups()
    if name:
        return _NAMED[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
