"""PowerPoint presentations: view, typed edits and their application. Imports opc, ooxml, drawing, edits and results.

`presentation.Presentation` is the way in.
"""
