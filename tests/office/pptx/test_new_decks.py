from __future__ import annotations

import struct
import zlib
from datetime import UTC, datetime

import pytest

from polydesk.core.errors import UnreadableDocumentError, UnsupportedEditError, UsageError
from polydesk.office.opc.package import Package
from polydesk.office.pptx.deck import Deck
from polydesk.office.pptx.new_decks import NewDeck, new_deck
from polydesk.office.pptx.outline_markdown import outline_from_markdown
from polydesk.office.pptx.outlines import BulletsSlide, Outline, PictureSlide, QuoteSlide, Slide, TableSlide
from polydesk.office.pptx.presentation import Presentation
from polydesk.office.pptx.report import slide_problems
from polydesk.office.pptx.template import built_in_template
from polydesk.office.pptx.views import PresentationView, ShapeView
from tests.corpus_files import corpus_files, corpus_id

AT = datetime(2026, 1, 2, tzinfo=UTC)
TALK = """
# Growing in the Nordics

Board meeting

## The year in short
- Revenue grew by 18 %
  - ahead of plan in every quarter
- Two new markets opened

Notes: Thank the teams.

# Markets

What comes next

## Revenue
```chart column
Quarter, 2025, 2026
Q1, 8.1, 9.4
Q2, 8.6, 10.2
```

## Results
| Country | Revenue |
|---|---|
| Sweden | 18.2 |
| Norway | 12.1 |

## Build or buy?
### Build
- Full control
### Buy
- In the market at once

## A customer
> They answered before we had asked.
> \u2014 Anna Lund

## The office
![The front of the office](office.png)
- Opened in September

# Thank you

strategy@example.org
"""
WORDS = [
    *("Growing in the Nordics", "Board meeting", "Revenue grew by 18 %", "ahead of plan", "Markets", "What comes next"),
    *(
        "Results",
        "Sweden",
        "Build or buy?",
        "Full control",
        "They answered",
        "Anna Lund",
        "The office",
        "Opened",
        "Thank",
    ),
]


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def made(text: str = TALK, template: bytes | None = None) -> NewDeck:
    return new_deck(outline_from_markdown(text), template, pictures={"office.png": png(40, 30)}, at=AT)


def view(deck: NewDeck) -> PresentationView:
    return Presentation(deck.data).view()


def words(shapes: tuple[ShapeView, ...]) -> str:
    found: list[str] = []
    for shape in shapes:
        found += [paragraph.text for paragraph in shape.paragraphs]
        found += [cell.text for row in shape.rows for cell in row.cells]
    return "\n".join(found)


def test_a_deck_on_the_built_in_template_has_nothing_to_stumble_over() -> None:
    deck = made()
    assert slide_problems(deck.data) == []
    assert deck.notes == ()


def test_every_slide_is_made_from_the_layout_of_its_kind() -> None:
    assert [slide.layout for slide in view(made()).slides] == [
        *("Title Slide", "Title and Content", "Section Header", "Title and Content", "Title and Content"),
        *("Comparison", "Quote", "Picture with Text", "Closing"),
    ]


def test_the_content_is_all_there() -> None:
    seen = view(made())
    text = "\n".join(words(slide.shapes) for slide in seen.slides)
    assert [word for word in WORDS if word not in text] == []
    assert seen.slides[1].notes is not None
    assert seen.slides[1].notes.text == "Thank the teams."
    assert [section.name for section in seen.sections][-1:] == ["Markets"]
    charts = [shape.chart for slide in seen.slides for shape in slide.shapes if shape.chart is not None]
    assert [chart.series[1].values.points for chart in charts] == [(9.4, 10.2)]
    pictures = [shape.alt_text for slide in seen.slides for shape in slide.shapes if shape.kind == "picture"]
    assert pictures == ["The front of the office"]


def test_the_file_has_a_title_whether_or_not_the_template_has_properties() -> None:
    built_in = made().data
    for data in (built_in, made(template=built_in).data):
        core = Package.open(data).read("/docProps/core.xml")
        assert b"<dc:title>Growing in the Nordics</dc:title>" in core
        assert core.count(b"2026-01-02T00:00:00Z") == 2


def test_the_same_outline_gives_the_same_file() -> None:
    assert made().data == made().data


def templates() -> list[tuple[str, bytes]]:
    paths = corpus_files(".pptx", ".potx", ".pptm", ".ppsx", ".potm")
    return [(corpus_id(path), path.read_bytes()) for path in paths[::3]]


def test_decks_of_the_corpus_serve_as_templates_and_no_word_is_lost() -> None:
    for name, data in templates():
        deck = made(template=data)
        seen = view(deck)
        text = "\n".join(words(slide.shapes) for slide in seen.slides)
        assert [word for word in WORDS if word not in text] == [], name
        opened, before = Deck(Package.open(deck.data)), Deck(Package.open(data))
        assert (opened.masters(), opened.layouts()) == (before.masters(), before.layouts()), name
        for part in [*before.masters(), *before.layouts()]:
            assert opened.package.read(part) == before.package.read(part), name
        assert not any(problem.kind == "empty_placeholder" for problem in slide_problems(deck.data)), name


