"""The edits that bench/fidelity makes: every typed edit, at places where it fits, and what each may change.

A place is chosen from the view. What an edit may change is stated here, not asked of the code that made it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from bench import layout_cases
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
from polydesk.office.docx.views import BlockView, DocumentView, ParagraphView, RowView, StoryView, TableView
from polydesk.office.edits import kind_of

Reach = Literal["own", "neighbours", "appended", "part"]
"""Inside a story part: the named blocks alone; these and the blocks beside them; anywhere in the part."""

NEW_TEXT = "Measured text, one line."

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One edit of one document."""

    edit: Edit
    label: str
    """The edit's name, and `span` or `all` where it is made in more than one way."""
    story: str | None
    """Part that holds the place; None when the edit may change every story."""
    anchors: tuple[str, ...] = ()
    """The blocks that the edit is about."""
    reach: Reach = "own"
    comments: bool = False
    """Whether the comments, their threads, relationships and content types may change, or be made."""
    expected: str | None = None
    """Text that the paragraph at the first anchor's number must then read; None where that is not what shows it."""
    style: str | None = None
    """Style that it must then have; None likewise."""
    words: bool = True
    """Whether the place has any."""
    members: tuple[str, ...] = ()
    """Regular expressions for other members that the edit may change or add."""


@dataclass(frozen=True, slots=True)
class _At:
    """A paragraph where it stands."""

    story: StoryView
    paragraph: ParagraphView
    following: ParagraphView | None
    """The next paragraph beside it; None when another block, or nothing, follows."""


def cases(view: DocumentView, places: int) -> list[Case]:
    """Every edit that fits, each at up to `places` places spread over the document."""
    paragraphs = [at for story in view.stories for at in _paragraphs(story, story.blocks)]
    rows = [(story, row) for story in view.stories for row in _rows(story.blocks)]
    worded = [at for at in paragraphs if len(at.paragraph.text.split()) > 1]
    body = [at for at in paragraphs if at.story.kind == "body"]
    changes = [(verdict, change) for change in view.changes for verdict in (AcceptChange, RejectChange)]
    part_of_story = {_story_name(at.paragraph.anchor): at.story.part for at in paragraphs}
    made: list[Case] = []
    made += _spread(worded, places, _replace_all)
    made += _spread(worded, places, _replace_span)
    for build in (_insert, _delete):
        made += _spread(paragraphs, places, build)
    made += _spread([at for at in paragraphs if at.following], places, _move)
    made += _spread(paragraphs, places, lambda at: _restyle(at, view.styles))
    made += _spread([at for at in body if at.paragraph.text], places, _comment)
    for comment in _chosen([comment.id for comment in view.comments], places):
        made.append(_case(ReplyComment(comment=comment, text=NEW_TEXT), None, reach="part", comments=True))
        made.append(_case(ResolveComment(comment=comment), None, reach="part", comments=True))
    made += _spread([(s, r) for s, r in rows if any(not c.merged_above for c in r.cells)], places, _cell)
    for build_row in (_new_row, _old_row):
        made += _spread(rows, places, build_row)
    for verdict, change in _chosen(changes, 2 * places):
        part = part_of_story.get(change.id.partition("#")[0])
        own = change.anchor is not None and not change.kind.startswith("move")
        anchors = (change.anchor,) if own and change.anchor else ()
        made.append(_case(verdict(change=change.id), part, *anchors, reach="neighbours" if own else "part"))
    made += _layout(view, places)
    if view.changes:
        made += [_case(verdict(change="*"), None, reach="part", how=" all") for verdict in (AcceptChange, RejectChange)]
    return made


def _layout(view: DocumentView, places: int) -> list[Case]:
    """Looks, lists, sections, tables, pictures, notes and fields, in the body."""
    body = [story for story in view.stories if story.kind == "body"]
    worded = [at for story in body for at in _paragraphs(story, story.blocks) if at.paragraph.text.strip()]
    tables = [(story, block) for story in body for block in story.blocks if isinstance(block, TableView)]
    made = [
        (at.story.part, edit)
        for number, at in enumerate(_chosen(worded, places))
        for edit in layout_cases.of_paragraph(at.paragraph, number, _other(worded, at))
    ]
    made += [(story.part, edit) for story, table in _chosen(tables, places) for edit in layout_cases.of_table(table)]
    made += [(body[0].part, edit) for edit in layout_cases.of_document() if body]
    return [
        Case(edit=edit, label=kind_of(edit), story=part, reach="part", members=layout_cases.FOLLOWING)
        for part, edit in made
    ]


