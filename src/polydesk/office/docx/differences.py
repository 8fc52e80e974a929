"""The edits that lead from one document to another, and what no edit can bring about."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from datetime import UTC, datetime

from polydesk.office.docx.aligning import aligned, gaps
from polydesk.office.docx.compare import compare
from polydesk.office.docx.compare_stories import Block, likeness
from polydesk.office.docx.core_properties import properties_of
from polydesk.office.docx.difference_looks import look_edits, paragraph_edits
from polydesk.office.docx.difference_tables import TableEdits, table_texts
from polydesk.office.docx.document import Document
from polydesk.office.docx.edits import AddComment, DeleteParagraph, Edit, InsertParagraph, ReplaceText, ResolveComment
from polydesk.office.docx.edits_content import InsertImage, SetProperties
from polydesk.office.docx.edits_layout import SetSection
from polydesk.office.docx.edits_tables import DeleteTable, InsertTable
from polydesk.office.docx.importing import note_of
from polydesk.office.docx.inline import OBJECTS, W_ID, W_P, paragraph_text
from polydesk.office.docx.places import Places
from polydesk.office.docx.properties import has_section
from polydesk.office.docx.sections import last_section, page_ends, section_values
from polydesk.office.docx.stories import Stories, child_blocks
from polydesk.office.docx.styles import Styles
from polydesk.office.docx.tokens import TEXT_BOX
from polydesk.office.docx.views import DocumentView
from polydesk.office.ooxml.names import W
from polydesk.office.ooxml.part import Element
from polydesk.office.opc.package import Package

_NOTES = {f"{W}footnoteReference": "footnotes", f"{W}endnoteReference": "endnotes"}
_THINGS = (*OBJECTS, *_NOTES)
_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)


def edits_between(a: Document, b: Document) -> list[Edit]:
    """The edits that, applied to `a` directly, give what `b` says; anchors are those of `a`.

    Tracked changes count as accepted. What the edits cannot bring about is left out; `inexpressible` says what.
    """
    if a.data == b.data:
        return []
    return _Differences(Stories(Package.open(a.data)), Stories(Package.open(b.data)), a.view(), b.view()).edits()


def inexpressible(a: Document, b: Document) -> list[str]:
    """Sentences on what still differs once the edits between them are made; empty when nothing does."""
    made = a.apply(edits_between(a, b), tracked=False, ignore_protection=True).data
    rest = compare(Document(made), b, author="", at=_ANY_DAY, ignore_protection=True)
    found = [
        f"{change.kind.replace('_', ' ')} {change.text!r} at {change.anchor or change.id}"
        for change in Document(rest.data).changes()
    ]
    left = [note for note in rest.notes if "tracked change" not in note]
    return [*found, *left, *_other_comments(Document(made).view(), b.view())]


def _other_comments(one: DocumentView, other: DocumentView) -> Iterator[str]:
    here, there = ([(comment.text, comment.resolved) for comment in view.comments] for view in (one, other))
    for text, _ in here:
        if text not in [known for known, _ in there]:
            yield f"the comment {text!r} is gone, and no edit takes a comment away"
    for text, resolved in there:
        if (text, resolved) not in here:
            yield f"the comment {text!r}, or its state, is new"


class _Differences:
    def __init__(self, old: Stories, new: Stories, view: DocumentView, other: DocumentView) -> None:
        self._old, self._new = old, new
        self._views = view, other
        self._styles = Styles(old), Styles(new)
        self._places = Places(old)
        self._pairs: dict[Element, Element] = {}
        """By paragraph of the second document: the one of the first that it answers to."""

    def edits(self) -> list[Edit]:
        """All of them, story by story."""
        body, other = (stories.main.root.find(f"{W}body") for stories in (self._old, self._new))
        found: list[Edit] = list(self._properties())
        if body is None or other is None:
            return found
        found += self._containers(body, other)
        found += self._page_ends()
        found += self._notes()
        found += self._sections(body, other)
        return [*found, *self._comments()]

    # Blocks -------------------------------------------------------------------------------------------------

    def _containers(self, one: Element, other: Element) -> Iterator[Edit]:
        old, new = ([Block(element) for element in child_blocks(holder)] for holder in (one, other))
        pairs = aligned(old, new, _key, _likeness)
        for i, j in pairs:
            yield from self._pair(old, i, new[j])
        between = list(gaps(pairs, len(old), len(new)))
        for mine, theirs in between:
            yield from self._gap(old, mine, [new[j] for j in theirs])

    def _pair(self, old: Sequence[Block], i: int, new: Block) -> Iterator[Edit]:
        if not new.is_table:
            yield from self._paragraph(old[i].element, new.element)
            return
        tables = TableEdits(self._places, self._containers)
        edits = list(tables.between(old[i].element, new.element))
        if tables.is_whole or not table_texts(new.element):
            yield from edits
            return
        # Rows that have other cells than their neighbours: the table is made anew.
        before, after = self._sides(old, range(i, i))
        if before is None and after is None:
            before, after = self._sides(old, range(i, i + 1))
        if before is not None or after is not None:
            yield DeleteTable(at=self._places.table(old[i].element))
            yield from self._new_block(new, before, after)

    def _gap(self, old: Sequence[Block], mine: range, new: list[Block]) -> Iterator[Edit]:
        """Edits that exchange the blocks `mine` of the first document for `new` ones."""
        gone = [old[i] for i in mine]
        same_number = len(gone) == len(new)
        while gone and new and _can_reword(gone[0], new[0], same_number=same_number):
            # What has nothing in common is rewritten in place, which keeps the place of both.
            yield from self._pair(old, mine.stop - len(gone), new.pop(0))
            gone.pop(0)
        yield from self._inserted(old, mine, new)
        for block in gone:
            if block.is_table:
                yield DeleteTable(at=self._places.table(block.element))
            elif not block.ends_section:
                yield DeleteParagraph(at=self._places.paragraph(block.element))

    def _inserted(self, old: Sequence[Block], mine: range, new: Sequence[Block]) -> Iterator[Edit]:
        before, after = self._sides(old, mine)
        if before is None and after is None:
            return
        skip = False
        for block in new:
            if skip and not block.is_table and not block.text:
                skip = False
                continue  # It came with the table in front of it.
            skip = False
            yield from self._new_block(block, before, after)
            skip = block.is_table and before is not None and mine.stop == len(old)

    def _sides(self, old: Sequence[Block], mine: range) -> tuple[str | None, str | None]:
        """Anchors of the paragraph in front of what comes, or behind it."""
        last = old[mine.stop - 1] if mine.stop else None
        if last is not None and not last.is_table:
            return self._places.paragraph(last.element), None
        following = old[mine.stop] if mine.stop < len(old) else None
        if following is not None and not following.is_table:
            return None, self._places.paragraph(following.element)
        return None, None

    def _new_block(self, block: Block, after: str | None, before: str | None) -> Iterator[Edit]:
        if block.is_table:
            rows = table_texts(block.element)
            header = block.element.find(f"{W}tr/{W}trPr/{W}tblHeader") is not None
            if rows:
                yield InsertTable(after=after, before=before, rows=rows, header=header)
            return
        shown = self._places.picture(self._new, block.element)
        if shown is not None:
            data, alt, width = shown
            yield InsertImage(after=after, before=before, data=data, alt=alt, width=width)
            return
        style = self._styles[1].named_style(block.element)
        known = style is not None and self._styles[0].has(style, "paragraph")
        default = self._styles[0].default
        chosen = style if known else None if default is None else default.name
        yield InsertParagraph(after=after, before=before, text=block.text, style=chosen)

    def _paragraph(self, old: Element, new: Element) -> Iterator[Edit]:
        self._pairs[new] = old
        at = self._places.paragraph(old)
        text = paragraph_text(new)
        if paragraph_text(old) != text:
            yield ReplaceText(at=at, text=text)
        yield from paragraph_edits(at, old, new, self._styles, (self._old, self._new))
        yield from look_edits(at, old, new, self._styles)
        for box, their_box in zip(_boxes(old), _boxes(new), strict=False):
            yield from self._containers(box, their_box)

    # Other stories ------------------------------------------------------------------------------------------

    def _page_ends(self) -> Iterator[Edit]:
        done: set[str] = set()
        mine, theirs = (list(page_ends(stories).values()) for stories in (self._old, self._new))
        for one, other in zip(mine, theirs, strict=False):
            for place, part in one.items():
                if part not in done and place in other:
                    done.add(part)
                    yield from self._containers(self._old.part(part).root, self._new.part(other[place]).root)

    def _notes(self) -> Iterator[Edit]:
        for new, old in list(self._pairs.items()):
            references = zip(old.iter(*_NOTES), new.iter(*_NOTES), strict=False)
            for mine, theirs in references:
                kind = _NOTES[mine.tag]
                names = self._old.related(kind), self._new.related(kind)
                if mine.tag != theirs.tag or names[0] is None or names[1] is None:
                    continue
                one = note_of(self._old.part(names[0]), mine.get(W_ID, ""))
                other = note_of(self._new.part(names[1]), theirs.get(W_ID, ""))
                if one is not None and other is not None:
                    yield from self._containers(one, other)

    def _sections(self, body: Element, other: Element) -> Iterator[Edit]:
        mine, theirs = last_section(body), last_section(other)
        paragraphs = self._old.paragraphs(self._old.main_part)
        in_last = [
            p for p in paragraphs if not has_section(p) and next(p.iterancestors(f"{W}txbxContent"), None) is None
        ]
        if mine is None or theirs is None or not in_last:
            return
        old, new = section_values(mine), section_values(theirs)
        changed = {name: value for name, value in new.items() if old.get(name) != value and value is not None}
        if changed:
            yield SetSection(at=self._places.paragraph(in_last[-1]), **changed)

    def _properties(self) -> Iterator[Edit]:
        old, new = properties_of(self._old), properties_of(self._new)
        changed = {name: new.get(name, "") for name in {*old, *new} if old.get(name, "") != new.get(name, "")}
        if changed:
            yield SetProperties(**changed)

    def _comments(self) -> Iterator[Edit]:
        one, other = self._views
        known = {(comment.author, comment.text): comment for comment in one.comments}
        places = Places(self._new)
        anchors = {places.paragraph(new).partition("~")[0]: old for new, old in self._pairs.items()}
        for comment in other.comments:
            before = known.get((comment.author, comment.text))
            if before is not None:
                if before.resolved != comment.resolved:
                    yield ResolveComment(comment=before.id, resolved=comment.resolved)
                continue
            old = anchors.get((comment.anchor or "").partition("~")[0])
            if comment.parent is None and old is not None and comment.text.strip():
                text = paragraph_text(old)
                find = comment.quote if comment.quote and text.count(comment.quote) == 1 else None
                yield AddComment(at=self._places.paragraph(old), text=comment.text, find=find)


def _can_reword(old: Block, new: Block, *, same_number: bool) -> bool:
    if old.is_table != new.is_table or old.ends_section != new.ends_section or _objects(old) != _objects(new):
        return False
    known = old.is_table or old.ends_section or bool(_objects(old))
    return known or same_number or bool(old.text) == bool(new.text)


def _key(block: Block) -> Hashable:
    return block.key, _objects(block)


def _likeness(old: Block, new: Block) -> float:
    return likeness(old, new) if _objects(old) == _objects(new) else 0.0


def _objects(block: Block) -> tuple[str, ...]:
    """The things in a paragraph that no edit of its words can make or take away."""
    if block.is_table:
        return ()
    return tuple(node.tag for node in block.element.iter(*_THINGS) if next(node.iterancestors(W_P)) is block.element)


def _boxes(paragraph: Element) -> list[Element]:
    """The text boxes of the paragraph, the forms for older readers left out: edits change both."""
    return [
        box
        for box in paragraph.iter(TEXT_BOX)
        if not any(ancestor.tag.endswith("}Fallback") for ancestor in box.iterancestors())
    ]
