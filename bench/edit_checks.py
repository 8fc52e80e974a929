"""One document under measurement: opened, edited in every way, and each result compared with the original."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import docx
from docx.opc.constants import RELATIONSHIP_TYPE

from bench.edit_cases import NEW_TEXT, Case, cases
from bench.packages import Block, Comparison, as_utf8, blocks, changed_only_within, compare, part
from polydesk.core.errors import OfficeError, UnreadableDocumentError
from polydesk.office.docx.document import Document, open_document
from polydesk.office.docx.edits import AcceptChange, RejectChange
from polydesk.office.docx.views import BlockView, DocumentView, ParagraphView
from polydesk.office.results import Result

CONTENT_TYPES = "[Content_Types].xml"


@dataclass(slots=True)
class Measured:
    """What one edit of one file did. True, False, or None where the question does not arise."""

    label: str
    tracked: bool
    refused: str | None = None
    crashed: str | None = None
    others_raw: bool | None = None
    """Every other member has its raw bytes."""
    others_content: bool | None = None
    parts_kept: float | None = None
    """Share of the other parts that have their bytes."""
    only_the_edit: bool | None = None
    """The edited part has its bytes outside the blocks that the edit names."""
    shown: bool | None = None
    """The result opens again and reads as the edit wants."""
    undone: bool | None = None
    """Rejecting what a tracked edit made gives back the original's words and styles."""
    as_direct: bool | None = None
    """Accepting what a tracked edit made gives what the direct edit gives."""
    cpu_ms: float | None = None
    """Processor time of open, edit, save."""


@dataclass(slots=True)
class FileResult:
    """What one program did with one file."""

    path: str
    program: str
    opened: bool = False
    refused: str | None = None
    crashed: str | None = None
    unchanged_save: bool | None = None
    """Saving with no edit gives the identical file."""
    edits: list[Measured] = field(default_factory=list[Measured])


def measure(task: tuple[str, str, int]) -> dict[str, Any]:
    """The result for (program, path, places), as plain data."""
    program, path, places = task
    data = Path(path).read_bytes()
    result = _with_python_docx(path, data) if program == "python-docx" else _with_polydesk(path, data, places)
    return asdict(result)


# Polydesk -----------------------------------------------------------------------------------------------------


def _with_polydesk(path: str, data: bytes, places: int) -> FileResult:
    result = FileResult(path, "polydesk")
    try:
        document = open_document(data)
        view = document.view()
    except UnreadableDocumentError as exc:
        result.refused = str(exc)
        return result
    except Exception as exc:  # a door: crashes are counted
        result.crashed = _told(exc)
        return result
    result.opened = True
    result.unchanged_save = document.apply([]).data == data
    for case in cases(view, places):
        result.edits += _edited(document, view, case)
    return result


def _edited(document: Document, view: DocumentView, case: Case) -> Iterator[Measured]:
    """The edit made directly and, where there is such a thing, tracked."""
    direct: Result | None = None
    for tracked in (False, True) if "tracked" in case.edit.__struct_fields__ else (False,):
        measured = Measured(case.label, tracked)
        try:
            started = time.process_time()
            result = open_document(document.data).apply([case.edit], tracked=tracked, ignore_protection=True)
            measured.cpu_ms = (time.process_time() - started) * 1000
            check_bytes(document.data, result, case, measured)
            _check_words(view, result, case, measured)
            if tracked:
                _check_both_ways(view, result, direct, measured)
            else:
                direct = result
        except OfficeError as exc:
            if measured.cpu_ms is None:
                measured.refused = f"{type(exc).__name__}: {exc}"
            else:
                measured.crashed = f"the result is not read again: {exc}"
        except Exception as exc:  # a door: crashes are counted
            measured.crashed = _told(exc)
        yield measured


def check_bytes(before: bytes, result: Result, case: Case, measured: Measured) -> None:
    """Fill in what the bytes of `result` say of the edit."""
    comparison = compare(before, result.data)
    named = _may_change(comparison, case)
    measured.others_raw = comparison.others_same_raw(named)
    measured.others_content = comparison.others_same_content(named)
    measured.parts_kept = comparison.share_of_parts_kept(named)
    if result.data == before:
        return
    checks = [_only_the_edit(part(before, name), part(result.data, name), name, case) for name in comparison.changed]
    known = [check for check in checks if check is not None]
    measured.only_the_edit = all(known) if known else None


