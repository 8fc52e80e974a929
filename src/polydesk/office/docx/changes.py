"""Tracked changes that are in a document: listing, accepting and rejecting them (ISO/IEC 29500-1, 17.13.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Literal

from polydesk.core.errors import AnchorNotFoundError
from polydesk.office.docx.inline import (
    DELETIONS,
    INSERTIONS,
    W_ID,
    W_P,
    W_PPR,
    W_R,
    W_RPR,
    W_VAL,
)
from polydesk.office.docx.moves import carry_over
from polydesk.office.docx.paragraphs import RANGE_MARKS, content_of
from polydesk.office.docx.properties import W_SECT_PR, control_around, is_last
from polydesk.office.docx.runs import rename_words
from polydesk.office.docx.stories import Stories, row_cells
from polydesk.office.docx.tables import remove_row
from polydesk.office.docx.views import ChangeKind
from polydesk.office.ooxml.names import M, W, local_name
from polydesk.office.ooxml.part import Element, XmlPart

Verdict = Literal["accept", "reject"]

_CONTENT = frozenset({*INSERTIONS, *DELETIONS})
_FORMATTING = frozenset(
    f"{W}{name}"
    for name in (
        *("rPrChange", "pPrChange", "sectPrChange", "tblPrChange", "tblGridChange", "tcPrChange", "trPrChange"),
        *("tblPrExChange", "numberingChange"),
    )
)
_CELLS = frozenset(f"{W}{name}" for name in ("cellIns", "cellDel", "cellMerge"))
REVISIONS = _CONTENT | _FORMATTING | _CELLS
_KIND_OF_CONTENT: dict[str, ChangeKind] = {
    "ins": "insertion",
    "del": "deletion",
    "moveFrom": "move_from",
    "moveTo": "move_to",
}
_KIND_OF_CELL: dict[str, ChangeKind] = {
    "cellIns": "cell_insertion",
    "cellDel": "cell_deletion",
    "cellMerge": "cell_merge",
}
_MOVE_STARTS = frozenset({f"{W}moveFromRangeStart", f"{W}moveToRangeStart"})
_MOVE_ENDS = frozenset({f"{W}moveFromRangeEnd", f"{W}moveToRangeEnd"})


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """One tracked change where it stands."""

    id: str
    kind: ChangeKind
    part: str
    element: Element
    paragraph: Element | None
    """The paragraph it is in; None outside paragraphs."""
    move: str | None
    """Name that both ends of a move share; None for other changes."""

    @property
    def author(self) -> str:
        """As the file has it; empty when it has none."""
        return self.element.get(f"{W}author", "")

    @property
    def date(self) -> str | None:
        """As the file has it; None when it has none."""
        return self.element.get(f"{W}date")

    @property
    def text(self) -> str:
        """The words that come, go or move; for formatting the properties that changed."""
        return _text(self.kind, self.element)


def changes(stories: Stories) -> list[Change]:
    """Every tracked change of the document, story by story, in the order of the file."""
    return [change for part in stories.story_parts() for change in _changes_in(stories, part)]


def made_change_id(stories: Stories, element: Element) -> str | None:
    """The id by which `changes` will know a mark that was just made; None when it is no mark or is gone again."""
    if element.tag not in REVISIONS:
        return None
    root = element.getroottree().getroot()
    part = next(
        (name for name in stories.story_parts() if stories.is_open(name) and stories.part(name).root is root), ""
    )
    return f"{stories.name_of(part)}#{element.get(W_ID)}" if part else None


def choose(found: Sequence[Change], change_id: str, *, path: str | None) -> list[Change]:
    """Those of `found` that `change_id` names, or all for `*`; a move comes with both its ends.

    Raises AnchorNotFoundError when there is no such change.
    """
    if change_id == "*":
        return list(found)
    named = [change for change in found if change.id == change_id]
    if not named:
        near = ", ".join(change.id for change in found[:20]) or "none"
        raise AnchorNotFoundError(f"there is no tracked change {change_id!r}; the document has {near}", path=path)
    moves = {(change.part, change.move) for change in named if change.move is not None}
    return [change for change in found if change in named or (change.part, change.move) in moves]


def settle(stories: Stories, chosen: Sequence[Change], verdict: Verdict) -> None:
    """Accept or reject the changes; those that went with others meanwhile are passed over."""
    moves = {(change.part, change.move): None for change in chosen if change.move is not None}
    if verdict == "accept":
        for part, name in moves:
            _carry_over(stories.part(part), [change for change in chosen if (change.part, change.move) == (part, name)])
    came = _inserted_notes(chosen) if verdict == "reject" else set[tuple[str, str]]()
    for settled in sorted(chosen, key=_order):
        if _is_attached(stories, settled):
            _settle(stories, settled, verdict)
    for part, name in moves:
        _drop_move_range(stories.part(part), name)
    _drop_notes(stories, came)


_NOTES = {f"{W}footnoteReference": "footnotes", f"{W}endnoteReference": "endnotes"}


def _inserted_notes(chosen: Sequence[Change]) -> set[tuple[str, str]]:
    """Kind and number of the notes whose references came with the changes: the notes came with them."""
    return {
        (_NOTES[node.tag], node.get(W_ID, ""))
        for change in chosen
        if change.kind == "insertion"
        for node in change.element.iter(*_NOTES)
    }


def _drop_notes(stories: Stories, notes: set[tuple[str, str]]) -> None:
    """Take out those of the notes that nothing refers to any more."""
    if not notes:
        return
    root = stories.main.root
    left = {(_NOTES[node.tag], node.get(W_ID, "")) for node in root.iter(*_NOTES)}
    for kind, number in sorted(notes - left):
        name = stories.related(kind)
        part = None if name is None else stories.part(name)
        for note in [] if part is None else [note for note in part.root if note.get(W_ID) == number]:
            assert part is not None
            part.remove(note)


def _carry_over(part: XmlPart, ends: Sequence[Change]) -> None:
    origins = [c.paragraph for c in ends if c.element.tag == f"{W}moveFrom" and c.paragraph is not None]
    targets = [c.paragraph for c in ends if c.element.tag == f"{W}moveTo" and c.paragraph is not None]
    for origin, target in zip(dict.fromkeys(origins), dict.fromkeys(targets), strict=False):
        carry_over(part, origin, target)


def _changes_in(stories: Stories, part: str) -> Iterator[Change]:
    story = stories.name_of(part)
    seen: dict[str, int] = {}
    open_moves: dict[str, str] = {}
    for element in stories.part(part).root.iter(*REVISIONS, *_MOVE_STARTS, *_MOVE_ENDS):
        number = element.get(W_ID, "")
        if element.tag in _MOVE_STARTS:
            open_moves[number] = element.get(f"{W}name", "")
        elif element.tag in _MOVE_ENDS:
            open_moves.pop(number, None)
        else:
            seen[number] = seen.get(number, 0) + 1
            suffix = "" if seen[number] == 1 else f".{seen[number]}"
            kind = _kind(element)
            moving = kind.startswith("move") or _is_mark_of_move(element)
            yield Change(
                id=f"{story}#{number}{suffix}",
                kind=kind,
                part=part,
                element=element,
                paragraph=next(element.iterancestors(W_P), None),
                move=next(reversed(open_moves.values()), None) if moving else None,
            )


def _kind(element: Element) -> ChangeKind:
    name = local_name(element.tag)
    if name in _KIND_OF_CELL and _is_within(element, "tc", "tr", "tbl"):
        return _KIND_OF_CELL[name]
    if element.tag in _FORMATTING or name in _KIND_OF_CELL:
        return "formatting"
    holder = _parent(element)
    if holder.tag == f"{W}trPr" and _is_within(element, "tr", "tbl"):
        return "row_insertion" if name == "ins" else "row_deletion"
    if holder.tag == W_RPR:
        return "paragraph_insertion" if element.tag in INSERTIONS else "paragraph_deletion"
    return _KIND_OF_CONTENT[name]


def _is_within(element: Element, *names: str) -> bool:
    """Whether elements of all these names lie around it, as they do unless the file is damaged."""
    return all(next(element.iterancestors(f"{W}{name}"), None) is not None for name in names)


def _is_mark_of_move(element: Element) -> bool:
    return local_name(element.tag).startswith("move") and _parent(element).tag == W_RPR


def _text(kind: ChangeKind, element: Element) -> str:
    if kind == "formatting":
        holder = _parent(element)
        old = [child for child in element for child in child] if len(element) else []
        now = [child for child in holder if child is not element and child.tag not in REVISIONS]
        names = {local_name(child.tag) for child in (*old, *now)}
        return ", ".join(sorted(names))
    if kind in ("row_insertion", "row_deletion"):
        row = next(element.iterancestors(f"{W}tr"))
        return "\t".join("".join(_words(cell)) for cell in row_cells(row))
    if kind.startswith(("paragraph", "cell")):
        return ""
    return "".join(_words(element))


def _words(element: Element) -> Iterator[str]:
    for node in element.iter(f"{W}t", f"{W}delText", f"{W}tab", f"{W}br", f"{W}cr"):
        yield node.text or "" if node.tag in (f"{W}t", f"{W}delText") else {"tab": "\t"}.get(local_name(node.tag), "\n")


def _order(change: Change) -> int:
    """Content and looks first, then rows and cells, then paragraph marks, which join what is left."""
    if change.kind.startswith("paragraph"):
        return 2
    return 1 if change.kind.startswith(("row", "cell")) else 0


def _is_attached(stories: Stories, change: Change) -> bool:
    root = stories.part(change.part).root
    return any(ancestor is root for ancestor in change.element.iterancestors())


def _settle(stories: Stories, change: Change, verdict: Verdict) -> None:
    part, element = stories.part(change.part), change.element
    part.touch(element)
    stays = (verdict == "accept") == (element.tag in INSERTIONS)
    match change.kind:
        case "insertion" | "deletion" | "move_from" | "move_to":
            (_keep_content if stays else _drop_content)(element)
        case "paragraph_insertion" | "paragraph_deletion":
            _settle_mark(part, change, stays=stays)
        case "row_insertion" | "row_deletion":
            row = next(element.iterancestors(f"{W}tr"))
            _take_out(element)
            if not stays:
                remove_row(part, row)
        case "cell_insertion" | "cell_deletion":
            _settle_cell(part, element, stays=(verdict == "accept") == (change.kind == "cell_insertion"))
        case "cell_merge":
            _settle_merge(element, verdict)
        case "formatting":
            if verdict == "reject":
                _restore(element)
            if element.getparent() is not None:
                _take_out(element)


def _keep_content(element: Element) -> None:
    """Put what the mark holds in its place."""
    if element.tag in DELETIONS:
        rename_words(element, deleted=False)
    for child in list(element):
        element.addprevious(child)
    _take_out(element)


def _drop_content(element: Element) -> None:
    """Remove the mark with what it holds, but not the ends of ranges that reach out of it."""
    for mark in list(element.iter(*RANGE_MARKS)):
        element.addprevious(mark)
    _take_out(element)


def _settle_mark(part: XmlPart, change: Change, *, stays: bool) -> None:
    paragraph = change.paragraph
    _take_out(change.element)
    if paragraph is None:
        return
    _tidy_mark(paragraph)
    if not stays:
        _join_to_next(part, paragraph)


def _tidy_mark(paragraph: Element) -> None:
    """Remove run properties and paragraph properties that hold nothing any more."""
    look = paragraph.find(f"{W_PPR}/{W_RPR}")
    if look is not None and not len(look):
        _take_out(look)
    properties = paragraph.find(W_PPR)
    if properties is not None and not len(properties):
        _take_out(properties)


def _join_to_next(part: XmlPart, paragraph: Element) -> None:
    """Take the paragraph's mark away: its content joins the next paragraph, whose properties stay.

    A section that the mark ends goes with it: its text takes the page of the next section.
    """
    following = next((sibling for sibling in paragraph.itersiblings() if sibling.tag not in RANGE_MARKS), None)
    content = content_of(paragraph)
    if following is not None and following.tag == W_P:
        part.touch(following)
        properties = following.find(W_PPR)
        position = 0 if properties is None else 1
        for offset, child in enumerate(content):
            following.insert(position + offset, child)
        part.remove(paragraph)
    elif not is_last(paragraph) and next(paragraph.iter(W_R, f"{M}oMath"), None) is None:
        for mark in list(paragraph.iter(*RANGE_MARKS)):
            part.insert_before(paragraph, mark)
        part.remove(paragraph)
    elif (control := control_around(paragraph)) is not None and next(paragraph.iter(W_R), None) is None:
        part.remove(control)


def _settle_cell(part: XmlPart, element: Element, *, stays: bool) -> None:
    cell = next(element.iterancestors(f"{W}tc"))
    row = next(cell.iterancestors(f"{W}tr"))
    _take_out(element)
    if stays:
        return
    if len(row_cells(row)) == 1:
        remove_row(part, row)
    else:
        part.remove(cell)


def _settle_merge(element: Element, verdict: Verdict) -> None:
    """`w:cellMerge` says how a cell is merged now and was before (17.13.5.3)."""
    properties = _parent(element)
    wanted = element.get(f"{W}vMerge" if verdict == "accept" else f"{W}vMergeOrig")
    merge = properties.find(f"{W}vMerge")
    if merge is not None:
        properties.remove(merge)
    if wanted is not None:
        merge = properties.makeelement(f"{W}vMerge", {W_VAL: "restart" if wanted == "rest" else "continue"})
        element.addprevious(merge)
    _take_out(element)


def _restore(change: Element) -> None:
    """Put back the properties that the record holds."""
    holder = _parent(change)
    if change.tag == f"{W}numberingChange" or change.tag in _CELLS:
        return
    old = change[0] if len(change) else None
    kept = _KEPT_ON_RESTORE.get(change.tag, frozenset[str]())
    for child in list(holder):
        if child.tag not in kept:
            holder.remove(child)
    restored = [] if old is None else [deepcopy(child) for child in old]
    first = _kept_first(change)
    for position, child in enumerate(restored):
        holder.insert(first(holder) + position, child)
    if not len(holder) and holder.tag in (W_PPR, W_RPR):
        _take_out(holder)


_MARKS_IN_LOOK = frozenset(f"{W}{name}" for name in ("ins", "del", "moveFrom", "moveTo"))
_KEPT_ON_RESTORE: dict[str, frozenset[str]] = {
    f"{W}rPrChange": _MARKS_IN_LOOK,
    f"{W}pPrChange": frozenset({W_RPR, W_SECT_PR}),
    f"{W}sectPrChange": frozenset({f"{W}headerReference", f"{W}footerReference"}),
    f"{W}trPrChange": frozenset({f"{W}ins", f"{W}del"}),
    f"{W}tcPrChange": _CELLS,
}
"""What a record of old properties does not speak of (the content models of 17.13.5.29 to .38)."""


def _kept_first(change: Element) -> Callable[[Element], int]:
    """Where restored properties go: behind what comes first in the schema, before what comes last."""
    if change.tag in (f"{W}rPrChange", f"{W}sectPrChange"):
        return lambda holder: sum(1 for child in holder if child.tag in _KEPT_ON_RESTORE[change.tag])
    return lambda holder: 0


def _drop_move_range(part: XmlPart, name: str | None) -> None:
    starts = [mark for mark in part.root.iter(*_MOVE_STARTS) if mark.get(f"{W}name") == name]
    numbers = {mark.get(W_ID) for mark in starts}
    ends = [mark for mark in part.root.iter(*_MOVE_ENDS) if mark.get(W_ID) in numbers]
    for mark in (*starts, *ends):
        part.touch(mark)
        _take_out(mark)


def _take_out(element: Element) -> None:
    _parent(element).remove(element)


def _parent(element: Element) -> Element:
    parent = element.getparent()
    assert parent is not None
    return parent
