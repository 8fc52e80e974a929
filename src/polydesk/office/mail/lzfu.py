"""Compressed RTF, as Outlook stores it ([MS-OXRTFCP], checked 2026-11-24).

The library for it raises bare exceptions and gives nothing of data whose checksum is wrong; here a damaged body is read
as far as it goes.
"""

from __future__ import annotations

import struct

MAX_BYTES = 100_000_000
"""Bytes of RTF that are unpacked; one of packed text gives at most nine of them."""
_PACKED, _PLAIN = b"LZFu", b"MELA"
_WINDOW = 4096
_FIRST = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n"
    b"\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
"""With what the window begins, so that short texts are short."""


def unpack(data: bytes) -> bytes | None:
    """The RTF; None for what is none of this form. A body that is cut off gives what there is of it."""
    if len(data) < 16:
        return None
    packed_size, raw_size = struct.unpack_from("<II", data)
    body = data[16 : max(packed_size, 12) + 4]
    if data[8:12] == _PLAIN:
        return body[:raw_size]
    return _unpacked(body)[:raw_size] if data[8:12] == _PACKED else None


def _unpacked(body: bytes) -> bytes:
    window = bytearray(_FIRST) + bytes(_WINDOW - len(_FIRST))
    write, at, out = len(_FIRST), 0, bytearray()
    while at < len(body) and len(out) < MAX_BYTES:
        control = body[at]
        at += 1
        for bit in range(8):
            if not control >> bit & 1:
                piece = body[at : at + 1]
                at += 1
            elif at + 2 <= len(body):
                reference = body[at] << 8 | body[at + 1]
                at += 2
                if reference >> 4 == write:  # a reference to the place that is written next is the end
                    return bytes(out)
                piece = _copied(window, reference >> 4, (reference & 15) + 2, write)
            else:
                return bytes(out)
            out += piece
            for letter in piece:
                window[write] = letter
                write = (write + 1) % _WINDOW
    return bytes(out)


def _copied(window: bytearray, start: int, length: int, write: int) -> bytes:
    """`length` bytes from `start`, which may run into those that are being written."""
    made = bytearray()
    for step in range(length):
        place = (start + step) % _WINDOW
        written = (place - write) % _WINDOW
        made.append(made[written] if written < len(made) else window[place])
    return bytes(made)
