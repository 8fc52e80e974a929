"""A package gives back what it was given, but for what was asked."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesk.core.errors import UnreadableDocumentError
from polydesk.office.opc.package import Package
from polydesk.office.opc.relationships import Relationship
from tests.corpus_files import CORPUS, corpus_files
from tests.office.opc.archives import (
    CONTENT_TYPES,
    DOCUMENT,
    STRICT,
    TRANSITIONAL,
    laid_out,
    relationships,
    streamed,
    with_zip64_end,
    word_file,
    word_members,
    zipped,
)

MAIN = "/word/document.xml"
NEW = DOCUMENT.replace("Hello", "Goodbye").encode()
SUFFIXES = (".docx", ".docm", ".dotx", ".xlsx", ".xlsm", ".pptx", ".pptm")
NOT_ZIP = {"33f9c1-~$LoadPivotTables.xlsx", "7a7b28-CVE-2016-0122-1.xlsm"}


def with_directory_entry() -> bytes:
    return zipped({"word/": b"", **word_members(), "word/media/": b""})


def with_backslashes() -> bytes:
    """Backslashes in the raw names, as some .NET writers leave them; `zipfile` itself writes none."""
    return word_file().replace(b"word/document.xml", b"word\\document.xml")


def with_duplicate() -> bytes:
    first = {"word/documen_.xml": "<first/>"}
    return zipped(first | word_members()).replace(b"word/documen_.xml", b"word/document.xml")


def with_gaps() -> bytes:
    """Padding between the members, and extra fields, comments and attributes on them."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in word_members().items():
            info = zipfile.ZipInfo(name, (2019, 3, 4, 5, 6, 8))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.extra, info.comment = struct.pack("<HH3s", 0xA220, 3, b"pad"), b"a comment"
            info.external_attr, info.internal_attr, info.create_system = 0o644 << 16, 1, 3
            archive.writestr(info, content)
            stream.write(b"gap" * 5)
            archive.start_dir = stream.tell()
        archive.comment = b"made by hand"
    return stream.getvalue()


ARCHIVES: dict[str, Callable[[], bytes]] = {
    "plain": word_file,
    "stored": lambda: zipped(word_members(), compression=zipfile.ZIP_STORED),
    "archive comment": lambda: zipped(word_members(), comment=b"remark"),
    "junk before": lambda: b"#!/bin/junk\n" * 9 + word_file(),
    "junk before and zip64": lambda: b"junk" + with_zip64_end(word_file()),
    "junk after": lambda: word_file() + b"\0" * 7,
    "data descriptors": lambda: streamed(word_members()),
    "wide data descriptors": lambda: streamed(word_members(), force_zip64=True),
    "zip64 end records": lambda: with_zip64_end(word_file()),
    "zip64 end records and comment": lambda: with_zip64_end(zipped(word_members(), comment=b"remark")),
    "directory entries": with_directory_entry,
    "empty members": lambda: word_file({"word/empty.bin": b"", "word/empty.xml": b""}),
    "backslash names": with_backslashes,
    "duplicate names": with_duplicate,
    "gaps, extra fields and comments": with_gaps,
    "UTF-8 and cp437 names": lambda: word_file({"word/média/日本.bin": b"x", "custom/é.xml": b"<a/>"}),
    "UTF-16 parts": lambda: word_file({"word/document.xml": DOCUMENT.encode("utf-16")}),
}
archives = pytest.mark.parametrize("build", ARCHIVES.values(), ids=ARCHIVES)


def assert_only_changed(before: bytes, after: bytes, parts: set[bytes]) -> None:
    """Everything but the members `parts` (raw names; the last of duplicates) and new last members is as it was."""
    old, new = laid_out(before), laid_out(after)
    changed = {max(i for i, member in enumerate(old) if member.name == name) for name in parts}
    assert [member for i, member in enumerate(new[: len(old)]) if i not in changed] == [
        member for i, member in enumerate(old) if i not in changed
    ]
    for index in changed:
        assert (new[index].name, new[index].tail) == (old[index].name, old[index].tail)
        # made by; time and date; comment length, disk, attributes
        for kept in (slice(0, 1), slice(4, 6), slice(11, 15)):
            assert new[index].record[kept] == old[index].record[kept]
    with zipfile.ZipFile(io.BytesIO(after)) as archive, zipfile.ZipFile(io.BytesIO(before)) as original:
        assert archive.testzip() is None
        assert archive.comment == original.comment


