"""Edits to try on any document, and the laws that every one of them must keep."""

from __future__ import annotations

import base64
import io
import random
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.parsers import expat

from lxml import etree

from polydesk.core.errors import OfficeError
from polydesk.office.docx.document import Document
from polydesk.office.docx.edits import (
    AcceptChange,
    AddComment,
    DeleteParagraph,
    DeleteRow,
    Edit,
    InsertParagraph,
    InsertRow,
    MoveParagraph,
    RejectChange,
    ReplaceText,
    ReplyComment,
    ResolveComment,
    SetCell,
    SetStyle,
)
from polydesk.office.docx.edits_content import (
    FillControl,
    InsertBookmark,
    InsertCaption,
    InsertImage,
    InsertLink,
    InsertNote,
    InsertPageBreak,
    InsertReference,
    InsertToc,
    ReplaceImage,
    SetAltText,
    SetProperties,
)
from polydesk.office.docx.edits_layout import InsertSectionBreak, SetFormat, SetList, SetParagraphFormat, SetSection
from polydesk.office.docx.edits_tables import (
    DeleteColumn,
    DeleteTable,
    InsertColumn,
    InsertTable,
    MergeCells,
    SplitCell,
)
from polydesk.office.docx.views import BlockView, CellView, DocumentView, ParagraphView, RowView, TableView
from polydesk.office.results import Result
from tests.docx_package import PNG
from tests.office.docx.reading import Look, story_looks, story_texts

AUTHOR = "Polydesk"
AT = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT_W = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_WORDS = ("new", "alpha\tbeta", "x\ny", "\u201cquoted\u201d", "&<>", "1,234.5", "\u65e5\u672c", "\U0001f600")
_MAY_CHANGE_FOR_COMMENTS = re.compile(
    r"/\[Content_Types\]\.xml|.*/comments(Extended)?\d*\.xml|.*/_rels/[^/]*\.rels", re.IGNORECASE
)


_RELATED = r"/\[Content_Types\]\.xml|.*/_rels/[^/]*\.rels"
_MAY_FOLLOW: dict[type, str] = {
    SetList: r".*/numbering\d*\.xml",
    InsertNote: r".*/(footnotes|endnotes)\d*\.xml",
    InsertImage: r".*/media/[^/]*",
    ReplaceImage: r".*/media/[^/]*",
    InsertLink: r"-",
    InsertReference: r"/word/[^/]*\.xml",
    SetProperties: r".*/core\d*\.(xml|psmdcp)|.*\.psmdcp",
    FillControl: r".*",
}
"""By edit: the parts beside the story's that may change, or be made."""
_REACH_FURTHER = frozenset({InsertSectionBreak, SetSection, InsertReference, FillControl})
"""Edits whose place in the part is not at their anchors alone."""


@dataclass(frozen=True, slots=True)
class Places:
    """What a view shows outside comments, flat."""

    paragraphs: list[ParagraphView]
    rows: list[RowView]
    cells: list[CellView]
    tables: list[TableView]


def places(view: DocumentView) -> Places:
    """Every paragraph, row and cell, nested ones included."""
    found = Places([], [], [], [])
    for story in view.stories:
        if story.kind != "comment":
            _gather(story.blocks, found)
    return found


def _gather(blocks: Sequence[BlockView], found: Places) -> None:
    for block in blocks:
        if isinstance(block, ParagraphView):
            found.paragraphs.append(block)
            continue
        found.tables.append(block)
        for row in block.rows:
            found.rows.append(row)
            for cell in row.cells:
                found.cells.append(cell)
                _gather(cell.blocks, found)


def reworded(text: str, chance: random.Random) -> str:
    """The text with one to three words put in, taken out or exchanged."""
    words = text.split(" ")
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(words) + 1)
        if chance.random() < 0.4 or at == len(words):
            words.insert(at, chance.choice(_WORDS))
        elif chance.random() < 0.5:
            words.pop(at)
        else:
            words[at] = "changed"
    return " ".join(words)


