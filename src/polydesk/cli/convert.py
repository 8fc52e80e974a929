"""`polydesk convert`: CSV to a workbook, and a sheet to CSV."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from polydesk.cli.files import Target, staged
from polydesk.cli.options import PATH, file_argument, json_option
from polydesk.cli.output import note, say_json
from polydesk.core.errors import UsageError
from polydesk.office.editable import source_bytes

_TEXTS = (".csv", ".tsv", ".tab", ".txt")
_BOOKS = (".xlsx", ".xlsm", ".xltx", ".xltm")
_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What `polydesk convert --json` says."""

    output: str
    notes: tuple[str, ...]


@click.command("convert")
@file_argument
@click.argument("out", type=PATH)
@click.option("--sheet", help="Sheet to write, or name of the new one. Default: the first; the file's name.")
@click.option("--range", "at", help="Cells to write, such as Sales!A1:F20, instead of a whole sheet.")
@click.option("--delimiter", type=click.Choice(list(_DELIMITERS)), help="Default: as the text shows; comma to write.")
@click.option("--encoding", help="Of the text, such as windows-1252. Default: as the text shows; UTF-8 to write.")
@click.option("--text", "as_text", is_flag=True, help="Keep every field of the text as text.")
@click.option("--values", is_flag=True, help="Write values in full and ISO dates instead of what is displayed.")
@click.option("--raw", is_flag=True, help="Write texts that begin as formulas do as they are.")
@click.option("--bom", is_flag=True, help="Begin the text with a mark by which Excel knows UTF-8.")
@click.option("--overwrite", is_flag=True, help="Replace OUT when it is already there.")
@json_option
def command(
    file: Path,
    out: Path,
    sheet: str | None,
    at: str | None,
    delimiter: str | None,
    encoding: str | None,
    as_text: bool,
    values: bool,
    raw: bool,
    bom: bool,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Make a workbook of a CSV file, or a CSV file of a workbook's sheet.

    Numbers, dates and times of the text become such where the text leaves no doubt; numbers with leading zeros or more
    than 15 digits stay text, and nothing becomes a formula. On the way out, texts that a spreadsheet would compute get
    an apostrophe, unless --raw.

    \b
    Examples:
      polydesk convert orders.csv orders.xlsx
      polydesk convert book.xlsx sales.csv --sheet Sales
      polydesk convert book.xlsx sales.csv --range "Sales!A1:F20" --values
    """
    if out.exists() and not overwrite:
        raise UsageError(f"{out} is already there; say --overwrite to replace it, or name another file.")
    divider = None if delimiter is None else _DELIMITERS[delimiter]
    kinds = (file.suffix.lower(), out.suffix.lower())
    if kinds[0] in _TEXTS and kinds[1] == ".xlsx":
        data, notes = _book(file, sheet=sheet, delimiter=divider, encoding=encoding, types=not as_text)
    elif kinds[0] in _BOOKS and kinds[1] in _TEXTS:
        place = _place(sheet, at)
        divider = divider or ("\t" if kinds[1] in (".tsv", ".tab") else ",")
        text, notes = _text(file, place, divider, values=values, guarded=not raw)
        data = _encoded(text, encoding, bom=bom)
    else:
        raise UsageError(
            f"{file.name} cannot become {out.name}: {', '.join(_TEXTS)} become .xlsx, and {', '.join(_BOOKS)} become "
            "these texts."
        )
    with staged(data, Target(path=out, replace=overwrite), like=file):
        pass  # nothing to record: no document was changed
    if as_json:
        say_json(Report(output=str(out), notes=notes))
        return
    for remark in notes:
        note(f"Note: {remark}")
    note(f"Wrote {out}.")


def _place(sheet: str | None, at: str | None) -> str | None:
    if sheet is not None and at is not None:
        raise UsageError("--sheet and --range contradict each other; the range names its sheet.")
    return at if at is not None else sheet


def _book(
    file: Path, *, sheet: str | None, delimiter: str | None, encoding: str | None, types: bool
) -> tuple[bytes, tuple[str, ...]]:
    from polydesk.office.xlsx.csv_text import CsvOptions, workbook_from_csv

    options = CsvOptions(delimiter=delimiter, encoding=encoding, types=types, sheet=sheet or file.stem)
    made = workbook_from_csv(source_bytes(file)[0], options, path=str(file))
    return made.data, made.notes


def _text(file: Path, place: str | None, delimiter: str, *, values: bool, guarded: bool) -> tuple[str, tuple[str, ...]]:
    from polydesk.office.xlsx.csv_text import csv_of
    from polydesk.office.xlsx.workbook import Workbook

    book = Workbook(source_bytes(file)[0], path=str(file))
    made = csv_of(book, place, how="values" if values else "displayed", delimiter=delimiter, guarded=guarded)
    return made.text, made.notes


def _encoded(text: str, encoding: str | None, *, bom: bool) -> bytes:
    name = "utf-8-sig" if bom else encoding or "utf-8"
    if bom and encoding is not None and encoding.lower().replace("_", "-") not in ("utf-8", "utf8"):
        raise UsageError("--bom is for UTF-8 alone.")
    try:
        return text.encode(name)
    except LookupError as exc:
        raise UsageError(f"{name!r} is no encoding; write utf-8 or windows-1252.") from exc
    except UnicodeEncodeError as exc:
        raise UsageError(f"the sheet has characters that {name} lacks ({exc.object[exc.start]!r}); use utf-8.") from exc
