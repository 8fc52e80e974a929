"""The edits of a presentation: of text, slides, objects and charts."""

from __future__ import annotations

from typing import Any

import msgspec

from polydesk.office.edits import parse_list
from polydesk.office.pptx.chart_edits import ChartEdit
from polydesk.office.pptx.object_edits import ObjectEdit
from polydesk.office.pptx.slide_edits import SlideEdit
from polydesk.office.pptx.text_edits import TextEdit

Edit = TextEdit | SlideEdit | ObjectEdit | ChartEdit


def parse_edits(data: bytes | str, *, path: str | None = None) -> list[Edit]:
    """The edits of a JSON list, or of an object with the list under `edits`.

    Raises UsageError that names the file, the place and what is expected there.
    """
    return parse_list(data, Edit, path=path, page="docs/reference/edits-powerpoint.md")


def edits_schema() -> dict[str, Any]:
    """JSON Schema of a list of edits, for a model's structured output and for other programs."""
    return msgspec.json.schema(list[Edit])
