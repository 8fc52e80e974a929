"""MIME entities by their offsets in the original bytes, so that a part can be changed while others keep theirs.

RFC 5322 and 2045 to 2046, read as real mail demands. The standard library's parser gives no offsets, and its writer
gives back the bytes of fewer than half of all real mails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from polydesk.office.mail.charsets import decode
from polydesk.office.mail.headers import decoded, parameters, unfolded
from polydesk.office.mail.transfer import IDENTITY, decode_transfer

MAX_DEPTH = 40
"""Multiparts and messages inside one another; real mail stays below ten."""
MAX_PARTS = 10_000
"""Parts of one message."""
MAX_FIELDS = 20_000
"""Header fields of one entity."""
_FIELD = re.compile(rb"([\x21-\x39\x3b-\x7e]+)[ \t]*:")
_FROM_LINE = re.compile(rb">?From [^\r\n]*\r?\n")
_BLANK = re.compile(rb"(?:^|\n)\r?\n")


@dataclass(frozen=True, slots=True)
class Field:
    """One header field and where it stands."""

    name: str
    """As it is written."""
    start: int
    end: int
    """After its line end."""
    value: bytes
    """Its body with folds, as it stands."""

    @property
    def text(self) -> str:
        """Its body on one line, encoded words not yet read."""
        return unfolded(self.value)


@dataclass(kw_only=True)
class Entity:
    """A message or a part of one."""

    data: bytes = field(repr=False)
    """The buffer that all offsets mean; an encoded message inside another has its own."""
    start: int
    body: int
    """Where its body begins."""
    end: int
    section: str
    """As IMAP numbers parts (RFC 9051, 6.4.5): `1.2`; empty for the message itself."""
    fields: list[Field] = field(repr=False)
    children: list[Entity] = field(default_factory=list["Entity"], repr=False)
    delimiters: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]], repr=False)
    """Of a multipart: where each delimiter line begins and ends, the closing one last when it is there."""
    closed: bool = True
    """Whether a multipart has its closing delimiter."""
    faults: list[str] = field(default_factory=list[str])
    """What is broken in it, as sentences."""
    default_type: str = "text/plain"
    """What it is when it does not say; a message in a `multipart/digest` (RFC 2046, 5.1.5)."""

    def all(self, name: str) -> list[Field]:
        """The fields of that name, in any case."""
        wanted = name.lower()
        return [one for one in self.fields if one.name.lower() == wanted]

    def first(self, name: str) -> str | None:
        """The first field of that name, on one line, encoded words read; None when there is none."""
        return next((decoded(one.text) for one in self.all(name)), None)

    @cached_property
    def content_type(self) -> tuple[str, dict[str, str]]:
        """Media type in small letters, and parameters. What is missing or no type is `text/plain` (RFC 2045, 5.2)."""
        for one in self.all("content-type"):
            kind, values = parameters(one.text)
            if re.fullmatch(r"[\w.+-]+/[\w.+-]+", kind):
                return kind, values
            if kind in ("text", "html"):
                return ("text/html" if kind == "html" else "text/plain"), values
            if values:
                return self.default_type, values
        return self.default_type, {}

    @property
    def media_type(self) -> str:
        """Such as `text/plain`."""
        return self.content_type[0]

    @cached_property
    def disposition(self) -> tuple[str, dict[str, str]]:
        """`inline`, `attachment` or empty, and parameters (RFC 2183)."""
        for one in self.all("content-disposition"):
            return parameters(one.text)
        return "", {}

    @property
    def file_name(self) -> str | None:
        """As the sender wrote it: not safe for a file system. None when there is none."""
        return self.disposition[1].get("filename") or self.content_type[1].get("name") or None

    @property
    def encoding(self) -> str:
        """The transfer encoding in small letters."""
        found = self.all("content-transfer-encoding")
        return found[0].text.lower().strip() if found else ""

    def content(self) -> bytes:
        """The body, decoded."""
        return decode_transfer(self.data[self.body : self.end], self.encoding)[0]

    def text(self) -> tuple[str, list[str]]:
        """The body as text with `\\n` line ends, and what was wrong with it."""
        data, broken = decode_transfer(self.data[self.body : self.end], self.encoding)
        charset = self.content_type[1].get("charset")
        if charset is None and self.media_type == "text/html":
            charset = _charset_in_html(data)
        text, wrong = decode(data, charset)
        return text.replace("\r\n", "\n").replace("\r", "\n"), [one for one in (broken, wrong) if one]

    def walk(self) -> Iterator[Entity]:
        """Itself and every part in it, messages inside included."""
        yield self
        for child in self.children:
            yield from child.walk()


def parse_entity(data: bytes) -> Entity:
    """The message in `data`. Never raises: what is broken is among `faults`."""
    return _Parser(data).entity(_start(data), len(data), "", 0)


def parse_head(data: bytes) -> list[Field]:
    """The fields at the head of the message in `data`, whose body may be missing."""
    return _Parser(data).fields(_start(data), len(data))[0]


def _start(data: bytes) -> int:
    """Where the first field begins: after a byte order mark, separator lines of mbox, and empty lines."""
    start = 0
    if data.startswith(b"\xef\xbb\xbf"):
        start = 3
    while match := _FROM_LINE.match(data, start):
        start = match.end()
    if start == 0:
        blank = re.match(rb"(?:[ \t]*\r?\n)+", data)
        if blank is not None and _FIELD.match(data, blank.end()):
            start = blank.end()
    return start


@dataclass(slots=True)
class _Parser:
    data: bytes
    parts: int = 0
    old_mac: bool = False
    """Whether lines end with CR alone, as on the first Macs."""

    def __post_init__(self) -> None:
        self.old_mac = b"\n" not in self.data

    def entity(self, start: int, end: int, section: str, depth: int, default: str = "text/plain") -> Entity:
        self.parts += 1
        fields, body, faults = self.fields(start, end)
        made = Entity(
            data=self.data,
            start=start,
            body=body,
            end=end,
            section=section,
            fields=fields,
            faults=faults,
            default_type=default,
        )
        if depth >= MAX_DEPTH or self.parts >= MAX_PARTS:
            made.faults.append("There are too many parts inside one another; what is deeper was not read.")
        elif made.media_type.startswith("multipart/"):
            self._multipart(made, depth)
        elif made.media_type in ("message/rfc822", "message/global") and made.body < made.end:
            self._message(made, depth)
        return made

    def fields(self, start: int, end: int) -> tuple[list[Field], int, list[str]]:
        """The fields from `start` on, where the body begins, and what is broken."""
        fields: list[Field] = []
        faults: list[str] = []
        at = start
        while at < end and len(fields) < MAX_FIELDS:
            stop = self._line_end(at, end)
            line = self.data[at:stop]
            if not line.strip(b"\r\n"):
                return fields, stop, faults
            match = _FIELD.match(line)
            if match is None:
                if not line.strip() and fields:  # blanks alone: what was meant as the end of the head
                    return fields, stop, faults
                if not self._goes_on(stop, end, fields):
                    faults.append("The head ends without an empty line.")
                    return fields, at, faults
                faults.append(f"A line of the head is no field: {line[:40].strip().decode('latin-1')!r}.")
                at = stop
                continue
            while stop < end and self.data[stop] in b" \t" and self.data[stop : self._line_end(stop, end)].strip():
                stop = self._line_end(stop, end)
            value = self.data[at + match.end() : stop].rstrip(b"\r\n")
            fields.append(Field(match[1].decode("ascii"), at, stop, value))
            at = stop
        return fields, at, faults

    def _goes_on(self, at: int, end: int, fields: list[Field]) -> bool:
        """Whether a field follows a line that is none, so that the head is still under way."""
        line = self.data[at : self._line_end(at, end)]
        match = _FIELD.match(line)
        return match is not None and (bool(fields) or match[1].lower() in _KNOWN) and match[1].lower() not in _WORDS

    def _line_end(self, at: int, end: int) -> int:
        found = self.data.find(b"\n", at, end)
        if found < 0 and self.old_mac:
            found = self.data.find(b"\r", at, end)
        return end if found < 0 else found + 1

    def _multipart(self, made: Entity, depth: int) -> None:
        boundary = made.content_type[1].get("boundary", "").rstrip()
        if not boundary:
            made.faults.append("A multipart names no boundary; it was read as text.")
            return
        raw = boundary.encode("utf-8", "surrogateescape")
        pattern = re.compile(rb"^--" + re.escape(raw) + rb"(--)?[ \t]*(?:\r?\n|\r?\Z)", re.MULTILINE)
        starts: list[tuple[int, int]] = []
        made.closed = False
        # A part's body may end where the text of its parent does, so the pattern sees no further than that.
        for match in pattern.finditer(self.data, made.body, made.end):
            if match.start() != made.body and self.data[match.start() - 1 : match.start()] != b"\n":
                continue
            made.delimiters.append(match.span())
            if match[1]:
                made.closed = True
                break
            starts.append(match.span())
        if not starts:
            made.faults.append("The boundary of a multipart does not occur in it.")
            return
        if not made.closed:
            made.faults.append("A multipart has no end: the message may be cut off.")
        default = "message/rfc822" if made.media_type == "multipart/digest" else "text/plain"
        for number, (_, begin) in enumerate(starts, 1):
            stop = made.delimiters[number][0] if number < len(made.delimiters) else made.end
            if number < len(made.delimiters):
                stop = self._before_line_end(begin, stop)
            section = f"{made.section}.{number}" if made.section else str(number)
            made.children.append(self.entity(begin, max(stop, begin), section, depth + 1, default))
            if self.parts >= MAX_PARTS:
                return

    def _before_line_end(self, begin: int, stop: int) -> int:
        """The line end before a delimiter belongs to the delimiter (RFC 2046, 5.1.1)."""
        if stop > begin and self.data[stop - 1 : stop] == b"\n":
            stop -= 1
            if stop > begin and self.data[stop - 1 : stop] == b"\r":
                stop -= 1
        return stop

    def _message(self, made: Entity, depth: int) -> None:
        # IMAP names the parts of a message inside by its own section, so that it adds no number.
        if made.encoding.strip() in IDENTITY:
            made.children.append(self.entity(made.body, made.end, made.section, depth + 1))
            return
        inner = _Parser(made.content(), parts=self.parts)
        made.children.append(inner.entity(0, len(inner.data), made.section, depth + 1))
        self.parts = inner.parts


_KNOWN = {
    b"from", b"to", b"subject", b"date", b"received", b"return-path", b"message-id", b"mime-version", b"content-type",
    b"delivered-to", b"cc", b"reply-to", b"sender",
}  # fmt: skip
_WORDS = {b"http", b"https", b"mailto", b"note", b"ps"}
"""Words before a colon that begin a text rather than a field."""
_META = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)


def _charset_in_html(data: bytes) -> str | None:
    found = _META.search(data[:4096])
    return found[1].decode("ascii", "replace") if found else None
