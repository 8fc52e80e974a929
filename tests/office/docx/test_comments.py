"""Comments are added, answered and resolved in whatever shape the file has them."""

from __future__ import annotations

import re

import pytest

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.docx.document import Document
from polydesk.office.docx.edits import AddComment, ReplyComment, ResolveComment
from polydesk.office.docx.views import CommentView
from tests.docx_builder import Comment, comment, docx, member, p
from tests.office.docx.trials import applied

THREAD = docx(
    p("Before ", comment(0, "these words"), " after."),
    comments={0: Comment(blocks=["Why?"], author="Ann")},
)


def comments(data: bytes) -> list[CommentView]:
    return list(Document(data).view().comments)


def test_a_comment_quotes_the_words_that_it_is_about() -> None:
    result = applied(docx("The board met."), AddComment(at="body/p1", find="board", text="Who?"))
    made = comments(result.data)[0]
    assert (made.id, made.author, made.text, made.quote) == (
        result.edits[0].comment_ids[0],
        "Polydesk",
        "Who?",
        "board",
    )
    assert set(result.changed_parts) == {
        "/[Content_Types].xml",
        "/word/document.xml",
        "/word/_rels/document.xml.rels",
        "/word/comments.xml",
    }


@pytest.mark.parametrize("strict", [False, True])
def test_an_answer_joins_the_thread_and_its_state_is_the_thread_s(strict: bool) -> None:
    data = docx(p(comment(0, "words")), comments={0: "Why?"}, strict=strict)
    answered = applied(data, ReplyComment(comment="comment#0", text="So.\nThat is why.")).data
    first, answer = comments(answered)
    assert (first.parent, answer.parent, answer.text, answer.quote) == (None, first.id, "So.\nThat is why.", "words")
    resolved = applied(answered, ResolveComment(comment=answer.id)).data
    assert comments(resolved)[0].resolved
    reopened = applied(resolved, ResolveComment(comment=first.id, resolved=False)).data
    assert not comments(reopened)[0].resolved


def test_an_answer_to_an_answer_belongs_to_the_first() -> None:
    answered = applied(THREAD, ReplyComment(comment="comment#0", text="One.")).data
    second = comments(answered)[1].id
    again = applied(answered, ReplyComment(comment=second, text="Two.")).data
    assert [c.parent for c in comments(again)] == [None, "comment#0", "comment#0"]


def test_a_comment_without_paragraph_id_is_given_one() -> None:
    xml = member(THREAD, "word/comments.xml")
    bare = re.sub(rb' w14:(paraId|textId)="[^"]*"', b"", xml)
    data = docx(p(comment(0, "words")), comments={0: "Why?"}, parts={"word/comments.xml": bare})
    answered = applied(data, ReplyComment(comment="comment#0", text="So.")).data
    assert [c.parent for c in comments(answered)] == [None, "comment#0"]
    assert b'Ignorable="' in member(answered, "word/comments.xml")


def test_a_comment_that_no_words_carry_cannot_be_answered() -> None:
    data = docx("words", comments={0: "Lost."})
    assert comments(data)[0].anchor is None
    with pytest.raises(UnsupportedEditError, match="no longer attached"):
        applied(data, ReplyComment(comment="comment#0", text="x"))


def test_comments_never_share_an_id_with_anything() -> None:
    result = applied(THREAD, *(AddComment(at="body/p1", text=f"Number {n}.") for n in range(5)))
    ids = [c.id for c in comments(result.data)]
    assert len(set(ids)) == 6
