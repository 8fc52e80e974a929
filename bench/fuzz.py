"""Damaged and hostile files by the thousand: each reader opens them, shows them and edits them, or refuses by name.

    bench/fuzz FOLDER… [--count N] [--format docx|xlsx|pptx|mail] [--seed N] [--jobs N] [--keep FOLDER]

Every case is one file below the folders with a few mutations, made again from its number alone. A refusal is an
OfficeError; anything else that is raised, that hangs or that takes too much memory is a fault, and is printed with the
number of its case.
"""

from __future__ import annotations

import argparse
import io
import random
import sys
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.edit_cases import cases as word_cases
from bench.workers import outcomes
from polydesk.core.errors import OfficeError
from polydesk.office.files import format_of

SUFFIXES = {
    "docx": (".docx", ".docm", ".dotx", ".dotm"),
    "xlsx": (".xlsx", ".xlsm", ".xltx", ".xltm"),
    "pptx": (".pptx", ".pptm", ".potx", ".ppsx"),
    "mail": (".eml", ".msg", ".mbox"),
}
_MAX_BYTES = 400_000
"""Larger files make slow cases and find nothing that smaller ones do not."""
_LIMIT_S = 60.0
_BATCH = 25
"""Cases of one task: few enough that a hang costs little, many enough that handing them over costs nothing."""
_INTERESTING = (
    b"",
    b"-1",
    b"0",
    b"99999999999999999999",
    b"1e999",
    b"NaN",
    b"\x00",
    b"\xff\xfe",
    b"<",
    b">",
    b"&",
    b"&amp;",
    b"]]>",
    b"<![CDATA[",
    b"<!--",
    b'"',
    b"A1:XFD1048576",
    b"../../../etc/passwd",
    b"=1+1",
    b"\xf0\x9f\x98\x80",
)


