"""Safe parsing of a part's XML: no DTD, no entities, no network, no tree deeper or larger than we can hold.

OPC allows UTF-8 and UTF-16 only and forbids DTDs (ECMA-376-2, 4th edition, §9.1.4). We also read the single-byte
encodings that some writers declare. Those in which a DTD could be disguised (UTF-7, EBCDIC, UTF-32, …) are refused.

libxml2 2.14 has two sets of limits, measured with lxml 6.1: without `huge_tree` a depth of 256 and 10,000,000 bytes for
one text or attribute; with it a depth of 2,048 and 1 GB. The wider set is right for us: documents hold pictures as
base64 text over 10 MB, and nested tables with text boxes pass a depth of 256. What `huge_tree` else lifts is the guard
against entity growth, which has no work where no DTD is let in. A tree of 2,048 levels is freed without recursion.
"""

from __future__ import annotations

import re
from typing import Literal, NoReturn

from lxml import etree

from polydesk.core.errors import UnreadableDocumentError
from polydesk.office.opc import limits

Element = etree._Element  # pyright: ignore[reportPrivateUsage]  # lxml has no other name for the type of its elements

_BOM8, _BOM16LE, _BOM16BE = b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"
_DECLARED = re.compile(rb"""<\?xml\s[^>]*?\bencoding\s*=\s*["']([^"'>]*)["']""")
_PLAIN_ENCODING = re.compile(rb"(?i)utf-?8|utf-?16(le|be)?|us-ascii|ascii|iso-?8859-\d+|latin1|windows-125\d|cp125\d")
_COUNT_FROM = 16 * limits.MIB


def parse_xml(data: bytes, *, part: str, path: str | None) -> Element:
    """The root element of the XML in `data`.

    Comments, processing instructions and white space are kept. Raises UnreadableDocumentError, naming part and path,
    for a DTD, an encoding outside those above, nesting beyond 2,048, too much markup, or anything malformed.
    """
    _refuse_disguises(data, part, path)
    if len(data) > _COUNT_FROM and data.count(b"<") > limits.MAX_TAGS:
        _refuse(part, path, f"holds more than {limits.MAX_TAGS:,} tags, which would not fit in memory")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=True, recover=False
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as exc:
        reason = str(exc).partition(" (<string>")[0].replace(", use XML_PARSE_HUGE option", "").replace("\n", "")
        raise UnreadableDocumentError(
            f"{path or 'The document'}: {part} is not XML that can be read ({reason}). "
            "Open and save the file in Office, or take an undamaged copy.",
            path=path,
            part=part,
        ) from exc


def utf16_codec(data: bytes) -> Literal["utf-16-le", "utf-16-be"] | None:
    """The codec of UTF-16 XML, by its byte order mark (which the codec keeps) or its zeros; else None."""
    if data.startswith((_BOM16LE, b"<\0")):
        return "utf-16-le"
    if data.startswith((_BOM16BE, b"\0<")):
        return "utf-16-be"
    return None


def _refuse_disguises(data: bytes, part: str, path: str | None) -> None:
    """Refuse what libxml2 would decode to something other than what the next check sees, and then any DTD."""
    codec = utf16_codec(data)
    if codec is not None:
        data = data.decode(codec, "replace").encode("utf-8", "replace")
    start = data.removeprefix(_BOM8)
    declared = _DECLARED.match(start)
    if declared and not _PLAIN_ENCODING.fullmatch(declared[1]):
        _refuse(part, path, f"declares the encoding {declared[1].decode('ascii', 'replace')}, which OPC does not allow")
    if start[1:2] == b"\0" or not start.lstrip(b" \t\r\n").startswith(b"<"):
        _refuse(part, path, "does not begin as XML does" if start else "is empty where XML is expected")
    if _has_doctype(start):
        _refuse(part, path, "declares a document type (DTD), which OPC forbids because it can hide entity bombs")


def _has_doctype(data: bytes) -> bool:
    """True when a DOCTYPE stands before the root element, the only place where one may."""
    at = 0
    while True:
        at = data.find(b"<", at)
        if data.startswith(b"<!--", at):
            at = data.find(b"-->", at + 4)
        elif data.startswith(b"<?", at):
            at = data.find(b"?>", at)
        else:
            return data.startswith(b"<!", at)
        if at < 0:
            return False


def _refuse(part: str, path: str | None, problem: str) -> NoReturn:
    raise UnreadableDocumentError(
        f"{path or 'The document'}: {part} {problem}; the file is not opened.", path=path, part=part
    )
