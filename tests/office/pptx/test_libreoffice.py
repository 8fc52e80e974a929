"""LibreOffice opens edited presentations and reads what we read."""

from __future__ import annotations

import random
import re
import subprocess
from pathlib import Path

import pytest
from lxml import etree

from polydesk.core.errors import OfficeError
from polydesk.office.pptx.edits import Edit
from polydesk.office.pptx.presentation import Presentation
from polydesk.office.pptx.views import PresentationView
from tests.corpus_files import corpus_files
from tests.libreoffice import missing
from tests.office.pptx.trials import applied, shapes_in, trial_edits
from tests.pptx_builder import rich

DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
PRESENTATION = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"


def edited(data: bytes, seed: int) -> bytes:
    """The presentation with as many trial edits as go together."""
    chosen: list[Edit] = []
    for edit in trial_edits(Presentation(data).view(), random.Random(seed)):
        try:
            applied(data, *chosen, edit)
        except OfficeError:
            continue
        chosen.append(edit)
    return applied(data, *chosen).data


def read_by_libreoffice(files: list[Path], folder: Path) -> None:
    """Convert the files to flat OpenDocument, all in one process."""
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "fodp", "--outdir", str(folder)]
    subprocess.run([*command, *map(str, files)], check=True, capture_output=True, timeout=240)


def pages(file: Path) -> list[tuple[list[str], str]]:
    """For each slide its paragraphs, sorted, and its notes."""
    found: list[tuple[list[str], str]] = []
    for page in etree.parse(file).getroot().iter(f"{DRAW}page"):
        notes = page.find(f"{PRESENTATION}notes")
        said = [] if notes is None else [plain("".join(map(str, p.itertext()))) for p in notes.iter(f"{TEXT}p")]
        own = [p for p in page.iter(f"{TEXT}p") if not any(a.tag == f"{PRESENTATION}notes" for a in p.iterancestors())]
        own = [p for p in own if not any(a.tag == f"{TABLE}covered-table-cell" for a in p.iterancestors())]
        found.append((sorted(filter(None, (plain(words(p)) for p in own))), " ".join(filter(None, said))))
    return found


def words(paragraph: etree._Element) -> str:
    """The characters of an OpenDocument paragraph; breaks are spaces, as white space is not compared."""
    found = [paragraph.text or ""]
    for child in paragraph:
        found.append(" " if child.tag in (f"{TEXT}line-break", f"{TEXT}tab", f"{TEXT}s") else words(child))
        found.append(child.tail or "")
    return "".join(found)


def plain(text: str) -> str:
    """Without white space and numbers: fields are worked out anew, and breaks have many forms."""
    return re.sub(r"[\s\d\u2039\u203a<>#]+", "", text)


def ours(view: PresentationView) -> list[list[str]]:
    """For each slide the paragraphs that the view shows, tables and groups included, sorted."""
    found: list[list[str]] = []
    for slide in view.slides:
        texts = [p.text for shape in shapes_in(slide.shapes) for p in shape.paragraphs]
        cells = [
            cell for shape in shapes_in(slide.shapes) for row in shape.rows for cell in row.cells if not cell.merged
        ]
        texts += [line for cell in cells for line in cell.text.split("\n")]
        found.append(sorted(filter(None, map(plain, texts))))
    return found


@pytest.mark.skipif(missing() is not None, reason=missing() or "")
def test_libreoffice_reads_what_we_read_in_edited_presentations(tmp_path: Path) -> None:
    names = (
        "powerpoint_sample",
        "comments",
        "txt-text",
        "tbl-cell",
        "sld-notes",
        "sld-slides",
        "groupshape",
        "font-props",
    )
    sources = [file.read_bytes() for file in corpus_files(".pptx") if any(name in file.name for name in names)]
    files: list[Path] = []
    for number, data in enumerate([*sources, rich(), rich(strict=True)]):
        file = tmp_path / f"deck{number}.pptx"
        file.write_bytes(edited(data, number))
        files.append(file)
    read_by_libreoffice(files, tmp_path)
    for file in files:
        view = Presentation(file.read_bytes()).view()
        theirs = pages(file.with_suffix(".fodp"))
        assert len(theirs) == len(view.slides), file
        for slide, (texts, notes), mine in zip(view.slides, theirs, ours(view), strict=True):
            lacking = [text for text in mine if text not in texts and text not in "".join(texts)]
            assert lacking == [], (file, slide.number, texts)
            if slide.notes is not None:
                assert all(plain(p.text) in plain(notes) for p in slide.notes.paragraphs), (file, slide.number)
