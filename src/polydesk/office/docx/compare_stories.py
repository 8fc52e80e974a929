"""Two stories into one with tracked changes: blocks aligned, words woven, the rest inserted or deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from lxml import etree

from polydesk.office.docx.aligning import aligned, gaps, words_alike
from polydesk.office.docx.compare_properties import exchange_look, exchange_section
from polydesk.office.docx.compare_tables import TableComparer
from polydesk.office.docx.importing import Importer
from polydesk.office.docx.inline import OBJECTS, W_ID, W_P, W_PPR, W_RPR, paragraph_text
from polydesk.office.docx.paragraphs import (
    bracket_move,
    content_of,
    has_no_next,
    insert_after,
    insert_before,
    live_runs,
    mark_deleted,
)
from polydesk.office.docx.properties import (
    W_SECT_PR,
    base_properties,
    control_around,
    has_section,
    mark_paragraph,
    remember_properties,
    same_xml,
    set_base_properties,
)
from polydesk.office.docx.revisions import Revisions
from polydesk.office.docx.runs import wrap
from polydesk.office.docx.stories import Stories, child_blocks
from polydesk.office.docx.tokens import TEXT_BOX, Inline, inline_of
from polydesk.office.docx.weaving import Weaver
from polydesk.office.ooxml.names import W
from polydesk.office.ooxml.part import Element, XmlPart
from polydesk.office.worddiff import words_of

_NOTES = {f"{W}footnoteReference": "footnotes", f"{W}endnoteReference": "endnotes"}
_FEWEST_WORDS = 4
"""A moved paragraph has at least so many; shorter ones are alike by chance."""
_MOST_WORDS = 3000


@dataclass(eq=False)
class Block:
    """A paragraph or table, with what it is compared by."""

    element: Element

    @cached_property
    def is_table(self) -> bool:
        """Whether it is a table."""
        return self.element.tag != W_P

    @cached_property
    def text(self) -> str:
        """What it says, without its look."""
        if not self.is_table:
            return paragraph_text(self.element)
        return "\n".join(paragraph_text(paragraph) for paragraph in self.element.iter(W_P))

    @cached_property
    def words(self) -> list[str]:
        """Its first words."""
        return [word for word in words_of(self.text) if not word.isspace()][:_MOST_WORDS]

    @cached_property
    def ends_section(self) -> bool:
        """Whether it is a paragraph that ends a section."""
        return not self.is_table and has_section(self.element)

    @property
    def key(self) -> tuple[bool, bool, str]:
        """Equal for blocks that say the same."""
        return self.is_table, self.ends_section, self.text


@dataclass(frozen=True, slots=True)
class Side:
    """The two parts whose stories are compared."""

    part: XmlPart
    there: XmlPart
    weaver: Weaver


class Comparer:
    """Compares stories; what their notes and sections have in common is gathered on the way."""

    def __init__(self, target: Stories, source: Stories, importer: Importer, revisions: Revisions) -> None:
        self._target, self._source = target, source
        self._importer, self._revisions = importer, revisions
        self._met: list[tuple[Element, Element]] = []
        self.met_notes: list[tuple[str, str, str]] = []
        """Kind and numbers of the notes that both documents refer to at the same place."""
        self.met_sections: list[tuple[Element, Element]] = []
        """Properties of the sections that end at the same place."""

    def containers(self, part: XmlPart, one: Element, there: XmlPart, other: Element) -> None:
        """Compare the paragraphs and tables of two bodies, cells, notes, headers or text boxes."""
        weaver = Weaver(self._importer, self._revisions, there.name, part.name, self._meet)
        self.blocks(Side(part, there, weaver), one, other)

    def blocks(self, side: Side, one: Element, other: Element) -> None:
        """The same, for two that lie in parts which are being compared."""
        _end_with_paragraph(side.part, one)
        _end_with_paragraph(side.there, other)
        old, new = ([Block(element) for element in child_blocks(holder)] for holder in (one, other))
        pairs = _last_with_last(aligned(old, new, lambda block: block.key, likeness), old, new)
        pairs = sorted([*pairs, *_at_borders(pairs, old, new)])
        self._exchange(side, old, new, pairs)

    def section(self, part: XmlPart, old: Element, new: Element) -> None:
        """Compare the properties of two sections."""
        self.met_sections.append((old, new))
        exchange_section(part, old, new, self._importer, self._revisions)

    def _exchange(self, side: Side, old: list[Block], new: list[Block], pairs: list[tuple[int, int]]) -> None:
        for i, j in pairs:
            if old[i].is_table:
                TableComparer(self, side, self._importer, self._revisions).compare(old[i].element, new[j].element)
            else:
                self._paragraph(side, old[i].element, new[j].element)
        between = list(gaps(pairs, len(old), len(new)))
        gone = [old[i] for mine, _ in between for i in mine]
        moves = self._moves(gone, [new[j] for _, theirs in between for j in theirs])
        for mine, theirs in between:
            last = old[mine[-1]] if mine else old[mine.start - 1] if mine.start else None
            self._insert(side, last, old[0], [new[j] for j in theirs], moves)
        for block in gone:
            if block not in moves.values():
                self._delete(side, block)

    # What both have -----------------------------------------------------------------------------------------

    def _paragraph(self, side: Side, old: Element, new: Element) -> None:
        one = inline_of(old, self._target, side.part.name)
        other = inline_of(new, self._source, side.there.name)
        if side.weaver.is_same(one, other):
            side.weaver.met(one, other)
        else:
            self._weave(side, old, one, other)
        self._properties(side.part, old, new)
        sections = old.find(f"{W_PPR}/{W_SECT_PR}"), new.find(f"{W_PPR}/{W_SECT_PR}")
        if sections[0] is not None and sections[1] is not None:
            self.section(side.part, sections[0], sections[1])
        met, self._met = self._met, []
        for thing, their_thing in met:
            for box, their_box in zip(thing.iter(TEXT_BOX), their_thing.iter(TEXT_BOX), strict=False):
                self.blocks(side, box, their_box)

    def _weave(self, side: Side, old: Element, one: Inline, other: Inline) -> None:
        side.part.touch(old)
        content = side.weaver.woven(one, other)
        for child in content_of(old):
            old.remove(child)
        old.extend(content)

    def _properties(self, part: XmlPart, old: Element, new: Element) -> None:
        mine = base_properties(old)
        theirs = self._importer.look(base_properties(new))
        assert theirs is not None
        if not same_xml(mine, theirs):
            part.touch(old)
            set_base_properties(old, theirs)
            remember_properties(old, mine, self._revisions)
        look = self._importer.look(new.find(f"{W_PPR}/{W_RPR}"))
        exchange_look(part, old, look, self._revisions)

    def _meet(self, old: Element, new: Element) -> None:
        kind = _NOTES.get(old.tag)
        if kind is not None:
            self.met_notes.append((kind, old.get(W_ID, ""), new.get(W_ID, "")))
        elif old.tag in OBJECTS:
            self._met.append((old, new))

    # What one alone has -------------------------------------------------------------------------------------

    def _moves(self, gone: Sequence[Block], come: Sequence[Block]) -> dict[Block, Block]:
        """By block that comes: the one that goes and is the same paragraph elsewhere, where that is beyond doubt."""
        here, there = _once(gone), _once(come)
        return {
            block: here[text]
            for text, block in there.items()
            if text in here and self._can_move(here[text].element) and self._can_move(block.element)
        }

    def _can_move(self, paragraph: Element) -> bool:
        plain = all(child.tag in (W_PPR, f"{W}r") for child in paragraph.iterchildren("*"))
        things = (*_NOTES, *OBJECTS, f"{W}fldChar", f"{W}commentReference")
        return plain and next(paragraph.iter(*things), None) is None and not has_no_next(paragraph, self._revisions)

    def _insert(
        self, side: Side, last: Block | None, first: Block, new: Sequence[Block], moves: dict[Block, Block]
    ) -> None:
        """Put the blocks `new` behind `last`, or in front of `first`."""
        reference = None if last is None else last.element
        for block in new:
            copy = self._importer.brought(block.element, side.there.name, side.part.name)
            if block.is_table:
                TableComparer(self, side, self._importer, self._revisions).mark_inserted(copy)
                self._place(side.part, reference, first.element, copy)
            elif block in moves:
                self._move(side.part, moves[block].element, reference, first.element, copy)
            elif reference is None:
                insert_before(side.part, first.element, copy, self._revisions, tracked=True)
            elif reference.tag == W_P:
                insert_after(side.part, reference, copy, self._revisions, tracked=True)
            else:
                side.part.insert_after(reference, copy)
                wrap(live_runs(copy), "ins", self._revisions)
                mark_paragraph(copy, "ins", self._revisions)
            reference = copy

    def _place(self, part: XmlPart, reference: Element | None, first: Element, new: Element) -> None:
        if reference is None:
            part.insert_before(first, new)
        else:
            part.insert_after(reference, new)

    def _move(self, part: XmlPart, origin: Element, reference: Element | None, first: Element, copy: Element) -> None:
        if reference is not None and (reference.tag != W_P or has_no_next(reference, self._revisions)):
            self._insert_moved_at_border(part, reference, copy)
            mark_deleted(part, origin, self._revisions)
            return
        self._place(part, reference, first, copy)
        part.touch(origin)
        self._revisions.deleted.add(origin)
        name = f"move{self._revisions.new_id()}"
        for paragraph, kind in ((copy, "moveTo"), (origin, "moveFrom")):
            wrap(live_runs(paragraph), kind, self._revisions)
            mark_paragraph(paragraph, kind, self._revisions)
            bracket_move(paragraph, kind, name, self._revisions)

    def _insert_moved_at_border(self, part: XmlPart, reference: Element, copy: Element) -> None:
        """Where a move has no mark to go by it is shown as a deletion and an insertion."""
        if reference.tag == W_P:
            insert_after(part, reference, copy, self._revisions, tracked=True)
            return
        part.insert_after(reference, copy)
        wrap(live_runs(copy), "ins", self._revisions)
        mark_paragraph(copy, "ins", self._revisions)

    def _delete(self, side: Side, block: Block) -> None:
        if block.is_table:
            TableComparer(self, side, self._importer, self._revisions).mark_deleted(block.element)
            return
        mark_deleted(side.part, block.element, self._revisions)
        if control_around(block.element) is not None:
            mark_paragraph(block.element, "del", self._revisions)


def _end_with_paragraph(part: XmlPart, holder: Element) -> None:
    """Put an empty paragraph at the end of a story that has none there, as Word does when it opens such a file."""
    blocks = child_blocks(holder)
    if blocks and blocks[-1].tag == W_P:
        return
    new = etree.Element(W_P)
    last = blocks[-1] if blocks else None
    while last is not None and (parent := last.getparent()) is not None and parent is not holder:
        last = parent
    section = holder.find(W_SECT_PR)
    if last is not None:
        part.insert_after(last, new)
    elif section is not None:
        part.insert_before(section, new)
    else:
        part.append(holder, new)


def likeness(old: Block, new: Block) -> float:
    """How much two blocks have in common, from 0 to 1."""
    if old.is_table != new.is_table or old.ends_section != new.ends_section or not old.words or not new.words:
        return 0.0
    return words_alike(old.words, new.words)


def _once(blocks: Sequence[Block]) -> dict[str, Block]:
    """The paragraphs whose text occurs once among them and is long enough to be no accident."""
    found: dict[str, list[Block]] = {}
    for block in blocks:
        if not block.is_table and not block.ends_section and len(block.words) >= _FEWEST_WORDS:
            found.setdefault(block.text, []).append(block)
    return {text: same[0] for text, same in found.items() if len(same) == 1}


def _last_with_last(pairs: list[tuple[int, int]], old: Sequence[Block], new: Sequence[Block]) -> list[tuple[int, int]]:
    """Let the last paragraphs answer to each other where one that stands behind a table would come or go."""
    i, j = len(old) - 1, len(new) - 1
    behind_table = [len(blocks) > 1 and blocks[-2].is_table for blocks in (old, new)]
    alone = (i not in {one for one, _ in pairs} and behind_table[0]) or (
        j not in {other for _, other in pairs} and behind_table[1]
    )
    if not alone:
        return pairs
    return [*(pair for pair in pairs if pair[0] != i and pair[1] != j), (i, j)]


def _at_borders(pairs: Sequence[tuple[int, int]], old: Sequence[Block], new: Sequence[Block]) -> list[tuple[int, int]]:
    """Further pairs where a paragraph's end could not be tracked: in front of a table, and at the end.

    The last paragraphs of such a stretch are taken for one that was reworded, however little they have in common.
    """
    found: list[tuple[int, int]] = []
    for mine, theirs in gaps(pairs, len(old), len(new)):
        at_end = mine.stop == len(old) and theirs.stop == len(new)
        at_table = mine.stop < len(old) and old[mine.stop].is_table
        if not mine or not theirs or not (at_end or at_table):
            continue
        one, other = old[mine[-1]], new[theirs[-1]]
        if not (one.is_table or other.is_table or one.ends_section or other.ends_section):
            found.append((mine[-1], theirs[-1]))
    return found
