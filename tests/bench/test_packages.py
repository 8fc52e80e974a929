"""The comparison of packages sees every kind of difference, and only differences."""

from __future__ import annotations

import io
import zipfile

import pytest

from bench.packages import Comparison, blocks, changed_only_within, compare, part

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED, year: int = 2020) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as package:
        for name, content in members.items():
            package.writestr(zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0)), content, method)
    return out.getvalue()


BEFORE = {"a.xml": b"<a/>", "b.xml": b"<b/>" * 9, "c.xml": b"<c/>"}


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (zipped(BEFORE), Comparison(same=["a.xml", "b.xml", "c.xml"])),
        (zipped(BEFORE | {"b.xml": b"new"}), Comparison(same=["a.xml", "c.xml"], changed=["b.xml"])),
        (zipped(BEFORE | {"d.xml": b"d"}), Comparison(same=["a.xml", "b.xml", "c.xml"], added=["d.xml"])),
        (zipped({"a.xml": b"<a/>"}), Comparison(same=["a.xml"], lost=["b.xml", "c.xml"])),
        (zipped(BEFORE, zipfile.ZIP_STORED), Comparison(repacked=["a.xml", "b.xml", "c.xml"])),
        (zipped(BEFORE, year=2021), Comparison(repacked=["a.xml", "b.xml", "c.xml"])),
        (zipped(dict(reversed(BEFORE.items()))), Comparison(same=["a.xml", "b.xml", "c.xml"], in_order=False)),
    ],
    ids=["same", "changed", "added", "lost", "stored", "other time", "other order"],
)
def test_each_difference_is_told_apart(after: bytes, expected: Comparison) -> None:
    assert compare(zipped(BEFORE), after) == expected


@pytest.mark.parametrize(
    ("comparison", "raw", "content"),
    [
        (Comparison(same=["a"], changed=["named"]), True, True),
        (Comparison(same=["a"], changed=["other"]), False, False),
        (Comparison(same=["a"], repacked=["other"]), False, True),
        (Comparison(same=["a"], added=["other"]), False, False),
        (Comparison(same=["a"], lost=["other"]), False, False),
        (Comparison(same=["a"], in_order=False), False, True),
    ],
)
def test_only_named_members_may_differ(comparison: Comparison, raw: bool, content: bool) -> None:
    assert (comparison.others_same_raw({"named"}), comparison.others_same_content({"named"})) == (raw, content)


def test_the_share_of_parts_kept_leaves_the_named_one_out() -> None:
    comparison = Comparison(same=["a"], repacked=["b"], changed=["c", "named"], lost=["d"])
    assert comparison.share_of_parts_kept({"named"}) == pytest.approx(0.5)


def test_a_part_is_read_by_its_name() -> None:
    assert part(zipped(BEFORE), "a.xml") == b"<a/>"


def test_blocks_cover_exactly_their_bytes() -> None:
    data = (
        f"<w:document {W}><w:p/><w:tbl><w:tr><w:tc><w:p a='/'></w:p></w:tc></w:tr></w:tbl>"
        "<w:p><w:r/></w:p><p/></w:document>"
    ).encode()
    assert [(block.name, data[block.start : block.end].decode()) for block in blocks(data)] == [
        ("p", "<w:p/>"),
        ("tbl", "<w:tbl><w:tr><w:tc><w:p a='/'></w:p></w:tc></w:tr></w:tbl>"),
        ("tr", "<w:tr><w:tc><w:p a='/'></w:p></w:tc></w:tr>"),
        ("tc", "<w:tc><w:p a='/'></w:p></w:tc>"),
        ("p", "<w:p a='/'></w:p>"),
        ("p", "<w:p><w:r/></w:p>"),
    ]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (b"one TWO three", True),
        (b"one  three", True),
        (b"one two three", True),
        (b"One two three", False),
        (b"one two three!", False),
        (b"onethree", False),
    ],
)
def test_a_change_is_seen_to_stay_within_its_bounds(after: bytes, expected: bool) -> None:
    assert changed_only_within(b"one two three", after, 4, 7) is expected
