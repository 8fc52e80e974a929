"""The characters of a DrawingML paragraph (ISO/IEC 29500-1, 21.1.2) and where each of them stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from polydesk.office.ooxml.names import MC, A
from polydesk.office.ooxml.part import Element
from polydesk.office.pptx.names import A_BR, A_FLD, A_P, A_PPR, A_R, A_RPR, A_T, M
from polydesk.office.pptx.numbers import whole

PieceKind = Literal["run", "break", "field", "other"]
MAX_LEVEL = 8
"""The deepest level of a paragraph, counted from 0 (ST_TextIndentLevelType)."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One child of a paragraph and the characters that it shows."""

    node: Element
    text: str
    """A line break is a newline. Empty for what has no characters, such as an equation."""
    kind: PieceKind


def pieces(paragraph: Element) -> list[Piece]:
    """The content of a paragraph in order, its properties left out."""
    found: list[Piece] = []
    for child in paragraph.iterchildren("*"):
        if child.tag == A_R:
            found.append(Piece(child, child.findtext(A_T) or "", "run"))
        elif child.tag == A_BR:
            found.append(Piece(child, "\n", "break"))
        elif child.tag == A_FLD:
            found.append(Piece(child, child.findtext(A_T) or "", "field"))
        elif child.tag not in (A_PPR, f"{A}endParaRPr"):
            found.append(Piece(child, "", "other"))
    return found


def paragraph_text(paragraph: Element) -> str:
    """What the paragraph shows; line breaks are newlines."""
    return "".join(piece.text for piece in pieces(paragraph))


def equation_text(node: Element) -> str | None:
    """The characters of the equation in a paragraph's child, run together; None when it is none."""
    if node.tag == f"{MC}AlternateContent":
        choice = node.find(f"{MC}Choice")
        node = node if choice is None else choice
    words = [text.text or "" for text in node.iter(f"{M}t")]
    return "".join(words) if words or next(node.iter(f"{M}oMath"), None) is not None else None


def level_of(paragraph: Element) -> int:
    """The paragraph's level from 0; 0 for one that is none."""
    properties = paragraph.find(A_PPR)
    return 0 if properties is None else min(whole(properties.get("lvl")), MAX_LEVEL)


def body_paragraphs(body: Element) -> list[Element]:
    """The paragraphs of a text body."""
    return list(body.iterchildren(A_P))


def body_text(body: Element | None) -> str:
    """The paragraphs of a text body joined by newlines, line breaks inside them as vertical tabs."""
    if body is None:
        return ""
    return "\n".join(paragraph_text(paragraph).replace("\n", "\v") for paragraph in body_paragraphs(body))


def look_of(piece: Piece) -> Element | None:
    """The run properties of a piece; None when it has none."""
    return piece.node.find(A_RPR)
