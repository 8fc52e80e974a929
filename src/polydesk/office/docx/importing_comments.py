"""Comments of one document brought into another: their words, threads and states."""

from __future__ import annotations

from copy import deepcopy

from polydesk.office.docx.comments import comment_text, comments_part, set_thread, threads
from polydesk.office.docx.importing import Importer
from polydesk.office.docx.inline import W_ID
from polydesk.office.docx.stories import Stories
from polydesk.office.ooxml.names import W
from polydesk.office.ooxml.part import Element


def import_comments(importer: Importer, target: Stories, source: Stories) -> list[str]:
    """Append the source's comments that the target lacks, and let marks of them come along; their new numbers."""
    name = source.related("comments")
    if name is None:
        return []
    known = _known(target)
    brought: dict[str, str] = {}
    for comment in source.part(name).root.findall(f"{W}comment"):
        key = _key(comment)
        if known.get(key, 0):
            known[key] -= 1
            continue
        brought[comment.get(W_ID, "")] = _append(importer, target, name, comment)
    importer.comments.update(brought)
    for number, thread in threads(source).items():
        if number in brought:
            parent = None if thread.parent is None else brought.get(thread.parent)
            set_thread(target, brought[number], parent, importer.revisions, resolved=thread.resolved)
    return list(brought.values())


def _append(importer: Importer, target: Stories, name: str, comment: Element) -> str:
    part = comments_part(target)
    copy = deepcopy(comment)
    copy.tail = None
    importer.adopt(copy, name, part.name)
    number = importer.revisions.new_id()
    copy.set(W_ID, number)
    part.append(part.root, copy)
    return number


def _known(stories: Stories) -> dict[tuple[str, ...], int]:
    name = stories.related("comments")
    found: dict[tuple[str, ...], int] = {}
    for comment in [] if name is None else stories.part(name).root.findall(f"{W}comment"):
        found[_key(comment)] = found.get(_key(comment), 0) + 1
    return found


def _key(comment: Element) -> tuple[str, ...]:
    """What makes two comments the same, also when a program has numbered them anew."""
    return comment.get(f"{W}author", ""), comment.get(f"{W}date", "")[:16], comment_text(comment)
