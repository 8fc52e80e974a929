"""How edits of charts, conditional formats, validations, comments and names are made."""

from __future__ import annotations

from polydesk.office.xlsx.making import Makers

OBJECT_MAKERS: Makers = {}
