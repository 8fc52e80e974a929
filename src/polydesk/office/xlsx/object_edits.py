"""Edits of what lies on or behind the cells: charts, conditional formats, validations, comments, names."""

from __future__ import annotations
