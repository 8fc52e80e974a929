"""winmail.dat: the envelope that Outlook puts rich mail into, opened ([MS-OXTNEF], checked 2026-11-24).

The kept library for it is of 2021 and under the LGPL; the properties inside are those of `.msg`, which are read here
anyway.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from polydesk.office.mail.charsets import decode
from polydesk.office.mail.mapi import (
    BINARY,
    OBJECT,
    STRING8,
    UNICODE,
    Key,
    Properties,
    Value,
    charset_of,
    fixed_value,
    guid,
    is_multiple,
    variable_value,
)
from polydesk.office.mail.rtf import body_of, unpacked

_SIGNATURE = b"\x78\x9f\x3e\x22"
_ATTACHMENT = 2
_RENDERING, _TITLE, _DATA, _ATTACHMENT_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
_MESSAGE_PROPERTIES, _CODE_PAGE, _BODY = 0x9003, 0x9007, 0x800C
_MAX_VALUES = 100_000
_SIZES = {
    0x0002: 4,
    0x0003: 4,
    0x0004: 4,
    0x0005: 8,
    0x0006: 8,
    0x0007: 8,
    0x000A: 4,
    0x000B: 4,
    0x0014: 8,
    0x0040: 8,
    0x0048: 16,
}
_TEXT, _HTML, _RTF = 0x1000, 0x1013, 0x1009


@dataclass(frozen=True, slots=True, kw_only=True)
class TnefFile:
    """An attachment inside."""

    name: str | None
    media_type: str
    content_id: str | None
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tnef:
    """What a winmail.dat holds."""

    properties: Properties
    text: str | None = field(repr=False)
    html: str | None = field(repr=False)
    files: tuple[TnefFile, ...]


def is_tnef(media_type: str, name: str | None) -> bool:
    """Whether a part says that it is one."""
    return media_type in ("application/ms-tnef", "application/vnd.ms-tnef") or (name or "").lower() == "winmail.dat"


def read_tnef(data: bytes) -> Tnef | None:
    """What is inside; None when it is none, or so damaged that nothing can be read."""
    if not data.startswith(_SIGNATURE):
        return None
    reader = _Reader()
    for level, attribute, value in _attributes(data):
        reader.take(level, attribute, value)
    return reader.done()


def _attributes(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    at = 6
    while at + 9 <= len(data):
        level, attribute, _, length = struct.unpack_from("<BHHI", data, at)
        at += 9
        if at + length > len(data):
            return
        yield level, attribute, data[at : at + length]
        at += length + 2


@dataclass(slots=True)
class _Attached:
    title: str | None = None
    data: bytes = b""
    properties: Properties = field(default_factory=lambda: Properties({}))


@dataclass(slots=True)
class _Reader:
    charset: str = "cp1252"
    properties: Properties = field(default_factory=lambda: Properties({}))
    body: str | None = None
    attached: list[_Attached] = field(default_factory=list[_Attached])

    def take(self, level: int, attribute: int, value: bytes) -> None:
        if attribute == _CODE_PAGE and len(value) >= 4:
            self.charset = charset_of(struct.unpack_from("<I", value)[0])
        elif attribute == _MESSAGE_PROPERTIES:
            self.properties = Properties(_properties(value, self.charset))
        elif attribute == _BODY:
            self.body = decode(value.rstrip(b"\0"), self.charset)[0]
        elif level == _ATTACHMENT and attribute == _RENDERING:
            self.attached.append(_Attached())
        elif level == _ATTACHMENT and self.attached:
            self._attachment(self.attached[-1], attribute, value)

    def _attachment(self, one: _Attached, attribute: int, value: bytes) -> None:
        if attribute == _TITLE:
            one.title = decode(value.rstrip(b"\0"), self.charset)[0]
        elif attribute == _DATA:
            one.data = value
        elif attribute == _ATTACHMENT_PROPERTIES:
            one.properties = Properties(_properties(value, self.charset))

    def done(self) -> Tnef:
        html, text = _bodies(self.properties)
        return Tnef(
            properties=self.properties,
            text=text or self.body,
            html=html,
            files=tuple(_file(one) for one in self.attached),
        )


def _file(one: _Attached) -> TnefFile:
    inside = one.properties.data(0x3701)
    data = one.data or (inside or b"")
    if not one.data and inside is not None and len(inside) > 16 and one.properties.number(0x3705) in (5, 6):
        data = inside[16:]  # an object begins with the id of its interface
    return TnefFile(
        name=one.properties.text(0x3707, 0x3704, 0x3001) or one.title,
        media_type=(one.properties.text(0x370E) or "application/octet-stream").lower(),
        content_id=one.properties.text(0x3712),
        data=data,
    )


def _bodies(properties: Properties) -> tuple[str | None, str | None]:
    """HTML and text."""
    text = properties.text(_TEXT)
    raw = properties.data(_HTML)
    if raw is not None:
        return decode(raw, charset_of(properties.number(0x3FDE) or 65001))[0], text
    rtf = unpacked(properties.data(_RTF) or b"")
    if rtf is not None:
        kind, body = body_of(rtf)
        return (body, text) if kind == "html" else (None, text or body)
    return None, text


def _properties(data: bytes, charset: str) -> dict[Key, Value]:
    """As many properties as can be read."""
    found: dict[Key, Value] = {}
    try:
        count = struct.unpack_from("<I", data)[0]
        at = 4
        for _ in range(min(count, _MAX_VALUES)):
            at, key, value = _property(data, at, charset)
            if value is not None:
                found[key] = value
    except (struct.error, IndexError):
        pass
    return found


def _property(data: bytes, at: int, charset: str) -> tuple[int, Key, Value | None]:
    kind, id = struct.unpack_from("<HH", data, at)
    at += 4
    key: Key = id
    if id >= 0x8000:
        at, key = _named(data, at)
    base = kind & 0x0FFF
    size = _SIZES.get(base)
    if size is not None and not is_multiple(kind):
        return at + size, key, fixed_value(base, data[at : at + size])
    count = struct.unpack_from("<I", data, at)[0]
    at += 4
    values: list[Value] = []
    for _ in range(min(count, _MAX_VALUES)):
        if size is not None:
            at += size
            continue
        length = struct.unpack_from("<I", data, at)[0]
        at += 4
        if at + length > len(data):
            raise IndexError
        value = variable_value(base, data[at : at + length], charset)
        at += length + (-length % 4)
        if value is not None:
            values.append(value)
    if is_multiple(kind) and base in (UNICODE, STRING8):
        return at, key, [text for text in values if isinstance(text, str)]
    if base not in (UNICODE, STRING8, BINARY, OBJECT):
        return at, key, None
    return at, key, values[0] if values else None


def _named(data: bytes, at: int) -> tuple[int, Key]:
    set_id = guid(data[at : at + 16])
    kind = struct.unpack_from("<I", data, at + 16)[0]
    at += 20
    if kind == 0:
        return at + 4, (set_id, struct.unpack_from("<I", data, at)[0])
    length = struct.unpack_from("<I", data, at)[0]
    at += 4
    name = data[at : at + length].decode("utf-16-le", "replace").rstrip("\0")
    return at + length + (-length % 4), (set_id, name)
