"""A zip archive as it lies in its bytes: every member's place, header and central record, nothing forgotten.

Python's `zipfile` drops what a faithful copy needs (raw names, local extra fields, descriptors, gaps), so the central
directory is read here. Format: PKWARE APPNOTE 6.3.10, §4.3 and §4.5 (checked 2026-11-24).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple, NoReturn

import msgspec

from polydesk.core.errors import UnreadableDocumentError
from polydesk.office.opc import limits
from polydesk.office.opc.names import member_name, part_name
from polydesk.office.opc.packing import InflateError, checksum, inflated, inflated_chunks

LOCAL = struct.Struct("<4sHHHHHLLLHH")
CENTRAL = struct.Struct("<4sHHHHHHLLLHHHHHLL")
END = struct.Struct("<4sHHHHLLH")
END64 = struct.Struct("<4sQHHLLQQQQ")
LOCATOR64 = struct.Struct("<4sLQL")
LOCAL_MARK, CENTRAL_MARK, END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
END64_MARK, LOCATOR64_MARK, DESCRIPTOR_MARK = b"PK\x06\x06", b"PK\x06\x07", b"PK\x07\x08"
NONE16, NONE32 = 0xFFFF, 0xFFFFFFFF
STORED, DEFLATED = 0, 8
ENCRYPTED_FLAG, DESCRIPTOR_FLAG = 0x0001, 0x0008
ZIP64_ID = 1
_MAX_COMMENT = 0xFFFF


class NotAnArchiveError(Exception):
    """The bytes have no end-of-central-directory record at all."""


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One member, as the central directory and its local header describe it. Offsets are into the whole data."""

    part: str
    """Normalised part name; ends with a slash for a directory entry."""
    flags: int
    method: int
    crc: int
    size: int
    packed_size: int
    start: int
    """Where the local header begins."""
    body: int
    """Where the packed data begin."""
    record: int
    """Where the central record begins."""
    record_end: int


class Archive(msgspec.Struct, frozen=True, kw_only=True):
    """The layout of one archive."""

    data: bytes
    path: str | None
    members: tuple[Member, ...]
    """In the order of the central directory."""
    shift: int
    """What to add to a stored offset: the length of what precedes the archive, when offsets do not count it."""
    directory: int
    """Where the central directory begins."""
    directory_end: int
    end64: int | None
    """Where the zip64 end record begins; None when there is none."""
    end: int
    """Where the end record begins."""


class _Ends(NamedTuple):
    members: int
    directory_size: int
    directory_offset: int
    end64: int | None
    end: int


def read_archive(data: bytes, *, path: str | None) -> Archive:
    """The layout of the zip archive in `data`, with every header checked and nothing inflated.

    Raises NotAnArchiveError when no trace of a directory is found, UnreadableDocumentError when it is there and broken,
    encrypted, packed in a way that OPC does not allow, or hostile.
    """
    ends = _find_ends(data, path)
    directory_end = ends.end if ends.end64 is None else ends.end64
    shift = directory_end - ends.directory_size - ends.directory_offset
    if shift < 0:
        _corrupt(path, "its directory would begin before the file")
    directory = directory_end - ends.directory_size
    members = _read_directory(data, directory, directory_end, ends.members, shift, path)
    _refuse_overlaps(members, directory, path)
    _refuse_bombs(members, path)
    return Archive(
        data=data,
        path=path,
        members=tuple(members),
        shift=shift,
        directory=directory,
        directory_end=directory_end,
        end64=ends.end64,
        end=ends.end,
    )


def inflate(archive: Archive, member: Member) -> bytes:
    """The member's content, its size and checksum verified; never more than it declares is inflated."""
    path, part = archive.path, member.part
    if member.size > limits.MAX_PART_BYTES:
        _refuse(
            path,
            part,
            f"is {member.size:,} bytes long; parts over {limits.MAX_PART_BYTES:,} bytes are not read into memory",
        )
    packed = memoryview(archive.data)[member.body : member.body + member.packed_size]
    content = bytes(packed) if member.method == STORED else _inflate(packed, member, path)
    if len(content) != member.size:
        _refuse(path, part, f"declares {member.size:,} bytes but holds another number; the file is damaged or forged")
    if checksum(content) != member.crc:
        _refuse(path, part, "does not match its checksum; the file is damaged: take an undamaged copy")
    return content


