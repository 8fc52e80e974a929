"""Outlook's RTF bodies: unpacked, and the HTML or the text that they were made of taken out again.

[MS-OXRTFCP] is the packing, [MS-OXRTFEX] the HTML inside (checked 2026-11-24). Nothing here raises.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from polydesk.office.mail.charsets import codec_of
from polydesk.office.mail.lzfu import unpack
from polydesk.office.mail.mapi import charset_of

_TOKEN = re.compile(
    rb"\\'([0-9a-fA-F]{2})|\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\([^a-zA-Z])|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.DOTALL
)
_CHARSETS = {
    0: 1252, 77: 10000, 128: 932, 129: 949, 130: 1361, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255,
    178: 1256, 186: 1257, 204: 1251, 222: 874, 238: 1250,
}  # fmt: skip
"""Code pages of RTF's `fcharset` numbers."""
_WORDS = {"par": "\n", "line": "\n", "tab": "\t", "lquote": "\u2018", "rquote": "\u2019", "ldblquote": "\u201c",
          "rdblquote": "\u201d", "bullet": "\u2022", "endash": "\u2013", "emdash": "\u2014", "row": "\n", "cell": "\t",
          "zwj": "\u200d", "zwnj": "\u200c", "sect": "\n", "page": "\n"}  # fmt: skip
_IGNORED = {
    "fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "listtable", "listoverridetable", "rsidtbl",
    "generator", "themedata", "colorschememapping", "datastore", "latentstyles", "xmlnstbl", "header", "footer",
    "fldinst", "mmathpr", "filetbl", "revtbl",
}  # fmt: skip


def unpacked(data: bytes) -> bytes | None:
    """RTF out of PidTagRtfCompressed; None when it is damaged."""
    if data.startswith(b"{\\rtf"):
        return data
    rtf = unpack(data)
    return rtf if rtf is not None and rtf.lstrip().startswith(b"{\\rtf") else None


def body_of(rtf: bytes) -> tuple[str, str]:
    """`html` or `text`, and the body that the RTF was made of or that it shows."""
    head = rtf[:4096]
    if b"\\fromhtml" in head:
        return "html", _Reader(rtf, html=True).read()
    return "text", _Reader(rtf, html=False).read()


@dataclass(slots=True)
class _Group:
    ignored: bool = False
    html_tag: bool = False
    html_off: bool = False
    """Between `\\htmlrtf` and `\\htmlrtf0`: text that the HTML has not got."""
    skip: int = 1
    """Bytes that stand for a Unicode letter in old programs."""
    codec: str = "cp1252"
    star: bool = False
    """Whether the next word names a destination that old programs may leave out."""


@dataclass(slots=True)
class _Reader:
    rtf: bytes
    html: bool
    out: list[str] = field(default_factory=list[str])
    pending: bytearray = field(default_factory=bytearray)
    """Bytes of letters that may need more bytes."""
    skipping: int = 0
    fonts: dict[int, str] = field(default_factory=dict[int, str])
    font: int = -1
    surrogate: int = 0
    default: str = "cp1252"

    def read(self) -> str:
        stack = [_Group()]
        for match in _TOKEN.finditer(self.rtf):
            group = stack[-1]
            if match[5] == b"{":
                self._flush(group)
                if len(stack) < 10_000:
                    stack.append(_inner(group))
                continue
            if match[5] == b"}":
                self._flush(group)
                if len(stack) > 1:
                    stack.pop()
                continue
            self._token(match, group, stack)
        self._flush(stack[-1])
        return "".join(self.out).encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def _token(self, match: re.Match[bytes], group: _Group, stack: list[_Group]) -> None:
        if match[1] is not None:
            self._bytes(bytes([int(match[1], 16)]), group)
        elif match[2] is not None:
            word = match[2].decode("ascii")
            self._word(word, None if match[3] is None else int(match[3]), group, stack)
        elif match[4] is not None:
            self._symbol(match[4], group)
        elif match[6] is not None:
            self._bytes(match[6], group)

    def _symbol(self, symbol: bytes, group: _Group) -> None:
        if symbol == b"*":
            group.star = True
        elif symbol in b"\\{}":
            self._bytes(symbol, group)
        elif symbol == b"~":
            self._write("&nbsp;" if self.html else "\xa0", group)
        elif symbol == b"_":
            self._write("&shy;" if self.html else "\xad", group)
        elif symbol in b"\r\n":
            self._write("\n", group)

    def _word(self, word: str, number: int | None, group: _Group, stack: list[_Group]) -> None:
        self._flush(group)
        if word == "u" and number is not None:
            self._letter(number, group)
        elif word == "uc":
            group.skip = max(number or 0, 0) if number is not None else 1
        elif word == "htmlrtf":
            group.html_off = number != 0
        elif word == "htmltag":
            group.html_tag, group.ignored = True, not self.html
        elif word == "ansicpg" and number:
            self.default = codec_of(charset_of(number)) or "cp1252"
            for one in stack:
                one.codec = self.default
        elif word in ("f", "fcharset") and number is not None:
            self._font(word, number, group)
        elif word in _IGNORED or (group.star and word not in ("htmltag", "mhtmltag")) or word == "mhtmltag":
            group.ignored = True
        elif word in _WORDS and not (self.html and group.html_tag and word != "par" and word != "tab"):
            self._write(_WORDS[word], group)
        group.star = False

    def _font(self, word: str, number: int, group: _Group) -> None:
        if word == "f":
            self.font = number
            group.codec = self.fonts.get(number, self.default)
        elif self.font not in self.fonts:
            self.fonts[self.font] = codec_of(charset_of(_CHARSETS.get(number, 1252))) or "cp1252"
            if number in (0, 1, 2):
                self.fonts[self.font] = self.default

    def _letter(self, number: int, group: _Group) -> None:
        code = number & 0xFFFF
        if 0xD800 <= code < 0xDC00:
            self.surrogate = code
        elif 0xDC00 <= code < 0xE000:
            if self.surrogate:
                self._write(chr(0x10000 + ((self.surrogate - 0xD800) << 10) + code - 0xDC00), group)
            self.surrogate = 0
        else:
            self._write(chr(code), group)
        self.skipping = group.skip

    def _bytes(self, data: bytes, group: _Group) -> None:
        if self.skipping:
            taken = min(self.skipping, len(data))
            self.skipping -= taken
            data = data[taken:]
        if not group.ignored and not (self.html and group.html_off):
            self.pending += data

    def _write(self, text: str, group: _Group) -> None:
        self.skipping = 0
        if not group.ignored and not (self.html and group.html_off):
            self.out.append(text)

    def _flush(self, group: _Group) -> None:
        if self.pending:
            try:
                self.out.append(bytes(self.pending).decode(group.codec, "replace"))
            except (UnicodeError, LookupError):
                self.out.append(bytes(self.pending).decode("cp1252", "replace"))
            self.pending.clear()


def _inner(group: _Group) -> _Group:
    return _Group(
        ignored=group.ignored, html_tag=group.html_tag, html_off=group.html_off, skip=group.skip, codec=group.codec
    )
