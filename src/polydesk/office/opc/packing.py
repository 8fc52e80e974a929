"""Deflate, inflate and checksum of one member's content."""

# isal's own stubs leave the buffer arguments untyped and the error as an instance:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportGeneralTypeIssues=false

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

import msgspec
from isal import isal_zlib

_FAST_FROM = 1024 * 1024
_FAST_LEVEL = 2
_FED = 64 * 1024


class InflateError(Exception):
    """The packed data are not a complete deflate stream."""


class Packed(msgspec.Struct, frozen=True, kw_only=True):
    """Content that is deflated already."""

    body: bytes
    """A raw deflate stream."""
    size: int
    """Of the content, in bytes."""
    crc: int


def checksum(content: bytes, before: int = 0) -> int:
    """The CRC-32 that zip files carry; `before` is that of what precedes the content."""
    return isal_zlib.crc32(content, before)


def inflated(packed: memoryview, at_most: int) -> bytes:
    """What a raw deflate stream holds, up to `at_most` bytes. Raises InflateError when it is broken or cut off."""
    inflater = isal_zlib.decompressobj(wbits=-15)
    try:
        content: bytes = inflater.decompress(packed, at_most)
    except isal_zlib.error as exc:
        raise InflateError(str(exc)) from exc
    if not inflater.eof and len(content) < at_most:
        raise InflateError("the data end too early")
    return content


def deflated(content: bytes) -> bytes:
    """The content as a raw deflate stream.

    Small parts are packed by zlib at level 6, as Office does. From 1 MiB on ISA-L at level 2 packs: measured on 239
    parts of 120 office files (4.4 MB), it takes an eighth of the time for a fifth to two fifths more bytes.
    """
    if len(content) < _FAST_FROM:
        deflater = zlib.compressobj(6, zlib.DEFLATED, -15)
        return deflater.compress(content) + deflater.flush()
    fast = isal_zlib.compressobj(_FAST_LEVEL, isal_zlib.DEFLATED, -15)
    return fast.compress(content) + fast.flush()


def inflated_chunks(packed: memoryview) -> Iterator[bytes]:
    """What a raw deflate stream holds, piece by piece. Raises InflateError when it is broken or cut off."""
    inflater = isal_zlib.decompressobj(wbits=-15)
    try:
        for at in range(0, len(packed), _FED):
            yield inflater.decompress(packed[at : at + _FED])
        yield inflater.flush()
    except isal_zlib.error as exc:
        raise InflateError(str(exc)) from exc
    if not inflater.eof:
        raise InflateError("the data end too early")


def packed_chunks(chunks: Iterable[bytes], at_most: int) -> Packed | None:
    """The joined chunks deflated as they come, so that only the packed form is held; None when they pass `at_most`.

    ISA-L at level 2, whatever the length: measured on a sheet of 1,000,000 cells (31 MB), levels 1 and 2 take 0.05 s of
    processor time for 6.6 MB, level 3 takes 0.12 s for 6.5 MB, zlib at level 6 takes 0.76 s for 6.3 MB.
    """
    deflater = isal_zlib.compressobj(_FAST_LEVEL, isal_zlib.DEFLATED, -15)
    pieces: list[bytes] = []
    size = crc = 0
    for chunk in chunks:
        size += len(chunk)
        if size > at_most:
            return None
        crc = isal_zlib.crc32(chunk, crc)
        pieces.append(deflater.compress(chunk))
    pieces.append(deflater.flush())
    return Packed(body=b"".join(pieces), size=size, crc=crc)
