"""mbox files as a stream: where each message begins and ends, in flat memory whatever the file's size.

The variants (mboxo, mboxrd, mboxcl, mboxcl2) are told apart by each message: a Content-Length that leads exactly to the
next message or the end is believed, so that `From ` lines inside are text (RFC 4155;
https://www.loc.gov/preservation/digital/formats/fdd/fdd000383.shtml, checked 2026-11-24).
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from polydesk.core.errors import UnreadableDocumentError
from polydesk.office.mail.entities import parse_entity

_LINES = (  # the first form is nearly everybody's; the rest is of odd programs
    rb"From (?:\S+ +[A-Z][a-z]{2} [A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d \d{4}\r?\n"
    rb"|(?:[^\r\n]*?[ \t])?(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)?,?[ \t]*"
    rb"[^\r\n]*\d{1,2}:\d\d(?::\d\d)?[^\r\n]*\b(?:19|20)\d\d[^\r\n]*\r?\n"
    rb"|(?:-|\S+@\S+|MAILER-DAEMON|\S+)[ \t]*\r?\n"
    rb"|\S+[ \t]+[^\r\n]*\b(?:19|20)\d\d\b[^\r\n]*\r?\n)"
)
_SEPARATOR = re.compile(_LINES)
_BOUNDARY = re.compile(rb"\n" + _LINES + rb"(?=>?[\x21-\x39\x3b-\x7e]+[ \t]*:|From |\Z)")
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,12})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_FIELD = re.compile(rb">?[\x21-\x39\x3b-\x7e]+[ \t]*:|From ")
_CHUNK = 256 * 1024
_HEAD = 65_536
_LENGTHS = (b"ontent-Length:", b"ontent-length:", b"ONTENT-LENGTH:", b"ontent-LENGTH:")
_LINE = 1024
"""Longest separator line."""


def is_mbox(head: bytes) -> bool:
    """Whether a file that begins so is an mbox."""
    return _SEPARATOR.match(head.lstrip(b"\r\n")) is not None


def message_starts(data: bytes) -> Iterator[int]:
    """Where the separator lines in `data` begin."""
    at = len(data) - len(data.lstrip(b"\r\n"))
    while at >= 0:
        if _separates(data, at):
            yield at
        found = data.find(b"\nFrom ", at)
        at = found + 1 if found >= 0 else -1


def _separates(data: bytes, at: int) -> bool:
    """Whether a separator begins at `at`: after an empty line or at the beginning, and a head follows it."""
    if at > 0 and not data[max(at - 4, 0) : at].endswith((b"\n\n", b"\r\n\r\n", b"\n\r\n")) and at > 4:
        return False
    match = _SEPARATOR.match(data, at, at + _LINE)
    return match is not None and (_FIELD.match(data, match.end()) is not None or match.end() >= len(data))


class Mbox:
    """An mbox file: the place of each message. The file is read in pieces; 16 bytes are kept of each message."""

    def __init__(self, path: Path) -> None:
        """Raises UnreadableDocumentError when the file cannot be read or is no mbox."""
        self.path = path
        self._starts = array("Q")
        self._ends = array("Q")
        try:
            with path.open("rb") as file:
                self._size = file.seek(0, 2)
                self._index(file)
        except OSError as exc:
            raise UnreadableDocumentError(f"{path} cannot be read: {exc.strerror or exc}", path=str(path)) from exc
        if not self._starts and self._size:
            raise UnreadableDocumentError(f"{path} is no mbox: it does not begin with a `From ` line.", path=str(path))

    def __len__(self) -> int:
        return len(self._starts)

    def span(self, number: int) -> tuple[int, int]:
        """Where message `number`, from 0, stands in the file: its separator line included, the empty line after it not.

        Raises UnreadableDocumentError when there is no such message.
        """
        if not 0 <= number < len(self):
            raise UnreadableDocumentError(
                f"{self.path} has no message {number + 1}; it has {len(self)}.", path=str(self.path)
            )
        return self._starts[number], self._ends[number]

    def read(self, number: int) -> bytes:
        """Message `number`, from 0, as it stands in the file without its separator line."""
        with self.path.open("rb") as file:
            return self._message(file, number)

    def read_all(self) -> Iterator[bytes]:
        """Every message in order."""
        with self.path.open("rb") as file:
            for number in range(len(self)):
                yield self._message(file, number)

    def heads(self, *, limit: int = 65_536) -> Iterator[bytes]:
        """The head of every message, at most `limit` bytes of it."""
        with self.path.open("rb") as file:
            for number in range(len(self)):
                start, end = self.span(number)
                file.seek(start)
                data = file.read(min(4096, end - start))
                while (blank := _head_end(data)) < 0 and len(data) < min(limit, end - start):
                    data += file.read(min(len(data), end - start - len(data)))
                yield _without_separator(data if blank < 0 else data[:blank])

    def _message(self, file: BinaryIO, number: int) -> bytes:
        start, end = self.span(number)
        file.seek(start)
        return _without_separator(file.read(end - start))

    def _index(self, file: BinaryIO) -> None:
        base, skip_to = 0, 0
        file.seek(0)
        buffer = file.read(_CHUNK)
        stripped = len(buffer) - len(buffer.lstrip(b"\r\n"))
        at = stripped
        if not _SEPARATOR.match(buffer, at):
            return
        while True:
            last = base + len(buffer) >= self._size
            limit = len(buffer) if last else len(buffer) - 2 * _LINE
            skip_to = self._scan(file, buffer, base, at, limit, skip_to)
            if last:
                break
            keep = max(limit - 8, 0)
            if skip_to > base + len(buffer):
                base, at = skip_to - 8, 0
                file.seek(base)
                buffer = file.read(_CHUNK)
                continue
            file.seek(base + len(buffer))
            base, at, buffer = base + keep, 0, buffer[keep:] + file.read(_CHUNK)
        if self._starts:
            self._ends.append(self._trimmed(file, self._size))

    def _scan(self, file: BinaryIO, buffer: bytes, base: int, at: int, limit: int, skip_to: int) -> int:
        """Note the separators in `buffer` up to `limit`; the offset up to which the last Content-Length leads."""
        starts, ends, find = self._starts, self._ends, buffer.find
        claims = any(word in buffer for word in _LENGTHS)
        last = starts[-1] if starts else -1
        if last >= 0 and not claims and skip_to <= base + at:
            self._note(buffer, base, at, limit, last)
            return skip_to
        while 0 <= at < limit:
            absolute = base + at
            if absolute >= skip_to and absolute > last and (blank := 1 if last < 0 else _separates_inside(buffer, at)):
                if last >= 0:
                    ends.append(absolute - blank)
                starts.append(absolute)
                last = absolute
                if claims:
                    skip_to = self._claimed(file, buffer, base, at)
            jump = max(at, skip_to - base - 1) if skip_to - base < len(buffer) else len(buffer)
            at = find(b"\nFrom ", jump) + 1 or -1
        return skip_to

    def _note(self, buffer: bytes, base: int, at: int, limit: int, last: int) -> None:
        """Note the separators of a piece in which no message says how long it is."""
        starts, ends = self._starts.append, self._ends.append
        for match in _BOUNDARY.finditer(buffer, at):
            found = match.start() + 1
            if found >= limit:
                break
            blank = 1 if buffer[found - 2] == 10 else 2 if buffer.startswith(b"\n\r", found - 3) else 0
            if blank and found > 1 and base + found > last:
                ends(base + found - blank)
                starts(base + found)

    def _claimed(self, file: BinaryIO, buffer: bytes, base: int, at: int) -> int:
        """Where the message ends by its own Content-Length, if another message or the file's end is there; else 0."""
        body = _head_end(buffer, at, at + _HEAD)
        head = buffer[at:body] if body >= 0 else self._peek(file, buffer, base, base + at, _HEAD)
        if body < 0:
            body = at + _head_end(head)
            head = head[: body - at]
        found = _LENGTH.search(head) if body >= at and (b"ontent-" in head or b"ONTENT-" in head) else None
        if found is None:
            return 0
        end = base + body + int(found[1])
        if end >= self._size:
            return end if end - self._size <= 2 else 0
        tail = self._peek(file, buffer, base, end, _LINE)
        rest = tail.lstrip(b"\r\n")
        return end if len(tail) - len(rest) <= 4 and (not rest or _SEPARATOR.match(rest)) else 0

    def _peek(self, file: BinaryIO, buffer: bytes, base: int, at: int, length: int) -> bytes:
        if at + length <= base + len(buffer):
            return buffer[at - base : at - base + length]
        file.seek(at)
        return file.read(length)

    def _trimmed(self, file: BinaryIO, end: int) -> int:
        """The end without the empty line that follows the last message."""
        start = max(self._starts[-1], end - 4)
        file.seek(start)
        return end - _blank_before(file.read(end - start), end - start)