def _may_change(comparison: Comparison, case: Case) -> set[str]:
    """The members that the edit may change or add, by what docs/reference/edits.md says of it."""
    every = {*comparison.same, *comparison.repacked, *comparison.changed, *comparison.lost, *comparison.added}
    stories = r"(document|header|footer|footnotes|endnotes|comments)\d*\.xml"
    if case.story is not None:
        named = {name for name in every if f"/{name}" == case.story}
    else:
        named = {name for name in every if re.fullmatch(stories, PurePosixPath(name).name)}
    named |= {name for name in every if any(re.fullmatch(pattern, name) for pattern in case.members)}
    if case.comments:
        named |= {name for name in every if re.search(r"/comments(Extended)?\d*\.xml$", f"/{name}")}
        if any("comments" in name for name in comparison.added):
            named |= {CONTENT_TYPES, *(name for name in every if re.search(r"_rels/[^/]+\.xml\.rels$", name))}
    return named


def _only_the_edit(before: bytes, after: bytes, name: str, case: Case) -> bool | None:
    """Whether the part changed where the edit is and nowhere else; None where that is not bounded."""
    before, after = as_utf8(before), as_utf8(after)
    if f"/{name}" == case.story:
        span = _reach(blocks(before), case)
        return None if span is None else changed_only_within(before, after, *span)
    if case.reach == "part":
        return None
    last_tag = before.rindex(b"<")  # parts of rows, such as relationships: new rows stand last
    is_empty_tag = not before.startswith(b"</", last_tag)
    return changed_only_within(before, after, last_tag, len(before) if is_empty_tag else last_tag)


def _reach(all_blocks: list[Block], case: Case) -> tuple[int, int] | None:
    if case.reach == "part" or not case.anchors:
        return None
    found = [_outermost(_at(all_blocks, anchor)) for anchor in case.anchors]
    if case.label == "delete_row":
        found = [_table_of_only(row, all_blocks) for row in found]
    start, end = min(block.start for block in found), max(block.end for block in found)
    if case.reach == "own":
        return start, end
    parents = {id(block.parent) for block in found}
    siblings = [block for block in all_blocks if id(block.parent) in parents]
    start = max((block.start for block in siblings if block.end <= start), default=start)
    end = min((block.end for block in siblings if block.start >= end), default=end)
    return start, end


def _at(all_blocks: list[Block], anchor: str) -> Block:
    place = anchor.partition("~")[0].split("/")[1:]
    block: Block | None = None
    for step in place:
        name = {"p": "p", "t": "tbl", "r": "tr", "c": "tc"}[step[0]]
        candidates = [item for item in all_blocks if item.name == name and (block is None or item.parent is block)]
        block = candidates[int(step[1:]) - 1]
    assert block is not None
    return block


def _outermost(block: Block) -> Block:
    """The paragraph around a block of a text box: the same words may stand in it twice, for old readers."""
    around, found = block.parent, block
    while around is not None:
        found = around if around.name == "p" else found
        around = around.parent
    return found


def _table_of_only(row: Block, all_blocks: list[Block]) -> Block:
    """The table, where the row is its only one and takes it along; else the row."""
    rows = [block for block in all_blocks if block.parent is row.parent and block.name == "tr"]
    return row.parent if len(rows) == 1 and row.parent is not None else row


def _check_words(view: DocumentView, result: Result, case: Case, measured: Measured) -> None:
    after = open_document(result.data).view()
    measured.shown = _is_shown(view, after, case, tracked=measured.tracked)


def _is_shown(before: DocumentView, after: DocumentView, case: Case, *, tracked: bool) -> bool:
    if case.members:
        return True  # that it opens again: what such an edit shows is not words alone
    old, new = _reading(before), _reading(after)
    if case.expected is not None or case.style is not None:
        number = case.anchors[0].partition("~")[0]
        found = next(item for item in _all_paragraphs(after) if item.anchor.partition("~")[0] == number)
        return case.expected in (None, found.text) and case.style in (None, found.style)
    match case.label:
        case "add_comment" | "reply_comment":
            return len(after.comments) == len(before.comments) + 1
        case "insert_paragraph" | "set_cell":
            return any(NEW_TEXT in text for text, _ in new)
        case "insert_row":
            return len(new) > len(old)
        case "delete_paragraph" | "delete_row":
            fewer = len(new) < len(old) or sum(map(len, _texts(new))) < sum(map(len, _texts(old)))
            return tracked or fewer or not case.words  # an empty paragraph that must remain shows nothing
        case "accept_change all" | "reject_change all":
            return not after.changes
        case "accept_change" | "reject_change":
            return len(after.changes) < len(before.changes)
        case _:
            return sorted(_texts(new)) == sorted(_texts(old)) or tracked


