"""Time and memory of open, one edit and save, next to the usual libraries and to plain unzip and zip.

    bench/office [--only Excel] [--sizes 1000 1000000] [--rounds N] [--json OUT.json]

Every measurement is a fresh process; the programs take turns, so that a busy minute falls on all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.decks import make_pptx
from bench.documents import make_docx
from bench.mailboxes import make_mbox
from bench.workbooks import write_workbook

WORKER = Path(__file__).with_name("office_worker.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Files of one application, and who is measured on them."""

    unit: str
    sizes: tuple[int, ...]
    suffix: str
    make: Callable[[Path, int], None]
    tables: dict[str, tuple[str, ...]]
    """By what is done: the programs that do it, the first being what the others are compared with."""


SUBJECTS = {
    "Word": Subject(
        unit="pages",
        sizes=(1, 10, 1000),
        suffix=".docx",
        make=lambda path, pages: path.write_bytes(make_docx(pages=pages)) and None,
        tables={
            "edit": ("polydesk tracked", "polydesk direct", "python-docx", "unzip and zip"),
            "read": ("polydesk view", "python-docx text"),
        },
    ),
    "Excel": Subject(
        unit="cells",
        sizes=(1_000, 100_000, 1_000_000),
        suffix=".xlsx",
        make=lambda path, cells: write_workbook(path, cells=cells),
        tables={
            "edit": ("polydesk excel", "openpyxl", "WolfXL", "unzip and zip"),
            "read": ("polydesk excel view", "openpyxl values"),
        },
    ),
    "PowerPoint": Subject(
        unit="slides",
        sizes=(1, 100, 1000),
        suffix=".pptx",
        make=lambda path, slides: make_pptx(path, slides=slides),
        tables={
            "edit": ("polydesk powerpoint", "python-pptx", "WolfPPT", "unzip and zip"),
            "read": ("polydesk powerpoint view", "python-pptx text"),
        },
    ),
    "mail": Subject(
        unit="messages",
        sizes=(1_000, 100_000),
        suffix=".mbox",
        make=lambda path, messages: make_mbox(path, messages=messages),
        tables={"index": ("polydesk mail", "mailbox")},
    ),
}
_FEW = 3
"""Rounds for what takes long: the largest size of each application."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One process."""

    application: str
    program: str
    size: int
    cpu_s: float
    """Processor time of open, edit, save."""
    process_cpu_s: float
    """Of the whole process, interpreter and imports included."""
    peak_mib: float


def main(arguments: Sequence[str]) -> int:
    """Measure and print the tables."""
    options = _options(arguments)
    runs: list[Run] = []
    with TemporaryDirectory() as folder:
        for name in [options.only] if options.only else SUBJECTS:
            for size in options.sizes or SUBJECTS[name].sizes:
                runs += _runs(name, size, options.rounds, Path(folder))
    _tell("")
    print(report(runs))
    if options.json:
        options.json.write_text(json.dumps([asdict(run) for run in runs], indent=1), encoding="utf-8")
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/office", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=SUBJECTS, help="the files of one application")
    parser.add_argument("--sizes", type=int, nargs="+", help="pages, cells, slides or messages; with --only")
    parser.add_argument("--rounds", type=int, default=5, help="rounds; three at the largest size (default 5)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every measurement there")
    options = parser.parse_args(arguments)
    if options.sizes and not options.only:
        parser.error("--sizes needs --only, for sizes are counted in other units elsewhere")
    return options


def _runs(application: str, size: int, rounds: int, folder: Path) -> Iterator[Run]:
    subject = SUBJECTS[application]
    path = folder / f"{size}{subject.suffix}"
    _tell(f"making {size:,} {subject.unit}")
    subject.make(path, size)
    rounds = min(rounds, _FEW) if size == max(subject.sizes) else rounds
    for number in range(rounds):
        for program in (program for programs in subject.tables.values() for program in programs):
            _tell(f"{size:,} {subject.unit}, round {number + 1} of {rounds}: {program}")
            yield _measured(application, program, path, size)
    path.unlink()


def _tell(line: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)


def _measured(application: str, program: str, path: Path, size: int) -> Run:
    """One fresh process. The peak is the process's own account, for that of its parent counts the parent's memory."""
    process = subprocess.Popen(
        [sys.executable, "-P", str(WORKER), program, str(path), str(path.with_suffix(".out"))], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    with process.stdout:
        printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{program} on {path.name} ended with status {process.returncode}")
    told = json.loads(printed)
    return Run(
        application=application,
        program=program,
        size=size,
        cpu_s=told["cpu_s"],
        process_cpu_s=usage.ru_utime + usage.ru_stime,
        peak_mib=told["peak_kib"] / 1024,
    )


def report(runs: Sequence[Run]) -> str:
    """Medians, and each as a multiple of the first program's, a table for each thing done to files of each kind."""
    tables: list[str] = []
    for application, subject in SUBJECTS.items():
        own = [run for run in runs if run.application == application]
        tables += [_table(own, title, subject.unit, names) for title, names in subject.tables.items() if own]
    return "\n\n".join(tables)


def _table(runs: Sequence[Run], title: str, unit: str, programs: Sequence[str]) -> str:
    heads = (title, unit, "CPU ms", "ratio", "spread", "process CPU ms", "ratio", "peak MiB", "ratio")
    rows = [heads]
    for size in sorted({run.size for run in runs}):
        first: tuple[float, float, float] | None = None
        for program in programs:
            own = [run for run in runs if run.program == program and run.size == size]
            if not own:
                continue
            cpu, process, peak = (
                statistics.median(getattr(run, name) for run in own) for name in ("cpu_s", "process_cpu_s", "peak_mib")
            )
            first = first or (cpu, process, peak)
            rows.append(
                (
                    program,
                    f"{size:,}",
                    f"{1000 * cpu:.1f}",
                    f"{cpu / first[0]:.2f}",
                    f"{1000 * min(run.cpu_s for run in own):.1f}-{1000 * max(run.cpu_s for run in own):.1f}",
                    f"{1000 * process:.0f}",
                    f"{process / first[1]:.2f}",
                    f"{peak:.0f}",
                    f"{peak / first[2]:.2f}",
                )
            )
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