@archives
def test_no_edit_gives_back_the_same_bytes(build: Callable[[], bytes]) -> None:
    data = build()
    package = Package.open(data)
    package.replace(MAIN, package.read(MAIN))
    assert package.changed_parts() == []
    assert package.save() is data


@archives
@pytest.mark.parametrize("content", [NEW, b"", NEW * 20_000], ids=["small", "empty", "large"])
def test_a_replacement_changes_that_member_alone(build: Callable[[], bytes], content: bytes) -> None:
    data = build()
    package = Package.open(data)
    package.replace(MAIN, content)
    saved = package.save()
    raw_name = b"word\\document.xml" if build is with_backslashes else b"word/document.xml"
    assert_only_changed(data, saved, {raw_name})
    assert Package.open(saved).read(MAIN) == content
    assert package.changed_parts() == [MAIN]


@archives
def test_an_added_part_comes_last_and_is_declared(build: Callable[[], bytes]) -> None:
    data = build()
    package = Package.open(data)
    package.add("/word/comments.xml", b"<comments/>", "application/x-comments")
    saved = package.save()
    assert_only_changed(data, saved, {b"[Content_Types].xml"})
    again = Package.open(saved)
    assert again.part_names() == [*Package.open(data).part_names(), "/word/comments.xml"]
    assert again.read("/word/comments.xml") == b"<comments/>"
    assert again.content_type("/word/comments.xml") == "application/x-comments"
    assert again.read("/[Content_Types].xml").startswith(CONTENT_TYPES.removesuffix("</Types>").encode())


def test_going_back_to_the_original_content_leaves_no_change() -> None:
    data = word_file()
    package = Package.open(data)
    package.replace(MAIN, NEW)
    package.replace(MAIN, DOCUMENT.encode())
    assert package.save() is data


def test_of_duplicate_members_the_last_is_read_and_replaced_and_all_survive() -> None:
    package = Package.open(with_duplicate())
    assert package.read(MAIN) == DOCUMENT.encode()
    assert package.part_names().count(MAIN) == 1
    package.replace(MAIN, NEW)
    with zipfile.ZipFile(io.BytesIO(package.save())) as archive:
        copies = [archive.read(info) for info in archive.infolist() if info.filename == "word/document.xml"]
    assert copies == [b"<first/>", NEW]


def test_an_end_mark_inside_the_archive_comment_is_no_end_record() -> None:
    comment = b"PK\5\6 is not where the archive ends, though another reader may think so"
    package = Package.open(zipped(word_members(), comment=comment))
    package.replace(MAIN, NEW)
    assert package.save().endswith(comment)
    assert Package.open(package.save()).read(MAIN) == NEW


def test_parts_are_found_whatever_their_case() -> None:
    package = Package.open(word_file())
    package.replace("/WORD/Document.XML", NEW)
    assert package.changed_parts() == [MAIN]


def test_names_are_normalised_and_kept_in_file_order() -> None:
    members = word_members() | {"/lead.xml": "<a/>", "./dot/a.xml": "<a/>", "a%20b.xml": "<a/>", "dir/": ""}
    assert Package.open(zipped(members)).part_names() == [
        "/[Content_Types].xml",
        "/_rels/.rels",
        "/word/document.xml",
        "/lead.xml",
        "/dot/a.xml",
        "/a%20b.xml",
    ]


def test_a_stored_member_stays_stored_and_a_deflated_one_deflated() -> None:
    data = with_gaps()
    stored = zipped(word_members(), compression=zipfile.ZIP_STORED)
    for original, method in ((data, zipfile.ZIP_DEFLATED), (stored, zipfile.ZIP_STORED)):
        package = Package.open(original)
        package.replace(MAIN, NEW)
        with zipfile.ZipFile(io.BytesIO(package.save())) as archive:
            assert archive.getinfo("word/document.xml").compress_type == method


@pytest.mark.parametrize(
    "call", [Package.read, lambda package, part: package.replace(part, b"")], ids=["read", "replace"]
)
def test_a_missing_part_is_named(call: Callable[[Package, str], object]) -> None:
    with pytest.raises(UnreadableDocumentError, match=r"report\.docx has no part /word/nope\.xml") as caught:
        call(Package.open(word_file(), path="report.docx"), "/word/nope.xml")
    assert (caught.value.path, caught.value.part) == ("report.docx", "/word/nope.xml")


@pytest.mark.parametrize("name", ["/word/document.xml", "/Word/Document.xml", "word/a.xml", "/a/../b.xml", "/a/"])
def test_a_part_that_exists_or_has_no_part_name_cannot_be_added(name: str) -> None:
    with pytest.raises(ValueError, match=r"(cannot be added|climbs out)"):
        Package.open(word_file()).add(name, b"", "application/xml")


