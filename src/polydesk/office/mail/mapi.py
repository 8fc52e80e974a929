"""MAPI properties as `.msg` files and winmail.dat hold them ([MS-OXPROPS], [MS-OXMSG], checked 2026-11-24)."""

from __future__ import annotations

import struct
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from polydesk.office.mail.charsets import decode

Key = int | tuple[str, int] | tuple[str, str]
"""A property's id, or for a named one its set's GUID in small letters with its number or name."""
Value = str | bytes | int | float | bool | datetime | list[str]

PS_PUBLIC_STRINGS = "00020329-0000-0000-c000-000000000046"
PS_INTERNET_HEADERS = "00020386-0000-0000-c000-000000000046"
PSETID_APPOINTMENT = "00062002-0000-0000-c000-000000000046"
PSETID_MEETING = "6ed8da90-450b-101b-98da-00aa003f1305"
PSETID_COMMON = "00062008-0000-0000-c000-000000000046"

UNICODE, STRING8, BINARY, OBJECT, TIME = 0x001F, 0x001E, 0x0102, 0x000D, 0x0040
_MULTIPLE = 0x1000
_FIXED: dict[int, str] = {0x0002: "<h", 0x0003: "<i", 0x0004: "<f", 0x0005: "<d", 0x000B: "<h", 0x0014: "<q"}
_CODE_PAGES = {
    20127: "us-ascii", 20866: "koi8-r", 21866: "koi8-u", 28591: "iso-8859-1", 28592: "iso-8859-2", 28595: "iso-8859-5",
    28597: "iso-8859-7", 28599: "iso-8859-9", 28605: "iso-8859-15", 50220: "iso-2022-jp", 50221: "iso-2022-jp",
    50222: "iso-2022-jp", 50225: "iso-2022-kr", 51932: "euc-jp", 51949: "euc-kr", 52936: "hz", 54936: "gb18030",
    65000: "utf-7", 65001: "utf-8", 10000: "mac_roman",
}  # fmt: skip


def charset_of(code_page: int) -> str:
    """The charset of a Windows code page; a name that no codec has for an unknown one."""
    return _CODE_PAGES.get(code_page, f"cp{code_page}")


_LOCALES = {
    0x01: 1256, 0x02: 1251, 0x05: 1250, 0x08: 1253, 0x0D: 1255, 0x0E: 1250, 0x11: 932, 0x12: 949, 0x15: 1250, 0x18:
    1250, 0x19: 1251, 0x1A: 1250, 0x1B: 1250, 0x1E: 874, 0x1F: 1254, 0x22: 1251, 0x23: 1251, 0x24: 1250, 0x25: 1257,
    0x26: 1257, 0x27: 1257, 0x29: 1256, 0x2A: 1258,
}  # fmt: skip
"""Windows code pages of languages, by the low ten bits of a locale id ([MS-LCID])."""


def code_page_of(locale: int | None) -> int | None:
    """The code page of texts written under a locale; None when the locale is not known."""
    if locale is None:
        return None
    if locale & 0x3FF == 0x04:
        return 950 if locale in (0x0404, 0x0C04, 0x1404) else 936
    return _LOCALES.get(locale & 0x3FF, 1252 if locale else None)


@dataclass(slots=True)
class Properties:
    """The properties of a message, recipient or attachment. A value of the wrong type counts as missing."""

    values: Mapping[Key, Value] = field(repr=False)

    def text(self, *keys: Key) -> str | None:
        """The first of `keys` that is a text with letters in it; None when there is none."""
        for key in keys:
            value = self.values.get(key)
            if isinstance(value, str) and value.strip("\0 "):
                return value.rstrip("\0")
        return None

    def data(self, key: Key) -> bytes | None:
        """Bytes; None when there are none."""
        value = self.values.get(key)
        return value if isinstance(value, bytes) else None

    def number(self, key: Key) -> int | None:
        """A whole number or truth; None when there is none."""
        value = self.values.get(key)
        return int(value) if isinstance(value, int) else None

    def time(self, *keys: Key) -> datetime | None:
        """The first of `keys` that is a moment, in UTC; None when there is none."""
        for key in keys:
            value = self.values.get(key)
            if isinstance(value, datetime):
                return value
        return None

    def texts(self, key: Key) -> list[str]:
        """A list of texts; a single one is a list of one."""
        value = self.values.get(key)
        if isinstance(value, list):
            return [text.rstrip("\0") for text in value]
        return [value.rstrip("\0")] if isinstance(value, str) else []


def fixed_value(kind: int, raw: bytes) -> Value | None:
    """The value of a fixed-size property; None for a type that is none or a moment that no calendar has."""
    if kind == TIME:
        return file_time(raw)
    form = _FIXED.get(kind)
    if form is None or len(raw) < struct.calcsize(form):
        return None
    value: int | float = struct.unpack_from(form, raw)[0]
    return bool(value) if kind == 0x000B else value


def variable_value(kind: int, raw: bytes, charset: str) -> Value | None:
    """The value of a string or binary property; None for another type."""
    if kind == UNICODE:
        return raw.decode("utf-16-le", "replace").rstrip("\0")
    if kind == STRING8:
        return decode(raw.rstrip(b"\0"), charset)[0]
    return raw if kind in (BINARY, OBJECT) else None


def is_multiple(kind: int) -> bool:
    """Whether a property of this type holds several values."""
    return bool(kind & _MULTIPLE)


def file_time(raw: bytes) -> datetime | None:
    """A FILETIME (100 ns since 1601) in UTC; None for one beyond any calendar."""
    if len(raw) < 8:
        return None
    ticks = struct.unpack_from("<Q", raw)[0]
    try:
        found = datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=ticks // 10)
    except OverflowError:
        return None
    return found if 1601 < found.year < 4500 else None  # 4501 is Outlook's word for no date


def guid(raw: bytes) -> str:
    """A GUID in small letters; empty for one that is cut off."""
    return str(uuid.UUID(bytes_le=raw[:16])) if len(raw) >= 16 else ""