def _texts(reading: list[tuple[str, str | None]]) -> list[str]:
    return [text for text, _ in reading]


def _check_both_ways(view: DocumentView, result: Result, direct: Result | None, measured: Measured) -> None:
    ids = result.edits[0].change_ids
    if not ids:
        return
    rejected = _settled(result.data, ids, RejectChange, alone=not view.changes)
    measured.undone = _reading(rejected.view()) == _reading(view)
    if direct is not None:
        accepted = _settled(result.data, ids, AcceptChange, alone=not view.changes)
        measured.as_direct = _reading(accepted.view()) == _reading(open_document(direct.data).view())


def _settled(data: bytes, ids: tuple[str, ...], verdict: type[AcceptChange | RejectChange], *, alone: bool) -> Document:
    """The document with the changes settled; `alone` says that it has no others."""
    document = open_document(data)
    if alone:
        return open_document(document.apply([verdict(change="*")], ignore_protection=True).data)
    for id in ids:
        if any(change.id == id for change in document.changes()):  # both ends of a move go together
            document = open_document(document.apply([verdict(change=id)], ignore_protection=True).data)
    return document


def _reading(view: DocumentView) -> list[tuple[str, str | None]]:
    return [(paragraph.text, paragraph.style) for paragraph in _all_paragraphs(view)]


def _all_paragraphs(view: DocumentView) -> Iterator[ParagraphView]:
    for story in view.stories:
        yield from _of_blocks(story.blocks)


def _of_blocks(story_blocks: tuple[BlockView, ...]) -> Iterator[ParagraphView]:
    for block in story_blocks:
        if isinstance(block, ParagraphView):
            yield block
        else:
            for row in block.rows:
                for cell in row.cells:
                    yield from _of_blocks(cell.blocks)


# python-docx --------------------------------------------------------------------------------------------------


def _with_python_docx(path: str, data: bytes) -> FileResult:
    """Open, add a run to the first paragraph, save."""
    result = FileResult(path, "python-docx")
    measured = Measured("add a run", tracked=False)
    try:
        started = time.process_time()
        document = docx.Document(io.BytesIO(data))
    except Exception as exc:  # a door: python-docx refuses by many classes, and crashes by others
        result.refused = _told(exc)
        return result
    result.opened = True
    try:
        paragraph = document.paragraphs[0] if document.paragraphs else document.add_paragraph()
        paragraph.add_run(" indeed")
        out = io.BytesIO()
        document.save(out)
        measured.cpu_ms = (time.process_time() - started) * 1000
        main = document.part.package.part_related_by(RELATIONSHIP_TYPE.OFFICE_DOCUMENT).partname.lstrip("/")
        _check_bytes_of_peer(data, out.getvalue(), main, measured)
        out = io.BytesIO()
        docx.Document(io.BytesIO(data)).save(out)
        result.unchanged_save = out.getvalue() == data
    except Exception as exc:  # a door: crashes are counted
        measured.crashed = _told(exc)
    result.edits.append(measured)
    return result


def _check_bytes_of_peer(before: bytes, after: bytes, main: str, measured: Measured) -> None:
    comparison = compare(before, after)
    measured.others_raw = comparison.others_same_raw({main})
    measured.others_content = comparison.others_same_content({main})
    measured.parts_kept = comparison.share_of_parts_kept({main})
    old, new = as_utf8(part(before, main)), as_utf8(part(after, main))
    first = next((block for block in blocks(old) if block.name == "p"), None)
    measured.only_the_edit = first is not None and changed_only_within(old, new, first.start, first.end)
    measured.shown = b" indeed" in new


def _told(exc: BaseException) -> str:
    return f"{type(exc).__name__}: {exc}"
