"""Outlook's `.msg`: properties in an OLE file ([MS-OXMSG], checked 2026-11-24), read as a mail."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from polydesk.core.errors import UnreadableDocumentError
from polydesk.office.mail.charsets import decode
from polydesk.office.mail.content import Attachment, Content, TextPart, safe_names
from polydesk.office.mail.converting import as_eml
from polydesk.office.mail.mapi import (
    PS_PUBLIC_STRINGS,
    STRING8,
    UNICODE,
    Key,
    Properties,
    Value,
    charset_of,
    code_page_of,
    fixed_value,
    guid,
    is_multiple,
    variable_value,
)
from polydesk.office.mail.msg_fields import message_fields
from polydesk.office.mail.msg_items import item_of, meeting_of
from polydesk.office.mail.ole import OleError, OleFile
from polydesk.office.mail.rtf import body_of, unpacked

_MAX_DEPTH = 10
_MAX_CHILDREN = 20_000
_PROPERTIES = "__properties_version1.0"
_NAMES = "__nameid_version1.0"
_BY_VALUE, _EMBEDDED, _OLE = 1, 5, 6
_UNSENT = 0x8


def msg_content(data: bytes, *, path: str | None) -> Content:
    """What the `.msg` says. Raises UnreadableDocumentError for a damaged file or another kind of OLE file."""
    where = path or "The message"
    try:
        file = OleFile(data)
        if file.read(_PROPERTIES) is None:
            raise UnreadableDocumentError(
                f"{where} is an OLE compound file but no Outlook message: it has no message properties.", path=path
            )
        return _Message(file, "", _names(file), 0).content()
    except OleError as exc:
        raise UnreadableDocumentError(
            f"{where} is a damaged Outlook message: {exc}. Take another copy, or save it again from Outlook.", path=path
        ) from exc


_Names = dict[int, Key]


def _names(file: OleFile) -> _Names:
    """The ids from 0x8000 of named properties in this file, and the names that they stand for."""
    entries = file.read(f"{_NAMES}/__substg1.0_00030102") or b""
    guids = file.read(f"{_NAMES}/__substg1.0_00020102") or b""
    strings = file.read(f"{_NAMES}/__substg1.0_00040102") or b""
    found: _Names = {}
    for at in range(0, len(entries) - 7, 8):
        value, packed = struct.unpack_from("<II", entries, at)
        number, kind, index = packed >> 16, packed & 1, (packed >> 1) & 0x7FFF
        set_id = _set_id(guids, index)
        if kind == 0:
            found[0x8000 + number] = (set_id, value)
        elif value + 4 <= len(strings):
            length = struct.unpack_from("<I", strings, value)[0]
            name = strings[value + 4 : value + 4 + min(length, 1000)]
            found[0x8000 + number] = (set_id, name.decode("utf-16-le", "replace"))
    return found


def _set_id(guids: bytes, index: int) -> str:
    if index == 2:
        return PS_PUBLIC_STRINGS
    return guid(guids[16 * (index - 3) : 16 * (index - 2)]) if index >= 3 else ""


@dataclass(slots=True)
class _Message:
    file: OleFile
    folder: str
    names: _Names
    depth: int
    faults: list[str] = field(default_factory=list[str])

    def content(self) -> Content:
        own = self._properties(self.folder, header=32 if not self.folder else 24, charset=None)
        charset = charset_of(own.number(0x3FFD) or code_page_of(own.number(0x3FF1)) or own.number(0x3FDE) or 1252)
        own = self._properties(self.folder, header=32 if not self.folder else 24, charset=charset)
        body = self._body(own)
        attachments, calendars = self._attachments(charset)
        recipients = [
            self._properties(folder, header=8, charset=charset) for folder in self._folders("__recip_version1.0_")
        ]
        return Content(
            form="msg",
            fields=tuple(message_fields(own, recipients)),
            body=tuple(body[:1]),
            plain=tuple(part for part in body if part.media_type == "text/plain"),
            html=tuple(part for part in body if part.media_type == "text/html"),
            calendars=tuple(calendars),
            attachments=tuple(attachments),
            protections=_protections(own),
            draft=bool((own.number(0x0E07) or 0) & _UNSENT) and item_of(own) == "mail" and own.text(0x007D) is None,
            item=item_of(own),
            meeting=meeting_of(own),
            faults=tuple(self.faults),
        )

    def _folders(self, prefix: str) -> list[str]:
        wanted = f"{self.folder}/{prefix}".lstrip("/").lower()
        found = [folder for folder in self.file.folders(self.folder) if folder.lower().startswith(wanted)]
        if len(found) > _MAX_CHILDREN:
            self.faults.append(f"There are more than {_MAX_CHILDREN} recipients or attachments; the rest was left out.")
        return sorted(found, key=str.lower)[:_MAX_CHILDREN]

    def _properties(self, folder: str, *, header: int, charset: str | None) -> Properties:
        """`charset` as None leaves out what stands in streams of its own."""
        prefix = f"{folder}/" if folder else ""
        raw = self.file.read(prefix + _PROPERTIES) or b""
        found: dict[Key, Value] = {}
        for at in range(header, len(raw) - 15, 16):
            kind, id = struct.unpack_from("<HH", raw, at)
            key = self.names.get(id, id) if id >= 0x8000 else id
            value = fixed_value(kind, raw[at + 8 : at + 16])
            if value is not None:
                found.setdefault(key, value)
            elif charset is not None:
                stored = self._stored(prefix, id, kind, charset)
                if stored is not None:
                    found.setdefault(key, stored)
        return Properties(found)

    def _stored(self, prefix: str, id: int, kind: int, charset: str) -> Value | None:
        name = f"{prefix}__substg1.0_{id:04X}{kind:04X}"
        if is_multiple(kind):
            if kind & 0xFFF not in (UNICODE, STRING8):
                return None
            count = len(self.file.read(name) or b"") // 4
            pieces = (self.file.read(f"{name}-{number:08X}") for number in range(min(count, 1000)))
            values = (variable_value(kind & 0xFFF, piece, charset) for piece in pieces if piece is not None)
            return [value for value in values if isinstance(value, str)]
        raw = self.file.read(name)
        return None if raw is None else variable_value(kind, raw, charset)

    def _body(self, own: Properties) -> list[TextPart]:
        """The HTML, then the text; only what there is."""
        html, text = own.data(0x1013), own.text(0x1000)
        made: list[TextPart] = []
        words = own.text(0x1013)
        if html is not None or words is not None:
            shown = words if html is None else decode(html, charset_of(own.number(0x3FDE) or 65001))[0]
            made.append(TextPart(section="html", media_type="text/html", text=_lines(shown or "")))
        elif own.data(0x1009) is not None:
            made += self._from_rtf(own.data(0x1009) or b"", has_text=text is not None)
        if text is not None:
            made.append(TextPart(section="text", media_type="text/plain", text=_lines(text)))
        return made

    def _from_rtf(self, packed: bytes, *, has_text: bool) -> Iterator[TextPart]:
        rtf = unpacked(packed)
        if rtf is None:
            if packed:
                self.faults.append("The rich text of the message is damaged; only its plain text was read.")
            return
        kind, body = body_of(rtf)
        if kind == "html":
            yield TextPart(section="html", media_type="text/html", text=_lines(body))
        elif not has_text and body.strip():
            yield TextPart(section="text", media_type="text/plain", text=_lines(body))

    def _attachments(self, charset: str) -> tuple[list[Attachment], list[bytes]]:
        read = [
            (folder, self._properties(folder, header=8, charset=charset))
            for folder in self._folders("__attach_version1.0_")
        ]
        names = safe_names([(_file_name(own), _media_type(own)) for _, own in read])
        found: list[Attachment] = []
        calendars: list[bytes] = []
        for number, ((folder, own), name) in enumerate(zip(read, names, strict=True), 1):
            one = self._attachment(folder, own, f"a{number}", name)
            found.append(one)
            if one.media_type == "text/calendar":
                calendars.append(one.read())
        return found, calendars

    def _attachment(self, folder: str, own: Properties, section: str, name: str) -> Attachment:
        inner: Content | None = None
        data = own.data(0x3701) or b""
        method = own.number(0x3705)
        inside = next(iter(self.file.folders(folder)), None)
        if method == _EMBEDDED and inside is not None:
            if self.depth < _MAX_DEPTH:
                inner = _Message(self.file, inside, self.names, self.depth + 1).content()
            else:
                self.faults.append("There are too many messages inside one another; what is deeper was not read.")
        elif method not in (None, _BY_VALUE, _OLE) and not data:
            self.faults.append(f"The attachment {name!r} is only a link; it is not in the file.")
        if inner is not None:
            name = f"{name.removesuffix('.msg')}.eml"  # as which its bytes are given
        written = _file_name(own)
        content_id = own.text(0x3712)
        return Attachment(
            section=section,
            name=name,
            media_type="message/rfc822" if inner is not None else _media_type(own),
            read=(lambda: data) if inner is None else lambda: as_eml(inner),
            inline=content_id is not None and (bool((own.number(0x3714) or 0) & 4) or bool(own.number(0x7FFE))),
            content_id=content_id.strip("<>") if content_id else None,
            written_name=written if written != name else None,
            message=inner,
        )


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\0")


def _file_name(own: Properties) -> str | None:
    return own.text(0x3707, 0x3704, 0x3001)


def _media_type(own: Properties) -> str:
    return (own.text(0x370E) or "application/octet-stream").strip().lower().partition(";")[0]


def _protections(own: Properties) -> tuple[str, ...]:
    kind = (own.text(0x001A) or "").lower()
    if kind.startswith("ipm.note.smime.multipartsigned"):
        return ("smime_signed",)
    if kind.startswith("ipm.note.smime"):
        return ("smime_encrypted",)
    return ()