def test_a_template_becomes_a_presentation() -> None:
    main = b"application/vnd.openxmlformats-officedocument.presentationml."
    template = Package.open(made().data)
    types = template.read("/[Content_Types].xml")
    template.replace("/[Content_Types].xml", types.replace(main + b"presentation.main", main + b"template.main"))
    made_from = Package.open(made(template=template.save()).data)
    assert made_from.content_type("/ppt/presentation.xml") == (main + b"presentation.main+xml").decode()


def test_legal_text_and_numbers_of_the_templates_slides_are_kept() -> None:
    template = Package.open(built_in_template())
    footer = (
        b'<p:sp><p:nvSpPr><p:cNvPr id="77" name="Footer"/><p:cNvSpPr/><p:nvPr><p:ph type="ftr" sz="quarter" idx="11"/>'
        b"</p:nvPr></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/><a:p><a:r><a:t>Example Ltd. Confidential.</a:t></a:r></a:p>"
        b"</p:txBody></p:sp></p:spTree>"
    )
    slide = template.read("/ppt/slides/slide1.xml")
    template.replace("/ppt/slides/slide1.xml", slide.replace(b"</p:spTree>", footer))
    seen = view(made(template=template.save()))
    with_footers = ("Title and Content", "Comparison", "Quote", "Picture with Text")
    for one in seen.slides:
        kinds = {(shape.placeholder or "").partition(":")[0] for shape in one.shapes}
        assert ("Confidential" in words(one.shapes)) == (one.layout in with_footers), one.title
        assert ("sldNum" in kinds) == (one.layout in with_footers), one.title


def test_text_that_is_too_much_goes_on_on_another_slide() -> None:
    long = tuple(f"Point {number}: " + "words that take their room " * 4 for number in range(20))
    deck = new_deck(Outline(slides=(BulletsSlide(title="Much", bullets=long, notes="Once"),)), at=AT)
    slides = view(deck).slides
    assert [slide.title for slide in slides] == [
        f"Much ({number} of {len(slides)})" for number in range(1, len(slides) + 1)
    ]
    assert len(slides) > 1
    assert "\n".join(words(slide.shapes) for slide in slides).count("Point ") == 20
    assert [slide.notes is not None for slide in slides] == [True] + [False] * (len(slides) - 1)
    assert any("continues on another" in note for note in deck.notes)
    assert [problem.kind for problem in slide_problems(deck.data)] == []


def test_text_that_nearly_fits_is_set_smaller_within_limits() -> None:
    lines = tuple(f"Point {number} is one line long" for number in range(10))
    deck = new_deck(Outline(slides=(BulletsSlide(title="Many", bullets=lines),)), at=AT)
    assert deck.slides == 1
    assert any("of the layout's size" in note for note in deck.notes)
    assert slide_problems(deck.data) == []


def test_a_long_table_repeats_its_header() -> None:
    rows = (("Name", "Value"), *((f"Row {number}", str(number)) for number in range(40)))
    deck = new_deck(Outline(slides=(TableSlide(title="Long", rows=rows),)), at=AT)
    tables = [shape for slide in view(deck).slides for shape in slide.shapes if shape.rows]
    assert len(tables) > 1
    assert all(table.rows[0].cells[0].text == "Name" for table in tables)
    assert sum(len(table.rows) - 1 for table in tables) == 40
    assert slide_problems(deck.data) == []


def test_a_picture_that_was_not_given_is_said_and_never_fetched() -> None:
    slide = PictureSlide(title="Remote", picture="https://example.org/x.png", alt_text="x")
    deck = new_deck(Outline(slides=(slide,)), at=AT)
    assert deck.notes == ("'Remote': the picture 'https://example.org/x.png' was not given and is left out.",)


@pytest.mark.parametrize(
    ("slide", "reason"),
    [
        (
            BulletsSlide(title="Bad", bullets=("a\x01",)),
            "'Bad' cannot be made: the text has the character U\\+0001",
        ),
        (TableSlide(title="Rows", rows=(("a", "b"), ("c",))), "the slide 'Rows' cannot be made: a table has"),
        (
            PictureSlide(title="No", picture="x", alt_text="x"),
            "'No' cannot be made: The picture is none of PNG",
        ),
    ],
)
def test_an_error_names_the_slide(slide: Slide, reason: str) -> None:
    with pytest.raises(UnsupportedEditError, match=reason):
        new_deck(Outline(slides=(BulletsSlide(title="One", bullets=("a",)), slide)), pictures={"x": b"?"}, at=AT)


@pytest.mark.parametrize(
    ("outline", "template", "error"),
    [
        (Outline(slides=()), None, UsageError),
        (Outline(slides=(BulletsSlide(title="x", bullets=()),)), b"no zip", UnreadableDocumentError),
    ],
)
def test_what_cannot_be_made_is_refused(outline: Outline, template: bytes | None, error: type[Exception]) -> None:
    with pytest.raises(error):
        new_deck(outline, template, at=AT)


def test_a_quotation_keeps_the_title_of_its_slide() -> None:
    slide = QuoteSlide(title="What we ask", quote="Approve it.", source="Ann")
    view = Presentation(new_deck(Outline(slides=(slide,))).data).view()
    texts = [paragraph.text for shape in view.slides[0].shapes for paragraph in shape.paragraphs]
    assert {"\u201cApprove it.\u201d", "What we ask \u2014 Ann"} <= set(texts)