def trial_edits(view: DocumentView, chance: random.Random, *, each: int = 1) -> Iterator[Edit]:
    """Edits of every kind that the document has places for, `each` of a kind, chosen by `chance`."""
    found = places(view)
    for paragraph in _some(found.paragraphs, each, chance):
        at, other = paragraph.anchor, chance.choice(found.paragraphs).anchor
        yield ReplaceText(at=at, text=reworded(paragraph.text, chance))
        yield InsertParagraph(after=at, text="inserted behind")
        yield InsertParagraph(before=at, text="inserted\tin front")
        yield DeleteParagraph(at=at)
        yield MoveParagraph(at=at, after=other) if chance.random() < 0.5 else MoveParagraph(at=at, before=other)
        if view.styles:
            yield SetStyle(at=at, style=chance.choice(view.styles))
        yield AddComment(at=at, text="Why?\nReally?")
        if paragraph.text:
            start = chance.randrange(len(paragraph.text))
            end = chance.randint(start + 1, len(paragraph.text))
            yield AddComment(at=at, text="These words.", start=start, end=end)
            yield ReplaceText(at=at, text=chance.choice(_WORDS), start=start, end=end)
    for row in _some(found.rows, each, chance):
        yield InsertRow(after=row.anchor, cells=tuple("new" for _ in row.cells))
        yield InsertRow(before=row.anchor, cells=tuple("new" for _ in row.cells))
        yield DeleteRow(at=row.anchor)
    for cell in _some(found.cells, each, chance):
        yield SetCell(at=cell.anchor, text=reworded(cell.text, chance))
    further = list(_further_edits(view, found, chance, each))
    yield from _some(further, 3 * each, chance)  # Some of them for each document, all of them over a corpus.
    for comment in view.comments[:each]:
        yield ReplyComment(comment=comment.id, text="Because.")
        yield ResolveComment(comment=comment.id)


def _further_edits(view: DocumentView, found: Places, chance: random.Random, each: int) -> Iterator[Edit]:
    """Edits of looks, tables and other content."""
    picture = base64.b64encode(PNG).decode()
    for paragraph in _some(found.paragraphs, each, chance):
        at, other = paragraph.anchor, chance.choice(found.paragraphs).anchor
        start = chance.randrange(len(paragraph.text) + 1)
        end = chance.randint(start, len(paragraph.text))
        yield SetFormat(at=at, start=start, end=end, bold=True, italic=False, color="C00000", size=14, font="Arial")
        yield SetParagraphFormat(at=at, alignment="center", space_after=6, indent_left=18, first_line=-18)
        yield SetList(at=at, kind=chance.choice(["bullet", "number", "none"]), restart=chance.random() < 0.5)
        yield SetSection(at=at, orientation="landscape", columns=2, margin_left=50)
        yield InsertSectionBreak(after=at)
        yield InsertTable(after=at, rows=(("New", "Table"), ("1", "2\n3")))
        yield InsertTable(before=at, rows=(("New",),), header=False)
        yield InsertImage(after=at, data=picture, alt="A dot")
        yield InsertNote(at=at, start=start, text="See there.\nAnd here.", kind=chance.choice(["footnote", "endnote"]))
        yield InsertLink(at=at, start=start, end=end, address="https://example.org/a?b=c&d")
        yield InsertBookmark(at=at, start=start, end=end, name="quite_new")
        yield InsertReference(at=at, start=start, to=other, shows=chance.choice(["text", "page"]))
        yield InsertCaption(before=at, label="Figure", text="What it shows")
        yield InsertToc(before=at)
        yield InsertPageBreak(before=at)
    drawn = [p for p in found.paragraphs if any(mark.kind == "image" for mark in p.marks)]
    for paragraph in _some(drawn, each, chance):
        yield SetAltText(at=paragraph.anchor, alt="Another description")
        yield ReplaceImage(at=paragraph.anchor, data=picture)
    for table in _some(found.tables, each, chance):
        yield DeleteTable(at=table.anchor)
    for cell in _some(found.cells, each, chance):
        yield InsertColumn(after=cell.anchor, cells=())
        yield InsertColumn(before=cell.anchor, cells=())
        yield DeleteColumn(at=cell.anchor)
        yield SplitCell(at=cell.anchor)
    for row in _some([row for row in found.rows if len(row.cells) > 1], each, chance):
        first = chance.randrange(len(row.cells) - 1)
        yield MergeCells(at=row.cells[first].anchor, to=row.cells[first + 1].anchor)
    if any(mark.kind == "content_control" for p in found.paragraphs for mark in p.marks):
        yield FillControl(control="#1", value="Filled")
    yield SetProperties(title="A title", subject="A subject & more")


def _some(items: Sequence[Any], number: int, chance: random.Random) -> list[Any]:
    return chance.sample(list(items), min(number, len(items)))


def applied(data: bytes, *edits: Edit, tracked: bool = True) -> Result:
    """The edits applied by the tests' author at the tests' time, protection or not."""
    return Document(data).apply(list(edits), tracked=tracked, author=AUTHOR, at=AT, ignore_protection=True)


def broken_laws(data: bytes, edit: Edit) -> list[str]:
    """Every law that the edit breaks in this document, in words; empty for none.

    Raises OfficeError when the edit is refused.
    """
    result = applied(data, edit)
    is_comment = isinstance(edit, AddComment | ReplyComment | ResolveComment)
    return [
        *_broken_by_bytes(data, result, edit, is_comment=is_comment),
        *_broken_ids(result),
        *(_broken_comment(data, result, edit) if is_comment else ()),
        *(_broken_by_settling(data, result, edit) if "tracked" in edit.__struct_fields__ else ()),
    ]


