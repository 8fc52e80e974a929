"""Header fields as words, addresses, dates and parameters: RFC 5322, 2047 and 2231, and what real mail makes of them.

Nothing here raises: what cannot be understood is given as it stands.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from urllib.parse import unquote_to_bytes

from polydesk.office.mail.charsets import decode, decode_raw
from polydesk.office.mail.transfer import decode_base64

_FOLD = re.compile(rb"\r?\n[ \t]?")
_WORD = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]*)?\?([bBqQ])\?([^?]*)\?=")
_BETWEEN = re.compile(r"\s*")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_MAX_ADDRESSES = 10_000


def unfolded(value: bytes) -> str:
    """The field's body on one line, raw bytes beyond ASCII read as they seem to be."""
    return decode_raw(_FOLD.sub(b" ", value)).strip()


def decoded(value: str) -> str:
    """`value` with its encoded words (RFC 2047) read; without control characters."""
    if "=?" not in value:
        return value if value.isprintable() else _CONTROL.sub(" ", value)
    return _CONTROL.sub(" ", "".join(_words(value)))


def _words(value: str) -> Iterator[str]:
    at, pending, charset = 0, b"", ""
    for match in _WORD.finditer(value):
        gap = value[at : match.start()]
        data = _encoded(match[2], match[3])
        joins = pending != b"" and not gap.strip()
        if joins and charset.lower() == match[1].lower():
            pending += data  # a letter may be split between two words
        else:
            if pending:
                yield decode(pending, charset)[0]
            if not joins:
                yield gap
            pending, charset = data, match[1]
        at = match.end()
    if pending:
        yield decode(pending, charset)[0]
    yield value[at:]


def _encoded(encoding: str, text: str) -> bytes:
    raw = text.encode("utf-8", "replace")
    if encoding in "bB":
        return decode_base64(raw)[0]
    return binascii.a2b_qp(raw, header=True)


# Parameters -------------------------------------------------------------------------------------------------------


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """A field such as `text/plain; charset=utf-8` as its value in small letters and its parameters.

    Parameters in pieces and with charsets (RFC 2231), encoded words in them and unquoted names with blanks are read.
    """
    pieces = _split(value)
    plain: dict[str, str] = {}
    parts: dict[str, dict[int, tuple[str, bool]]] = {}
    for piece in pieces[1:]:
        name, equals, text = piece.partition("=")
        name = name.strip().lower()
        if not equals or not name:
            continue
        text = _unquoted(text.strip())
        found = re.fullmatch(r"([^*]+)(?:\*(\d{1,3}))?(\*)?", name)
        if found is None or (found[2] is None and found[3] is None):
            plain.setdefault(name, decoded(text))
        else:
            parts.setdefault(found[1], {})[int(found[2] or 0)] = (text, found[3] is not None)
    for name, numbered in parts.items():
        plain[name] = _joined(numbered)
    return pieces[0].strip().lower(), plain


def _split(value: str) -> list[str]:
    """At the semicolons outside quotation marks."""
    pieces, current, quoted, escaped = [""], 0, False, False
    start = 0
    for at, letter in enumerate(value):
        if escaped:
            escaped = False
        elif quoted and letter == "\\":
            escaped = True
        elif letter == '"':
            quoted = not quoted
        elif letter == ";" and not quoted:
            pieces[current] = value[start:at]
            pieces.append("")
            current, start = current + 1, at + 1
    pieces[current] = value[start:]
    return pieces


def _unquoted(text: str) -> str:
    if len(text) > 1 and text.startswith('"'):
        end = text.rfind('"')
        text = text[1 : end if end > 0 else None]
        return re.sub(r"\\([\"\\])", r"\1", text)
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1]
    return text


def _joined(numbered: dict[int, tuple[str, bool]]) -> str:
    ordered = [numbered[number] for number in sorted(numbered)]
    if not any(encoded for _, encoded in ordered):
        return decoded("".join(text for text, _ in ordered))
    charset, data = "utf-8", b""
    for at, (text, encoded) in enumerate(ordered):
        if at == 0 and encoded and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        data += unquote_to_bytes(text) if encoded else text.encode("utf-8", "replace")
    return decode(data, charset)[0]


