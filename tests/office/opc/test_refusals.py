"""What is no sound office package is refused with what it is, why, and what to do."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.core.errors import UnreadableDocumentError
from polydesk.office.opc import limits
from polydesk.office.opc.package import Package
from tests.office.opc.archives import DOCUMENT, streamed, with_zip64_end, word_file, word_members, zipped

MAIN = "/word/document.xml"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def ole(*streams: str) -> bytes:
    """The beginning of a compound file and the UTF-16 names of its streams."""
    return OLE.ljust(512, b"\0") + b"".join(name.encode("utf-16-le").ljust(64, b"\0") for name in streams)


def opendocument() -> bytes:
    return zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<a/>"})


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", r"empty \(0 bytes\)"),
        (ole("EncryptionInfo", "EncryptedPackage"), "encrypted with a password.*remove the password"),
        (ole("DataSpaces", "DRMEncryptedDataSpace"), "rights management"),
        (ole("WordDocument", "1Table"), r"Word 97-2003 document \(\.doc\); save it as \.docx"),
        (ole("Workbook"), r"Excel 97-2003 workbook \(\.xls\)"),
        (ole("Book"), r"Excel 5\.0/95 workbook"),
        (ole("PowerPoint Document"), r"PowerPoint 97-2003 presentation \(\.ppt\)"),
        (ole("__properties_version1.0"), "Outlook message"),
        (ole("Something"), "OLE compound file that holds no known document"),
        (ole("WordDocument") + word_file(), "Word 97-2003 document"),
        (b"%PDF-1.7\n...", "a PDF file"),
        (b"%PDF-1.7\n" + word_file(), "a PDF file"),
        (b"{\\rtf1\\ansi Hello}", "an RTF file"),
        (b"<!DOCTYPE html><html>", "an HTML page"),
        ("\ufeff  <HTML>".encode(), "an HTML page"),
        (b"<?xml version='1.0'?><pkg:package/>", "a bare XML file"),
        (b"Dear Sir,\r\n\tthank you", "plain text"),
        ("Grüße".encode("utf-16"), "plain text"),
        (b"From: a@example.org\nMIME-Version: 1.0\n\n", "an e-mail message"),
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"\x00\x01\x02\x03", "no format that is known"),
        (opendocument(), r"an OpenDocument file \(application/vnd\.oasis\.opendocument\.text\)"),
        (zipped({"mimetype": "application/epub+zip"}), "an EPUB book"),
        (zipped({"Index/Document.iwa": b""}), "iWork"),
        (zipped({"a.txt": "a"}), r"a zip archive but not an office document: it has no \[Content_Types\]\.xml"),
        (zipped({}), "a zip archive but not an office document"),
    ],
)
def test_another_format_is_named(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableDocumentError, match=rf"^report\.docx is .*{reason}") as caught:
        Package.open(data, path="report.docx")
    assert (caught.value.path, caught.value.part) == ("report.docx", None)


def test_the_mark_of_an_open_document_is_named_as_such() -> None:
    with pytest.raises(UnreadableDocumentError, match="name the document itself"):
        Package.open(b"\x05Maria\0\0\0", path="folder/~$report.docx")


@pytest.mark.parametrize("length", range(0, len(word_file()), 7))
def test_a_file_cut_off_anywhere_is_refused(length: int) -> None:
    with pytest.raises(UnreadableDocumentError):
        Package.open(word_file()[:length])


def patched(data: bytes, mark: bytes, name: bytes, at: int, form: str, value: int) -> bytes:
    """The archive with one field of one member's local header (mark PK34) or central record (mark PK12) changed."""
    name_at = data.index(name, data.index(mark)) if mark == b"PK\3\4" else data.rindex(name)
    start = name_at - (30 if mark == b"PK\3\4" else 46)
    assert data.startswith(mark, start)
    field = struct.pack(form, value)
    return data[: start + at] + field + data[start + at + len(field) :]


def record(at: int, form: str, value: int) -> bytes:
    return patched(word_file(), b"PK\1\2", b"word/document.xml", at, form, value)


