"""The 64-bit forms of sizes, places and counts are used where they must be and kept where they were."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from polydesk.office.opc.package import Package
from polydesk.office.opc.rewrite import wide_extra
from tests.office.opc.archives import streamed, with_zip64_end, word_file, word_members, zipped

NONE32 = 0xFFFFFFFF
OTHER = struct.pack("<HH2s", 0x5455, 2, b"ut")


def wide(*numbers: int, rest: bytes = b"") -> bytes:
    body = b"".join(number.to_bytes(8, "little") for number in numbers) + rest
    return struct.pack("<HH", 1, len(body)) + body


@pytest.mark.parametrize(
    ("extra", "numbers", "was_wide", "expected"),
    [
        (b"", (1, 2, 3), (False, False, False), (b"", (1, 2, 3))),
        (b"", (1, 2, 2**32), (False, False, False), (wide(2**32), (1, 2, NONE32))),
        (b"", (1, 2, NONE32), (False, False, False), (wide(NONE32), (1, 2, NONE32))),
        (OTHER, (2**33, 2, 3), (False, False, False), (wide(2**33) + OTHER, (NONE32, 2, 3))),
        (OTHER + wide(9), (1, 2, 5), (False, False, True), (OTHER + wide(5), (1, 2, NONE32))),
        (
            wide(9, 9, 9, rest=b"disk") + OTHER,
            (7, 6, 5),
            (True, True, True),
            (wide(7, 6, 5, rest=b"disk") + OTHER, (NONE32, NONE32, NONE32)),
        ),
        (wide(9, 9) + OTHER, (7, 6, 5), (False, False, False), (OTHER, (7, 6, 5))),
        (OTHER + b"\1", (1, 2, 3), (False, False, False), (OTHER + b"\1", (1, 2, 3))),
    ],
)
def test_numbers_stand_in_the_wide_field_when_they_did_or_must(
    extra: bytes,
    numbers: tuple[int, int, int],
    was_wide: tuple[bool, bool, bool],
    expected: tuple[bytes, tuple[int, int, int]],
) -> None:
    assert wide_extra(extra, numbers, was_wide) == expected


def test_zip64_end_records_follow_the_directory_when_it_moves() -> None:
    package = Package.open(b"junk" + with_zip64_end(word_file()))
    package.replace("/word/document.xml", b"<much-longer-than-before/>" * 9)
    saved = package.save()
    end64 = saved.rindex(b"PK\6\6")
    count, _, _, offset = struct.unpack_from("<QQQQ", saved, end64 + 24)
    stored_end64 = struct.unpack_from("<L", saved, saved.rindex(b"PK\6\7") + 8)[0]
    assert (count, offset, stored_end64 + 4) == (3, saved.index(b"PK\1\2") - 4, end64)
    assert saved[-14:-2] == b"\xff" * 12


def inserted(data: bytes, at: int, piece: bytes, grown: tuple[int, str]) -> bytes:
    """The archive with a piece put at `at`, and the field at the absolute place `grown` (before that) grown by it."""
    place, form = grown
    field = struct.pack(form, struct.unpack_from(form, data, place)[0] + len(piece))
    longer = data[:place] + field + data[place + len(field) :]
    return longer[:at] + piece + longer[at:]


def test_what_follows_the_records_in_the_directory_stays() -> None:
    plain = word_file()
    end = plain.rindex(b"PK\5\6")
    signature = b"PK\5\5" + struct.pack("<H", 4) + b"sign"
    package = Package.open(inserted(plain, end, signature, (end + 12, "<L")))
    package.replace("/word/document.xml", b"<a/>")
    saved = package.save()
    assert saved[: saved.rindex(b"PK\5\6")].endswith(signature)
    assert Package.open(saved).read("/word/document.xml") == b"<a/>"


def test_further_data_of_the_zip64_end_record_stays() -> None:
    plain = with_zip64_end(word_file())
    end64, locator = plain.rindex(b"PK\6\6"), plain.rindex(b"PK\6\7")
    package = Package.open(inserted(plain, locator, b"further", (end64 + 4, "<Q")))
    package.replace("/word/document.xml", b"<a/>")
    saved = package.save()
    assert saved[: saved.rindex(b"PK\6\7")].endswith(b"further")
    assert Package.open(saved).read("/word/document.xml") == b"<a/>"


def test_a_member_over_65534_brings_the_zip64_end_records() -> None:
    members: dict[str, str | bytes] = {f"word/media/{number}": b"" for number in range(65_531)}
    data = zipped(word_members() | members, compression=zipfile.ZIP_STORED)
    assert b"PK\6\6" not in data[-200:]
    package = Package.open(data)
    package.add("/word/last.xml", b"<a/>", "application/xml")
    saved = package.save()
    assert b"PK\6\6" in saved[-200:]
    with zipfile.ZipFile(io.BytesIO(saved)) as archive:
        assert len(archive.infolist()) == 65_535
        assert archive.read("word/last.xml") == b"<a/>"
    assert Package.open(saved).read("/word/last.xml") == b"<a/>"


def test_a_replaced_streamed_member_loses_its_descriptor_and_its_wide_local_sizes() -> None:
    package = Package.open(streamed(word_members(), force_zip64=True))
    package.replace("/word/document.xml", b"<a/>")
    saved = package.save()
    start = saved.rindex(b"PK\3\4")
    flags, packed_size, size, extra_length = struct.unpack_from("<6xH10xLL2xH", saved, start)
    assert (flags & 8, size, extra_length) == (0, 4, 0)
    assert saved[start + 47 + packed_size :].startswith(b"PK\1\2")
