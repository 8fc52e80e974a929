"""Reviewers' copies of one document merged: comments of all, and the changes of each under its author's name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from polydesk.core.errors import OfficeError
from polydesk.office.docx.apply import apply_edits
from polydesk.office.docx.differences import edits_between, inexpressible
from polydesk.office.docx.document import Document, refuse_protected
from polydesk.office.docx.edits import AcceptChange, AddComment, Edit, ReplaceText, ResolveComment
from polydesk.office.docx.edits_content import SetProperties
from polydesk.office.docx.importing import Importer
from polydesk.office.docx.importing_comments import import_comments
from polydesk.office.docx.inline import paragraph_text
from polydesk.office.docx.place_comments import place_comments
from polydesk.office.docx.revisions import Revisions
from polydesk.office.docx.stories import Stories
from polydesk.office.edits import TypedEdit, kind_of
from polydesk.office.opc.package import Package
from polydesk.office.results import Result
from polydesk.office.worddiff import word_differences


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One reviewer's copy."""

    document: Document
    name: str
    """Author of changes that the copy holds without saying whose they are, such as its file name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged(Result):
    """The base with the changes of all reviewers; `edits` is empty."""

    change_ids: tuple[str, ...]
    comment_ids: tuple[str, ...]
    conflicts: tuple[str, ...]
    """Sentences on changes that contradict others. The later reviewer's stands in a comment instead."""


@dataclass(slots=True)
class _Proposal:
    edit: Edit
    author: str


def merge(base: Document, reviews: Sequence[Review], *, at: datetime, ignore_protection: bool = False) -> Merged:
    """The base with every reviewer's changes as tracked changes by that reviewer, and all comments.

    What the base holds tracked already counts as accepted. Where two reviewers change the same words in different ways
    the first one's change is made and the other's becomes a comment by its author, and is told. Changes that two agree
    on are made once. Raises ProtectedDocumentError for a signed or protected base unless `ignore_protection`.
    """
    if not ignore_protection:
        refuse_protected(Package.open(base.data, path=base.path))
    plain = _accepted(base)
    notes: list[str] = []
    if plain is not base:
        notes.append("The first document holds tracked changes; its text with all of them accepted is the base.")
    copies = [_accepted(review.document) for review in reviews]
    authors = [_author(base, review) for review in reviews]
    chosen, conflicts = _weighed(plain, copies, authors)
    for review, copy in zip(reviews, copies, strict=True):
        for left in inexpressible(plain, copy):
            if not left.startswith("the comment"):
                notes.append(f"{review.name}: {left} could not be merged; see that copy.")
    return _made(base, plain, copies, authors, chosen, conflicts, notes, at)


def _made(
    base: Document,
    plain: Document,
    copies: Sequence[Document],
    authors: Sequence[str],
    chosen: Sequence[_Proposal],
    conflicts: Sequence[_Proposal],
    notes: list[str],
    at: datetime,
) -> Merged:
    stories = Stories(Package.open(plain.data, path=base.path))
    revisions = Revisions(stories, author="", at=at)
    told = [_as_comment(conflict) for conflict in conflicts]
    edits = [*(item.edit for item in chosen), *(item.edit for item in told)]
    by = [*(item.author for item in chosen), *(item.author for item in told)]
    paragraphs = {part: list(stories.paragraphs(part)) for part in stories.story_parts()}
    apply_edits(stories, edits, revisions, authors=by)
    for copy, author in zip(copies, authors, strict=True):
        revisions.author = author
        source = Stories(Package.open(copy.data))
        importer = Importer(source, stories, revisions)
        import_comments(importer, stories, source)
        notes += place_comments(importer, stories, source, paragraphs.get(stories.main_part, []))
    data = stories.save()
    view = Document(data, path=base.path).view()
    before, after = Package.open(base.data), Package.open(data)
    return Merged(
        data=data,
        edits=(),
        changed_parts=tuple(
            part for part in after.part_names() if not before.has(part) or before.read(part) != after.read(part)
        ),
        change_ids=tuple(change.id for change in view.changes),
        comment_ids=tuple(comment.id for comment in view.comments),
        conflicts=tuple(_sentence(conflict) for conflict in conflicts),
        notes=tuple(dict.fromkeys(notes)),
    )


def _accepted(document: Document) -> Document:
    if not document.changes():
        return document
    data = document.apply([AcceptChange(change="*")], ignore_protection=True).data
    return Document(data, path=document.path)


