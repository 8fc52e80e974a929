"""Bytes of mail as text: declared charsets, wrong ones, unknown ones and none at all. Nothing here raises."""

from __future__ import annotations

import codecs
from functools import lru_cache

_ALIASES = {
    "ansi": "cp1252",
    "ansi_x3.110-1983": "latin-1",
    "cp-850": "cp850",
    "big5": "big5hkscs",
    "cn-gb": "gb18030",
    "euc-kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "iso-8859-9": "cp1254",
    "ks_c_5601": "cp949",
    "ks_c_5601-1987": "cp949",
    "latin1": "cp1252",
    "macintosh": "mac_roman",
    "shift-jis": "cp932",
    "shift_jis": "cp932",
    "tis-620": "cp874",
    "unicode-1-1-utf-7": "utf-7",
    "utf8mb4": "utf-8",
    "windows-31j": "cp932",
    "windows-874": "cp874",
    "windows-949": "cp949",
    "x-euc-jp": "euc_jp",
    "x-gbk": "gb18030",
    "x-mac-roman": "mac_roman",
    "x-sjis": "cp932",
    "x-x-big5": "big5hkscs",
}
"""Names that real mail uses, and supersets that programs mean by a name (https://encoding.spec.whatwg.org, checked
2026-11-24)."""
_ASCII = {"", "ascii", "us-ascii", "ansi_x3.4-1968", "7bit", "8bit", "default", "default_charset", "unknown-8bit"}
_REFUSED = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem", "palmos"}
"""Codecs of Python that are no charsets."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@lru_cache(maxsize=256)
def codec_of(charset: str) -> str | None:
    """The codec that reads `charset`; None when there is none."""
    name = charset.strip().strip("\"'").lower()
    name = _ALIASES.get(name, name)
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):  # ValueError: a name with a zero byte
        return None
    is_text = getattr(found, "_is_text_encoding", True)
    return found.name if is_text and found.name.replace("-", "_") not in _REFUSED else None


def decode(data: bytes, charset: str | None) -> tuple[str, str | None]:
    """`data` as text, and a sentence on what was wrong with its charset; None when nothing was.

    `charset` is what the mail says; None when it says nothing.
    """
    declared = (charset or "").strip().strip("\"'").lower()
    if declared in _ASCII:
        return _undeclared(data)
    codec = codec_of(declared)
    if codec is None:
        return _undeclared(data)[0], f"The charset {declared[:40]!r} is unknown; the text was read as it seemed to be."
    try:
        return data.decode(codec), None
    except (UnicodeError, ValueError):
        return _wrong(data, declared, codec)


def _undeclared(data: bytes) -> tuple[str, str | None]:
    for mark, codec in _BOMS:
        if data.startswith(mark):
            return data.decode(codec, "replace"), None
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError:
        pass
    return data.decode("cp1252", "replace"), "Letters beyond ASCII have no declared charset; they were read as cp1252."


def _wrong(data: bytes, declared: str, codec: str) -> tuple[str, str]:
    """Text whose bytes are not what was declared: UTF-8 if it is that, else what can be read of it."""
    said = f"Some bytes are not {declared[:40]}, as the mail says that they are"
    if codec != "utf-8":
        try:
            return data.decode("utf-8"), f"{said}; they are UTF-8."
        except UnicodeDecodeError:
            pass
    try:
        return data.decode(codec, "replace"), f"{said}; they are shown as \ufffd."
    except (UnicodeError, ValueError):  # some codecs raise whatever the error handler says
        return data.decode("cp1252", "replace"), f"{said}; they were read as cp1252."


def decode_raw(data: bytes) -> str:
    """Bytes of a header as text: ASCII, or the charset that they seem to be in."""
    return _undeclared(data)[0]
