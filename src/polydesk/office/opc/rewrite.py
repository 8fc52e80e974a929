"""The bytes of an archive with some members changed, removed or added; all else is copied as it lies.

What is copied: the raw local headers, packed data, descriptors, gaps and what precedes the archive; and in the central
directory each record but for the numbers that moved. Order, names, times, attributes and comments stay.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Mapping

import msgspec

from polydesk.office.opc.archive import (
    CENTRAL,
    CENTRAL_MARK,
    DEFLATED,
    DESCRIPTOR_FLAG,
    DESCRIPTOR_MARK,
    END,
    END64,
    END64_MARK,
    LOCAL,
    LOCAL_MARK,
    LOCATOR64,
    LOCATOR64_MARK,
    NONE16,
    NONE32,
    STORED,
    ZIP64_ID,
    Archive,
    Member,
    split_extra,
)
from polydesk.office.opc.names import member_name
from polydesk.office.opc.packing import Packed, checksum, deflated

_UTF8_FLAG = 0x0800
_LEVEL_BITS = 0x0006
_PLAIN_VERSION, _ZIP64_VERSION = 20, 45
_FIRST_DAY = 0x0021  # 1 January 1980: a new member carries no time, so that equal edits give equal files


Content = bytes | Packed
"""What a member is to hold: plain bytes, or what a stream was deflated to."""


class _Body(msgspec.Struct, frozen=True, kw_only=True):
    """A member's new content as it will lie in the archive."""

    body: bytes
    method: int
    size: int
    crc: int


class _Place(msgspec.Struct, frozen=True, kw_only=True):
    """What a central record says of a member's place and content."""

    start: int
    """Absolute; the archive's shift is taken off when it is written."""
    flags: int
    method: int
    crc: int
    size: int
    packed_size: int


def rewrite(
    archive: Archive, changed: Mapping[int, Content], added: Mapping[str, Content], removed: Collection[int] = ()
) -> bytes:
    """The archive with the members at the indexes `changed` given new content, and `added` (by name) put at its end.

    The members at the indexes `removed` are left out, with their records.
    """
    pieces: list[bytes | memoryview] = []
    places = _write_members(archive, changed, removed, pieces)
    at = sum(len(piece) for piece in pieces)
    new_records: list[bytes] = []
    for name, content in added.items():
        new_records.append(_write_new_member(name, content, at, archive.shift, pieces))
        at = sum(len(piece) for piece in pieces)
    records = [_patched_record(archive, archive.members[index], place) for index, place in sorted(places.items())]
    listed_end = archive.members[-1].record_end if archive.members else archive.directory
    unlisted = archive.data[listed_end : archive.directory_end]
    directory = b"".join([*records, *new_records, unlisted])
    pieces += [directory, *_patched_ends(archive, at, len(directory), len(records) + len(new_records))]
    return b"".join(pieces)


def _write_members(
    archive: Archive, changed: Mapping[int, Content], removed: Collection[int], pieces: list[bytes | memoryview]
) -> dict[int, _Place]:
    """Append everything that precedes the directory; return the new place of each member that stays, by its index."""
    view = memoryview(archive.data)
    order = sorted(range(len(archive.members)), key=lambda index: archive.members[index].start)
    places: dict[int, _Place] = {}
    copied, grown = 0, 0  # how far the original is copied; how much longer the copy is than the original
    for index in order:
        member = archive.members[index]
        if index in removed:
            end = _member_end(archive.data, member)
            pieces.append(view[copied : member.start])
            grown, copied = grown - (end - member.start), end
            continue
        if index not in changed:
            places[index] = _kept_place(member, grown)
            continue
        packed = _pack(changed[index], stored=member.method == STORED)
        header = _patched_header(archive.data, member, packed)
        end = _member_end(archive.data, member)
        pieces += [view[copied : member.start], header, packed.body]
        places[index] = _Place(
            start=member.start + grown,
            flags=_changed_flags(member.flags),
            method=packed.method,
            crc=packed.crc,
            size=packed.size,
            packed_size=len(packed.body),
        )
        grown += len(header) + len(packed.body) - (end - member.start)
        copied = end
    pieces.append(view[copied : archive.directory])
    return places


