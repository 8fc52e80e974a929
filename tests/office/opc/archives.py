"""Zip archives built for tests, and an eye of our own on their bytes."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
TRANSITIONAL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{WORD_TYPE}"/></Types>'
)
DOCUMENT = (
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    "<w:body><w:p><w:r><w:t>Hello</w:t></w:r></w:p></w:body></w:document>"
)


def relationships(*rows: tuple[str, str, str], mode: str = "") -> str:
    """A `.rels` part of rows of id, type and target."""
    links = "".join(f'<Relationship Id="{i}" Type="{t}" Target="{target}"{mode}/>' for i, t, target in rows)
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{links}</Relationships>'
    )


def word_members() -> dict[str, str | bytes]:
    """The members of the smallest Word file."""
    return {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": relationships(("rId1", f"{TRANSITIONAL}/officeDocument", "word/document.xml")),
        "word/document.xml": DOCUMENT,
    }


def zipped(
    members: Mapping[str, str | bytes], *, compression: int = zipfile.ZIP_DEFLATED, comment: bytes = b""
) -> bytes:
    """An archive of the members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.comment = comment
    return stream.getvalue()


def word_file(extra: Mapping[str, str | bytes] | None = None) -> bytes:
    """The smallest Word file, with further or other members."""
    return zipped({**word_members(), **(extra or {})})


class OneWay(io.RawIOBase):
    """A stream that cannot seek, so that `zipfile` must write data descriptors."""

    def __init__(self) -> None:
        self.written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # pyright: ignore[reportArgumentType]  # zipfile writes bytes
        self.written += piece
        return len(piece)


def streamed(members: Mapping[str, str | bytes], *, force_zip64: bool = False) -> bytes:
    """An archive written without seeking: sizes stand in data descriptors, wide ones when `force_zip64`."""
    stream = OneWay()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:  # pyright: ignore[reportArgumentType]  # any writable serves
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w", force_zip64=force_zip64) as member:
                member.write(content.encode() if isinstance(content, str) else content)
    return bytes(stream.written)


def with_zip64_end(data: bytes) -> bytes:
    """The archive with a zip64 end record and locator, and the narrow numbers of its end record out of use."""
    end = data.rindex(b"PK\5\6")
    count, size, offset, comment = struct.unpack_from("<HLLH", data, end + 10)
    wide = struct.pack("<4sQHHLLQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
    narrow = struct.pack("<4sHHHHLLH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, comment)
    return data[:end] + wide + locator + narrow + data[end + 22 :]


class Lain(NamedTuple):
    """One member as it lies: what must not change when another member does."""

    name: bytes
    record: tuple[int, ...]
    """The central record's fields without the offset."""
    tail: bytes
    """Extra fields and comment of the central record, without the zip64 field."""
    region: bytes
    """From the local header to the next one or to the directory: header, data, descriptor and gap."""


def laid_out(data: bytes) -> list[Lain]:
    """Every member in directory order, read straight from the bytes.

    Offsets are trusted, so the archive must be sound. Junk before the archive may be counted by the offsets or not.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        starts = [info.header_offset for info in archive.infolist()]
        directory = archive.start_dir
    bounds = sorted({*starts, directory})
    following = dict(pairwise(bounds))
    lain: list[Lain] = []
    at = directory
    for start in starts:
        fields = struct.unpack_from("<HHHHHHLLLHHHHHL", data, at + 4)
        name_length, extra_length, comment_length = fields[9:12]
        name_end = at + 46 + name_length
        extra = data[name_end : name_end + extra_length]
        end = name_end + extra_length + comment_length
        tail = without_zip64(extra) + data[name_end + extra_length : end]
        lain.append(Lain(data[at + 46 : name_end], fields, tail, data[start : following[start]]))
        at = end
    return lain


def without_zip64(extra: bytes) -> bytes:
    """The extra fields but the one that holds 64-bit numbers."""
    kept, at = b"", 0
    while at + 4 <= len(extra):
        field_id, length = struct.unpack_from("<HH", extra, at)
        if field_id != 1:
            kept += extra[at : at + 4 + length]
        at += 4 + length
    return kept + extra[at:]
