"""Edits to try on any presentation, and the laws that every one of them must keep."""

from __future__ import annotations

import base64
import io
import random
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from polydesk.office.pptx.edits import Edit
from polydesk.office.pptx.object_edits import (
    AddPicture,
    AddTable,
    AddTextBox,
    DeleteColumn,
    DeleteRow,
    DeleteShape,
    InsertColumn,
    InsertRow,
    MoveShape,
    ReplacePicture,
    SetAltText,
)
from polydesk.office.pptx.presentation import Presentation
from polydesk.office.pptx.slide_edits import (
    AddComment,
    AddSection,
    AddSlide,
    DeleteSlide,
    DuplicateSlide,
    HideSlide,
    MoveSlide,
    ReplyComment,
)
from polydesk.office.pptx.text_edits import (
    DeleteParagraph,
    InsertParagraph,
    MoveParagraph,
    ReplaceText,
    SetCell,
    SetLevel,
    SetNotes,
    SetText,
)
from polydesk.office.pptx.views import ParagraphView, PresentationView, ShapeView
from polydesk.office.results import Result

AUTHOR = "Polydesk"
P14 = "{http://schemas.microsoft.com/office/powerpoint/2010/main}"
AT = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
_WORDS = ("new", "x\ny", "\u201cquoted\u201d", "&<>", "1,234.5", "\u65e5\u672c", "\U0001f600")
ON_SLIDE = (
    *(ReplaceText, SetText, InsertParagraph, DeleteParagraph, MoveParagraph, SetLevel, SetCell, MoveShape, SetAltText),
    *(AddTextBox, AddTable, InsertRow, DeleteRow, InsertColumn, DeleteColumn, HideSlide),
)
"""Edits that change nothing but the slide's own part, or the notes page whose paragraphs they name."""


def png(width: int = 40, height: int = 30) -> bytes:
    """A small picture of one colour."""
    rows = b"".join(b"\0" + b"\x20\x60\xa0" * width for _ in range(height))

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


PNG = base64.b64encode(png()).decode()


def shapes_in(shapes: Sequence[ShapeView]) -> Iterator[ShapeView]:
    """Every shape, those in groups too."""
    for shape in shapes:
        yield shape
        yield from shapes_in(shape.shapes)


def paragraphs_in(view: PresentationView) -> list[ParagraphView]:
    """Every paragraph of shapes and notes."""
    found: list[ParagraphView] = []
    for slide in view.slides:
        for shape in shapes_in(slide.shapes):
            found += shape.paragraphs
        found += slide.notes.paragraphs if slide.notes is not None else ()
    return found


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


def trial_edits(view: PresentationView, chance: random.Random, *, each: int = 1) -> Iterator[Edit]:
    """Edits of every kind that the presentation has places for, `each` of a kind, chosen by `chance`."""
    yield from _of_text(view, chance, each)
    yield from _of_shapes(view, chance, each)
    yield from _of_slides(view, chance, each)


def _of_text(view: PresentationView, chance: random.Random, each: int) -> Iterator[Edit]:
    paragraphs = paragraphs_in(view)
    for paragraph in _some(paragraphs, each, chance):
        at = paragraph.anchor
        yield ReplaceText(at=at, text=reworded(paragraph.text, chance))
        yield InsertParagraph(after=at, text="inserted behind")
        yield InsertParagraph(before=at, text="inserted\nin front", level=chance.randint(0, 3))
        yield DeleteParagraph(at=at)
        yield SetLevel(at=at, level=chance.randint(0, 4))
        near = [other.anchor for other in paragraphs if story(other.anchor) == story(at) and other is not paragraph]
        if near:
            yield MoveParagraph(at=at, after=chance.choice(near))
        if paragraph.text:
            start = chance.randrange(len(paragraph.text))
            yield ReplaceText(
                at=at, text=chance.choice(_WORDS), start=start, end=chance.randint(start + 1, len(paragraph.text))
            )
    bodies = [shape for slide in view.slides for shape in shapes_in(slide.shapes) if shape.paragraphs]
    for shape in _some(bodies, each, chance):
        yield SetText(at=shape.anchor, text="First line\n\tdeeper \u00e9\nA break\vinside")
    for slide in _some(view.slides, each, chance):
        yield SetNotes(at=slide.anchor, text="To be said.\nAnd this.")


