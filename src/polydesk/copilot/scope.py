"""What an instruction concerns: which sections are to be rewritten, and whether comments are to be answered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from polydesk.copilot.passages import WHOLE_DOCUMENT, Passage, named_sections, section_of, sections
from polydesk.office.docx.views import CommentView

_CLAUSE = re.compile(r"\s*(?:[;.]|,?\s+\b(?:and then|and also|and|then|also|und|et|y|e)\b)\s+", re.IGNORECASE)
_COMMENT_WORD = re.compile(r"\b(?:comment|question|remark|kommentar|commentaire|comentario|commento)", re.IGNORECASE)
_ANSWER_WORD = re.compile(
    r"\b(?:answer|reply|respond|address|resolve|beantwort|antwort|r\u00e9pon|respond|contest|rispond)", re.IGNORECASE
)
_EVERYWHERE = re.compile(
    r"\b(?:throughout|everywhere|(?:whole|entire|full|complete) (?:document|report|text|file)"
    r"|ganze[nrs]? (?:dokument|bericht|text)"  # codespell:ignore dokument
    r"|\u00fcberall|partout|tout le document|todo el documento)\b",
    re.IGNORECASE,
)
_TRANSLATION = re.compile(r"\b(?:translat|\u00fcbersetz|tradu)|\u7ffb\u8bd1|\u7ffb\u8b6f|\u8bd1\u6210", re.IGNORECASE)
_REMOVAL = re.compile(
    r"\b(?:delet|remov|cut|drop|omit|eras|strik|merg|combin|join|"  # codespell:ignore delet,combin
    r"short|tight|condens|concis|trim|reduc|summar|brief|strip|simplif|"  # codespell:ignore summar
    r"restructur|reorgani|mov|split|replac|dedup|duplicat|"  # codespell:ignore duplicat
    r"l\u00f6sch|entfern|streich|k\u00fcrz|kurz|straff|zusammen|supprim|enlev|raccourc|effac|fusion|r\u00e9dui|"
    r"elimin|borr|quit|acort|resum|rimuov|accorc)|\u5220|\u522a|\u7f29|\u7e2e|\u7cbe\u7b80",
    re.IGNORECASE,
)
_CORRECTION = re.compile(
    r"\b(?:grammar|spelling|typos?|misspell|proofread|punctuation|correct(?:ions?)?\b|rechtschreib|grammati|tippfehler"
    r"|korrigier|orthograph|corrig|ortograf|ortogr\u00e1f|gram\u00e1tic)",
    re.IGNORECASE,
)
_STYLE = re.compile(
    r"\b(?:rewrit|rephras|formal|friendl|polite|tone|style|clear|fluen|improv|polish|readab|plain|umschreib|verbesser"
    r"|reformul|am\u00e9lior|mejor)",
    re.IGNORECASE,
)
_DECISION = re.compile(
    r"\b(?:accept|reject|approv|declin|annehm|akzeptier|ablehn|verwerf|rejet|refus|"
    r"acept|rechaz)",  # codespell:ignore acept
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The reading of an instruction that a small model is led by, and every model is held to.

    It is read from the instruction alone; nothing that the document or its comments say can widen it.
    """

    rewrite: str | None
    """The part of the instruction that is about words; None when it is about comments alone."""
    sections: tuple[str, ...]
    """Headings that the instruction names; empty for the whole document."""
    answer_comments: bool
    mentions_comments: bool = False
    """Whether the instruction speaks of comments at all, so that some may be made or resolved."""
    translates: bool = False
    """Whether words are to come in another language, so that names and lengths say little."""
    corrects: bool = False
    """Whether mistakes alone are to be mended, so that every word stays in its right spelling."""
    removes: bool = False
    """Whether whole paragraphs may go."""
    decides_changes: bool = False
    """Whether tracked changes that are there may be accepted or rejected."""

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
    everywhere = _EVERYWHERE.search(instruction) is not None
    return Scope(
        rewrite=_words_part(instruction, about_comments, rest),
        sections=() if everywhere else tuple(named_sections(instruction, sections(passages))),
        answer_comments=bool(about_comments),
        mentions_comments=_COMMENT_WORD.search(instruction) is not None,
        translates=_TRANSLATION.search(instruction) is not None,
        corrects=_is_correction(instruction),
        removes=_REMOVAL.search(instruction) is not None,
        decides_changes=_DECISION.search(instruction) is not None,
    )


def in_scope(scope: Scope, passages: Sequence[Passage]) -> list[Passage]:
    """The passages that may be rewritten: those of the named sections, or the body's without its headings.

    A translation takes headings too, and notes, headers and text boxes with the whole document.
    """
    if scope.rewrite is None:
        return []
    if not scope.sections:
        return [
            passage for passage in passages if scope.translates or (not passage.is_heading and passage.story == "body")
        ]
    chosen = [
        passage for name in scope.sections for passage in section_of(passages, name, with_headings=scope.translates)
    ]
    return list(dict.fromkeys(chosen))


def open_threads(comments: Sequence[CommentView]) -> list[CommentView]:
    """The comments that begin a thread which is neither resolved nor answered."""
    answered = {comment.parent for comment in comments}
    return [
        comment
        for comment in comments
        if comment.parent is None and not comment.resolved and comment.id not in answered and comment.anchor is not None
    ]


def _words_part(instruction: str, about_comments: Sequence[str], rest: Sequence[str]) -> str | None:
    """What is left for the words, in the user's own wording where no clause is about comments."""
    if not about_comments:
        return instruction.strip().rstrip(".")
    return " and ".join(rest).rstrip(".") if rest else None


def _is_correction(instruction: str) -> bool:
    """Whether mistakes are to be mended and nothing else is asked for that would change the words."""
    others = (_REMOVAL, _TRANSLATION, _STYLE)
    return _CORRECTION.search(instruction) is not None and not any(other.search(instruction) for other in others)


def _asks_for_answers(clause: str) -> bool:
    return bool(_COMMENT_WORD.search(clause) and _ANSWER_WORD.search(clause))
