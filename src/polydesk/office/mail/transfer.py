"""Content-Transfer-Encoding, as RFC 2045 and as mail really has it. Nothing here raises."""

from __future__ import annotations

import binascii
import re

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_ONLY_BASE64 = re.compile(rb"[A-Za-z0-9+/=\s]*")
_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} [^\r\n]*\r?\n", re.MULTILINE)
IDENTITY = {
    "", "7bit", "8bit", "binary", "7-bit", "8-bit", "7bits", "8bits", "7 bit", "8 bit", "6bit", "plain", "none",
    "utf-8", "text/plain", "text/html",
}  # fmt: skip
"""Words that mean that nothing was encoded; the later ones are mistakes that are common."""


def decode_transfer(data: bytes, encoding: str) -> tuple[bytes, str | None]:
    """The content under a transfer encoding, and a sentence on what was wrong; None when nothing was."""
    name = encoding.strip().lower().partition(";")[0].strip()
    if name == "base64":
        return decode_base64(data)
    if name in {"quoted-printable", "quoted printable"}:
        return binascii.a2b_qp(data), None
    if name in {"x-uuencode", "x-uue", "uuencode"}:
        return decode_uu(data)
    if name in IDENTITY:
        return data, None
    return data, f"The transfer encoding {name[:40]!r} is unknown; the content was taken as it stands."


def decode_base64(data: bytes) -> tuple[bytes, str | None]:
    """As much as can be decoded; a foot of plain text that lists append after the padding is left out."""
    head, padded, rest = data.partition(b"=")
    letters = _NOT_BASE64.sub(b"", head)
    problem = None
    if padded and len(_NOT_BASE64.sub(b"", rest)) > 3:
        if _ONLY_BASE64.fullmatch(rest):
            pieces = (_NOT_BASE64.sub(b"", piece) for piece in re.split(rb"=+", data))
            return b"".join(map(decode_base64_piece, pieces)), "The base64 consists of several pieces."
        problem = "Text follows the end of the base64; it was left out."
    if len(letters) % 4 == 1:
        problem = "The base64 is cut off."
    return decode_base64_piece(letters), problem


def decode_base64_piece(letters: bytes) -> bytes:
    """Base64 without padding; a last letter that stands alone says nothing."""
    usable = letters[: len(letters) - 1] if len(letters) % 4 == 1 else letters
    return binascii.a2b_base64(usable + b"=" * (-len(usable) % 4))


def decode_uu(data: bytes) -> tuple[bytes, str | None]:
    """The first uuencoded file in `data`."""
    begin = _UU_BEGIN.search(data)
    lines = data[begin.end() if begin else 0 :].splitlines()
    pieces: list[bytes] = []
    for line in lines:
        if line.strip() in (b"end", b"`", b""):
            if line.strip() == b"end":
                break
            continue
        try:
            pieces.append(binascii.a2b_uu(line))
        except binascii.Error:
            length = (((line[0] - 32) & 63) * 4 + 5) // 3  # a wrong count at the line's end; as Python's own uu does
            try:
                pieces.append(binascii.a2b_uu(line[:length]))
            except binascii.Error:
                return b"".join(pieces), "The uuencoded file is damaged."
    return b"".join(pieces), None if begin else "The uuencoded file has no beginning."