def _of_shapes(view: PresentationView, chance: random.Random, each: int) -> Iterator[Edit]:
    shapes = [shape for slide in view.slides for shape in shapes_in(slide.shapes)]
    for shape in _some(shapes, each, chance):
        yield MoveShape(at=shape.anchor, x=1000, y=2000, width=3_000_000, height=1_000_000)
        yield SetAltText(at=shape.anchor, text="What is seen & more")
        yield DeleteShape(at=shape.anchor)
    for shape in _some([shape for shape in shapes if shape.kind == "picture"], each, chance):
        yield ReplacePicture(at=shape.anchor, data=PNG, alt_text="Another")
    for slide in _some(view.slides, each, chance):
        yield AddTextBox(at=slide.anchor, text="A box\n\twith levels", x=0, y=0, width=2_000_000, height=500_000)
        yield AddPicture(at=slide.anchor, data=PNG, alt_text="A blue area")
        yield AddTable(at=slide.anchor, rows=(("a", "b"), ("1", "2")))
    for shape in _some([shape for shape in shapes if shape.rows], each, chance):
        row = chance.choice(shape.rows)
        cell = chance.choice(row.cells)
        yield InsertRow(after=row.anchor, cells=tuple(f"c{number}" for number in range(len(row.cells))))
        yield InsertRow(before=row.anchor, cells=tuple("b" for _ in row.cells))
        yield DeleteRow(at=row.anchor)
        yield InsertColumn(after=cell.anchor, cells=tuple("n" for _ in shape.rows))
        yield DeleteColumn(at=cell.anchor)
        open_cells = [cell for cell in row.cells if not cell.merged]
        yield SetCell(at=chance.choice(open_cells or row.cells).anchor, text="in a cell\ntwice")


def _of_slides(view: PresentationView, chance: random.Random, each: int) -> Iterator[Edit]:
    for slide in _some(view.slides, each, chance):
        yield DuplicateSlide(at=slide.anchor)
        yield DeleteSlide(at=slide.anchor)
        yield HideSlide(at=slide.anchor, hidden=not slide.hidden)
        yield AddComment(at=slide.anchor, text="Why?\nReally?")
        yield AddSection(at=slide.anchor, name="A part")
        if slide.comments:
            yield ReplyComment(comment=slide.comments[0].id, text="Because.")
        others = [other for other in view.slides if other is not slide]
        if others:
            yield MoveSlide(at=slide.anchor, before=chance.choice(others).anchor)
    for layout in _some([layout for layout in view.layouts if layout.name], each, chance):
        content = {str(place.index): "Filled" for place in layout.placeholders if place.type in ("title", "body")}
        yield AddSlide(layout=layout.part, content=content, notes="Said")


def _some(items: Sequence[Any], number: int, chance: random.Random) -> list[Any]:
    return chance.sample(list(items), min(number, len(items)))


def story(anchor: str) -> str:
    """What stands before the last step of an anchor: the shape, cell or notes around a paragraph."""
    return anchor.partition("~")[0].rpartition("/")[0]


def applied(data: bytes, *edits: Edit) -> Result:
    """The edits applied by the tests' author at the tests' time, protection or not."""
    return Presentation(data).apply(list(edits), author=AUTHOR, at=AT, ignore_protection=True)


def broken_laws(data: bytes, edit: Edit) -> list[str]:
    """Every law that the edit breaks in this presentation, in words; empty for none.

    Raises OfficeError when the edit is refused.
    """
    result = applied(data, edit)
    was = {law.partition(": ")[2] for law in _broken_package(data)}  # A copy of a faulty slide has its faults.
    package = [law for law in _broken_package(result.data) if law.partition(": ")[2] not in was]
    return [*_broken_bytes(data, result, edit), *package, *_broken_reading(data, result, edit)]


def members(data: bytes) -> dict[str, bytes]:
    """Every part's content."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {f"/{info.filename}".replace("\\", "/"): archive.read(info) for info in archive.infolist()}


def raw_members(data: bytes) -> dict[str, bytes]:
    """Every member's packed bytes with its method, as they lie in the archive."""
    found: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            at = info.header_offset
            start = at + 30 + int.from_bytes(data[at + 26 : at + 28], "little")
            start += int.from_bytes(data[at + 28 : at + 30], "little")
            found[f"/{info.filename}"] = bytes([info.compress_type]) + data[start : start + info.compress_size]
    return found


def _broken_bytes(data: bytes, result: Result, edit: Edit) -> Iterator[str]:
    before, after = raw_members(data), raw_members(result.data)
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    if changed - set(result.changed_parts):
        yield f"parts changed that the result does not name: {changed - set(result.changed_parts)}"
    if isinstance(edit, ON_SLIDE) and len(result.changed_parts) > 1:
        yield f"parts changed that the edit does not name: {result.changed_parts}"
    gone = set(before) - set(after)
    if gone and not isinstance(edit, DeleteSlide | DeleteShape | ReplacePicture):
        yield f"members are gone: {gone}"


