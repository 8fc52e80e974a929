"""What every edit must keep, on real files, on built ones and on generated ones."""

from __future__ import annotations

import io
import random
import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polydesk.core.errors import UnreadableDocumentError, UnsupportedEditError
from polydesk.office.docx.document import Document
from polydesk.office.docx.edits import (
    AcceptChange,
    DeleteParagraph,
    Edit,
    InsertParagraph,
    RejectChange,
    ReplaceText,
    SetStyle,
)
from tests.corpus_files import corpus_files, corpus_id
from tests.docx_builder import (
    Piece,
    b,
    bookmark,
    comment,
    dele,
    docx,
    endnote,
    field,
    footnote,
    i,
    image,
    ins,
    link,
    p,
    restyled,
    sdt,
    simple_field,
    tbl,
    textbox,
)
from tests.office.docx.reading import story_looks, story_texts
from tests.office.docx.trials import applied, broken_laws, places, trial_edits
from tests.test_docx_builder import rich

FILES = corpus_files(".docx", ".docm", ".dotx", ".dotm")
REPORT = Path(__file__).parents[3] / "examples" / "board-report.docx"


@pytest.mark.parametrize("file", FILES, ids=corpus_id)
def test_every_law_holds_on_real_files(file: Path) -> None:
    try:
        document = Document(file.read_bytes())
    except UnreadableDocumentError:
        pytest.skip("cannot be read, which the package tests look at")
    assert document.apply([], ignore_protection=True).data is document.data
    _check(document, random.Random(f"2 {file.name}"))


