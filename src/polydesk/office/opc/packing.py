"""Deflate, inflate and checksum of one member's content."""

# isal's own stubs leave the buffer arguments untyped and the error as an instance:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportGeneralTypeIssues=false

from __future__ import annotations

import zlib

from isal import isal_zlib

_FAST_FROM = 1024 * 1024


class InflateError(Exception):
    """The packed data are not a complete deflate stream."""


def checksum(content: bytes) -> int:
    """The CRC-32 that zip files carry."""
    return isal_zlib.crc32(content)


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
    fast = isal_zlib.compressobj(2, isal_zlib.DEFLATED, -15)
    return fast.compress(content) + fast.flush()