def test_equal_edits_give_equal_files() -> None:
    def edited() -> bytes:
        package = Package.open(word_file())
        package.add("/word/comments.xml", b"<comments/>", "application/x-comments")
        return package.save()[-200:]

    assert edited() == edited()


def test_a_type_that_the_extension_implies_is_not_declared_again() -> None:
    package = Package.open(word_file())
    package.add("/word/plain.xml", b"<a/>", "application/xml")
    assert package.changed_parts() == ["/word/plain.xml"]


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("/word/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"),
        ("/WORD/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"),
        ("/other/thing.XML", "application/xml"),
        ("/other/thing.png", None),
        ("/other.xml/thing", None),
    ],
)
def test_the_type_is_the_parts_own_or_its_extensions(part: str, expected: str | None) -> None:
    assert Package.open(word_file()).content_type(part) == expected


@pytest.mark.parametrize("base", [TRANSITIONAL, STRICT])
@pytest.mark.parametrize(
    "target", ["word/document.xml", "/word/document.xml", "word\\document.xml", "./word/x/../document.xml"]
)
def test_the_main_part_is_found_in_every_spelling(base: str, target: str) -> None:
    data = word_file({"_rels/.rels": relationships(("rId1", f"{base}/officeDocument", target))})
    assert Package.open(data).main_part() == MAIN


def test_a_package_without_main_part_is_refused() -> None:
    with pytest.raises(UnreadableDocumentError, match="names no main part"):
        Package.open(word_file({"_rels/.rels": relationships()})).main_part()


@pytest.mark.parametrize(
    ("target", "external", "expected"),
    [
        ("media/a b.png", False, "/word/media/a b.png"),
        ("media/a%20b.png", False, "/word/media/a b.png"),
        ("MEDIA/A%20B.png", False, "/word/media/a b.png"),
        ("../word/media/a b.png#frame", False, "/word/media/a b.png"),
        ("../../../word/document.xml", False, "/word/document.xml"),
        ("media/gone.png", False, None),
        ("NULL", False, None),
        ("#bookmark", False, None),
        ("file:///word/document.xml", False, None),
        ("document.xml", True, None),
    ],
)
def test_a_target_is_resolved_against_its_source(target: str, external: bool, expected: str | None) -> None:
    package = Package.open(word_file({"word/media/a b.png": b"x"}))
    relationship = Relationship(id="rId1", type=f"{TRANSITIONAL}/image", target=target, external=external)
    assert package.resolve(MAIN, relationship) == expected


def test_a_part_without_relationships_has_none() -> None:
    assert Package.open(word_file()).relationships(MAIN) == []


@pytest.mark.parametrize("type", [f"{TRANSITIONAL}/comments", f"{STRICT}/comments"])
def test_a_relationship_has_one_kind_in_transitional_and_strict(type: str) -> None:
    assert Relationship(id="a", type=type, target="b").kind == "comments"


LINKS = relationships(("rId7", f"{TRANSITIONAL}/styles", "styles.xml"), ("RID9", f"{TRANSITIONAL}/x", "x.xml"))
PREFIXED = (
    '<p:Relationships xmlns:p="http://schemas.openxmlformats.org/package/2006/relationships">\n</p:Relationships >'
)
EMPTY = "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships' a='>/'\n/>"


@pytest.mark.parametrize(
    ("rels", "new_id", "kept"),
    [
        (LINKS.encode(), "rId10", LINKS.encode().removesuffix(b"</Relationships>")),
        (PREFIXED.encode(), "rId1", PREFIXED.encode().removesuffix(b"</p:Relationships >")),
        (EMPTY.encode(), "rId1", EMPTY.encode().removesuffix(b"/>")),
        (LINKS.encode("utf-16"), "rId10", LINKS.removesuffix("</Relationships>").encode("utf-16")),
        (f"{LINKS}<!-- é -->".encode(), "rId10", LINKS.encode().removesuffix(b"</Relationships>")),
        (
            ('<?xml version="1.0" encoding="windows-1252"?>' + LINKS.replace("x.xml", "é.xml")).encode("cp1252"),
            "rId10",
            b'<?xml version="1.0" encoding="windows-1252"?>',
        ),
        (None, "rId1", b"<?xml"),
    ],
    ids=["plain", "prefixed", "empty root", "UTF-16", "comment after", "windows-1252", "absent"],
)
def test_a_new_relationship_is_spliced_in(rels: bytes | None, new_id: str, kept: bytes) -> None:
    name = "word/_rels/document.xml.rels"
    data = word_file({} if rels is None else {name: rels})
    package = Package.open(data)
    before = package.relationships(MAIN)
    target = 'https://example.org/?a=1&b="é"'
    assert package.add_relationship(MAIN, f"{TRANSITIONAL}/hyperlink", target, external=True) == new_id
    expected = Relationship(id=new_id, type=f"{TRANSITIONAL}/hyperlink", target=target, external=True)
    assert package.relationships(MAIN) == [*before, expected]
    saved = package.save()
    assert Package.open(saved).relationships(MAIN) == [*before, expected]
    assert Package.open(saved).read("/" + name).startswith(kept)
    assert_only_changed(data, saved, set() if rels is None else {name.encode()})