def inflate_chunks(archive: Archive, member: Member) -> Iterator[bytes]:
    """The member's content piece by piece; its size and checksum are verified when the last piece has been taken."""
    path, part = archive.path, member.part
    if member.size > limits.MAX_STREAMED_BYTES:
        _refuse(path, part, f"is {member.size:,} bytes long; parts over {limits.MAX_STREAMED_BYTES:,} are not read")
    packed = memoryview(archive.data)[member.body : member.body + member.packed_size]
    size = crc = 0
    for chunk in [bytes(packed)] if member.method == STORED else _inflate_chunks(packed, member, path):
        size += len(chunk)
        if size > member.size:
            break
        crc = checksum(chunk, crc)
        yield chunk
    if size != member.size:
        _refuse(path, part, f"declares {member.size:,} bytes but holds another number; the file is damaged or forged")
    if crc != member.crc:
        _refuse(path, part, "does not match its checksum; the file is damaged: take an undamaged copy")


def _inflate_chunks(packed: memoryview, member: Member, path: str | None) -> Iterator[bytes]:
    try:
        yield from inflated_chunks(packed)
    except InflateError as exc:
        raise _broken(member, path, exc) from exc


def _broken(member: Member, path: str | None, exc: InflateError) -> UnreadableDocumentError:
    text = f"cannot be inflated ({exc}); the file is damaged: take an undamaged copy"
    return UnreadableDocumentError(_sentence(path, member.part, text), path=path, part=member.part)


def _inflate(packed: memoryview, member: Member, path: str | None) -> bytes:
    try:
        return inflated(packed, member.size + 1)
    except InflateError as exc:
        raise _broken(member, path, exc) from exc


def _find_ends(data: bytes, path: str | None) -> _Ends:
    floor = max(0, len(data) - END.size - _MAX_COMMENT)
    at = data.rfind(END_MARK, floor)
    found = at >= 0
    while at >= 0:
        ends = _ends_at(data, at)
        if ends is not None:
            return ends
        at = data.rfind(END_MARK, floor, at)
    if not found:
        raise NotAnArchiveError
    return _corrupt(path, "its directory is not where its end record says")


def _ends_at(data: bytes, at: int) -> _Ends | None:
    """The end records at `at`; None when what they say cannot be, so that the mark is part of a comment or of data."""
    if at + END.size > len(data):
        return None
    _, disk, directory_disk, _, count, size, offset, comment_length = END.unpack_from(data, at)
    if at + END.size + comment_length > len(data):
        return None
    ends = _ends64(data, at) if NONE16 in (count, disk) or NONE32 in (size, offset) else None
    if ends is None:
        ends = _Ends(count, size, offset, _end64_before(data, at), at)
        if disk or directory_disk:
            return None
    directory = (ends.end if ends.end64 is None else ends.end64) - ends.directory_size
    plausible = directory >= 0 and (ends.members == 0 or data.startswith(CENTRAL_MARK, directory))
    return ends if plausible else None


def _end64_before(data: bytes, end: int) -> int | None:
    """Where the zip64 end record that the locator before `end` points to begins; None when there is none."""
    at = end - LOCATOR64.size
    if at < 0 or not data.startswith(LOCATOR64_MARK, at):
        return None
    stored: int = LOCATOR64.unpack_from(data, at)[2]
    if data.startswith(END64_MARK, stored) and stored < at:
        return stored
    adjacent = at - END64.size  # the stored place does not count what precedes the archive
    return adjacent if adjacent >= 0 and data.startswith(END64_MARK, adjacent) else None


def _ends64(data: bytes, end: int) -> _Ends | None:
    end64 = _end64_before(data, end)
    if end64 is None or end64 + END64.size > end:
        return None
    *_, members, size, offset = END64.unpack_from(data, end64)
    return _Ends(members, size, offset, end64, end)


def _read_directory(data: bytes, at: int, end: int, count: int, shift: int, path: str | None) -> list[Member]:
    if count > limits.MAX_MEMBERS:
        _corrupt(path, f"it claims {count:,} members; more than {limits.MAX_MEMBERS:,} are refused")
    members: list[Member] = []
    while at < end and data.startswith(CENTRAL_MARK, at):
        member = _read_record(data, at, end, shift, path)
        members.append(member)
        at = member.record_end
    if len(members) != count:
        _corrupt(path, f"its directory lists {len(members):,} members where {count:,} are announced")
    return members


