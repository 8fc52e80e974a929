"""Labels are those that Word prints."""

from __future__ import annotations

import pytest

from polydesk.office.docx.document import Document
from polydesk.office.docx.views import ParagraphView
from tests.docx_builder import docx, p


def level(
    depth: int,
    text: str,
    *,
    form: str = "decimal",
    start: str = "1",
    restart: str = "",
    style: str = "",
    legal: str = "",
) -> str:
    return (
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>'
        + (f'<w:lvlRestart w:val="{restart}"/>' if restart else "")
        + (f'<w:pStyle w:val="{style}"/>' if style else "")
        + legal
        + f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


def abstract(number: int, *levels: str) -> str:
    return f'<w:abstractNum w:abstractNumId="{number}">{"".join(levels)}</w:abstractNum>'


def num(number: int, of: int, overrides: str = "") -> str:
    return f'<w:num w:numId="{number}"><w:abstractNumId w:val="{of}"/>{overrides}</w:num>'


def labels(numbering: str, *places: tuple[int, int] | str) -> list[str | None]:
    """The labels of paragraphs with (list, level), or with a style."""
    body = [p("x", style=place) if isinstance(place, str) else p("x", num=place) for place in places]
    blocks = Document(docx(*body, numbering=numbering)).view().stories[0].blocks
    return [block.label for block in blocks if isinstance(block, ParagraphView)]


OUTLINE = abstract(0, level(0, "%1."), level(1, "%1.%2", form="decimal"), level(2, "(%3)", form="lowerLetter"))


@pytest.mark.parametrize(
    ("numbering", "places", "expected"),
    [
        (OUTLINE + num(1, 0), [(1, 0), (1, 1), (1, 1), (1, 0), (1, 1)], ["1.", "1.1", "1.2", "2.", "2.1"]),
        (OUTLINE + num(1, 0), [(1, 1), (1, 2), (1, 2)], ["1.1", "(a)", "(b)"]),
        (OUTLINE + num(1, 0) + num(2, 0), [(1, 0), (2, 0), (1, 0)], ["1.", "2.", "3."]),
        (
            OUTLINE + num(1, 0) + num(2, 0, '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'),
            [(1, 0), (1, 0), (2, 0), (2, 0)],
            ["1.", "2.", "1.", "2."],
        ),
        (
            OUTLINE
            + num(1, 0, f'<w:lvlOverride w:ilvl="0">{level(0, "%1)", form="upperRoman", start="4")}</w:lvlOverride>'),
            [(1, 0), (1, 0)],
            ["IV)", "V)"],
        ),
        (abstract(0, level(0, "%1", form="upperLetter", start="26")) + num(1, 0), [(1, 0), (1, 0)], ["Z", "AA"]),
        (abstract(0, level(0, "%1", form="lowerRoman", start="9")) + num(1, 0), [(1, 0), (1, 0)], ["ix", "x"]),
        (abstract(0, level(0, "%1", form="decimalZero", start="9")) + num(1, 0), [(1, 0), (1, 0)], ["09", "10"]),
        (abstract(0, level(0, "%1", form="ordinal", start="11")) + num(1, 0), [(1, 0)], ["11th"]),
        (abstract(0, level(0, "%1", form="upperLetter", start="999999999")) + num(1, 0), [(1, 0)], ["999999999"]),
        (abstract(0, level(0, "", form="none")) + num(1, 0), [(1, 0)], [None]),
        (abstract(0, level(0, "\uf0b7", form="bullet")) + num(1, 0), [(1, 0)], ["\u2022"]),
        (abstract(0, level(0, "\u2013", form="bullet")) + num(1, 0), [(1, 0)], ["\u2013"]),
        (
            abstract(0, level(0, "%1", form="upperRoman"), level(1, "%1.%2", legal="<w:isLgl/>")) + num(1, 0),
            [(1, 0), (1, 1)],
            ["I", "1.1"],
        ),
        (
            abstract(0, level(0, "%1"), level(1, "%2", restart="0")) + num(1, 0),
            [(1, 0), (1, 1), (1, 0), (1, 1)],
            ["1", "1", "2", "2"],
        ),
        (OUTLINE + num(1, 0), [(9, 0), (0, 0)], [None, None]),
        (OUTLINE + num(1, 7), [(1, 0)], [None]),
    ],
)
def test_labels(numbering: str, places: list[tuple[int, int]], expected: list[str | None]) -> None:
    assert labels(numbering, *places) == expected


def test_a_style_gives_list_and_level() -> None:
    numbering = abstract(0, level(0, "%1", style="A"), level(1, "%1.%2", style="B")) + num(1, 0)
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{name}"/>{based}'
        '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        for name, based in (("A", ""), ("B", '<w:basedOn w:val="A"/>'))
    )
    body = [p("x", style=name) for name in ("A", "B", "B", "A", "B")]
    blocks = Document(docx(*body, numbering=numbering, styles=styles)).view().stories[0].blocks
    assert [b.label for b in blocks if isinstance(b, ParagraphView)] == ["1", "1.1", "1.2", "2", "2.1"]
