"""Damaged and hostile presentations: a clear refusal or a result, never anything else."""

from __future__ import annotations

import io
import random
import re
import zipfile
from pathlib import Path

import pytest

from polydesk.core.errors import OfficeError
from polydesk.office.pptx.drawing import lines
from polydesk.office.pptx.object_edits import DeleteColumn
from polydesk.office.pptx.presentation import Presentation
from tests.corpus_files import corpus_files
from tests.office.pptx.trials import applied, trial_edits
from tests.pptx_builder import deck, rich, slide, sp, table

FILES = [file for file in corpus_files(".pptx", ".pptm") if file.stat().st_size < 60_000]
_VALUES = (b"", b"0", b"-1", b"99999999999", b"x", b"1.5", b"true", b"\xc3\xa9", b"rId1", b"rId99")
_TAGS = (b"<a:p/>", b"<p:sp/>", b"<p:grpSp/>", b"<a:tbl/>", b"<a:tr/>", b"<p:cNvPr/>", b"<!-- x -->", b"<a:fld/>", b"")


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The file with some parts' markup changed: attributes, elements taken out, doubled or put in."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(stream, "w") as target:
        names = [name for name in source.namelist() if name.endswith((".xml", ".rels"))]
        chosen = set(chance.sample(names, min(3, len(names)))) | {
            name for name in names if "slides/slide" in name and chance.random() < 0.5
        }
        for name in source.namelist():
            content = source.read(name)
            if name in chosen:
                for _ in range(chance.randint(1, 4)):
                    content = _changed(content, chance)
            if not (name in chosen and chance.random() < 0.05):
                target.writestr(name, content)
    return stream.getvalue()


def _changed(content: bytes, chance: random.Random) -> bytes:
    found = (
        list(re.finditer(rb'="[^"]*"', content)) if chance.random() < 0.5 else list(re.finditer(rb"<[^>?!]+>", content))
    )
    if not found:
        return content
    match = chance.choice(found)
    start, end = match.span()
    if content[start : start + 1] == b"=":
        return content[: start + 2] + chance.choice(_VALUES) + content[end - 1 :]
    way = chance.random()
    if way < 0.4:  # an empty element, or one that has its end elsewhere: the part is then no XML
        return content[:start] + chance.choice(_TAGS) + content[end:]
    if way < 0.8:
        return content[:start] + chance.choice(_TAGS) + content[start:]
    element = re.compile(rb"<([\w:]+)[^>]*>(?:(?!<\1).)*?</\1>|<[\w:]+[^>]*/>", re.DOTALL)
    whole = element.search(content, start)
    return content if whole is None else content[: whole.start()] + content[whole.end() :]


def tried(data: bytes, seed: int) -> None:
    """Look at a file and try edits on it; nothing but an OfficeError may come."""
    try:
        view = Presentation(data).view()
        lines(view)
    except OfficeError:
        return
    for edit in trial_edits(view, random.Random(seed)):
        try:
            Presentation(applied(data, edit).data).view()
        except OfficeError:
            continue


@pytest.mark.parametrize("seed", range(60))
def test_changed_markup_is_refused_or_read(seed: int) -> None:
    chance = random.Random(seed)
    source = rich() if seed % 3 == 0 else chance.choice(FILES).read_bytes()
    tried(mutated(source, chance), seed)


@pytest.mark.parametrize("seed", range(100))
def test_changed_bytes_are_refused_or_read(seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray(chance.choice(FILES).read_bytes())
    for _ in range(chance.randint(1, 8)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    tried(bytes(data), seed)


@pytest.mark.parametrize("length", [0, 1, 100, 5_000, 20_000])
def test_a_file_that_is_cut_off_is_refused(length: int) -> None:
    data = Path(FILES[0]).read_bytes()[:length]
    with pytest.raises(OfficeError):
        Presentation(data)


def test_groups_nested_very_deep_are_read_or_refused() -> None:
    depth = 900
    group = '<p:grpSp><p:nvGrpSpPr><p:cNvPr id="2" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>'
    data = deck([slide(group * depth + sp(3, "deep") + "</p:grpSp>" * depth)])
    with pytest.raises(OfficeError, match="nested"):
        Presentation(data).view()


def test_an_entity_bomb_is_refused() -> None:
    bomb = '<!DOCTYPE p:sld [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + slide(sp(2, "&b;"))
    with pytest.raises(OfficeError, match="DTD"):
        Presentation(deck([bomb])).view()


def test_absurd_spans_of_cells_are_read_as_they_stand() -> None:
    data = deck([slide(table(5, [[("a", 'gridSpan="99999999999" rowSpan="-1"'), ("b", 'rowSpan="40000"')]]))])
    view = Presentation(data).view().slides[0].shapes[0]
    assert [(cell.columns, cell.rows) for cell in view.rows[0].cells] == [(1, 1), (1, 40000)]
    assert view.anchor != Presentation(applied(data, DeleteColumn(at="s256/sh5/r1/c2")).data).view().slides[0].anchor
