"""The corpus: real documents made by others, kept beside the checkout and read in place."""

from __future__ import annotations

from pathlib import Path

import pytest

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "data" / "corpus"


def corpus_files(*suffixes: str) -> list[Path]:
    """The corpus files whose names end so (`.docx`), or all files when no suffix is given, always in the same order.

    Skips the test (or, at import, the module) with the reason when the corpus is not there.
    """
    if not CORPUS.is_dir():
        pytest.skip(f"no corpus at {CORPUS}", allow_module_level=True)
    wanted = tuple(suffix.lower() for suffix in suffixes)
    return sorted(
        path for path in CORPUS.rglob("*") if path.is_file() and (not wanted or path.name.lower().endswith(wanted))
    )


def corpus_id(path: Path) -> str:
    """The name of a corpus file for a test id, such as `python-docx/features/tbl-cell.docx`."""
    return path.relative_to(CORPUS).as_posix()
