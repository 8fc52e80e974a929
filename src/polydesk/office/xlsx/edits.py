"""The edits of a workbook. Every address means the workbook as it was seen, before any edit of the list."""

from __future__ import annotations

from typing import Any

import msgspec

from polydesk.office.edits import parse_list
from polydesk.office.xlsx.cell_edits import CellEdit
from polydesk.office.xlsx.object_edits import ObjectEdit
from polydesk.office.xlsx.structure_edits import StructureEdit

Edit = CellEdit | StructureEdit | ObjectEdit


def parse_edits(data: bytes | str, *, path: str | None = None) -> list[Edit]:
    """The edits of a JSON list, or of an object with the list under `edits`.

    Raises UsageError that names the file, the place and what is expected there.
    """
    return parse_list(data, Edit, path=path, page="docs/reference/edits-excel.md")


def edits_schema() -> dict[str, Any]:
    """JSON Schema of a list of edits, for a model's structured output and for other programs."""
    return msgspec.json.schema(list[Edit])