def _kept_place(member: Member, grown: int) -> _Place:
    return _Place(
        start=member.start + grown,
        flags=member.flags,
        method=member.method,
        crc=member.crc,
        size=member.size,
        packed_size=member.packed_size,
    )


def _changed_flags(flags: int) -> int:
    """The flags without the descriptor (sizes stand in the header now) and the level hint (it was another packer's)."""
    return flags & ~(DESCRIPTOR_FLAG | _LEVEL_BITS)


def _pack(content: Content, *, stored: bool) -> _Body:
    """`stored` packs plain bytes as they are; a stream is always deflated."""
    if isinstance(content, Packed):
        return _Body(body=content.body, method=DEFLATED, size=content.size, crc=content.crc)
    body = content if stored else deflated(content)
    return _Body(body=body, method=STORED if stored else DEFLATED, size=len(content), crc=checksum(content))


def _member_end(data: bytes, member: Member) -> int:
    """Where the member's data end, its descriptor included; what follows is a gap, or the next member."""
    end = member.body + member.packed_size
    if not member.flags & DESCRIPTOR_FLAG:
        return end
    for mark in (DESCRIPTOR_MARK, b""):
        for sizes in ("<LLL", "<LQQ"):
            try:
                descriptor = mark + struct.pack(sizes, member.crc, member.packed_size, member.size)
            except struct.error:  # a size over 32 bits has the wide form only
                continue
            if data.startswith(descriptor, end):
                return end + len(descriptor)
    return end


def _patched_header(data: bytes, member: Member, packed: _Body) -> bytes:
    """The member's local header telling the new content; version, time, name and extra fields stay."""
    fields = LOCAL.unpack_from(data, member.start)
    name_end = member.start + LOCAL.size + fields[9]
    extra = _without_zip64(data[name_end : member.body])
    header = LOCAL.pack(
        LOCAL_MARK,
        fields[1],
        _changed_flags(fields[2]),
        packed.method,
        *fields[4:6],
        packed.crc,
        len(packed.body),
        packed.size,
        fields[9],
        len(extra),
    )
    return header + data[member.start + LOCAL.size : name_end] + extra


def _without_zip64(extra: bytes) -> bytes:
    """The extra fields that stay true of new content: all but the wide sizes, which bounded content never needs."""
    return b"".join(field for field_id, field in split_extra(extra) if field_id != ZIP64_ID)


def _patched_record(archive: Archive, member: Member, place: _Place) -> bytes:
    """The member's central record with its new place; the same bytes when nothing moved."""
    raw = archive.data[member.record : member.record_end]
    if place == _kept_place(member, 0):
        return raw
    fields = CENTRAL.unpack_from(raw)
    name_end = CENTRAL.size + fields[10]
    extra_end = name_end + fields[11]
    is_new = place.flags != member.flags or place.crc != member.crc or place.size != member.size
    was_wide = (fields[9] == NONE32 and not is_new, fields[8] == NONE32 and not is_new, fields[16] == NONE32)
    numbers = (place.size, place.packed_size, place.start - archive.shift)
    extra, (size, packed_size, offset) = wide_extra(raw[name_end:extra_end], numbers, was_wide)
    needed = _ZIP64_VERSION if NONE32 in (size, packed_size, offset) else 0
    record = CENTRAL.pack(
        CENTRAL_MARK,
        fields[1],
        max(fields[2], needed),
        place.flags,
        place.method,
        *fields[5:7],
        place.crc,
        packed_size,
        size,
        fields[10],
        len(extra),
        *fields[12:16],
        offset,
    )
    return record + raw[CENTRAL.size : name_end] + extra + raw[extra_end:]


