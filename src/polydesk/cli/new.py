"""`polydesk new`: a new file from an outline, of the kind that its name asks for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import click
import msgspec

from polydesk.cli.files import Target, staged
from polydesk.cli.options import PATH, json_option
from polydesk.cli.output import note, say_json
from polydesk.core.errors import UsageError
from polydesk.office.editable import source_bytes

_LARGEST_PICTURE = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a new file is made of."""

    outline: str
    """The outline's text."""
    is_json: bool
    """Whether it is JSON rather than Markdown."""
    path: str
    """The outline's name in errors."""
    folder: Path
    """Where the pictures lie that it names."""
    template: bytes | None
    template_path: str | None
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A new file, and what to know about it."""

    data: bytes
    notes: tuple[str, ...]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What `polydesk new --json` says."""

    output: str
    notes: tuple[str, ...]


@click.command("new")
@click.argument("out", type=PATH)
@click.option("--outline", metavar="FILE", required=True, help="Markdown, or JSON by its name; - for standard input.")
@click.option("--template", type=PATH, help="Template whose look, headers and logos the file gets.")
@click.option("--language", default="en-GB", show_default=True, help="Language of what is written, such as de-DE.")
@click.option("--overwrite", is_flag=True, help="Replace OUT when it is already there.")
@json_option
def command(out: Path, outline: str, template: Path | None, language: str, overwrite: bool, as_json: bool) -> None:
    """Make a new file from an outline, without a model.

    The ending of OUT says what is made: a Word document (.docx) or a PowerPoint deck (.pptx). Headings, lists, tables,
    quotations and pictures of the outline become those of the template; its sample text goes. Pictures are files in the
    outline's folder or below it.

    \b
    Examples:
      polydesk new report.docx --outline notes.md
      polydesk new report.docx --outline notes.md --template house-style.dotx
      polydesk new deck.pptx --outline notes.md
    """
    make = MAKERS.get(out.suffix.lower())
    if make is None:
        raise UsageError(f"{out} is of no kind that is made from an outline; end its name in {', '.join(MAKERS)}.")
    if out.exists() and not overwrite:
        raise UsageError(f"{out} is already there; say --overwrite to replace it, or name another file.")
    made = make(_order(outline, template, language))
    like = template or (Path(outline) if outline != "-" else None)
    with staged(made.data, Target(path=out, replace=overwrite), like=like):
        pass  # nothing to record: no document was changed
    if as_json:
        say_json(Report(output=str(out), notes=made.notes))
        return
    for remark in made.notes:
        note(f"Note: {remark}")
    note(f"Wrote {out}.")


def _order(outline: str, template: Path | None, language: str) -> Order:
    data = sys.stdin.buffer.read() if outline == "-" else _read(Path(outline))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise UsageError(f"{outline} is not UTF-8 text: {exc}.") from exc
    return Order(
        outline=text,
        is_json=outline.lower().endswith(".json"),
        path="standard input" if outline == "-" else outline,
        folder=Path.cwd() if outline == "-" else Path(outline).resolve().parent,
        template=None if template is None else source_bytes(template)[0],
        template_path=None if template is None else str(template),
        language=language,
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise UsageError(f"{path} cannot be read: {exc.strerror or exc}.") from exc


def pictures_of(files: Iterable[str], folder: Path) -> Mapping[str, bytes]:
    """The bytes of picture files in `folder` or below it. Raises UsageError for other places and missing files."""
    found: dict[str, bytes] = {}
    for name in dict.fromkeys(files):
        path = (folder / name).resolve()
        if "://" in name or not path.is_relative_to(folder.resolve()):
            raise UsageError(f"the picture {name!r} is not in the outline's folder or below it; put it there.")
        if path.is_file() and path.stat().st_size > _LARGEST_PICTURE:
            raise UsageError(f"the picture {name!r} is larger than {_LARGEST_PICTURE:,} bytes.")
        found[name] = _read(path)
    return found


def _word(order: Order) -> Made:
    from polydesk.office.docx.new_documents import new_document
    from polydesk.office.docx.outline_markdown import outline_from_markdown
    from polydesk.office.docx.outlines import Picture, parse_outline

    if order.is_json:
        outline = parse_outline(order.outline, path=order.path)
    else:
        outline = outline_from_markdown(order.outline, language=order.language, path=order.path)
    files = [block.file for block in outline.blocks if isinstance(block, Picture)]
    pictures = pictures_of(files, order.folder)
    made = new_document(outline, order.template, pictures=pictures, path=order.template_path)
    return Made(data=made.data, notes=made.notes)


def _deck(order: Order) -> Made:
    from polydesk.office.pptx.new_decks import new_deck
    from polydesk.office.pptx.outline_markdown import outline_from_markdown
    from polydesk.office.pptx.outlines import PictureSlide, parse_outline

    if order.is_json:
        outline = parse_outline(order.outline, path=order.path)
    else:
        outline = outline_from_markdown(order.outline, path=order.path)
    files = [slide.picture for slide in outline.slides if isinstance(slide, PictureSlide)]
    made = new_deck(outline, order.template, pictures=pictures_of(files, order.folder), path=order.template_path)
    return Made(data=made.data, notes=made.notes)


MAKERS: Mapping[str, Callable[[Order], Made]] = {".docx": _word, ".docm": _word, ".pptx": _deck, ".pptm": _deck}
"""By the ending of the file: what makes it."""
