"""Documents for the commands to work on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "board-report.docx"


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A copy of the board report."""
    return Path(shutil.copy(EXAMPLE, tmp_path / "report.docx"))


@pytest.fixture
def written(tmp_path: Path) -> Callable[[bytes], Path]:
    """Puts bytes into a file of the test's own, `a.docx`."""

    def write(data: bytes) -> Path:
        path = tmp_path / "a.docx"
        path.write_bytes(data)
        return path

    return write
