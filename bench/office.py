"""Time and memory of open, one edit and save, next to python-docx and to plain unzip and zip.

    bench/office [--pages 1 10 1000] [--rounds N] [--json OUT.json]

Every measurement is a fresh process; the programs take turns, so that a busy minute falls on all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.documents import make_docx

WORKER = Path(__file__).with_name("office_worker.py")
EDITING = ("polydesk tracked", "polydesk direct", "python-docx", "unzip and zip")
READING = ("polydesk view", "python-docx text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One process."""

    program: str
    pages: int
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
        for pages in options.pages:
            path = Path(folder) / f"{pages}.docx"
            path.write_bytes(make_docx(pages=pages))
            rounds = options.rounds if pages >= 100 else 3 * options.rounds
            for number in range(rounds):
                _tell(f"{pages} pages, round {number + 1} of {rounds}")
                runs += [_measured(program, path, pages) for program in (*EDITING, *READING)]
    _tell("")
    print(report(runs))
    if options.json:
        options.json.write_text(json.dumps([asdict(run) for run in runs], indent=1), encoding="utf-8")
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/office", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pages", type=int, nargs="+", default=[1, 10, 1000], help="sizes (default 1 10 1000)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds; three times as many below 100 pages (default 5)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every measurement there")
    return parser.parse_args(arguments)


def _tell(line: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)


def _measured(program: str, path: Path, pages: int) -> Run:
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
        raise SystemExit(f"{program} on {pages} pages ended with status {process.returncode}")
    told = json.loads(printed)
    return Run(
        program=program,
        pages=pages,
        cpu_s=told["cpu_s"],
        process_cpu_s=usage.ru_utime + usage.ru_stime,
        peak_mib=told["peak_kib"] / 1024,
    )


def report(runs: Sequence[Run]) -> str:
    """Medians, and each as a multiple of the first program's, one table for editing and one for reading."""
    return "\n\n".join(_table(runs, title, names) for title, names in (("edit", EDITING), ("read", READING)))


def _table(runs: Sequence[Run], title: str, programs: Sequence[str]) -> str:
    heads = (title, "pages", "CPU ms", "ratio", "spread", "process CPU ms", "ratio", "peak MiB", "ratio")
    rows = [heads]
    for pages in sorted({run.pages for run in runs}):
        first: tuple[float, float, float] | None = None
        for program in programs:
            own = [run for run in runs if run.program == program and run.pages == pages]
            if not own:
                continue
            cpu, process, peak = (
                statistics.median(getattr(run, name) for run in own) for name in ("cpu_s", "process_cpu_s", "peak_mib")
            )
            first = first or (cpu, process, peak)
            rows.append(
                (
                    program,
                    str(pages),
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
