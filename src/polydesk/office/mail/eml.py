"""The content of an RFC 5322 message: which parts are its text, which are attachments, what protects it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from polydesk.office.mail.content import Attachment, Content, TextPart, ending_of, safe_names
from polydesk.office.mail.entities import Entity
from polydesk.office.mail.headers import decoded
from polydesk.office.mail.tnef import TnefFile, is_tnef, read_tnef
from polydesk.office.mail.transfer import decode_uu

_MAX_MESSAGES = 100
_TEXTS = {"text/plain", "text/html", "text/enriched", "text/richtext", "text/markdown"}
_SIGNATURES = {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}
_PKCS7 = {"application/pkcs7-mime", "application/x-pkcs7-mime"}
_REPORTS = {"message/delivery-status", "message/disposition-notification", "message/feedback-report"}
_INLINE_PGP = re.compile(r"^-----BEGIN PGP (SIGNED )?MESSAGE-----", re.MULTILINE)
_UU = re.compile(rb"^begin [0-7]{3} ([^\r\n]+)\r?\n(?:[!-`][^\r\n]*\r?\n)+(?:`?\r?\n)?end\r?$", re.MULTILINE)


def eml_content(root: Entity) -> Content:
    """What the message at `root` says."""
    return _Gathered(root).content()


@dataclass(slots=True)
class _Found:
    """An attachment before it has its name."""

    section: str
    written: str | None
    media_type: str
    read: Callable[[], bytes]
    inline: bool = False
    content_id: str | None = None
    message: Content | None = None


@dataclass(slots=True)
class _Gathered:
    root: Entity
    messages: int = 0
    body: list[TextPart] = field(default_factory=list[TextPart])
    plain: list[TextPart] = field(default_factory=list[TextPart])
    html: list[TextPart] = field(default_factory=list[TextPart])
    calendars: list[bytes] = field(default_factory=list[bytes])
    found: list[_Found] = field(default_factory=list[_Found])
    protections: list[str] = field(default_factory=list[str])
    reports: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])
    faults: list[str] = field(default_factory=list[str])

    def content(self) -> Content:
        self._visit(self.root, related=False)
        names = safe_names([(one.written, one.media_type) for one in self.found])
        fields = tuple((one.name, decoded(one.text)) for one in self.root.fields)
        return Content(
            form="eml",
            fields=fields,
            body=tuple(self.body),
            plain=tuple(self.plain),
            html=tuple(self.html),
            calendars=tuple(self.calendars),
            attachments=tuple(_named(one, name) for one, name in zip(self.found, names, strict=True)),
            protections=tuple(dict.fromkeys(self.protections)),
            reports=tuple(self.reports),
            draft=_is_draft(self.root),
            faults=tuple(dict.fromkeys([*self.faults, *_faults(self.root)])),
        )

    def _visit(self, entity: Entity, *, related: bool) -> None:
        kind = entity.media_type
        if kind.startswith("multipart/") and entity.children:
            self._multipart(entity, kind)
        elif kind in ("message/rfc822", "message/global") and entity.children:
            self._message(entity)
        elif self._is_text(entity):
            self._text(entity)
        else:
            self._attachment(entity, related=related)

    def _multipart(self, entity: Entity, kind: str) -> None:
        if kind == "multipart/signed":
            protocol = entity.content_type[1].get("protocol", "")
            self.protections.append("pgp_signed" if "pgp" in protocol.lower() else "smime_signed")
        if kind == "multipart/encrypted":
            self.protections.append("pgp_encrypted")
        before = len(self.body)
        related = kind == "multipart/related"
        for number, child in enumerate(entity.children):
            self._visit(child, related=related and number > 0)
        if kind == "multipart/alternative":
            self._settle_alternative(before)

    def _settle_alternative(self, before: int) -> None:
        """Of texts that say the same the HTML is what its reader sees, unless it is empty."""
        if any(part.media_type == "text/html" and part.text.strip() for part in self.body[before:]):
            self.body[before:] = [part for part in self.body[before:] if part.media_type == "text/html"]
        else:
            self.body[before:] = [part for part in self.body[before:] if part.media_type != "text/html"]

    def _is_text(self, entity: Entity) -> bool:
        if entity.media_type not in _TEXTS or entity.disposition[0] == "attachment":
            return False
        # A named text beside another is a file; alone it is what the sender wrote.
        return not (entity.file_name and (self.plain or self.html or entity.section not in ("", "1")))

    def _text(self, entity: Entity) -> None:
        text, faults = entity.text()
        self.faults += faults
        match = _INLINE_PGP.search(text)
        if match is not None:
            self.protections.append("pgp_inline_signed" if match[1] else "pgp_inline_encrypted")
        if entity.media_type == "text/plain":
            text = self._without_uu(entity, text)
        if entity.content_type[1].get("format", "").lower() == "flowed":
            text = unflowed(text, delsp=entity.content_type[1].get("delsp", "").lower() == "yes")
        part = TextPart(section=entity.section or "1", media_type=entity.media_type, text=text)
        self._add(part)

    def _add(self, part: TextPart) -> None:
        (self.html if part.media_type == "text/html" else self.plain).append(part)
        self.body.append(part)

    def _without_uu(self, entity: Entity, text: str) -> str:
        """The text without files that old programs put into it by uuencode; they become attachments."""
        if "\nbegin " not in f"\n{text}":
            return text
        raw = text.encode("utf-8", "surrogatepass")
        for number, match in enumerate(_UU.finditer(raw), 1):
            data = match[0] + b"\n"
            self.found.append(
                _Found(
                    f"{entity.section or '1'}.uu{number}",
                    match[1].decode("utf-8", "replace"),
                    "application/octet-stream",
                    lambda data=data: decode_uu(data)[0],
                )
            )
        return _UU.sub(b"", raw).decode("utf-8", "surrogatepass")

    def _message(self, entity: Entity) -> None:
        inner: Content | None = None
        self.messages += 1
        if self.messages <= _MAX_MESSAGES:
            gathered = _Gathered(entity.children[0], messages=self.messages)
            inner = gathered.content()
            self.messages = gathered.messages
        subject = None if inner is None else inner.first("subject")
        written = entity.file_name or (f"{subject}.eml" if subject else None)
        self.found.append(_found(entity, written=written, message=inner))

    def _attachment(self, entity: Entity, *, related: bool) -> None:
        kind = entity.media_type
        if kind in _PKCS7:
            kind_of = entity.content_type[1].get("smime-type", "").lower()
            name = (entity.file_name or "").lower()
            signed = kind_of in ("signed-data", "certs-only") or (not kind_of and name.endswith(".p7s"))
            self.protections.append("smime_opaque_signed" if signed else "smime_encrypted")
        if kind in _REPORTS:
            self.reports.append((kind, entity.content()))
            return
        if kind in ("text/calendar", "application/ics"):
            self.calendars.append(entity.content())
            if entity.disposition[0] != "attachment" and not entity.file_name:
                return
        if kind in _SIGNATURES and not self.protections:
            self.protections.append("pgp_signed" if "pgp" in kind else "smime_signed")
        if is_tnef(entity.media_type, entity.file_name) and self._tnef(entity):
            return
        if not entity.fields and entity.end <= entity.body:
            return
        content_id = _content_id(entity)
        shown = entity.disposition[0] == "inline" or related
        inline = (
            shown and entity.disposition[0] != "attachment" and (content_id is not None or kind.startswith("image/"))
        )
        self.found.append(_found(entity, inline=inline))

    def _tnef(self, entity: Entity) -> bool:
        """The files and the text inside a winmail.dat; False when it cannot be read."""
        read = read_tnef(entity.content())
        if read is None:
            self.faults.append("A winmail.dat could not be read.")
            return False
        section = entity.section or "1"
        for number, one in enumerate(read.files, 1):
            self.found.append(_from_tnef(f"{section}.t{number}", one))
        if not any(part.text.strip() for part in self.body):
            if read.html:
                self._add(TextPart(section=f"{section}.t", media_type="text/html", text=read.html))
            elif read.text:
                self._add(TextPart(section=f"{section}.t", media_type="text/plain", text=read.text))
        return True


def unflowed(text: str, *, delsp: bool) -> str:
    """Text with lines that end in a blank joined to those that follow (RFC 3676)."""
    made: list[list[str]] = []
    open_depth: int | None = None
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        words = line[depth:].removeprefix(" ")
        flows = words.endswith(" ") and words != "-- "
        piece = words[:-1] if flows and delsp else words
        if open_depth == depth and words != "-- ":
            made[-1].append(piece)
        else:
            made.append([">" * depth + (" " if depth else ""), piece])
        open_depth = depth if flows else None
    return "\n".join("".join(pieces) for pieces in made)


def _from_tnef(section: str, one: TnefFile) -> _Found:
    data = one.data
    return _Found(section, one.name, one.media_type, lambda: data, content_id=one.content_id)


def _found(
    entity: Entity, *, written: str | None = None, inline: bool = False, message: Content | None = None
) -> _Found:
    return _Found(
        entity.section or "1",
        written or entity.file_name or _location(entity),
        entity.media_type,
        entity.content,
        inline,
        _content_id(entity),
        message,
    )


def _location(entity: Entity) -> str | None:
    """A name out of Content-Location, as some programs give it alone (RFC 2557)."""
    location = entity.first("content-location")
    if not location:
        return None
    last = re.split(r"[?#]", location)[0].rstrip("/").rpartition("/")[2]
    return last or None


def _content_id(entity: Entity) -> str | None:
    value = entity.first("content-id")
    return value.strip().strip("<>").strip() or None if value else None


def _named(one: _Found, name: str) -> Attachment:
    if one.message is not None and not name.lower().endswith((".eml", ".msg")):
        name += ending_of("message/rfc822")
    return Attachment(
        section=one.section,
        name=name,
        media_type=one.media_type,
        read=one.read,
        inline=one.inline,
        content_id=one.content_id,
        written_name=one.written if one.written is not None and one.written != name else None,
        message=one.message,
    )


def _is_draft(root: Entity) -> bool:
    return (root.first("x-unsent") or "").strip() == "1" or bool(root.all("x-mozilla-draft-info"))


def _faults(root: Entity) -> list[str]:
    found: list[str] = []
    for entity in root.walk():
        where = f"Part {entity.section}: " if entity.section else ""
        found += [f"{where}{fault}" for fault in entity.faults]
    return found
