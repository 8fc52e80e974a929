"""The used range that a sheet says of itself (ECMA-376-1 §18.3.1.35)."""

from __future__ import annotations

from polydesk.office.xlsx.addresses import Area, area_name, parse_area
from polydesk.office.xlsx.frame import Frame


def grow_dimension(frame: Frame, area: Area) -> None:
    """Let the sheet's `dimension` hold an area; one that is missing, or no area, stays so."""
    element = frame.child("dimension")
    said = None if element is None else parse_area(element.get("ref", ""))
    if element is None or said is None or said.covers(area):
        return
    frame.part.touch(element)
    element.set("ref", area_name(said.joined(area)))
