"""XML parts of an Office Open XML package: names, and edits that leave the rest of the part's bytes alone.

Imports opc and core only.
"""