def test_a_rels_part_that_ends_in_a_deceptive_comment_is_not_spliced_into() -> None:
    package = Package.open(word_file({"word/_rels/document.xml.rels": f"{LINKS}<!-- </Relationships> -->"}))
    with pytest.raises(UnreadableDocumentError, match="nothing can be added"):
        package.add_relationship(MAIN, f"{TRANSITIONAL}/styles", "styles.xml")


def test_the_rels_type_is_declared_where_it_was_not() -> None:
    types = CONTENT_TYPES.replace('Extension="rels"', 'Extension="other"')
    package = Package.open(word_file({"[Content_Types].xml": types}))
    package.add_relationship(MAIN, f"{TRANSITIONAL}/styles", "styles.xml")
    declared = package.content_type("/word/_rels/document.xml.rels")
    assert declared == "application/vnd.openxmlformats-package.relationships+xml"


@pytest.mark.parametrize(
    "folder", ["ClosedXML", "XlsxWriter", "docling", "markitdown", "python-docx", "python-mammoth", "python-pptx"]
)
def test_real_files_change_in_the_replaced_part_alone(folder: str) -> None:
    files = [path for path in corpus_files(*SUFFIXES) if path.relative_to(CORPUS).parts[0] == folder]
    sound = [path for path in files if path.name not in NOT_ZIP]
    assert sound
    for path in sound:
        _check_real_file(path)


def _check_real_file(path: Path) -> None:
    data = path.read_bytes()
    package = Package.open(data, path=path.name)
    assert package.save() is data, path
    main = package.main_part()
    changed = package.read(main) + b"<!-- edited -->"
    package.replace(main, changed)
    saved = package.save()
    raw_names = {member.name for member in laid_out(data) if "/" + member.name.decode().replace("\\", "/") == main}
    assert len(raw_names) == 1, path
    assert_only_changed(data, saved, raw_names)
    assert Package.open(saved).read(main) == changed, path


names = st.text(st.sampled_from("abcé/日"), min_size=1, max_size=8).filter(lambda name: not name.endswith("/"))
contents = st.one_of(st.binary(max_size=40), st.binary(min_size=1, max_size=4).map(lambda piece: piece * 3000))


@given(
    members=st.dictionaries(names, contents, max_size=6),
    changes=st.dictionaries(st.integers(0, 5), contents, max_size=3),
    additions=st.dictionaries(st.sampled_from(["/new/1.bin", "/new/é.bin", "/3.xml"]), contents),
    build=st.sampled_from([zipped, streamed, lambda members: b"junk" + with_zip64_end(zipped(members))]),
)
def test_what_is_not_named_stays_and_what_is_named_reads_back(
    members: dict[str, bytes],
    changes: dict[int, bytes],
    additions: dict[str, bytes],
    build: Callable[[dict[str, str | bytes]], bytes],
) -> None:
    unique = {"/" + "/".join(filter(None, name.split("/"))): name for name in members}
    data = build({"[Content_Types].xml": CONTENT_TYPES, **{name: members[name] for name in unique.values()}})
    package = Package.open(data)
    parts = package.part_names()[1:]
    wanted = {parts[index]: content for index, content in changes.items() if index < len(parts)}
    for part, content in wanted.items():
        package.replace(part, content)
    for part, content in additions.items():
        package.add(part, content, "application/x-new")
    saved = package.save()
    changed = {unique[part].encode() for part in wanted}
    assert_only_changed(data, saved, changed | ({b"[Content_Types].xml"} if additions else set()))
    again = Package.open(saved)
    for part in again.part_names()[1:]:
        assert again.read(part) == {**{p: members[unique[p]] for p in parts}, **wanted, **additions}[part]