def _separates_inside(buffer: bytes, at: int) -> int:
    """Length of the empty line before the separator at `at`; 0 when there is none, or no separator."""
    blank = 1 if buffer.startswith(b"\n\n", at - 2) else 2 if buffer.startswith(b"\n\r\n", at - 3) else 0
    if not blank or at < 2:
        return 0
    match = _SEPARATOR.match(buffer, at, at + _LINE)
    if match is None:
        return 0
    end = match.end()
    return blank if _FIELD.match(buffer, end) is not None or end >= len(buffer) else 0


def _blank_before(buffer: bytes, at: int) -> int:
    """Length of the empty line before `at`; 0 when there is none."""
    before = buffer[max(at - 4, 0) : at]
    if before.endswith(b"\n\r\n"):
        return 2
    return 1 if before.endswith(b"\n\n") else 0


def _head_end(data: bytes, start: int = 0, limit: int | None = None) -> int:
    """Where the body begins of the message at `start`; -1 when the head does not end in `data` before `limit`."""
    plain = data.find(b"\n\n", start, limit)
    found = data.find(b"\n\r\n", start, limit if plain < 0 else plain)
    if found >= 0:
        return found + 3
    return plain + 2 if plain >= 0 else -1


def _without_separator(data: bytes) -> bytes:
    return data[data.find(b"\n") + 1 :] if data.startswith(b"From ") else data


def unescaped(message: bytes) -> bytes:
    """The message with the `>` taken off that mboxrd puts before `From ` lines in its body."""
    body = parse_entity(message).body
    return message[:body] + _QUOTED.sub(rb"\1", message[body:])


def escaped(message: bytes) -> bytes:
    """The message as mboxrd writes it."""
    return re.sub(rb"^(>*From )", rb">\1", message, flags=re.MULTILINE)