def _broken_by_settling(data: bytes, result: Result, edit: Edit) -> Iterator[str]:
    ids = [id for item in result.edits for id in item.change_ids]
    if not ids and result.data != data:
        yield "a tracked edit left no tracked change"
    rejected = applied(result.data, *(RejectChange(change=id) for id in ids)).data
    yield from _differences("rejecting gives back text and formatting", story_looks(data), story_looks(rejected))
    accepted = applied(result.data, *(AcceptChange(change=id) for id in ids)).data
    direct = applied(data, edit, tracked=False).data
    others = bool(Document(data).changes())
    if not (others and isinstance(edit, DeleteParagraph | DeleteRow)):  # What others deleted already is theirs.
        yield from _differences("accepting gives what direct gives", story_texts(direct), story_texts(accepted))
    if not others:
        yield from _differences("accepting gives the looks of direct", story_looks(direct), story_looks(accepted))
    for name, settled in (("rejecting", rejected), ("accepting", accepted)):
        left = [change.id for change in Document(settled).changes() if change.author == AUTHOR]
        if left and not any(c.author == AUTHOR for c in Document(data).changes()):
            yield f"{name} leaves {left}"


def _broken_comment(data: bytes, result: Result, edit: Edit) -> Iterator[str]:
    before, after = _without_comments(story_looks(data)), _without_comments(story_looks(result.data))
    yield from _differences("a comment changes no story", before, after)
    old, new = Document(data).view().comments, Document(result.data).view().comments
    if isinstance(edit, ResolveComment):
        if [c.id for c in old] != [c.id for c in new] or not next(c for c in new if c.id == edit.comment).resolved:
            thread = next(c for c in new if c.id == edit.comment).parent
            if thread is None or not next(c for c in new if c.id == thread).resolved:
                yield "the comment is not resolved"
        return
    assert isinstance(edit, AddComment | ReplyComment)
    made = [c for c in new if c.id not in {o.id for o in old}]
    if [(c.text, c.author) for c in made] != [(edit.text, AUTHOR)]:
        yield f"the comment reads {made}"
    elif result.edits[0].comment_ids != (made[0].id,):
        yield f"the comment's id is {result.edits[0].comment_ids}, not {made[0].id}"
    elif isinstance(edit, AddComment) and edit.start is not None:
        paragraph = next(p for p in places(Document(data).view()).paragraphs if p.anchor == edit.at)
        wanted = paragraph.text[edit.start : edit.end]
        if made[0].quote != wanted and not (paragraph.changes and wanted in made[0].quote):
            yield f"the comment is about {made[0].quote!r}, not {paragraph.text[edit.start : edit.end]!r}"


def _without_comments(looks: dict[str, list[Look]]) -> dict[str, list[Look]]:
    return {
        part: [(base, tuple(c for c in characters if c[0] != "<commentReference>")) for base, characters in story]
        for part, story in looks.items()
        if "comments" not in part
    }


def _differences(law: str, wanted: Mapping[str, Sequence[Any]], got: Mapping[str, Sequence[Any]]) -> Iterator[str]:
    for part, story in wanted.items():
        other = got.get(part, [])
        if story != other:
            at = next((n for n, pair in enumerate(zip(story, other, strict=False)) if pair[0] != pair[1]), None)
            what = f"{len(story)} became {len(other)} paragraphs"
            if at is not None:
                what += f"; paragraph {at + 1} of {part}: wanted {story[at]!r:.600}, got {other[at]!r:.600}"
            yield f"{law}: {what}"


# Bytes ------------------------------------------------------------------------------------------------------


def raw_members(data: bytes) -> dict[str, bytes]:
    """Every member's packed bytes with its method, as they lie in the archive."""
    found: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            at = info.header_offset
            start = at + 30 + int.from_bytes(data[at + 26 : at + 28], "little")
            start += int.from_bytes(data[at + 28 : at + 30], "little")
            found[info.filename] = bytes([info.compress_type]) + data[start : start + info.compress_size]
    return found


