"""What an instruction is taken to concern."""

from __future__ import annotations

import pytest

from polydesk.copilot.scope import Scope, in_scope, open_threads, read_scope
from polydesk.office.docx.views import CommentView
from tests.copilot.desk import passage

COMMENT = CommentView(id="comment#0", author="Ann", text="Why?", anchor="body/a")
PASSAGES = [
    passage("Quarterly report", level=0),
    passage("Executive summary", level=1),
    passage("All is well, on the whole.", heading="Executive summary"),
    passage("Outlook", level=1),
    passage("It will go on like this.", heading="Outlook"),
    passage("Orders in hand", level=2),
    passage("They are many, and they grow.", heading="Orders in hand"),
    passage("A note below the page.", story="footnote"),
]


def scope(instruction: str, comments: list[CommentView] | None = None) -> Scope:
    return read_scope(instruction, PASSAGES, [COMMENT] if comments is None else comments)


@pytest.mark.parametrize(
    ("instruction", "rewrite", "sections", "answers"),
    [
        ("Tighten the executive summary", "Tighten the executive summary", ("Executive summary",), False),
        ("tighten the EXECUTIVE SUMMARY.", "tighten the EXECUTIVE SUMMARY", ("Executive summary",), False),
        (
            "Shorten outlook and executive summary",
            "Shorten outlook and executive summary",
            ("Executive summary", "Outlook"),
            False,
        ),
        ("Fix the grammar", "Fix the grammar", (), False),
        ("Answer the comments", None, (), True),
        ("Answer the comments.", None, (), True),
        ("Tighten the outlook and answer the comment", "Tighten the outlook", ("Outlook",), True),
        ("Reply to the comments, then fix the grammar", "fix the grammar", (), True),
        ("Reply to all questions; tighten the outlook.", "tighten the outlook", ("Outlook",), True),
        ("Beantworte die Kommentare und k\u00fcrze den Outlook", "k\u00fcrze den Outlook", ("Outlook",), True),
        ("R\u00e9ponds aux commentaires", None, (), True),
        ("Contesta los comentarios", None, (), True),
        ("Rispondi ai commenti", None, (), True),
        ("Delete the comments' typos", "Delete the comments' typos", (), False),
        (
            "Write outlook as prospects throughout the document",
            "Write outlook as prospects throughout the document",
            (),
            False,
        ),
        ("Make the outlooks better", "Make the outlooks better", (), False),
    ],
)
def test_instruction_is_read(instruction: str, rewrite: str | None, sections: tuple[str, ...], answers: bool) -> None:
    found = scope(instruction)
    assert (found.rewrite, found.sections, found.answer_comments) == (rewrite, sections, answers)


def test_without_comments_no_clause_is_about_them() -> None:
    found = scope("Answer the questions of the outlook", comments=[])
    assert (found.rewrite, found.answer_comments) == ("Answer the questions of the outlook", False)


@pytest.mark.parametrize(
    ("instruction", "wishes"),
    [
        ("Translate the report to German", {"translates"}),
        ("\u00dcbersetze den Bericht", {"translates"}),
        ("\u628a\u62a5\u544a\u7ffb\u8bd1\u6210\u82f1\u6587", {"translates"}),
        ("Fix the grammar", {"corrects"}),
        ("Korrigiere die Rechtschreibung", {"corrects"}),
        ("Fix the typos and shorten it", {"removes"}),
        ("Correct the grammar and make it more formal", set[str]()),
        ("Remove the last paragraph", {"removes"}),
        ("Tighten the outlook", {"removes"}),
        ("K\u00fcrze den Bericht", {"removes"}),
        ("Supprime la note", {"removes"}),
        ("Accept all changes", {"decides_changes"}),
        ("Make it clear and correct", set[str]()),
        ("Comment on weak claims", {"mentions_comments"}),
    ],
)
def test_instruction_permits_no_more_than_it_says(instruction: str, wishes: set[str]) -> None:
    found = scope(instruction)
    flags = ("translates", "removes", "decides_changes", "mentions_comments", "corrects")
    assert {name for name in flags if getattr(found, name)} == wishes


@pytest.mark.parametrize(
    ("instruction", "texts"),
    [
        ("Tighten the outlook", ["It will go on like this.", "They are many, and they grow."]),
        ("Tighten orders in hand", ["They are many, and they grow."]),
        (
            "Fix the grammar",
            ["All is well, on the whole.", "It will go on like this.", "They are many, and they grow."],
        ),
        ("Answer the comments", []),
        ("Translate orders in hand to French", ["Orders in hand", "They are many, and they grow."]),
        ("Translate everything to French", [one.text for one in PASSAGES]),
    ],
)
def test_passages_in_scope(instruction: str, texts: list[str]) -> None:
    assert [one.text for one in in_scope(scope(instruction), PASSAGES)] == texts


def test_scope_says_what_it_is() -> None:
    assert scope("Tighten the outlook and answer the comments").describe() == "\u201cOutlook\u201d and open comments"
    assert scope("Fix the grammar").describe() == "the whole document"
    assert scope("Answer the comments").describe() == "open comments"


def test_threads_are_open_until_answered_resolved_or_without_a_place() -> None:
    comments = [
        COMMENT,
        CommentView(id="comment#1", author="Ann", text="Done?", anchor="body/a", resolved=True),
        CommentView(id="comment#2", author="Ann", text="Who?", anchor="body/a"),
        CommentView(id="comment#3", author="Bob", text="Me.", anchor="body/a", parent="comment#2"),
        CommentView(id="comment#4", author="Ann", text="Where?"),
    ]
    assert open_threads(comments) == [COMMENT]