def _broken_package(data: bytes) -> Iterator[str]:
    """What PowerPoint would refuse: XML that does not parse, dangling relationships, undeclared types, ids twice."""
    parts = members(data)
    lowered = {name.lower() for name in parts}
    for name, content in parts.items():
        if name.endswith((".xml", ".rels", ".vml")):
            root = etree.fromstring(content)
            if name.endswith(".rels"):
                yield from _broken_relationships(name, root, lowered)
            if re.fullmatch(r"/ppt/slides/slide\d+\.xml", name):
                yield from _broken_slide(name, root, parts)
    presentation = etree.fromstring(parts["/ppt/presentation.xml"])
    ids = [node.get("id") for node in presentation.iterfind(".//{*}sldIdLst/{*}sldId") if len(node.attrib) > 1]
    if len(set(ids)) != len(ids) or any(int(id or 0) < 256 for id in ids):
        yield f"slide ids: {ids}"
    listed = [node.get("id") for node in presentation.iter(f"{P14}sldId")]
    if listed and sorted(map(str, listed)) != sorted(map(str, ids)):
        yield f"sections list {listed}, the show {ids}"


def _broken_relationships(name: str, root: Any, lowered: set[str]) -> Iterator[str]:
    folder = name.rpartition("/_rels/")[0]
    ids = [node.get("Id") for node in root]
    if len(set(ids)) != len(ids):
        yield f"{name} has ids twice"
    for node in root:
        target = node.get("Target").replace("\\", "/")
        if node.get("TargetMode") == "External" or target in ("NULL", "") or target.startswith("#"):
            continue
        steps: list[str] = []
        for step in (target if target.startswith("/") else f"{folder}/{target}").split("/"):
            if step == "..":
                steps.pop()
            elif step:
                steps.append(step)
        if f"/{'/'.join(steps)}".lower() not in lowered:
            yield f"{name}: {node.get('Id')} leads to {target}, which is not there"


def _broken_slide(name: str, root: Any, parts: dict[str, bytes]) -> Iterator[str]:
    tree = root.find("{*}cSld/{*}spTree")
    ids = [node.get("id") for node in tree.iter("{*}cNvPr")] if root.find(".//{*}AlternateContent") is None else []
    twice = {id for id in ids if ids.count(id) > 1}
    if twice:
        yield f"{name}: shape ids twice: {twice}"
    rels = parts.get(name.replace("/slides/", "/slides/_rels/") + ".rels")
    known = set() if rels is None else {node.get("Id") for node in etree.fromstring(rels)}
    for node in root.iter("*"):
        for attribute, value in node.attrib.items():
            if "officeDocument/" in attribute and "relationships}" in attribute and value and value not in known:
                yield f"{name}: {value} is no relationship"
    for target in root.iter("{*}spTgt"):
        if target.get("spid") not in ids and ids:
            yield f"{name}: an animation of shape {target.get('spid')}, which is not there"
    for table in root.iter("{http://schemas.openxmlformats.org/drawingml/2006/main}tbl"):
        columns = len(table.find("{*}tblGrid"))
        if any(len(row.findall("{*}tc")) != columns for row in table.findall("{*}tr")):
            yield f"{name}: a table's rows and grid disagree"


def _broken_reading(data: bytes, result: Result, edit: Edit) -> Iterator[str]:
    old, new = Presentation(data).view(), Presentation(result.data).view()
    counts = {AddSlide: 1, DuplicateSlide: 1, DeleteSlide: -1}
    if len(new.slides) != len(old.slides) + counts.get(type(edit), 0):
        yield f"{len(old.slides)} slides became {len(new.slides)}"
    texts = [paragraph.text for paragraph in paragraphs_in(new)]
    rows = [row for slide in new.slides for shape in shapes_in(slide.shapes) for row in shape.rows]
    cells = [cell.text for row in rows for cell in row.cells]
    match edit:
        case ReplaceText() | InsertParagraph() if edit.text not in "\x00".join(texts):
            yield f"the words are not there: {edit.text!r}"
        case SetText() if not {"First line", "deeper \u00e9", "A break\ninside"} <= set(texts):
            yield "the text is not there"
        case SetCell() if edit.text not in cells:
            yield f"the cell's text is not there: {cells}"
        case SetNotes() if edit.text not in [slide.notes.text for slide in new.slides if slide.notes]:
            yield "the notes are not there"
        case AddComment() | ReplyComment():
            comments = [comment for slide in new.slides for comment in slide.comments]
            if (edit.text, AUTHOR) not in [(comment.text, comment.author) for comment in comments]:
                yield "the comment is not there"
        case _:
            pass
    if isinstance(edit, DuplicateSlide):
        yield from _broken_copy(old, new, edit)


def _broken_copy(old: PresentationView, new: PresentationView, edit: DuplicateSlide) -> Iterator[str]:
    at = next(number for number, slide in enumerate(old.slides) if slide.anchor == edit.at)
    original, copy = new.slides[at], new.slides[at + 1]
    texts = [
        [(shape.kind, shape.chart, [p.text for p in shape.paragraphs]) for shape in shapes_in(slide.shapes)]
        for slide in (original, copy)
    ]
    if texts[0] != texts[1]:
        yield "the copy says something else"
    if (original.notes is None) != (copy.notes is None):
        yield "the copy's notes are not the original's"
