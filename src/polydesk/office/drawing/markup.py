"""DrawingML as text: elements with the prefixes `c`, `a` and `r`, values escaped."""

from __future__ import annotations

import math
import re
from xml.sax.saxutils import escape, quoteattr

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    """The text without the characters that XML has no place for (XML 1.0, 2.2)."""
    return _NOT_XML.sub("", text)


def element(name: str, /, *inner: str, **attributes: str | int | bool) -> str:
    """An element with its attributes and finished content."""
    start = name + "".join(f" {key}={quoteattr(_written(value))}" for key, value in attributes.items())
    content = "".join(inner)
    return f"<{start}>{content}</{name}>" if content else f"<{start}/>"


def chars(name: str, text: str) -> str:
    """An element that holds characters."""
    return f"<{name}>{escape(xml_text(text))}</{name}>"


def val(name: str, value: str | int | bool) -> str:
    """An element of the chart namespace with the attribute `val` alone."""
    return element(f"c:{name}", val=value)


def number(value: float) -> str:
    """A finite number as Excel writes one: whole ones without a point, others by the shortest digits."""
    if math.isfinite(value) and value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return repr(float(value)).upper()


def _written(value: str | int | bool) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return xml_text(str(value))
