"""The edits between two presentations lead from one to the other."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.pptx.differences import edits_between, inexpressible
from polydesk.office.pptx.object_edits import DeleteShape, ReplacePicture
from polydesk.office.pptx.presentation import Presentation
from polydesk.office.pptx.slide_edits import DeleteSlide
from polydesk.office.pptx.text_edits import SetText
from tests.corpus_files import corpus_files, corpus_id
from tests.office.pptx.trials import applied, trial_edits

FILES = corpus_files(".pptx", ".pptm")
_LOSSY = DeleteShape | DeleteSlide | ReplacePicture | SetText
"""Edits that take things away which no edit brings back wholly: looks, shapes of special kinds, linked pictures."""


def but_looks(a: Presentation, b: Presentation) -> list[str]:
    """What is not said, but for looks: those of new words and columns follow from a neighbour, on either side."""
    return [line for line in inexpressible(a, b) if not re.search(r" runs| label:| columns \d+:", line)]


@pytest.mark.parametrize("file", FILES[::8], ids=corpus_id)
def test_every_edit_is_found_again_and_undone(file: Path) -> None:
    data = file.read_bytes()
    before = Presentation(data)
    assert edits_between(before, Presentation(data)) == []
    for edit in trial_edits(before.view(), random.Random(file.name)):
        try:
            after = Presentation(applied(data, edit).data)
        except UnsupportedEditError:
            continue
        assert but_looks(before, after) == [], edit
        if not isinstance(edit, _LOSSY):
            assert but_looks(after, before) == [], edit


def test_many_edits_at_once_are_found_again() -> None:
    file = next(file for file in FILES if "powerpoint_sample" in file.name)
    before = Presentation(file.read_bytes())
    slides = before.view().slides
    edits = [
        edit
        for slide in (0, 2)
        for edit in trial_edits(before.view(), random.Random(slide))
        if getattr(edit, "at", "").startswith(slides[slide].anchor.partition("~")[0] + "/")
    ]
    chosen, taken = list[object](), set[str]()
    for edit in edits:
        shape = "/".join(str(getattr(edit, "at", "")).partition("~")[0].split("/")[:2])
        if shape not in taken and not isinstance(edit, DeleteShape):
            taken.add(shape)
            chosen.append(edit)
    after = Presentation(before.apply(chosen).data)  # pyright: ignore[reportArgumentType]  # all come from trial_edits
    assert len(chosen) > 2
    assert but_looks(before, after) == []


def test_what_no_edit_says_is_named() -> None:
    file = next(file for file in FILES if "font-color" in file.name)
    before = Presentation(file.read_bytes())
    shape = next(shape for slide in before.view().slides for shape in slide.shapes)
    after = Presentation(applied(before.data, DeleteShape(at=shape.anchor)).data)
    assert any("shapes" in line for line in inexpressible(after, before))


@pytest.mark.parametrize("seed", range(12))
def test_between_any_two_presentations_the_edits_can_be_made(seed: int) -> None:
    a, b = (Presentation(file.read_bytes()) for file in random.Random(seed).sample(FILES, 2))
    assert not any(line.startswith("the edits cannot be made") for line in inexpressible(a, b))
