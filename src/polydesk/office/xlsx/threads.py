"""Threads of comments, and the persons who wrote them ([MS-XLSX] 2.1.10, 2.1.28 and 2.6.203)."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import NamedTuple

from lxml import etree

from polydesk.office.ooxml.part import Element, XmlPart
from polydesk.office.xlsx.guards import linked_parts
from polydesk.office.xlsx.sheet_tabs import free_part
from polydesk.office.xlsx.state import SheetState, WorkbookState

TC = "{http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments}"
_PERSON_TYPE = "application/vnd.ms-excel.person+xml"
_PERSON_RELATIONSHIP = "http://schemas.microsoft.com/office/2017/10/relationships/person"
_NOBODY = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<personList xmlns="{TC[1:-1]}"></personList>'


class Thread(NamedTuple):
    """The comment on a cell, and its answers."""

    part: XmlPart
    first: Element
    answers: list[Element]


def thread_at(state: WorkbookState, sheet: SheetState, cell: str) -> Thread | None:
    """The thread on a cell; None when there is none."""
    for name in linked_parts(state, sheet, "threadedComment"):
        part = XmlPart(state.package.read(name), name=name, path=state.path, tracked=("threadedComment",))
        own = [item for item in part.root.iterchildren("{*}threadedComment") if item.get("ref") == cell]
        first = next((item for item in own if not item.get("parentId")), None)
        if first is not None:
            return Thread(part, first, [item for item in own if item is not first])
    return None


def answer(state: WorkbookState, thread: Thread, text: str, *, author: str, at: datetime | None) -> None:
    """Put an answer at the end of a thread."""
    first, part = thread.first, thread.part
    item = etree.Element(first.tag, nsmap={None: TC[1:-1]})  # pyright: ignore[reportArgumentType]  # None is the default namespace
    moment = (at or datetime.now(UTC)).astimezone(UTC)
    item.set("ref", first.get("ref", ""))
    item.set("dT", f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 10_000:02d}")
    item.set("personId", _person(state, author))
    item.set("id", _guid(f"{part.name} {first.get('id')} {len(thread.answers)} {author} {text}"))
    item.set("parentId", first.get("id", ""))
    words = etree.SubElement(item, first.tag[: -len("threadedComment")] + "text")
    words.text = text
    part.insert_after(thread.answers[-1] if thread.answers else first, item)
    state.package.replace(part.name, part.data())


def resolve(state: WorkbookState, thread: Thread, *, done: bool) -> None:
    """Mark a thread as done, or as open."""
    thread.part.set_attribute(thread.first, "done", "1" if done else None)
    state.package.replace(thread.part.name, thread.part.data())


def drop_thread(state: WorkbookState, sheet: SheetState, thread: Thread) -> None:
    """Take a thread away, and the part when it was the last."""
    for item in (thread.first, *thread.answers):
        thread.part.remove(item)
    state.package.replace(thread.part.name, thread.part.data())
    if next(thread.part.root.iterchildren("{*}threadedComment"), None) is None:
        drop_linked(state, sheet, thread.part.name)


def drop_linked(state: WorkbookState, sheet: SheetState, name: str) -> None:
    """Take a part out that only this sheet leads to, with the relationship."""
    for link in state.package.relationships(sheet.part):
        if state.package.resolve(sheet.part, link) == name:
            state.package.remove_relationship(sheet.part, link.id)
    state.package.remove(name)


def _person(state: WorkbookState, name: str) -> str:
    """The id of a person of that name, who is entered when there is none."""
    package = state.package
    links = [link for link in package.relationships(state.main) if link.kind == "person"]
    found = next((part for link in links if (part := package.resolve(state.main, link)) is not None), None)
    if found is None:
        found = free_part(state, "/xl/persons/person{}.xml")
        package.add(found, _NOBODY.encode(), _PERSON_TYPE)
        package.add_relationship(state.main, _PERSON_RELATIONSHIP, found)
    part = XmlPart(package.read(found), name=found, path=state.path, tracked=("person",))
    for item in part.root.iterchildren("{*}person"):
        if item.get("displayName") == name and item.get("providerId", "None") == "None":
            return item.get("id", "")
    new = etree.Element(f"{TC}person", nsmap={None: TC[1:-1]})  # pyright: ignore[reportArgumentType]  # None is the default namespace
    id = _guid(f"person {name}")
    for attribute, value in (("displayName", name), ("id", id), ("userId", name), ("providerId", "None")):
        new.set(attribute, value)
    part.append(part.root, new)
    package.replace(found, part.data())
    return id


def _guid(seed: str) -> str:
    return "{" + str(uuid.uuid5(uuid.NAMESPACE_OID, seed)).upper() + "}"