def overlapping() -> bytes:
    """Two members that claim the same bytes, as in the bombs that hold one kernel many times."""
    data = word_file({"word/documen_.xml": DOCUMENT})
    start = data.index(b"word/document.xml") - 30
    moved = patched(data, b"PK\1\2", b"word/documen_.xml", 42, "<L", start)
    return moved.replace(b"word/documen_.xml", b"word/document.xml")


def bomb(size: int) -> bytes:
    return word_file({"word/document.xml": b"\0" * size})


def huge_package() -> bytes:
    data = word_file({f"word/media/{number}.bin": b"x" for number in range(9)})
    for number in range(9):
        name = f"word/media/{number}.bin".encode()
        data = patched(data, b"PK\1\2", name, 24, "<L", 500 * limits.MIB)
    return data


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (lambda: record(8, "<H", 1), "encrypted with a zip password"),
        (lambda: record(10, "<H", 9), "packed by method 9"),
        (lambda: record(42, "<L", 3), "is not where the directory says"),
        (lambda: record(42, "<L", 0), "has another name in its own header"),
        (lambda: record(20, "<L", 60_000), "runs into the directory"),
        (lambda: record(24, "<L", 0xFFFFFFFF), "lacks its 64-bit sizes"),
        (overlapping, "overlaps /word/document.xml"),
        (lambda: record(24, "<L", 400 * limits.MIB), "as zip bombs do"),
        (lambda: word_file({"word/../../etc/passwd": b""}), r"climbs out of the package"),
        (lambda: word_file({"word\\..\\..\\evil.xml": b""}), r"climbs out of the package"),
        (lambda: word_file({"C:/windows/evil.xml": b""}), "names a drive"),
        (lambda: word_file({"/c:\\evil.xml": b""}), "names a drive"),
        (lambda: word_file({"word/evilX.xml": b""}).replace(b"evilX", b"evil\0"), "NUL"),
    ],
)
def test_a_broken_or_hostile_member_is_refused_at_once(build: Callable[[], bytes], reason: str) -> None:
    data = build()
    with pytest.raises(UnreadableDocumentError, match=rf"report\.docx: .*{reason}") as caught:
        Package.open(data, path="report.docx")
    assert caught.value.path == "report.docx"
    assert caught.value.part is not None


def end_field(at: int, form: str, value: int) -> bytes:
    data = word_file()
    start = data.rindex(b"PK\5\6") + at
    field = struct.pack(form, value)
    return data[:start] + field + data[start + len(field) :]


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (lambda: end_field(10, "<H", 4), "lists 3 members where 4 are announced"),
        (lambda: end_field(10, "<H", 2), "lists 3 members where 2 are announced"),
        (lambda: end_field(12, "<L", 9), "not where its end record says"),
        (lambda: end_field(16, "<L", 10**8), "would begin before the file"),
        (lambda: zipped(word_members(), comment=b"remark")[:-2], "damaged or cut off"),
        (huge_package, "would unpack to more than 4,294,967,296 bytes"),
        (lambda: with_zip64_end(word_file()).replace(b"PK\6\6", b"PK\6\5"), "damaged or cut off"),
    ],
)
def test_a_broken_directory_is_refused(build: Callable[[], bytes], reason: str) -> None:
    with pytest.raises(UnreadableDocumentError, match=reason):
        Package.open(build())


def test_more_members_than_any_office_file_has_are_refused() -> None:
    data = with_zip64_end(word_file())
    at = data.rindex(b"PK\6\6") + 24
    count = struct.pack("<QQ", 10**9, 10**9)
    with pytest.raises(UnreadableDocumentError, match="claims 1,000,000,000 members"):
        Package.open(data[:at] + count + data[at + 16 :])


def test_a_bomb_is_refused_by_what_it_declares_and_repetitive_text_is_not() -> None:
    assert len(Package.open(bomb(8 * limits.MIB)).read(MAIN)) == 8 * limits.MIB
    declared = patched(bomb(limits.MIB), b"PK\1\2", b"word/document.xml", 24, "<L", 65 * limits.MIB)
    with pytest.raises(UnreadableDocumentError, match="as zip bombs do"):
        Package.open(declared)


