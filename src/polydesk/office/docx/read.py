"""The view of a Word document: everything a reader sees, in reading order, with anchors."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from polydesk.office.docx.changes import Change, changes
from polydesk.office.docx.comments import comment_id, comment_text, threads
from polydesk.office.docx.inline import W_ID, W_P, is_on, pieces
from polydesk.office.docx.marks import marks, run_views
from polydesk.office.docx.numbering import Numbering
from polydesk.office.docx.properties import style_id
from polydesk.office.docx.stories import Stories, child_blocks, content_hash, row_cells, table_rows
from polydesk.office.docx.styles import Styles
from polydesk.office.docx.tables import continues_above, grid_span
from polydesk.office.docx.views import (
    BlockView,
    CellView,
    ChangeView,
    CommentView,
    DocumentView,
    FindingView,
    ParagraphView,
    RowView,
    StoryKind,
    StoryView,
    TableView,
)
from polydesk.office.ooxml.names import MC, W, local_name
from polydesk.office.ooxml.part import Element
from polydesk.office.opc.findings import findings

_NOTES: dict[str, StoryKind] = {"footnote": "footnote", "endnote": "endnote", "comment": "comment"}
_SEPARATORS = frozenset({"separator", "continuationSeparator", "continuationNotice"})
_TEXT_BOX = f"{W}txbxContent"


def read_document(stories: Stories, data: bytes) -> DocumentView:
    """The whole view. `data` is the file itself, for its hash."""
    return _Reader(stories).document(data)


class _Reader:
    """Walks the stories once, keeping count of paragraphs and tables as anchors do."""

    def __init__(self, stories: Stories) -> None:
        self._stories = stories
        self._styles = Styles(stories)
        self._numbering = Numbering(stories, self._styles)
        self._paragraph_number: dict[Element, int] = {}
        self._table_number: dict[Element, int] = {}
        self._changes = changes(stories)
        self._changes_at: dict[Element, list[str]] = {}
        for change in self._changes:
            if change.paragraph is not None:
                self._changes_at.setdefault(change.paragraph, []).append(change.id)
        self._row_change = {
            next(change.element.iterancestors(f"{W}tr")): change.id
            for change in self._changes
            if change.kind in ("row_insertion", "row_deletion")
        }

    def document(self, data: bytes) -> DocumentView:
        stories = tuple(self._all_stories())
        return DocumentView(
            sha256=hashlib.sha256(data).hexdigest(),
            stories=stories,
            comments=tuple(self._comments()),
            changes=tuple(self._change(change) for change in self._changes),
            styles=tuple(self._styles.paragraph_style_names()),
            findings=tuple(
                FindingView(kind=item.kind, text=item.text, part=item.part, blocks_edit=item.blocks_edit)
                for item in findings(self._stories.package)
            ),
        )

    def _all_stories(self) -> Iterator[StoryView]:
        for part in self._stories.story_parts():
            self._number(part)
        for part in self._stories.story_parts():
            yield from self._stories_of(part)

    def _number(self, part: str) -> None:
        for numbers, elements in (
            (self._paragraph_number, self._stories.paragraphs(part)),
            (self._table_number, self._stories.tables(part)),
        ):
            for number, element in enumerate(elements, 1):
                numbers[element] = number

    def _stories_of(self, part: str) -> Iterator[StoryView]:
        root = self._stories.part(part).root
        name = local_name(root.tag)
        if name in ("footnotes", "endnotes", "comments"):
            for note in root:
                kind = _NOTES.get(local_name(note.tag))
                if kind is not None and note.get(f"{W}type") not in _SEPARATORS:
                    ref = comment_id(note) if kind == "comment" else f"{kind}#{note.get(W_ID, '')}"
                    yield StoryView(kind=kind, part=part, blocks=self._blocks(part, note), ref=ref)
        else:
            kind = "header" if name == "hdr" else "footer" if name == "ftr" else "body"
            body = root.find(f"{W}body") if kind == "body" else root
            yield StoryView(kind=kind, part=part, blocks=() if body is None else self._blocks(part, body))
        yield from self._text_boxes(part, root)

    def _text_boxes(self, part: str, root: Element) -> Iterator[StoryView]:
        for box in root.iter(_TEXT_BOX):
            if any(ancestor.tag == f"{MC}Fallback" for ancestor in box.iterancestors()):
                continue  # The same words again, for readers that do not know the newer drawing.
            holder = next(box.iterancestors(W_P), None)
            ref = None if holder is None else self._anchor(part, holder)
            yield StoryView(kind="text_box", part=part, blocks=self._blocks(part, box), ref=ref)

    def _blocks(self, part: str, container: Element) -> tuple[BlockView, ...]:
        return tuple(
            self._paragraph(part, block) if block.tag == W_P else self._table(part, block)
            for block in child_blocks(container)
        )

    def _paragraph(self, part: str, paragraph: Element) -> ParagraphView:
        content = pieces(paragraph)
        text = "".join(piece.text for piece in content)
        style = style_id(paragraph)
        return ParagraphView(
            anchor=self._anchor(part, paragraph),
            text=text,
            style=self._styles.name(style),
            level=self._styles.level(style),
            label=self._numbering.label(paragraph),
            runs=run_views(content, self._stories, part, self._styles),
            marks=tuple(marks(paragraph, content)),
            changes=tuple(self._changes_at.get(paragraph, ())),
        )

    def _table(self, part: str, table: Element) -> TableView:
        number = self._table_number[table]
        story = self._stories.name_of(part)
        rows: list[RowView] = []
        for row_number, row in enumerate(table_rows(table), 1):
            place = f"{story}/t{number}/r{row_number}"
            cells = tuple(
                self._cell(part, cell, f"{place}/c{cell_number}~{content_hash(cell)}")
                for cell_number, cell in enumerate(row_cells(row), 1)
            )
            rows.append(
                RowView(
                    anchor=f"{place}~{content_hash(row)}",
                    cells=cells,
                    header=is_on(row.find(f"{W}trPr/{W}tblHeader")),
                    change=self._row_change.get(row),
                )
            )
        style = table.find(f"{W}tblPr/{W}tblStyle")
        return TableView(
            anchor=f"{story}/t{number}~{content_hash(table)}",
            rows=tuple(rows),
            style=None if style is None else self._styles.name(style.get(f"{W}val")),
        )

    def _cell(self, part: str, cell: Element, anchor: str) -> CellView:
        blocks = self._blocks(part, cell)
        return CellView(
            anchor=anchor,
            text="\n".join(block.text for block in blocks if isinstance(block, ParagraphView)),
            blocks=blocks,
            columns=grid_span(cell),
            merged_above=continues_above(cell),
        )

    def _anchor(self, part: str, paragraph: Element) -> str:
        number = self._paragraph_number[paragraph]
        return f"{self._stories.name_of(part)}/p{number}~{content_hash(paragraph)}"

    def _change(self, change: Change) -> ChangeView:
        return ChangeView(
            id=change.id,
            kind=change.kind,
            author=change.author,
            text=change.text,
            date=change.date,
            anchor=None if change.paragraph is None else self._anchor(change.part, change.paragraph),
        )

    def _comments(self) -> Iterator[CommentView]:
        part = self._stories.related("comments")
        if part is None:
            return
        known, quotes = threads(self._stories), self._quotes()
        for comment in self._stories.part(part).root.findall(f"{W}comment"):
            number = comment.get(W_ID, "")
            thread = known.get(number)
            anchor, quote = quotes.get(number, (None, ""))
            yield CommentView(
                id=comment_id(comment),
                author=comment.get(f"{W}author", ""),
                text=comment_text(comment),
                date=comment.get(f"{W}date"),
                parent=None if thread is None or thread.parent is None else f"comment#{thread.parent}",
                resolved=thread is not None and thread.resolved,
                anchor=anchor,
                quote=quote,
            )

    def _quotes(self) -> dict[str, tuple[str | None, str]]:
        """By comment number: the paragraph where its range begins and the words in it."""
        found: dict[str, tuple[str | None, str]] = {}
        for part in self._stories.story_parts():
            if b"commentR" not in self._stories.part(part).data():
                continue
            open_quotes: dict[str, list[str]] = {}
            for paragraph in self._stories.paragraphs(part):
                self._follow_comments(part, paragraph, open_quotes, found)
        return found

    def _follow_comments(
        self,
        part: str,
        paragraph: Element,
        open_quotes: dict[str, list[str]],
        found: dict[str, tuple[str | None, str]],
    ) -> None:
        words = {piece.node: piece.text for piece in pieces(paragraph)}
        for quote in open_quotes.values():
            quote.append("\n")
        for node in paragraph.iter("*"):
            number = node.get(W_ID, "")
            if node.tag == f"{W}commentRangeStart":
                open_quotes[number] = []
                found[number] = (self._anchor(part, paragraph), "")
            elif node.tag == f"{W}commentRangeEnd" and number in open_quotes:
                found[number] = (found[number][0], "".join(open_quotes.pop(number)))
            elif node.tag == f"{W}commentReference":
                found.setdefault(number, (self._anchor(part, paragraph), ""))
            elif node in words:
                for quote in open_quotes.values():
                    quote.append(words[node])
