"""Anchors of the places of a document, by element."""

from __future__ import annotations

import base64
from pathlib import PurePosixPath

from polydesk.office.docx.images import A, drawing_in
from polydesk.office.docx.inline import paragraph_text
from polydesk.office.docx.stories import Stories, content_hash, row_cells, table_rows
from polydesk.office.ooxml.names import WP, R, W
from polydesk.office.ooxml.part import Element

_SHOWN = (".png", ".jpg", ".jpeg", ".gif")
_EMU_PER_POINT = 12700


class Places:
    """The anchors that a document's view has."""

    def __init__(self, stories: Stories) -> None:
        self._paragraphs: dict[Element, str] = {}
        self._tables: dict[Element, str] = {}
        for part in stories.story_parts():
            name = stories.name_of(part)
            for number, paragraph in enumerate(stories.paragraphs(part), 1):
                self._paragraphs[paragraph] = f"{name}/p{number}"
            for number, table in enumerate(stories.tables(part), 1):
                self._tables[table] = f"{name}/t{number}"

    def paragraph(self, paragraph: Element) -> str:
        """The paragraph's anchor."""
        return f"{self._paragraphs[paragraph]}~{content_hash(paragraph)}"

    def table(self, table: Element) -> str:
        """The table's anchor."""
        return f"{self._tables[table]}~{content_hash(table)}"

    def row(self, row: Element) -> str:
        """The row's anchor."""
        return f"{self._row(row)}~{content_hash(row)}"

    def cell(self, cell: Element) -> str:
        """The cell's anchor."""
        row = next(cell.iterancestors(f"{W}tr"))
        return f"{self._row(row)}/c{row_cells(row).index(cell) + 1}~{content_hash(cell)}"

    def _row(self, row: Element) -> str:
        table = next(row.iterancestors(f"{W}tbl"))
        return f"{self._tables[table]}/r{table_rows(table).index(row) + 1}"

    @staticmethod
    def picture(stories: Stories, paragraph: Element) -> tuple[str, str, float | None] | None:
        """What a paragraph shows that is a picture and nothing else: file in base64, description, width in points."""
        drawings = list(paragraph.iter(f"{W}drawing"))
        if len(drawings) != 1 or paragraph_text(paragraph).strip() or paragraph.find(f".//{WP}inline") is None:
            return None
        drawing = drawing_in(paragraph, 1)
        blip, about = next(drawing.iter(f"{A}blip"), None), next(drawing.iter(f"{WP}docPr"), None)
        extent = next(drawing.iter(f"{WP}extent"), None)
        if blip is None or about is None or extent is None:
            return None
        part = _part_of(stories, paragraph)
        for relationship in stories.package.relationships(part):
            if relationship.id == blip.get(f"{R}embed"):
                found = stories.package.resolve(part, relationship)
                if found is None or PurePosixPath(found).suffix.lower() not in _SHOWN:
                    return None
                width = int(extent.get("cx", "0")) / _EMU_PER_POINT if extent.get("cx", "").isdecimal() else None
                data = base64.b64encode(stories.package.read(found)).decode()
                return data, about.get("descr") or about.get("name") or "Picture", width
        return None


def _part_of(stories: Stories, element: Element) -> str:
    root = element.getroottree().getroot()
    return next((name for name in stories.story_parts() if stories.part(name).root is root), stories.main_part)