def _broken_by_bytes(data: bytes, result: Result, edit: Edit, *, is_comment: bool) -> Iterator[str]:
    before, after = raw_members(data), raw_members(result.data)
    changed = {f"/{name}" for name in after if before.get(name) != after[name]}
    if set(before) - set(after):
        yield f"members are gone: {set(before) - set(after)}"
    if changed - set(result.changed_parts):
        yield f"parts changed that the result does not name: {changed - set(result.changed_parts)}"
    story = _story_part(data, edit)
    others = {part for part in result.changed_parts if part != story}
    if is_comment:
        others = {part for part in others if not _MAY_CHANGE_FOR_COMMENTS.fullmatch(part)}
        if isinstance(edit, ReplyComment):
            others = {part for part in others if "comment" not in part and part != "/word/document.xml"}
    following = _MAY_FOLLOW.get(type(edit))
    if following is not None:
        others = {part for part in others if not re.fullmatch(rf"{_RELATED}|{following}", part, re.IGNORECASE)}
    if others:
        yield f"parts changed that the edit does not name: {others}"
    if story in result.changed_parts and type(edit) not in _REACH_FURTHER:
        yield from _broken_outside(_member(data, story), _member(result.data, story), edit)
    for part in result.changed_parts:
        if not part.endswith((".xml", ".rels")):
            continue
        etree.fromstring(_member(result.data, part))


def _member(data: bytes, part: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(part.lstrip("/"))


def _anchors(edit: Edit) -> list[str]:
    names = (getattr(edit, field, None) for field in ("at", "after", "before"))
    return [name for name in names if name is not None]


def _story_part(data: bytes, edit: Edit) -> str:
    anchors = _anchors(edit)
    if not anchors:
        return ""
    story = anchors[0].partition("/")[0]
    parts = {s.part for s in Document(data).view().stories}
    if story == "body":
        return next(s.part for s in Document(data).view().stories if s.kind == "body")
    return next(part for part in parts if part.endswith(f"/{story}.xml"))


def _broken_outside(old: bytes, new: bytes, edit: Edit) -> Iterator[str]:
    """Whether all bytes outside the named places, or their neighbours for what goes away, are the same."""
    if old.startswith((b"\xff\xfe", b"\xfe\xff")):
        return
    start, end = _hull(old, edit)
    mirrored = b"Fallback" in old and b"txbxContent" in old
    updated = new.count(b":dirty=") > old.count(b":dirty=")
    if not mirrored and not updated and not (new.startswith(old[:start]) and new.endswith(old[end:])):
        yield "bytes changed outside the places that the edit names"


def _hull(old: bytes, edit: Edit) -> tuple[int, int]:
    chosen: list[tuple[int, int]] = []
    reach = 1 if isinstance(edit, DeleteParagraph | MoveParagraph) else 0
    for anchor in _anchors(edit):
        place = anchor.partition("~")[0].partition("/")[2]
        numbers = [int(number) for number in re.findall(r"\d+", place)]
        if place.startswith("p"):
            spans = _spans(old, "p")
            chosen += spans[max(numbers[0] - 1 - reach, 0) : numbers[0] + reach]
        else:
            chosen.append(_spans(old, "tbl")[numbers[0] - 1])
    return min(start for start, _ in chosen), max(end for _, end in chosen)


def _spans(data: bytes, name: str) -> list[tuple[int, int]]:
    """Where each `w:name` begins and ends, in the order of the file, as expat finds them."""
    parser = expat.ParserCreate(namespace_separator=" ")
    found: list[list[int]] = []
    opened: list[int] = []
    wanted = {f"{W[1:-1]} {name}", f"{_STRICT_W.decode()} {name}"}

    def begin(tag: str, attributes: dict[str, str]) -> None:
        if tag in wanted:
            opened.append(len(found))
            found.append([parser.CurrentByteIndex, 0])

    def finish(tag: str) -> None:
        if tag in wanted:
            at = parser.CurrentByteIndex
            # For an empty-element tag expat stays at its beginning.
            found[opened.pop()][1] = data.index(b">", at) + 1

    parser.StartElementHandler, parser.EndElementHandler = begin, finish
    parser.Parse(data, True)
    return [(start, end) for start, end in found]


def _broken_ids(result: Result) -> Iterator[str]:
    """A new mark's id must occur nowhere else, but for the marks that belong together."""
    counted: Counter[str] = Counter()
    ours: dict[str, str] = {}
    with zipfile.ZipFile(io.BytesIO(result.data)) as archive:
        for name in archive.namelist():
            if re.search(r"(document|header|footer|notes|comments)\d*\.xml$", name):
                for element in etree.fromstring(archive.read(name)).iter("*"):
                    id = element.get(f"{W}id") or element.get(f"{{{_STRICT_W.decode()}}}id")
                    if id is not None:
                        counted[id] += 1
                        if (element.get(f"{W}date") or "") == AT.strftime("%Y-%m-%dT%H:%M:%SZ"):
                            ours[id] = etree.QName(element).localname
    for id, name in ours.items():
        allowed = {"comment": 4, "moveFromRangeStart": 2, "moveToRangeStart": 2}.get(name, 1)
        if counted[id] > allowed:
            yield f"id {id} of {name} occurs {counted[id]} times"


__all__ = ["OfficeError", "applied", "broken_laws", "places", "raw_members", "reworded", "trial_edits"]