def main(arguments: Sequence[str]) -> int:
    """Fuzz, print what came of it, and return 1 when there was a fault, else 0."""
    options = _options(arguments)
    seeds = _seed_files(options.folders, options.format)
    if not seeds:
        print(f"no file to mutate below {', '.join(map(str, options.folders))}", file=sys.stderr)
        return 2
    counted: Counter[str] = Counter()
    faults: list[str] = []
    tasks = [
        (seeds, options.seed, first, min(first + _BATCH, options.count)) for first in range(0, options.count, _BATCH)
    ]
    started = time.monotonic()
    for number, outcome in enumerate(outcomes(fuzz, tasks, jobs=options.jobs, limit_s=_LIMIT_S), 1):
        if outcome.value is None:
            faults.append(f"cases {outcome.task[2]} to {outcome.task[3] - 1}: {outcome.failure}")
        else:
            counted.update(outcome.value["counted"])
            faults += outcome.value["faults"]
        if sys.stderr.isatty():
            done = min(number * _BATCH, options.count)
            print(f"\r\x1b[K{done:,}/{options.count:,}, {len(faults)} faults", end="", file=sys.stderr, flush=True)
    print(_report(counted, faults, options.count, time.monotonic() - started))
    if options.keep:
        _keep(faults, seeds, options)
    return 1 if faults else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench/fuzz", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="folder, or a single file")
    parser.add_argument("--count", type=int, default=1000, help="mutated files (default 1000)")
    parser.add_argument("--format", choices=sorted(SUFFIXES), help="only files of this format (default all)")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes other cases (default 1)")
    parser.add_argument("--jobs", type=int, default=1, help="processes at a time (default 1)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="write the files of the faults there")
    return parser.parse_args(arguments)


def _seed_files(folders: Sequence[Path], form: str | None) -> list[str]:
    wanted = SUFFIXES[form] if form else tuple(suffix for suffixes in SUFFIXES.values() for suffix in suffixes)
    files = (path for folder in folders for path in ([folder] if folder.is_file() else folder.rglob("*")))
    return sorted(
        str(path)
        for path in files
        if path.is_file() and path.suffix.lower() in wanted and path.stat().st_size <= _MAX_BYTES
    )


def _word_edits(view: Any) -> list[Any]:
    return [case.edit for case in word_cases(view, 1)]


def _excel_edits(view: Any) -> list[Any]:
    from bench.excel_cases import edits

    return edits(view)


def _powerpoint_edits(view: Any) -> list[Any]:
    from bench.powerpoint_cases import edits

    return edits(view)


def _mail_edits(view: Any) -> list[Any]:
    from bench.mail_cases import edits

    return edits(view)


EDITS: dict[str, Callable[[Any], list[Any]]] = {
    "docx": _word_edits,
    "xlsx": _excel_edits,
    "pptx": _powerpoint_edits,
    "mail": _mail_edits,
}
"""By format: edits that fit a view, of every kind."""

# One case ------------------------------------------------------------------------------------------------------


def fuzz(task: tuple[list[str], int, int, int]) -> dict[str, Any]:
    """What came of the cases from the third to before the fourth member of (files, seed, first, end), as plain data."""
    seeds, seed, first, end = task
    counted: Counter[str] = Counter()
    faults: list[str] = []
    for number in range(first, end):
        path, data = mutated(seeds, seed, number)
        try:
            counted[tried(data, random.Random(number))] += 1
        except Exception as exc:  # a door: whatever is raised here is what is looked for
            where = exc.__traceback__
            while where is not None and where.tb_next is not None:
                where = where.tb_next
            place = "" if where is None else f" at {where.tb_frame.f_code.co_filename}:{where.tb_lineno}"
            faults.append(f"case {number} ({Path(path).name}): {type(exc).__name__}: {str(exc)[:200]}{place}")
            counted["fault"] += 1
    return {"counted": dict(counted), "faults": faults}


def tried(data: bytes, chance: random.Random) -> str:
    """What came of one file: `refused`, `shown` or `edited`. Raises what a reader must not raise."""
    try:
        form = format_of(data)
        file = form.open(data)
        view = file.view()
        if form.lines is not None:
            form.lines(view)
        file.findings()
    except OfficeError:
        return "refused"
    edits = EDITS[form.name](view)
    if not edits:
        return "shown"
    edit = chance.choice(edits)
    try:
        result = file.apply([edit], ignore_protection=True)
    except OfficeError:
        return "edit refused"
    form.open(result.data).view()
    return "edited"


def mutated(seeds: Sequence[str], seed: int, number: int) -> tuple[str, bytes]:
    """The file that case `number` starts from, and the case itself."""
    chance = random.Random(f"{seed}/{number}")
    path = chance.choice(seeds)
    data = Path(path).read_bytes()
    if data.startswith(b"PK") and chance.random() < 0.85:
        return path, _mutated_package(data, chance)
    return path, _mutated_bytes(data, chance)


def _mutated_package(data: bytes, chance: random.Random) -> bytes:
    """The zip archive with one to three of its members damaged, removed, doubled or exchanged."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    except (zipfile.BadZipFile, zlib.error, OSError, NotImplementedError, RuntimeError, ValueError, EOFError):
        return _mutated_bytes(data, chance)
    for _ in range(chance.randint(1, 3)):
        if members:
            chance.choice(_MEMBER_MUTATIONS)(members, chance)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


Members = list[tuple[str, bytes]]


def _damage(members: Members, chance: random.Random) -> None:
    index = _weighted(members, chance)
    members[index] = (members[index][0], _mutated_bytes(members[index][1], chance))


def _damage_markup(members: Members, chance: random.Random) -> None:
    index = _weighted(members, chance)
    members[index] = (members[index][0], _mutated_markup(members[index][1], chance))


def _remove(members: Members, chance: random.Random) -> None:
    del members[chance.randrange(len(members))]


def _exchange(members: Members, chance: random.Random) -> None:
    one, other = chance.randrange(len(members)), chance.randrange(len(members))
    members[one] = (members[one][0], members[other][1])


def _rename(members: Members, chance: random.Random) -> None:
    index = chance.randrange(len(members))
    name, content = members[index]
    members[index] = (
        chance.choice((name.upper(), "../" + name, name + "x", "/" + name, name.replace("/", "\\"))),
        content,
    )


_MEMBER_MUTATIONS: tuple[Callable[[Members, random.Random], None], ...] = (
    *[_damage_markup] * 8,
    *[_damage] * 3,
    _remove,
    _exchange,
    _rename,
)


def _weighted(members: Members, chance: random.Random) -> int:
    """The place of a member, most often one of markup."""
    marked = [index for index, (name, _) in enumerate(members) if name.endswith((".xml", ".rels", ".vml"))]
    return chance.choice(marked) if marked and chance.random() < 0.95 else chance.randrange(len(members))


def _mutated_markup(data: bytes, chance: random.Random) -> bytes:
    """Markup with one tag or attribute value removed, doubled, moved or given a value of ill repute."""
    kind = chance.random()
    if kind < 0.5:
        quotes = [index for index in range(len(data)) if data[index] == 0x22]
        if len(quotes) >= 2:
            at = chance.randrange(len(quotes) - 1)
            return data[: quotes[at] + 1] + chance.choice(_INTERESTING) + data[quotes[at + 1] :]
    tags = [index for index in range(len(data)) if data[index] == 0x3C]
    if len(tags) < 3:
        return _mutated_bytes(data, chance)
    start, end = sorted(chance.sample(range(len(tags)), 2))
    end = min(end, start + chance.randint(1, 6))
    piece = data[tags[start] : tags[end]]
    if kind < 0.65:
        return data[: tags[start]] + data[tags[end] :]
    if kind < 0.8:
        return data[: tags[start]] + piece * chance.randint(2, 4) + data[tags[end] :]
    other = chance.choice(tags)
    return data[:other] + piece + data[other:]


def _mutated_bytes(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        if not changed:
            break
        at = chance.randrange(len(changed))
        kind = chance.randrange(6)
        if kind == 0:
            changed[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            changed[at] = chance.randrange(256)
        elif kind == 2:
            del changed[at : at + chance.randint(1, 64)]
        elif kind == 3:
            changed[at:at] = chance.choice(_INTERESTING)
        elif kind == 4:
            length = chance.randint(1, 64)
            changed[at:at] = changed[at : at + length]
        elif chance.random() < 0.2:
            del changed[at:]
    return bytes(changed)


# The report ----------------------------------------------------------------------------------------------------


def _report(counted: Counter[str], faults: Sequence[str], count: int, seconds: float) -> str:
    heads = ", ".join(f"{word} {number:,}" for word, number in counted.most_common())
    return "\n".join([f"{count:,} files in {seconds:.0f} s: {heads}", f"faults: {len(faults)}", *faults[:200]])


def _keep(faults: Sequence[str], seeds: Sequence[str], options: argparse.Namespace) -> None:
    options.keep.mkdir(parents=True, exist_ok=True)
    for fault in faults:
        words = fault.split()
        if words[0] == "case":
            path, data = mutated(seeds, options.seed, int(words[1]))
            (options.keep / f"{words[1]}-{Path(path).name}").write_bytes(data)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