def flipped(data: bytes) -> bytes:
    """One letter of a stored document changed, its checksum not."""
    return data.replace(b"Hello", b"Jello")


def with_body(packed: bytes, *, size: int) -> bytes:
    """A package whose document has these packed bytes and claims to be so long."""
    header = struct.pack("<4sHHHHHLLLHH", b"PK\3\4", 20, 0, 8, 0, 33, 0, len(packed), size, 17, 0)
    plain = zipped({name: content for name, content in word_members().items() if name != "word/document.xml"})
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        start = archive.start_dir
    directory = plain[start : plain.rindex(b"PK\5\6")]
    record = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 8, 0, 33, 0, len(packed), size, 17, 0, 0, 0, 0, 0, start)
    body = plain[:start] + header + b"word/document.xml" + packed
    listed = directory + record + b"word/document.xml"
    return body + listed + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 3, 3, len(listed), len(body), 0)


def raw_deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (flipped(zipped(word_members(), compression=zipfile.ZIP_STORED)), "does not match its checksum"),
        (with_body(raw_deflate(b"\0" * 10**7), size=100), "declares 100 bytes but holds another number"),
        (with_body(raw_deflate(b"short"), size=100), "declares 100 bytes but holds another number"),
        (with_body(raw_deflate(DOCUMENT.encode())[:-9], size=len(DOCUMENT)), "cannot be inflated"),
        (with_body(b"\xff" * 40, size=100), "cannot be inflated"),
        (with_body(b"", size=100), "cannot be inflated"),
        (with_body(raw_deflate(b"abc"), size=3), "does not match its checksum"),
        (
            with_body(raw_deflate(b"\0" * 10**6) + b"\0" * 3 * 10**6, size=513 * limits.MIB),
            "parts over 536,870,912 bytes are not read",
        ),
    ],
    ids=["flipped", "bomb behind a small size", "short", "cut off", "noise", "nothing", "checksum", "too large"],
)
def test_a_damaged_part_is_refused_when_it_is_read(data: bytes, reason: str) -> None:
    package = Package.open(data, path="report.docx")
    with pytest.raises(UnreadableDocumentError, match=reason) as caught:
        package.read(MAIN)
    assert (caught.value.path, caught.value.part) == ("report.docx", MAIN)
    package.replace(MAIN, b"<repaired/>")
    assert Package.open(package.save()).read(MAIN) == b"<repaired/>"


def test_no_more_is_inflated_than_a_part_declares() -> None:
    package = Package.open(with_body(raw_deflate(b"\0" * 2 * 10**7), size=100))
    tracemalloc.start()
    with pytest.raises(UnreadableDocumentError):
        package.read(MAIN)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10**6


def test_a_stored_part_with_two_sizes_is_refused_when_it_is_read() -> None:
    data = zipped(word_members(), compression=zipfile.ZIP_STORED)
    package = Package.open(patched(data, b"PK\1\2", b"word/document.xml", 24, "<L", 5))
    with pytest.raises(UnreadableDocumentError, match="declares 5 bytes"):
        package.read(MAIN)


@given(
    data=st.sampled_from([word_file(), with_zip64_end(word_file()), streamed(word_members(), force_zip64=True)]),
    at=st.integers(0, 10**6),
    noise=st.binary(min_size=1, max_size=12),
)
def test_noise_in_a_file_is_survived_or_refused(data: bytes, at: int, noise: bytes) -> None:
    start = at % len(data)
    broken = data[:start] + noise + data[start + len(noise) :]
    with suppress(UnreadableDocumentError):
        package = Package.open(broken)
        for part in package.part_names():
            package.read(part)
        package.replace(package.part_names()[-1], b"<new/>")
        again = Package.open(package.save())
        assert again.read(package.part_names()[-1]) == b"<new/>"
