"""What two zip packages share: members as raw bytes, parts as content, and where inside a part they differ.

Uses the standard library alone, so that no fault of the code under measurement hides itself here.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection
from dataclasses import dataclass, field
from xml.parsers import expat

_LOCAL_SIZE = 30
_WORD = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
)
_BLOCKS = frozenset(f"{uri} {name}" for uri in _WORD for name in ("p", "tbl", "tr", "tc"))

Key = tuple[str, int]
"""A member's name and how many of that name come before it."""


@dataclass(frozen=True, slots=True)
class Member:
    """One member as it lies in the file."""

    info: zipfile.ZipInfo
    raw: bytes
    """Local header, name, extra fields and packed data."""

    def listed(self) -> tuple[object, ...]:
        """What the directory says of it, but for its place."""
        info = self.info
        return (info.date_time, info.external_attr, info.internal_attr, info.create_system, info.extra, info.comment)


@dataclass(slots=True)
class Comparison:
    """How the members of one package fare in another. Names are as the zip directory has them."""

    same: list[str] = field(default_factory=list)
    """Identical raw bytes and directory entry."""
    repacked: list[str] = field(default_factory=list)
    """Same content, packed, headed or listed otherwise."""
    changed: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    in_order: bool = True

    def others_same_raw(self, named: Collection[str]) -> bool:
        """Whether every member that is not `named` has its raw bytes, and its place in the order."""
        touched = {*self.repacked, *self.changed, *self.lost, *self.added}
        return self.in_order and touched <= set(named)

    def others_same_content(self, named: Collection[str]) -> bool:
        """Whether every part that is not `named` is there with its bytes, however packed."""
        return {*self.changed, *self.lost, *self.added} <= set(named)

    def share_of_parts_kept(self, named: Collection[str]) -> float:
        """The share of the original's other members whose content is the same."""
        others = [name for name in (*self.same, *self.repacked, *self.changed, *self.lost) if name not in named]
        kept = [name for name in (*self.same, *self.repacked) if name not in named]
        return len(kept) / len(others) if others else 1.0


def compare(before: bytes, after: bytes) -> Comparison:
    """Every member of `before` looked up in `after`. Raises zipfile.BadZipFile when either is no zip file."""
    with zipfile.ZipFile(io.BytesIO(before)) as old_zip, zipfile.ZipFile(io.BytesIO(after)) as new_zip:
        old, new = _members(old_zip, before), _members(new_zip, after)
        result = Comparison(added=[name for name, number in new if (name, number) not in old])
        kept = [key for key in old if key in new]
        result.in_order = kept == [key for key in new if key in old]
        for key, member in old.items():
            if key not in new:
                result.lost.append(key[0])
            elif new[key].raw == member.raw and new[key].listed() == member.listed():
                result.same.append(key[0])
            elif _content(old_zip, member) == _content(new_zip, new[key]):
                result.repacked.append(key[0])
            else:
                result.changed.append(key[0])
    return result


def part(data: bytes, name: str) -> bytes:
    """The content of the last member called `name`."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return package.read(name)


def _members(package: zipfile.ZipFile, data: bytes) -> dict[Key, Member]:
    found: dict[Key, Member] = {}
    count: dict[str, int] = {}
    for info in package.infolist():
        name, start = info.orig_filename, info.header_offset
        count[name] = count.get(name, 0) + 1
        names = int.from_bytes(data[start + 26 : start + 28], "little")
        extra = int.from_bytes(data[start + 28 : start + 30], "little")
        end = start + _LOCAL_SIZE + names + extra + info.compress_size
        found[name, count[name] - 1] = Member(info, data[start:end])
    return found


def _content(package: zipfile.ZipFile, member: Member) -> bytes:
    """The member's content; its raw bytes when it cannot be inflated."""
    try:
        return package.read(member.info)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError):
        return member.raw


# Inside a part ------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Block:
    """A paragraph, table, row or cell of a part, by its place in the bytes."""

    name: str
    start: int
    end: int
    parent: Block | None
    """The innermost block around it."""


def blocks(data: bytes) -> list[Block]:
    """Every paragraph, table, row and cell of a part (UTF-8), in the order of their start tags."""
    found: list[Block] = []
    open_blocks: list[Block] = []
    parser = expat.ParserCreate(encoding="utf-8", namespace_separator=" ")
    last_start = -1

    def start(name: str, _attributes: object) -> None:
        nonlocal last_start
        last_start = parser.CurrentByteIndex
        if name in _BLOCKS:
            parent = open_blocks[-1] if open_blocks else None
            open_blocks.append(Block(name.split(" ")[1], last_start, -1, parent))
            found.append(open_blocks[-1])

    def end(name: str) -> None:
        if name in _BLOCKS:
            block, at = open_blocks.pop(), parser.CurrentByteIndex
            is_empty_tag = block.start == last_start and data[at - 2 : at] == b"/>"
            block.end = at if is_empty_tag else data.index(b">", at) + 1

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.Parse(data, True)  # expat has no keyword for it
    return found


def as_utf8(data: bytes) -> bytes:
    """A part in UTF-8, whichever of the two encodings of office files it is in."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16").encode()
    return data.removeprefix(b"\xef\xbb\xbf")


def changed_only_within(before: bytes, after: bytes, start: int, end: int) -> bool:
    """Whether `after` is `before` with nothing but the bytes from `start` to `end` replaced."""
    head, tail = before[:start], before[end:]
    return len(after) >= len(head) + len(tail) and after.startswith(head) and after.endswith(tail)
