"""How notes and comments are made, changed, answered and deleted (ECMA-376-1 §18.7, [MS-XLSX] 2.6.203)."""

from __future__ import annotations

from copy import deepcopy

from polydesk.core.errors import AnchorNotFoundError, UnsupportedEditError
from polydesk.office.ooxml.names import XML, S
from polydesk.office.ooxml.part import Element, XmlPart
from polydesk.office.xlsx.addresses import address, cell_name
from polydesk.office.xlsx.elements import sibling
from polydesk.office.xlsx.escapes import from_xml, to_xstring, unescaped
from polydesk.office.xlsx.guards import linked_parts
from polydesk.office.xlsx.making import LOOKS, OBJECTS, Maker, Makers, Making
from polydesk.office.xlsx.note_shapes import drop_box, put_box
from polydesk.office.xlsx.object_edits import AddComment, DeleteComment, EditComment, ReplyComment, ResolveComment
from polydesk.office.xlsx.sheet_drawings import in_dialect, relationship_type
from polydesk.office.xlsx.sheet_tabs import free_part
from polydesk.office.xlsx.state import Place, SheetState, WorkbookState
from polydesk.office.xlsx.threads import Thread, answer, drop_linked, drop_thread, resolve, thread_at

MAX_TEXT = 32_767
"""Characters that a cell holds, and that are allowed to a note."""

_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_RELATIONSHIP = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/comments"
_EMPTY = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    f'<comments xmlns="{S[1:-1]}"><authors></authors><commentList></commentList></comments>'
).encode()


def _opened(state: WorkbookState, sheet: SheetState) -> XmlPart | None:
    """The sheet's notes; None when it has none."""
    for name in linked_parts(state, sheet, "comments"):
        return XmlPart(
            state.package.read(name),
            name=name,
            path=state.path,
            tracked=("authors", "author", "commentList", "comment"),
        )
    return None


def _note(part: XmlPart | None, place: Place) -> Element | None:
    if part is None:
        return None
    cell = cell_name(place.area.top, place.area.left)
    notes = part.root.iterfind("{*}commentList/{*}comment")
    return next((note for note in notes if note.get("ref") == cell), None)


def _thread(making: Making, place: Place) -> Thread | None:
    return thread_at(making.state, place.sheet, cell_name(place.area.top, place.area.left))


def _cell(making: Making, at: str) -> Place:
    """The one cell that an address names."""
    place = making.place(at)
    if (place.area.height, place.area.width) != (1, 1):
        raise UnsupportedEditError(f"{at} names no single cell")
    place.sheet.stream  # noqa: B018  # refuses a sheet without cells
    return place


def _refuse_text(text: str) -> None:
    if not text.strip() or len(text) > MAX_TEXT:
        raise UnsupportedEditError(f"a comment has from 1 to {MAX_TEXT:,} characters")


def _words(note: Element) -> str:
    return "".join(unescaped(piece.text or "") for piece in note.iter("{*}t"))


def _prepare_add(making: Making, edit: AddComment) -> None:
    place = _cell(making, edit.at)
    _refuse_text(edit.text)
    if _note(_opened(making.state, place.sheet), place) is not None or _thread(making, place) is not None:
        raise UnsupportedEditError(
            f"{address(place.sheet.name, place.area)} has a comment already; edit it, answer it, or delete it first"
        )
    making.claim(place.sheet, place.area, "comment")
    making.outcome.after = edit.text


def _make_add(making: Making, edit: AddComment) -> None:
    state, place = making.state, making.state.place(edit.at)
    part = _opened(state, place.sheet) or _new(state, place.sheet)
    notes = next(part.root.iterchildren("{*}commentList"), None)
    if notes is None:
        notes = sibling(part.root, "commentList")
        part.append(part.root, notes)
    note = sibling(part.root, "comment")
    note.set("ref", cell_name(place.area.top, place.area.left))
    note.set("authorId", str(_author(part, making.claims.author)))
    text = sibling(part.root, "text")
    text.append(_written(part, edit.text))
    note.append(text)
    part.append(notes, note)
    state.package.replace(part.name, part.data())
    put_box(state, place.sheet, place.area.top, place.area.left)


def _new(state: WorkbookState, sheet: SheetState) -> XmlPart:
    assert sheet.part is not None
    name = free_part(state, "/xl/comments{}.xml")
    state.package.add(name, in_dialect(_EMPTY, strict=state.workbook.is_strict), _TYPE)
    state.package.add_relationship(sheet.part, relationship_type(state, _RELATIONSHIP), name)
    part = _opened(state, sheet)
    assert part is not None
    return part


def _author(part: XmlPart, name: str) -> int:
    """The number of an author, who is entered when there is none of that name."""
    container = next(part.root.iterchildren("{*}authors"), None)
    if container is None:
        container = sibling(part.root, "authors")
        first = next(part.root.iterchildren("*"), None)
        if first is None:
            part.append(part.root, container)
        else:
            part.insert_before(first, container)
    authors = list(container.iterchildren("{*}author"))
    for index, author in enumerate(authors):
        if (author.text or "") == name:
            return index
    new = sibling(part.root, "author")
    new.text = _xstring(name)
    part.append(container, new)
    return len(authors)


def _xstring(text: str) -> str:
    return from_xml(to_xstring(text.replace("\r\n", "\n")).encode())


