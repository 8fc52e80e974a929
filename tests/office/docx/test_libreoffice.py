"""LibreOffice opens what we write, sees the changes that we made, and settles them as we do."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from polydesk.core.errors import OfficeError
from polydesk.office.docx.document import Document
from polydesk.office.docx.edits import (
    AcceptChange,
    AddComment,
    DeleteParagraph,
    Edit,
    InsertParagraph,
    MoveParagraph,
    RejectChange,
    ReplaceText,
    ReplyComment,
    ResolveComment,
    SetCell,
    SetStyle,
)
from polydesk.office.docx.views import ParagraphView
from tests.corpus_files import corpus_files, corpus_id
from tests.docx_builder import b, docx, i, link, p, tbl
from tests.libreoffice import LibreOffice, Redline
from tests.office.docx.trials import applied, places

DATA = docx(
    p("The annual report", style="Heading1"),
    p("The board met on ", b("Monday"), " in the ", i("old"), " office."),
    p("It agreed on three things."),
    p("See ", link("the site", url="https://example.org"), " for more."),
    tbl(["Item", "Cost"], ["Heating", "1,200"]),
    p("The end."),
)


def anchor(number: int) -> str:
    return f"body/p{number}"


EDITS: dict[str, tuple[Edit, list[Redline]]] = {
    "words": (
        ReplaceText(at=anchor(2), text="The board met on Tuesday in the new office."),
        [
            Redline("Delete", "Polydesk", "Monday"),
            Redline("Insert", "Polydesk", "Tuesday"),
            Redline("Delete", "Polydesk", "old"),
            Redline("Insert", "Polydesk", "new"),
        ],
    ),
    "inside a link": (
        ReplaceText(at=anchor(4), text="See the page for more."),
        [Redline("Delete", "Polydesk", "site"), Redline("Insert", "Polydesk", "page")],
    ),
    "paragraph behind": (
        InsertParagraph(after=anchor(3), text="And a fourth."),
        [Redline("Insert", "Polydesk", "And a fourth.\n")],
    ),
    "paragraph in front": (
        InsertParagraph(before=anchor(3), text="First of all."),
        [Redline("Insert", "Polydesk", "First of all.\n")],
    ),
    "paragraph gone": (
        DeleteParagraph(at=anchor(3)),
        [Redline("Delete", "Polydesk", "It agreed on three things.\n")],
    ),
    "cell": (
        SetCell(at="body/t1/r2/c2", text="1,300"),
        [Redline("Delete", "Polydesk", "1,200"), Redline("Insert", "Polydesk", "1,300")],
    ),
    "style": (SetStyle(at=anchor(3), style="heading 2"), [Redline("ParagraphFormat", "Polydesk", "")]),
    "move": (MoveParagraph(at=anchor(3), before=anchor(2)), []),
    "at the end": (InsertParagraph(after=anchor(9), text="Truly."), []),
    "the end gone": (DeleteParagraph(at=anchor(9)), []),
}


@pytest.mark.parametrize("name", EDITS)
def test_libreoffice_settles_our_changes_as_we_do(libreoffice: LibreOffice, name: str) -> None:
    edit, redlines = EDITS[name]
    result = applied(DATA, edit).data
    if redlines:
        seen = libreoffice.redlines(result)
        if name == "style":  # LibreOffice 7.4 gives a paragraph's whole text to a change of its style.
            seen = [redline._replace(text="") for redline in seen]
        assert seen == redlines
    direct = applied(DATA, edit, tracked=False).data
    assert libreoffice.reject_all(result) == libreoffice.text(DATA)
    assert libreoffice.accept_all(result) == libreoffice.text(direct)


def test_libreoffice_reads_our_comments_and_their_states(libreoffice: LibreOffice) -> None:
    asked = applied(DATA, AddComment(at=anchor(2), find="Monday", text="Which one?")).data
    comment = Document(asked).view().comments[0].id
    answered = applied(asked, ReplyComment(comment=comment, text="The first.")).data
    resolved = applied(answered, ResolveComment(comment=comment)).data
    reading = libreoffice.read(resolved)
    assert [(c.author, c.text) for c in reading.comments] == [("Polydesk", "Which one?"), ("Polydesk", "The first.")]
    assert reading.comments[0].resolved
    assert reading.body == libreoffice.text(DATA)


def _plain(file: Path) -> bool:
    """Whether it has words, no changes of others, and no style that is not defined.

    LibreOffice 7.4 takes the end of another paragraph for inserted where an inserted paragraph names such a style.
    """
    try:
        view = Document(file.read_bytes()).view()
    except OfficeError:
        return False
    paragraphs = places(view).paragraphs
    styles = {p.style for p in paragraphs} - {None}
    return not view.changes and any(p.text for p in paragraphs) and styles <= set(view.styles)


SAMPLE = [file for file in corpus_files(".docx") if file.stat().st_size < 60_000][::7]


@pytest.mark.parametrize("file", SAMPLE, ids=corpus_id)
def test_libreoffice_agrees_on_real_files(libreoffice: LibreOffice, file: Path) -> None:
    if not _plain(file):
        pytest.skip("without words, or changed by others already")
    data = file.read_bytes()
    chance = random.Random(file.name)
    body = [
        b for s in Document(data).view().stories if s.kind == "body" for b in s.blocks if isinstance(b, ParagraphView)
    ]
    _agrees(libreoffice, data, chance, [b.anchor for b in body if b.text], {b.anchor: b.text for b in body})


def _agrees(
    libreoffice: LibreOffice, data: bytes, chance: random.Random, anchors: list[str], texts: dict[str, str]
) -> None:
    if not anchors:
        return
    at = chance.choice(anchors)
    edits: list[Edit] = [ReplaceText(at=at, text=f"Now {texts[at]} again"), InsertParagraph(before=at, text="First.")]
    result = applied(data, *edits)
    assert libreoffice.reject_all(result.data) == libreoffice.text(data)
    settled = applied(result.data, *(AcceptChange(change=id) for e in result.edits for id in e.change_ids)).data
    assert libreoffice.accept_all(result.data) == libreoffice.text(settled)
    undone = applied(result.data, *(RejectChange(change=id) for e in result.edits for id in e.change_ids)).data
    assert libreoffice.text(undone) == libreoffice.text(data)