def wide_extra(
    extra: bytes, numbers: tuple[int, int, int], was_wide: tuple[bool, bool, bool]
) -> tuple[bytes, tuple[int, int, int]]:
    """The extra fields, and the 32-bit values of size, packed size and offset.

    A number stands in the zip64 field when it did (`was_wide`) or must. That field keeps its place among the others,
    and what it holds after the numbers (the disk).
    """
    wide = tuple(was or number >= NONE32 for was, number in zip(was_wide, numbers, strict=True))
    narrow = tuple(NONE32 if is_wide else number for is_wide, number in zip(wide, numbers, strict=True))
    values = b"".join(number.to_bytes(8, "little") for is_wide, number in zip(wide, numbers, strict=True) if is_wide)
    kept: list[bytes] = []
    placed = False
    for field_id, field in split_extra(extra):
        if field_id != ZIP64_ID:
            kept.append(field)
        elif values:
            body = values + field[4 + 8 * sum(was_wide) :]
            kept.append(struct.pack("<HH", ZIP64_ID, len(body)) + body)
            placed = True
    if values and not placed:
        kept.insert(0, struct.pack("<HH", ZIP64_ID, len(values)) + values)
    return b"".join(kept), (narrow[0], narrow[1], narrow[2])


def _write_new_member(name: str, content: Content, at: int, shift: int, pieces: list[bytes | memoryview]) -> bytes:
    """Append a member's header and data at offset `at`; return its central record."""
    packed = _pack(content, stored=False)
    raw_name = name.encode("utf-8")
    flags = 0 if member_name(raw_name, 0) == name else _UTF8_FLAG
    facts = (packed.method, 0, _FIRST_DAY, packed.crc, len(packed.body), packed.size, len(raw_name))
    pieces += [LOCAL.pack(LOCAL_MARK, _PLAIN_VERSION, flags, *facts, 0), raw_name, packed.body]
    extra, (_, _, offset) = wide_extra(b"", (packed.size, len(packed.body), at - shift), (False, False, False))
    version = _ZIP64_VERSION if extra else _PLAIN_VERSION
    record = CENTRAL.pack(CENTRAL_MARK, version, version, flags, *facts, len(extra), 0, 0, 0, 0, offset)
    return record + raw_name + extra


def _patched_ends(archive: Archive, directory: int, directory_size: int, count: int) -> list[bytes]:
    """What follows the directory: zip64 records where they are or must be, the end record, its comment."""
    data, offset, end64 = archive.data, directory - archive.shift, archive.end64
    fields = END.unpack_from(data, archive.end)
    must = count >= NONE16 or max(offset, directory_size) >= NONE32
    if end64 is None and not must:
        return [_end_record(fields, count, directory_size, offset), data[archive.end + END.size :]]
    place = directory + directory_size
    if end64 is None:
        wide_head, wide_tail = (END64_MARK, END64.size - 12, _ZIP64_VERSION, _ZIP64_VERSION, 0, 0), b""
        stored_place, locator_rest = place - archive.shift, (0, 1)
    else:
        wide_head = END64.unpack_from(data, end64)[:6]
        locator_at = archive.end - LOCATOR64.size
        wide_tail = data[end64 + END64.size : locator_at]
        _, disk, was_stored, disks = LOCATOR64.unpack_from(data, locator_at)
        stored_place, locator_rest = was_stored + place - end64, (disk, disks)
    wide = END64.pack(*wide_head, count, count, directory_size, offset)
    locator = LOCATOR64.pack(LOCATOR64_MARK, locator_rest[0], stored_place, locator_rest[1])
    narrow = (
        NONE16 if fields[4] == NONE16 or count >= NONE16 else count,
        NONE32 if fields[5] == NONE32 or directory_size >= NONE32 else directory_size,
        NONE32 if fields[6] == NONE32 or offset >= NONE32 else offset,
    )
    return [wide, wide_tail, locator, _end_record(fields, *narrow), data[archive.end + END.size :]]


def _end_record(fields: tuple[bytes, int, int, int, int, int, int, int], count: int, size: int, offset: int) -> bytes:
    return END.pack(*fields[:3], count, count, size, offset, fields[7])