def _author(base: Document, review: Review) -> str:
    """Who changed most in the copy; its name when nobody is named."""
    known = {(change.author, change.date, change.text) for change in base.changes()}
    own = [c for c in review.document.changes() if (c.author, c.date, c.text) not in known and c.author]
    counted = Counter(change.author for change in own).most_common(1)
    return counted[0][0] if counted else review.name


def _weighed(
    base: Document, copies: Sequence[Document], authors: Sequence[str]
) -> tuple[list[_Proposal], list[_Proposal]]:
    """What is to be made, and what contradicts what is."""
    chosen: list[_Proposal] = []
    conflicts: list[_Proposal] = []
    texts = _texts(base)
    for copy, author in zip(copies, authors, strict=True):
        mine = [p for edit in edits_between(base, copy) for p in _small(edit, texts, author)]
        for proposal in mine:
            if isinstance(proposal.edit, AddComment | ResolveComment | SetProperties):
                continue  # Comments come whole, with their threads.
            if any(_same(proposal.edit, other.edit) for other in chosen):
                continue
            if _fits(base, [*(item.edit for item in chosen), proposal.edit], chosen, author):
                chosen.append(proposal)
            else:
                conflicts.append(proposal)
    return chosen, conflicts


def _texts(base: Document) -> dict[str, str]:
    stories = Stories(Package.open(base.data))
    return {
        f"{stories.name_of(part)}/p{number}": paragraph_text(paragraph)
        for part in stories.story_parts()
        for number, paragraph in enumerate(stories.paragraphs(part), 1)
    }


def _small(edit: Edit, texts: dict[str, str], author: str) -> Iterator[_Proposal]:
    """A rewritten paragraph as its smallest replacements, which others' may stand beside."""
    if not isinstance(edit, ReplaceText):
        yield _Proposal(edit, author)
        return
    for change in word_differences(texts[edit.at.partition("~")[0]], edit.text):
        span = ReplaceText(at=edit.at, text=change.text, start=change.start, end=change.end)
        yield _Proposal(span, author)


def _same(one: TypedEdit, other: TypedEdit) -> bool:
    return msgspec.json.encode(one) == msgspec.json.encode(other)


def _fits(base: Document, edits: Sequence[Edit], chosen: Sequence[_Proposal], author: str) -> bool:
    """Whether the last edit can be made beside the others: it names no place that another one rebuilds."""
    last = edits[-1]
    place = _place(last)
    if any(_clash(item.edit, last) for item in chosen if item.author != author and _place(item.edit) == place):
        return False
    stories = Stories(Package.open(base.data))
    try:
        apply_edits(stories, [e for e in edits if _place(e) == place], _silent(stories))
    except OfficeError:
        return False
    return True


def _silent(stories: Stories) -> Revisions:
    return Revisions(stories, author="", at=datetime.fromtimestamp(0).astimezone())


def _place(edit: Edit) -> str:
    names = (getattr(edit, name, None) for name in ("at", "after", "before"))
    return next((name for name in names if name is not None), "")


_TAKES_AWAY = frozenset({"delete_paragraph", "delete_row", "delete_table", "delete_column"})
_ALONE = frozenset({"set_style", "set_paragraph_format", "set_list", "set_section", "set_cell"})


def _clash(one: Edit, other: Edit) -> bool:
    """Whether two edits of the same place contradict each other in a way that their application does not show."""
    kinds = {kind_of(one), kind_of(other)}
    if kinds & _TAKES_AWAY:
        return not any(kind.startswith("insert") for kind in kinds)
    return kind_of(one) == kind_of(other) and kind_of(one) in _ALONE


def _as_comment(conflict: _Proposal) -> _Proposal:
    """The proposal as a comment by its author at the place that it is about."""
    place = _place(conflict.edit)
    anchor = place if "/p" in place else "body/p1"
    return _Proposal(AddComment(at=anchor, text=_proposed(conflict)), conflict.author)


def _proposed(conflict: _Proposal) -> str:
    edit = conflict.edit
    if isinstance(edit, ReplaceText):
        return f"Proposed here instead (characters {edit.start} to {edit.end}): {edit.text or 'nothing'}"
    text = getattr(edit, "text", "")
    return f"Proposed here instead: {kind_of(edit).replace('_', ' ')} {text}".rstrip()


def _sentence(conflict: _Proposal) -> str:
    return f"{conflict.author} at {_place(conflict.edit)}: {_proposed(conflict)}"
