"""The table of shared strings: read by index, appended to, never reordered (ECMA-376-1 §18.4)."""

from __future__ import annotations

import re
from functools import cached_property

from polydesk.office.opc.package import Package
from polydesk.office.xlsx.escapes import from_xstring, to_xstring
from polydesk.office.xlsx.grammar import attribute, blanked, with_attribute
from polydesk.office.xlsx.numerals import whole
from polydesk.office.xlsx.sheet_stream import part_text

_ROOT = re.compile(rb"<((?:[\w.-]+:)?)sst(?=[\s/>])((?:[^>\"'/]|\"[^\"]*\"|'[^']*'|/(?!>))*)(/?)>")
_MAX_MATCHED = 16 * 1024 * 1024
"""Up to this length of the table a new text that it has already takes the old index; beyond, it is appended."""


class SharedStrings:
    """The strings that cells name by their index."""

    def __init__(self, package: Package, workbook_part: str) -> None:
        self._package = package
        found = (
            package.resolve(workbook_part, link)
            for link in package.relationships(workbook_part)
            if link.kind == "sharedStrings"
        )
        self.part = next((part for part in found if part is not None), None)
        self._new: dict[str, int] = {}
        self.references = 0
        """How many more cells name a string than before; less than 0 for fewer."""

    @property
    def exists(self) -> bool:
        """Whether the workbook has a table; without one, text is written into the cells."""
        return self.part is not None

    def index(self, text: str) -> int:
        """The index of a plain text, which is put at the end of the table when it is not in it."""
        known = self._plain.get(text) if self._is_matched else None
        return known if known is not None else self._new.setdefault(text, len(self._items) + len(self._new))

    def text(self, index: int) -> str | None:
        """The text at an index, without phonetic guides; None when the table ends before it."""
        if not 0 <= index < len(self._items):
            return None
        return text_of(self._item(index), self._prefix)

    def xml(self, index: int) -> bytes | None:
        """The item at an index as it stands in the file; None when the table ends before it."""
        return self._item(index) if 0 <= index < len(self._items) else None

    def is_rich(self, index: int) -> bool:
        """Whether the text at an index has runs with looks of their own."""
        return 0 <= index < len(self._items) and b"<" + self._prefix + b"rPr" in self._item(index)

    def save(self) -> None:
        """Append what is new and correct the counts."""
        if self.part is None or not (self._new or self.references):
            return
        text = part_text(self._package, self.part)
        data = text.data
        root = _ROOT.search(blanked(data))
        if root is None:
            return
        attributes = self._counted(root[2])
        new = b"".join(self._written(item) for item in self._new)
        if root[3]:
            opened = data[root.end() :]
            body = b">" + new + b"</" + root[1] + b"sst>" if new else b"/>"
            changed = data[: root.start(2)] + attributes + body + opened
        else:
            end = data.rfind(b"</" + root[1] + b"sst")
            changed = data[: root.start(2)] + attributes + data[root.end(2) : end] + new + data[end:]
        self._package.replace(self.part, text.encoded(changed))

    def _counted(self, attributes: bytes) -> bytes:
        """The counts of the table brought up to date, where it has them."""
        for name, more in ((b"count", self.references), (b"uniqueCount", len(self._new))):
            said = attribute(attributes, name)
            if said is not None and more:
                attributes = with_attribute(attributes, name, str(max(0, whole(said) + more)).encode())
        return attributes

    def _written(self, text: str) -> bytes:
        p = self._prefix.decode()
        space = ' xml:space="preserve"' if text != text.strip() or "\n" in text else ""
        return f"<{p}si><{p}t{space}>{to_xstring(text)}</{p}t></{p}si>".encode()

    @cached_property
    def _data(self) -> bytes:
        return b"" if self.part is None else part_text(self._package, self.part).data

    @cached_property
    def _prefix(self) -> bytes:
        found = _ROOT.search(self._data[:65536])
        return found[1] if found else b""

    @cached_property
    def _items(self) -> list[int]:
        """Where each item's tag begins."""
        tag = re.compile(rb"<" + re.escape(self._prefix) + rb"si(?=[\s/>])")
        return [found.start() for found in tag.finditer(blanked(self._data))]

    def _item(self, index: int) -> bytes:
        start = self._items[index]
        last = index + 1 == len(self._items)
        end = self._data.rfind(b"</" + self._prefix + b"sst") if last else self._items[index + 1]
        return self._data[start:end]

    @property
    def _is_matched(self) -> bool:
        return len(self._data) <= _MAX_MATCHED

    @cached_property
    def _plain(self) -> dict[str, int]:
        """Texts without formatting, by their index; the first of equal ones."""
        name = re.escape(self._prefix)
        plain = re.compile(
            rb"<" + name + rb"si\s*>\s*<" + name + rb"t(?:\s[^>]*)?>([^<]*)</" + name + rb"t\s*>\s*</" + name + rb"si"
        )
        found: dict[str, int] = {}
        for index, start in enumerate(self._items):
            match = plain.match(self._data, start)
            if match is not None:
                found.setdefault(from_xstring(match[1]), index)
        return found


def text_of(item: bytes, prefix: bytes) -> str:
    """The text of an `si` or `is` element: its own and that of its runs, without phonetic guides."""
    name = re.escape(prefix)
    if b"rPh" in item:
        item = re.sub(rb"<" + name + rb"rPh(?=[\s/>]).*?</" + name + rb"rPh\s*>", b"", item, flags=re.DOTALL)
    pieces = re.findall(rb"<" + name + rb"t(?=[\s/>])[^>]*?(?:/>|>(.*?)</" + name + rb"t\s*>)", item, re.DOTALL)
    return "".join(_plain_text(piece) for piece in pieces)


def _plain_text(piece: bytes) -> str:
    if b"<!" not in piece:
        return from_xstring(piece)
    piece = re.sub(rb"<!--.*?-->", b"", piece, flags=re.DOTALL)
    parts = re.split(rb"(<!\[CDATA\[.*?\]\]>)", piece, flags=re.DOTALL)
    texts = [part[9:-3].decode("utf-8", "replace") if part.startswith(b"<![") else from_xstring(part) for part in parts]
    return "".join(texts)
