"""Merging reviewers' copies: every comment, every change under its author's name, contradictions told."""

from __future__ import annotations

from datetime import UTC, datetime

from polydesk.office.docx.document import Document
from polydesk.office.docx.edits import (
    AcceptChange,
    AddComment,
    DeleteParagraph,
    Edit,
    InsertParagraph,
    RejectChange,
    ReplaceText,
    SetCell,
)
from polydesk.office.docx.merge import Merged, Review, merge
from tests.docx_builder import docx, p, tbl
from tests.office.docx.contents import contents
from tests.office.docx.reading import story_texts

AT = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
BASE = docx(
    p("The board met on Monday in the old office."),
    p("It agreed on three things in all."),
    tbl(["Item", "Cost"], ["Heating", "1,200"]),
    p("The end of the report."),
)


def review(author: str, *edits: Edit, tracked: bool = True) -> Review:
    data = Document(BASE).apply(list(edits), author=author, tracked=tracked, at=AT).data
    return Review(document=Document(data), name=f"{author}.docx")


def merged(*reviews: Review) -> Merged:
    return merge(Document(BASE), reviews, at=AT)


def texts(data: bytes) -> list[str]:
    return story_texts(data)["/word/document.xml"]


def settled(data: bytes, verdict: type[AcceptChange] | type[RejectChange]) -> bytes:
    return Document(data).apply([verdict(change="*")]).data


def test_changes_of_two_reviewers_in_one_sentence_are_both_made_by_their_authors() -> None:
    result = merged(
        review("Ann", ReplaceText(at="body/p1", find="Monday", text="Tuesday")),
        review("Bob", ReplaceText(at="body/p1", find="old", text="new"), SetCell(at="body/t1/r2/c2", text="1,300")),
    )
    changes = {(change.author, change.kind, change.text) for change in Document(result.data).changes()}
    assert changes == {
        ("Ann", "deletion", "Monday"),
        ("Ann", "insertion", "Tuesday"),
        ("Bob", "deletion", "old"),
        ("Bob", "insertion", "new"),
        ("Bob", "deletion", "1,200"),
        ("Bob", "insertion", "1,300"),
    }
    assert texts(settled(result.data, AcceptChange))[0] == "The board met on Tuesday in the new office."
    assert contents(settled(result.data, RejectChange)) == contents(BASE)
    assert result.conflicts == ()


def test_comments_of_all_come_along() -> None:
    result = merged(
        review("Ann", AddComment(at="body/p1", text="Which day?", find="Monday")),
        review("Bob", AddComment(at="body/p2", text="Which ones?", find="three things"), DeleteParagraph(at="body/p7")),
    )
    comments = [(c.author, c.text, c.quote) for c in Document(result.data).view().comments]
    assert comments == [("Ann", "Which day?", "Monday"), ("Bob", "Which ones?", "three things")]


def test_what_contradicts_an_earlier_change_becomes_a_comment_and_is_told() -> None:
    result = merged(
        review("Ann", ReplaceText(at="body/p1", find="Monday", text="Tuesday")),
        review("Bob", ReplaceText(at="body/p1", find="Monday", text="Friday")),
    )
    assert texts(settled(result.data, AcceptChange))[0] == "The board met on Tuesday in the old office."
    (comment,) = Document(result.data).view().comments
    assert (comment.author, "Friday" in comment.text) == ("Bob", True)
    assert len(result.conflicts) == 1


def test_a_deletion_against_a_change_is_a_contradiction() -> None:
    result = merged(
        review("Ann", ReplaceText(at="body/p2", find="three", text="four")),
        review("Bob", DeleteParagraph(at="body/p2")),
    )
    assert "It agreed on four things in all." in texts(settled(result.data, AcceptChange))
    assert len(result.conflicts) == 1


def test_a_change_that_two_agree_on_is_made_once() -> None:
    same = ReplaceText(at="body/p1", find="Monday", text="Tuesday")
    result = merged(review("Ann", same), review("Bob", same))
    assert {change.author for change in Document(result.data).changes()} == {"Ann"}
    assert result.conflicts == ()


def test_new_paragraphs_of_both_stand_there_and_untracked_changes_bear_the_name_of_the_copy() -> None:
    result = merged(
        review("Ann", InsertParagraph(after="body/p1", text="Ann was there too, it seems.")),
        review("Bob", InsertParagraph(after="body/p1", text="Bob went home at noon."), tracked=False),
    )
    assert texts(settled(result.data, AcceptChange))[1:3] == ["Ann was there too, it seems.", "Bob went home at noon."]
    assert {change.author for change in Document(result.data).changes()} == {"Ann", "Bob.docx"}