def _read_record(data: bytes, at: int, end: int, shift: int, path: str | None) -> Member:
    if at + CENTRAL.size > end:
        _corrupt(path, "its directory is cut off")
    fields = CENTRAL.unpack_from(data, at)
    flags, method, crc, packed_size, size = fields[3], fields[4], fields[7], fields[8], fields[9]
    name_length, extra_length, comment_length, offset = fields[10], fields[11], fields[12], fields[16]
    name_end = at + CENTRAL.size + name_length
    record_end = name_end + extra_length + comment_length
    if record_end > end:
        _corrupt(path, "its directory is cut off")
    raw_name = data[at + CENTRAL.size : name_end]
    part = _safe_part_name(raw_name, flags, path)
    if NONE32 in (size, packed_size, offset):
        extra = data[name_end : name_end + extra_length]
        size, packed_size, offset = _wide_values(extra, size, packed_size, offset, part, path)
    if flags & ENCRYPTED_FLAG:
        _refuse(
            path, part, "is encrypted with a zip password; unpack it with the password and save it from Office again"
        )
    if method not in (STORED, DEFLATED):
        _refuse(path, part, f"is packed by method {method}, which office files may not use; open and save it in Office")
    start = offset + shift
    return Member(
        part=part,
        flags=flags,
        method=method,
        crc=crc,
        size=size,
        packed_size=packed_size,
        start=start,
        body=_body(data, start, raw_name, part, path),
        record=at,
        record_end=record_end,
    )


def _body(data: bytes, start: int, raw_name: bytes, part: str, path: str | None) -> int:
    """Where the packed data of the local header at `start` begin."""
    if not data.startswith(LOCAL_MARK, start) or start + LOCAL.size > len(data):
        _refuse(path, part, "is not where the directory says; the file is damaged or cut off: take an undamaged copy")
    name_length, extra_length = struct.unpack_from("<HH", data, start + 26)
    name_at = start + LOCAL.size
    if data[name_at : name_at + name_length] != raw_name:
        _refuse(path, part, "has another name in its own header than in the directory; the file is damaged or forged")
    return name_at + name_length + extra_length


def _safe_part_name(raw_name: bytes, flags: int, path: str | None) -> str:
    name = member_name(raw_name, flags)
    try:
        return part_name(name)
    except ValueError as exc:
        raise UnreadableDocumentError(
            _sentence(path, name, f"{exc}; no office program writes such a name: the file is not to be trusted"),
            path=path,
            part=name,
        ) from exc


def split_extra(extra: bytes) -> list[tuple[int, bytes]]:
    """The extra fields as (id, whole field with its header); a tail that is no field comes last with id -1."""
    fields: list[tuple[int, bytes]] = []
    at = 0
    while at + 4 <= len(extra):
        field_id, length = struct.unpack_from("<HH", extra, at)
        if at + 4 + length > len(extra):
            break
        fields.append((field_id, extra[at : at + 4 + length]))
        at += 4 + length
    if at < len(extra):
        fields.append((-1, extra[at:]))
    return fields


def _wide_values(
    extra: bytes, size: int, packed_size: int, offset: int, part: str, path: str | None
) -> tuple[int, int, int]:
    """The three numbers, those that do not fit in 32 bits taken from the zip64 field in the order it fixes."""
    wide = next((field[4:] for field_id, field in split_extra(extra) if field_id == ZIP64_ID), b"")
    values: list[int] = []
    at = 0
    for value in (size, packed_size, offset):
        if value == NONE32:
            if at + 8 > len(wide):
                _refuse(path, part, "lacks its 64-bit sizes; the file is damaged: take an undamaged copy")
            values.append(int.from_bytes(wide[at : at + 8], "little"))
            at += 8
        else:
            values.append(value)
    return values[0], values[1], values[2]


def _refuse_overlaps(members: list[Member], directory: int, path: str | None) -> None:
    """Refuse members that share bytes: no writer makes them, and bombs are made of them."""
    placed = sorted(members, key=lambda member: member.start)
    for member, following in pairwise(placed):
        if member.body + member.packed_size > following.start:
            _refuse(
                path, member.part, f"overlaps {following.part}; such a file is damaged or a zip bomb and is not opened"
            )
    if placed and placed[-1].body + placed[-1].packed_size > directory:
        _refuse(path, placed[-1].part, "runs into the directory; the file is damaged: take an undamaged copy")


def _refuse_bombs(members: list[Member], path: str | None) -> None:
    if sum(member.size for member in members) > limits.MAX_PACKAGE_BYTES:
        _corrupt(path, f"it would unpack to more than {limits.MAX_PACKAGE_BYTES:,} bytes, which no office file needs")
    for member in members:
        if member.size > limits.FREE_RATIO_BYTES and member.size > limits.MAX_RATIO * member.packed_size:
            _refuse(
                path,
                member.part,
                f"would unpack from {member.packed_size:,} to {member.size:,} bytes, as zip bombs do; it is not opened",
            )


def _sentence(path: str | None, part: str, problem: str) -> str:
    return f"{path or 'The document'}: {part} {problem}."


def _refuse(path: str | None, part: str, problem: str) -> NoReturn:
    raise UnreadableDocumentError(_sentence(path, part, problem), path=path, part=part)


def _corrupt(path: str | None, problem: str) -> NoReturn:
    raise UnreadableDocumentError(
        f"{path or 'The document'} is damaged or cut off: {problem}. Take an undamaged copy.", path=path
    )