def _other(worded: Sequence[_At], at: _At) -> str | None:
    return next((one.paragraph.anchor for one in reversed(worded) if one is not at), None)


def _case(
    edit: Edit,
    story: str | None,
    *anchors: str,
    reach: Reach = "own",
    how: str = "",
    comments: bool = False,
    expected: str | None = None,
    style: str | None = None,
    words: bool = True,
) -> Case:
    label = f"{type(edit).__struct_config__.tag}{how}"
    return Case(
        edit=edit,
        label=label,
        story=story,
        anchors=anchors,
        reach=reach,
        comments=comments,
        expected=expected,
        style=style,
        words=words,
    )


def _replace_all(at: _At) -> Case:
    words = at.paragraph.text.split(" ")
    words[len(words) // 2] = "altered"
    text = " ".join(words) + " indeed"
    return _case(ReplaceText(at=at.paragraph.anchor, text=text), at.story.part, at.paragraph.anchor, expected=text)


def _replace_span(at: _At) -> Case:
    text = at.paragraph.text
    start, end = len(text) // 3, 2 * len(text) // 3
    edit = ReplaceText(at=at.paragraph.anchor, text="a span", start=start, end=end)
    return _case(edit, at.story.part, at.paragraph.anchor, how=" span", expected=f"{text[:start]}a span{text[end:]}")


def _insert(at: _At) -> Case:
    return _case(InsertParagraph(after=at.paragraph.anchor, text=NEW_TEXT), at.story.part, at.paragraph.anchor)


def _delete(at: _At) -> Case:
    edit = DeleteParagraph(at=at.paragraph.anchor)
    return _case(edit, at.story.part, at.paragraph.anchor, reach="neighbours", words=bool(at.paragraph.text))


def _move(at: _At) -> Case:
    assert at.following is not None
    anchors = (at.paragraph.anchor, at.following.anchor)
    return _case(MoveParagraph(at=anchors[0], after=anchors[1]), at.story.part, *anchors, reach="neighbours")


def _restyle(at: _At, styles: Sequence[str]) -> Case | None:
    other = next((style for style in styles if style not in (at.paragraph.style, "Normal")), None)
    if other is None:
        return None
    return _case(SetStyle(at=at.paragraph.anchor, style=other), at.story.part, at.paragraph.anchor, style=other)


def _comment(at: _At) -> Case:
    edit = AddComment(at=at.paragraph.anchor, text=NEW_TEXT)
    return _case(edit, at.story.part, at.paragraph.anchor, comments=True)


def _cell(place: tuple[StoryView, RowView]) -> Case:
    story, row = place
    cell = next(cell for cell in row.cells if not cell.merged_above)
    return _case(SetCell(at=cell.anchor, text=NEW_TEXT), story.part, cell.anchor)


def _new_row(place: tuple[StoryView, RowView]) -> Case:
    story, row = place
    return _case(InsertRow(after=row.anchor, cells=("New cell",) * len(row.cells)), story.part, row.anchor)


def _old_row(place: tuple[StoryView, RowView]) -> Case:
    story, row = place
    words = any(cell.text for cell in row.cells)
    return _case(DeleteRow(at=row.anchor), story.part, row.anchor, reach="neighbours", words=words)


def _paragraphs(story: StoryView, blocks: Sequence[BlockView]) -> Iterator[_At]:
    for number, block in enumerate(blocks):
        if isinstance(block, ParagraphView):
            following = blocks[number + 1] if number + 1 < len(blocks) else None
            yield _At(story, block, following if isinstance(following, ParagraphView) else None)
        else:
            for row in block.rows:
                for cell in row.cells:
                    yield from _paragraphs(story, cell.blocks)


def _rows(blocks: Sequence[BlockView]) -> Iterator[RowView]:
    for block in blocks:
        if isinstance(block, TableView):
            for row in block.rows:
                yield row
                for cell in row.cells:
                    yield from _rows(cell.blocks)


def _spread(candidates: Sequence[T], places: int, build: Callable[[T], Case | None]) -> list[Case]:
    return [case for candidate in _chosen(candidates, places) if (case := build(candidate)) is not None]


def _chosen(candidates: Sequence[T], places: int) -> list[T]:
    """Up to `places` of them: the first, the last, and some between at equal steps."""
    if len(candidates) <= places:
        return list(candidates)
    if places == 1:
        return [candidates[0]]
    return [candidates[round(n * (len(candidates) - 1) / (places - 1))] for n in range(places)]


def _story_name(anchor: str) -> str:
    return anchor.partition("/")[0]
