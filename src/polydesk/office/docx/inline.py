"""A paragraph as the characters that a reader sees, each with the XML that holds it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from polydesk.office.ooxml.names import MC, M, W, local_name
from polydesk.office.ooxml.part import Element

W_P, W_R, W_T = f"{W}p", f"{W}r", f"{W}t"
W_PPR, W_RPR = f"{W}pPr", f"{W}rPr"
W_INS, W_DEL = f"{W}ins", f"{W}del"
W_MOVE_FROM, W_MOVE_TO = f"{W}moveFrom", f"{W}moveTo"
W_HYPERLINK, W_FLD_SIMPLE = f"{W}hyperlink", f"{W}fldSimple"
W_SDT, W_SDT_CONTENT = f"{W}sdt", f"{W}sdtContent"
W_ID, W_VAL = f"{W}id", f"{W}val"

INSERTIONS = frozenset({W_INS, W_MOVE_TO})
DELETIONS = frozenset({W_DEL, W_MOVE_FROM})
CONTAINERS = frozenset(
    {
        W_INS,
        W_DEL,
        W_MOVE_FROM,
        W_MOVE_TO,
        W_HYPERLINK,
        W_FLD_SIMPLE,
        W_SDT,
        W_SDT_CONTENT,
        f"{W}smartTag",
        f"{W}customXml",
        f"{W}dir",
        f"{W}bdo",
    }
)
"""Elements of a paragraph that hold runs (ISO/IEC 29500-1, 17.3.2.25 and the groups that it refers to)."""

_FIXED_CHARACTERS = {
    f"{W}tab": "\t",
    f"{W}br": "\n",
    f"{W}cr": "\n",
    f"{W}noBreakHyphen": "\N{NON-BREAKING HYPHEN}",
    f"{W}softHyphen": "\N{SOFT HYPHEN}",
}
_WHOLE = re.compile("[0-9]{1,9}")
_OFF_VALUES = frozenset({"0", "false", "off"})


@dataclass(slots=True, eq=False)
class Piece:
    """One child of a run, with the characters that it shows."""

    run: Element
    node: Element
    """The child: `w:t`, `w:tab`, a note reference, a drawing."""
    text: str
    """What a reader sees of it; empty for what is not characters, is hidden, or is deleted."""
    deleted: bool
    """Whether it lies inside a tracked deletion or the origin of a move."""
    depth: int
    """How many links, controls, fields and tracked insertions lie around it."""

    @property
    def is_words(self) -> bool:
        """Whether it is `w:t`, whose characters can be split."""
        return self.node.tag == W_T


def pieces(paragraph: Element) -> list[Piece]:
    """Every child of every run of `paragraph`, in reading order, nested paragraphs of text boxes left out."""
    fields: list[bool] = []
    found: list[Piece] = []
    for run, deleted, hidden, depth in runs(paragraph):
        for node in run.iterchildren("*"):  # Comments and processing instructions left out.
            if node.tag != W_RPR:
                text = _characters(node, fields)
                if deleted or hidden:
                    text = ""
                found.append(Piece(run, node, text, deleted, depth + len(fields)))
    return found


def runs(parent: Element, *, deleted: bool = False, depth: int = 0) -> Iterator[tuple[Element, bool, bool, int]]:
    """Every run below `parent` with whether it is deleted, whether it is hidden text, and how deep it lies."""
    for child in parent:
        tag = child.tag
        if tag == W_R:
            ruby = child.find(f"{W}ruby/{W}rubyBase")
            if ruby is not None:
                yield from runs(ruby, deleted=deleted, depth=depth + 1)
            else:
                yield child, deleted, _is_hidden(child), depth
        elif tag in CONTAINERS:
            yield from runs(child, deleted=deleted or tag in DELETIONS, depth=depth + 1)


def paragraph_text(paragraph: Element) -> str:
    """The characters a reader sees with every tracked change accepted."""
    return "".join(piece.text for piece in pieces(paragraph))


def is_on(element: Element | None) -> bool:
    """Whether an on/off property such as `w:b` is there and on (ISO/IEC 29500-1, 17.17.4)."""
    return element is not None and element.get(W_VAL, "true") not in _OFF_VALUES


def whole_number(value: str | None) -> int | None:
    """The count that an attribute gives; None when it is missing or none that a document can mean."""
    return int(value) if value is not None and _WHOLE.fullmatch(value) else None


def text_of(elements: Sequence[Piece]) -> str:
    """The characters of `elements` joined."""
    return "".join(piece.text for piece in elements)


def _is_hidden(run: Element) -> bool:
    properties = run.find(W_RPR)
    return properties is not None and is_on(properties.find(f"{W}vanish"))


def _characters(node: Element, fields: list[bool]) -> str:
    """The characters of one child of a run. `fields` says of each open field whether its result has begun."""
    tag = node.tag
    if tag == f"{W}fldChar":
        _follow_field(node.get(f"{W}fldCharType"), fields)
        return ""
    if fields and not all(fields):
        return ""
    return shown_characters(node)


def shown_characters(node: Element) -> str:
    """The characters of one child of a run, wherever it stands."""
    tag = node.tag
    if tag == W_T:
        return node.text or ""
    if tag == f"{W}sym":
        return _symbol(node.get(f"{W}char"))
    return _FIXED_CHARACTERS.get(tag, "")


def _follow_field(kind: str | None, fields: list[bool]) -> None:
    """Keep account of nested complex fields; stray marks of a field that spans paragraphs are ignored."""
    if kind == "begin":
        fields.append(False)
    elif kind == "separate" and fields:
        fields[-1] = True
    elif kind == "end" and fields:
        fields.pop()


def _symbol(code: str | None) -> str:
    try:
        number = int(code or "", 16)
    except ValueError:
        return "\N{REPLACEMENT CHARACTER}"
    # Symbol fonts sit at U+F000; the reader sees some glyph there, never the private character's name.
    return chr(number) if 0x20 <= number < 0xD800 or 0xE000 <= number < 0x110000 else "\N{REPLACEMENT CHARACTER}"


OBJECTS = {
    f"{W}drawing": "image",
    f"{W}pict": "image",
    f"{W}object": "object",
    f"{MC}AlternateContent": "image",
    f"{M}oMath": "equation",
    f"{M}oMathPara": "equation",
}
"""Elements that a reader sees as one thing, with the word for it."""


def kind_of_object(element: Element) -> str | None:
    """The word for a drawing, embedded object, text box or equation; None for anything else."""
    kind = OBJECTS.get(element.tag)
    if kind == "image" and any(local_name(item.tag) == "txbxContent" for item in element.iter()):
        return "text_box"
    return kind
