"""What a list of edits may do: stay within the instruction's scope, and neither lose nor invent facts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import msgspec

from polydesk.copilot.edit_task import EditTask
from polydesk.copilot.facts import Difference, Held, addresses, difference, held, ungrounded, without_addresses
from polydesk.copilot.quantities import changed_units
from polydesk.copilot.scope import in_scope
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
from polydesk.office.docx.edits_content import FillControl, InsertCaption, InsertLink, InsertNote
from polydesk.office.docx.edits_tables import InsertColumn, InsertTable
from polydesk.office.docx.views import RowView, TableView


@dataclass(frozen=True)
class EditLimits:
    """Holds the edits of a model's reply to one task."""

    task: EditTask

    def doubts(self, edits: Sequence[Edit]) -> list[tuple[int, str]]:
        """What is wrong with `edits`: the position of each that does not hold, from 0, and why."""
        words = [self.words(edit) for edit in edits]
        return [
            (number, problem)
            for number, edit in enumerate(edits)
            for problem in self._doubts(edit, words[number], [new for _, new in words if new is not None])
        ]

    def words(self, edit: Edit) -> tuple[str | None, str | None]:
        """The words at the edit's place before and after it; None where there are none to compare."""
        match edit:
            case ReplaceText():
                old = self._texts.get(edit.at)
                return old, edit.text if old is None else _replaced(old, edit)
            case SetCell():
                return self._cells.get(edit.at), edit.text
            case InsertParagraph() | AddComment():
                return None, edit.text
            case InsertRow():
                return None, "\t".join(edit.cells)
            case DeleteParagraph():
                return self._texts.get(edit.at), None
            case DeleteRow():
                return self._rows.get(edit.at), None
            case MoveParagraph() | SetStyle():
                return self._texts.get(edit.at), self._texts.get(edit.at)
            case ReplyComment():
                return next((item.text for item in self.task.view.comments if item.id == edit.comment), None), edit.text
            case InsertNote() | InsertCaption():
                return None, edit.text
            case InsertTable():
                return None, "\n".join("\t".join(row) for row in edit.rows)
            case InsertColumn():
                return None, "\t".join(edit.cells)
            case FillControl():
                return None, edit.value
            case InsertLink():
                return None, edit.address
            case _:
                return None, None

    def losses(self, edits: Sequence[Edit]) -> list[str]:
        """Facts that deletions take with them and that no other edit writes, for a reader to look at."""
        words = [self.words(edit) for edit in edits]
        kept = [new for _, new in words if new is not None]
        gone = [old for old, new in words if old is not None and not new]
        return list(dict.fromkeys(fact for text in gone for fact in ungrounded(text, held(kept), with_names=True)))

    def _doubts(self, edit: Edit, words: tuple[str | None, str | None], all_new: Sequence[str]) -> Iterator[str]:
        yield from self._out_of_scope(edit)
        before, after = words
        match edit:
            case ReplaceText() | SetCell() if before and after and after.strip():
                yield from self._fact_doubts(before, after, all_new)
            case DeleteParagraph() | DeleteRow() | ReplaceText() | SetCell() if before and not self.task.scope.removes:
                if not (after or "").strip():
                    yield "it deletes words, which the instruction does not ask for."
            case MoveParagraph() | SetStyle() | DeleteParagraph() | DeleteRow():
                pass
            case _ if after:
                # Numbers of the comment may be repeated; its addresses not, for whoever comments does not decide
                # where an answer leads.
                numbers = ungrounded(without_addresses(after), held([before or ""]) | self._known)
                links = [link for link in addresses(after) if ungrounded(link, self._known)]
                if numbers or links:
                    yield f"{Difference(lost=(), invented=(*numbers, *links)).sentence()}."
            case _:
                pass

    def _fact_doubts(self, before: str, after: str, all_new: Sequence[str]) -> Iterator[str]:
        with_names = not self.task.scope.translates
        asked = self.task.instruction
        # What moves into the text of another edit, as when a paragraph is split, is not lost.
        lost = difference(before, "\n".join([after, *all_new]), asked=asked, with_names=with_names).lost
        invented = difference(before, after, known=self._known, asked=asked, with_names=with_names).invented
        changed = Difference(lost=lost, invented=invented)
        if changed:
            yield f"{changed.sentence()}."
        units = changed_units(before, after, translated=self.task.scope.translates)
        if units:
            yield f"the text changes the unit of {', '.join(units)}."

    def _out_of_scope(self, edit: Edit) -> Iterator[str]:
        scope = self.task.scope
        match edit:
            case ReplyComment() | ResolveComment():
                if not scope.mentions_comments and not scope.answer_comments:
                    yield "the instruction does not speak of comments."
            case AcceptChange() | RejectChange():
                if not scope.decides_changes:
                    yield "the instruction does not ask to accept or reject changes."
            case AddComment() if scope.mentions_comments and not scope.sections:
                pass
            case _ if scope.rewrite is None:
                yield "the instruction is about comments alone; answer them, and change no words."
            case _ if scope.sections:
                outside = [place for place in _places(edit) if place not in self._allowed]
                if outside:
                    yield f"{', '.join(outside)} is outside {scope.describe()}."
            case _:
                pass

    @cached_property
    def _allowed(self) -> set[str]:
        """Anchors of paragraphs, cells, rows and tables that an edit may name."""
        names = self.task.scope.sections
        passages = in_scope(self.task.scope, self.task.passages)
        headings = [p for p in self.task.passages if p.is_heading and p.story == "body" and p.text in names]
        allowed = {passage.anchor for passage in [*passages, *headings]}
        for row in self._all_rows:
            if any(block.anchor in allowed for cell in row.cells for block in cell.blocks):
                allowed |= {row.anchor, *(cell.anchor for cell in row.cells)}
                allowed |= {block.anchor for cell in row.cells for block in cell.blocks}
        return allowed

    @cached_property
    def _known(self) -> Held:
        """Where facts may come from: the document and the instruction, comments excepted."""
        return held([self.task.instruction, *(passage.text for passage in self.task.passages)])

    @cached_property
    def _texts(self) -> dict[str, str]:
        return {passage.anchor: passage.text for passage in self.task.passages}

    @cached_property
    def _cells(self) -> dict[str, str]:
        return {cell.anchor: cell.text for row in self._all_rows for cell in row.cells}

    @cached_property
    def _rows(self) -> dict[str, str]:
        return {row.anchor: "\t".join(cell.text for cell in row.cells) for row in self._all_rows}

    @cached_property
    def _all_rows(self) -> list[RowView]:
        blocks = [block for story in self.task.view.stories for block in story.blocks]
        rows: list[RowView] = []
        while blocks:
            block = blocks.pop()
            if isinstance(block, TableView):
                rows += block.rows
                blocks += [inner for row in block.rows for cell in row.cells for inner in cell.blocks]
        return rows


def as_the_user_tracks(edits: Sequence[Edit]) -> list[Edit]:
    """The edits without a model's own wish to leave no tracked change: that is for the user to say."""
    return [
        msgspec.structs.replace(edit, tracked=None) if getattr(edit, "tracked", None) is not None else edit
        for edit in edits
    ]


def _places(edit: Edit) -> list[str]:
    """Every place that `edit` names."""
    named = (getattr(edit, name, None) for name in ("at", "after", "before", "to"))
    return [place for place in named if place is not None]


def _replaced(old: str, edit: ReplaceText) -> str:
    if edit.find is not None:
        return old.replace(edit.find, edit.text, 1)
    if edit.start is None and edit.end is None:
        return edit.text
    return old[: edit.start or 0] + edit.text + old[len(old) if edit.end is None else edit.end :]
