"""What edits keep of files made by others, next to the usual libraries.

    bench/fidelity FOLDER… [--only Excel] [--places N] [--jobs N] [--libreoffice] [--json OUT.json]

Every document, workbook, presentation and mail below the folders is opened, edited in every way that fits it, and each
result is compared with the original byte by byte. What is asked of each result: bench/README.md.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.programs import POLYDESK, PROGRAMS, SUFFIXES, application_of, measure
from bench.workers import outcomes

QUESTIONS = {
    "others_raw": "raw",
    "others_content": "parts",
    "only_the_edit": "only",
    "shown": "shown",
    "undone": "undone",
    "as_direct": "accept",
}
"""Each question of a result with the head of its column."""


def main(arguments: Sequence[str]) -> int:
    """Measure, print the tables, and return 1 when Polydesk crashed on a file or an answer was no, else 0."""
    options = _options(arguments)
    paths = _files(options.folders, options.only, every=options.all)
    if not paths:
        print(f"no office file below {', '.join(map(str, options.folders))}", file=sys.stderr)
        return 2
    results = list(_measured(paths, options))
    if options.libreoffice:
        _ask_libreoffice(results, options)
    print(report(results))
    if options.json:
        options.json.write_text(json.dumps({"results": results}, indent=1), encoding="utf-8")
    return 1 if faults(results) else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/fidelity", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="folder, or a single file")
    parser.add_argument("--only", choices=SUFFIXES, help="the files of one application")
    parser.add_argument("--places", type=int, default=1, help="places in each file for each edit (default 1)")
    parser.add_argument("--jobs", type=int, default=1, help="processes at a time (default 1)")
    parser.add_argument("--limit", type=float, default=120.0, help="seconds for one file (default 120)")
    parser.add_argument("--all", action="store_true", help="every file, whatever its name ends with")
    parser.add_argument("--libreoffice", action="store_true", help="also ask LibreOffice about one result of each edit")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every measurement there")
    return parser.parse_args(arguments)


def _files(folders: Iterable[Path], only: str | None, *, every: bool) -> list[Path]:
    wanted = SUFFIXES[only] if only else tuple(suffix for suffixes in SUFFIXES.values() for suffix in suffixes)
    files = (path for folder in folders for path in ([folder] if folder.is_file() else folder.rglob("*")))
    return sorted({path for path in files if path.is_file() and (every or path.suffix.lower() in wanted)})


def _measured(paths: Sequence[Path], options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    tasks = [(program, str(path), options.places) for path in paths for program in PROGRAMS[application_of(path)]]
    started = time.monotonic()
    for number, outcome in enumerate(outcomes(measure, tasks, jobs=options.jobs, limit_s=options.limit), 1):
        program, path, _ = outcome.task
        _tell(f"{number}/{len(tasks)} after {time.monotonic() - started:.0f} s: {program} {Path(path).name}")
        yield outcome.value or {
            "path": path,
            "program": program,
            "opened": False,
            "refused": None,
            "crashed": outcome.failure,
            "unchanged_save": None,
            "edits": [],
        }
    _tell("")


def _tell(line: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{line[:110]}", end="", file=sys.stderr, flush=True)


def _ask_libreoffice(results: list[dict[str, Any]], options: argparse.Namespace) -> None:
    from bench.libreoffice_check import LibreOffice, check  # needs LibreOffice, which the rest does not

    opened = [
        result
        for result in results
        if result["program"] == POLYDESK and result["opened"] and application_of(result["path"]) == "Word"
    ]
    with TemporaryDirectory() as folder, closing(LibreOffice(Path(folder), timeout_s=options.limit)) as office:
        for number, result in enumerate(opened, 1):
            _tell(f"{number}/{len(opened)}: LibreOffice {Path(result['path']).name}")
            result["libreoffice"] = check(Path(result["path"]), office)
    _tell("")


# The report ---------------------------------------------------------------------------------------------------


def report(results: Sequence[dict[str, Any]]) -> str:
    """All tables as text."""
    tables: list[str] = []
    for application, programs in PROGRAMS.items():
        own = [result for result in results if application_of(result["path"]) == application]
        if own:
            tables += [f"{application}\n\n{_files_table(own, list(programs))}", _edits_table(own)]
    if any(result["edits"] for result in results):
        tables.append(_LEGEND)
    return "\n\n".join([*tables, _reasons(results), _faults(results)])


def faults(results: Sequence[dict[str, Any]]) -> list[str]:
    """Every crash, and every answer that is no, one line each; peers are left out."""
    return list(_fault_lines([result for result in results if result["program"] == POLYDESK]))


def _files_table(results: Sequence[dict[str, Any]], programs: Sequence[str]) -> str:
    rows = [("program", "files", "opened", "refused", "crashed", "unedited save identical")]
    for program in programs:
        own = [result for result in results if result["program"] == program]
        opened = [result for result in own if result["opened"]]
        rows.append(
            (
                program,
                str(len(own)),
                _share(len(opened), len(own)),
                str(sum(result["refused"] is not None for result in own)),
                str(sum(result["crashed"] is not None for result in own)),
                _share(sum(result["unchanged_save"] is True for result in opened), len(opened)),
            )
        )
    return _aligned(rows) + _libreoffice_line(results)


def _libreoffice_line(results: Sequence[dict[str, Any]]) -> str:
    answers = [result["libreoffice"] for result in results if result.get("libreoffice")]
    if not answers:
        return ""
    files = sum(answer["opened_before"] for answer in answers)
    asked = sum(answer["asked"] for answer in answers)
    good = asked - sum(len(answer["problems"]) for answer in answers)
    return (
        f"\n\nLibreOffice opens {_share(files, len(answers))} of them unedited; of these files it reads as wanted, one "
        f"result of each edit: {_share(good, asked)}"
    )


def _edits_table(results: Sequence[dict[str, Any]]) -> str:
    groups: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for result in results:
        for edit in result["edits"]:
            mode = "tracked" if edit["tracked"] else "direct" if application_of(result["path"]) == "Word" else ""
            groups[result["program"] + ": " + edit["label"], mode].append(edit)
    heads = ("edit", "mode", "made", "refused", "crashed", *QUESTIONS.values(), "parts kept", "CPU ms")
    return _aligned([heads, *(_edit_row(*key, groups[key]) for key in groups)])


_LEGEND = """\
raw: every other member has its raw bytes · parts: every other part has its bytes · only: the edited part has its bytes
outside the blocks that the edit names · shown: the result opens and reads as wanted · undone: rejecting a tracked edit
gives back words and styles, the inverse of another one the content · accept: accepting a tracked edit gives what the
direct edit gives · parts kept: mean share of other parts that have their bytes · CPU ms: median of open, edit, save.
Counts in brackets where not all."""


def _edit_row(label: str, mode: str, edits: list[dict[str, Any]]) -> tuple[str, ...]:
    made = [edit for edit in edits if edit["cpu_ms"] is not None]
    kept = [edit["parts_kept"] for edit in made if edit["parts_kept"] is not None]
    answers = [_answers([edit[question] for edit in made]) for question in QUESTIONS]
    return (
        label,
        mode,
        str(len(made)),
        str(sum(edit["refused"] is not None for edit in edits)),
        str(sum(edit["crashed"] is not None for edit in edits)),
        *answers,
        f"{100 * statistics.mean(kept):.1f} %" if kept else "-",
        f"{statistics.median(edit['cpu_ms'] for edit in made):.1f}" if made else "-",
    )


def _answers(answers: list[bool | None]) -> str:
    known = [answer for answer in answers if answer is not None]
    return _share(sum(known), len(known)) if known else "-"


def _share(part: int, whole: int) -> str:
    if not whole:
        return "-"
    return "100 %" if part == whole else f"{100 * part / whole:.1f} % ({part}/{whole})"


def _reasons(results: Sequence[dict[str, Any]]) -> str:
    """Why files and edits were refused, counted; names, numbers and quotes left out so that like meets like."""
    count: Counter[str] = Counter()
    for result in results:
        if result["refused"] is not None:
            count[f"{result['program']}, file: {_like(result['refused'])}"] += 1
        for edit in result["edits"]:
            if edit["refused"] is not None:
                count[f"{result['program']}, {edit['label']}: {_like(edit['refused'])}"] += 1
    return "\n".join(["Refused, by reason", *(f"{number:6}  {reason}" for reason, number in count.most_common())])


def _like(reason: str) -> str:
    first = re.sub(r"edit 1 \(\w+\): ", "", reason.splitlines()[0] if reason else "")
    return re.sub(r"~[0-9a-f]{8}|\d+|'[^']*'", "…", first)[:160]


def _faults(results: Sequence[dict[str, Any]]) -> str:
    lines = faults(results)
    return "\n".join(["Faults of polydesk", *(lines or ["  none"])])


def _fault_lines(results: Sequence[dict[str, Any]]) -> Iterator[str]:
    for result in results:
        name = Path(result["path"]).name
        if result["crashed"] is not None:
            yield f"  {name}: crashed: {result['crashed']}"
        if result["unchanged_save"] is False:
            yield f"  {name}: saving with no edit changes the file"
        for problem in (result.get("libreoffice") or {}).get("problems", []):
            yield f"  {name}: LibreOffice: {problem}"
        for edit in result["edits"]:
            how = f"{name}: {edit['label']} {'tracked' if edit['tracked'] else 'direct'}"
            if edit["crashed"] is not None:
                yield f"  {how}: crashed: {edit['crashed']}"
            for question, head in QUESTIONS.items():
                if edit[question] is False:
                    yield f"  {how}: {head}: no"


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
