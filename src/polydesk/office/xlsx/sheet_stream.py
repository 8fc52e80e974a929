"""A sheet's XML as a stream: what stands before its rows, the rows in blocks, and what stands behind them.

Marks are searched for in the bytes; no tree and no token list is made of the rows. A sheet in another encoding than
UTF-8 is recoded as it passes. A sheet with comments or CDATA among its rows is read as one block.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, NoReturn

from polydesk.core.errors import UnreadableDocumentError
from polydesk.office.opc.package import Package
from polydesk.office.opc.xml import utf16_codec
from polydesk.office.xlsx.grammar import SHEET_DATA, Grammar, blanked, grammar
from polydesk.office.xlsx.rows import RowBlock

Chunks = Callable[[], Iterator[bytes]]
_DECLARED = re.compile(rb"""\s*<\?xml[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_BLOCK = 256 * 1024
_MAX_HEAD = 64 * 1024 * 1024
_SINGLE_BYTE = re.compile(r"iso8859-.*|cp125\d")


class Encoding(NamedTuple):
    """How a part is written."""

    name: str
    """For Python's codecs."""
    mark: bytes
    """The byte order mark that it begins with; empty when there is none."""


class SheetStart(NamedTuple):
    """What a sheet begins with, in UTF-8."""

    head: bytes
    """All that precedes the rows' start tag; the whole part when it has none."""
    tag: bytes
    """The start tag of the rows; empty when there is none."""
    grammar: Grammar
    has_rows: bool
    """False when the tag is empty or missing."""


class SheetStream:
    """Reads one sheet as often as it is asked to, each time from the start."""

    def __init__(self, chunks: Chunks, *, part: str, path: str | None) -> None:
        """`chunks` begins a new reading of the part at each call."""
        self._chunks = chunks
        self.part = part
        self.path = path
        first = next(chunks(), b"")
        self.encoding = _encoding(first)
        self._tail: bytes | None = None
        self.start = self._read_start()

    @property
    def tail(self) -> bytes:
        """What follows the rows, their end tag included; known when the blocks have been read once."""
        if self._tail is None:
            for _ in self.blocks():
                pass
        assert self._tail is not None
        return self._tail

    def blocks(self) -> Iterator[RowBlock]:
        """The rows in blocks of some hundred kilobytes."""
        start = self.start
        text = self._text()
        if not start.has_rows:
            self._tail = _without(text, len(start.head) + len(start.tag))
            return
        yield from self._cut(_skipped(text, len(start.head) + len(start.tag)), start.grammar)

    def encoded(self, text: Iterable[bytes]) -> Iterator[bytes]:
        """UTF-8 chunks in the encoding of the part, its byte order mark first."""
        if self.encoding.mark:
            yield self.encoding.mark
        if self.encoding.name == "utf-8":
            yield from text
            return
        decoder = codecs.getincrementaldecoder("utf-8")()
        for chunk in text:
            yield decoder.decode(chunk).encode(self.encoding.name, "xmlcharrefreplace")

    def _text(self) -> Iterator[bytes]:
        """The part in UTF-8, without its byte order mark."""
        chunks = self._chunks()
        first = next(chunks, b"")
        rest = _chained(first[len(self.encoding.mark) :], chunks)
        return rest if self.encoding.name == "utf-8" else self._recoded(rest)

    def _recoded(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(self.encoding.name)()
        try:
            for chunk in chunks:
                yield decoder.decode(chunk).encode("utf-8")
            yield decoder.decode(b"", final=True).encode("utf-8")
        except UnicodeError as exc:
            self._refuse(f"is not in {self.encoding.name}, as it says of itself ({exc})")

    def _read_start(self) -> SheetStart:
        text = b""
        for chunk in self._text():
            text += chunk
            found = _rows_tag(text)
            if found is not None:
                head, tag = text[: found.start()], found[0]
                return SheetStart(head, tag, grammar(found[1]), not found[3])
            if len(text) > _MAX_HEAD:
                self._refuse("has no rows in its first 64 MiB")
        return SheetStart(text, b"", grammar(_root_prefix(text)), has_rows=False)

    def _cut(self, text: Iterator[bytes], grammar: Grammar) -> Iterator[RowBlock]:
        """Blocks that end where a row begins, so that none is cut through."""
        held = b""
        before = 0
        for chunk in text:
            held += chunk
            if len(held) < _BLOCK and grammar.end_mark not in held:
                continue
            if b"<!" in held or b"<?" in held:
                yield self._whole(b"".join([held, *text]), grammar, before)
                return
            end = held.find(grammar.end_mark)
            at = end if end >= 0 else held.rfind(grammar.row_mark)
            if at > 0:
                block = RowBlock(held[:at], grammar, before)
                before = block.last
                yield block
                held = held[at:]
            if end >= 0:
                self._tail = b"".join([held, *text])
                return
        if held:
            yield self._whole(held, grammar, before)
            return
        self._refuse("breaks off among its rows")

    def _whole(self, held: bytes, grammar: Grammar, before: int) -> RowBlock:
        """All that is left as one block, where something that is no element may hide a mark."""
        end = grammar.data_end.search(blanked(held))
        if end is None:
            self._refuse("breaks off among its rows")
        self._tail = held[end.start() :]
        return RowBlock(held[: end.start()], grammar, before)

    def _refuse(self, problem: str) -> NoReturn:
        raise UnreadableDocumentError(
            f"{self.path or 'The document'}: {self.part} {problem}. Open and save the file in Office, or take an "
            "undamaged copy.",
            path=self.path,
            part=self.part,
        )


def _rows_tag(text: bytes) -> re.Match[bytes] | None:
    """The start tag of the rows, if the text has it whole."""
    if b"sheetData" not in text:
        return None
    return next((found for found in SHEET_DATA.finditer(text) if found[1] is not None), None)


def _root_prefix(text: bytes) -> bytes:
    found = re.search(rb"<((?:[\w.-]+:)?)\w+[\s/>]", blanked(text))
    return found[1] if found else b""


def _encoding(first: bytes) -> Encoding:
    if first.startswith(codecs.BOM_UTF8):
        return Encoding("utf-8", codecs.BOM_UTF8)
    codec = utf16_codec(first)
    if codec is not None:
        mark = first[:2] if first[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else b""
        return Encoding(codec, mark)
    declared = _DECLARED.match(first[:200])
    name = "utf-8" if declared is None else declared[1].decode("ascii")
    try:
        known = codecs.lookup(name).name
    except LookupError:
        known = "utf-8"
    return Encoding(known if _SINGLE_BYTE.fullmatch(known) else "utf-8", b"")


def _chained(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from chunks


def _skipped(text: Iterator[bytes], count: int) -> Iterator[bytes]:
    """The text without its first `count` bytes."""
    for chunk in text:
        if count < len(chunk):
            yield chunk[count:]
            break
        count -= len(chunk)
    yield from text


def _without(text: Iterator[bytes], count: int) -> bytes:
    return b"".join(_skipped(text, count))


class PartText(NamedTuple):
    """A whole part in UTF-8 without its byte order mark, and the way back."""

    data: bytes
    encoding: Encoding

    def encoded(self, data: bytes) -> bytes:
        """The new text in the part's own encoding."""
        if self.encoding.name == "utf-8":
            return self.encoding.mark + data
        return self.encoding.mark + data.decode("utf-8").encode(self.encoding.name, "xmlcharrefreplace")


def part_text(package: Package, part: str) -> PartText:
    """The text of a part that is patched by its bytes. Raises UnreadableDocumentError when it cannot be decoded."""
    data = package.read(part)
    encoding = _encoding(data)
    data = data[len(encoding.mark) :]
    if encoding.name == "utf-8":
        return PartText(data, encoding)
    try:
        return PartText(data.decode(encoding.name).encode("utf-8"), encoding)
    except UnicodeError as exc:
        raise UnreadableDocumentError(
            f"{package.path or 'The document'}: {part} is not in {encoding.name}, as it says of itself. "
            "Open and save the file in Office, or take an undamaged copy.",
            path=package.path,
            part=part,
        ) from exc