def without_prefixes(data: bytes) -> bytes:
    """The document with its main namespace as the default one, as some writers have it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.infolist():
            text = source.read(member)
            if b"xmlns:w=" in text:
                text = re.sub(rb'xmlns:w="([^"]*)"', rb'xmlns="\1" xmlns:w="\1"', text)
                text = re.sub(rb"(</?)w:", rb"\1", text)
            target.writestr(member, text)
    return out.getvalue()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "data",
    [rich(), rich(prefix="x"), without_prefixes(rich()), rich(strict=True), REPORT.read_bytes()],
    ids=["rich", "other prefix", "default namespace", "strict", "board report"],
)
def test_every_law_holds_on_documents_with_everything(data: bytes, seed: int) -> None:
    _check(Document(data), random.Random(seed), each=2)


def _check(document: Document, chance: random.Random, *, each: int = 1) -> None:
    tried = 0
    for edit in trial_edits(document.view(), chance, each=each):
        try:
            assert broken_laws(document.data, edit) == [], edit
        except UnsupportedEditError:
            continue  # Refused with a reason, which other tests look at.
        tried += 1
    assert tried or not places(document.view()).paragraphs


# Generated documents ----------------------------------------------------------------------------------------

vocabulary = (
    *("the", "board", "met,", "1,234.5", "a\tb", "x\ny", "&<"),
    *("caf\u00e9", "e\u0301", "\U0001f600", "\u65e5\u672c"),
)
words = st.lists(
    st.sampled_from(vocabulary),
    min_size=1,
    max_size=5,
).map(" ".join)
simple = st.one_of(words, words.map(b), words.map(i))
inline = st.one_of(
    simple,
    words.map(lambda text: ins(text, author="Ann")),
    words.map(lambda text: dele(text, author="Bob")),
    words.map(lambda text: ins(dele(text, author="Bob"), author="Ann")),
    words.map(restyled),
    words.map(lambda text: link(text, anchor="m")),
    words.map(lambda text: field("REF m", text)),
    words.map(lambda text: simple_field("DATE", text)),
    words.map(sdt),
    st.just(image()),
    st.just(footnote(1)),
    st.just(endnote(1)),
)


@st.composite
def paragraphs(draw: st.DrawFn, number: int) -> Piece:
    content: list[Piece] = [*draw(st.lists(inline, max_size=4))]
    if draw(st.booleans()):
        content.append(bookmark(f"b{number}", draw(words)))
    if draw(st.booleans()):
        content.append(comment(number, draw(words)))
    style = draw(st.sampled_from([None, "Heading1", "Heading2"]))
    return p(*content, style=style)


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    body: list[Piece] = [draw(paragraphs(number)) for number in range(draw(st.integers(1, 4)))]
    if draw(st.booleans()):
        body.insert(draw(st.integers(0, len(body))), tbl(["a", p("b", b(" c"))], ["d", tbl(["e"])]))
    if draw(st.booleans()):
        body.append(p(textbox("In a box.")))
    return docx(
        *body,
        footnotes={1: "A note."},
        endnotes={1: "An end."},
        comments=dict.fromkeys(range(4), "Why?"),
        header=["Top"],
    )


@settings(max_examples=40)
@given(documents(), st.integers(0, 2**32))
def test_every_law_holds_on_generated_documents(data: bytes, seed: int) -> None:
    for edit in trial_edits(Document(data).view(), random.Random(seed)):
        try:
            assert broken_laws(data, edit) == [], edit
        except UnsupportedEditError:
            continue


@settings(max_examples=60)
@given(documents(), st.integers(0, 2**32))
def test_a_replaced_paragraph_reads_as_asked(data: bytes, seed: int) -> None:
    chance = random.Random(seed)
    paragraph = chance.choice(places(Document(data).view()).paragraphs)
    text = chance.choice(["", "the board", paragraph.text + " and more", paragraph.text[3:], "a\tb\nc \u65e5\u672c"])
    for tracked in (True, False):
        result = applied(data, ReplaceText(at=paragraph.anchor, text=text), tracked=tracked)
        place = paragraph.anchor.partition("~")[0]
        now = [p for p in places(Document(result.data).view()).paragraphs if p.anchor.startswith(f"{place}~")]
        assert [p.text for p in now] == [text]


# Lists of edits ---------------------------------------------------------------------------------------------


def _independent(data: bytes, chance: random.Random) -> list[Edit]:
    """Edits on different paragraphs that do not stand beside each other."""
    found = [p for p in places(Document(data).view()).paragraphs if p.anchor.startswith("body/")][::3]
    edits: list[Edit] = []
    for paragraph in chance.sample(found, min(len(found), 4)):
        at = paragraph.anchor
        edits.append(
            chance.choice(
                [
                    ReplaceText(at=at, text=f"{paragraph.text} more"),
                    InsertParagraph(after=at, text="new"),
                    SetStyle(at=at, style="heading 1"),
                    DeleteParagraph(at=at),
                ]
            )
        )
    return edits


@pytest.mark.parametrize("seed", range(12))
def test_edits_on_different_places_commute(seed: int) -> None:
    data = REPORT.read_bytes()
    edits = _independent(data, random.Random(seed))
    assert len(edits) == 4
    forwards, backwards = applied(data, *edits).data, applied(data, *reversed(edits)).data
    assert story_looks(forwards) == story_looks(backwards)
    assert story_texts(_settled(forwards, "accept")) == story_texts(_settled(backwards, "accept"))


@pytest.mark.parametrize("seed", range(12))
def test_a_whole_list_can_be_undone_in_one_step(seed: int) -> None:
    data = REPORT.read_bytes()
    result = applied(data, *_independent(data, random.Random(seed)))
    ids = [id for item in result.edits for id in item.change_ids]
    undone = applied(result.data, *(RejectChange(change=id) for id in ids)).data
    assert story_looks(undone) == story_looks(data)


def _settled(data: bytes, verdict: str) -> bytes:
    edit = AcceptChange(change="*") if verdict == "accept" else RejectChange(change="*")
    settled = applied(data, edit).data
    assert Document(settled).changes() == []
    return settled


@pytest.mark.parametrize("verdict", ["accept", "reject"])
@pytest.mark.parametrize("data", [rich(), rich(strict=True), REPORT.read_bytes()], ids=["rich", "strict", "report"])
def test_settling_everything_leaves_no_change(data: bytes, verdict: str) -> None:
    assert Document(data).changes()
    _settled(data, verdict)
