"""python-pptx reads in edited presentations what we read."""

from __future__ import annotations

import io
import random
from pathlib import Path
from typing import Any

import pptx
import pytest

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.pptx.presentation import Presentation
from polydesk.office.pptx.slide_edits import AddSlide, DeleteSlide, DuplicateSlide
from tests.corpus_files import corpus_files, corpus_id
from tests.office.pptx.trials import applied, shapes_in, trial_edits

FILES = corpus_files(".pptx")


def theirs(data: bytes) -> list[tuple[list[str], str]]:
    """For each slide the paragraphs of its shapes, in the order of the file, and its notes."""
    found: list[tuple[list[str], str]] = []
    for slide in pptx.Presentation(io.BytesIO(data)).slides:
        texts = [text for shape in slide.shapes for text in _texts(shape)]
        frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
        found.append((texts, "" if frame is None else frame.text.replace("\v", "\n")))
    return found


def _texts(shape: Any) -> list[str]:
    if hasattr(shape, "shapes"):
        return [text for child in shape.shapes for text in _texts(child)]
    if getattr(shape, "has_table", False) and shape.has_table:
        return [cell.text_frame.text for row in shape.table.rows for cell in row.cells]
    return [p.text for p in shape.text_frame.paragraphs] if shape.has_text_frame else []


def ours(data: bytes) -> list[tuple[list[str], str]]:
    found: list[tuple[list[str], str]] = []
    for slide in Presentation(data).view().slides:
        texts: list[str] = []
        for shape in shapes_in(slide.shapes):
            texts += [p.text.replace("\n", "\v") for p in shape.paragraphs]
            texts += [cell.text for row in shape.rows for cell in row.cells]
        found.append((texts, "" if slide.notes is None else slide.notes.text))
    return found


@pytest.mark.parametrize("file", FILES[::4], ids=corpus_id)
def test_python_pptx_reads_what_we_read(file: Path) -> None:
    data = file.read_bytes()
    for edit in trial_edits(Presentation(data).view(), random.Random(file.name)):
        try:
            result = applied(data, edit).data
        except UnsupportedEditError:
            continue
        if isinstance(edit, AddSlide | DuplicateSlide | DeleteSlide) or random.Random(str(edit)).random() < 0.3:
            assert ours(result) == theirs(result), edit
