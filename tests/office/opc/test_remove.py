"""A part or a relationship that is taken out leaves everything else as it lay."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest

from polydesk.core.errors import UnreadableDocumentError
from polydesk.office.opc.package import Package
from tests.corpus_files import corpus_files
from tests.office.opc.archives import CONTENT_TYPES, DOCUMENT, TRANSITIONAL, laid_out, relationships, streamed, zipped

MAIN = "/word/document.xml"
EXTRA = "/word/comments.xml"
OVERRIDE = '<Override PartName="/word/comments.xml" ContentType="application/x-comments"/>'
RELS = relationships(
    ("rId1", f"{TRANSITIONAL}/styles", "styles.xml"),
    ("rId2", f"{TRANSITIONAL}/comments", "comments.xml"),
    ("rId3", f"{TRANSITIONAL}/image", "a.png"),
)


def members(types: str = CONTENT_TYPES.replace("</Types>", f"{OVERRIDE}</Types>")) -> dict[str, str | bytes]:
    return {
        "[Content_Types].xml": types,
        "_rels/.rels": relationships(("rId1", f"{TRANSITIONAL}/officeDocument", "word/document.xml")),
        "word/comments.xml": "<comments/>",
        "word/_rels/comments.xml.rels": relationships(("rId1", f"{TRANSITIONAL}/image", "a.png")),
        "word/document.xml": DOCUMENT,
        "word/_rels/document.xml.rels": RELS,
    }


def plain() -> bytes:
    return zipped(members())


def through_a_pipe() -> bytes:
    return streamed(members())


@pytest.mark.parametrize("build", [plain, through_a_pipe])
def test_a_removed_part_goes_with_its_relationships_and_its_type(build: Callable[[], bytes]) -> None:
    data = build()
    package = Package.open(data)
    package.remove(EXTRA)
    assert not package.has(EXTRA)
    saved = package.save()
    gone = {"word/comments.xml", "word/_rels/comments.xml.rels"}
    with zipfile.ZipFile(io.BytesIO(saved)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [name for name in members() if name not in gone]
        assert archive.read("[Content_Types].xml").decode() == CONTENT_TYPES
    before, after = (
        {item.name: item.region for item in laid_out(data)},
        {item.name: item.region for item in laid_out(saved)},
    )
    assert {name for name in after if after[name] != before[name]} == {b"[Content_Types].xml"}
    assert set(package.changed_parts()) == {"/[Content_Types].xml", *(f"/{name}" for name in gone)}
    assert set(package.removed_parts()) == {f"/{name}" for name in gone}


def test_of_duplicate_members_none_comes_to_light_again() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("word\\comments.xml", "<old/>")
        for name, content in members().items():
            archive.writestr(name, content)
    package = Package.open(stream.getvalue())
    package.remove(EXTRA)
    assert not Package.open(package.save()).has(EXTRA)


def test_a_part_added_in_the_place_of_a_removed_one_is_in_the_file_once() -> None:
    package = Package.open(plain())
    package.remove(EXTRA)
    package.add(EXTRA, b"<new/>", "application/x-new")
    again = Package.open(package.save())
    assert (again.read(EXTRA), again.content_type(EXTRA)) == (b"<new/>", "application/x-new")
    assert again.part_names().count(EXTRA) == 1


def test_a_part_that_was_added_can_be_removed_again() -> None:
    data = plain()
    package = Package.open(data)
    package.add("/word/new.xml", b"<new/>", "application/x-new")
    package.remove("/word/new.xml")
    assert package.save() is data


@pytest.mark.parametrize(
    "rels",
    [
        RELS,
        RELS.replace("<Relationships", "<p:Relationships")
        .replace("</Relationships", "</p:Relationships")
        .replace("<Relationship ", "<p:Relationship ")
        .replace("xmlns=", "xmlns:p="),
        RELS.replace("/>", "></Relationship>").replace(
            "<Relationship ", "<!-- <Relationship/> -->\n<Relationship\n", 1
        ),
        RELS.encode("utf-16"),
    ],
    ids=["plain", "prefixed", "with end tags and a comment", "UTF-16"],
)
def test_one_relationship_is_cut_out_and_the_others_keep_their_bytes(rels: str | bytes) -> None:
    data = zipped({**members(), "word/_rels/document.xml.rels": rels})
    package = Package.open(data)
    old = package.read("/word/_rels/document.xml.rels")
    package.remove_relationship(MAIN, "rId2")
    new = package.read("/word/_rels/document.xml.rels")
    assert [link.id for link in package.relationships(MAIN)] == ["rId1", "rId3"]
    start = next(at for at in range(len(new)) if old[at] != new[at])
    assert old[start + len(old) - len(new) :] == new[start:]


def test_what_is_not_there_is_named() -> None:
    package = Package.open(plain())
    with pytest.raises(UnreadableDocumentError, match="has no part"):
        package.remove("/word/none.xml")
    with pytest.raises(UnreadableDocumentError, match="has no relationship rId9"):
        package.remove_relationship(MAIN, "rId9")


@pytest.mark.parametrize("suffix", [".docx", ".xlsx", ".pptx"])
def test_any_part_of_a_real_file_can_be_taken_out(suffix: str) -> None:
    for file in corpus_files(suffix)[::40]:
        data = file.read_bytes()
        try:
            package = Package.open(data)
        except UnreadableDocumentError:
            continue
        part = package.part_names()[-1]
        if part.startswith(("/[Content_Types]", "/_rels")):
            continue
        package.remove(part)
        saved = Package.open(package.save())
        assert not saved.has(part), file
        assert set(saved.part_names()) == set(Package.open(data).part_names()) - set(package.removed_parts())
