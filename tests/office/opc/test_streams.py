"""Parts read and written as streams."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import pytest

from polydesk.core.errors import UnreadableDocumentError
from polydesk.office.opc.package import Package

CONTENT = b"".join(b"<row r='%d'/>" % number for number in range(60_000))


def package(content: bytes = CONTENT, *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as target:
        target.writestr("[Content_Types].xml", "<Types/>")
        target.writestr("a.xml", content)
        target.writestr("b.xml", "<b/>")
    return out.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("content", [b"", b"x", CONTENT])
def test_chunks_join_to_the_part(content: bytes, method: int) -> None:
    opened = Package.open(package(content, method=method))
    assert b"".join(opened.chunks("/a.xml")) == content == opened.read("/a.xml")
    assert opened.size("/a.xml") == len(content)


def test_a_part_is_replaced_by_a_stream_made_of_itself() -> None:
    data = package()
    opened = Package.open(data)

    def changed() -> Iterator[bytes]:
        for chunk in opened.chunks("/a.xml"):
            yield chunk.replace(b"row", b"line")

    opened.replace_chunks("/a.xml", changed())
    assert opened.read("/a.xml") == b"".join(opened.chunks("/a.xml")) == CONTENT.replace(b"row", b"line")
    assert opened.changed_parts() == ["/a.xml"]
    with zipfile.ZipFile(io.BytesIO(opened.save())) as saved:
        assert saved.testzip() is None
        assert saved.read("a.xml") == CONTENT.replace(b"row", b"line")
        assert saved.read("b.xml") == b"<b/>"


def test_a_stream_of_the_same_content_changes_nothing() -> None:
    data = package()
    opened = Package.open(data)
    opened.replace_chunks("/a.xml", opened.chunks("/a.xml"))
    assert opened.save() is data


def test_a_stream_fills_an_added_part() -> None:
    opened = Package.open(package())
    opened.add("/c.xml", b"", "application/xml")
    opened.replace_chunks("/c.xml", iter([b"<c>", b"</c>"]))
    assert Package.open(opened.save()).read("/c.xml") == b"<c></c>"


def test_damage_is_told_at_the_end_of_the_stream() -> None:
    data = bytearray(package())
    at = data.index(b"a.xml") + 4000
    data[at] ^= 0xFF
    with pytest.raises(UnreadableDocumentError, match=r"a\.xml"):
        b"".join(Package.open(bytes(data)).chunks("/a.xml"))
