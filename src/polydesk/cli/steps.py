"""The steps of a task as they happen, on stderr: a line that renews itself on a terminal, one line each elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager

from polydesk.cli.output import note
from polydesk.copilot.progress import OnProgress, Progress


@contextmanager
def steps() -> Generator[OnProgress]:
    """What a task tells its progress to. Nothing of it remains on a terminal."""
    if not sys.stderr.isatty():
        yield _note_step
        return
    # Imported here, for it is slow and only a terminal needs it.
    from rich.console import Console
    from rich.markup import escape

    with Console(stderr=True).status("thinking") as status:

        def show(progress: Progress) -> None:
            status.update(escape(_words(progress)))

        yield show


def _note_step(progress: Progress) -> None:
    note(_words(progress))


def _words(progress: Progress) -> str:
    return f"{progress.text} ({progress.done} of {progress.total} done)" if progress.total else progress.text
