"""Words, addresses and content as mail carries them: RFC 5322, 2045 to 2047, 2231 and 3676."""

from __future__ import annotations

import base64
import binascii
import mimetypes
import re
from collections.abc import Sequence
from email.header import Header
from email.utils import quote
from urllib.parse import quote as percent

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.mail.headers import Address, addresses

CRLF = "\r\n"
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ .-]*")
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\"[^\"\r\n]+\"@[A-Za-z0-9.-]+"
)
_WIDTH = 76
_MAX_LINE = 998
_OFFICE = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".eml": "message/rfc822",
    ".ics": "text/calendar",
    ".md": "text/markdown",
}


def one_line(text: str) -> str:
    """`text` without line ends and control characters, so that no header can be slipped in."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f\u2028\u2029]+", " ", text).split())


def recipients(written: Sequence[str], *, what: str) -> list[Address]:
    """The addresses in `written`. Raises UnsupportedEditError for one that no mail can be sent to."""
    found: list[Address] = []
    for text in written:
        read = _one_or_more(one_line(text))
        if not read:
            raise UnsupportedEditError(f"{what}: {text!r} is no address; write `Ann <ann@example.com>`.")
        for one in read:
            if _ADDRESS.fullmatch(one.address) is None:
                raise UnsupportedEditError(
                    f"{what}: {text[:100]!r} is no address that mail can be sent to; write `Ann <ann@example.com>`."
                )
            found.append(one)
    return found


def _one_or_more(text: str) -> list[Address]:
    """The addresses in a text that is meant as one: a comma in its name needs no quotation marks."""
    found = re.fullmatch(r"([^<>@\"]+)<([^<>]+)>", text)
    return [Address((found[1].strip(), found[2].strip()))] if found is not None else addresses(text)


def usable(one: Address) -> bool:
    """Whether mail can be sent to the address."""
    return _ADDRESS.fullmatch(one.address) is not None


def address_text(one: Address) -> str:
    """As a header writes it."""
    if not one.name:
        return one.address
    if not one.name.isascii():
        return f"{Header(one.name, 'utf-8').encode(linesep=CRLF)} <{one.address}>"
    name = one.name if _ATOM.fullmatch(one.name) and "." not in one.name else f'"{quote(one.name)}"'
    return f"{name} <{one.address}>"


def address_field(name: str, listed: Sequence[Address]) -> str:
    """A field of addresses, folded between them, with its line end."""
    lines: list[str] = []
    line = f"{name}:"
    for number, one in enumerate(listed):
        text = address_text(one) + ("," if number < len(listed) - 1 else "")
        if len(line.rpartition(CRLF)[2]) + 1 + len(text.partition(CRLF)[0]) > _WIDTH + 2 and number:
            lines.append(line)
            line = ""
        line += f" {text}"
    return CRLF.join([*lines, line]) + CRLF


def text_field(name: str, value: str) -> str:
    """A field of words, folded, with its line end; letters beyond ASCII as encoded words."""
    value = one_line(value)
    if value.isascii() and "=?" not in value:
        return _folded(f"{name}: {value}") + CRLF
    return f"{name}: {Header(value, 'utf-8', header_name=name).encode(linesep=CRLF)}{CRLF}"


def _folded(text: str) -> str:
    """At blanks, so that no line is longer than it should be; never into a line of blanks."""
    lines: list[str] = []
    head = text.index(": ") + 2
    while len(text) > _WIDTH + 2:
        at = text.rfind(" ", head, _WIDTH + 2)
        at = at if at >= 0 else text.find(" ", max(_WIDTH, head))
        if at < 0:
            break
        lines.append(text[:at])
        text, head = text[at:], 1
    return CRLF.join([*lines, text])


def id_field(name: str, ids: Sequence[str]) -> str:
    """A field of message ids, one on each line."""
    return f"{name}: {(CRLF + ' ').join(f'<{one}>' for one in ids)}{CRLF}"


def parameter(name: str, value: str) -> str:
    """A parameter such as `filename`, in RFC 2231 where it is not plain."""
    value = one_line(value)
    if value.isascii() and len(value) < 60:
        return f'{name}="{quote(value)}"'
    return f"{name}*=utf-8''{percent(value, safe='')}"


def old_parameter(name: str, value: str) -> str:
    """The same for programs that never learned RFC 2231: with an encoded word."""
    value = one_line(value)
    if value.isascii():
        return f'{name}="{quote(value)}"'
    words = Header(value, "utf-8", maxlinelen=75).encode(linesep=f"{CRLF}")
    return f'{name}="{words}"'


def encoded_text(text: str) -> tuple[str, bytes]:
    """A transfer encoding and the text in it, in UTF-8 with CRLF line ends."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    plain = all(line.isascii() and len(line) <= _MAX_LINE and "\0" not in line for line in lines)
    if plain and not any(line.startswith("From ") for line in lines):
        return "7bit", CRLF.join(lines).encode("ascii")
    return "quoted-printable", CRLF.join(_quoted_printable(line) for line in lines).encode("ascii")


def _quoted_printable(line: str) -> str:
    data = binascii.b2a_qp(line.encode("utf-8", "replace"), quotetabs=False, istext=False).decode("ascii")
    data = data.replace("=\n", f"={CRLF}")
    if data.startswith("From "):
        data = f"=46{data[1:]}"
    return data[:-1] + "=20" if data.endswith(" ") else data[:-1] + "=09" if data.endswith("\t") else data


def base64_lines(data: bytes) -> bytes:
    """In lines of 76 letters."""
    text = base64.b64encode(data)
    return b"\r\n".join(text[at : at + _WIDTH] for at in range(0, len(text), _WIDTH))


def flowed(text: str, *, depth: int = 0) -> str:
    """Text in lines of at most 76 characters that a reader joins again (RFC 3676). `depth` marks a quotation."""
    prefix = ">" * depth + (" " if depth else "")
    made: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        line = line if line == "-- " else line.rstrip(" ")
        if not depth and line.startswith((" ", ">", "From ")):
            line = f" {line}"  # space-stuffing
        made += [prefix + piece for piece in _wrapped(line, _WIDTH - len(prefix))]
    return "\n".join(made)


def _wrapped(line: str, width: int) -> list[str]:
    pieces: list[str] = []
    while len(line) > width:
        at = line.rfind(" ", 1, width)
        at = at if at > 0 else line.find(" ", width)
        if at < 0 or at + 1 >= len(line):
            break
        pieces.append(line[: at + 1])
        line = line[at + 1 :]
    return [*pieces, line]


def media_type_of(name: str) -> str:
    """By the name's ending."""
    ending = f".{name.rpartition('.')[2].lower()}" if "." in name else ""
    return _OFFICE.get(ending) or mimetypes.guess_type(f"x{ending}", strict=True)[0] or "application/octet-stream"