# Addresses --------------------------------------------------------------------------------------------------------


class Address(tuple[str, str]):
    """A display name and an address, each perhaps empty."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """As a reader sees it."""
        return self[0]

    @property
    def address(self) -> str:
        """Without angle brackets; empty for a name alone."""
        return self[1]

    @property
    def key(self) -> str:
        """By which two spellings of one address are the same."""
        return self[1].lower()


def addresses(value: str) -> list[Address]:
    """The mailboxes of a field such as To, those inside groups among them; groups' own names are left out.

    Names that are no addresses, as broken programs write them, come with an empty address.
    """
    found: list[Address] = []
    for piece in _mailboxes(value):
        one = _mailbox(piece)
        if one is not None:
            found.append(one)
        if len(found) >= _MAX_ADDRESSES:
            break
    return found


def _mailboxes(value: str) -> Iterator[str]:
    """At commas (and the semicolons that Outlook writes) outside quotation marks, comments, angles; groups opened."""
    start, quoted, depth, angle, escaped, has_at = 0, False, 0, False, False, False
    for at, letter in enumerate(value):
        if escaped:
            escaped = False
        elif letter == "\\" and (quoted or depth):
            escaped = True
        elif quoted:
            quoted = letter != '"'
        elif letter == '"' and not depth:
            quoted = True
        elif letter == "(":
            depth += 1
        elif letter == ")" and depth:
            depth -= 1
        elif depth:
            continue
        elif letter == "@":
            has_at = True
        elif letter in "<>":
            angle = letter == "<"
        elif letter == ":" and not angle and not has_at:
            start = at + 1
        elif letter in ",;" and not (angle and not has_at):
            yield value[start:at]
            start, angle, has_at = at + 1, False, False
    yield value[start:]


def _mailbox(piece: str) -> Address | None:
    piece = piece.strip()
    angle = re.search(r"<([^<>]*)>?[^<>]*$", piece)
    if angle is not None and (angle[1].strip() or piece[: angle.start()].strip()):
        name = _phrase(piece[: angle.start()])
        return Address((name, _route(angle[1])))
    bare, comment = _comments(piece)
    if "@" in bare:
        local = bare if '"' in bare else bare.replace(" ", "")
        return Address((_phrase(comment), local.strip()))
    name = _phrase(bare.strip("<> ") or comment)
    return Address((name, "")) if name else None


def _route(text: str) -> str:
    """Without the source route that RFC 822 allowed."""
    text = text.strip()
    return text.rpartition(":")[2] if text.startswith("@") else text


def _comments(piece: str) -> tuple[str, str]:
    found: list[str] = []
    bare = re.sub(r"\(((?:[^()\\]|\\.)*)\)", lambda match: found.append(match[1]) or " ", piece)
    return bare.strip(), " ".join(found)


def _phrase(text: str) -> str:
    text = text.strip()
    text = re.sub(r'"((?:[^"\\]|\\.)*)"', lambda match: re.sub(r"\\(.)", r"\1", match[1]), text)
    return " ".join(decoded(text).split())


# Dates and ids ----------------------------------------------------------------------------------------------------


def parsed_date(value: str) -> datetime | None:
    """The moment of a Date field, in the zone that it was written in; None when it is none."""
    try:
        found = parsedate_tz(decoded(value))
        if found is None:
            return None
        shift = found[9]
        zone = UTC if shift is None else timezone(timedelta(seconds=shift))
        year, month, day, hour, minute, second = found[:6]
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


_ID = re.compile(r"<\s*([^<>\s]+(?:\s[^<>\s]+)*)\s*>")


def message_ids(value: str) -> list[str]:
    """The ids of a References, In-Reply-To or Message-ID field, without their brackets, each once."""
    found = _ID.findall(value) or [word for word in value.split() if "@" in word]
    return list(dict.fromkeys("".join(one.split()) for one in found))
