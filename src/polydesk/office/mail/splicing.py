"""Changes inside a mail by splicing bytes: what no edit names keeps every byte, line ends and folds included."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from polydesk.core.errors import AnchorNotFoundError, UnsupportedEditError
from polydesk.office.mail.composing import Piece, attachment_part, boundary
from polydesk.office.mail.content import Content
from polydesk.office.mail.encoding import address_field, encoded_text, flowed, recipients, text_field
from polydesk.office.mail.entities import Entity, Field, parse_entity
from polydesk.office.mail.headers import addresses
from polydesk.office.mail.html_text import html_text
from polydesk.office.mail.quotes import blocks, plain_lines
from polydesk.office.mail.quoting import answer_html, html_page, html_with_answer

_MIME = ("content-type", "content-transfer-encoding", "content-disposition", "content-id", "content-description")
Splice = tuple[int, int, bytes]
"""From where to where in the bytes, and what comes there."""


def spliced(data: bytes, changes: Sequence[Splice]) -> bytes:
    """`data` with the changes made, which must not overlap."""
    pieces: list[bytes] = []
    at = 0
    for start, end, new in sorted(changes, key=lambda change: change[:2]):
        assert start >= at, "changes overlap"
        pieces += [data[at:start], new]
        at = end
    return b"".join([*pieces, data[at:]])


def line_end(data: bytes) -> bytes:
    """The line end that the mail uses: of its first line."""
    first = data.find(b"\n")
    return b"\n" if first > 0 and data[first - 1 : first] != b"\r" else b"\r\n"


def with_field(data: bytes, name: str, line: str | None) -> bytes:
    """The mail with its first field of that name replaced by `line` (with its line end), or taken out for None.

    A field that is not there is added at the end of the head; further fields of the name are left alone.
    """
    root = parse_entity(data)
    found = root.all(name)
    new = b"" if line is None else line.encode("ascii", "replace").replace(b"\r\n", line_end(data))
    if found:
        return spliced(data, [(found[0].start, found[0].end, new)])
    return _added(data, root.fields, root, new) if new else data


def _added(data: bytes, fields: Sequence[Field], entity: Entity, new: bytes) -> bytes:
    at = fields[-1].end if fields else entity.start
    if fields and not data[:at].endswith(b"\n"):
        new = line_end(data) + new
    return spliced(data, [(at, at, new)])


# Recipients and words ---------------------------------------------------------------------------------------------


def with_subject(data: bytes, subject: str) -> bytes:
    """The draft with another subject."""
    return with_field(data, "Subject", text_field("Subject", subject))


def with_recipient(data: bytes, field: str, address: str) -> bytes:
    """The draft with one more recipient; the same bytes when it has that one in that field."""
    root = parse_entity(data)
    name = {"to": "To", "cc": "Cc", "bcc": "Bcc"}[field]
    new = recipients([address], what=field)
    old = [one for value in root.all(name)[:1] for one in addresses(value.text)]
    keys = {one.key for one in old}
    added = [one for one in new if one.key not in keys]
    if not added:
        return data
    if not old:
        return with_field(data, name, address_field(name, added))
    written = root.all(name)[0]
    # What stands there stays as it is written; the new one comes behind it.
    head = data[written.start : written.end].rstrip(b"\r\n\t ,")
    line = address_field("X", added)[2:].strip()
    more = f",\r\n {line}\r\n".encode("ascii").replace(b"\r\n", line_end(data))
    return spliced(data, [(written.start, written.end, head + more)])


def without_recipient(data: bytes, address: str) -> bytes:
    """The draft without a recipient. Raises UnsupportedEditError when it is none."""
    wanted = address.strip().strip("<>").lower()
    found = False
    for name in ("To", "Cc", "Bcc"):
        for written in parse_entity(data).all(name)[:1]:
            listed = addresses(written.text)
            kept = [one for one in listed if one.key != wanted]
            if len(kept) != len(listed):
                found = True
                data = with_field(data, name, address_field(name, kept) if kept else None)
    if not found:
        raise UnsupportedEditError(f"{address[:100]!r} is no recipient of the draft.")
    return data


# Text -------------------------------------------------------------------------------------------------------------


def with_body(data: bytes, content: Content, text: str, html: str | None, *, keep_quoted: bool) -> bytes:
    """The draft with another text, in its plain text and its HTML; what it quotes stays when `keep_quoted`."""
    root = parse_entity(data)
    leaves = {entity.section or "1": entity for entity in root.walk() if not entity.children}
    plain = next((leaves[part.section] for part in content.plain if part.section in leaves), None)
    page = next((leaves[part.section] for part in content.html if part.section in leaves), None)
    if len(content.plain) > 1 or len(content.html) > 1 or (plain is None and page is None):
        raise UnsupportedEditError(
            "The draft has no text, or its text is in several pieces, so that it cannot be replaced as one."
        )
    if any(".uu" in one.section for one in content.attachments):
        raise UnsupportedEditError("The draft's text holds files by uuencode, which would be lost; make a new draft.")
    if page is None and html is not None:
        raise UnsupportedEditError("The draft is plain text; give `text` alone, or make a new draft.")
    changes: list[Splice] = []
    if plain is not None:
        changes += _leaf(
            data,
            plain,
            _new_plain(next(part.text for part in content.plain), text, keep_quoted),
            "text/plain; charset=utf-8; format=flowed",
        )
    if page is not None:
        answer = html if html is not None else answer_html(text)
        changes += _leaf(
            data,
            page,
            _new_page(next(part.text for part in content.html), answer, keep_quoted),
            "text/html; charset=utf-8",
        )
    return spliced(data, changes)


def _new_plain(old: str, text: str, keep_quoted: bool) -> str:
    quoted = [block for block in blocks(plain_lines(old)) if block.kind in ("quoted", "forwarded")]
    if not keep_quoted or not quoted:
        return flowed(text)
    lines = old.split("\n")
    rest = "\n".join(lines[quoted[0].first :])
    return f"{flowed(text.rstrip())}\n\n{flowed(rest) if not rest.startswith('>') else rest}"


def _new_page(old: str, answer: str, keep_quoted: bool) -> str:
    lines = html_text(old).lines
    quotes = any(block.kind in ("quoted", "forwarded") for block in blocks(lines))
    if not keep_quoted or not quotes:
        return answer if re.search(r"<body\b", answer, re.IGNORECASE) else html_page(answer)
    made = html_with_answer(old, answer)
    if made is None:
        raise UnsupportedEditError(
            "The draft's HTML does not show where its quotation begins; say `keep_quoted: false` to replace all of it."
        )
    return made


def _leaf(data: bytes, entity: Entity, text: str, content_type: str) -> list[Splice]:
    encoding, body = encoded_text(text)
    eol = line_end(data)
    changes: list[Splice] = [
        (entity.body, entity.end, body.replace(b"\r\n", eol) + (eol if not entity.section else b""))
    ]
    new = {"Content-Type": content_type, "Content-Transfer-Encoding": encoding}
    for name, value in new.items():
        line = f"{name}: {value}".encode("ascii") + eol
        found = entity.all(name)
        at = entity.fields[-1].end if entity.fields else entity.start
        changes.append((found[0].start, found[0].end, line) if found else (at, at, line))
    return _merged(changes)


def _merged(changes: Sequence[Splice]) -> list[Splice]:
    """Additions at one place joined."""
    made: dict[tuple[int, int], bytes] = {}
    for start, end, new in changes:
        made[start, end] = made.get((start, end), b"") + new
    return [(start, end, new) for (start, end), new in made.items()]


# Attachments ------------------------------------------------------------------------------------------------------


def with_attachment(data: bytes, piece: Piece) -> bytes:
    """The draft with one more attachment; a draft without any becomes a `multipart/mixed` around what it was."""
    root = parse_entity(data)
    eol = line_end(data)
    part = attachment_part(piece)
    if piece.media_type != "message/rfc822":
        part = part.replace(b"\r\n", eol)
    if root.media_type == "multipart/mixed" and root.delimiters and root.closed:
        mark = _mark(data, root)
        at = root.delimiters[-1][0]
        return spliced(data, [(at, at, mark + eol + part + eol)])
    if root.media_type == "multipart/mixed" and root.delimiters:
        mark = _mark(data, root)
        lead = b"" if data.endswith(b"\n") else eol
        return data + lead + mark + eol + part + eol + mark + b"--" + eol
    return _wrapped(data, root, part, eol)


def _mark(data: bytes, root: Entity) -> bytes:
    start, end = root.delimiters[0]
    return data[start:end].rstrip(b"\r\n \t")


def _wrapped(data: bytes, root: Entity, part: bytes, eol: bytes) -> bytes:
    moved = [one for one in root.fields if one.name.lower() in _MIME]
    inner = b"".join(data[one.start : one.end] for one in moved) or b"Content-Type: text/plain" + eol
    body = data[root.body : root.end]
    mark = boundary([inner + body, part]).encode("ascii")
    head = b'Content-Type: multipart/mixed; boundary="' + mark + b'"' + eol
    changes: list[Splice] = [(one.start, one.end, b"") for one in moved]
    at = moved[0].start if moved else (root.fields[-1].end if root.fields else root.start)
    changes = [(start, end, head if start == at else b"") for start, end, _ in changes] or [(at, at, head)]
    if not root.all("mime-version"):
        changes = [(start, end, (b"MIME-Version: 1.0" + eol + new) if new else new) for start, end, new in changes]
    blank = b"" if data[: root.body].endswith((b"\n\n", b"\r\n\r\n", b"\n\r\n")) else eol
    before = blank + b"--" + mark + eol + inner + eol
    after = eol + b"--" + mark + eol + part + eol + b"--" + mark + b"--" + eol
    return spliced(data, _merged([*changes, (root.body, root.end, before + body + after)]))


def without_part(data: bytes, section: str) -> bytes:
    """The draft without the part of that section, its delimiter included."""
    parent, number = _parent(parse_entity(data), section)
    if parent is None or len(parent.children) < 2 or (number == 0 and parent.media_type == "multipart/related"):
        raise UnsupportedEditError(f"Part {section} is not an attachment that can be taken out.")
    start = parent.delimiters[number][0]
    if number + 1 < len(parent.delimiters):
        return spliced(data, [(start, parent.delimiters[number + 1][0], b"")])
    # The last part of a multipart without an end: what is before its delimiter is the end now.
    return spliced(data, [(start, parent.end, b"")])


def _parent(root: Entity, section: str) -> tuple[Entity | None, int]:
    for entity in root.walk():
        if not entity.delimiters:
            continue
        for number, child in enumerate(entity.children):
            if child.section == section:
                if child.data is not root.data:
                    raise UnsupportedEditError(
                        f"Part {section} lies in an encoded message and cannot be changed there."
                    )
                return entity, number
    raise AnchorNotFoundError(f"There is no part {section}.")


# Marks ------------------------------------------------------------------------------------------------------------


def with_categories(data: bytes, change: Callable[[list[str]], list[str]], old: list[str]) -> bytes:
    """The mail with other categories in its Keywords field."""
    new = change(old)
    if new == old:
        return data
    for name in ("X-Keywords", "X-Mozilla-Keys"):
        while parse_entity(data).all(name):
            data = with_field(data, name, None)
    while len(parse_entity(data).all("Keywords")) > 1:
        data = with_field(data, "Keywords", None)
    return with_field(data, "Keywords", text_field("Keywords", ", ".join(new)) if new else None)


def with_flags(data: bytes, changes: dict[str, bool]) -> bytes:
    """The mail with other letters in its Status (R) and X-Status (A, F) fields, as mbox programs write them."""
    for name, letters in (("Status", {"read": "R"}), ("X-Status", {"answered": "A", "flagged": "F"})):
        wanted = {letters[mark]: on for mark, on in changes.items() if mark in letters}
        if not wanted:
            continue
        value = next((one.text.strip() for one in parse_entity(data).all(name)), "")
        kept = "".join(letter for letter in value if wanted.get(letter.upper(), True))
        kept += "".join(letter for letter, on in wanted.items() if on and letter not in kept.upper())
        if kept != value:
            data = with_field(data, name, f"{name}: {kept}\r\n" if kept else None)
    return data