def _written(part: XmlPart, text: str) -> Element:
    element = sibling(part.root, "t")
    element.text = _xstring(text)
    element.set(f"{XML}space", "preserve")
    return element


def _prepare_edit(making: Making, edit: EditComment) -> None:
    place = _cell(making, edit.at)
    _refuse_text(edit.text)
    if _thread(making, place) is not None:
        raise UnsupportedEditError("a comment in a thread is its author's; answer it with reply_comment instead")
    note = _note(_opened(making.state, place.sheet), place)
    if note is None:
        raise AnchorNotFoundError(f"{address(place.sheet.name, place.area)} has no note")
    making.claim(place.sheet, place.area, "comment")
    making.outcome.before, making.outcome.after = _words(note), edit.text


def _make_edit(making: Making, edit: EditComment) -> None:
    place = making.state.place(edit.at)
    part = _opened(making.state, place.sheet)
    note = _note(part, place)
    assert part is not None
    assert note is not None
    _set_words(part, note, edit.text)
    making.state.package.replace(part.name, part.data())


def _set_words(part: XmlPart, note: Element, text: str) -> None:
    """Give a note other words, which look as its last ones did: the first are often the author's name in bold."""
    part.touch(note)
    holder = next(note.iterchildren("{*}text"), None)
    if holder is None:
        holder = sibling(part.root, "text")
        note.insert(0, holder)
    looks = [look for run in holder.iterchildren("{*}r") for look in run.iterchildren("{*}rPr")]
    for child in list(holder):
        holder.remove(child)
    words = _written(part, text)
    if not looks:
        holder.append(words)
        return
    run = sibling(part.root, "r")
    run.append(deepcopy(looks[-1]))
    run.append(words)
    holder.append(run)


def _prepare_delete(making: Making, edit: DeleteComment) -> None:
    place = _cell(making, edit.at)
    note, thread = _note(_opened(making.state, place.sheet), place), _thread(making, place)
    if note is None and thread is None:
        raise AnchorNotFoundError(f"{address(place.sheet.name, place.area)} has no comment")
    for aspect in ("comment", "answer", "done"):
        making.claim(place.sheet, place.area, aspect)
    making.outcome.before = _said(thread) if thread is not None else _words(note) if note is not None else None


def _said(thread: Thread) -> str:
    return "\n".join(item.findtext("{*}text") or "" for item in (thread.first, *thread.answers))


def _make_delete(making: Making, edit: DeleteComment) -> None:
    state, place = making.state, making.state.place(edit.at)
    thread = _thread(making, place)
    if thread is not None:
        drop_thread(state, place.sheet, thread)
    part = _opened(state, place.sheet)
    note = _note(part, place)
    if part is not None and note is not None:
        part.remove(note)
        state.package.replace(part.name, part.data())
        if next(part.root.iterfind("{*}commentList/{*}comment"), None) is None:
            drop_linked(state, place.sheet, part.name)
    drop_box(state, place.sheet, place.area.top, place.area.left)


def _answered(making: Making, at: str) -> tuple[Place, Thread]:
    place = _cell(making, at)
    thread = _thread(making, place)
    if thread is None:
        kind = "a note, which takes no answers" if _note(_opened(making.state, place.sheet), place) is not None else ""
        raise AnchorNotFoundError(f"{address(place.sheet.name, place.area)} has {kind or 'no comment'}")
    return place, thread


def _prepare_reply(making: Making, edit: ReplyComment) -> None:
    place, thread = _answered(making, edit.at)
    _refuse_text(edit.text)
    making.claim(place.sheet, place.area, "answer")
    making.outcome.before, making.outcome.after = _said(thread), edit.text


def _make_reply(making: Making, edit: ReplyComment) -> None:
    place, thread = _answered(making, edit.at)
    answer(making.state, thread, _xstring(edit.text), author=making.claims.author, at=making.claims.at)
    _tell_older_programs(making.state, place, edit.text)


def _tell_older_programs(state: WorkbookState, place: Place, text: str) -> None:
    """The note that stands for a thread where threads are not known says all of it (as Excel writes it)."""
    part = _opened(state, place.sheet)
    note = _note(part, place)
    if part is not None and note is not None:
        _set_words(part, note, f"{_words(note).rstrip()}\nReply:\n    {text}")
        state.package.replace(part.name, part.data())


def _prepare_resolve(making: Making, edit: ResolveComment) -> None:
    place, thread = _answered(making, edit.at)
    making.claim(place.sheet, place.area, "done")
    done = thread.first.get("done") in ("1", "true")
    making.outcome.before, making.outcome.after = ("done" if done else "open"), ("done" if edit.done else "open")


def _make_resolve(making: Making, edit: ResolveComment) -> None:
    _, thread = _answered(making, edit.at)
    resolve(making.state, thread, done=edit.done)


COMMENT_MAKERS: Makers = {
    AddComment: Maker(OBJECTS, _prepare_add, _make_add),
    EditComment: Maker(LOOKS, _prepare_edit, _make_edit),
    DeleteComment: Maker(LOOKS, _prepare_delete, _make_delete),
    ReplyComment: Maker(LOOKS, _prepare_reply, _make_reply),
    ResolveComment: Maker(LOOKS, _prepare_resolve, _make_resolve),
}
