"""What every edit must keep, on real files."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from polydesk.core.errors import UnsupportedEditError
from polydesk.office.pptx.presentation import Presentation
from tests.corpus_files import corpus_files, corpus_id
from tests.office.pptx.trials import broken_laws, trial_edits

EACH = 14
"""Edits tried on each file, of some thirty kinds: all kinds are tried on all makes of files, not each on each."""
FILES = corpus_files(".pptx", ".pptm", ".potx", ".ppsx")


@pytest.mark.parametrize("file", FILES, ids=corpus_id)
def test_every_law_holds_on_real_files(file: Path) -> None:
    data = file.read_bytes()
    presentation = Presentation(data)
    assert presentation.apply([], ignore_protection=True).data is data
    chance = random.Random(f"1 {file.name}")
    edits = list(trial_edits(presentation.view(), chance))
    for edit in chance.sample(edits, min(EACH, len(edits))):
        try:
            assert broken_laws(data, edit) == [], edit
        except UnsupportedEditError:
            continue  # Refused with a reason, which other tests look at.
