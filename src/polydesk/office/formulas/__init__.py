"""Excel's formula language as text: tokens, references as values, and what edits of the grid do to them.

Pure functions over strings; nothing here knows XML or computes a value. Imports: core only.
"""
