"""What an instruction concerns: which sections are to be rewritten, and whether comments are to be answered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from polydesk.copilot.passages import WHOLE_DOCUMENT, Passage, named_sections, section_of, sections
from polydesk.office.views import CommentView

_CLAUSE = re.compile(r"\s*(?:[;.]|,?\s+\b(?:and then|and also|and|then|also)\b)\s+", re.IGNORECASE)
_COMMENT_WORD = re.compile(r"\b(?:comment|question|remark|kommentar|commentaire|comentario|commento)", re.IGNORECASE)
_ANSWER_WORD = re.compile(
    r"\b(?:answer|reply|respond|address|resolve|beantwort|antwort|r\u00e9pon|respond|contest|rispond)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The reading of an instruction that a small model is led by, and every model is held to."""

    rewrite: str | None
    """The part of the instruction that is about words; None when it is about comments alone."""
    sections: tuple[str, ...]
    """Headings that the instruction names; empty for the whole document."""
    answer_comments: bool

    def describe(self) -> str:
        """The scope in a few words for the reader."""
        places = ", ".join(f"\u201c{name}\u201d" for name in self.sections) or WHOLE_DOCUMENT
        pieces = [places] if self.rewrite is not None else []
        if self.answer_comments:
            pieces.append("open comments")
        return " and ".join(pieces)


def read_scope(instruction: str, passages: Sequence[Passage], comments: Sequence[CommentView]) -> Scope:
    """What `instruction` concerns, by the headings and comments that it names."""
    clauses = [clause for clause in _CLAUSE.split(instruction.strip()) if clause]
    about_comments = [clause for clause in clauses if _asks_for_answers(clause)] if comments else []
    rest = [clause for clause in clauses if clause not in about_comments]
    return Scope(
        rewrite=" and ".join(rest).rstrip(".") if rest else None,
        sections=tuple(named_sections(instruction, sections(passages))),
        answer_comments=bool(about_comments),
    )


def in_scope(scope: Scope, passages: Sequence[Passage]) -> list[Passage]:
    """The passages that may be rewritten: those of the named sections, or the body's without its headings."""
    if scope.rewrite is None:
        return []
    if not scope.sections:
        return [passage for passage in passages if not passage.is_heading and passage.story == "body"]
    chosen = [passage for name in scope.sections for passage in section_of(passages, name)]
    return list(dict.fromkeys(chosen))


def open_threads(comments: Sequence[CommentView]) -> list[CommentView]:
    """The comments that begin a thread which is neither resolved nor answered."""
    answered = {comment.parent for comment in comments}
    return [
        comment
        for comment in comments
        if comment.parent is None and not comment.resolved and comment.id not in answered and comment.anchor is not None
    ]


def _asks_for_answers(clause: str) -> bool:
    return bool(_COMMENT_WORD.search(clause) and _ANSWER_WORD.search(clause))
